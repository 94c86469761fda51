import type { ChatLine } from "./client-state.ts";
import { LINE_UNITS } from "./memory-limits.ts";

/**
 * Owns the lines of one window: oldest first, each msgid once. Lines are immutable: a change puts a
 * new object in the old one's place, so that the screen can cache by identity.
 */
export class LineList {
  readonly lines: ChatLine[] = [];
  /** What the lines take, by {@link unitsOf}. */
  units = 0;
  readonly #msgids = new Set<string>();

  /** The number of own lines that the server hasn't confirmed. */
  get pendingCount(): number {
    return this.lines.filter(isPending).length;
  }

  has(msgid: string): boolean {
    return this.#msgids.has(msgid);
  }

  /**
   * Adds a line by its time, behind those of the same time. Pending lines stay at the end, whatever
   * their time: they have no position yet. Returns false if the msgid is there already.
   */
  add(line: ChatLine): boolean {
    if (line.msgid !== null && this.#msgids.has(line.msgid)) return false;
    let index = this.lines.length;
    if (!isPending(line)) {
      while (index > 0 && isBehind(this.lines[index - 1] as ChatLine, line)) index -= 1;
    }
    this.#insert(index, line);
    return true;
  }

  /**
   * Adds a page of older lines, which is in order. Each goes in front of lines of the same time,
   * because the page was requested to end before them. Returns how many were new.
   */
  prependPage(page: readonly ChatLine[]): number {
    let added = 0;
    for (const line of page.toReversed()) {
      if (line.msgid !== null && this.#msgids.has(line.msgid)) continue;
      let index = 0;
      while (index < this.lines.length && isBefore(this.lines[index] as ChatLine, line)) index += 1;
      this.#insert(index, line);
      added += 1;
    }
    return added;
  }

  /** Returns the last line that fits. */
  find(fits: (line: ChatLine) => boolean): ChatLine | null {
    return this.lines.findLast(fits) ?? null;
  }

  byMsgid(msgid: string): ChatLine | null {
    return this.#msgids.has(msgid) ? this.find((line) => line.msgid === msgid) : null;
  }

  byKey(key: string): ChatLine | null {
    return this.find((line) => line.key === key);
  }

  /** Replaces the line that has the same key; moves it if its time has changed. */
  replace(line: ChatLine): void {
    const index = this.lines.findLastIndex(({ key }) => key === line.key);
    if (index === -1) return;
    const old = this.lines[index] as ChatLine;
    const stays = old.time === line.time && isPending(old) === isPending(line);
    if (stays && old.msgid === line.msgid) {
      this.lines[index] = line;
      this.units += unitsOf(line) - unitsOf(old);
      return;
    }
    this.#removeAt(index);
    this.add(line);
  }

  /** Replaces each line that `change` returns another of, with the same key and time. Returns whether there was one. */
  update(change: (line: ChatLine) => ChatLine): boolean {
    let hasChanged = false;
    for (const [index, line] of this.lines.entries()) {
      const changed = change(line);
      if (changed === line) continue;
      hasChanged = true;
      this.lines[index] = changed;
      this.units += unitsOf(changed) - unitsOf(line);
    }
    return hasChanged;
  }

  remove(key: string): void {
    const index = this.lines.findLastIndex((line) => line.key === key);
    if (index !== -1) this.#removeAt(index);
  }

  /** Drops the oldest lines over `max`, except those that are not sent. Returns how many. */
  trim(max: number): number {
    const excess = this.lines.length - max;
    if (excess <= 0) return 0;
    let dropped = 0;
    for (let index = 0; index < this.lines.length && dropped < excess; ) {
      const line = this.lines[index] as ChatLine;
      if (line.status === "sent") {
        this.#removeAt(index);
        dropped += 1;
      } else index += 1;
    }
    return dropped;
  }

  /**
   * Drops the newest lines over `max`, of a window that is read towards its beginning. Returns how
   * many.
   */
  trimNewest(max: number): number {
    const excess = Math.max(0, this.lines.length - max);
    for (let dropped = 0; dropped < excess; dropped += 1) this.#removeAt(this.lines.length - 1);
    return excess;
  }

  /** Drops all lines except those that are not sent. */
  clear(): void {
    const unsent = this.lines.filter((line) => line.status !== "sent");
    this.lines.length = 0;
    this.units = 0;
    this.#msgids.clear();
    for (const line of unsent) this.add(line);
  }

  /** Returns the last line that has a msgid: the server knows its position. */
  newest(): ChatLine | null {
    return this.find((line) => line.msgid !== null);
  }

  /** Returns the first line that has a msgid. */
  oldest(): ChatLine | null {
    return this.lines.find((line) => line.msgid !== null) ?? null;
  }

  #insert(index: number, line: ChatLine): void {
    if (line.msgid !== null) this.#msgids.add(line.msgid);
    this.units += unitsOf(line);
    if (index === this.lines.length) this.lines.push(line);
    else this.lines.splice(index, 0, line);
  }

  #removeAt(index: number): void {
    const [line] = this.lines.splice(index, 1);
    if (line === undefined) return;
    this.units -= unitsOf(line);
    if (line.msgid !== null) this.#msgids.delete(line.msgid);
  }
}

/** Returns what a line takes in memory, in UTF-16 units of text. */
function unitsOf(line: ChatLine): number {
  const { text, nick, msgid, replyTo, account, params, reactions, hiddenReactions } = line;
  let units = LINE_UNITS + text.length + nick.length + (msgid?.length ?? 0);
  units += (replyTo?.length ?? 0) + (account?.length ?? 0);
  for (const param of params) units += param.length;
  return units + reactionUnits(reactions) + reactionUnits(hiddenReactions);
}

function reactionUnits(reactions: ChatLine["reactions"]): number {
  // Nearly all lines have none.
  if (reactions.size === 0) return 0;
  let units = 0;
  for (const [reaction, nicks] of reactions) {
    units += reaction.length;
    for (const reacting of nicks) units += reacting.length;
  }
  return units;
}

function isPending(line: ChatLine): boolean {
  return line.status === "sending" || line.status === "queued";
}

/** Whether `present`, a line of the list, stays behind the new line. */
function isBehind(present: ChatLine, added: ChatLine): boolean {
  return isPending(present) || present.time > added.time;
}

function isBefore(present: ChatLine, added: ChatLine): boolean {
  return !isPending(present) && present.time < added.time;
}
