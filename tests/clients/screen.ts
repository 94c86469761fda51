import { join } from "node:path";
import { until } from "./until.ts";

/** Nothing that a client shows here is longer, so that no sentence is broken over two rows. */
const COLUMNS = 220;
const ROWS = 50;
const LOOKS_BEFORE_AGAIN = 10;

/** A terminal in which real programs run, each on its own screen, as a user would see it. */
export class Terminal {
  readonly #folder: string;
  readonly #command: readonly string[];
  #screens = 0;

  /** @param folder becomes HOME of all that runs here, and holds the terminal's socket */
  constructor(folder: string) {
    this.#folder = folder;
    this.#command = ["tmux", "-u", "-f", "/dev/null", "-S", join(folder, "tmux.socket")];
  }

  /** Starts a program on its own screen, which can still be read when it has ended. */
  async run(name: string, command: readonly string[]): Promise<Screen> {
    this.#screens += 1;
    const session = `${name}-${this.#screens}`;
    const size = ["-x", String(COLUMNS), "-y", String(ROWS)];
    const stay = ["set-option", "-g", "remain-on-exit", "on"];
    await this.tmux(...stay, ";", "new-session", "-d", "-s", session, ...size, "--", ...command);
    return new Screen(this, session);
  }

  async tmux(...args: readonly string[]): Promise<string> {
    const child = Bun.spawn([...this.#command, ...args], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: {
        PATH: process.env["PATH"] ?? "/usr/bin:/bin",
        HOME: this.#folder,
        LANG: "C.UTF-8",
        LC_ALL: "C.UTF-8",
        TERM: "xterm-256color",
        TZ: "UTC",
        USER: "somebody",
      },
    });
    const [shown, wrong] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    if ((await child.exited) !== 0) throw new Error(`tmux ${args[0]}: ${wrong}`);
    return shown;
  }
}

/** One program's screen: what it shows now, and its keyboard. */
export class Screen {
  readonly #terminal: Terminal;
  readonly #name: string;

  constructor(terminal: Terminal, name: string) {
    this.#terminal = terminal;
    this.#name = name;
  }

  /** Types lines, each with Enter. */
  async types(...lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      await this.#terminal.tmux("send-keys", "-t", this.#name, "-l", "--", line);
      await this.#terminal.tmux("send-keys", "-t", this.#name, "Enter");
    }
  }

  /** Presses keys, by tmux' names for them: "C-x". */
  async presses(...keys: readonly string[]): Promise<void> {
    await this.#terminal.tmux("send-keys", "-t", this.#name, ...keys);
  }

  /**
   * Types a line that asks for something which may not be there yet, again from time to time, until it is
   * shown: turning to the window of a room before the room's JOIN has come is refused.
   */
  async typesUntil(line: string, what: string | RegExp): Promise<void> {
    let looks = 0;
    await until(
      async () => {
        if (looks++ % LOOKS_BEFORE_AGAIN === 0) await this.types(line);
        return (await this.#find(what)) ?? null;
      },
      () => this.#explain(what),
    );
  }

  /** The rows as they are now. */
  async rows(): Promise<string[]> {
    const shown = await this.#terminal.tmux("capture-pane", "-p", "-t", this.#name);
    return shown.split("\n").map((row) => row.trimEnd());
  }

  /** The first row in which it stands, as soon as there is one. */
  async shows(what: string | RegExp): Promise<string> {
    return await until(
      async () => (await this.#find(what)) ?? null,
      () => this.#explain(what),
    );
  }

  /** Waits until `times` rows match, and resolves to the last of them. */
  async showsTimes(what: string, times: number): Promise<string> {
    return await until(
      async () => {
        const rows = (await this.rows()).filter((row) => row.includes(what));
        return rows.length === times ? (rows.at(-1) ?? null) : null;
      },
      () => this.#explain(`${what} ${times} times`),
    );
  }

  /** Waits until the program has ended. */
  async ends(): Promise<void> {
    const isDead = ["display-message", "-p", "-t", this.#name, "#{pane_dead}"];
    await until(
      async () => ((await this.#terminal.tmux(...isDead)).startsWith("1") ? true : null),
      () => this.#explain("its end"),
    );
  }

  /** How many rows have it now. */
  async count(what: string): Promise<number> {
    return (await this.rows()).filter((row) => row.includes(what)).length;
  }

  async #find(what: string | RegExp): Promise<string | undefined> {
    const isIt = (row: string) => (typeof what === "string" ? row.includes(what) : what.test(row));
    return (await this.rows()).find(isIt);
  }

  async #explain(what: string | RegExp): Promise<string> {
    const shown = (await this.rows()).filter((row) => row !== "").join("\n");
    return `${this.#name} never showed ${what}, but:\n${shown}`;
  }
}
