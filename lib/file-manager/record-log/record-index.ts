import { fstatSync } from "node:fs";
import { formatGone, RecordFileReader, type RecordPlace, type StoredEntry } from "./record-file.ts";

/** What a process has read of a file. */
export interface ReadRecords {
  /** Which file it is, whatever its name. */
  readonly inode: number;
  readonly index: RecordIndex;
}

/** Where in the log's file each entry begins. */
export class RecordIndex {
  /** Offsets of the lines: the first one is that of `#firstLine`, and the others follow without gaps. */
  #starts: number[] = [];
  #firstLine = 1;
  /** The sequences whose entries are gone. */
  #gone = new Set<number>();
  #last = 0;
  #lastId = "";
  #end = 0;

  /** Reads a file to its end. Throws file-system errors. */
  static of(reader: RecordFileReader): RecordIndex {
    const index = new RecordIndex();
    index.#readOn(reader);
    return index;
  }

  /**
   * Reads a file to its end from where this process has read it before. Returns `null` if that can't be: another file is
   * there, or its writer has taken back what was read. Throws file-system errors.
   */
  static goOn(path: string, { inode, index }: ReadRecords): RecordIndex | null {
    const offset = index.startOf(index.last);
    const reader = RecordFileReader.open(path, { inode, offset, sequence: index.last - 1 });
    try {
      const last = reader?.offset === offset ? reader.next() : null;
      if (reader === null || last === null || !index.#endsWith(last)) return null;
      index.#readOn(reader);
      return index;
    } finally {
      reader?.close();
    }
  }

  /** The index of a file with one line, which says that everything up to a sequence is gone. */
  static after(sequence: number): RecordIndex {
    const index = new RecordIndex();
    index.#gone.add(sequence);
    index.#append(sequence, "", formatGone(sequence).length);
    return index;
  }

  /** Sequence of the newest entry; 0 for none. */
  get last(): number {
    return this.#last;
  }

  /** The id of that entry; "" when it is gone. */
  get lastId(): string {
    return this.#lastId;
  }

  /** Offset behind it. */
  get end(): number {
    return this.#end;
  }

  /** Sequence of the first entry that is there; `last + 1` when none is. */
  get first(): number {
    let first = this.#firstLine;
    while (first <= this.#last && this.#gone.has(first)) first += 1;
    return first;
  }

  /** Returns the offset at which an entry begins; {@link end} for the one that comes next. */
  startOf(sequence: number): number {
    return this.#starts[sequence - this.#firstLine] ?? this.#end;
  }

  /** Returns the place behind an entry, for a reader of the file that is open at `fd`; `undefined` if it isn't there. */
  placeBehind(sequence: number, fd: number): RecordPlace | undefined {
    if (!this.has(sequence)) return undefined;
    return { inode: fstatSync(fd).ino, offset: this.startOf(sequence + 1), sequence };
  }

  /** Whether an entry is in the file. */
  has(sequence: number): boolean {
    return sequence >= this.#firstLine && sequence <= this.#last && !this.#gone.has(sequence);
  }

  /** An entry was read behind the last one. */
  take({ sequence, entry, end }: StoredEntry): void {
    if (entry === null) this.#gone.add(sequence);
    this.#append(sequence, entry?.id ?? "", end);
  }

  /** An entry was written behind the last one. */
  add(id: string, length: number): void {
    this.#append(this.#last + 1, id, this.#end + length);
  }

  /** The last entry was taken back. */
  removeLast(): void {
    this.#end = this.#starts.pop() ?? 0;
    this.#last -= 1;
    this.#lastId = "";
  }

  /** Everything up to a sequence was replaced by a line that says so. */
  cut(upTo: number): void {
    const moved = this.startOf(upTo + 1) - formatGone(upTo).length;
    const later = this.#starts.slice(upTo + 1 - this.#firstLine);
    this.#starts = [0, ...later.map((start) => start - moved)];
    this.#firstLine = upTo;
    this.#end -= moved;
    this.#gone = new Set([upTo, ...[...this.#gone].filter((sequence) => sequence > upTo)]);
    if (upTo === this.#last) this.#lastId = "";
  }

  /** Entries, in order, were each replaced by a line that says so. */
  erase(sequences: readonly number[]): void {
    const starts = [...this.#starts];
    let saved = 0;
    for (let sequence = this.#firstLine; sequence <= this.#last; sequence += 1) {
      const index = sequence - this.#firstLine;
      starts[index] = this.startOf(sequence) - saved;
      if (!sequences.includes(sequence)) continue;
      saved += this.startOf(sequence + 1) - this.startOf(sequence) - formatGone(sequence).length;
      this.#gone.add(sequence);
    }
    this.#starts = starts;
    this.#end -= saved;
    if (this.#gone.has(this.#last)) this.#lastId = "";
  }

  #readOn(reader: RecordFileReader): void {
    for (let stored = reader.next(); stored !== null; stored = reader.next()) this.take(stored);
  }

  #endsWith({ sequence, entry, end }: StoredEntry): boolean {
    return sequence === this.#last && (entry?.id ?? "") === this.#lastId && end === this.#end;
  }

  #append(sequence: number, id: string, end: number): void {
    if (this.#starts.length === 0) this.#firstLine = sequence;
    this.#starts.push(this.#end);
    this.#last = sequence;
    this.#lastId = id;
    this.#end = end;
  }
}
