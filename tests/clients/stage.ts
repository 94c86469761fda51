import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Peer } from "./peer.ts";
import { RunningServer } from "./running-server.ts";
import { Terminal } from "./screen.ts";

/** A server and a terminal in a temporary folder, and nothing of either left when the play is over. */
export class Stage {
  readonly folder: string;
  readonly server: RunningServer;
  readonly terminal: Terminal;

  /** @param settings flags for the server */
  constructor(...settings: readonly string[]) {
    this.folder = mkdtempSync(join(tmpdir(), "sodam-clients-"));
    this.server = new RunningServer(this.folder, settings);
    this.terminal = new Terminal(this.folder);
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
    await this.terminal.end();
    await this.server.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const ROOM = "#수다방";
const MINAS_PASSWORD = "밤-고구마-라떼";
