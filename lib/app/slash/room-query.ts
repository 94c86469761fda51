/** Questions to the server about a room, whether the user is in it or not. */
import type { ClientConversation } from "../../chat-client/client-state.ts";
import type { Message } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { answerProblem } from "../chat-screen/draw/system-line.ts";
import type { SlashContext } from "./slash-command.ts";

/** The replies to each question; the last of them ends the answer. Any refusal ends it, too. */
const REPLIES = {
  TOPIC: { others: [], last: [NUMERIC.RPL_NOTOPIC, NUMERIC.RPL_TOPIC] },
  NAMES: { others: [NUMERIC.RPL_NAMREPLY], last: [NUMERIC.RPL_ENDOFNAMES] },
  MODE: { others: [], last: [NUMERIC.RPL_CHANNELMODEIS] },
} as const satisfies Record<string, { others: readonly string[]; last: readonly string[] }>;

/**
 * Asks the server about a room and hands its replies to `done`. Without an answer it notes why
 * instead: the server's refusal, or that there is no connection.
 */
export function askAboutRoom(
  context: SlashContext,
  verb: keyof typeof REPLIES,
  room: string,
  done: (replies: readonly Message[]) => void,
): void {
  const { session, note, words } = context;
  const last: readonly string[] = REPLIES[verb].last;
  const replies: readonly string[] = [...REPLIES[verb].others, ...last];
  const namesRoom = (params: readonly string[]): boolean =>
    params.slice(1).some((param) => session.state.fold(param) === session.state.fold(room));
  session.ask(
    verb,
    [room],
    (answer) => {
      if (answer.kind === "answered") done(answer.messages);
      else note(answerProblem(answer, session.state, words), "bad");
    },
    {
      isAnswer: (message) =>
        (message.verb === "FAIL" && message.params[0] === verb) ||
        ((replies.includes(message.verb) || /^4\d\d$/.test(message.verb)) &&
          namesRoom(message.params)),
      isLast: (message) => last.includes(message.verb),
    },
  );
}

/** Returns a conversation of the user's by its name or nick; the one of the command is always found. */
export function findConversation(
  { session, conversation }: SlashContext,
  name: string,
): ClientConversation | null {
  const key = session.state.fold(name);
  if (key === conversation.key) return conversation;
  return session.state.conversations.get(key) ?? null;
}

/** Returns a room whose topic and members this client knows; null when the server has to be asked. */
export function knownRoom(context: SlashContext, room: string): ClientConversation | null {
  const { phase } = context.session.state;
  const conversation = findConversation(context, room);
  if (conversation === null) return null;
  // Without a connection no room is joined, and only the last known values are available.
  return conversation.joined || phase.kind !== "ready" ? conversation : null;
}

/** Returns whether there is a connection, and says so when there is none. */
export function isConnected({ session, note, words }: SlashContext): boolean {
  if (session.state.phase.kind === "ready") return true;
  note(words.slash.notConnected, "bad");
  return false;
}

/** Notes a sentence about a room, with its name in front when it isn't the one on screen. */
export function noteAboutRoom(context: SlashContext, room: string, sentence: string): void {
  const isCurrent = context.session.state.fold(room) === context.conversation.key;
  context.note(isCurrent ? sentence : `${sanitize(room)} · ${sentence}`);
}
