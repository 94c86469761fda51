import { fold } from "../../protocol/names.ts";
import { parseTime } from "../../protocol/time.ts";
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import { parseModeChanges } from "../../protocol/wire/modes.ts";
import type { ClientMember } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext, MessageHandlers } from "../handler-context.ts";
import { interpretMessage } from "../message-to-line.ts";
import { stopTyping, viewOf } from "./apply-message.ts";
import { isRoom } from "./messages.ts";

export const ROOM_HANDLERS: MessageHandlers = {
  JOIN(context, message) {
    const { store } = context;
    const nick = nickOf(message.source ?? "");
    const room = message.params[0] ?? "";
    if (nick === "" || !isRoom(context, room)) return;
    const conversation = store.openRoom(room);
    const account = message.params[1] ?? message.tags.get("account") ?? null;
    if (store.isMe(nick)) {
      const bang = message.source?.indexOf("!") ?? -1;
      if (bang !== -1) context.userHost = message.source?.slice(bang + 1) ?? null;
      conversation.joined = true;
      conversation.members.clear();
      conversation.readers.clear();
      conversation.pendingMembers = null;
      conversation.setMember(fold(nick), newMember(nick, store.me.account));
      store.emitChanged(conversation);
      context.onJoined(conversation);
      return;
    }
    conversation.setMember(fold(nick), newMember(nick, account === "*" ? null : account));
    addLine(context, conversation, message);
    store.emitChanged(conversation);
  },

  PART(context, message) {
    const { store } = context;
    const conversation = store.find(message.params[0] ?? "");
    if (conversation === null) return;
    const nick = nickOf(message.source ?? "");
    addLine(context, conversation, message);
    if (store.isMe(nick)) leaveRoom(conversation);
    else conversation.removeMember(fold(nick));
    stopTyping(context, conversation, nick);
    store.emitChanged(conversation);
  },

  KICK(context, message) {
    const { store } = context;
    const conversation = store.find(message.params[0] ?? "");
    if (conversation === null) return;
    const whom = message.params[1] ?? "";
    addLine(context, conversation, message);
    if (store.isMe(whom)) {
      leaveRoom(conversation);
      const by = nickOf(message.source ?? "");
      const reason = message.params[2] ?? "";
      context.emit({ kind: "kicked", key: conversation.key, by, reason });
    } else conversation.removeMember(fold(whom));
    stopTyping(context, conversation, whom);
    store.emitChanged(conversation);
  },

  QUIT(context, message) {
    const nick = nickOf(message.source ?? "");
    for (const conversation of context.store.withUser(nick)) {
      if (conversation.kind === "direct") conversation.online = false;
      else {
        addLine(context, conversation, message);
        conversation.removeMember(fold(nick));
      }
      stopTyping(context, conversation, nick);
      context.store.emitChanged(conversation);
    }
  },

  NICK(context, message) {
    const { store } = context;
    const was = nickOf(message.source ?? "");
    const nick = message.params[0] || was;
    const places = store.withUser(was);
    // The line is made first: it says whether it was me, by the nick that I had.
    for (const conversation of places) {
      if (conversation.kind === "room") addLine(context, conversation, message);
    }
    if (store.isMe(was)) {
      store.me.nick = nick;
      context.emit({ kind: "me" });
    }
    for (const conversation of places) {
      stopTyping(context, conversation, was);
      if (conversation.kind === "direct") {
        store.rename(conversation, nick);
        continue;
      }
      const member = conversation.members.get(fold(was)) ?? newMember(nick, null);
      const read = conversation.readers.get(fold(was));
      conversation.removeMember(fold(was));
      if (read !== undefined) conversation.readers.set(fold(nick), read);
      conversation.setMember(fold(nick), { ...member, nick });
      store.emitChanged(conversation);
    }
  },

  TOPIC(context, message) {
    const conversation = context.store.find(message.params[0] ?? "");
    if (conversation === null) return;
    conversation.topic = message.params[1] ?? "";
    conversation.topicBy = nickOf(message.source ?? "");
    addLine(context, conversation, message);
    context.store.emitChanged(conversation);
  },

  MODE(context, message) {
    const target = message.params[0] ?? "";
    const { store } = context;
    if (!isRoom(context, target)) {
      if (store.isMe(target)) userModes(context, message.params[1] ?? "");
      return;
    }
    const conversation = store.find(target);
    if (conversation === null) return;
    const [, text = "", ...args] = message.params;
    for (const { sign, letter, argument } of parseModeChanges(
      text,
      args,
      context.isupport.roomModes,
    )) {
      const rank = context.isupport.prefixes.get(letter);
      if (rank !== undefined && argument !== null) {
        setRank(context, conversation, argument, rank, sign === "+");
      } else if (!context.isupport.roomModes.list.includes(letter)) {
        const without = conversation.modes.replace(letter, "");
        conversation.modes = sign === "+" ? without + letter : without;
      }
    }
    addLine(context, conversation, message);
    store.emitChanged(conversation);
  },

  RENAME(context, message) {
    const conversation = context.store.find(message.params[0] ?? "");
    if (conversation === null) return;
    context.store.rename(conversation, message.params[1] ?? conversation.name);
    addLine(context, conversation, message);
  },

  INVITE(context, message) {
    const [whom = "", room = ""] = message.params;
    const by = nickOf(message.source ?? "");
    if (context.store.isMe(whom)) {
      // Kept as well: whoever is in a menu just now finds it later.
      context.addInfo(context.store.server, { ...message, params: [by, room] }, "INVITED");
      context.emit({ kind: "invited", room, by });
    } else {
      const conversation = context.store.find(room);
      if (conversation !== null) context.addInfo(conversation, message, "INVITE");
    }
  },
};

export function newMember(nick: string, account: string | null): ClientMember {
  return { nick, account, ranks: "", away: false, awaySince: null, bot: false };
}

/** All ranks in the server's order, highest first. */
export function sortRanks(context: HandlerContext, ranks: string): string {
  return [...context.isupport.prefixes.values()].filter((rank) => ranks.includes(rank)).join("");
}

function addLine(
  context: HandlerContext,
  conversation: MutableConversation,
  message: Message,
): void {
  const said = interpretMessage(message, viewOf(context));
  if (said.kind === "line") context.store.addLine(conversation, said.line, true);
}

function leaveRoom(conversation: MutableConversation): void {
  conversation.joined = false;
  conversation.members.clear();
  conversation.readers.clear();
  conversation.pendingMembers = null;
  conversation.typing.clear();
}

function setRank(
  context: HandlerContext,
  conversation: MutableConversation,
  nick: string,
  rank: string,
  add: boolean,
): void {
  const member = conversation.members.get(fold(nick));
  if (member === undefined) return;
  const without = member.ranks.replace(rank, "");
  const ranks = sortRanks(context, add ? without + rank : without);
  conversation.setMember(fold(nick), { ...member, ranks });
}

function userModes(context: HandlerContext, text: string): void {
  let add = true;
  for (const letter of text) {
    if (letter === "+" || letter === "-") add = letter === "+";
    else if (letter === "o") context.store.me.operator = add;
  }
  context.emit({ kind: "me" });
}

/** Time of a message, or now. */
export function timeOf(context: HandlerContext, message: Message): number {
  return parseTime(message.tags.get("time") ?? "") ?? context.now();
}
