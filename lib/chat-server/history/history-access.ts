import { type AccountName, isRoomName } from "../../protocol/names.ts";
import { type Conversation, DirectConversation, Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";

/** Whose history somebody may read: of the rooms that they are in, and of their direct messages. */

/** Whether this user may read what was said here. */
export function canReadHistory(conversation: Conversation, user: User): boolean {
  if (conversation instanceof Room) return conversation.has(user);
  const { account } = user;
  return (
    conversation instanceof DirectConversation &&
    account !== null &&
    conversation.accounts.includes(account)
  );
}

/** What this user may read under a target; `null` for none, as for one that isn't there. */
export function readableConversation(
  state: State,
  user: User,
  target: string,
): Conversation | "nothing yet" | null {
  if (isRoomName(target)) {
    const room = state.rooms.byName(target);
    return room?.has(user) ? room : null;
  }
  const account = state.accountOfNick(target);
  if (user.account === null || account === null) return null;
  return state.rooms.directConversation(user.account, account) ?? "nothing yet";
}

/** All that this user may read, with the names under which they know it. */
export function readableConversations(
  state: State,
  user: User,
): (readonly [Conversation, string])[] {
  const rooms = [...user.rooms].map((room) => [room, room.name] as const);
  const { account } = user;
  if (account === null) return rooms;
  const talks = [...state.rooms.directConversationsOf(account)].map(
    (talk) => [talk, state.nickOfAccount(talk.peerOf(account))] as const,
  );
  return [...rooms, ...talks];
}

/** What an account addresses a conversation by: the room, or in direct messages the other one of the two. */
export function conversationTarget(
  state: State,
  conversation: Conversation,
  account: AccountName | null,
): string {
  if (conversation instanceof Room) return conversation.name;
  if (!(conversation instanceof DirectConversation) || account === null) return "*";
  return state.nickOfAccount(conversation.peerOf(account));
}
