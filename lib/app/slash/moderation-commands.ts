/** Commands that moderate a room: bans and mutes with a time, slow mode, filters, requests and reports. */
import { mutesOf, readMask } from "../../chat-client/mask-lists.ts";
import { OWN_MODES } from "../../chat-client/message-to-line.ts";
import type { Answer } from "../../chat-client/session.ts";
import { parseDuration } from "../../protocol/time.ts";
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { answerProblem, modeSentence } from "../chat-screen/draw/system-line.ts";
import { fetchMasks, type ListedMask } from "../chat-screen/person-profile.ts";
import { rankOfMode } from "../chat-screen/ranks.ts";
import { addMask, removeMasks } from "./mask-commands.ts";
import { findTarget, noteNoMessage } from "./message-commands.ts";
import { serviceSentence, tellsDuration } from "./service-sentences.ts";
import {
  firstWord,
  isRoomWord,
  roomAndRest,
  type SlashCommand,
  type SlashContext,
} from "./slash-command.ts";

const OFF_WORDS = ["off", "끔"];
const ON_WORDS = ["on", "켬"];
/** What a filter does, by the words for it at the end of `/filter +WORD`. */
const FILTER_ACTIONS: Readonly<Record<string, string>> = {
  ...{ 숨기기: "hide", 숨김: "hide", 가리기: "hide", 바꾸기: "replace", 바꿈: "replace" },
};
/** The server whose rooms have all of this has this capability. */
const REPORT_CAP = "sodam.chat/report";
const DONE_WORDS = ["done", "처리"];

/** /ban, /unban, /mute, /unmute, /slow, /filter, /approval, /requests, /approve, /decline, /report … */
export const MODERATION_COMMANDS: readonly SlashCommand[] = [
  {
    name: "ban",
    aliases: ["출입금지"],
    arguments: "nickTimeReason",
    help: "ban",
    needsConnection: true,
    run: (context, rest) => ban(context, "BAN", rest),
  },
  {
    name: "unban",
    aliases: ["출입금지해제"],
    arguments: "mask",
    help: "unban",
    needsConnection: true,
    run: (context, rest) => unban(context, "UNBAN", rest),
  },
  {
    name: "unmute",
    aliases: ["말하기허용"],
    arguments: "nick",
    help: "unmute",
    needsConnection: true,
    run: (context, rest) => unban(context, "UNMUTE", rest),
  },
  {
    name: "slow",
    aliases: ["천천히", "저속"],
    arguments: "secondsOrOff",
    help: "slow",
    needsConnection: true,
    run(context, rest) {
      const target = roomAndRest(context, rest);
      if (target === null || !isOffered(context)) return;
      const value = target.rest.toLowerCase();
      const durationMs = parseDuration(value, 1000);
      if (OFF_WORDS.includes(value) || durationMs === 0)
        context.session.commands.mode(target.room, "-W");
      else if (durationMs === null) context.showUsage();
      else context.session.commands.mode(target.room, "+W", String(durationMs / 1000));
    },
  },
  {
    name: "filter",
    aliases: ["금칙어"],
    arguments: "filter",
    help: "filter",
    needsConnection: true,
    run(context, rest) {
      const target = roomAndRest(context, rest);
      if (target === null) return;
      const isChange = /^[+-]\S/.test(target.rest);
      if (target.rest !== "" && !isChange) return context.showUsage();
      askChanServ(context, ["FILTER", target.room, withFilterAction(target.rest)]);
    },
  },
  {
    name: "approval",
    aliases: ["가입승인"],
    arguments: "onOff",
    help: "approval",
    needsConnection: true,
    run(context, rest) {
      const target = roomAndRest(context, rest);
      if (target === null || !isOffered(context)) return;
      const value = target.rest.toLowerCase();
      if (ON_WORDS.includes(value)) context.session.commands.mode(target.room, "+A");
      else if (OFF_WORDS.includes(value)) context.session.commands.mode(target.room, "-A");
      else context.showUsage();
    },
  },
  {
    name: "requests",
    aliases: ["가입신청"],
    arguments: "roomOptional",
    help: "requests",
    needsConnection: true,
    run: (context, rest) => askAboutHere(context, "REQUESTS", rest),
  },
  {
    name: "approve",
    aliases: ["승인"],
    arguments: "nick",
    help: "approve",
    needsConnection: true,
    run: (context, rest) => askAboutNick(context, "APPROVE", rest),
  },
  {
    name: "decline",
    aliases: ["거절"],
    arguments: "nick",
    help: "decline",
    needsConnection: true,
    run: (context, rest) => askAboutNick(context, "DECLINE", rest),
  },
  {
    name: "bans",
    aliases: ["출입금지목록"],
    arguments: "roomOptional",
    help: "bans",
    needsConnection: true,
    run: showBans,
  },
  {
    name: "log",
    aliases: ["관리기록"],
    arguments: "roomOptional",
    help: "log",
    needsConnection: true,
    run: showAuditLog,
  },
  {
    name: "report",
    aliases: ["신고"],
    arguments: "report",
    help: "report",
    needsConnection: true,
    run: report,
  },
  {
    name: "reports",
    aliases: ["신고목록"],
    arguments: "reports",
    help: "reports",
    needsConnection: true,
    run: showReports,
  },
];

