import type { Stdout } from "../../terminal/tty.ts";
import type { SaveTrouble } from "../app-ports.ts";

/**
 * Standard output of a pipe command: waits for a slow reader, and notices when nothing more can be written.
 */
export class Output {
  readonly #stdout: Stdout;
  readonly #troubleOf: (error: unknown) => SaveTrouble | "closed";
  #trouble: SaveTrouble | "closed" | null = null;
  #onClosed: () => void = () => {};

  constructor(stdout: Stdout, troubleOf: (error: unknown) => SaveTrouble | "closed") {
    this.#stdout = stdout;
    this.#troubleOf = troubleOf;
    stdout.on("error", (error) => this.#end(error));
  }

  /** Whether nothing more can be written. */
  get isClosed(): boolean {
    return this.#trouble !== null;
  }

  /**
   * Why nothing more can be written, if that is a failure: `tail | head -1` closes the pipe when it has
   * enough.
   */
  get failure(): SaveTrouble | null {
    return this.#trouble === "closed" ? null : this.#trouble;
  }

  /** Calls `action` once when nothing more can be written, or now if it is so. */
  onClosed(action: () => void): void {
    this.#onClosed = action;
    if (this.isClosed) action();
  }

  /** Resolves when the text was taken, or when nothing more can be written. Never rejects. */
  write(text: string): Promise<void> {
    if (this.isClosed || text === "") return Promise.resolve();
    return new Promise((resolve) => {
      this.#stdout.write(text, (error) => {
        if (error !== null && error !== undefined) this.#end(error);
        resolve();
      });
    });
  }

  #end(error: unknown): void {
    if (this.isClosed) return;
    this.#trouble = this.#troubleOf(error);
    this.#onClosed();
  }
}
