/** What the user wants to be told about and what not: /block, /unblock, /highlight, /spare, /notify and /move. */

import type { ClientConversation } from "../../chat-client/client-state.ts";
import { isPersonBlocked, senderOf } from "../../chat-client/preferences/attention.ts";
import type { NotificationLevel } from "../../chat-client/preferences/preferences.ts";
import { parseWords } from "../../chat-client/preferences/word-list.ts";
import { keepsPreferences } from "../../chat-client/server-names.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { moveConversation } from "../chat-screen/conversation-order.ts";
import { findConversation } from "./room-query.ts";
import {
  firstWord,
  type SlashCommand,
  type SlashContext,
  wordsBehindRoom,
} from "./slash-command.ts";

/** Bytes of a list of words: what our server stores (PREFERENCE_VALUE_BYTES_MAX), and elsewhere the same. */
const LIST_BYTES_MAX = 300;

/** How each level may be written. */
const LEVELS: Readonly<Record<NotificationLevel | "default", readonly string[]>> = {
  all: ["all", "모두", "전부"],
  mentions: ["mentions", "mention", "멘션", "언급"],
  nothing: ["nothing", "none", "off", "끔", "없음"],
  default: ["default", "기본"],
};

/** /block, /unblock, /highlight, /spare, /notify and /move. */
export const ATTENTION_COMMANDS: readonly SlashCommand[] = [
  {
    name: "block",
    aliases: ["차단"],
    arguments: "nickOptional",
    help: "block",
    needsConnection: false,
    run(context, rest) {
      if (rest === "") return listBlocked(context);
      const nick = nickIn(context, rest);
      if (nick === null) return;
      const { session, conversation, note, words } = context;
      const { me, fold } = session.state;
      if (fold(nick) === fold(me.nick)) return note(words.attention.notYourself, "bad");
      if (isPersonBlocked(session.state, nick, conversation)) {
        return note(words.attention.alreadyBlocked(sanitize(nick)));
      }
      session.preferences.setBlocked(maskOf(context, nick), true);
      note(words.attention.blocked(sanitize(nick), keepsPreferences(session.state)));
    },
  },
  {
    name: "unblock",
    aliases: ["차단해제"],
    arguments: "nick",
    help: "unblock",
    needsConnection: false,
    run(context, rest) {
      const nick = nickIn(context, rest);
      if (nick === null) return;
      const { session, note, words } = context;
      const { preferences } = session.state;
      const masks = masksFor(context, nick).filter((mask) => preferences.blocked.has(mask));
      if (masks.length === 0) return note(words.attention.notBlocked(sanitize(nick)), "bad");
      for (const mask of masks) session.preferences.setBlocked(mask, false);
      note(words.attention.unblocked(sanitize(nick)));
    },
  },
  {
    name: "highlight",
    aliases: ["강조", "키워드"],
    arguments: "wordList",
    help: "highlight",
    needsConnection: false,
    run: (context, rest) => changeWords(context, "highlight", rest),
  },
  {
    name: "spare",
    aliases: ["가리기", "낱말가리기"],
    arguments: "wordList",
    help: "spare",
    needsConnection: false,
    run: (context, rest) => changeWords(context, "spare", rest),
  },
  {
    name: "notify",
    aliases: ["알림"],
    arguments: "level",
    help: "notify",
    needsConnection: false,
    run(context, rest) {
      const { session, note, words } = context;
      const [first, second] = firstWord(rest);
      const isTarget = levelOf(first) === null && first !== "";
      const conversation = isTarget ? findConversation(context, first) : context.conversation;
      if (isTarget && conversation === null && second === "") return context.showUsage();
      if (conversation === null || conversation.kind === "server") {
        return note(words.failures["442"](sanitize(first)), "bad");
      }
      const name = sanitize(conversation.name);
      const typed = isTarget ? second : first;
      if (typed === "") return note(words.attention.levelIs(name, levelNow(conversation)));
      const level = levelOf(typed);
      if (level === null) return context.showUsage();
      session.preferences.set(conversation.key, "level", level === "default" ? "" : level);
      const shown = level === "default" ? defaultLevel(conversation) : level;
      note(words.attention.levelSet(name, shown));
    },
    complete(host, typed) {
      const behind = wordsBehindRoom(host, typed);
      if (behind === null) return null;
      if (behind.length > 1) return [];
      const isShown = (name: string): boolean => /^[a-z]/.test(name) === (host.language === "en");
      return Object.values(LEVELS).map((names) => names.find(isShown) ?? "");
    },
  },
  {
    name: "move",
    aliases: ["이동", "방이동"],
    arguments: "move",
    help: "move",
    needsConnection: false,
    run(context, rest) {
      const { session, conversation, showUsage, note, words } = context;
      const step = stepOf(rest);
      if (step === null) return showUsage();
      if (!moveConversation(session, conversation.key, step)) note(words.attention.notMoved, "bad");
    },
  },
];

