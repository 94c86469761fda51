import { type ElapsedMs, formatTime } from "../../protocol/time.ts";
import { runSteps, type Steps } from "../command.ts";
import type { RoomEvent } from "../event.ts";
import { isMessage } from "../history/select-events.ts";
import { isShownTo, isWithheld, lastShownMessageAt } from "../history/withheld.ts";
import { READ_RECEIPTS_EVERY_MS, READ_RECEIPTS_ROOM_MAX } from "../limits.ts";
import type { Reply } from "../relay/reply.ts";
import { canSeeMember } from "../rooms/access.ts";
import { type Conversation, DirectConversation, Room } from "../rooms/room.ts";
import type { WorkMeter } from "../sessions/charges.ts";
import { pause, Slice } from "../slices.ts";
import type { State } from "../state.ts";
import type { SoftChanges } from "../takeover/soft-changes.ts";
import { isBlocked } from "../users/block-list.ts";
import type { User } from "../users/user.ts";

/** Work of sending one receipt, in the units of slices.ts. */
const UNITS_PER_RECEIPT = 2;

/** What is in memory of one conversation's receipts. */
interface ReceiptState {
  readonly pending: readonly User[];
  readonly lastSentElapsedMs: ElapsedMs | null;
  /** The times that the peers of users were told last. */
  readonly told: readonly (readonly [User, number])[];
}

/**
 * Owns the read receipts that are still to be sent (sodam.chat/read-receipts, docs/protocol.md). Receipts are
 * sent only for users who share theirs, to sessions that have the capability, in direct conversations and in
 * rooms that are small enough for members to know each other.
 */
export class ReadReceipts {
  readonly #pending = new Map<Conversation, Set<User>>();
  readonly #lastSentElapsedMs = new WeakMap<Conversation, ElapsedMs>();
  /** Direct conversation → user → the time that the peer was told last. */
  readonly #toldTimes = new WeakMap<DirectConversation, WeakMap<User, number>>();

  readonly #work: WorkMeter;
  readonly #changes: SoftChanges;

  /**
   * @param work is charged when receipts are queued, since they are sent for nobody in particular
   * @param changes is told of what only the memory has
   */
  constructor(work: WorkMeter, changes: SoftChanges) {
    this.#work = work;
    this.#changes = changes;
  }

  /** Queues receipts of a user who has read further, has joined, or starts or stops sharing receipts. */
  note(conversation: Conversation, user: User): void {
    const readers = conversation instanceof Room ? conversation.members.size : 1;
    if (readers > READ_RECEIPTS_ROOM_MAX) return;
    const users = this.#pending.get(conversation) ?? new Set<User>();
    if (users.has(user)) return;
    users.add(user);
    this.#pending.set(conversation, users);
    this.#changes.noteReceipts(conversation);
    this.#work.lines += readers;
  }

  /** Returns the latest of the times that the peer of a user was told, this one included. */
  latestTold(conversation: DirectConversation, user: User, time: number): number {
    const times = this.#toldTimes.get(conversation) ?? new WeakMap<User, number>();
    const latest = Math.max(times.get(user) ?? 0, time);
    this.#toldTimes.set(conversation, times.set(user, latest));
    this.#changes.noteReceipts(conversation);
    return latest;
  }

