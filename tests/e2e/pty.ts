/** A program in a real pty, and a terminal that reads what it draws and answers what it asks. */
import { UnicodeGraphemesAddon } from "@xterm/addon-unicode-graphemes";
import { Terminal } from "@xterm/headless";

/**
 * By then an expected output has arrived, or never will. Less than any test's own limit, which
 * would say nothing of what was on the screen.
 */
const WAIT_MS_MAX = 45_000;
/** Of what the program wrote: the last, which tells what the screen doesn't (modes, the cursor). */
const WRITTEN_TOLD = 400;

/**
 * The beginning of a command line that runs the rest of it in a shell with job control, which takes the terminal back
 * when the program stops, writes "stopped", and goes on with it after Enter.
 */
export const JOB_SHELL = [
  "sh",
  "-c",
  'set -m; "$@"; while kill -0 %1 2> /dev/null; do stty sane; echo stopped; read -r _; fg > /dev/null; done; echo ended',
  "sh",
] as const;

export class Pty {
  readonly screen: Terminal;
  /** Everything that the program wrote, as it wrote it. */
  written = "";
  /** Its exit code, once all that it wrote stands on the screen. */
  readonly exited: Promise<number>;
  #process: Bun.Subprocess;
  #pty: Bun.Terminal;
  #waiting = new Set<Wait>();

  constructor(command: readonly string[], env: Record<string, string> = {}) {
    this.screen = new Terminal({ cols: 60, rows: 16, allowProposedApi: true });
    this.screen.loadAddon(new UnicodeGraphemesAddon());
    const decoder = new TextDecoder();
    const { promise: drained, resolve: drain } = Promise.withResolvers<void>();
    const { NO_COLOR: _, ...inherited } = process.env;
    // Made by spawn itself: only then is it the child's controlling terminal, which hears of a
    // resize (a Bun.Terminal that was made before is not).
    this.#process = Bun.spawn([...command], {
      terminal: {
        cols: 60,
        rows: 16,
        data: (_, bytes) => {
          this.written += decoder.decode(bytes, { stream: true });
          this.screen.write(bytes, () => this.#look());
        },
        exit: () => this.screen.write("", drain),
      },
      env: { ...inherited, TERM: "xterm-256color", ...env },
    });
    const pty = this.#process.terminal;
    if (pty === undefined) throw new Error("this system gives no pty");
    this.#pty = pty;
    this.screen.onData((answer) => this.type(answer));
    this.exited = Promise.all([this.#process.exited, drained]).then(([code]) => code);
  }

  type(text: string): void {
    if (!this.#pty.closed) this.#pty.write(text);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  resize(columns: number, rows: number): void {
    this.screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The screen's rows, without spaces at their ends. */
  rows(): string[] {
    const buffer = this.screen.buffer.active;
    return Array.from(
      { length: this.screen.rows },
      (_, at) => buffer.getLine(buffer.baseY + at)?.translateToString(true) ?? "",
    );
  }

  /** The real cursor, counted from 0, and whether it is seen. */
  cursor(): { row: number; column: number; visible: boolean } {
    const { cursorX, cursorY } = this.screen.buffer.active;
    const visible = this.written.lastIndexOf("\x1b[?25h") > this.written.lastIndexOf("\x1b[?25l");
    return { row: cursorY, column: cursorX, visible };
  }

  /** Resolves as soon as `condition` holds; rejects, telling the screen, when it never does. */
  until(condition: () => boolean, what = String(condition)): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(wait);
        action();
      };
      const fail = (why: string): void => settle(() => reject(new Error(this.#report(what, why))));
      const wait: Wait = {
        look: () => {
          if (condition()) settle(resolve);
        },
        fail,
      };
      const timer = setTimeout(() => fail(`not within ${WAIT_MS_MAX} ms`), WAIT_MS_MAX);
      this.#waiting.add(wait);
    });
  }

  /** Until a row shows `text`; gives that row's number. */
  async sees(text: string): Promise<number> {
    await this.until(() => this.rows().some((row) => row.includes(text)), `to see "${text}"`);
    return this.rows().findIndex((row) => row.includes(text));
  }

  end(): void {
    for (const wait of [...this.#waiting]) wait.fail("the test is over");
    this.#process.kill("SIGKILL");
    this.#pty.close();
    this.screen.dispose();
  }

  #look(): void {
    for (const wait of [...this.#waiting]) wait.look();
  }

  #report(what: string, why: string): string {
    const { row, column, visible } = this.cursor();
    const cursor = `${row},${column}${visible ? "" : " (hidden)"}`;
    const { exitCode, signalCode } = this.#process;
    const process = exitCode ?? signalCode ?? "running";
    return [
      `waited ${what}: ${why}. Process: ${process}; cursor: ${cursor}; the screen:`,
      ...this.rows(),
      `written last: ${JSON.stringify(this.written.slice(-WRITTEN_TOLD))}`,
    ].join("\n");
  }
}

interface Wait {
  look(): void;
  fail(why: string): void;
}
