import type { ElapsedMs } from "../../protocol/time.ts";
import type { RecordLog } from "../engine.ts";
import type { RecordedPart } from "../log/record.ts";
import type { TurnChange } from "../log/turn-recorder.ts";

/*
 * The log of a cluster is a week long, for nodes that were away. Two things leave it earlier, as soon as every node's folder
 * has them: what was taken back (a message that was deleted or edited, an account that is gone), and what is older than a
 * day.
 */

/** The key of the part of the log that says what is to leave it. */
const TAKEN_BACK_PART = "node:taken-back";
/** Between two saves of a node for the log's sake, and between two cuts. */
const SAVE_MS_MIN = 15_000;
const CUT_MS_MIN = 5000;
const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
/** NATS itself keeps a week. */
const HOURS_MAX = 7 * DAY_HOURS;
/** An entry of this length says only that the leader is there. */
const BEAT_BYTES_MAX = 200;
/**
 * What is cut leaves NATS's disk file by file. Of the file that has the first entry that stays, the rest is as it was: what
 * is to be gone is overwritten before. Such a file has at most so many bytes.
 */
const FILE_BYTES_MAX = 16 << 20;
/** So many entries are overwritten at a time: NATS takes some seconds for them. */
const ERASED_AT_ONCE = 4000;
/** Of what was in the log before this process read it, so many entries may be in such a file. */
const UNREAD_MAX = 40_000;

/** How far everybody is. */
export interface TrimPositions {
  /** Sequence up to which no node needs the log any more. */
  readonly savedByAll: number;
  /** Sequence of the last record that all gateways have heard of. */
  readonly heard: number;
}

type TrimmedLog = Pick<RecordLog, "cut" | "erase" | "facts">;

/** Decides what leaves the log, on every node; the leader carries it out. */
export class LogTrim {
  readonly #log: TrimmedLog;
  readonly #elapsed: () => ElapsedMs;
  /** Sequence of the last record that took something back; 0 for none. */
  #takenBack = 0;
  /** Whether the log has yet to be told. */
  #isNew = false;
  /** Where the log was at each hour, oldest first. */
  #hours: { readonly position: number; readonly atMs: ElapsedMs }[] = [];
  /** Entries that say something, as far back as they may be in the file that the last one is in. */
  #entries: { readonly sequence: number; readonly bytes: number }[] = [];
  /** The index of the first of them: those before it are forgotten. */
  #firstEntry = 0;
  #entriesBytes = 0;
  /** Those up to this one were in the log before this process read it. */
  #unreadUpTo: number;
  #oldUpTo = 0;
  #isCutting = false;
  #savedAtMs = Number.NEGATIVE_INFINITY;
  #cutAtMs = Number.NEGATIVE_INFINITY;

  /**
   * @param position sequence behind which this process reads the log
   * @param elapsed reads the monotonic clock
   */
  constructor(log: TrimmedLog, position: number, elapsed: () => ElapsedMs) {
    this.#log = log;
    this.#unreadUpTo = position;
    this.#elapsed = elapsed;
  }

  /** Sequence of the last record that took something back of which the log may have the text; 0 for none. */
  get takenBack(): number {
    return this.#takenBack;
  }

