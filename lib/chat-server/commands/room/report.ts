import { formatTime } from "../../../protocol/time.ts";
import { type Command, inSteps, type RegisteredContext, type Steps } from "../../command.ts";
import type { RoomEventOf } from "../../event.ts";
import { guestMessagesWith } from "../../history/guest-messages.ts";
import { isShownTo } from "../../history/withheld.ts";
import { REPORT_LINE_BYTES_MAX } from "../../limits.ts";
import { notStored } from "../../relay/error-replies.ts";
import { splitMessage } from "../../relay/split-message.ts";
import type { Report } from "../../reports/report-list.ts";
import {
  canHandle,
  closeReport,
  closingRefusal,
  reportedRoom,
  reportMessage,
  reportsFor,
} from "../../reports/reports.ts";
import { firstReadablePosition, readableConversation } from "../../rooms/access.ts";
import type { Conversation } from "../../rooms/room.ts";
import { auditName } from "../../users/audit.ts";
import { findMessage } from "../message/redact-edit.ts";

/** REPORT and REPORTS (sodam.chat/report, see docs/protocol.md): reporting messages, and handling reports. */

/** REPORT <room or nick> <msgid> [:reason] shows a message, as it is now, to those who can do something. */
export const REPORT: Command = {
  verb: "REPORT",
  params: 2,
  phase: "registered",
  cost: 5,
  handle: inSteps(function* (context: RegisteredContext) {
    yield* findAndReport(context);
  }),
};

function* findAndReport(context: RegisteredContext): Steps {
  const { state, user, reply, params } = context;
  const [target = "", msgid = ""] = params;
  const guestMessages = guestMessagesWith(state, user, target);
  if (guestMessages !== null) {
    const message = guestMessages.find(({ event }) => event.msgid === msgid)?.event;
    return answer(context, null, message ?? null);
  }
  const conversation = readableConversation(state, user, target);
  if (conversation === null || conversation === "nothing yet") {
    const sentence = "There is no such room or person";
    return reply.fail("REPORT", "INVALID_TARGET", [target], sentence);
  }
  const message = yield* findMessage(conversation, msgid);
  const isReadable =
    readableConversation(state, user, target) === conversation &&
    message !== undefined &&
    message.position >= firstReadablePosition(conversation, user) &&
    isShownTo(message, user.accountId);
  answer(context, conversation, message?.kind === "said" && isReadable ? message : null);
}

/** Reports a message, or answers that there is none (`null`). */
function answer(
  { state, user, reply, params }: RegisteredContext,
  conversation: Conversation | null,
  message: RoomEventOf<"said"> | null,
): void {
  const [target = "", msgid = "", reason = ""] = params;
  if (message === null) {
    return reply.fail("REPORT", "UNKNOWN_MSGID", [target, msgid], "There is no such message");
  }
  const reported = reportMessage(state, user, conversation, message, reason);
  if ("code" in reported) {
    return reply.fail("REPORT", reported.code, [target, msgid], reported.sentence);
  }
  const sentence = "Your report was sent to those who can do something about it";
  reply.note("REPORT", "SENT", [target, msgid, reported.id], sentence);
}

/** REPORTS lists the reports that the user may handle; REPORTS DONE <id> removes one that is handled. */
export const REPORTS: Command = {
  verb: "REPORTS",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const [subcommand = "", id = ""] = context.params;
    if (subcommand === "") return listReports(context);
    if (subcommand.toUpperCase() === "DONE") return handleReport(context, id);
    context.reply.fail("REPORTS", "INVALID_PARAMS", [subcommand], "Give DONE and a report's id");
  },
};

function listReports({ state, user, reply }: RegisteredContext): void {
  const reports = reportsFor(state, user);
  for (const [index, each] of reports.entries()) {
    if (reply.isFull) {
      const left = String(reports.length - index);
      reply.note("REPORTS", "MORE", [left], "There are more reports: handle these first");
      break;
    }
    const { id, time, author, by, msgid, reason } = each;
    const details = [id, formatTime(time), reportedRoom(state, each), author.nick];
    reply.note("REPORTS", "REPORT", [...details, by?.nick ?? "*", msgid], reason);
    for (const line of linesOf(each)) reply.note("REPORTS", "TEXT", [id], line);
  }
  reply.note("REPORTS", "END", [], "End of the reports");
}

/** Returns the text of a reported message in lines that fit behind a NOTE. */
export function linesOf({ text }: Report): string[] {
  return splitMessage(text, REPORT_LINE_BYTES_MAX).map((line) => line.text);
}

function handleReport({ state, user, reply }: RegisteredContext, id: string): void {
  const report = state.reports.byId(id);
  if (report === null || !canHandle(state, user, report)) {
    return reply.fail("REPORTS", "NO_SUCH_REPORT", [id || "*"], "There is no such report");
  }
  const refusal = closingRefusal(state, user, report);
  if (refusal !== null) return reply.fail("REPORTS", "ABOUT_AN_OP", [id], refusal);
  if (!closeReport(state, report, auditName(user))) return notStored(reply, "REPORTS", id);
  reply.note("REPORTS", "DONE", [id], "The report is handled");
}
