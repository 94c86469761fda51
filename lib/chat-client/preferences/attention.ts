/** Which messages the user is told about, and which are folded away: for the session, and for lines from elsewhere. */
import type { FoldName } from "../../protocol/case-mapping.ts";
import { mentions } from "../../protocol/mention.ts";
import { CALLED_MEMBERS_MAX, findRoomCall, roomCall } from "../../protocol/room-call.ts";
import type { ChatLine, ClientConversation, ClientState } from "../client-state.ts";
import { isSodam } from "../server-names.ts";
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
  if (!isOp(state, members.get(state.fold(nick))?.ranks ?? "")) return false;
  return call === "everyone" || (isLive && !state.me.away);
}

/** A call that reaches nobody: the word for it, and whether its author's rank or the size of the room is why. */
interface UnheardCall {
  readonly word: string;
  readonly why: "rank" | "size";
}

/** Returns what a text of the user's calls in vain; null if it calls nobody, or is heard, as far as is known. */
export function unheardCall(
  state: Server & Pick<ClientState, "caps">,
  { kind, members }: Pick<ClientConversation, "kind" | "members">,
  text: string,
): UnheardCall | null {
  const word = findRoomCall(text)?.word;
  const own = members.get(state.fold(state.me.nick));
  if (word === undefined || kind !== "room" || own === undefined || !isSodam(state)) return null;
  if (members.size > CALLED_MEMBERS_MAX) return { word, why: "size" };
  return isOp(state, own.ranks) ? null : { word, why: "rank" };
}

function isOp({ isupport }: Server, ranks: string): boolean {
  const signs = opRanks(isupport.prefixes);
  return [...ranks].some((rank) => signs.includes(rank));
}

/** Returns the signs of op and of all ranks above it, which a server announces in their order. */
function opRanks(prefixes: ReadonlyMap<string, string>): string {
  const letters = [...prefixes.keys()];
  return [...prefixes.values()].slice(0, letters.indexOf("o") + 1).join("");
}
