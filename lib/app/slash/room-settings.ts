/** /room: a room's settings by name, for people who don't know the letters of modes. */
import { parseDuration } from "../../protocol/time.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { en } from "../i18n/en.ts";
import { askAboutRoom, noteAboutRoom } from "./room-query.ts";
import {
  firstWord,
  roomAndRest,
  type SlashCommand,
  type SlashContext,
  type SlashHost,
  wordsBehindRoom,
} from "./slash-command.ts";

const OFF_WORDS = ["off", "끔"];
const ON_WORDS = ["on", "켬"];
/** Mode letters whose setting has a value. */
const WITH_VALUE = "WYjly";

/** Those that mean the same on every server. */
const EVERYWHERE = "ilms";

type SettingLetter = keyof typeof en.roomSettings;

/** `/room` shows the settings that are set; `/room NAME VALUE` sets one. */
export const ROOM_SETTINGS: SlashCommand = {
  name: "room",
  aliases: ["방설정"],
  arguments: "roomSetting",
  help: "room",
  needsConnection: true,
  run(context, rest) {
    const target = roomAndRest(context, rest);
    if (target === null) return;
    if (target.rest === "") return showSettings(context, target.room);
    const [name, value] = firstWord(target.rest);
    const letter = letterOf(context, name);
    if (letter === null || value === "") return context.showUsage();
    change(context, target.room, letter, value);
  },
  complete(host, typed) {
    const { language } = host;
    const behind = wordsBehindRoom(host, typed);
    if (behind === null || behind.length > 2) return null;
    if (behind.length === 1) return settingNames(host).map((name) => `${name} `);
    const [on = "", off = ""] = language === "ko" ? ["켬", "끔"] : ["on", "off"];
    const letter = letterOf(host, behind[0] ?? "");
    return letter !== null && WITH_VALUE.includes(letter) ? [off] : [on, off];
  },
};

function change(context: SlashContext, room: string, letter: string, value: string): void {
  const { session, showUsage } = context;
  const word = value.toLowerCase();
  if (OFF_WORDS.includes(word)) return session.commands.mode(room, `-${letter}`);
  const isOn = ON_WORDS.includes(word);
  if (WITH_VALUE.includes(letter) === isOn || /\s/.test(value)) return showUsage();
  if (letter === "W") {
    const durationMs = parseDuration(value, 1000);
    if (durationMs === null) return showUsage();
    return session.commands.mode(room, "+W", String(durationMs / 1000));
  }
  if (isOn) session.commands.mode(room, `+${letter}`);
  else if (WITH_VALUE.includes(letter)) session.commands.mode(room, `+${letter}`, value);
  else showUsage();
}

/** Returns the letters of the settings that the server has: elsewhere ours would set something else. */
function settingLetters({ session }: Pick<SlashHost, "session">): SettingLetter[] {
  const isOurs = session.state.caps.has("sodam.chat/report");
  const letters = Object.keys(en.roomSettings) as SettingLetter[];
  return letters.filter((letter) => isOurs || EVERYWHERE.includes(letter));
}

function settingNames(host: Pick<SlashHost, "session" | "words">): string[] {
  return settingLetters(host).map((letter) => host.words.roomSettings[letter]);
}

/** Returns the mode letter of a setting, by its name in the user's language or in English. */
function letterOf(host: Pick<SlashHost, "session" | "words">, name: string): SettingLetter | null {
  const { words } = host;
  const letters = settingLetters(host);
  const isNamed = (letter: SettingLetter): boolean =>
    name === words.roomSettings[letter] || name === en.roomSettings[letter];
  return letters.find(isNamed) ?? null;
}

function showSettings(context: SlashContext, room: string): void {
  const { words } = context;
  askAboutRoom(context, "MODE", room, (replies) => {
    const reply = replies.find(({ verb }) => verb === NUMERIC.RPL_CHANNELMODEIS);
    const [, , letters = "", ...values] = reply?.params ?? [];
    const lines: string[] = [];
    const known = settingLetters(context);
    for (const letter of letters.replace("+", "")) {
      const value = `${WITH_VALUE}kf`.includes(letter) ? (values.shift() ?? "") : words.slash.on;
      const setting = known.find((candidate) => candidate === letter);
      if (setting !== undefined) lines.push(`${words.roomSettings[setting]}: ${sanitize(value)}`);
    }
    const names = settingNames(context).join(", ");
    const { roomSettings, roomSettingsElsewhere } = words.slash;
    const isOurs = known.includes("W");
    const help = isOurs ? roomSettings(names) : roomSettingsElsewhere(names);
    noteAboutRoom(context, room, [...lines, help].join("\n"));
  });
}
