import type { OpenedLink, UpEntry } from "../frames/link-entries.ts";

/** What a gateway tells of its links while a takeover isn't over. It is taken in behind that. */
export class EarlyEntries {
  #entries: UpEntry[] = [];
  readonly #opened = new Map<number, OpenedLink>();
  readonly #bytes = new Map<number, Uint8Array[]>();
  /** Links whose entries are passed over when all are taken. */
  readonly #removed = new Set<number>();

  /** Adds an entry. Bytes are copied, since they are valid during the call only. */
  add(told: UpEntry): void {
    const entry = told.kind === "data" ? { ...told, bytes: told.bytes.slice() } : told;
    this.#entries.push(entry);
    if (entry.kind === "open") this.#opened.set(entry.link, entry);
    if (entry.kind !== "data") return;
    const pieces = this.#bytes.get(entry.link);
    if (pieces === undefined) this.#bytes.set(entry.link, [entry.bytes]);
    else pieces.push(entry.bytes);
  }

  /** Returns the opening of a link, once; `null` if it isn't there. */
  takeOpened(link: number): OpenedLink | null {
    const opened = this.#opened.get(link) ?? null;
    this.#opened.delete(link);
    return opened;
  }

  /** Returns the first bytes that were told of a link. */
  firstBytes(link: number, length: number): Uint8Array {
    return Buffer.concat(this.#bytes.get(link) ?? []).subarray(0, length);
  }

  /** Forgets a link, with what is told of it later. Returns whether it was there. */
  remove(link: number): boolean {
    if (!this.#opened.delete(link)) return false;
    this.#bytes.delete(link);
    this.#removed.add(link);
    return true;
  }

  /** Returns all entries in their order, and forgets them. */
  takeAll(): readonly UpEntry[] {
    const entries = this.#entries.filter(({ link }) => !this.#removed.has(link));
    this.#entries = [];
    this.#opened.clear();
    this.#bytes.clear();
    this.#removed.clear();
    return entries;
  }
}
