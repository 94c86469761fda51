/** Commands that join, leave and moderate rooms. */
import { isSodam, roomNameOn, textLimitExceeded } from "../../chat-client/server-names.ts";
import { parseExistingRoomName } from "../../protocol/names.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { roomSentence } from "../i18n/name-problems.ts";
import { isMuteOfMember, muteMember } from "./moderation-commands.ts";
import {
  askAboutRoom,
  findConversation,
  isConnected,
  knownRoom,
  noteAboutRoom,
} from "./room-query.ts";
import {
  firstWord,
  isRoomWord,
  roomAndRest,
  type SlashCommand,
  type SlashContext,
} from "./slash-command.ts";

const ON_WORDS = ["on", "켬"];
const OFF_WORDS = ["off", "끔"];

/** /join, /leave, /topic, /kick, /mode and the other commands about rooms. */
export const ROOM_COMMANDS: readonly SlashCommand[] = [
  {
    name: "join",
    aliases: ["입장", "j"],
    arguments: "roomKey",
    help: "join",
    needsConnection: true,
    run(context, rest) {
      const [name, key] = firstWord(rest);
      if (name === "") return context.showUsage();
      const room = parseTypedRoom(context, name);
      if (room === null) return;
      if (key === "") context.session.commands.join(room);
      else context.session.commands.join(room, key);
      context.goTo(room);
    },
  },
  {
    name: "leave",
    aliases: ["나가기", "퇴장", "part"],
    arguments: "roomOptional",
    help: "leave",
    needsConnection: false,
    run(context, rest) {
      const { session, conversation } = context;
      if (conversation.kind === "direct" && rest === "") {
        session.commands.closeConversation(conversation.key);
        return;
      }
      const target = roomAndRest(context, rest);
      if (target === null || !isConnected(context)) return;
      if (target.rest === "") session.commands.leave(target.room);
      else session.commands.leave(target.room, target.rest);
    },
  },
  {
    name: "create",
    aliases: ["만들기", "방만들기"],
    arguments: "room",
    help: "create",
    needsConnection: true,
    run(context, rest) {
      const [name] = firstWord(rest);
      if (name === "") return context.showUsage();
      const room = parseTypedRoom(context, name);
      if (room === null) return;
      context.session.commands.join(room);
      context.goTo(room);
    },
  },
  {
    name: "topic",
    aliases: ["주제", "공지주제"],
    arguments: "topic",
    help: "topic",
    needsConnection: false,
    run(context, rest) {
      const target = roomAndRest(context, rest);
      if (target === null) return;
      const { room, rest: topic } = target;
      if (topic === "") return showTopic(context, room);
      if (isTooLong(context, "TOPICLEN", topic) || !isConnected(context)) return;
      context.session.commands.topic(room, topic);
    },
  },
  {
    name: "pin",
    aliases: ["고정", "공지"],
    arguments: "topic",
    help: "pin",
    needsConnection: true,
    run(context, rest) {
      const target = roomAndRest(context, rest);
      if (target === null) return;
      const { session, note, words } = context;
      if (!session.state.caps.has("draft/metadata-2")) return note(words.slash.notOffered, "bad");
      session.commands.pin(target.room, target.rest);
    },
  },
  {
    name: "invite",
    aliases: ["초대"],
    arguments: "nickRoom",
    help: "invite",
    needsConnection: true,
    run(context, rest) {
      // IRC's own order, NICK #room, works as well as that of the other commands.
      const [nick, room] = firstWord(rest);
      const isRoomLast = isRoomWord(context, room) && !isRoomWord(context, nick);
      const invite = withOnlyNick((_, target, invited) =>
        context.session.commands.invite(invited, target),
      );
      invite(context, isRoomLast ? `${room} ${nick}` : rest);
    },
  },
  {
    name: "kick",
    aliases: ["강퇴"],
    arguments: "nickReason",
    help: "kick",
    needsConnection: true,
    run: withNick((context, room, nick, reason) => {
      const { session } = context;
      if (isTooLong(context, "KICKLEN", reason)) return;
      if (reason === "") session.commands.kick(room, nick);
      else session.commands.kick(room, nick, reason);
    }),
  },
  {
    name: "op",
    aliases: ["관리자"],
    arguments: "nick",
    help: "op",
    needsConnection: true,
    run: withOnlyNick(({ session }, room, nick) => session.commands.mode(room, "+o", nick)),
  },
  {
    name: "deop",
    aliases: ["관리자해제"],
    arguments: "nick",
    help: "deop",
    needsConnection: true,
    run: withOnlyNick(({ session }, room, nick) => session.commands.mode(room, "-o", nick)),
  },
  {
    name: "key",
    aliases: ["방비밀번호"],
    arguments: "key",
    help: "key",
    needsConnection: true,
    run(context, rest) {
      const target = roomAndRest(context, rest);
      if (target === null) return;
      const [key] = firstWord(target.rest);
      if (key === "") context.session.commands.mode(target.room, "-k", "*");
      else context.session.commands.mode(target.room, "+k", key);
    },
  },
  {
    name: "invite-only",
    aliases: ["초대만"],
    arguments: "onOff",
    help: "inviteOnly",
    needsConnection: true,
    run(context, rest) {
      const target = roomAndRest(context, rest);
      if (target === null) return;
      const value = target.rest.toLowerCase();
      if (ON_WORDS.includes(value)) context.session.commands.mode(target.room, "+i");
      else if (OFF_WORDS.includes(value)) context.session.commands.mode(target.room, "-i");
      else context.showUsage();
    },
  },
  {
    name: "mode",
    aliases: ["모드"],
    arguments: "modes",
    help: "mode",
    needsConnection: true,
    run(context, rest) {
      const target = roomAndRest(context, rest);
      if (target === null) return;
      const [changes = "", ...args] = target.rest.split(/\s+/);
      if (changes !== "") return context.session.commands.mode(target.room, changes, ...args);
      const { noModes, modesAre } = context.words.slash;
      askAboutRoom(context, "MODE", target.room, (replies) => {
        const reply = replies.find(({ verb }) => verb === NUMERIC.RPL_CHANNELMODEIS);
        const modes = sanitize((reply?.params.slice(2) ?? []).join(" "));
        const isEmpty = modes === "" || modes === "+";
        noteAboutRoom(context, target.room, isEmpty ? noModes : modesAre(modes));
      });
    },
  },
  {
    name: "mute",
    aliases: ["조용히", "알림끄기"],
    arguments: "mute",
    help: "mute",
    needsConnection: false,
    run(context, rest) {
      const { session, note, words } = context;
      if (isMuteOfMember(context, rest)) {
        if (isConnected(context)) muteMember(context, rest);
        return;
      }
      const conversation = rest === "" ? context.conversation : findConversation(context, rest);
      if (conversation === null) return note(words.failures["442"](sanitize(rest)), "bad");
      const muted = !conversation.muted;
      session.preferences.set(conversation.key, "level", muted ? "nothing" : "");
      const name = sanitize(conversation.name);
      note(muted ? words.slash.muted(name) : words.slash.unmuted(name));
    },
  },
];

