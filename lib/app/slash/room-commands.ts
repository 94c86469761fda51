/** Going in and out of rooms, and keeping order in them. */
import { parseRoomName } from "../../protocol/names.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { firstWord, roomAndRest, type Slash, type SlashCommand } from "./slash-command.ts";

/** `#tea` and `tea` are the same to a person. */
function roomNamed(slash: Slash, text: string): string | null {
  const name = text.startsWith("#") ? text : `#${text}`;
  const room = parseRoomName(name);
  if (room === null) slash.note(slash.words.slash.roomName(sanitize(name)), "bad");
  return room;
}

function enter(slash: Slash, rest: string): void {
  const [name, key] = firstWord(rest);
  if (name === "") return slash.usage();
  const room = roomNamed(slash, name);
  if (room === null) return;
  if (key === "") slash.session.join(room);
  else slash.session.join(room, key);
  slash.goTo(room);
}

/** A command about one or more people in a room: `run` is called with the room and what is left. */
function withPerson(
  run: (slash: Slash, room: string, nick: string, more: string) => void,
): SlashCommand["run"] {
  return (slash, rest) => {
    const place = roomAndRest(slash, rest);
    if (place === null) return;
    const [nick, more] = firstWord(place.rest);
    if (nick === "") return slash.usage();
    run(slash, place.room, nick.replace(/^@/, ""), more);
  };
}

/** A bare name is banned by name; anything with signs is a mask already. */
function maskOf(text: string): string {
  return /[!@*?~$:]/.test(text) ? text : `${text}!*@*`;
}

export const ROOM_COMMANDS: readonly SlashCommand[] = [
  { name: "join", aliases: ["입장", "j"], arguments: "roomKey", help: "join", run: enter },
  {
    name: "leave",
    aliases: ["나가기", "퇴장", "part"],
    arguments: "roomOptional",
    help: "leave",
    run(slash, rest) {
      const [word] = firstWord(rest);
      if (slash.here.kind === "direct" && word === "") {
        slash.session.closeDirect(slash.here.key);
        return;
      }
      const place = roomAndRest(slash, rest);
      if (place === null) return;
      if (place.rest === "") slash.session.leave(place.room);
      else slash.session.leave(place.room, place.rest);
    },
  },
  {
    name: "create",
    aliases: ["만들기", "방만들기"],
    arguments: "room",
    help: "create",
    run(slash, rest) {
      const [name] = firstWord(rest);
      if (name === "") return slash.usage();
      const room = roomNamed(slash, name);
      if (room === null) return;
      slash.session.create(room);
      slash.goTo(room);
    },
  },
  {
    name: "topic",
    aliases: ["주제", "공지주제"],
    arguments: "topic",
    help: "topic",
    run(slash, rest) {
      const place = roomAndRest(slash, rest);
      if (place === null) return;
      if (place.rest !== "") {
        slash.session.topic(place.room, place.rest);
        return;
      }
      const { words, here } = slash;
      const topic = sanitize(here.topic);
      slash.note(topic === "" ? words.slash.noTopic : words.slash.topicIs(topic));
    },
  },
  {
    name: "pin",
    aliases: ["고정", "공지"],
    arguments: "topic",
    help: "pin",
    run(slash, rest) {
      const place = roomAndRest(slash, rest);
      if (place === null) return;
      if (slash.session.state.caps.has("draft/metadata-2")) {
        slash.session.pin(place.room, place.rest);
      } else slash.note(slash.words.slash.notOffered, "bad");
    },
  },
  {
    name: "invite",
    aliases: ["초대"],
    arguments: "nick",
    help: "invite",
    run: withPerson((slash, room, nick) => slash.session.invite(nick, room)),
  },
  {
    name: "kick",
    aliases: ["강퇴"],
    arguments: "nickReason",
    help: "kick",
    run: withPerson((slash, room, nick, reason) => {
      if (reason === "") slash.session.kick(room, nick);
      else slash.session.kick(room, nick, reason);
    }),
  },
  {
    name: "ban",
    aliases: ["차단"],
    arguments: "mask",
    help: "ban",
    run: withPerson((slash, room, nick) => slash.session.ban(room, maskOf(nick))),
  },
  {
    name: "unban",
    aliases: ["차단해제"],
    arguments: "mask",
    help: "unban",
    run: withPerson((slash, room, nick) => slash.session.unban(room, maskOf(nick))),
  },
  {
    name: "op",
    aliases: ["관리자"],
    arguments: "nick",
    help: "op",
    run: withPerson((slash, room, nick) => slash.session.mode(room, "+o", nick)),
  },
  {
    name: "deop",
    aliases: ["관리자해제"],
    arguments: "nick",
    help: "deop",
    run: withPerson((slash, room, nick) => slash.session.mode(room, "-o", nick)),
  },
  {
    name: "key",
    aliases: ["방비밀번호"],
    arguments: "key",
    help: "key",
    run(slash, rest) {
      const place = roomAndRest(slash, rest);
      if (place === null) return;
      const [key] = firstWord(place.rest);
      if (key === "") slash.session.mode(place.room, "-k", "*");
      else slash.session.mode(place.room, "+k", key);
    },
  },
  {
    name: "invite-only",
    aliases: ["초대만"],
    arguments: "onOff",
    help: "inviteOnly",
    run(slash, rest) {
      const place = roomAndRest(slash, rest);
      if (place === null) return;
      const asked = place.rest.toLowerCase();
      if (!["on", "off", "켬", "끔"].includes(asked)) return slash.usage();
      slash.session.mode(place.room, asked === "on" || asked === "켬" ? "+i" : "-i");
    },
  },
  {
    name: "mode",
    aliases: ["설정"],
    arguments: "modes",
    help: "mode",
    run(slash, rest) {
      const place = roomAndRest(slash, rest);
      if (place === null) return;
      const [changes = "", ...what] = place.rest.split(/\s+/);
      if (changes !== "") return slash.session.mode(place.room, changes, ...what);
      const { note, words } = slash;
      slash.session.ask("MODE", [place.room], (answer) => {
        if (answer.kind !== "answered") return note(words.slash.notConnected, "bad");
        const told = answer.messages.find(({ verb }) => verb === NUMERIC.RPL_CHANNELMODEIS);
        const modes = sanitize((told?.params.slice(2) ?? []).join(" "));
        note(modes === "" || modes === "+" ? words.slash.noModes : words.slash.modesAre(modes));
      });
    },
  },
  {
    name: "mute",
    aliases: ["조용히", "알림끄기"],
    arguments: "none",
    help: "mute",
    run({ session, here, note, words }) {
      session.setMuted(here.key, !here.muted);
      const name = sanitize(here.name);
      note(here.muted ? words.slash.muted(name) : words.slash.unmuted(name));
    },
  },
];
