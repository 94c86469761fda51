/** Which messages the user is told about, and which are folded away: for the session, and for lines from elsewhere. */
import type { FoldName } from "../protocol/case-mapping.ts";
import { mentions } from "../protocol/mention.ts";
import { CALLED_MEMBERS_MAX, roomCall } from "../protocol/room-call.ts";
import type { ChatLine, ClientConversation, ClientState } from "./client-state.ts";
import type { FoldReason, Sender } from "./preferences.ts";

/** What the user is to make of a message. */
export type Attention = Pick<ChatLine, "folded" | "mention">;

type Server = Pick<ClientState, "me" | "fold" | "conversations" | "preferences" | "isupport">;

const NOTHING: Attention = { folded: null, mention: false };

/**
 * Returns whether a message is folded away, and whether it mentions the user: by the nick, by one of the user's words,
 * or by a call of an op to the room.
 *
 * @param target the room or nick that it was sent to
 * @param isLive whether it was heard just now: a call to those who are here means nobody later on
 */
export function attentionOf(
  state: Server,
  target: string,
  line: Sender & Pick<ChatLine, "text" | "own">,
  isLive = false,
): Attention {
  if (line.own) return NOTHING;
  const folded = foldReasonOf(state, line);
  if (folded !== null) return { folded, mention: false };
  const conversation = state.conversations.get(state.fold(target));
  const isPresent = (name: string): boolean => conversation?.members.has(state.fold(name)) === true;
  const mention =
    mentions(line.text, state.me.nick, isPresent) ||
    state.preferences.highlightList.occursIn(line.text) ||
    isCalled(state, conversation, line, isLive);
  return { folded: null, mention };
}

/** Returns why a message of another person is folded away, by the present lists; null if it isn't. */
export function foldReasonOf(
  { preferences, fold }: Pick<Server, "preferences" | "fold">,
  line: Sender & Pick<ChatLine, "text" | "own">,
): FoldReason | null {
  return line.own ? null : preferences.foldReason(line, fold);
}

/** Returns whether the user has blocked somebody who is in a conversation, or writes to the user there. */
export function isPersonBlocked(
  { preferences, fold }: Pick<Server, "preferences" | "fold">,
  nick: string,
  { members, lines }: Pick<ClientConversation, "members" | "lines">,
): boolean {
  return preferences.isBlocked(senderOf(nick, { members, lines }, fold), fold);
}

/** Returns what a conversation tells of somebody: as a member, or else by what they last said there. */
export function senderOf(
  nick: string,
  { members, lines }: Pick<ClientConversation, "members" | "lines">,
  fold: FoldName,
): Sender {
  const key = fold(nick);
  const account = members.get(key)?.account ?? null;
  const line = lines.findLast(
    (each) =>
      each.account !== null &&
      fold(each.nick) === key &&
      (account === null || each.account === account),
  );
  return { nick, account: account ?? line?.account ?? null, accountId: line?.accountId ?? null };
}

/** Whether an op calls the room, and the user is meant. For anybody else `@everyone` is only a word. */
function isCalled(
  state: Server,
  conversation: ClientConversation | undefined,
  { nick, text }: Pick<ChatLine, "nick" | "text">,
  isLive: boolean,
): boolean {
  const call = roomCall(text);
  if (call === null || conversation?.kind !== "room") return false;
  const { members } = conversation;
  if (members.size > CALLED_MEMBERS_MAX) return false;
  const ranks = members.get(state.fold(nick))?.ranks ?? "";
  if (![...ranks].some((rank) => opRanks(state.isupport.prefixes).includes(rank))) return false;
  return call === "everyone" || (isLive && !state.me.away);
}

/** Returns the signs of op and of all ranks above it, which a server announces in their order. */
function opRanks(prefixes: ReadonlyMap<string, string>): string {
  const letters = [...prefixes.keys()];
  return [...prefixes.values()].slice(0, letters.indexOf("o") + 1).join("");
}
