import type { TurnChange } from "../cluster/log/turn-recorder.ts";
import type { AccountChange } from "../member-server/account.ts";

/** Groups of account changes that go to the disk together. */
const GROUPS_PER_WRITE = 1000;

type LineChange = Exclude<TurnChange, { readonly kind: "accounts" }>;

/** The files that the changes of a turn go into. */
export interface TurnFiles {
  /** Appends an event or a person change; `false` when the disk refused it, and nothing of it is stored. */
  appendLine(change: LineChange): boolean;
  /** See `UserFile.store`. Groups that are handed over in one turn are stored together, or none of them. */
  storeAccounts(changes: readonly AccountChange[]): Promise<boolean>;
}

/**
 * Stores turns that are in the log of records already. Their changes have happened, so they must get into the files: what
 * the disk refuses waits, in its order, with everything of its kind behind it, and is tried again.
 */
export class StoredTurns {
  readonly #files: TurnFiles;
  /** Events and person changes that the disk refused, oldest first. */
  #lines: LineChange[] = [];
  /** Groups of account changes that are not safe yet, oldest first. */
  #groups: (readonly AccountChange[])[] = [];
  #writingGroups: Promise<void> | null = null;
  #areGroupsRefused = false;
  /** How many were ever handed over, and how many of these are stored. */
  readonly #given = { lines: 0, groups: 0 };
  readonly #stored = { lines: 0, groups: 0 };
  /** Those who wait until so many are stored, in order. */
  #waiting: { readonly lines: number; readonly groups: number; readonly resolve: () => void }[] =
    [];

  constructor(files: TurnFiles) {
    this.#files = files;
  }

  /** Whether something waits because the disk refused it. */
  get isFailing(): boolean {
    return this.#lines.length > 0 || this.#areGroupsRefused;
  }

  /** Whether something of a turn isn't stored yet. */
  get hasPending(): boolean {
    return this.#lines.length + this.#groups.length > 0;
  }

  /**
   * Stores a turn's changes: events and person changes before it returns. Resolves when all that was handed over is stored,
   * and the account changes survive a loss of power. Throws at an event that is not the next one of its conversation.
   */
  store(changes: readonly TurnChange[]): Promise<void> {
    for (const change of changes) {
      if (change.kind === "accounts") {
        this.#groups.push(change.changes);
        this.#given.groups += 1;
      } else {
        this.#lines.push(change);
        this.#given.lines += 1;
      }
    }
    this.#write();
    if (!this.hasPending) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ ...this.#given, resolve }));
  }

  /** Tries again what the disk refused. Resolves when all of that was tried. */
  async retry(): Promise<void> {
    this.#write();
    if (this.#areGroupsRefused) await this.#writingGroups;
  }

  #write(): void {
    this.#writeLines();
    if (this.#groups.length > 0) this.#writingGroups ??= this.#writeGroups();
  }

  #writeLines(): void {
    let count = 0;
    for (const change of this.#lines) {
      if (!this.#files.appendLine(change)) break;
      count += 1;
    }
    if (count === 0) return;
    this.#lines = this.#lines.slice(count);
    this.#stored.lines += count;
    this.#tellWaiting();
  }

  /** Stores one batch after the other, until the disk refuses one. Never rejects. */
  async #writeGroups(): Promise<void> {
    while (this.#groups.length > 0) {
      const batch = this.#groups.slice(0, GROUPS_PER_WRITE);
      const answers = await Promise.all(batch.map((group) => this.#files.storeAccounts(group)));
      this.#areGroupsRefused = answers.includes(false);
      if (this.#areGroupsRefused) break;
      this.#groups = this.#groups.slice(batch.length);
      this.#stored.groups += batch.length;
      this.#tellWaiting();
    }
    this.#writingGroups = null;
  }

  #tellWaiting(): void {
    const stored = this.#stored;
    while (true) {
      const next = this.#waiting[0];
      if (next === undefined || next.lines > stored.lines || next.groups > stored.groups) return;
      this.#waiting.shift();
      next.resolve();
    }
  }
}