  /** Returns what another server needs to go on with a conversation's receipts: see `restore`. */
  stateOf(conversation: Conversation, users: Iterable<User>): ReceiptState {
    const isDirect = conversation instanceof DirectConversation;
    const times = isDirect ? this.#toldTimes.get(conversation) : undefined;
    const userTimes = [...users].map((user) => [user, times?.get(user) ?? 0] as const);
    return {
      pending: [...(this.#pending.get(conversation) ?? [])],
      lastSentElapsedMs: this.#lastSentElapsedMs.get(conversation) ?? null,
      told: userTimes.filter(([, time]) => time > 0),
    };
  }

  /** Sets a conversation's receipts to what `stateOf` of another server returned. */
  restore(conversation: Conversation, { pending, lastSentElapsedMs, told }: ReceiptState): void {
    if (pending.length > 0) this.#pending.set(conversation, new Set(pending));
    else this.#pending.delete(conversation);
    if (lastSentElapsedMs !== null) this.#lastSentElapsedMs.set(conversation, lastSentElapsedMs);
    if (conversation instanceof DirectConversation) {
      this.#toldTimes.set(conversation, new WeakMap(told));
    }
  }

  /**
   * Takes the receipts that may be sent now: the users of each conversation, which is due at most
   * once in `READ_RECEIPTS_EVERY_MS`.
   */
  *takeDue(elapsedMs: ElapsedMs): Iterable<readonly [Conversation, ReadonlySet<User>]> {
    for (const [conversation, users] of this.#pending) {
      const lastSentMs = this.#lastSentElapsedMs.get(conversation) ?? Number.NEGATIVE_INFINITY;
      if (elapsedMs - lastSentMs < READ_RECEIPTS_EVERY_MS) continue;
      this.#pending.delete(conversation);
      this.#lastSentElapsedMs.set(conversation, elapsedMs);
      this.#changes.noteReceipts(conversation);
      yield [conversation, users];
    }
  }
}

/** Sends the receipts that are due, in slices. Call it about twice a second. */
export function relayReadReceipts(state: State): void {
  const due = [...state.readReceipts.takeDue(state.elapsedMs)];
  if (due.length > 0) state.runInBackground(runSteps(relayInSteps(state, due)));
}

function* relayInSteps(
  state: State,
  due: readonly (readonly [Conversation, ReadonlySet<User>])[],
): Steps {
  const slice = new Slice({ units: 0 });
  for (const [conversation, users] of due) {
    const readers = conversation instanceof Room ? conversation.members.size : 1;
    if (slice.isOver(users.size * readers * UNITS_PER_RECEIPT)) yield* pause();
    if (conversation instanceof Room) relayRoomReceipts(state, conversation, users);
    if (conversation instanceof DirectConversation)
      for (const user of users) relayDirectReceipt(state, conversation, user);
  }
}

function relayRoomReceipts(state: State, room: Room, users: ReadonlySet<User>): void {
  for (const viewer of room.members.keys()) {
    for (const session of viewer.sessions) {
      if (!session.has("sodam.chat/read-receipts")) continue;
      const reply = state.unsolicitedReply(session);
      for (const user of users) sendRoomReceipt(reply, room, viewer, user, true);
    }
  }
}

function relayDirectReceipt(state: State, conversation: DirectConversation, user: User): void {
  const viewer = peerOfUser(state, conversation, user);
  if (viewer === null) return;
  for (const session of viewer.sessions) {
    if (!session.has("sodam.chat/read-receipts")) continue;
    sendDirectReceipt(state, state.unsolicitedReply(session), conversation, user, true);
  }
}

function peerOfUser(state: State, conversation: DirectConversation, user: User): User | null {
  const { accountId } = user;
  return accountId === null ? null : state.users.byAccount(conversation.peerOf(accountId));
}

/** Sends a session how far the peer of a direct conversation has read. */
export function sendDirectReadReceipt(
  state: State,
  reply: Reply,
  conversation: DirectConversation,
  viewer: User,
): void {
  if (!reply.session.has("sodam.chat/read-receipts")) return;
  const user = peerOfUser(state, conversation, viewer);
  if (user !== null) sendDirectReceipt(state, reply, conversation, user, false);
}

/**
 * Sends `READ jun jun timestamp=…`: a direct conversation is named by the peer's nick, as everywhere. For a user
 * who doesn't share receipts it sends `*` if `isLive`, else nothing.
 *
 * @param isLive whether something has changed, and no command asked for it
 */
function sendDirectReceipt(
  state: State,
  reply: Reply,
  conversation: DirectConversation,
  user: User,
  isLive: boolean,
): void {
  const viewer = reply.session.user;
  if (viewer === null || user === viewer) return;
  if (!user.sharesReadReceipts) {
    if (isLive) reply.line("READ", [user.nick, user.nick, "*"]);
    return;
  }
  const marker = user.markers.get(conversation.id) ?? conversation.createdAt;
  const unseenFrom = isBlocked(user, viewer) ? firstUnseenAt(conversation, viewer, user) : Infinity;
  // What a blocked viewer writes is never read: they hear what they would if the other didn't look any more.
  if (isLive && marker >= unseenFrom) return;
  const readUpTo = marker < unseenFrom ? marker : Math.min(marker, lastSeenAt(conversation, user));
  const time = state.readReceipts.latestTold(conversation, user, readUpTo);
  reply.line("READ", [user.nick, user.nick, `timestamp=${formatTime(time)}`]);
}

/** Returns the time of the first message of a blocked viewer behind all that the user sees; Infinity without one. */
function firstUnseenAt(conversation: DirectConversation, viewer: User, user: User): number {
  const seenAt = lastSeenAt(conversation, user);
  const { recentEvents, withheldAt } = conversation;
  const isUnseen = (event: RoomEvent) =>
    event.time > seenAt && isMessage(event) && isWithheld(event);
  const first = recentEvents.find(isUnseen)?.time ?? Infinity;
  const newest = viewer.accountId === null ? 0 : (withheldAt.get(viewer.accountId) ?? 0);
  return newest > seenAt ? Math.min(first, newest) : Infinity;
}

/** Returns the time of the newest event of a direct conversation that a user sees, reactions included. */
function lastSeenAt(conversation: DirectConversation, user: User): number {
  const { createdAt, recentEvents } = conversation;
  const newest = recentEvents.findLast((event) => isShownTo(event, user.accountId))?.time ?? 0;
  return Math.max(createdAt, newest, lastShownMessageAt(conversation, user.accountId));
}

/** Sends a session that has joined a room how far the other members have read. */
export function sendReadReceipts(reply: Reply, room: Room, viewer: User): void {
  if (!reply.session.has("sodam.chat/read-receipts")) return;
  if (room.members.size > READ_RECEIPTS_ROOM_MAX) return;
  for (const user of room.members.keys()) sendRoomReceipt(reply, room, viewer, user, false);
}

/**
 * Sends `READ #tea jun timestamp=…`. For a user who doesn't share receipts it sends `*` if `tellsStopped`,
 * else nothing.
 */
function sendRoomReceipt(
  reply: Reply,
  room: Room,
  viewer: User,
  user: User,
  tellsStopped: boolean,
): void {
  const member = room.members.get(user);
  if (user === viewer || member === undefined || !canSeeMember(room, viewer, user)) return;
  if (!user.sharesReadReceipts) {
    if (tellsStopped) reply.line("READ", [room.name, user.nick, "*"]);
    return;
  }
  // Messages from before the user joined were never unread to them.
  const time = Math.max(user.markers.get(room.id) ?? 0, member.joinedTime);
  reply.line("READ", [room.name, user.nick, `timestamp=${formatTime(time)}`]);
}

/**
 * Updates whether a user shares read receipts: as long as one of their sessions has the capability; with no
 * session connected it stays as it was. Call it when a session attaches, closes, or changes its
 * capabilities.
 */
export function applyReadReceiptChoice(state: State, user: User): void {
  if (user.sessions.length === 0) return;
  const shares = user.sessions.some((session) => session.has("sodam.chat/read-receipts"));
  if (shares === user.sharesReadReceipts) return;
  user.sharesReadReceipts = shares;
  for (const room of user.rooms) state.readReceipts.note(room, user);
  if (user.accountId === null) return;
  for (const conversation of state.rooms.directConversationsOf(user.accountId)) {
    state.readReceipts.note(conversation, user);
  }
}