/** Mutes a member: `/mute NAME [time] [reason]`. */
export function muteMember(context: SlashContext, rest: string): void {
  ban(context, "MUTE", rest);
}

function ban(context: SlashContext, verb: "BAN" | "MUTE", rest: string): void {
  const target = roomAndRest(context, rest);
  if (target === null) return;
  const [word, more] = firstWord(target.rest);
  const nick = word.replace(/^@/, "");
  const [time] = firstWord(more);
  // The server refuses a mistyped time as well, in English.
  const isMistyped = /^-?\d/.test(time) && parseDuration(time, 60_000) === null;
  if (nick === "" || isMistyped) return context.showUsage();
  const { session } = context;
  if (session.state.caps.has(REPORT_CAP)) {
    return askChanServ(context, [verb, target.room, nick, more]);
  }
  // Other servers have a mask alone: neither the time nor the reason would be kept.
  if (more !== "") return context.showUsage();
  addMask(context, target.room, nick, verb === "MUTE");
}

function unban(context: SlashContext, verb: "UNBAN" | "UNMUTE", rest: string): void {
  const target = roomAndRest(context, rest);
  if (target === null) return;
  const [word, more] = firstWord(target.rest);
  const nick = word.replace(/^@/, "");
  if (nick === "" || more !== "") return context.showUsage();
  const { session } = context;
  if (session.state.caps.has(REPORT_CAP)) {
    return askChanServ(context, [verb, target.room, nick]);
  }
  removeMasks(context, target.room, nick, verb === "UNMUTE");
}

function askAboutHere(context: SlashContext, command: string, rest: string): void {
  const target = roomAndRest(context, rest);
  if (target === null) return;
  if (target.rest !== "") return context.showUsage();
  askChanServ(context, [command, target.room]);
}

function askAboutNick(context: SlashContext, command: string, rest: string): void {
  const target = roomAndRest(context, rest);
  if (target === null) return;
  const [nick, more] = firstWord(target.rest);
  if (nick === "" || more !== "") return context.showUsage();
  askChanServ(context, [command, target.room, nick.replace(/^@/, "")]);
}

/** Returns whether the server is one of ours; says else that it doesn't offer this. */
function isOffered({ session, note, words }: SlashContext): boolean {
  const isOurs = session.state.caps.has(REPORT_CAP);
  if (!isOurs) note(words.slash.notOffered, "bad");
  return isOurs;
}

/**
 * Sends a command to ChanServ and shows what it says, in the user's language. Of a change that the room itself
 * shows, a MODE or a KICK, only the duration is shown.
 */
export function askChanServ(context: SlashContext, params: readonly string[]): void {
  const { session, note, words } = context;
  if (!isOffered(context)) return;
  const isFromChanServ = ({ verb, source }: Message): boolean =>
    verb === "NOTICE" && nickOf(source ?? "") === "ChanServ";
  const show = (answer: Answer): void => {
    if (answer.kind !== "answered") return note(answerProblem(answer, session.state, words), "bad");
    const isShown = answer.messages.some(({ verb }) => verb === "MODE" || verb === "KICK");
    const texts = answer.messages
      .filter(isFromChanServ)
      .map((message) => message.params[1] ?? "")
      .filter((text) => !isShown || tellsDuration(text));
    if (texts.length > 0) note(texts.map((text) => serviceSentence(text, words)).join("\n"));
  };
  const trimmed = params.filter((param) => param !== "");
  session.ask("CS", trimmed, show, { isAnswer: isFromChanServ, isLast: isFromChanServ });
}

/** Returns the arguments of `/filter` with its action in the server's word. */
function withFilterAction(rest: string): string {
  return rest.replace(/(?<=^\+.*\s)\S+$/, (last) => FILTER_ACTIONS[last.normalize("NFC")] ?? last);
}

/** `/bans`: who is banned or muted, until when, by whom and why. */
function showBans(context: SlashContext, rest: string): void {
  const { session, note, words } = context;
  const target = roomAndRest(context, rest);
  if (target === null) return;
  if (target.rest !== "") return context.showUsage();
  const { room } = target;
  fetchMasks(session, room, "b", (bans) => {
    if ("kind" in bans) return note(answerProblem(bans, session.state, words), "bad");
    const show = (entries: readonly ListedMask[]): void => {
      const lines = entries.map((entry) => maskLine(context, entry));
      note(lines.length === 0 ? words.slash.bansEmpty : lines.join("\n"));
    };
    if (mutesOf(session.state)?.letter !== "q") return show(bans);
    fetchMasks(session, room, "q", (mutes) => show("kind" in mutes ? bans : [...bans, ...mutes]));
  });
}

