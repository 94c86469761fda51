/** What can be done with the selected message, and the key for each. */

import {
  type ChatLine,
  type ClientConversation,
  type ClientState,
  isMessage,
} from "../../../chat-client/client-state.ts";
import { relaysTag } from "../../../chat-client/registration/capability-requests.ts";
import { FILES_CAP, textOrFileName } from "../../../protocol/file-facts.ts";
import { pinnedTextOf } from "../../../protocol/pinned-text.ts";
import { findLinks } from "../../../protocol/web-links.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { openableByName } from "../../files/openable.ts";
import { isAtLeast, ownRanks, rankIndex } from "../people/ranks.ts";
import { pictureOf, visibleLines } from "./message-lines.ts";
import { repliesByThread } from "./threads.ts";

/** An action, in the order in which they are offered: in a narrow window the last ones may not fit. Each is a key of `Words["pointing"]["actions"]`. */
export type MessageAction =
  | "expand"
  | "view"
  | "follow"
  | "reply"
  | "retry"
  | "edit"
  | "delete"
  | "react"
  | "thread"
  | "person"
  | "save"
  | "open"
  | "copy"
  | "collapse"
  | "pin"
  | "unpin"
  | "details";

/** The key of each action: a letter, or "enter". */
const KEYS: Readonly<Record<MessageAction, string>> = {
  expand: "enter",
  view: "enter",
  follow: "enter",
  reply: "r",
  retry: "r",
  edit: "e",
  delete: "d",
  react: "+",
  thread: "t",
  person: "u",
  save: "s",
  open: "o",
  copy: "c",
  collapse: "f",
  pin: "p",
  unpin: "p",
  details: "i",
};

/** Whether a message has something to open, such as its further rows or its spoilers, and whether it is open. */
export type Disclosure = "none" | "closed" | "opened";

/** Where Enter leads from a message. */
export type FollowTarget =
  | { readonly kind: "thread" }
  | { readonly kind: "quote"; readonly msgid: string };

/** What of a message is opened with another program. */
export type OpenTarget =
  | { readonly kind: "file" }
  | { readonly kind: "link"; readonly link: string };

/** Returns the key of an action as it is shown and pressed. */
export function keyOfAction(action: MessageAction): string {
  return KEYS[action];
}

/** Returns the actions that a message allows here, in the order in which they are shown. */
export function actionsOf(
  line: ChatLine,
  conversation: ClientConversation,
  state: ClientState,
  thread: string | null,
  disclosure: Disclosure,
): MessageAction[] {
  // What is folded away is not read by other keys either. Its author can be unblocked by the person's menu.
  if (line.folded !== null && disclosure === "closed") return ["expand", "person"];
  const isOffered: Readonly<Record<MessageAction, () => boolean>> = {
    expand: () => disclosure === "closed",
    collapse: () => disclosure === "opened",
    view: () => disclosure !== "closed" && pictureOf(line) !== null,
    follow: () =>
      disclosure !== "closed" &&
      pictureOf(line) === null &&
      followTarget(line, conversation, thread) !== null,
    reply: () => canBeAnswered(line, conversation),
    retry: () => line.own && (line.status === "failed" || line.status === "unsure"),
    edit: () => canBeNamed(line, conversation) && canEdit(line, state),
    delete: () => canBeNamed(line, conversation) && canDelete(line, conversation, state),
    react: () => canBeNamed(line, conversation) && relaysTag(state, "+draft/react"),
    thread: () => canBeNamed(line, conversation) && thread === null,
    pin: () => canPin(line, conversation, state) && !isPinned(line, conversation),
    unpin: () => canPin(line, conversation, state) && isPinned(line, conversation),
    copy: () => line.text !== "",
    save: () => hasFile(line, state),
    open: () => openTargets(line, state).length > 0,
    details: () => true,
    person: () => !line.own && line.nick !== "",
  };
  return (Object.keys(KEYS) as MessageAction[]).filter((action) => isOffered[action]());
}

