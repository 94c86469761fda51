import type { Stdout } from "../../terminal/tty.ts";

/** Standard output as a program writes to it: it waits where the reader is slow, and sees when it is gone. */
export class Output {
  readonly #stdout: Stdout;
  #gone = false;
  #onGone: () => void = () => {};

  constructor(stdout: Stdout) {
    this.#stdout = stdout;
    // `tail | head -1`: the reader has seen enough, and that is no failure.
    stdout.on("error", () => this.#end());
  }

  /** Nobody reads any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Called once when nobody reads any more. */
  onGone(action: () => void): void {
    this.#onGone = action;
    if (this.#gone) action();
  }

  /** Resolves when the text was taken, or nobody is there to take it. */
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
