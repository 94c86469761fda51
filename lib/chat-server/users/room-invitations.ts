import type { AccountId } from "../../protocol/account-id.ts";
import type { ConversationId, UserIdentity } from "../event.ts";
import { INVITATION_MS_MAX, INVITATIONS_MAX, INVITATIONS_PER_INVITER_MAX } from "../limits.ts";
import { tagsOf } from "../relay/encode-event.ts";
import type { Reply } from "../relay/reply.ts";
import { Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import { isListed, isListedSince } from "./ban-masks.ts";
import { isIdentityBlocked } from "./block-list.ts";
import { sourceOf, type User } from "./user.ts";

/**
 * Invitations to rooms that wait for an answer: `User.invitations`. They are changed by INVITE, UNINVITE and
 * JOIN, by a guest's log-in, and by `apply` and `restore`. Those of accounts are stored in the people's
 * journal.
 */

/** An invitation to a room that a user has not joined yet. */
export interface RoomInvitation {
  /**
   * The inviter at that time, without a real name: what a user says about themselves isn't stored with
   * others.
   */
  readonly by: UserIdentity;
  /** When it was made, in ms since 1970. */
  readonly time: number;
  /** Whether the user may join once in spite of +i, +k, +l and bans: an op has invited them. */
  readonly opens: boolean;
  /**
   * Set for one by somebody whom the user had blocked: the user never learns of it and can't use it, and the inviter
   * gets the same answers as everybody.
   */
  readonly withheld?: boolean;
}

/**
 * Adds an invitation as the newest of a user. Replaces an earlier one to the same room, and drops the oldest
 * beyond the limits. Returns `false` if it could not be stored: then nothing has changed.
 *
 * @param time when it was made, in ms since 1970
 */
export function invite(
  state: State,
  user: User,
  room: Room,
  inviter: UserIdentity,
  isByOp: boolean,
  // Bans that are set later have a later time, also within a millisecond.
  time = Math.max(state.now, room.time),
): boolean {
  const opens = isByOp || canEnterByInvitation(state, user, room);
  const by: UserIdentity = { ...inviter, realname: "" };
  const withheld = isIdentityBlocked(user, by) && ({ withheld: true } as const);
  // Who is blocked takes no invitation of others away.
  if (withheld && shownInvitation(user, room.id) !== null) return true;
  const invitation: RoomInvitation = { by, time, opens, ...withheld };
  const { accountId: account } = user;
  if (account !== null) {
    const change = { kind: "invited", account, room: room.id, ...invitation } as const;
    if (!state.ports.appendPerson(change)) return false;
  }
  setInvitation(user, room.id, invitation);
  return true;
}

/** Adds an invitation without storing it. */
export function setInvitation(user: User, room: ConversationId, invitation: RoomInvitation): void {
  const { invitations } = user;
  invitations.delete(room);
  const ofInviter = [...invitations].filter(([, { by }]) => isSameInviter(by, invitation.by));
  const [oldestOfInviter] = ofInviter.length >= INVITATIONS_PER_INVITER_MAX ? ofInviter : [];
  const [oldest] = invitations.size >= INVITATIONS_MAX ? invitations : [];
  const dropped = oldestOfInviter ?? oldest;
  if (dropped !== undefined) invitations.delete(dropped[0]);
  invitations.set(room, invitation);
  user.noteChange();
}

/** Guests count by their host, since a guest can have many nicks. */
function isSameInviter(a: UserIdentity, b: UserIdentity): boolean {
  return a.accountId === null
    ? b.accountId === null && a.host === b.host
    : a.accountId === b.accountId;
}

/** Returns a user's invitation to a room as far as they may know of it, or `null`. */
export function shownInvitation(user: User, room: ConversationId): RoomInvitation | null {
  const invitation = user.invitations.get(room);
  return invitation === undefined || invitation.withheld ? null : invitation;
}

/** Removes an invitation that was withdrawn, declined or used. */
export function forgetInvitation(state: State, user: User, room: ConversationId): void {
  user.invitations.delete(room);
  user.noteChange();
  const { accountId: account } = user;
  // A failure to store it is harmless: after a restart, a member of the room has no invitation to it.
  if (account !== null) state.ports.appendPerson({ kind: "uninvited", account, room });
}

/**
 * Returns whether a user may join a room in spite of its modes, by an op's invitation that hasn't expired. A ban
 * that was set after it holds.
 */
export function canEnterByInvitation(state: State, user: User, room: Room): boolean {
  const invitation = shownInvitation(user, room.id);
  if (invitation?.opens !== true || isInviterGone(state, invitation)) return false;
  if (isExpired(invitation, state.now)) return false;
  return !isListedSince(room, "b", user, invitation.time) || isListed(room, "e", user);
}

/** An invitation dies with the account that made it. */
function isInviterGone(state: State, { by }: RoomInvitation): boolean {
  return by.accountId !== null && state.accounts.byId(by.accountId) === null;
}

function isExpired({ time }: RoomInvitation, now: number): boolean {
  return now - time > INVITATION_MS_MAX;
}

/**
 * Returns the rooms that a user is invited to, in the order of the invitations. Forgets invitations that have
 * expired, and those to rooms that the user is in or that don't exist any more. Leaves out those of people
 * whom the user has blocked, or whose account was deleted.
 */
export function pendingInvitations(
  state: State,
  user: User,
): { readonly room: Room; readonly invitation: RoomInvitation }[] {
  const pending: { room: Room; invitation: RoomInvitation }[] = [];
  for (const [id, invitation] of [...user.invitations]) {
    const room = state.rooms.byId(id);
    if (!(room instanceof Room) || room.has(user) || isExpired(invitation, state.now)) {
      user.invitations.delete(id);
      continue;
    }
    const { by, withheld } = invitation;
    if (withheld || isInviterGone(state, invitation)) continue;
    if (isIdentityBlocked(user, by)) continue;
    pending.push({ room, invitation });
  }
  return pending;
}

/** Sends a new session the invitations that its user got while away, as INVITE with the time of each. */
export function sendPendingInvitations(state: State, reply: Reply, user: User): void {
  for (const { room, invitation } of pendingInvitations(state, user)) {
    const { by, time } = invitation;
    const tags = tagsOf({ time, msgid: "", by }, reply.session.dialect);
    reply.line("INVITE", [user.nick, room.name], sourceOf(by), tags);
  }
}

/** Takes back the invitations to rooms that an account made: whoever came by them would come for it. */
export function withdrawRoomInvitations(state: State, id: AccountId): void {
  for (const user of state.users.all()) {
    for (const [room, { by }] of [...user.invitations]) {
      if (by.accountId === id) forgetInvitation(state, user, room);
    }
  }
}