/** Returns the action of a key, among those that the message allows; null for none. */
export function actionOfKey(
  key: string,
  line: ChatLine,
  conversation: ClientConversation,
  state: ClientState,
  thread: string | null,
  disclosure: Disclosure,
): MessageAction | null {
  const actions = actionsOf(line, conversation, state, thread, disclosure);
  return actions.find((action) => KEYS[action] === key) ?? null;
}

/**
 * Returns where Enter leads: into the thread of the replies, or to the quoted message.
 *
 * @param thread the root of the open thread, where its own root leads nowhere
 */
export function followTarget(
  line: ChatLine,
  conversation: ClientConversation,
  thread: string | null,
): FollowTarget | null {
  if (line.msgid !== null && line.msgid === thread) return null;
  if (line.msgid !== null && repliesByThread(visibleLines(conversation)).has(line.msgid)) {
    return { kind: "thread" };
  }
  return line.replyTo === null ? null : { kind: "quote", msgid: line.replyTo };
}

/** Returns what of a message another program may open: its file, and its addresses as a browser takes them, each once. */
export function openTargets(line: ChatLine, state: ClientState): OpenTarget[] {
  const links = line.text.split("\n").flatMap((row) => findLinks(sanitize(row)));
  return [
    ...(isOpenable(line, state) ? [{ kind: "file" } as const] : []),
    ...[...new Set(links.map(({ target }) => target))].map(
      (link) => ({ kind: "link", link }) as const,
    ),
  ];
}

/** Returns the selected message of a conversation; null when it isn't there any more. */
export function selectedLine(conversation: ClientConversation, lineKey: string): ChatLine | null {
  const line = visibleLines(conversation).find(({ key }) => key === lineKey);
  return line !== undefined && isMessage(line) ? line : null;
}

/** Whether a file came with a message, and can be fetched. */
function hasFile({ file, redacted }: ChatLine, { caps }: ClientState): boolean {
  return file !== null && !redacted && caps.has(FILES_CAP);
}

/** Whether the file of a message is one that another program may open. */
function isOpenable(line: ChatLine, state: ClientState): boolean {
  return hasFile(line, state) && openableByName(line.file?.name ?? "") !== null;
}

/** Whether an answer can be said: without a msgid it quotes the message. */
function canBeAnswered(line: ChatLine, { kind, former }: ClientConversation): boolean {
  const isSaid = line.msgid !== null || line.status === "sent";
  return isSaid && !line.redacted && kind !== "server" && !former;
}

/** Whether the server can be told which message is meant. */
function canBeNamed(line: ChatLine, conversation: ClientConversation): boolean {
  return line.msgid !== null && canBeAnswered(line, conversation);
}

function canEdit({ own, kind, status }: ChatLine, { caps }: ClientState): boolean {
  return own && kind === "said" && status === "sent" && caps.has("sodam.chat/edit");
}

function canDelete(line: ChatLine, conversation: ClientConversation, state: ClientState): boolean {
  if (!state.caps.has("draft/message-redaction")) return false;
  if (line.own) return true;
  const own = ownRanks(state, conversation);
  const theirs = conversation.members.get(state.fold(line.nick))?.ranks ?? "";
  return isAtLeast(own, "helper") && rankIndex(own) <= rankIndex(theirs);
}

function canPin(line: ChatLine, conversation: ClientConversation, state: ClientState): boolean {
  const isRoom = conversation.kind === "room" && state.caps.has("draft/metadata-2");
  const isAllowed = isAtLeast(ownRanks(state, conversation), "moderator");
  return isRoom && isAllowed && textOrFileName(line) !== "" && line.status === "sent";
}

function isPinned(line: ChatLine, { pinned }: ClientConversation): boolean {
  return pinned !== null && pinned === pinnedTextOf(line);
}
