import type { Stdout } from "../../terminal/tty.ts";

/** Standard output of a pipe command: waits for a slow reader, and notices when the reader is gone. */
export class Output {
  readonly #stdout: Stdout;
  #gone = false;
  #onGone: () => void = () => {};

  constructor(stdout: Stdout) {
    this.#stdout = stdout;
    // `tail | head -1` closes the pipe when it has enough, which is no failure.
    stdout.on("error", () => this.#end());
  }

  /** Whether the reader has closed the pipe. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Calls `action` once when the reader closes the pipe, or now if it has. */
  onGone(action: () => void): void {
    this.#onGone = action;
    if (this.#gone) action();
  }

  /** Resolves when the text was taken, or when the reader is gone. Never rejects. */
  write(text: string): Promise<void> {
    if (this.#gone || text === "") return Promise.resolve();
    return new Promise((resolve) => {
      this.#stdout.write(text, (error) => {
        if (error !== null && error !== undefined) this.#end();
        resolve();
      });
    });
  }

  #end(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#onGone();
  }
}
