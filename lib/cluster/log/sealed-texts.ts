import { isJsonObject } from "../../protocol/json-decoder.ts";
import type { Seal } from "../seal.ts";

const SCOPE = "texts of one run";
const CONTEXT = "a turn";

/**
 * The texts of a server that writes no messages to disk. Its log has them sealed, with a key that is in the memory of the
 * processes of one run alone: they can be told again after a kill, and nobody reads them after the run.
 */
export class SealedTexts {
  readonly #seal: Seal;
  /** The present turn's messages, as a history's file would have them, by conversation and position. */
  #lines = new Map<string, string>();

  /** @param seal the key of this run */
  constructor(seal: Seal) {
    this.#seal = seal;
  }

  /** Adds a message of the present turn. */
  add(conversation: string, position: number, line: string): void {
    this.#lines.set(`${conversation} ${position}`, line);
  }

  /** Returns what the turn's record is to have besides, and begins the next turn. */
  take(): unknown[] {
    if (this.#lines.size === 0) return [];
    const lines = [...this.#lines];
    this.#lines = new Map();
    return [this.seal({ lines })];
  }

  /** Returns the messages, by conversation and position, of what {@link take} returned, opened; `null` for anything else. */
  static linesIn(opened: unknown): ReadonlyMap<string, string> | null {
    if (!isJsonObject(opened) || !Array.isArray(opened["lines"])) return null;
    // The cast: `take` of another process of this run made it.
    return new Map(opened["lines"] as [string, string][]);
  }

  /** Returns JSON that says something only to processes of this run. */
  seal(value: unknown): unknown {
    const bytes = Buffer.from(JSON.stringify(value));
    const sealed = Buffer.from(this.#seal.seal(bytes, SCOPE, CONTEXT)).toString("base64");
    return { sealed, key: this.#seal.keyId };
  }

  /** Returns what was sealed; anything else as it is. `undefined`: another run sealed it. */
  open = (value: unknown): unknown => {
    const { sealed, key } = isJsonObject(value) ? value : {};
    if (typeof sealed !== "string" || typeof key !== "string") return value;
    const opened = this.#seal.open(Buffer.from(sealed, "base64"), SCOPE, CONTEXT, key);
    return "bytes" in opened ? JSON.parse(Buffer.from(opened.bytes).toString()) : undefined;
  };
}
