/**
 * Who the other person of a direct conversation is. A conversation is addressed by a nick, and a nick can
 * change hands: a guest takes another one or leaves, and somebody else takes it. `MutableConversation.peer`
 * and `peerAccount` are changed by this file, by send/peer-check.ts, by ACCOUNT (receive/user-changes.ts) and
 * by a retry (send/send-queue.ts); `former` only by `ClientStore.setAside`.
 */

import { type Folded, fold, RESERVED } from "../protocol/names.ts";
import { type Message, nickOf } from "../protocol/wire/message.ts";
import { ACCOUNT_ID_TAG } from "../protocol/wire/tags.ts";
import { isMessage } from "./client-state.ts";
import type { MutableConversation } from "./conversation.ts";
import type { HandlerContext } from "./handler-context.ts";

/**
 * Whether the nick still belongs to the person whose messages the conversation shows.
 * - "same": the nick was watched all the time.
 * - "unchecked": it was not watched for a while, for example without a connection.
 * - "unwatched": a guest of another server, which doesn't watch the nick: only another address shows
 *   another person.
 * - "left": the person gave the nick up, or went.
 * - "changed": the nick is another person's, or nobody can tell.
 */
export type PeerState = "same" | "unchecked" | "unwatched" | "left" | "changed";

/** Code of an own line that waits for the user's decision: the nick may be another person's by now. */
export const PEER_CHANGED = "PEER_CHANGED";
/** Code of an own line that can't be sent: the person has gone, and another has the nick. */
export const PEER_LEFT = "PEER_LEFT";

/** Former nicks that are remembered: anybody can take new ones all day. */
const FORMER_NICKS_MAX = 300;
/** Services are programs of the server, and no person has their names. */
const SERVICES: ReadonlySet<Folded> = new Set(RESERVED.map(fold));

/**
 * Returns whether the server is ours. There a guest is one session, and a nick that is an account's name
 * belongs to that account.
 */
export function isOurServer(context: HandlerContext): boolean {
  return context.hasCap("sodam.chat/unread");
}

/**
 * Returns whether the user has talked to or seen a person under the nick, for whom another could be taken.
 */
export function hasPerson({ peerSeen, lines }: MutableConversation): boolean {
  if (peerSeen) return true;
  return lines.some(
    (line) => isMessage(line) && !(line.own && ["queued", "failed"].includes(line.status)),
  );
}

/** Returns the account of the person of a conversation: null for a guest, undefined when it isn't known. */
export function accountOf(
  context: HandlerContext,
  { peerAccount, key, lines }: MutableConversation,
): string | null | undefined {
  if (peerAccount !== undefined) return peerAccount;
  const line = lines.findLast(
    ({ own, kind, nick }) => !own && kind !== "nick" && context.store.fold(nick) === key,
  );
  if (line !== undefined && context.hasCap("account-tag")) return line.account;
  for (const { members } of context.store.conversations.values()) {
    const account = members.get(key)?.account ?? null;
    if (account !== null) return account;
  }
  return undefined;
}

/** Whether a nick can't become another person's: the own one, and those of services. */
function isCertain({ store }: HandlerContext, { name, key }: MutableConversation): boolean {
  return store.isMe(name) || SERVICES.has(key);
}

/** Notes that the nick is not watched for a while. */
export function noteUnwatched(context: HandlerContext, conversation: MutableConversation): void {
  if (conversation.kind !== "direct" || conversation.peer !== "same") return;
  if (!isCertain(context, conversation)) conversation.peer = "unchecked";
}

/**
 * Notes that a message was sent or came. If the server doesn't watch the nick, the next one is checked again.
 */
export function noteSent(context: HandlerContext, conversation: MutableConversation): void {
  if (conversation.kind !== "direct" || isWatched(context, conversation)) return;
  if (isOurServer(context) || typeof accountOf(context, conversation) === "string") {
    noteUnwatched(context, conversation);
  } else if (conversation.peer === "same" && !isCertain(context, conversation)) {
    conversation.peer = "unwatched";
  }
}

/** Notes from which address (`user@host`) and account the person of a conversation has just written. */
export function noteHeard(
  context: HandlerContext,
  conversation: MutableConversation,
  message: Message,
): void {
  const [, address = null] = (message.source ?? "").split("!");
  conversation.peerAddress = address;
  conversation.peerAccountId = accountIdIn(message);
  noteSent(context, conversation);
}

/** Returns whether the server reports when the person of a conversation changes the nick or goes. */
export function isWatched(
  { isupport, store }: HandlerContext,
  conversation: MutableConversation,
): boolean {
  if (isupport.has("MONITOR")) return conversation.isWatched;
  return store.withUser(conversation.name).some(({ kind }) => kind === "room");
}

/** Notes that a person has gone, so that the nick is free for others. */
export function noteLeft(context: HandlerContext, conversation: MutableConversation): void {
  if (conversation.kind !== "direct" || conversation.peer === "changed") return;
  if (!isCertain(context, conversation)) conversation.peer = "left";
}

