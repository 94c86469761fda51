/** Handlers of changes to users: accounts, away, presence, and the members of a room. */
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import type { ClientMember } from "../client-state.ts";
import { type MutableConversation, putMember } from "../conversation.ts";
import type { HandlerContext, MessageHandlers } from "../handler-context.ts";
import { noteLeft } from "../peer.ts";

/** Marks our own WHO requests, so that a reply is read by the fields requested. */
const WHO_TOKEN = "7";
/**
 * The WHOX fields that the session requests: token, nick, flags, account.
 * https://ircv3.net/specs/extensions/whox
 */
export const WHO_FIELDS = `%tnfa,${WHO_TOKEN}`;

/** A NAMES reply without another line for so many seconds has lost its end. */
export const NAMES_SECONDS_MAX = 30;

export const USER_HANDLERS: MessageHandlers = {
  AWAY(context, message) {
    const nick = nickOf(message.source ?? "");
    const away = message.params.length > 0;
    if (context.store.isMe(nick)) {
      context.store.me.away = away;
      context.store.me.awayText = message.params[0] ?? "";
      context.emit({ kind: "me" });
    }
    const awaySinceElapsedMs = away ? context.elapsed() : null;
    updateMember(context, nick, (member) => ({ ...member, away, awaySinceElapsedMs }));
  },

  ACCOUNT(context, message) {
    // With a source it reports a user's account. Without one it answers our own ACCOUNT commands.
    if (message.source === null || !message.source.includes("!")) return;
    const nick = nickOf(message.source);
    const name = message.params[0] ?? "*";
    const account = name === "*" ? null : name;
    if (context.store.isMe(nick)) setAccount(context, account);
    const direct = context.store.find(nick);
    if (direct?.kind === "direct" && direct.peer === "same") direct.peerAccount = account;
    updateMember(context, nick, (member) => ({ ...member, account }));
  },

  /** REGISTER SUCCESS <account>: a sign-up logs in as well. */
  REGISTER(context, message) {
    const { me } = context.store;
    const [status, account = null] = message.params;
    if (status !== "SUCCESS" || me.account !== null) return;
    me.account = account;
    context.emit({ kind: "me" });
  },

  CHGHOST(context, message) {
    if (context.store.isMe(nickOf(message.source ?? ""))) {
      context.userHost = `${message.params[0]}@${message.params[1]}`;
    }
  },

  SETNAME() {},

  /** RPL_LOGGEDIN <nick> <nick!user@host> <account> */
  "900": (context, message) => setAccount(context, message.params[2] ?? null),
  /** RPL_LOGGEDOUT */
  "901": (context) => setAccount(context, null),

  /** RPL_UNAWAY */
  "305": (context) => setAway(context, false),
  /** RPL_NOWAWAY */
  "306": (context) => setAway(context, true),

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

  /** RPL_MONONLINE <me> :<nick!user@host>,… */
  "730": (context, message) => setOnline(context, message, true),
  /** RPL_MONOFFLINE <me> :<nick>,… */
  "731": (context, message) => setOnline(context, message, false),

  /** ERR_MONLISTFULL <me> <limit> <nick>,… */
  "734": (context, message) => {
    for (const nick of (message.params[2] ?? "").split(",")) {
      const conversation = context.store.find(nick);
      if (conversation?.kind === "direct") conversation.isWatched = false;
    }
  },

  /** RPL_NAMREPLY <me> <symbol> <room> :<prefixed nicks> */
  "353": (context, message) => {
    const conversation = context.store.find(message.params[2] ?? "");
    if (conversation === null) return;
    conversation.pendingMembers ??= new Map();
    conversation.pendingMembersSeconds = 0;
    const prefixes = [...context.isupport.prefixes.values()].join("");
    for (const word of (message.params[3] ?? "").split(" ")) {
      let ranks = 0;
      while (ranks < word.length && prefixes.includes(word.charAt(ranks))) ranks += 1;
      const nick = nickOf(word.slice(ranks));
      if (nick === "") continue;
      const key = context.store.fold(nick);
      if (!context.store.hasMemberSpace) return;
      const member = conversation.members.get(key) ?? newMember(nick, null);
      const named = { ...member, nick, ranks: word.slice(0, ranks) };
      putMember(conversation.pendingMembers, key, named);
    }
  },

  /** RPL_ENDOFNAMES <me> <room> */
  "366": (context, message) => {
    const conversation = context.store.find(message.params[1] ?? "");
    if (conversation !== null) endNames(context, conversation);
  },

  /** RPL_WHOREPLY <me> <room> <user> <host> <server> <nick> <flags> :… */
  "352": (context, message) => {
    const [, , , , , nick = "", flags = ""] = message.params;
    applyWhoReply(context, nick, flags, undefined);
  },

  /** RPL_WHOSPCRPL, with WHO_FIELDS: <me> <token> <nick> <flags> <account or 0> */
  "354": (context, message) => {
    const [, token, nick = "", flags = "", account = "0"] = message.params;
    if (token !== WHO_TOKEN) return;
    applyWhoReply(context, nick, flags, account === "0" ? null : account);
  },
};

