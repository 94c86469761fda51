/**
 * Turns one message from the server into a line of its conversation, or into a change of another
 * line.
 */

import type { FoldName } from "../protocol/case-mapping.ts";
import { mentions } from "../protocol/mention.ts";
import { fold } from "../protocol/names.ts";
import { parseTime } from "../protocol/time.ts";
import { type Message, nickOf } from "../protocol/wire/message.ts";
import type { Attention } from "./attention.ts";
import type { ChatLine, LineKind, Me } from "./client-state.ts";
import { REACTING_MAX, REACTIONS_MAX } from "./memory-limits.ts";

const CTCP = "\x01";
// biome-ignore lint/suspicious/noControlCharactersInRegex: CTCP is delimited by \x01
const ACTION = /^\x01ACTION ?([^\x01]*)\x01?$/;

/** The effect of a message on its conversation: adds a line, changes the line `msgid`, or neither. */
export type MessageEffect =
  | { readonly kind: "line"; readonly line: ChatLine }
  | { readonly kind: "react"; readonly msgid: string; readonly text: string; readonly nick: string }
  | {
      readonly kind: "unreact";
      readonly msgid: string;
      readonly text: string;
      readonly nick: string;
    }
  | {
      readonly kind: "edit";
      readonly msgid: string;
      readonly text: string;
      /** ms since 1970 */
      readonly time: number;
    }
  | { readonly kind: "redact"; readonly msgid: string; readonly nick: string }
  /** `what`: "active", "paused" or "done". */
  | { readonly kind: "typing"; readonly nick: string; readonly what: string }
  | { readonly kind: "nothing" };

/** The user and the time for which a message is interpreted. */
export interface MessageView {
  readonly me: Me;
  /** The time for messages without a time tag (ms). */
  readonly now: number;
  /** Returns a key for a line without a msgid. */
  readonly id: () => string;
  /** What the user is to make of a message to this target; left out: it counts as a mention of the nick alone. */
  readonly attention?: (target: string, line: ChatLine) => Attention;
  /** How the server compares names; left out: as ours does. */
  readonly fold?: FoldName;
  /** Whether the server is one of ours, whose mode letters this client knows; left out: no. */
  readonly knowsModes?: boolean;
}

/** The code of a mode line whose letters are those of our own server. */
export const OWN_MODES = "MODE";

/** Returns a line with every optional field empty. All lines are made from it. */
export function blankLine(key: string, time: number, kind: LineKind): ChatLine {
  return {
    key,
    msgid: null,
    time,
    kind,
    nick: "",
    account: null,
    own: false,
    bot: false,
    text: "",
    kickedNick: null,
    replyTo: null,
    reactions: new Map(),
    edited: false,
    editedAt: null,
    redacted: false,
    redactedBy: null,
    mention: false,
    folded: null,
    status: "sent",
    problem: "",
    code: null,
    params: [],
  };
}

/** Returns the effect of a message, live or from history, on its conversation. Changes nothing. */
export function interpretMessage(message: Message, view: MessageView): MessageEffect {
  const { tags, params } = message;
  const last = params.at(-1) ?? "";
  switch (message.verb) {
    case "PRIVMSG":
    case "NOTICE":
      return interpretText(message, view);
    case "TAGMSG":
      return interpretTags(message);
    case "EDIT":
      return {
        ...{ kind: "edit", msgid: params[1] ?? "", text: params[2] ?? "" },
        time: parseTime(tags.get("time") ?? "") ?? view.now,
      };
    case "REDACT":
      return { kind: "redact", msgid: params[1] ?? "", nick: nickOf(message.source ?? "") };
    case "JOIN":
      return lineEffect(message, view, "joined", "");
    case "PART":
      return lineEffect(message, view, "left", params[1] ?? "");
    case "QUIT":
      return lineEffect(message, view, "quit", params[0] ?? "");
    case "TOPIC":
      return lineEffect(message, view, "topic", last);
    case "NICK":
      return lineEffect(message, view, "nick", params[0] ?? "");
    case "MODE":
      return modeEffect(message, view);
    case "RENAME":
      return lineEffect(message, view, "renamed", params[1] ?? "");
    case "KICK": {
      const { line } = lineEffect(message, view, "kicked", params[2] ?? "");
      const kickedNick = params[1] ?? "";
      const mention = foldOf(view)(kickedNick) === foldOf(view)(view.me.nick);
      return { kind: "line", line: { ...line, kickedNick, mention } };
    }
    default:
      return tags.has("msgid") ? lineEffect(message, view, "info", last) : { kind: "nothing" };
  }
}

