import { findMentioned, mentions } from "../../protocol/mention.ts";
import type { AccountName } from "../../protocol/names.ts";
import type { RoomEventOf } from "../event.ts";
import { type Conversation, Room } from "../rooms/room.ts";
import type { User } from "../users/user.ts";
import type { Users } from "../users/users.ts";

/** Whom a message names: when it is said, when it is counted, and when it is edited or taken back. */

/** Whom something that is said in a room names, by account: those of its people who are not its sender. */
export function mentionedAccounts(
  users: Users,
  room: Room,
  by: { readonly account: AccountName | null },
  { verb, text }: Pick<RoomEventOf<"said">, "verb" | "text">,
): AccountName[] {
  if (verb === "TAGMSG") return [];
  const named = findMentioned(text, users.namePrefixes, (name) => {
    const user = users.byNick(name);
    return user?.account != null && user.account !== by.account && room.has(user) ? user : null;
  });
  return [...named].flatMap(({ account }) => account ?? []);
}

/**
 * Whom a message named when it was said. It is noted with the message, whose text may have been edited since,
 * or be gone, when it is counted again after a restart.
 */
export function* originallyMentioned(
  users: Users,
  conversation: Conversation,
  said: RoomEventOf<"said">,
): Iterable<User> {
  if (!(conversation instanceof Room)) return;
  const isAsSaid = said.editedAt === undefined;
  for (const account of said.named ?? (isAsSaid ? namedNow(users, conversation, said) : [])) {
    const user = users.byAccount(account);
    if (user !== null && conversation.has(user)) yield user;
  }
}

/**
 * Whether a message names somebody: as it was noted when it was said; of edited messages, and where nothing is
 * noted, by the text.
 */
export function mentionsUser(event: RoomEventOf<"said">, { account, nick }: User): boolean {
  if (event.by.account === account) return false;
  if (event.named === undefined || event.editedAt !== undefined) return mentions(event.text, nick);
  return account !== null && event.named.includes(account);
}

/** What the event of taking a message back says of it; nothing of a reaction, which was never counted. */
export function redactionCounts(
  users: Users,
  conversation: Conversation,
  said: RoomEventOf<"said">,
): Pick<RoomEventOf<"redacted">, "of"> {
  if (said.verb === "TAGMSG") return {};
  return { of: { time: said.time, named: namedNow(users, conversation, said) } };
}

/** What the event of editing a message says of whom it names now, and of whom no longer. */
export function editMentionChange(
  users: Users,
  conversation: Conversation,
  said: RoomEventOf<"said">,
  text: string,
): Pick<RoomEventOf<"edited">, "of"> {
  if (!(conversation instanceof Room)) return {};
  const before = namedNow(users, conversation, said);
  const after = mentionedAccounts(users, conversation, said.by, { ...said, text });
  const named = after.filter((account) => !before.includes(account));
  const unnamed = before.filter((account) => !after.includes(account));
  if (named.length === 0 && unnamed.length === 0) return {};
  return { of: { time: said.time, named, unnamed } };
}

/** Whom a message names now. */
function namedNow(
  users: Users,
  conversation: Conversation,
  said: RoomEventOf<"said">,
): readonly AccountName[] {
  if (!(conversation instanceof Room)) return [];
  if (said.named !== undefined && said.editedAt === undefined) return said.named;
  return mentionedAccounts(users, conversation, said.by, said);
}
