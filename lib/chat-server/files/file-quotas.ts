import type { AccountId } from "../../protocol/account-id.ts";
import { addressBlockOf } from "../../protocol/address.ts";
import type { FileFacts } from "../../protocol/file-facts.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import type { ConversationId } from "../event.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import { GUESTS_AT } from "./file-grants.ts";

/** The owner is told so often that files are refused. */
const TELL_EVERY_MS = 3_600_000;

/** Returns in whose budget of transfers a session's files count: its account's, or that of the guests of its address. */
export function filePayer(state: State, { accountId, link }: Session): string {
  return accountId === null ? GUESTS_AT + addressBlockOf(link.address) : state.payerOf(accountId);
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

const NOTES = {
  server:
    "a file was refused: with it, files would take more space than files-on-server gives them",
  disk: "a file was refused: with it, the disk would have less free space than file-disk-reserve keeps",
} as const;

/** Owns when the owner was told last that there is no room for files, so that a full server doesn't fill its log as well. */
export class FullNotes {
  readonly #toldElapsedMs = new Map<FullPlace, ElapsedMs>();

  /** Tells the owner what is full, if it is theirs to mend. */
  add({ ports, elapsedMs }: Pick<State, "ports" | "elapsedMs">, place: FullPlace): void {
    if (place !== "server" && place !== "disk") return;
    const toldElapsedMs = this.#toldElapsedMs.get(place);
    if (toldElapsedMs !== undefined && elapsedMs - toldElapsedMs < TELL_EVERY_MS) return;
    this.#toldElapsedMs.set(place, elapsedMs);
    ports.note("warn", NOTES[place]);
  }
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
