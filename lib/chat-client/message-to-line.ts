/** One message of the wire as a line on the screen, or as what it does to another line. */

import { mentions } from "../protocol/mention.ts";
import { fold } from "../protocol/names.ts";
import { parseTime } from "../protocol/time.ts";
import { type Message, nickOf } from "../protocol/wire/message.ts";
import type { ChatLine, LineKind, Me } from "./client-state.ts";

export type MessageEffect =
  | { readonly kind: "line"; readonly line: ChatLine }
  | { readonly kind: "react"; readonly msgid: string; readonly text: string; readonly nick: string }
  | {
      readonly kind: "unreact";
      readonly msgid: string;
      readonly text: string;
      readonly nick: string;
    }
  | { readonly kind: "edit"; readonly msgid: string; readonly text: string }
  | { readonly kind: "redact"; readonly msgid: string }
  | { readonly kind: "typing"; readonly nick: string; readonly what: string }
  | { readonly kind: "nothing" };

export interface MessageView {
  readonly me: Me;
  /** For messages without a time of their own (ms). */
  readonly now: number;
  readonly id: () => string;
}

/** A line with everything at its least; the maker of every line. */
export function blankLine(key: string, time: number, kind: LineKind): ChatLine {
  return {
    key,
    msgid: null,
    time,
    kind,
    nick: "",
    account: null,
    own: false,
    text: "",
    kickedNick: null,
    replyTo: null,
    reactions: new Map(),
    edited: false,
    redacted: false,
    mention: false,
    status: "sent",
    problem: "",
    code: null,
    params: [],
  };
}

/** What a message means in its conversation, live or from history. Touches nothing. */
export function interpretMessage(message: Message, view: MessageView): MessageEffect {
  const { tags, params } = message;
  const last = params.at(-1) ?? "";
  switch (message.verb) {
    case "PRIVMSG":
    case "NOTICE":
      return saidText(message, view);
    case "TAGMSG":
      return saidTags(message);
    case "EDIT":
      return { kind: "edit", msgid: params[1] ?? "", text: params[2] ?? "" };
    case "REDACT":
      return { kind: "redact", msgid: params[1] ?? "" };
    case "JOIN":
      return line(message, view, "joined", "");
    case "PART":
      return line(message, view, "left", params[1] ?? "");
    case "QUIT":
      return line(message, view, "quit", params[0] ?? "");
    case "TOPIC":
      return line(message, view, "topic", last);
    case "NICK":
      return line(message, view, "nick", params[0] ?? "");
    case "MODE":
      return line(message, view, "mode", params.slice(1).join(" "));
    case "RENAME":
      return line(message, view, "renamed", params[1] ?? "");
    case "KICK": {
      const kicked = line(message, view, "kicked", params[2] ?? "");
      const whom = params[1] ?? "";
      const mention = fold(whom) === fold(view.me.nick);
      return { kind: "line", line: { ...kicked.line, kickedNick: whom, mention } };
    }
    default:
      return tags.has("msgid") ? line(message, view, "info", last) : { kind: "nothing" };
  }
}

function saidText(message: Message, view: MessageView): MessageEffect {
  const text = message.params[1] ?? "";
  const reaction = saidTags(message);
  if (text.startsWith(CTCP)) {
    const action = ACTION.exec(text);
    // Other questions between programs are nothing that a person said.
    if (action === null) return { kind: "nothing" };
    return withText(message, view, "action", action[1] ?? "");
  }
  if (reaction.kind === "react" && message.verb === "PRIVMSG" && text === reaction.text) {
    return reaction;
  }
  return withText(message, view, message.verb === "PRIVMSG" ? "said" : "notice", text);
}

const CTCP = "\x01";
// biome-ignore lint/suspicious/noControlCharactersInRegex: CTCP is marked by it
const ACTION = /^\x01ACTION ?([^\x01]*)\x01?$/;

function withText(
  message: Message,
  view: MessageView,
  kind: LineKind,
  text: string,
): MessageEffect {
  const said = line(message, view, kind, text);
  const { tags } = message;
  const own = said.line.own;
  return {
    kind: "line",
    line: {
      ...said.line,
      replyTo: tags.get("+reply") ?? tags.get("+draft/reply") ?? null,
      edited: tags.has("sodam.chat/edited"),
      mention: !own && mentions(text, view.me.nick),
    },
  };
}

function saidTags({ tags, source }: Message): MessageEffect {
  const nick = nickOf(source ?? "");
  const msgid = tags.get("+reply") ?? tags.get("+draft/reply");
  const added = (tags.get("+draft/react") ?? tags.get("+react"))?.normalize("NFC");
  const taken = (tags.get("+draft/unreact") ?? tags.get("+unreact"))?.normalize("NFC");
  if (msgid && added) return { kind: "react", msgid, text: added, nick };
  if (msgid && taken) return { kind: "unreact", msgid, text: taken, nick };
  const what = tags.get("+typing") ?? tags.get("+draft/typing");
  return what === undefined ? { kind: "nothing" } : { kind: "typing", nick, what };
}

function line(message: Message, view: MessageView, kind: LineKind, text: string) {
  const { tags, source } = message;
  const msgid = tags.get("msgid") || null;
  const nick = nickOf(source ?? "");
  const account = tags.get("account") ?? null;
  const time = parseTime(tags.get("time") ?? "") ?? view.now;
  const own =
    fold(nick) === fold(view.me.nick) ||
    (account !== null && view.me.account !== null && fold(account) === fold(view.me.account));
  const made = { ...blankLine(msgid ?? view.id(), time, kind), msgid, nick, account, own, text };
  return { kind: "line" as const, line: made };
}

/** Different reactions to one line; a stranger can make up any number of them. */
export const REACTIONS_MAX = 50;

/** With one more reaction, or one less; the same line when nothing changes. */
export function withReaction(line: ChatLine, text: string, nick: string, add: boolean): ChatLine {
  const nicks = line.reactions.get(text) ?? [];
  const there = nicks.some((other) => fold(other) === fold(nick));
  if (there === add) return line;
  if (add && nicks.length === 0 && line.reactions.size >= REACTIONS_MAX) return line;
  const reactions = new Map(line.reactions);
  const left = add ? [...nicks, nick] : nicks.filter((other) => fold(other) !== fold(nick));
  if (left.length === 0) reactions.delete(text);
  else reactions.set(text, left);
  return { ...line, reactions };
}
