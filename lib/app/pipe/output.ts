import type { Stdout } from "../../terminal/restore-on-exit.ts";
import type { SaveTrouble } from "../app-ports.ts";

/** Why nothing more can be written. "endless": there was more than {@link Output.unitsMax}. */
type OutputTrouble = SaveTrouble | "endless";

/**
 * Standard output of a pipe command: waits for a slow reader, and notices when nothing more can be written.
 */
export class Output {
  /** What may be written in all, in UTF-16 units. Set it for an answer of the server that has an end. */
  unitsMax = Number.POSITIVE_INFINITY;
  readonly #stdout: Stdout;
  readonly #troubleOf: (error: unknown) => SaveTrouble | "closed";
  #trouble: OutputTrouble | "closed" | null = null;
  #units = 0;
  #onClosed: () => void = () => {};

  constructor(stdout: Stdout, troubleOf: (error: unknown) => SaveTrouble | "closed") {
    this.#stdout = stdout;
    this.#troubleOf = troubleOf;
    stdout.on("error", (error) => this.#end(troubleOf(error)));
  }

  /** Whether nothing more can be written. */
  get isClosed(): boolean {
    return this.#trouble !== null;
  }

  /**
   * Why nothing more can be written, if that is a failure: `tail | head -1` closes the pipe when it has
   * enough.
   */
  get failure(): OutputTrouble | null {
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
    this.#units += text.length;
    if (this.#units > this.unitsMax) {
      this.#end("endless");
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#stdout.write(text, (error) => {
        if (error !== null && error !== undefined) this.#end(this.#troubleOf(error));
        resolve();
      });
    });
  }

  #end(trouble: OutputTrouble | "closed"): void {
    if (this.isClosed) return;
    this.#trouble = trouble;
    this.#onClosed();
  }
}
