import { fold } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { cutUtf8 } from "../../../protocol/utf8.ts";
import { KICK_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import { inSteps } from "../../command.ts";
import type { RoomEvent } from "../../event.ts";
import { guestMessagesWith } from "../../history/guest-messages.ts";
import { isMessage } from "../../history/select-events.ts";
import { isShownTo } from "../../history/withheld.ts";
import { notStored } from "../../relay/error-replies.ts";
import { serviceIdentity } from "../../relay/service-reply.ts";
import { closeReport, closingRefusal, reportSentence, reportsFor } from "../../reports/reports.ts";
import { firstReadablePosition, readableConversation } from "../../rooms/access.ts";
import { founderNick } from "../../rooms/auto-ranks.ts";
import { isClosedByOperator, reopeningRefusal } from "../../rooms/closure.ts";
import { answerRequest, pendingRequests } from "../../rooms/join-requests.ts";
import { ModeDraft } from "../../rooms/mode-draft.ts";
import type { Room } from "../../rooms/room.ts";
import { audit, auditName } from "../../users/audit.ts";
import { mayPass, missingRight } from "../../users/operator-doors.ts";
import { dropEmptyRoom } from "../../users/users.ts";
import { INVITE } from "../room/invite.ts";
import { enter } from "../room/join-part.ts";
import { linesOf, REPORT as REPORT_COMMAND } from "../room/report.ts";
import { describeAct } from "../room/room-audit.ts";
import {
  forRankOrOperator,
  inRoom,
  type RegisteredServiceContext,
  registeredContext,
  requireRank,
  runCommand,
  type ServiceCommand,
  type ServiceContext,
} from "./service.ts";

/** ChanServ's requests to join, audit log and reports, and what the server's owner may do with a room. */

/** The entries of the audit log that LOG shows if no number is given. */
const LOG_ENTRIES = 20;

const REQUESTS: ServiceCommand = {
  name: "REQUESTS",
  usage: "<#room>",
  help: "Lists who asks to join a room whose ops approve it (+A).",
  params: 1,
  handle: inRoom((context, room) => {
    if (!requireRank(context, room, "h")) return;
    const { state, reply } = context;
    const requests = pendingRequests(state, room);
    for (const { account, time } of requests) {
      reply.say(`${state.nickOfAccount(account)} asked at ${formatTime(time)}`);
    }
    if (requests.length === 0) return reply.say(`Nobody asks to join ${room.name}`);
    reply.say(`Answer by APPROVE ${room.name} <nick> or DECLINE ${room.name} <nick>`);
  }),
};

const APPROVE: ServiceCommand = {
  name: "APPROVE",
  usage: "<#room> <nick>",
  help: "Lets somebody join who asked for it. They get an invitation.",
  params: 2,
  names: ([, nick = ""]) => [nick],
  handle: inRoom((context, room) => {
    if (!requireRank(context, room, "h")) return;
    return runCommand(INVITE, context, [context.params[1] ?? "", room.name]);
  }),
};

const DECLINE: ServiceCommand = {
  name: "DECLINE",
  usage: "<#room> <nick>",
  help: "Turns somebody's request to join down. They aren't told, and may ask again.",
  params: 2,
  names: ([, nick = ""]) => [nick],
  handle: inRoom((context, room) => {
    if (!requireRank(context, room, "h")) return;
    const { state, user, reply, params } = context;
    const [, nick = ""] = params;
    const account = state.accountOfNick(nick) ?? state.accounts.account(fold(nick))?.id ?? null;
    const isWaiting = pendingRequests(state, room).some((request) => request.account === account);
    if (account === null || !isWaiting) return reply.say(`${nick} hasn't asked to join`);
    if (!answerRequest(state, room, account, "declined", user, reply)) {
      return notStored(reply, "CHANSERV", room.name);
    }
    reply.say(`The request of ${nick} is declined`);
  }),
};

const LOG: ServiceCommand = {
  name: "LOG",
  usage: "<#room> [<number>]",
  help: "Shows who moderated a room lately, and how.",
  params: 1,
  handle: forRankOrOperator("h", "CHANSERV LOG", (context, room) => {
    const { reply, params } = context;
    const count = /^[1-9]\d{0,2}$/.test(params[1] ?? "") ? Number(params[1]) : LOG_ENTRIES;
    const entries = room.auditLog.slice(-count);
    for (const entry of entries) reply.say(describeAct(entry));
    if (entries.length === 0) reply.say(`Nobody has moderated ${room.name} yet`);
  }),
};

const REPORT: ServiceCommand = {
  name: "REPORT",
  usage: "<#room or nick> <nick or msgid> [<reason>]",
  help: "Shows somebody's newest message there to the room's ops and the owner, as it is now.",
  params: 2,
  names: ([target = ""]) => [target],
  handle: (serviceContext) => {
    const context = registeredContext(serviceContext);
    if (context === null) return;
    const [target = "", message = "", ...words] = context.params;
    const msgid = newestMessageBy(context, target, message)?.msgid ?? message;
    return runCommand(REPORT_COMMAND, context, [target, msgid, words.join(" ")]);
  },
};

/** Returns the newest message of a nick in a conversation: many clients don't show a message's msgid. */
function newestMessageBy(
  { state, user }: RegisteredServiceContext,
  target: string,
  nick: string,
): RoomEvent | undefined {
  const isTheirs = (event: RoomEvent): boolean =>
    isMessage(event) && fold(event.by.nick) === fold(nick);
  const guestMessages = guestMessagesWith(state, user, target);
  if (guestMessages !== null) return guestMessages.findLast(({ event }) => isTheirs(event))?.event;
  const conversation = readableConversation(state, user, target);
  if (conversation === null || conversation === "nothing yet") return;
  const first = firstReadablePosition(conversation, user);
  return conversation.recentEvents.findLast(
    (event) => isTheirs(event) && event.position >= first && isShownTo(event, user.accountId),
  );
}

const REPORTS: ServiceCommand = {
  name: "REPORTS",
  usage: "[DONE <id>]",
  help: "Lists the reports that you may handle, or removes one that is handled.",
  params: 0,
  handle: (serviceContext) => {
    const context = registeredContext(serviceContext);
    if (context === null) return;
    const { state, user, reply, params } = context;
    const [subcommand, id = ""] = params;
    const reports = reportsFor(state, user);
    if (subcommand?.toUpperCase() === "DONE") {
      const report = reports.find((each) => each.id === id);
      if (report === undefined) return reply.say("There is no such report");
      const refusal = closingRefusal(state, user, report);
      if (refusal !== null) return reply.say(refusal);
      if (!closeReport(state, report, auditName(user))) return notStored(reply, "CHANSERV", id);
      return reply.say(`The report ${id} is handled`);
    }
    for (const report of reports) {
      if (reply.isFull) {
        reply.say("There are more reports: handle these first");
        break;
      }
      reply.say(`${report.id}: ${reportSentence(state, report)}`);
      for (const line of linesOf(report)) reply.say(`  <${report.author.nick}> ${line}`);
    }
    if (reports.length === 0) return reply.say("No report waits for you");
    reply.say("REPORTS DONE <id> removes a report that is handled");
  },
};

/** CLOSE and REOPEN, for the room's founder and for operators. */
function closeCommand(name: "CLOSE" | "REOPEN"): ServiceCommand {
  const isClosing = name === "CLOSE";
  return {
    name,
    usage: isClosing ? "<#room> [<reason>]" : "<#room>",
    help: isClosing
      ? "Closes a room: its members can read it, and nobody can talk or join."
      : "Opens a closed room again.",
    params: 1,
    handle: forRankOrOperator("q", `CHANSERV ${name}`, (context, room) => {
      const { state, user, reply, params } = context;
      const isOperators = mayPass(user, `CHANSERV ${name}`);
      // What its founder has closed an operator may close for good.
      const isStronger = isClosing && isOperators && !isClosedByOperator(room);
      if ((room.closure !== null) === isClosing && !isStronger) {
        return reply.say(`${room.name} is ${isClosing ? "closed already" : "open"}`);
      }
      const refusal = reopeningRefusal(room, user);
      if (refusal !== null) return reply.say(refusal);
      const reason = cutUtf8(params.slice(1).join(" ").normalize("NFC"), KICK_BYTES_MAX);
      const byOperator = isOperators && ({ byOperator: true } as const);
      const closure = { by: user.nick, time: state.now, reason, ...byOperator };
      const value = isClosing ? closure : null;
      const body = { kind: "set", field: "closure", value } as const;
      const sentence = isClosing
        ? `${user.nick} closed this room${reason === "" ? "" : `: ${reason}`}`
        : `${user.nick} opened this room again`;
      if (state.commit(room, user.identity, body, reply) === null) {
        return notStored(reply, "CHANSERV", room.name);
      }
      announce(context, room, sentence);
      if (isOperators) {
        const act = isClosing ? "close-room" : "reopen-room";
        audit(state, { by: auditName(user), act, target: room.name, reason });
        state.ports.note("info", `${user.source}: ${room.name}: ${sentence}`);
      }
      reply.say(`${room.name} is ${isClosing ? "closed" : "open again"}`);
      dropEmptyRoom(state, room, user.identity);
    }),
  };
}

/** Tells a room what happened, by a notice of ChanServ that its history has, too. */
function announce({ state }: RegisteredServiceContext, room: Room, text: string): void {
  const by = serviceIdentity(state, "ChanServ");
  state.commit(room, by, { kind: "said", verb: "NOTICE", text, tags: {} }, null);
}

const TAKEOVER: ServiceCommand = {
  name: "TAKEOVER",
  usage: "<#room>",
  help: "Makes an operator of the server the founder of a room whose founder has gone.",
  params: 1,
  handle: inSteps(function* (serviceContext: ServiceContext) {
    const context = registeredContext(serviceContext);
    if (context === null) return;
    const { state, user, reply, params } = context;
    if (!mayPass(user, "CHANSERV TAKEOVER")) {
      return reply.say(missingRight(user, "CHANSERV TAKEOVER"));
    }
    if (user.accountId === null)
      return reply.say("Log in first, so that you can be recognized again");
    const room = state.rooms.byName(params[0] ?? "");
    if (room === null) return reply.say(`There is no room ${params[0]}`);
    const founder = founderNick(state, room);
    if (founder !== null) return reply.say(`${room.name} has a founder: ${founder}`);
    if (!room.has(user)) yield* enter(context, room);
    if (!room.has(user)) return;
    const draft = new ModeDraft(room);
    draft.setRank("q", user, true);
    const body = { kind: "mode", changes: draft.changes } as const;
    if (state.commit(room, user.identity, body, reply) === null) {
      return notStored(reply, "CHANSERV", room.name);
    }
    announce(context, room, `${user.nick}, an operator of this server, is now the founder`);
    audit(state, { by: auditName(user), act: "take-over-room", target: room.name });
    state.ports.note("info", `${user.source} took ${room.name} over`);
    reply.say(`You are now the founder of ${room.name}`);
  }),
};

/** The commands about requests, the audit log, reports and closed rooms. */
export const OVERSIGHT_COMMANDS: readonly ServiceCommand[] = [
  REQUESTS,
  APPROVE,
  DECLINE,
  LOG,
  REPORT,
  REPORTS,
  closeCommand("CLOSE"),
  closeCommand("REOPEN"),
  TAKEOVER,
];
