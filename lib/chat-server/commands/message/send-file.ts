import {
  FILE_TAG,
  type FileFacts,
  PREVIEW_BYTES_MAX,
  parseFileFacts,
} from "../../../protocol/file-facts.ts";
import { isRoomName } from "../../../protocol/names.ts";
import { formatCount } from "../../../protocol/plural.ts";
import { query, type RegisteredContext, type Steps } from "../../command.ts";
import type { ClientTags, ConversationId, StoredFile } from "../../event.ts";
import { TOKEN_MS, type UploadGrant } from "../../files/file-grants.ts";
import {
  type FullPlace,
  filePayer,
  fullPlace,
  hasDiskSpace,
  quotaSentence,
} from "../../files/file-quotas.ts";
import type { User } from "../../users/user.ts";
import { type Delivery, type MessageRefusal, prepareMessage } from "./deliver-message.ts";
import { clientTags, meantAccount } from "./privmsg-tagmsg.ts";

/** A file that somebody wants to send. */
export interface FileOffer {
  /** The room or nick, as it was given. */
  readonly target: string;
  readonly file: FileFacts;
  readonly caption: string;
  readonly tags: ClientTags;
  /** Of a direct message: the account that had the nick when it was offered. It may change hands meanwhile. */
  readonly meant?: string;
}

/** Where the file of a message lies. */
export interface FilePlace {
  /** As its message names it. */
  readonly stored: StoredFile;
  /** The id of the conversation, if that is to begin with its message. */
  readonly newId?: ConversationId;
}

/** Why it can't be sent: what a FAIL has behind the subcommand's name. */
export interface FileRefusal {
  readonly code: string;
  readonly context: readonly string[];
  readonly sentence: string;
}

/** The owner has switched files off, it may be since a file was granted. */
export const FILES_OFF = refusal("FILES_OFF", "Files are switched off on this server");

/** Handles `FILE SEND`: grants one upload, if a message could be sent there now and there is room for the file. */
export function* sendFile(context: RegisteredContext): Steps {
  const { state, session, user, reply, params } = context;
  const [, target = ""] = params;
  const fail = ({ code, context: details, sentence }: FileRefusal): void =>
    reply.fail("FILE", code, ["SEND", target, ...details], sentence);
  const offer = offerOf(context);
  if ("sentence" in offer) return fail(offer);
  const before = refusalOf(context, offer);
  if ("sentence" in before) return fail(before);
  const { accountId } = user;
  if (accountId === null) return fail(refusal("ACCOUNT_REQUIRED", "Log in to send files"));
  const { file } = offer;
  const { freeBytes } = yield* query({ kind: "file-space" });
  const { sha256, size } = file;
  const part = yield* query({ kind: "unfinished-file", account: accountId, sha256, size });
  // Others of the account may have begun an upload meanwhile, and the rights may be gone.
  const now = refusalOf(context, offer);
  if ("sentence" in now) return fail(now);
  if (!hasDiskSpace(state, accountId, file, freeBytes)) {
    state.fullNotes.add(state, "disk");
    return fail(isFull("disk"));
  }
  const { fileGrants, fileLimiter, ports, elapsedMs } = state;
  const payer = filePayer(state, session);
  fileLimiter.take(payer, elapsedMs);
  const grant: UploadGrant = {
    ...offer,
    ...{ kind: "PUT", id: ports.random.id(state.now), token: ports.random.id() },
    ...{ session, payer, account: accountId, carrier: null, isUsed: false },
    conversation: now.conversation === "new" ? null : (now.conversation?.id ?? null),
    offset: Math.min(part.bytes, size),
    expiresElapsedMs: elapsedMs + TOKEN_MS,
  };
  fileGrants.add(grant);
  const { id, token, offset } = grant;
  reply.line("FILE", ["GRANT", id, token, String(offset), String(TOKEN_MS / 1000)]);
}