/** Call it once a second. Ends the NAMES replies whose end was lost: better a part than nobody. */
export function endLostNames(context: HandlerContext): void {
  for (const conversation of context.store.conversations.values()) {
    if (conversation.pendingMembers === null) continue;
    conversation.pendingMembersSeconds += 1;
    if (conversation.pendingMembersSeconds >= NAMES_SECONDS_MAX) endNames(context, conversation);
  }
}

/** The members that NAMES has listed are now the room's. */
function endNames(context: HandlerContext, conversation: MutableConversation): void {
  if (conversation.pendingMembers === null) return;
  conversation.members = conversation.pendingMembers;
  conversation.pendingMembers = null;
  context.store.emitChanged(conversation);
  context.onNamesComplete(conversation);
}

/** Returns a member with only nick and account known. */
export function newMember(nick: string, account: string | null): ClientMember {
  return { nick, account, ranks: "", away: false, awaySinceElapsedMs: null, bot: false };
}

function setAccount(context: HandlerContext, account: string | null): void {
  const { me } = context.store;
  if (me.account === account) return;
  me.account = account;
  context.emit({ kind: "me" });
  if (account !== null) context.emit({ kind: "logged-in", account });
}

function setAway(context: HandlerContext, away: boolean): void {
  const { me } = context.store;
  me.away = away;
  if (!away) me.awayText = "";
  context.emit({ kind: "me" });
  const awaySinceElapsedMs = away ? context.elapsed() : null;
  updateMember(context, me.nick, (member) => ({ ...member, away, awaySinceElapsedMs }));
}

function setOnline(context: HandlerContext, message: Message, online: boolean): void {
  for (const source of (message.params[1] ?? "").split(",")) {
    const conversation = context.store.find(nickOf(source));
    if (conversation?.kind !== "direct") continue;
    conversation.online = online;
    if (online) conversation.peerSeen = true;
    else noteLeft(context, conversation);
    context.store.emitChanged(conversation);
  }
}

/** `account`: undefined when the reply doesn't contain it. */
function applyWhoReply(
  context: HandlerContext,
  nick: string,
  flags: string,
  account: string | null | undefined,
): void {
  const away = flags.startsWith("G");
  const bot = flags.includes(context.isupport.get("BOT") || "\0");
  updateMember(context, nick, (member) => ({
    ...member,
    away,
    awaySinceElapsedMs: away ? member.awaySinceElapsedMs : null,
    bot,
    account: account === undefined ? member.account : account,
  }));
}

/** Changes a member in every room that they are in. */
function updateMember(
  context: HandlerContext,
  nick: string,
  update: (member: ClientMember) => ClientMember,
): void {
  const key = context.store.fold(nick);
  for (const conversation of context.store.withUser(nick)) {
    const member = conversation.members.get(key);
    if (member === undefined) continue;
    conversation.setMember(key, update(member));
    context.store.emitChanged(conversation);
  }
}
