import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Peer } from "./peer.ts";
import { RunningServer } from "./running-server.ts";
import { Terminal } from "./screen.ts";

/**
 * Waits until its input ends, which is when the play is over or its process is gone in whatever way, and
 * clears the stage: an aborted run calls no `afterAll`.
 */
const CARETAKER = `
  trap "" INT TERM HUP
  cat >/dev/null
  # Killed outright, or WeeChat saves its settings into a folder that is gone.
  kill -9 $(tmux -S "$0/tmux.socket" list-panes -a -F "#{pane_pid}")
  tmux -S "$0/tmux.socket" kill-server
  kill -9 "$(cat "$0/server.pid")"
  rm -rf "$0"
`;

/** A server and a terminal in a temporary folder, and nothing of either left when the play is over. */
export class Stage {
  readonly folder: string;
  readonly server: RunningServer;
  readonly terminal: Terminal;
  readonly #caretaker: Bun.Subprocess<"pipe", "ignore", "ignore">;

  /** @param settings flags for the server */
  constructor(...settings: readonly string[]) {
    this.folder = mkdtempSync(join(tmpdir(), "sodam-clients-"));
    this.server = new RunningServer(this.folder, settings);
    this.terminal = new Terminal(this.folder);
    this.#caretaker = Bun.spawn(["sh", "-c", CARETAKER, this.folder], {
      stdin: "pipe",
      stdout: "ignore",
      stderr: "ignore",
    });
  }

  /** Starts the server. Mina signs up first, owns it, and opens the room in which all plays happen. */
  async open(): Promise<Peer> {
    await this.server.start();
    const mina = await Peer.signUp(this.server.link, "mina", MINAS_PASSWORD);
    mina.says(`JOIN ${ROOM}`);
    await mina.hears(" 366 ");
    return mina;
  }

  /** The server dies with no word and is started again; Mina is back first. */
  async killAndStart(): Promise<Peer> {
    await this.server.kill();
    await this.server.start();
    return await Peer.logIn(this.server.link, "mina", MINAS_PASSWORD);
  }

  async end(): Promise<void> {
    await this.#caretaker.stdin.end();
    await this.#caretaker.exited;
  }
}

export const ROOM = "#수다방";
export const MINAS_PASSWORD = "밤-고구마-라떼";
