import type { Folded } from "../protocol/names.ts";
import {
  type ChatLine,
  type ClientConversation,
  type ClientMember,
  type ConversationKind,
  type DetachedWindow,
  LINES_MAX,
} from "./client-state.ts";
import { LineList } from "./line-list.ts";

/** A place in history, to ask from. */
export interface HistoryPosition {
  readonly msgid: string | null;
  readonly time: number;
}

/** A part of the conversation further up, as jump-to-message.ts changes it. */
export class OpenDetachedWindow implements DetachedWindow {
  readonly list = new LineList();
  oldestReached = false;
  loadingOlder = false;
  loadingNewer = false;
  olderThen: (() => void)[] = [];

  get lines(): readonly ChatLine[] {
    return this.list.lines;
  }
}

/** More than any server has people; a list that never ends goes no further. */
export const MEMBERS_MAX = 100_000;

/** Puts a member into the list, or changes them there. */
export function addMember(
  members: Map<Folded, ClientMember>,
  key: Folded,
  member: ClientMember,
): void {
  if (members.size < MEMBERS_MAX || members.has(key)) members.set(key, member);
}

/** A conversation as the session changes it. Readers see it as `ClientConversation`. */
export class MutableConversation implements ClientConversation {
  key: Folded;
  name: string;
  readonly kind: ConversationKind;
  joined: boolean;
  topic = "";
  topicBy: string | null = null;
  pinned: string | null = null;
  modes = "";
  members = new Map<Folded, ClientMember>();
  /** What NAMES has told so far; takes the place of `members` at its end. */
  pendingMembers: Map<Folded, ClientMember> | null = null;
  readonly readers = new Map<Folded, number>();
  readonly list = new LineList();
  unread = 0;
  mentions = 0;
  readMarker: number | null = null;
  oldestReached = false;
  loadingOlder = false;
  catchingUp = false;
  readonly typing = new Map<string, number>();
  muted = false;
  draft = "";
  online: boolean | null = null;
  held = false;
  detached: OpenDetachedWindow | null = null;
  /** Who waits for the page of older lines that is under way. */
  olderThen: (() => void)[] = [];
  /** The last line before the connection broke; missed lines are asked for from here. */
  resumeFrom: HistoryPosition | null = null;
  /** Where older history goes on, when the last page had no line to show. */
  olderFrom: HistoryPosition | null = null;
  /** When the last typing notice was sent (ms), and what it said. */
  typingSentAt = 0;
  typingSent: "active" | "paused" | "done" = "done";

  constructor(key: Folded, name: string, kind: ConversationKind) {
    this.key = key;
    this.name = name;
    this.kind = kind;
    this.joined = kind !== "room";
  }

  get lines(): readonly ChatLine[] {
    return this.list.lines;
  }

  /** A message by its msgid, wherever it is shown. */
  message(msgid: string): ChatLine | null {
    return this.list.byMsgid(msgid) ?? this.detached?.list.byMsgid(msgid) ?? null;
  }

  /** Drops the oldest lines over the limit, unless somebody reads there. */
  trim(): void {
    if (!this.held && this.list.trim(LINES_MAX) > 0) this.oldestReached = false;
  }

  setMember(key: Folded, member: ClientMember): void {
    for (const members of [this.members, this.pendingMembers]) {
      if (members !== null) addMember(members, key, member);
    }
  }

  removeMember(key: Folded): boolean {
    this.pendingMembers?.delete(key);
    this.readers.delete(key);
    return this.members.delete(key);
  }

  /** Counts what is unread by the marker; only right while the marker is within the lines. */
  recountUnread(): void {
    const marker = this.readMarker;
    if (marker === null) return;
    const news = this.list.lines.filter((line) => countsAsUnread(line) && line.time > marker);
    this.unread = news.length;
    this.mentions = news.filter((line) => line.mention || this.kind === "direct").length;
  }

  /** Whether the lines reach back to the marker, so that `recount` tells the truth. */
  get coversReadMarker(): boolean {
    const oldest = this.list.oldest();
    if (this.readMarker === null) return false;
    return this.oldestReached || (oldest !== null && oldest.time <= this.readMarker);
  }
}

export function countsAsUnread(line: ChatLine): boolean {
  if (line.own || line.redacted) return false;
  return line.kind === "said" || line.kind === "action" || line.kind === "notice";
}
