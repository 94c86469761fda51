import type { Stdout } from "../../terminal/tty.ts";

/** Standard output of a pipe command: waits for a slow reader, and notices when the reader closes the pipe. */
export class Output {
  readonly #stdout: Stdout;
  #isClosed = false;
  #onClosed: () => void = () => {};

  constructor(stdout: Stdout) {
    this.#stdout = stdout;
    // `tail | head -1` closes the pipe when it has enough, which is no failure.
    stdout.on("error", () => this.#end());
  }

  /** Whether the reader has closed the pipe. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Calls `action` once when the reader closes the pipe, or now if it has. */
  onClosed(action: () => void): void {
    this.#onClosed = action;
    if (this.#isClosed) action();
  }

  /** Resolves when the text was taken, or when the reader has closed the pipe. Never rejects. */
  write(text: string): Promise<void> {
    if (this.#isClosed || text === "") return Promise.resolve();
    return new Promise((resolve) => {
      this.#stdout.write(text, (error) => {
        if (error !== null && error !== undefined) this.#end();
        resolve();
      });
    });
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onClosed();
  }
}
