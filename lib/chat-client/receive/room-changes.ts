/**
 * Handlers of what happens in rooms: joins, leaves, nicks, topics, modes, names and invitations.
 */
import { nickOf } from "../../protocol/wire/message.ts";
import { parseModeChanges } from "../../protocol/wire/modes.ts";
import type { ChatLine } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import { type HandlerContext, isRoomName, type MessageHandlers } from "../handler-context.ts";
import { MODE_LETTERS_MAX } from "../memory-limits.ts";
import { followNick, isPerson, isWatched, noteLeft, noteUnwatched } from "../peer.ts";
import { stopTyping } from "../typing.ts";
import { addEventLine } from "./apply-message.ts";
import { senderIn } from "./message-to-line.ts";
import { newMember } from "./user-changes.ts";

export const ROOM_HANDLERS: MessageHandlers = {
  JOIN(context, message) {
    const { store } = context;
    const nick = nickOf(message.source ?? "");
    const room = message.params[0] ?? "";
    if (nick === "" || !isRoomName(context, room)) return;
    const conversation = store.openRoom(room);
    if (store.isMe(nick)) {
      const bang = message.source?.indexOf("!") ?? -1;
      if (bang !== -1) context.userHost = message.source?.slice(bang + 1) ?? null;
      conversation.joined = true;
      conversation.clearMembers();
      // Servers say nothing of a topic that was taken away meanwhile, and nothing of one that isn't there.
      Object.assign(conversation, { topic: "", topicBy: null, pinned: null, modes: "" });
      conversation.setMember(context.store.fold(nick), newMember(nick, store.me.account));
      store.emitChanged(conversation);
      context.onJoined(conversation);
      return;
    }
    const account = message.params[1] ?? message.tags.get("account") ?? null;
    if (store.hasMemberSpace) {
      conversation.setMember(
        context.store.fold(nick),
        newMember(nick, account === "*" ? null : account),
      );
    }
    addEventLine(context, conversation, message);
    store.emitChanged(conversation);
  },

  PART(context, message) {
    const { store } = context;
    const conversation = store.find(message.params[0] ?? "");
    if (conversation === null) return;
    const nick = nickOf(message.source ?? "");
    addEventLine(context, conversation, message);
    if (store.isMe(nick)) markLeft(conversation);
    else conversation.removeMember(context.store.fold(nick));
    noteUnwatchedPeers(context);
    stopTyping(context, conversation, nick);
    store.emitChanged(conversation);
  },

  KICK(context, message) {
    const { store } = context;
    const [room = "", kickedNick = "", reason = ""] = message.params;
    const conversation = store.find(room);
    if (conversation === null || kickedNick === "") return;
    addEventLine(context, conversation, message);
    if (store.isMe(kickedNick)) {
      markLeft(conversation);
      const by = nickOf(message.source ?? "");
      context.emit({ kind: "kicked", key: conversation.key, by, reason });
    } else conversation.removeMember(context.store.fold(kickedNick));
    noteUnwatchedPeers(context);
    stopTyping(context, conversation, kickedNick);
    store.emitChanged(conversation);
  },

  QUIT(context, message) {
    const nick = nickOf(message.source ?? "");
    for (const conversation of context.store.withUser(nick)) {
      if (conversation.kind === "direct") {
        conversation.online = false;
        noteLeft(context, conversation);
      } else {
        addEventLine(context, conversation, message);
        conversation.removeMember(context.store.fold(nick));
      }
      stopTyping(context, conversation, nick);
      context.store.emitChanged(conversation);
    }
  },

  NICK(context, message) {
    const { store } = context;
    const oldNick = nickOf(message.source ?? "");
    const [nick = ""] = message.params;
    if (nick === "" || oldNick === "") return;
    // Whoever gives up a nick that may have changed hands isn't the person of the conversation.
    const conversations = store
      .withUser(oldNick)
      .filter(
        (conversation) =>
          conversation.kind === "room" ||
          store.isMe(oldNick) ||
          isPerson(context, conversation, message),
      );
    const holder = store.find(nick);
    // The lines are made before the own nick changes: they compare it with the message's.
    for (const conversation of conversations) addEventLine(context, conversation, message);
    if (store.isMe(oldNick)) {
      store.me.nick = nick;
      context.emit({ kind: "me" });
    }
    for (const conversation of conversations) {
      stopTyping(context, conversation, oldNick);
      if (conversation.kind === "direct") {
        followNick(context, conversation, nick);
        continue;
      }
      const member = conversation.members.get(context.store.fold(oldNick)) ?? newMember(nick, null);
      const readTime = conversation.readers.get(context.store.fold(oldNick));
      conversation.removeMember(context.store.fold(oldNick));
      if (readTime !== undefined) conversation.readers.set(context.store.fold(nick), readTime);
      conversation.setMember(context.store.fold(nick), { ...member, nick });
      store.emitChanged(conversation);
    }
    // Somebody took a nick: its earlier user has left unseen.
    if (
      holder !== null &&
      !store.isMe(nick) &&
      context.store.fold(oldNick) !== context.store.fold(nick)
    ) {
      noteLeft(context, holder);
    }
    // Anybody may take the nick that was given up.
    const formerHolder = store.find(oldNick);
    if (formerHolder !== null && context.store.fold(oldNick) !== context.store.fold(nick))
      noteLeft(context, formerHolder);
  },

  TOPIC(context, message) {
    const conversation = context.store.find(message.params[0] ?? "");
    if (conversation === null) return;
    conversation.topic = message.params[1] ?? "";
    conversation.topicBy = nickOf(message.source ?? "");
    addEventLine(context, conversation, message);
    context.store.emitChanged(conversation);
  },

  MODE(context, message) {
    const { store } = context;
    const [target = "", changes = "", ...args] = message.params;
    if (!isRoomName(context, target)) {
      if (store.isMe(target)) applyUserModes(context, changes);
      return;
    }
    const conversation = store.find(target);
    if (conversation === null) return;
    applyRoomModes(context, conversation, changes, args);
    addEventLine(context, conversation, message);
    store.emitChanged(conversation);
  },

  RENAME(context, message) {
    const conversation = context.store.find(message.params[0] ?? "");
    if (conversation === null) return;
    context.store.rename(conversation, message.params[1] ?? conversation.name);
    addEventLine(context, conversation, message);
  },

  INVITE(context, message) {
    const [invitedNick = "", room = ""] = message.params;
    const by = nickOf(message.source ?? "");
    if (context.store.isMe(invitedNick)) {
      // Our server keeps back what SILENCE means; others know nothing of the list.
      if (context.store.isBlocked(senderIn(message))) return;
      const time = message.tags.get("time");
      const invitation = time === undefined ? [by, room] : [by, room, time];
      if (isKnownInvitation(context, invitation)) return;
      // Stored as a line as well: a user who is in a menu finds it there later.
      context.addInfo(context.store.server, { ...message, params: invitation }, "INVITED");
      context.emit({ kind: "invited", room, by });
    } else {
      const conversation = context.store.find(room);
      if (conversation !== null) context.addInfo(conversation, message, "INVITE");
    }
  },
};