function maskLine(
  { words, calendar }: SlashContext,
  { mask, isMute, details }: ListedMask,
): string {
  const [by = "", , until = "*", reason = ""] = details.map((each) => sanitize(each));
  const end = /^\d+$/.test(until) ? calendar.moment(Number(until) * 1000) : "";
  const { who } = readMask(sanitize(mask));
  return words.slash.banLine(who, isMute, end, by.replace(/!.*/, ""), reason);
}

function showAuditLog(context: SlashContext, rest: string): void {
  const { note, words } = context;
  const target = roomAndRest(context, rest);
  if (target === null) return;
  if (!isOffered(context)) return;
  askForNotes(context, "AUDIT", [target.room], (messages) => {
    const lines = messages.map((message) => auditLine(context, message));
    note(lines.length === 0 ? words.slash.logEmpty : lines.join("\n"));
  });
}

/** Returns an entry of the audit log: NOTE AUDIT ENTRY <room> <when> <nick> <act> <target> <until> :<detail> */
function auditLine({ words, calendar }: SlashContext, { params }: Message): string {
  const [, , , time = "", by = "", act = "", subject = "", until = "*", detail = ""] =
    params.map(sanitize);
  const when = dayAndTime(calendar, time);
  if (act === "mode") {
    const [argument, reason] = firstWord(detail);
    const sentence = modeSentence(words, by, `${subject} ${argument}`.trim(), OWN_MODES);
    const end = until === "*" ? "" : ` ${words.slash.logUntil(dayAndTime(calendar, until))}`;
    return `${when} ${sentence}${reason === "" ? "" : `: ${reason}`}${end}`;
  }
  const what = Object.hasOwn(words.audit, act) ? words.audit[act as "kick"] : act;
  const rank = act === "auto-rank" ? rankOfMode(subject) : null;
  const shown = rank === null ? subject.replace(/^\*$/, "") : words.ranks[rank];
  const parts = [what, shown, detail].filter((part) => part !== "");
  return `${when} ${by}: ${parts.join(" ")}`;
}

/** Asks for a list of NOTEs, and hands them over without the one that ends it. */
function askForNotes(
  context: SlashContext,
  verb: "AUDIT" | "REPORTS",
  params: readonly string[],
  done: (messages: readonly Message[]) => void,
): void {
  const { session, note, words } = context;
  const isNote = (message: Message): boolean =>
    message.verb === "NOTE" && message.params[0] === verb;
  const isAnswer = (message: Message): boolean => isNote(message) || message.verb === "482";
  const isLast = (message: Message): boolean =>
    isNote(message) && (message.params[1] === "END" || message.params[1] === "DONE");
  const show = (answer: Answer): void => {
    if (answer.kind !== "answered") return note(answerProblem(answer, session.state, words), "bad");
    done(answer.messages.filter((message) => isNote(message) && !isLast(message)));
  };
  session.ask(verb, params, show, { isAnswer, isLast });
}

function dayAndTime(calendar: SlashContext["calendar"], time: string): string {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? time : calendar.moment(ms);
}

/** `/report [n] [reason]`: of the others' newest message, or of the n-th. */
function report(context: SlashContext, rest: string): void {
  const { session, note, words, conversation } = context;
  if (!isOffered(context)) return;
  const isNumberAlone = /^\d{1,3}$/.test(rest);
  const target = findTarget(context, isNumberAlone ? `${rest} .` : rest);
  if (target === null) return;
  const reason = isNumberAlone ? "" : target.text;
  if (target.line.own) return noteNoMessage(context, rest);
  session.ask("REPORT", [conversation.name, target.msgid, reason], (answer) => {
    if (answer.kind === "answered") note(words.slash.reported(sanitize(target.line.nick)));
    else note(answerProblem(answer, session.state, words), "bad");
  });
}

/** `/reports` lists what waits to be handled; `/reports done ID` removes one. */
function showReports(context: SlashContext, rest: string): void {
  const { note, words, calendar } = context;
  if (!isOffered(context)) return;
  const [word, id] = firstWord(rest);
  if (DONE_WORDS.includes(word.toLowerCase()) && /^\S+$/.test(id)) {
    return askForNotes(context, "REPORTS", ["DONE", id], () =>
      note(words.slash.reportDone(sanitize(id))),
    );
  }
  if (rest !== "") return context.showUsage();
  askForNotes(context, "REPORTS", [], (messages) => {
    const lines = messages.map(({ params }) => {
      const [, kind, id = "", ...fields] = params.map((param) => sanitize(param));
      if (kind === "TEXT") return `  ${fields[0] ?? ""}`;
      if (kind === "MORE") return words.slash.moreReports(Number(id));
      const [time = "", room = "", author = "", by = "", , reason = ""] = fields;
      return words.slash.reportLine(id, dayAndTime(calendar, time), room, author, by, reason);
    });
    note(lines.length === 0 ? words.slash.reportsEmpty : lines.join("\n"));
  });
}

/** Whether `/mute` is about a member: it names somebody who is no room. */
export function isMuteOfMember(context: SlashContext, rest: string): boolean {
  const [first, more] = firstWord(rest);
  return isRoomWord(context, first) ? more !== "" : first !== "";
}
