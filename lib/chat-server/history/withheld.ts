import type { AccountId } from "../../protocol/account-id.ts";
import { mentionsAfterEdit } from "../../protocol/mention.ts";
import type { RoomEvent, RoomEventOf } from "../event.ts";
import type { DirectConversation } from "../rooms/room.ts";
import type { Rooms } from "../rooms/rooms.ts";

/*
 * What a blocked user writes to the one who blocked them (SILENCE) is stored as usual, and withheld from everybody but
 * its author, for ever: who is blocked is answered, echoed and shown the own history like anybody else, and so can't
 * tell. Who has unblocked somebody isn't shown what came before. A message from before the block that its author edits
 * has two texts from then on, until it is edited without a block.
 */

/** Returns whether only its author may see an event. */
export function isWithheld(event: RoomEvent): boolean {
  switch (event.kind) {
    case "said":
    case "edited":
    case "redacted":
      return event.withheld === true;
    default:
      return false;
  }
}

/** Returns whether an account may see an event of a conversation that it may read. */
export function isShownTo(event: RoomEvent, account: AccountId | null): boolean {
  return !isWithheld(event) || event.by.accountId === account;
}

/** Returns a message as an edit leaves it. */
export function withEdit(
  message: RoomEventOf<"said">,
  { text, time, withheld, of }: Pick<RoomEventOf<"edited">, "text" | "time" | "withheld" | "of">,
): RoomEventOf<"said"> {
  if (withheld === true && message.withheld !== true)
    return { ...message, ownEdit: { text, time } };
  const { ownEdit: _, ...rest } = message;
  return { ...rest, text, editedAt: time, ...mentionsAfterEdit(message, of) };
}

/** Returns an event as an account sees it: a message with the text that is for it. May be the same object. */
export function asSeenBy(event: RoomEvent, account: AccountId | null): RoomEvent {
  if (event.kind !== "said" || event.ownEdit === undefined) return event;
  const { ownEdit, ...message } = event;
  if (event.by.accountId !== account) return message;
  return { ...message, text: ownEdit.text, editedAt: ownEdit.time };
}

/** Returns whether a direct conversation has nothing that an account may see: who has blocked somebody knows of none. */
export function isHiddenFrom(conversation: DirectConversation, account: AccountId): boolean {
  const { withheldAt } = conversation;
  if (withheldAt.size === 0 || withheldAt.has(account)) return false;
  return lastShownMessageAt(conversation, account) === 0;
}

/** Returns the direct conversation of two accounts as far as the first of them may know of it, or `null`. */
export function shownDirectConversation(
  rooms: Pick<Rooms, "directConversation">,
  account: AccountId,
  peer: AccountId,
): DirectConversation | null {
  const conversation = rooms.directConversation(account, peer);
  return conversation === null || isHiddenFrom(conversation, account) ? null : conversation;
}

/** Returns the time (ms) of the newest message in a direct conversation that an account may see; 0 for none. */
export function lastShownMessageAt(
  { lastMessageAt, withheldAt }: Pick<DirectConversation, "lastMessageAt" | "withheldAt">,
  account: AccountId | null,
): number {
  return account === null ? lastMessageAt : Math.max(lastMessageAt, withheldAt.get(account) ?? 0);
}
