/**
 * The lines of one conversation: oldest first, each msgid once, bounded. Lines are values: a change
 * puts a new one in the old one's place, so that a screen can cache by identity.
 */
import type { ChatLine } from "./client-state.ts";

export class LineList {
  readonly lines: ChatLine[] = [];
  readonly #msgids = new Set<string>();

  get pendingCount(): number {
    return this.lines.filter(onItsWay).length;
  }

  has(msgid: string): boolean {
    return this.#msgids.has(msgid);
  }

  /**
   * By its time, behind those of the same time. Lines on their way stand at the end, whatever their
   * time: they have no place yet. False when its msgid is there already.
   */
  add(line: ChatLine): boolean {
    if (line.msgid !== null && this.#msgids.has(line.msgid)) return false;
    let at = this.lines.length;
    if (!onItsWay(line)) {
      while (at > 0 && isBehind(this.lines[at - 1] as ChatLine, line)) at -= 1;
    }
    this.#put(at, line);
    return true;
  }

  /**
   * A page of older lines, in order: each in front of those of the same time, since the page was
   * asked for as what came before them. Answers how many were new.
   */
  prependPage(page: readonly ChatLine[]): number {
    let added = 0;
    for (const line of page.toReversed()) {
      if (line.msgid !== null && this.#msgids.has(line.msgid)) continue;
      let at = 0;
      while (at < this.lines.length && isBefore(this.lines[at] as ChatLine, line)) at += 1;
      this.#put(at, line);
      added += 1;
    }
    return added;
  }

  find(fits: (line: ChatLine) => boolean): ChatLine | null {
    return this.lines.findLast(fits) ?? null;
  }

  byMsgid(msgid: string): ChatLine | null {
    return this.#msgids.has(msgid) ? this.find((line) => line.msgid === msgid) : null;
  }

  byKey(key: string): ChatLine | null {
    return this.find((line) => line.key === key);
  }

  /** Puts `line` where the line of its key is; moves it if its time is another. */
  replace(line: ChatLine): void {
    const at = this.lines.findLastIndex((other) => other.key === line.key);
    if (at === -1) return;
    const old = this.lines[at] as ChatLine;
    const stays = old.time === line.time && onItsWay(old) === onItsWay(line);
    if (stays && old.msgid === line.msgid) {
      this.lines[at] = line;
      return;
    }
    this.#take(at);
    this.add(line);
  }

  remove(key: string): void {
    const at = this.lines.findLastIndex((line) => line.key === key);
    if (at !== -1) this.#take(at);
  }

  /** Drops the oldest over `max`; answers how many. Lines that are still on their way stay. */
  trim(max: number): number {
    const over = this.lines.length - max;
    if (over <= 0) return 0;
    let dropped = 0;
    for (let at = 0; at < this.lines.length && dropped < over; ) {
      const line = this.lines[at] as ChatLine;
      if (line.status === "sent") {
        this.#take(at);
        dropped += 1;
      } else at += 1;
    }
    return dropped;
  }

  /** Drops the newest over `max`: of a part that is read towards its beginning. */
  trimNewest(max: number): void {
    while (this.lines.length > max) this.#take(this.lines.length - 1);
  }

  /** Keeps only what is still on its way. */
  clear(): void {
    const waiting = this.lines.filter((line) => line.status !== "sent");
    this.lines.length = 0;
    this.#msgids.clear();
    for (const line of waiting) this.add(line);
  }

  /** The last line that the server gave a name and a place. */
  newest(): ChatLine | null {
    return this.find((line) => line.msgid !== null);
  }

  oldest(): ChatLine | null {
    return this.lines.find((line) => line.msgid !== null) ?? null;
  }

  #put(at: number, line: ChatLine): void {
    if (line.msgid !== null) this.#msgids.add(line.msgid);
    if (at === this.lines.length) this.lines.push(line);
    else this.lines.splice(at, 0, line);
  }

  #take(at: number): void {
    const [line] = this.lines.splice(at, 1);
    if (line?.msgid != null) this.#msgids.delete(line.msgid);
  }
}

function onItsWay(line: ChatLine): boolean {
  return line.status === "sending" || line.status === "queued";
}

function isBehind(other: ChatLine, line: ChatLine): boolean {
  return onItsWay(other) || other.time > line.time;
}

function isBefore(other: ChatLine, line: ChatLine): boolean {
  return !onItsWay(other) && other.time < line.time;
}