/**
 * Returns the line with one more reaction of `nick`, or one less. Returns the same object when
 * nothing changes.
 */
export function withReaction(line: ChatLine, text: string, nick: string, add: boolean): ChatLine {
  const nicks = line.reactions.get(text) ?? [];
  const hasReacted = nicks.some((reacting) => fold(reacting) === fold(nick));
  if (hasReacted === add) return line;
  if (add && nicks.length === 0 && line.reactions.size >= REACTIONS_MAX) return line;
  if (add && nicks.length >= REACTING_MAX) return line;
  const reactions = new Map(line.reactions);
  const remaining = add
    ? [...nicks, nick]
    : nicks.filter((reacting) => fold(reacting) !== fold(nick));
  if (remaining.length === 0) reactions.delete(text);
  else reactions.set(text, remaining);
  return { ...line, reactions };
}

function interpretText(message: Message, view: MessageView): MessageEffect {
  const text = message.params[1] ?? "";
  if (text.startsWith(CTCP)) {
    const action = ACTION.exec(text);
    // Other CTCP queries are for programs, not for people.
    if (action === null) return { kind: "nothing" };
    return textEffect(message, view, "action", action[1] ?? "");
  }
  const reaction = interpretTags(message);
  if (reaction.kind === "react" && message.verb === "PRIVMSG" && text === reaction.text) {
    return reaction;
  }
  return textEffect(message, view, message.verb === "PRIVMSG" ? "said" : "notice", text);
}

function textEffect(
  message: Message,
  view: MessageView,
  kind: LineKind,
  text: string,
): MessageEffect {
  const { line } = lineEffect(message, view, kind, text);
  const { tags } = message;
  const byNick = { folded: null, mention: !line.own && mentions(text, view.me.nick) };
  return {
    kind: "line",
    line: {
      ...line,
      ...(view.attention?.(message.params[0] ?? "", line) ?? byNick),
      bot: tags.has("bot"),
      replyTo: tags.get("+reply") ?? tags.get("+draft/reply") ?? null,
      edited: tags.has("sodam.chat/edited"),
      editedAt: parseTime(tags.get("sodam.chat/edited") ?? ""),
    },
  };
}

/**
 * https://ircv3.net/specs/client-tags/react and https://ircv3.net/specs/client-tags/typing
 */
function interpretTags({ tags, source }: Message): MessageEffect {
  const nick = nickOf(source ?? "");
  const msgid = tags.get("+reply") ?? tags.get("+draft/reply");
  const added = (tags.get("+draft/react") ?? tags.get("+react"))?.normalize("NFC");
  const removed = (tags.get("+draft/unreact") ?? tags.get("+unreact"))?.normalize("NFC");
  if (msgid && added) return { kind: "react", msgid, text: added, nick };
  if (msgid && removed) return { kind: "unreact", msgid, text: removed, nick };
  const what = tags.get("+typing") ?? tags.get("+draft/typing");
  return what === undefined ? { kind: "nothing" } : { kind: "typing", nick, what };
}

/** The same letter means other things on other servers, so the line says whose letters they are. */
function modeEffect(message: Message, view: MessageView): { kind: "line"; line: ChatLine } {
  const { line } = lineEffect(message, view, "mode", message.params.slice(1).join(" "));
  return { kind: "line", line: view.knowsModes ? { ...line, code: OWN_MODES } : line };
}

function lineEffect(message: Message, view: MessageView, kind: LineKind, text: string) {
  const { tags, source } = message;
  const msgid = tags.get("msgid") || null;
  const nick = nickOf(source ?? "");
  const account = tags.get("account") ?? null;
  const time = parseTime(tags.get("time") ?? "") ?? view.now;
  const own =
    foldOf(view)(nick) === foldOf(view)(view.me.nick) ||
    (account !== null &&
      view.me.account !== null &&
      foldOf(view)(account) === foldOf(view)(view.me.account));
  const line = { ...blankLine(msgid ?? view.id(), time, kind), msgid, nick, account, own, text };
  return { kind: "line" as const, line };
}

function foldOf(view: MessageView): FoldName {
  return view.fold ?? fold;
}
