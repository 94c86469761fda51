/**
 * Turns one message from the server into a line of its conversation, or into a change of another
 * line.
 */

import type { FoldName } from "../../protocol/case-mapping.ts";
import { FILE_TAG, parseSharedFile } from "../../protocol/file-facts.ts";
import { mentions } from "../../protocol/mention.ts";
import { fold } from "../../protocol/names.ts";
import { parseTime } from "../../protocol/time.ts";
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import { ACCOUNT_ID_TAG } from "../../protocol/wire/tags.ts";
import type { ChatLine, LineKind, Me } from "../client-state.ts";
import type { Attention } from "../preferences/attention.ts";
import type { Sender } from "../preferences/preferences.ts";
import { NO_REACTIONS } from "../reactions.ts";

const CTCP = "\x01";
// biome-ignore lint/suspicious/noControlCharactersInRegex: CTCP is delimited by \x01
const ACTION = /^\x01ACTION ?([^\x01]*)\x01?$/;

/** The effect of a message on its conversation: adds a line, changes the line `msgid`, or neither. */
export type MessageEffect =
  | { readonly kind: "line"; readonly line: ChatLine }
  | (Sender & {
      readonly kind: "react" | "unreact";
      readonly msgid: string;
      readonly text: string;
    })
  | {
      readonly kind: "edit";
      readonly msgid: string;
      readonly text: string;
      /** ms since 1970 */
      readonly time: number;
    }
  | { readonly kind: "redact"; readonly msgid: string; readonly nick: string }
  /** `what`: "active", "paused" or "done". */
  | (Sender & { readonly kind: "typing"; readonly what: string })
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
  /** Whether the user has blocked who did something; left out: nobody. */
  readonly isBlocked?: (sender: Sender) => boolean;
  /** How the server compares names; left out: as ours does. */
  readonly fold?: FoldName;
  /** Returns the sign of the rank that a target names in front of a room; left out: none does. */
  readonly rankInTarget?: (target: string) => string | null;
  /** Whether the server is one of ours, whose mode letters this client knows; left out: no. */
  readonly knowsModes?: boolean;
}

/** The code of a mode line whose letters are those of our own server. */
export const OWN_MODES = "MODE";

/** A line that is being made. In a conversation it is immutable. */
type NewLine = { -readonly [Field in keyof ChatLine]: ChatLine[Field] };

/** Returns a line with every optional field empty. All lines are made from it. */
export function blankLine(key: string, time: number, kind: LineKind): NewLine {
  const { reactions, hiddenReactions, reactors } = NO_REACTIONS;
  // All fields are named here, and those of messages are set below: copying a line of so many costs more than reading it.
  return {
    key,
    msgid: null,
    time,
    kind,
    nick: "",
    account: null,
    accountId: null,
    own: false,
    bot: false,
    text: "",
    toRank: null,
    kickedNick: null,
    replyTo: null,
    file: null,
    reactions,
    hiddenReactions,
    reactors,
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
      return membershipEffect(message, view, "joined", "");
    case "PART":
      return membershipEffect(message, view, "left", params[1] ?? "");
    case "QUIT":
      return membershipEffect(message, view, "quit", params[0] ?? "");
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
  const { tags, params } = message;
  const [target = ""] = params;
  line.toRank = view.rankInTarget?.(target) ?? null;
  const attention = view.attention?.(target, line);
  line.folded = attention?.folded ?? null;
  line.mention = attention?.mention ?? (!line.own && mentions(text, view.me.nick));
  line.bot = tags.has("bot");
  line.replyTo = tags.get("+reply") ?? tags.get("+draft/reply") ?? null;
  line.file = parseSharedFile(tags.get(FILE_TAG) ?? "");
  const edited = tags.get("sodam.chat/edited");
  line.edited = edited !== undefined;
  line.editedAt = edited === undefined ? null : parseTime(edited);
  return { kind: "line", line };
}

/**
 * https://ircv3.net/specs/client-tags/react and https://ircv3.net/specs/client-tags/typing
 */
function interpretTags(message: Message): MessageEffect {
  const { tags } = message;
  const sender = senderIn(message);
  const msgid = tags.get("+reply") ?? tags.get("+draft/reply");
  const added = (tags.get("+draft/react") ?? tags.get("+react"))?.normalize("NFC");
  const removed = (tags.get("+draft/unreact") ?? tags.get("+unreact"))?.normalize("NFC");
  if (msgid && added) return { kind: "react", msgid, text: added, ...sender };
  if (msgid && removed) return { kind: "unreact", msgid, text: removed, ...sender };
  const what = tags.get("+typing") ?? tags.get("+draft/typing");
  return what === undefined ? { kind: "nothing" } : { kind: "typing", what, ...sender };
}

/** Returns who sent a message, by its source and tags. */
export function senderIn({ tags, source }: Message): Sender {
  return {
    nick: nickOf(source ?? ""),
    account: tags.get("account") ?? null,
    accountId: tags.get(ACCOUNT_ID_TAG) ?? null,
  };
}

/** Who comes and goes isn't told of people whom the user has blocked. */
function membershipEffect(message: Message, view: MessageView, kind: LineKind, text: string) {
  const effect = lineEffect(message, view, kind, text);
  const isBlocked = !effect.line.own && view.isBlocked?.(effect.line) === true;
  return isBlocked ? { ...effect, line: { ...effect.line, folded: "blocked" as const } } : effect;
}

/** The same letter means other things on other servers, so the line says whose letters they are. */
function modeEffect(message: Message, view: MessageView): { kind: "line"; line: ChatLine } {
  const { line } = lineEffect(message, view, "mode", message.params.slice(1).join(" "));
  return { kind: "line", line: view.knowsModes ? { ...line, code: OWN_MODES } : line };
}

function lineEffect(message: Message, view: MessageView, kind: LineKind, text: string) {
  const { tags } = message;
  const msgid = tags.get("msgid") || null;
  const { nick, account, accountId } = senderIn(message);
  const time = parseTime(tags.get("time") ?? "") ?? view.now;
  const line = blankLine(msgid ?? view.id(), time, kind);
  line.msgid = msgid;
  line.nick = nick;
  line.account = account;
  line.accountId = accountId;
  line.text = text;
  line.own =
    foldOf(view)(nick) === foldOf(view)(view.me.nick) ||
    (account !== null &&
      view.me.account !== null &&
      foldOf(view)(account) === foldOf(view)(view.me.account));
  return { kind: "line" as const, line };
}

function foldOf(view: MessageView): FoldName {
  return view.fold ?? fold;
}
