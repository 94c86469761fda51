import type { AccountId } from "../../protocol/account-id.ts";
import { addressBlockOf } from "../../protocol/address.ts";
import type { FileFacts } from "../../protocol/file-facts.ts";
import type { ConversationId } from "../event.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";

/** Returns in whose budget of transfers a session's files count: its account's, or that of the guests of its address. */
export function filePayer(state: State, { accountId, link }: Session): string {
  return accountId === null
    ? `guests at ${addressBlockOf(link.address)}`
    : state.payerOf(accountId);
}

/** What has no room for a file. */
export type FullPlace = "account" | "room" | "server" | "disk";

const SENTENCES: Readonly<Record<FullPlace, string>> = {
  account: "Your files take all the space that an account has here. Delete some first",
  room: "The files of this conversation take all the space that it has. Delete some first",
  server: "The server has no more space for files. Ask its owner",
  disk: "The server's disk is full. Ask its owner",
};

/** Returns in words that there is no room for a file. */
export function quotaSentence(place: FullPlace): string {
  return SENTENCES[place];
}

/**
 * Returns what has no room for a file, or `null`. What is under way counts as if it were there: four files at once must
 * not come to more than one after the other.
 *
 * @param conversation `null` for the first message of two people
 */
export function fullPlace(
  { options, rooms, fileGrants, elapsedMs }: State,
  account: AccountId,
  conversation: ConversationId | null,
  file: FileFacts,
): FullPlace | null {
  const { accountBytesMax, roomBytesMax, serverBytesMax } = options.files;
  const reserved = fileGrants.reserved(account, conversation, elapsedMs);
  const bytes = spaceOf(file);
  const { files } = rooms;
  if (files.bytesOf(account) + reserved.account + bytes > accountBytesMax) return "account";
  const inConversation = conversation === null ? 0 : files.bytesIn(conversation);
  if (inConversation + reserved.conversation + bytes > roomBytesMax) return "room";
  if (files.bytes + reserved.server + bytes > serverBytesMax) return "server";
  return null;
}

/**
 * Returns whether the disk has room for a file beside what is under way.
 *
 * @param freeBytes `null` when the system doesn't tell
 */
export function hasDiskSpace(
  { options, fileGrants, elapsedMs }: State,
  account: AccountId,
  file: FileFacts,
  freeBytes: number | null,
): boolean {
  const { server } = fileGrants.reserved(account, null, elapsedMs);
  return freeBytes === null || freeBytes - server - spaceOf(file) >= options.files.diskReserveBytes;
}

function spaceOf({ size, preview = 0 }: FileFacts): number {
  return size + preview;
}