/** Reads what is offered, and checks what doesn't depend on others. */
function offerOf(context: RegisteredContext): FileOffer | FileRefusal {
  const { state, session, user, message, params } = context;
  const [, target = "", text = ""] = params;
  if (user.accountId === null) return refusal("ACCOUNT_REQUIRED", "Log in to send files");
  const file = parseFileFacts(message.tags.get(FILE_TAG) ?? "");
  const caption = text.normalize("NFC");
  // What stands between two ^A is a request to a program.
  const isWrong = target === "" || caption.startsWith("\u0001");
  if (file === null || isWrong || (file.preview ?? 0) > PREVIEW_BYTES_MAX) {
    return refusal("INVALID_PARAMS", "Say where to, and in the tag what file it is");
  }
  if (file.size > state.options.files.bytesMax) {
    return refusal("TOO_LARGE", "That file is larger than this server takes");
  }
  const tags = session.has("message-tags") ? clientTags(message.tags) : {};
  const peer = isRoomName(target) ? null : state.accountOfNick(target);
  const meant = meantAccount(context) ?? peer ?? undefined;
  return { target, file, caption, tags, ...(meant !== undefined && { meant }) };
}

/** Returns why a file can't be sent now, or how its message would be delivered. */
function refusalOf(context: RegisteredContext, offer: FileOffer): Delivery | FileRefusal {
  const { state, session, user } = context;
  const { elapsedMs, fileLimiter, fileGrants } = state;
  const payer = filePayer(state, session);
  if (!fileGrants.hasPlace(payer, false, elapsedMs)) {
    return refusal("TOO_MANY_TRANSFERS", "Too many files are under way. Wait for one of them");
  }
  const waitSeconds = Math.ceil(fileLimiter.wait(payer, elapsedMs) / 1000);
  if (waitSeconds > 0) {
    const sentence = `That were many files. Try again in ${formatCount(waitSeconds, "second")}`;
    return { code: "RATE_LIMITED", context: [String(waitSeconds)], sentence };
  }
  const delivery = prepareFile(context, offer);
  if ("sentence" in delivery) return delivery;
  const { conversation } = delivery;
  if (user.accountId === null || conversation === null) return delivery;
  const id = conversation === "new" ? null : conversation.id;
  const full = fullPlace(state, user.accountId, id, offer.file);
  if (full === null) return delivery;
  state.fullNotes.add(state, full);
  return isFull(full);
}

/**
 * Asks whether the message of a file may be sent now. Only where it will be found again: what is for some of the
 * members, and what guests write and are written, is in no history.
 *
 * @param place where the file lies; left out before it has come
 */
export function prepareFile(
  context: RegisteredContext,
  { target, file, caption, tags, meant }: FileOffer,
  { stored = { ...file, id: "", path: "" }, newId }: Partial<FilePlace> = {},
): Delivery | FileRefusal {
  const { state, user } = context;
  if (!state.options.files.isOn) return FILES_OFF;
  if (isErased(state.accountsBeingErased, user)) {
    return refusal("CANNOT_SEND", "Your messages are being deleted. Try again when that is done");
  }
  const about = { ...(meant !== undefined && { meant }), ...(newId !== undefined && { newId }) };
  const message = { verb: "PRIVMSG", text: caption, tags, file: stored, ...about } as const;
  const delivery = prepareMessage(context, target, message);
  if ("sentence" in delivery) return cannotSend(delivery);
  if (delivery.conversation !== null) return delivery;
  return refusal("CANNOT_SEND", "No file can be sent there, since what is said there isn't kept");
}

/** Returns that there is no room for a file. */
export function isFull(place: FullPlace): FileRefusal {
  return { code: "QUOTA", context: [place], sentence: quotaSentence(place) };
}

/** Returns a refusal that has nothing but a sentence. */
export function refusal(code: string, sentence: string): FileRefusal {
  return { code, context: [], sentence };
}

function cannotSend({ sentence }: MessageRefusal): FileRefusal {
  return refusal("CANNOT_SEND", sentence);
}

function isErased(erased: ReadonlySet<unknown>, { accountId }: User): boolean {
  return accountId !== null && erased.has(accountId);
}
