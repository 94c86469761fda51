import { isJsonObject } from "../protocol/json-decoder.ts";
import type { Seal } from "./seal.ts";

const SCOPE = "texts of one run";
const CONTEXT = "a turn";

/**
 * The messages of a server that writes none to disk: a record has them sealed, with a key that is in the memory of the
 * processes of one run alone. So they can be told again after a kill, and by nobody read after the run.
 */
export class SealedTexts {
  readonly #seal: Seal;
  /** The present turn's lines, by conversation and position. */
  #lines = new Map<string, string>();

  /** @param seal the key of this run */
  constructor(seal: Seal) {
    this.#seal = seal;
  }

  /** Adds a message of the present turn, as a history's file would have it. */
  add(conversation: string, position: number, line: string): void {
    this.#lines.set(`${conversation} ${position}`, line);
  }

  /** Returns what the turn's record is to have among `told`, and begins the next turn. */
  take(): unknown[] {
    if (this.#lines.size === 0) return [];
    const bytes = Buffer.from(JSON.stringify([...this.#lines]));
    this.#lines = new Map();
    const sealed = Buffer.from(this.#seal.seal(bytes, SCOPE, CONTEXT)).toString("base64");
    return [{ texts: sealed, key: this.#seal.keyId }];
  }

  /**
   * Parts what a record has among `told`. Returns the messages by conversation and position, and the rest. Those of
   * another run are none.
   */
  open(told: readonly unknown[]): {
    readonly lines: ReadonlyMap<string, string>;
    readonly others: readonly unknown[];
  } {
    const lines = new Map<string, string>();
    const others: unknown[] = [];
    for (const entry of told) {
      const { texts, key } = isJsonObject(entry) ? entry : {};
      if (typeof texts !== "string") others.push(entry);
      else if (key === this.#seal.keyId) this.#openInto(lines, texts);
    }
    return { lines, others };
  }

  #openInto(lines: Map<string, string>, sealed: string): void {
    const bytes = Buffer.from(sealed, "base64");
    const opened = this.#seal.open(bytes, SCOPE, CONTEXT, this.#seal.keyId);
    if ("unreadable" in opened) return;
    // The cast: `take` of another process of this run wrote it.
    const entries = JSON.parse(Buffer.from(opened.bytes).toString()) as [string, string][];
    for (const [of, line] of entries) lines.set(of, line);
  }
}
