/** Servers, conversations and messages as a script sees them: always as they are now. */
import type { ChatLine, ClientConversation } from "../../chat-client/client-state.ts";
import { serverKey } from "../app-context.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { ScriptMessage, ScriptPlace, ScriptServer } from "./script-types.ts";

/** What a script may do to conversations. */
export interface PlaceActs {
  say(
    connection: ServerConnection,
    conversation: ClientConversation,
    text: string,
    replyTo: string | null,
  ): void;
  note(connection: ServerConnection, conversation: ClientConversation, text: string): void;
}

/** Returns a server as a script sees it. */
export function scriptServer(connection: ServerConnection, acts: PlaceActs): ScriptServer {
  const { state } = connection.session;
  return {
    name: serverKey(connection.link),
    get network() {
      return state.network;
    },
    get nick() {
      return state.me.nick;
    },
    get account() {
      return state.me.account;
    },
    get isConnected() {
      return state.phase.kind === "ready";
    },
    get places() {
      return [...state.conversations.values()].map((each) => scriptPlace(connection, each, acts));
    },
    place(name) {
      const conversation = state.conversations.get(state.fold(String(name)));
      return conversation === undefined ? null : scriptPlace(connection, conversation, acts);
    },
  };
}

/** Returns a conversation as a script sees it. */
export function scriptPlace(
  connection: ServerConnection,
  conversation: ClientConversation,
  acts: PlaceActs,
): ScriptPlace {
  return {
    server: serverKey(connection.link),
    kind: conversation.kind,
    get name() {
      return conversation.name;
    },
    get topic() {
      return conversation.topic;
    },
    get members() {
      return [...conversation.members.values()].map(({ nick }) => nick);
    },
    say: (text, { replyTo = null } = {}) => acts.say(connection, conversation, text, replyTo),
    note: (text) => acts.note(connection, conversation, text),
  };
}

/** Returns a message as a script sees it. */
export function scriptMessage(line: ChatLine, place: ScriptPlace): ScriptMessage {
  const { kind, msgid: id, nick, account, text, file, time, replyTo } = line;
  return {
    ...{ place, id, nick, account, text, time, replyTo },
    file: file && { name: file.name, size: file.size, type: file.type },
    kind: kind === "action" || kind === "notice" ? kind : "said",
    isOwn: line.own,
    isMention: line.mention,
  };
}
