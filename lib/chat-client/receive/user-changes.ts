import { fold } from "../../protocol/names.ts";
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import type { ClientMember } from "../client-state.ts";
import { addMember } from "../conversation.ts";
import type { HandlerContext, MessageHandlers } from "../handler-context.ts";
import { newMember, timeOf } from "./room-changes.ts";

export const USER_HANDLERS: MessageHandlers = {
  AWAY(context, message) {
    const nick = nickOf(message.source ?? "");
    const away = message.params.length > 0;
    if (context.store.isMe(nick)) {
      context.store.me.away = away;
      context.store.me.awayText = message.params[0] ?? "";
      context.emit({ kind: "me" });
    }
    const awaySince = away ? timeOf(context, message) : null;
    changeMember(context, nick, (member) => ({ ...member, away, awaySince }));
  },

  ACCOUNT(context, message) {
    // With a source it tells who somebody is; without one it answers our own account verbs.
    if (message.source === null || !message.source.includes("!")) return;
    const nick = nickOf(message.source);
    const name = message.params[0] ?? "*";
    const account = name === "*" ? null : name;
    if (context.store.isMe(nick)) setAccount(context, account);
    changeMember(context, nick, (member) => ({ ...member, account }));
  },

  CHGHOST(context, message) {
    if (context.store.isMe(nickOf(message.source ?? ""))) {
      context.userHost = `${message.params[0]}@${message.params[1]}`;
    }
  },

  SETNAME() {},

  /** RPL_LOGGEDIN <nick> <nick!user@host> <account> */
  "900": (context, message) => setAccount(context, message.params[2] ?? null),
  "901": (context) => setAccount(context, null),

  /** RPL_UNAWAY, RPL_NOWAWAY */
  "305": (context, message) => setAway(context, message, false),
  "306": (context, message) => setAway(context, message, true),

  /** RPL_YOUREOPER */
  "381": (context) => {
    context.store.me.operator = true;
    context.emit({ kind: "me" });
  },

  /** RPL_VISIBLEHOST <nick> <host or user@host> */
  "396": (context, message) => {
    const host = message.params[1] ?? "";
    if (host.includes("@")) context.userHost = host;
  },

  /** RPL_MONONLINE, RPL_MONOFFLINE: nicks (with hosts) by commas */
  "730": (context, message) => setPresent(context, message, true),
  "731": (context, message) => setPresent(context, message, false),

  /** RPL_NAMREPLY <me> <symbol> <room> :<prefixed nicks> */
  "353": (context, message) => {
    const conversation = context.store.find(message.params[2] ?? "");
    if (conversation === null) return;
    conversation.pendingMembers ??= new Map();
    const signs = [...context.isupport.prefixes.values()].join("");
    for (const word of (message.params[3] ?? "").split(" ")) {
      let at = 0;
      while (at < word.length && signs.includes(word.charAt(at))) at += 1;
      const nick = nickOf(word.slice(at));
      if (nick === "") continue;
      const key = fold(nick);
      const known = conversation.members.get(key) ?? newMember(nick, null);
      addMember(conversation.pendingMembers, key, { ...known, nick, ranks: word.slice(0, at) });
    }
  },

  /** RPL_ENDOFNAMES <me> <room> */
  "366": (context, message) => {
    const conversation = context.store.find(message.params[1] ?? "");
    if (conversation === null || conversation.pendingMembers === null) return;
    conversation.members = conversation.pendingMembers;
    conversation.pendingMembers = null;
    context.store.emitChanged(conversation);
    context.onNamesComplete(conversation);
  },

  /** RPL_WHOREPLY <me> <room> <user> <host> <server> <nick> <flags> :… */
  "352": (context, message) => {
    const [, , , , , nick = "", flags = ""] = message.params;
    here(context, nick, flags, undefined);
  },

  /** RPL_WHOSPCRPL, as asked for below: <me> <token> <nick> <flags> <account or 0> */
  "354": (context, message) => {
    const [, token, nick = "", flags = "", account = "0"] = message.params;
    if (token === WHO_TOKEN) here(context, nick, flags, account === "0" ? null : account);
  },
};

/** Marks our own WHO questions, so that an answer is read as it was asked. */
const WHO_TOKEN = "7";
export const WHO_FIELDS = `%tnfa,${WHO_TOKEN}`;

function setAccount(context: HandlerContext, account: string | null): void {
  const { me } = context.store;
  if (me.account === account) return;
  me.account = account;
  context.emit({ kind: "me" });
  if (account !== null) context.emit({ kind: "logged-in", account });
}

function setAway(context: HandlerContext, message: Message, away: boolean): void {
  const { me } = context.store;
  me.away = away;
  if (!away) me.awayText = "";
  context.emit({ kind: "me" });
  const awaySince = away ? timeOf(context, message) : null;
  changeMember(context, me.nick, (member) => ({ ...member, away, awaySince }));
}

function setPresent(context: HandlerContext, message: Message, present: boolean): void {
  for (const source of (message.params[1] ?? "").split(",")) {
    const conversation = context.store.find(nickOf(source));
    if (conversation?.kind !== "direct") continue;
    conversation.online = present;
    context.store.emitChanged(conversation);
  }
}

function here(
  context: HandlerContext,
  nick: string,
  flags: string,
  account: string | null | undefined,
): void {
  const away = flags.startsWith("G");
  const bot = flags.includes(context.isupport.get("BOT") || "\0");
  changeMember(context, nick, (member) => ({
    ...member,
    away,
    awaySince: away ? member.awaySince : null,
    bot,
    account: account === undefined ? member.account : account,
  }));
}

function changeMember(
  context: HandlerContext,
  nick: string,
  change: (member: ClientMember) => ClientMember,
): void {
  const key = fold(nick);
  for (const conversation of context.store.withUser(nick)) {
    const member = conversation.members.get(key);
    if (member === undefined) continue;
    conversation.setMember(key, change(member));
    context.store.emitChanged(conversation);
  }
}
