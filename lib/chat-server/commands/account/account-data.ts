import type { Account } from "../../../member-server/account.ts";
import { formatTime } from "../../../protocol/time.ts";
import type { CommandContext } from "../../command.ts";
import type { ConversationId } from "../../event.ts";
import type { User } from "../../users/user.ts";

/**
 * ACCOUNT DATA: everything that the server keeps about the asker besides what they said, which SEARCH finds.
 * One line for each thing; docs/protocol.md lists them.
 */
export function sendAccountData(context: CommandContext, account: Account): void {
  const { reply } = context;
  const tell = (kind: string, details: readonly string[], text: string): void =>
    reply.note("ACCOUNT", "DATA", [kind, ...details], text);
  tellAccount(context, account, tell);
  const user = context.state.users.byAccount(account.name);
  if (user !== null) {
    tellPerson(user, tell);
    tellPlaces(context, account, user, tell);
  }
  reply.note("ACCOUNT", "DATA_END", [], "End of your data");
}

type Tell = (kind: string, details: readonly string[], text: string) => void;

/** The password's hash stays where it is: it helps nobody but who guesses at it. */
function tellAccount({ state }: CommandContext, account: Account, tell: Tell): void {
  const { name, createdAt, owner, email, certificates } = account;
  tell("ACCOUNT", [name, formatTime(createdAt), owner ? "owner" : "*"], email ?? "");
  for (const { fingerprint, addedAt, label } of certificates) {
    tell("DEVICE", [fingerprint, formatTime(addedAt)], label);
  }
  for (const { id, by, used, uses, createdAt: made, expiresAt } of state.accounts.invitations()) {
    if (by !== name) continue;
    const until = expiresAt === null ? "*" : formatTime(expiresAt);
    tell("INVITATION", [id, formatTime(made), until], `${used}/${uses ?? "*"}`);
  }
}

function tellPerson({ nick, identity, modes, metadata, blocked }: User, tell: Tell): void {
  tell("NICK", [nick], identity.realname);
  if (modes.size > 0) tell("MODES", [[...modes].sort().join("")], "");
  for (const [key, value] of metadata) tell("SETTING", [key], value);
  for (const mask of blocked) tell("BLOCKED", [mask], "");
}

/** Rooms with one's rank and how far one has read, ranks that rooms keep, and direct messages. */
function tellPlaces(
  { state, reply }: CommandContext,
  { name }: Account,
  user: User,
  tell: Tell,
): void {
  const read = (id: ConversationId): string => {
    const time = user.markers.get(id);
    return time === undefined ? "*" : formatTime(time);
  };
  for (const room of user.rooms) {
    const member = room.members.get(user);
    const joined = formatTime(member?.joinedTime ?? 0);
    tell("ROOM", [room.name, member?.ranks || "*", joined, read(room.id)], "");
  }
  for (const talk of state.rooms.directsOf(name)) {
    tell("DIRECT", [talk.peerOf(name), read(talk.id)], "");
  }
  for (const room of state.rooms.all()) {
    // Any room's founder may have it keep a rank for one: there may be more than an answer holds.
    if (reply.isFull) break;
    const ranks = room.autoRanks.get(name);
    if (ranks !== undefined) tell("RANK", [room.name, ranks], "");
  }
}
