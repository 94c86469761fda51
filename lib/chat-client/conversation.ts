import type { FoldName } from "../protocol/case-mapping.ts";
import type { Folded } from "../protocol/names.ts";
import {
  type ChatLine,
  type ClientConversation,
  type ClientMember,
  type ConversationKind,
  countsAsUnread,
  type HistoryGap,
} from "./client-state.ts";
import { HistoryWindow } from "./history/history-window.ts";
import type { LineList } from "./line-list.ts";
import { ACCOUNT_UNITS_MAX, HELD_LINES_MAX, LINES_MAX, MEMBERS_MAX } from "./memory-limits.ts";
import type { PeerState } from "./peer.ts";
import type { NotificationLevel } from "./preferences/preferences.ts";
import type { TypingState } from "./typing.ts";

/**
 * Owns everything the client knows of one conversation. Only the session's own parts change it (the
 * handlers in receive/, history/ and send/); other code sees it as `ClientConversation`.
 */
export class MutableConversation implements ClientConversation {
  key: Folded;
  name: string;
  readonly kind: ConversationKind;
  joined: boolean;
  topic = "";
  topicBy: string | null = null;
  pinned: string | null = null;
  modes = "";
  areModesKnown = false;
  members = new Map<Folded, ClientMember>();
  /** Members named so far by a NAMES reply that hasn't ended; replaces `members` at its end. */
  pendingMembers: Map<Folded, ClientMember> | null = null;
  /** Seconds since the last line of that reply. */
  pendingMembersSeconds = 0;
  readonly readers = new Map<Folded, number>();
  /** The newest lines: live ones are added here. */
  readonly newest = new HistoryWindow();
  detached: HistoryWindow | null = null;
  unread = 0;
  mentions = 0;
  readMarker: number | null = null;
  readonly typing = new Map<string, number>();
  level: NotificationLevel | null = null;
  order: number | null = null;
  online: boolean | null = null;
  former = false;
  /** See peer.ts. */
  peer: PeerState = "same";
  /** The account of the other person: null for a guest; undefined when at most the lines show it. */
  peerAccount: string | null | undefined = undefined;
  /** The id of that account, which no other person can get; `null` when it isn't known. */
  peerAccountId: string | null = null;
  /** `user@host` of the other person, as last seen; null when it isn't known. */
  peerAddress: string | null = null;
  /** Whether the server reports when the nick goes offline: its MONITOR list was not full. */
  isWatched = true;
  /** Whether the other person was online while this conversation was open. */
  peerSeen = false;
  /** While true, the oldest lines are not dropped: the user reads there. */
  held = false;
  /** Whether it is on screen: then it isn't removed to make space. */
  shown = false;
  /** When my last message was sent to it. */
  lastSentElapsedMs = Number.NEGATIVE_INFINITY;
  /** When the last typing notification was sent, and its state. */
  typingSentElapsedMs = Number.NEGATIVE_INFINITY;
  typingSent: TypingState = "done";

  constructor(key: Folded, name: string, kind: ConversationKind) {
    this.key = key;
    this.name = name;
    this.kind = kind;
    this.joined = kind !== "room";
  }

  get muted(): boolean {
    return this.level === "nothing";
  }

  get list(): LineList {
    return this.newest.list;
  }

  get lines(): readonly ChatLine[] {
    return this.newest.lines;
  }

  get oldestReached(): boolean {
    return this.newest.oldestReached;
  }

  get historyGap(): HistoryGap | null {
    return this.newest.historyGap;
  }

  get loadingOlder(): boolean {
    return this.newest.loadingOlder;
  }

  get catchingUp(): boolean {
    return this.newest.loadingNewer;
  }

  /** The lines that are shown. */
  get window(): HistoryWindow {
    return this.detached ?? this.newest;
  }

  /** Returns a line by its msgid, from the newest or the detached ones. */
  message(msgid: string): ChatLine | null {
    return this.list.byMsgid(msgid) ?? this.detached?.list.byMsgid(msgid) ?? null;
  }

  /** Drops the oldest lines over LINES_MAX, or over HELD_LINES_MAX while they are held. */
  trim(): void {
    this.newest.trimOldest(this.held ? HELD_LINES_MAX : LINES_MAX);
  }

  /** Text of all its lines in memory, in UTF-16 units; see `unitsOf` of line-list.ts. */
  get units(): number {
    return this.list.units + (this.detached?.list.units ?? 0);
  }

  /** Drops the older half of its lines that were sent. Returns whether there were any. */
  halve(): boolean {
    if (this.detached !== null && this.detached.list.units > this.list.units) {
      return this.detached.list.trim(this.detached.lines.length >> 1) > 0;
    }
    const before = this.lines.length;
    this.newest.trimOldest(before >> 1);
    return this.lines.length < before;
  }

  /** Adds or replaces a member, also in a NAMES reply that is under way. */
  setMember(key: Folded, member: ClientMember): void {
    for (const members of [this.members, this.pendingMembers]) {
      if (members !== null) putMember(members, key, member);
    }
  }

  removeMember(key: Folded): void {
    this.pendingMembers?.delete(key);
    this.readers.delete(key);
    this.members.delete(key);
  }

  /** Empties the member list, when I join or leave the room. */
  clearMembers(): void {
    this.members.clear();
    this.readers.clear();
    this.pendingMembers = null;
  }

  /** Finds members by names that are folded in another way from now on. */
  rekeyMembers(fold: FoldName): void {
    const members = [...this.members.values()];
    this.members = new Map(members.map((member) => [fold(member.nick), member]));
  }

  /** Moves the read time of a direct conversation's only reader, whose key is the conversation's. */
  moveReader(was: Folded, key: Folded): void {
    const time = this.readers.get(was);
    if (time === undefined || was === key) return;
    this.readers.delete(was);
    this.readers.set(key, time);
  }

  /** Counts a new line if it is unread. Returns whether it is. */
  countIfUnread(line: ChatLine): boolean {
    if (this.kind === "server" || !countsAsUnread(line)) return false;
    if (this.readMarker !== null && line.time <= this.readMarker) return false;
    this.unread += 1;
    if (this.kind === "direct" || line.mention) this.mentions += 1;
    return true;
  }

  /** Counts unread lines and mentions anew. Only correct while `coversReadMarker`. */
  recountUnread(): void {
    if (this.readMarker === null) return;
    const { unread, mentions } = this.countUnreadFrom(this.readMarker + 1);
    this.unread = unread;
    this.mentions = mentions;
  }

  /** Counts the lines since a time (ms) that raise the unread count. */
  countUnreadFrom(time: number): Pick<ClientConversation, "unread" | "mentions"> {
    const unread = this.lines.filter((line) => countsAsUnread(line) && line.time >= time);
    const isDirect = this.kind === "direct";
    return {
      unread: unread.length,
      mentions: unread.filter((line) => line.mention || isDirect).length,
    };
  }

  /** Whether the lines reach back to the read marker. */
  get coversReadMarker(): boolean {
    const oldest = this.list.oldest();
    if (this.readMarker === null) return false;
    return this.oldestReached || (oldest !== null && oldest.time <= this.readMarker);
  }
}

/** Adds a member to the map unless it is full (MEMBERS_MAX), or replaces the member there. */
export function putMember(
  members: Map<Folded, ClientMember>,
  key: Folded,
  member: ClientMember,
): void {
  if (members.size >= MEMBERS_MAX && !members.has(key)) return;
  const isAccount = (member.account?.length ?? 0) <= ACCOUNT_UNITS_MAX;
  members.set(key, isAccount ? member : { ...member, account: null });
}
