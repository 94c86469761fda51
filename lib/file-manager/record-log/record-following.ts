import type { LogFollower } from "../../cluster/engine.ts";
import { RecordFileReader, type RecordPlace, type StoredEntry } from "./record-file.ts";

/** Reads the log's file along, for one follower. */
export class RecordFollowing {
  readonly #path: string;
  readonly #follower: LogFollower;
  #reader: RecordFileReader | null = null;
  #place: RecordPlace | undefined;
  /** Sequence of the last entry that the follower has, or that is erased. */
  #position: number;
  #hasBeenAtEnd = false;
  #isEnded = false;

  /**
   * @param path the log's file
   * @param place where in it `after` is, if that is known: what comes before isn't read then
   */
  constructor(path: string, after: number, follower: LogFollower, place?: RecordPlace) {
    this.#path = path;
    this.#place = place;
    this.#position = after;
    this.#follower = follower;
  }

  /** Hands over what has been appended. Throws file-system errors, and what the follower throws. */
  poll(): void {
    while (!this.#isEnded) {
      this.#reader ??= RecordFileReader.open(this.#path, this.#place);
      this.#place = undefined;
      // Its writer makes it when it starts.
      if (this.#reader === null) return;
      const isReplaced = this.#reader.isReplaced;
      try {
        this.#readOn(this.#reader);
      } catch (error) {
        // The next poll opens it anew, and passes over what the follower has.
        this.#reader?.close();
        this.#reader = null;
        throw error;
      }
      // Looked at before reading: the old file gets no more entries once there is a new one.
      if (!isReplaced || this.#isEnded) return;
      this.#reader.close();
      this.#reader = null;
    }
  }

  /** Hands over nothing more. */
  end(): void {
    this.#isEnded = true;
    this.#reader?.close();
    this.#reader = null;
  }

  #readOn(reader: RecordFileReader): void {
    for (let stored = reader.next(); stored !== null; stored = reader.next()) {
      this.#take(stored, reader);
      if (this.#isEnded) return;
    }
    if (this.#hasBeenAtEnd) return;
    this.#hasBeenAtEnd = true;
    if (reader.sequence < this.#position) return this.#lose(reader, reader.sequence);
    this.#follower.atEnd?.(this.#position);
  }

  #take({ sequence, entry, start }: StoredEntry, reader: RecordFileReader): void {
    if (sequence <= this.#position) return;
    // The beginning of a file whose entries before are gone.
    const isCut = start === 0 && entry === null && sequence > this.#position;
    if (isCut || (start === 0 && sequence > this.#position + 1))
      return this.#lose(reader, sequence);
    this.#position = sequence;
    if (entry !== null) this.#follower.entry(entry);
  }

  #lose(reader: RecordFileReader, cut: number): void {
    let last = cut;
    let first = 0;
    for (let stored = reader.next(); stored !== null; stored = reader.next()) {
      last = stored.sequence;
      if (stored.entry !== null && first === 0) first = last;
    }
    const facts = { first: first === 0 ? last + 1 : first, last, bytes: reader.offset };
    this.end();
    this.#follower.lost?.(facts);
  }
}
