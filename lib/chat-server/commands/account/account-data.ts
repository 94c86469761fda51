import type { Account } from "../../../member-server/account.ts";
import { recentNotices } from "../../../member-server/account-notices.ts";
import { recentAddresses } from "../../../member-server/known-addresses.ts";
import { formatTime } from "../../../protocol/time.ts";
import type { CommandContext, Steps } from "../../command.ts";
import type { ConversationId } from "../../event.ts";
import { isHiddenFrom } from "../../history/withheld.ts";
import { reportedRoom } from "../../reports/reports.ts";
import { canSeeRoom } from "../../rooms/access.ts";
import { pendingRequests } from "../../rooms/join-requests.ts";
import { Room } from "../../rooms/room.ts";
import { pause, Slice } from "../../slices.ts";
import type { State } from "../../state.ts";
import { preferencesOf } from "../../users/account-preferences.ts";
import { pendingInvitations } from "../../users/room-invitations.ts";
import { sourceOf, type User } from "../../users/user.ts";

type SendDatum = (kind: string, details: readonly string[], text: string) => void;

/**
 * Answers ACCOUNT DATA with everything that the server stores about an account, except its messages, which
 * SEARCH finds. Each datum is one NOTE; docs/protocol.md lists them.
 */
export function* sendAccountData(context: CommandContext, account: Account): Steps {
  const { state, reply } = context;
  const send = (kind: string, details: readonly string[], text: string): void =>
    reply.note("ACCOUNT", "DATA", [kind, ...details], text);
  const slice = new Slice(reply);
  for (const _ of sendAccount(context, account, send)) if (slice.isOver()) yield* pause();
  const user = state.users.byAccount(account.id);
  if (user !== null) {
    if (user.seenAt > 0) send("SEEN", [formatTime(user.seenAt)], "");
    sendUser(state, user, send);
    const conversations = sendConversations(context, account, user, send);
    for (const _ of conversations) if (slice.isOver()) yield* pause();
  }
  reply.note("ACCOUNT", "DATA_END", [], "End of your data");
}

/** Yields before each invitation. Leaves out the password hash, which would only help to guess the password. */
function* sendAccount(
  { state }: CommandContext,
  account: Account,
  send: SendDatum,
): Iterable<void> {
  const { id: accountId, name, createdAt, owner, email, certificates, notices, reset } = account;
  send("ACCOUNT", [name, formatTime(createdAt), owner ? "owner" : "*"], email ?? "");
  send("ID", [accountId], "");
  for (const resting of state.accounts.resting()) {
    if (resting.id === accountId)
      send("FORMER_NAME", [resting.name, formatTime(resting.since)], "");
  }
  if (account.grade !== undefined) send("GRADE", [account.grade], "");
  if (account.suspension !== undefined) {
    const { time, until, reason } = account.suspension;
    send("SUSPENSION", [formatTime(time), until === null ? "*" : formatTime(until)], reason);
  }
  for (const { fingerprint, addedAt, seenAt, label } of certificates) {
    send("DEVICE", [fingerprint, formatTime(addedAt)], label);
    if (seenAt !== undefined) send("DEVICE_SEEN", [fingerprint, formatTime(seenAt)], "");
  }
  for (const { kind, time } of recentNotices(notices, state.now)) {
    send("NOTICE", [kind, formatTime(time)], "");
  }
  if (reset !== undefined) {
    send("RESET", [formatTime(reset.madeAt), formatTime(reset.expiresAt)], "");
  }
  const { secondFactor } = account;
  if (secondFactor !== undefined) {
    const left = String(secondFactor.recovery.length);
    send("SECOND_FACTOR", [formatTime(secondFactor.since), left], "");
  }
  for (const { name: botName, createdAt: madeAt, bot: made } of state.accounts.botsOf(accountId)) {
    send(
      "BOT",
      [botName, formatTime(madeAt), made?.rights.join(",") || "*"],
      made?.rooms.join(" ") ?? "",
    );
  }
  for (const { time } of recentAddresses(account.addresses, state.now)) {
    send("ADDRESS", [formatTime(time)], "");
  }
  for (const invitation of state.accounts.invitations()) {
    yield;
    const { id, by, used, uses, createdAt, expiresAt } = invitation;
    if (by !== accountId) continue;
    const until = expiresAt === null ? "*" : formatTime(expiresAt);
    send("INVITATION", [id, formatTime(createdAt), until], `${used}/${uses ?? "*"}`);
  }
}

function sendUser(state: State, user: User, send: SendDatum): void {
  const { nick, identity, modes, metadata, blocked } = user;
  send("NICK", [nick], identity.realname);
  if (modes.size > 0) send("MODES", [[...modes].sort().join("")], "");
  for (const [key, value] of metadata) send("SETTING", [key], value);
  for (const { mask } of blocked) send("BLOCKED", [mask], "");
  for (const { target, key, value } of preferencesOf(state, user)) {
    send("PREFERENCE", [target, key], value);
  }
}

/**
 * Sends rooms with rank and read marker, invitations to rooms, direct conversations, ranks that rooms grant on
 * joining, requests to join, and reports. Yields before each datum, so that others are let in.
 */
function* sendConversations(
  { state, reply }: CommandContext,
  { id: accountId }: Account,
  user: User,
  send: SendDatum,
): Iterable<void> {
  const markerOf = (id: ConversationId): string => {
    const time = user.markers.get(id);
    return time === undefined ? "*" : formatTime(time);
  };
  for (const room of user.rooms) {
    yield;
    const member = room.members.get(user);
    const joinedAt = formatTime(member?.joinedTime ?? 0);
    send("ROOM", [room.name, member?.ranks || "*", joinedAt, markerOf(room.id)], "");
  }
  for (const { room, invitation } of pendingInvitations(state, user)) {
    send("INVITED", [room.name, formatTime(invitation.time)], sourceOf(invitation.by));
  }
  for (const conversation of state.rooms.directConversationsOf(accountId)) {
    yield;
    // Somebody who is blocked has written, and that isn't shown.
    if (isHiddenFrom(conversation, accountId)) continue;
    const peer = state.nameOfAccount(conversation.peerOf(accountId));
    send("DIRECT", [peer, markerOf(conversation.id)], "");
  }
  for (const room of state.rooms.all()) {
    yield;
    // Any founder can give any account an auto-rank, so there may be more than a reply holds.
    if (reply.isFull) {
      send("MORE", [], "There are more ranks and requests than an answer can hold");
      break;
    }
    const ranks = room.autoRanks.get(accountId);
    if (ranks !== undefined) send("RANK", [room.name, ranks], "");
    const request = pendingRequests(state, room).find(({ account }) => account === accountId);
    // A room that has become secret may have another name since.
    const name = canSeeRoom(room, user) ? room.name : "*";
    if (request !== undefined) send("REQUEST", [name, formatTime(request.time)], "");
  }
  for (const report of state.reports.all()) {
    if (report.by?.account !== accountId) continue;
    const reported = report.conversation === null ? null : state.rooms.byId(report.conversation);
    const isHidden = reported instanceof Room && !canSeeRoom(reported, user);
    const room = isHidden ? (report.room ?? "*") : reportedRoom(state, report);
    send("REPORT", [report.id, formatTime(report.time), room, report.author.nick], report.reason);
  }
}