function nickIn(context: SlashContext, rest: string): string | null {
  const nick = rest.replace(/^@/, "");
  if (nick !== "" && !/\s/.test(nick)) return nick;
  context.showUsage();
  return null;
}

/**
 * Returns the mask that means somebody: a server of ours finds the account itself. Elsewhere it is the account, where the
 * server tells accounts, so that another nick doesn't help.
 */
function maskOf(context: SlashContext, nick: string): string {
  const { state } = context.session;
  if (keepsPreferences(state)) return nick;
  const account = state.caps.has("account-tag") ? accountOf(context, nick) : null;
  return account === null ? `${nick}!*@*` : `~a:${account}`;
}

/** Returns the masks by which somebody is on the list: under the name that was typed, or as the person of that nick. */
function masksFor(context: SlashContext, nick: string): string[] {
  const { fold, preferences } = context.session.state;
  const sender = senderOf(nick, context.conversation, fold);
  const account = sender.account ?? accountOf(context, nick);
  const names = new Set([fold(nick), fold(`${nick}!*@*`), fold(`~a:${nick}`)]);
  const byName = [...preferences.blocked].filter((mask) => names.has(fold(mask)));
  return [...new Set([...byName, ...preferences.masksOf({ ...sender, account }, fold)])];
}

function accountOf({ session, conversation }: SlashContext, nick: string): string | null {
  const { fold, conversations } = session.state;
  const key = fold(nick);
  for (const { members } of [conversation, ...conversations.values()]) {
    const account = members.get(key)?.account ?? null;
    if (account !== null) return account;
  }
  const line = conversation.lines.findLast((each) => fold(each.nick) === key);
  return line?.account ?? null;
}

function listBlocked({ session, note, words }: SlashContext): void {
  const masks = [...session.state.preferences.blocked];
  if (masks.length === 0) return note(words.attention.nobodyBlocked);
  // What stands around a name is for servers.
  const names = masks.map((mask) => sanitize(mask.replace(/^~a:/, "").replace(/!\*@\*$/, "")));
  note(words.attention.blockedList(names.join(", ")));
}

/** Shows a list of words, or adds words to it (`/highlight deploy, green tea`), or takes some off it (`-deploy`). */
function changeWords(context: SlashContext, key: "highlight" | "spare", rest: string): void {
  const { session, note, words, showUsage } = context;
  const { preferences, fold } = session.state;
  const before = key === "highlight" ? preferences.highlights : preferences.spared;
  const { none, list, tooLong } = words.attention.words[key];
  if (rest === "") return note(before.length === 0 ? none : list(sanitize(before.join(", "))));
  const isRemoval = /^-(?=\S)/.test(rest);
  const typed = parseWords(rest.replace(/^[+-]/, ""));
  if (typed.length === 0) return showUsage();
  const others = before.filter((word) => !typed.some((each) => fold(each) === fold(word)));
  if (isRemoval && others.length === before.length) {
    return note(words.attention.noSuchWord(sanitize(typed.join(", "))), "bad");
  }
  const after = (isRemoval ? others : [...others, ...typed]).join(",");
  if (utf8Bytes(after) > LIST_BYTES_MAX) return note(tooLong, "bad");
  session.preferences.set("*", key, after);
  note(after === "" ? none : list(sanitize(parseWords(after).join(", "))));
}

function levelOf(word: string): NotificationLevel | "default" | null {
  const key = word.normalize("NFC").toLowerCase();
  for (const [level, names] of Object.entries(LEVELS)) {
    if (names.includes(key)) return level as NotificationLevel | "default";
  }
  return null;
}

function defaultLevel({ kind }: ClientConversation): NotificationLevel {
  return kind === "direct" ? "all" : "mentions";
}

function levelNow(conversation: ClientConversation): NotificationLevel {
  return conversation.level ?? defaultLevel(conversation);
}

function stepOf(word: string): number | null {
  const key = word.normalize("NFC").toLowerCase();
  if (["up", "위", "위로"].includes(key)) return -1;
  if (["down", "아래", "아래로"].includes(key)) return 1;
  if (["top", "first", "맨위", "처음"].includes(key)) return Number.NEGATIVE_INFINITY;
  if (["bottom", "last", "맨아래", "끝"].includes(key)) return Number.POSITIVE_INFINITY;
  return null;
}