/** Without MONITOR a nick is only watched in the rooms that are shared with its user. */
function noteUnwatchedPeers(context: HandlerContext): void {
  if (context.isupport.has("MONITOR")) return;
  for (const conversation of context.store.conversations.values()) {
    if (!isWatched(context, conversation)) noteUnwatched(context, conversation);
  }
}

/**
 * Whether an invitation has been shown: a server sends those that wait for an answer again after a
 * reconnection, with their time.
 */
function isKnownInvitation({ store }: HandlerContext, invitation: readonly string[]): boolean {
  const [by, room, time] = invitation;
  if (time === undefined) return false;
  const isSame = ({ code, params }: ChatLine): boolean =>
    code === "INVITED" && params[0] === by && params[1] === room && params[2] === time;
  return store.server.lines.some(isSame);
}

function markLeft(conversation: MutableConversation): void {
  conversation.joined = false;
  conversation.clearMembers();
  conversation.typing.clear();
}

function applyRoomModes(
  context: HandlerContext,
  conversation: MutableConversation,
  changes: string,
  args: readonly string[],
): void {
  const { prefixes, roomModes } = context.isupport;
  for (const { sign, letter, argument } of parseModeChanges(changes, args, roomModes)) {
    const rank = prefixes.get(letter);
    if (rank !== undefined && argument !== null) {
      setRank(context, conversation, argument, rank, sign === "+");
    } else if (!roomModes.list.includes(letter)) {
      const others = conversation.modes.replace(letter, "");
      conversation.modes = (sign === "+" ? others + letter : others).slice(-MODE_LETTERS_MAX);
    }
  }
}

function setRank(
  context: HandlerContext,
  conversation: MutableConversation,
  nick: string,
  rank: string,
  add: boolean,
): void {
  const member = conversation.members.get(context.store.fold(nick));
  if (member === undefined) return;
  const held = member.ranks.replace(rank, "") + (add ? rank : "");
  // In the server's order, highest first.
  const ranks = [...context.isupport.prefixes.values()].filter((prefix) => held.includes(prefix));
  conversation.setMember(context.store.fold(nick), { ...member, ranks: ranks.join("") });
}

function applyUserModes(context: HandlerContext, changes: string): void {
  let add = true;
  for (const letter of changes) {
    if (letter === "+" || letter === "-") add = letter === "+";
    else if (letter === "o") context.store.me.operator = add;
  }
  context.emit({ kind: "me" });
}
