import { formatTime } from "../../protocol/time.ts";
import { cutUtf8 } from "../../protocol/utf8.ts";
import { KICK_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { RoomEventOf } from "../event.ts";
import {
  REPORT_TEXT_BYTES_MAX,
  REPORTS_BY_GUESTS_MAX,
  REPORTS_MAX,
  REPORTS_PER_REPORTER_MAX,
} from "../limits.ts";
import { tagsOf } from "../relay/encode-event.ts";
import { broadcast, USER_EVENT_TAGS } from "../relay/fan-out.ts";
import { serviceIdentity } from "../relay/service-reply.ts";
import { type Conversation, Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import { audit } from "../users/audit.ts";
import { mayPass } from "../users/operator-doors.ts";
import { operators } from "../users/operators.ts";
import { sourceOf, type User } from "../users/user.ts";
import type { Report } from "./report-list.ts";

/*
 * Reporting messages: a report reaches the ops of the room, except one whom it is about, and the operators of
 * the server, and waits until one of them has handled it.
 */

const ID_LETTERS = 6;

/** Why a message can't be reported: the code of a FAIL, and a sentence. */
interface ReportRefusal {
  readonly code: "LIMIT_REACHED" | "ALREADY_REPORTED" | "TEMPORARILY_UNAVAILABLE";
  readonly sentence: string;
}

/** Stores a report of a message, and tells those who can handle it. Returns it, or why there is none. */
export function reportMessage(
  state: State,
  user: User,
  conversation: Conversation | null,
  message: RoomEventOf<"said">,
  reason: string,
): Report | ReportRefusal {
  const refusal = limitRefusal(state, user, message.msgid);
  if (refusal !== null) return refusal;
  const { nick, accountId: account } = message.by;
  const report: Report = {
    time: state.now,
    id: newId(state),
    by: { nick: user.nick, account: user.accountId },
    conversation: conversation?.id ?? null,
    room: conversation instanceof Room ? conversation.name : null,
    author: { nick, account },
    msgid: message.msgid,
    sentAt: message.time,
    text: cutUtf8(message.text || Object.values(message.tags).join(" "), REPORT_TEXT_BYTES_MAX),
    reason: cutUtf8(reason, KICK_BYTES_MAX),
  };
  if (!state.ports.appendPerson({ kind: "reported", report })) {
    const sentence = "The server can't store that right now. Try again in a moment";
    return { code: "TEMPORARILY_UNAVAILABLE", sentence };
  }
  state.reports.add(report);
  tellHandlers(state, report);
  return report;
}

function limitRefusal(state: State, user: User, msgid: string): ReportRefusal | null {
  state.budgets.meter.rows += state.reports.size;
  const own = [...state.reports.all()].filter(({ by }) => by?.account === user.accountId);
  const isSame = own.some((report) => report.msgid === msgid && report.by?.nick === user.nick);
  if (isSame) return { code: "ALREADY_REPORTED", sentence: "You have reported that message" };
  // Guests count together: one can have many nicks.
  const max = user.accountId === null ? REPORTS_BY_GUESTS_MAX : REPORTS_PER_REPORTER_MAX;
  const isFull = own.length >= max || state.reports.size >= REPORTS_MAX;
  // One of them can't use up what all of them have.
  const address = user.accountId === null ? user.sessions[0]?.link.address : undefined;
  const isLimited = address !== undefined && state.options.floodControl;
  if (!isFull && !(isLimited && !state.guestReportLimiter.take(address, state.elapsedMs)))
    return null;
  return { code: "LIMIT_REACHED", sentence: "Too many reports are waiting. Report it later" };
}

function newId(state: State): string {
  for (;;) {
    const id = state.ports.random.id().slice(-ID_LETTERS);
    if (state.reports.byId(id) === null) return id;
  }
}

/** Whether a user may see a report and handle it: as an operator, or as an op whom it isn't about. */
export function canHandle(state: State, user: User, report: Report): boolean {
  if (mayPass(user, "REPORTS")) return true;
  const room = roomOf(state, report);
  if (room === null || !room.hasRank(user, "h")) return false;
  const { account: accountId, nick } = report.author;
  return state.users.find({ ...user.identity, nick, accountId }) !== user;
}

/**
 * Returns why a user who may see a report can't say that it is handled, or `null`. A report about an op of the room
 * waits for the operators of the server: otherwise the other ops could make it disappear.
 */
export function closingRefusal(state: State, user: User, report: Report): string | null {
  if (mayPass(user, "REPORTS")) return null;
  const { nick, account: accountId } = report.author;
  const author = state.users.find({ ...user.identity, nick, accountId });
  const isAboutOp = author !== null && roomOf(state, report)?.hasRank(author, "h") === true;
  return isAboutOp
    ? "That report is about an op of the room: the server's operators handle it"
    : null;
}

function roomOf(state: State, { conversation }: Report): Room | null {
  const room = conversation === null ? null : state.rooms.byId(conversation);
  return room instanceof Room ? room : null;
}

/** Returns the reports that a user may handle, oldest first. */
export function reportsFor(state: State, user: User): Report[] {
  return [...state.reports.all()].filter((report) => canHandle(state, user, report));
}

/**
 * Removes a report that was handled. Returns `false` if that can't be stored.
 *
 * @param by who handled it, as the audit file names them
 */
export function closeReport(state: State, report: Report, by: string): boolean {
  const { id } = report;
  if (!state.ports.appendPerson({ kind: "report-closed", id })) return false;
  state.reports.remove(id);
  const about = `${reportedRoom(state, report)} ${report.author.nick}`;
  audit(state, { by, act: "report-closed", target: id, reason: about });
  return true;
}

/** Returns the name of the room of a report, or the one that it had; "*" for direct messages. */
export function reportedRoom(state: State, report: Report): string {
  return roomOf(state, report)?.name ?? report.room ?? "*";
}

/** Returns a report in one sentence. */
export function reportSentence(state: State, report: Report): string {
  const room = reportedRoom(state, report);
  const where = room === "*" ? "a direct message" : `a message in ${room}`;
  const by = report.by?.nick ?? "Somebody whose account was deleted";
  const reason = report.reason === "" ? "" : ` (${report.reason})`;
  return `${by} reports ${where} by ${report.author.nick}${reason}, sent at ${formatTime(report.sentAt)}: see REPORTS, ${report.id}`;
}

function tellHandlers(state: State, report: Report): void {
  const handlers = new Set<User>([...operators(state)].filter((user) => mayPass(user, "REPORTS")));
  const room = roomOf(state, report);
  if (room !== null) {
    for (const member of room.members.keys()) {
      if (room.hasRank(member, "h") && canHandle(state, member, report)) handlers.add(member);
    }
  }
  const by = serviceIdentity(state, "ChanServ");
  const sentence = reportSentence(state, report);
  for (const { nick, sessions } of handlers) {
    const body = `:${sourceOf(by)} NOTICE ${nick} :${sentence}`;
    const event = { time: state.now, msgid: "", by };
    const send = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
    sessions.forEach(send);
  }
}

/** Tells a user who has just connected how many reports wait for them. */
export function sendReportCount(state: State, user: User, send: (sentence: string) => void): void {
  if (state.reports.size === 0) return;
  const { length } = reportsFor(state, user);
  if (length === 0) return;
  send(`${length === 1 ? "1 report waits" : `${length} reports wait`} to be handled: see REPORTS`);
}