  /** The log has another entry. */
  entryLogged(sequence: number, bytes: number): void {
    const now = this.#elapsed();
    const lastHour = this.#hours.at(-1);
    if (lastHour === undefined || now - lastHour.atMs >= HOUR_MS) {
      this.#hours.push({ position: sequence, atMs: now });
      if (this.#hours.length > HOURS_MAX) this.#hours.shift();
    }
    if (bytes <= BEAT_BYTES_MAX) return;
    this.#entries.push({ sequence, bytes });
    this.#entriesBytes += bytes;
    while (this.#entriesBytes > FILE_BYTES_MAX) {
      this.#entriesBytes -= this.#entries[this.#firstEntry]?.bytes ?? 0;
      this.#firstEntry += 1;
      // What was before them is further back.
      this.#unreadUpTo = 0;
    }
    // A shift for each of them would move all others.
    if (this.#firstEntry > this.#entries.length / 2) this.#setEntries(this.#known);
  }

  /** Changes are in the log, by a record. */
  recorded(changes: readonly TurnChange[], sequence: number): void {
    if (!changes.some(takesBack)) return;
    this.#takenBack = Math.max(this.#takenBack, sequence);
    this.#isNew = true;
  }

  /** Takes parts of the log: what the leader knows. */
  follow(parts: readonly RecordedPart[]): void {
    for (const { key, value } of parts) {
      if (key !== TAKEN_BACK_PART) continue;
      this.#takenBack = typeof value === "number" ? Math.max(this.#takenBack, value) : 0;
    }
  }

  /** Returns what the next record has to tell. */
  takeParts(): readonly RecordedPart[] {
    if (!this.#isNew) return [];
    this.#isNew = false;
    const value = this.#takenBack === 0 ? null : this.#takenBack;
    return [{ key: TAKEN_BACK_PART, value }];
  }

  /**
   * Whether a node has to save its folder now, so that the log can be cut.
   *
   * @param takenBack what the leader says is to leave the log
   * @param saved sequence up to which the node has saved it
   */
  isSaveDue(takenBack: number, saved: number): boolean {
    const now = this.#elapsed();
    if (takenBack <= saved || now - this.#savedAtMs < SAVE_MS_MIN) return false;
    this.#savedAtMs = now;
    return true;
  }

  /** Cuts the log, if something has to leave it and everybody has it. Only for whoever leads. Never rejects. */
  async trim({ savedByAll, heard }: TrimPositions): Promise<void> {
    const now = this.#elapsed();
    const upTo = Math.min(savedByAll, heard);
    const isTakenBack = this.#takenBack > 0 && upTo >= this.#takenBack;
    const isOld = this.#takeOldHours(upTo);
    if (this.#isCutting || (!isTakenBack && !isOld)) return;
    if (isTakenBack && now - this.#cutAtMs < CUT_MS_MIN) return;
    this.#cutAtMs = now;
    this.#isCutting = true;
    const takenBack = this.#takenBack;
    const isErased = !isTakenBack || (await this.#erase(takenBack));
    const isCut = isErased && (await this.#log.cut(isTakenBack ? upTo : this.#oldUpTo));
    this.#isCutting = false;
    if (!isCut || !isTakenBack || this.#takenBack !== takenBack) return;
    this.#takenBack = 0;
    this.#isNew = true;
  }

  /** Overwrites what may be left of the entries up to a sequence. Resolves to `false` when there is more of it. */
  async #erase(upTo: number): Promise<boolean> {
    await this.#takeUnread();
    const sequences = this.#known.flatMap(({ sequence }) => (sequence <= upTo ? sequence : []));
    const erased = new Set(sequences.slice(0, ERASED_AT_ONCE));
    if (!(await this.#log.erase([...erased]))) return false;
    this.#setEntries(this.#known.filter(({ sequence }) => !erased.has(sequence)));
    return erased.size === sequences.length;
  }

  async #takeUnread(): Promise<void> {
    const upTo = this.#unreadUpTo;
    const facts = await this.#log.facts();
    if (upTo === 0 || facts === null) return;
    this.#unreadUpTo = 0;
    const from = Math.max(facts.first, upTo - UNREAD_MAX);
    const unread = Array.from({ length: Math.max(0, upTo + 1 - from) }, (_, index) => ({
      ...{ sequence: from + index, bytes: 0 },
    }));
    this.#setEntries([...unread, ...this.#known]);
  }

  get #known(): { readonly sequence: number; readonly bytes: number }[] {
    return this.#entries.slice(this.#firstEntry);
  }

  #setEntries(entries: { readonly sequence: number; readonly bytes: number }[]): void {
    this.#entries = entries;
    this.#firstEntry = 0;
    this.#entriesBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Returns whether something is older than a day that everybody has: then that is where to cut. */
  #takeOldHours(upTo: number): boolean {
    const now = this.#elapsed();
    const old = this.#hours.filter(
      ({ position, atMs }) => now - atMs >= DAY_HOURS * HOUR_MS && position <= upTo,
    );
    const last = old.at(-1);
    if (last === undefined) return false;
    this.#hours = this.#hours.filter((hour) => !old.includes(hour));
    this.#oldUpTo = last.position;
    return true;
  }
}

/** Whether a change takes something back that an earlier one has said. */
function takesBack(change: TurnChange): boolean {
  switch (change.kind) {
    case "event":
      return ["redacted", "edited", "forgotten"].includes(change.event.kind);
    case "person":
      return ["forgotten", "report-closed"].includes(change.change.kind);
    case "accounts":
      return change.changes.some(({ kind }) => kind === "deleted");
  }
}
