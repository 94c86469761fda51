import { strict as assert } from "node:assert";
import type { AppendOutcome, RecordLog } from "../engine.ts";
import { cutIntoPieces } from "./pieces.ts";

type AppendableLog = Pick<RecordLog, "append" | "entryBytesMax">;

/**
 * Appends a leader's records, one at a time: a record that is refused must not be followed by later ones. Owns the
 * sequence behind which the next entry goes.
 */
export class RecordAppender {
  readonly #log: AppendableLog;
  #after: number;
  #isBusy = false;

  /** @param after sequence of the log's last entry, which this node has */
  constructor(log: AppendableLog, after: number) {
    this.#log = log;
    this.#after = after;
  }

  /** Sequence of the last entry that was appended by it. */
  get after(): number {
    return this.#after;
  }

  /** Whether a record is under way. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /**
   * Appends a record, in pieces when it is long. Calls `done` with the outcome and the sequence of its last piece. After
   * another outcome than "appended" a half record may be at the end, which readers pass over.
   */
  append(id: string, bytes: Uint8Array, done: (outcome: AppendOutcome) => void): void {
    assert(!this.#isBusy, "one record at a time is under way");
    const pieces = cutIntoPieces(id, bytes, this.#log.entryBytesMax);
    if (pieces === null) return done({ kind: "refused", why: "A turn's record is too long." });
    this.#isBusy = true;
    const appendFrom = (index: number): void => {
      const piece = pieces[index];
      assert(piece !== undefined);
      this.#log.append({ ...piece, after: this.#after }, (outcome) => {
        if (outcome.kind === "appended") {
          this.#after = outcome.sequence;
          if (index + 1 < pieces.length) return appendFrom(index + 1);
        }
        this.#isBusy = false;
        done(outcome);
      });
    };
    appendFrom(0);
  }
}
