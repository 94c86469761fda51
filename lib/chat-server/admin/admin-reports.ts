import type { AdminRow } from "../../protocol/admin/admin-answer.ts";
import type { Report } from "../reports/report-list.ts";
import { closeReport, reportedRoom } from "../reports/reports.ts";
import type { State } from "../state.ts";
import {
  type AdminContext,
  type AdminHandlers,
  type AdminResult,
  listOf,
} from "./admin-handler.ts";

/** The console's commands about reported messages. */

export const REPORT_HANDLERS = {
  reports: ({ state, words: [id] }) => {
    if (id === undefined) return listOf(state.reports.all(), (report) => reportRow(state, report));
    const report = state.reports.byId(id);
    if (report === null) return { refused: ["noSuchReport", id] };
    return { facts: { ...reportRow(state, report), sentAt: report.sentAt } };
  },
  "close-report": handle,
} satisfies AdminHandlers;

function reportRow(state: State, report: Report): AdminRow {
  const { id, time, author, by, reason, text } = report;
  const room = reportedRoom(state, report);
  return {
    ...{ id, time, room: room === "*" ? null : room, author: author.nick },
    ...{ by: by?.nick ?? null, reason, text },
  };
}

function handle({ state, words: [id = ""], by }: AdminContext): AdminResult {
  const report = state.reports.byId(id);
  if (report === null) return { refused: ["noSuchReport", id] };
  if (!closeReport(state, report, by)) return { refused: ["notStored"] };
  state.ports.note("info", `${by} closed the report ${id}`);
  return { done: ["reportClosed", id] };
}