/**
 * Returns the direct conversation that a message belongs to, or null when there is none yet. If the sender is
 * another person than the one whose messages it shows, that conversation is set aside first.
 */
export function conversationWithSender(
  context: HandlerContext,
  message: Message,
): MutableConversation | null {
  const conversation = context.store.find(nickOf(message.source ?? ""));
  if (conversation?.kind !== "direct") return conversation;
  const account = context.hasCap("account-tag") ? (message.tags.get("account") ?? null) : undefined;
  if (conversation.peer !== "same" && hasPerson(conversation)) {
    if (isAnother(context, conversation, account, message)) {
      setAside(context, conversation);
      return null;
    }
    if (typeof account === "string") conversation.peer = "same";
  } else conversation.peer = "same";
  if (account !== undefined) conversation.peerAccount = account;
  if (account !== undefined) conversation.peerAccountId = accountIdIn(message);
  return conversation;
}

/** Whether a sender with this account is known to be another person than the one of a conversation. */
function isAnother(
  context: HandlerContext,
  conversation: MutableConversation,
  account: string | null | undefined,
  message: Message,
): boolean {
  const { peerAccountId } = conversation;
  const id = accountIdIn(message);
  if (id !== null && peerAccountId !== null) return id !== peerAccountId;
  const known = accountOf(context, conversation);
  if (typeof known === "string" && account !== undefined) return !isSameAccount(known, account);
  if (typeof account === "string" && known === null) return true;
  // A guest who is back is another to our server: nothing tells one from a stranger.
  return conversation.peer === "changed" || (conversation.peer === "left" && isOurServer(context));
}

/** Returns whether the sender of a message, such as NICK, is certain to be the person of a conversation. */
export function isPerson(
  context: HandlerContext,
  conversation: MutableConversation,
  message: Message,
): boolean {
  if (conversation.peer === "same") return true;
  const id = accountIdIn(message);
  if (id !== null && conversation.peerAccountId !== null) return id === conversation.peerAccountId;
  const known = accountOf(context, conversation);
  return typeof known === "string" && isSameAccount(known, message.tags.get("account") ?? null);
}

/** Returns the id of the sender's account, or `null` from a guest and where the server sends none. */
function accountIdIn({ tags }: Message): string | null {
  return tags.get(ACCOUNT_ID_TAG) ?? null;
}

/** Returns whether two accounts are the same; a guest (null) has none. */
export function isSameAccount(account: string, other: string | null): boolean {
  return other !== null && fold(account) === fold(other);
}

/**
 * Follows a person to a new nick. A conversation with an earlier user of that nick is set aside, so that two
 * people never share one.
 */
export function followNick(
  context: HandlerContext,
  conversation: MutableConversation,
  nick: string,
): void {
  const { store } = context;
  const oldName = conversation.name;
  const namesake = store.find(nick);
  if (namesake !== null && namesake !== conversation) setAside(context, namesake);
  store.rename(conversation, nick);
  conversation.peer = "same";
  if (context.store.fold(oldName) === context.store.fold(nick)) return;
  noteFormerNick(store.formerNicks, context.store.fold(oldName));
  if (!context.isupport.has("MONITOR")) return;
  context.send("MONITOR", ["-", oldName]);
  context.request("MONITOR", ["+", nick], { quiet: true, onlyLabelled: true });
}

/** Asks the server to report when the people of direct conversations come online and go offline (MONITOR). */
export function watchPeers(
  context: HandlerContext,
  conversations: readonly MutableConversation[],
): void {
  if (!context.isupport.has("MONITOR")) return;
  for (const { name, former } of conversations) {
    if (!former) context.request("MONITOR", ["+", name], { quiet: true, onlyLabelled: true });
  }
}

/**
 * Notes that the user opens a conversation by a nick. If a person was followed from that nick to another in
 * this session, the user may mean that person.
 */
export function noteOpened(context: HandlerContext, conversation: MutableConversation): void {
  if (context.store.formerNicks.delete(conversation.key)) conversation.peer = "changed";
}

function noteFormerNick(formerNicks: Set<Folded>, nick: Folded): void {
  formerNicks.delete(nick);
  formerNicks.add(nick);
  const [oldest] = formerNicks;
  if (oldest !== undefined && formerNicks.size > FORMER_NICKS_MAX) formerNicks.delete(oldest);
}

/** Keeps a conversation whose nick belongs to another person now on the list, for reading only. */
function setAside(context: HandlerContext, conversation: MutableConversation): void {
  if (conversation.kind !== "direct" || conversation.former) return;
  const { name } = conversation;
  context.store.setAside(conversation);
  const message: Message = { verb: "NOTE", params: [name], tags: new Map(), source: null };
  context.addInfo(conversation, message, PEER_LEFT);
}