/** Says so, and returns true, when the server would cut a text in silence. */
export function isTooLong(
  { session, note, words }: SlashContext,
  limit: Parameters<typeof textLimitExceeded>[1],
  text: string,
): boolean {
  const bytesMax = textLimitExceeded(session.state, limit, text);
  if (bytesMax !== null) note(words.elsewhere.textTooLong(bytesMax), "bad");
  return bytesMax !== null;
}

/** Parses a room's name, typed with or without its "#". Returns null, and says so, for a wrong one. */
function parseTypedRoom(context: SlashContext, text: string): string | null {
  const { state } = context.session;
  const name = roomNameOn(state, text);
  if (!isSodam(state)) {
    const problem = roomSentence(context.words, state, name);
    if (problem !== null) context.note(problem, "bad");
    return problem === null ? name : null;
  }
  const room = parseExistingRoomName(name);
  if (room === null) context.note(context.words.slash.roomName(sanitize(name)), "bad");
  return room;
}

function showTopic(context: SlashContext, room: string): void {
  const { noTopic, topicIs } = context.words.slash;
  const show = (text: string): void => {
    const topic = sanitize(text);
    noteAboutRoom(context, room, topic === "" ? noTopic : topicIs(topic));
  };
  const known = knownRoom(context, room);
  if (known !== null) return show(known.topic);
  askAboutRoom(context, "TOPIC", room, (replies) => {
    const reply = replies.find(({ verb }) => verb === NUMERIC.RPL_TOPIC);
    show(reply?.params[2] ?? "");
  });
}

/** Makes the `run` of a command `[#room] NICK [rest]`; the nick may be typed with an "@". */
function withNick(
  run: (context: SlashContext, room: string, nick: string, rest: string) => void,
): SlashCommand["run"] {
  return (context, rest) => {
    const target = roomAndRest(context, rest);
    if (target === null) return;
    const [nick, more] = firstWord(target.rest);
    if (nick === "") return context.showUsage();
    run(context, target.room, nick.replace(/^@/, ""), more);
  };
}

/** Makes the `run` of a command `[#room] NICK`: more words would be ignored, so they show the usage. */
function withOnlyNick(
  run: (context: SlashContext, room: string, nick: string) => void,
): SlashCommand["run"] {
  return withNick((context, room, nick, rest) => {
    if (rest === "") run(context, room, nick);
    else context.showUsage();
  });
}
