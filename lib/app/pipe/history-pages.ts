import { type Said, saidBy } from "../../chat-client/line-of.ts";
import type { Answer } from "../../chat-client/session.ts";
import type { Line } from "../../chat-client/state.ts";
import { formatHistoryPoint, type HistoryPoint } from "../../protocol/chathistory.ts";
import { fold } from "../../protocol/names.ts";
import { asked } from "../context.ts";
import type { ExportLine } from "../ports.ts";
import type { Inside, Task } from "./task.ts";

/** What one request asks for; a server may give less. */
export const PAGE_LINES = 200;

export type Page =
  | { readonly kind: "page"; readonly lines: readonly SpokenLine[] }
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "lost" };

/** A line that somebody said, and where history can go on behind it. */
export interface SpokenLine {
  readonly line: Line;
  readonly point: HistoryPoint;
}

/** One page of what was said in the target, oldest first; an empty one is the end. */
export async function readPage(
  { ports }: Task,
  { session, target }: Inside,
  direction: "LATEST" | "AFTER",
  from: HistoryPoint,
  limit: number,
): Promise<Page> {
  const params = [direction, target, formatHistoryPoint(from), `${limit}`];
  const key = fold(target);
  const answer = await asked<Answer>((done) =>
    session.ask("CHATHISTORY", params, done, {
      belongs: ({ verb, params }) =>
        (verb === "BATCH" && params[0] === "chathistory" && fold(params[1] ?? "") === key) ||
        (verb === "FAIL" && params[0] === "CHATHISTORY"),
    }),
  );
  if (answer.kind === "lost") return answer;
  if (answer.kind === "failed") return { kind: "failed", code: answer.code };
  const view = { me: session.state.me, now: ports.now(), id: () => ports.id() };
  const lines = answer.messages.flatMap((message) => spokenLine(saidBy(message, view)));
  return { kind: "page", lines };
}

function spokenLine(said: Said): SpokenLine[] {
  if (said.kind !== "line" || recordOf(said.line) === null) return [];
  return [{ line: said.line, point: pointOf(said.line) }];
}

export function pointOf({ msgid, time }: Line): HistoryPoint {
  return msgid === null ? { kind: "time", time } : { kind: "msgid", msgid };
}

/** A line as exports have it, or null when nobody said it. */
export function recordOf(line: Line): ExportLine | null {
  const { time, nick, kind, text, msgid, account } = line;
  if (kind !== "said" && kind !== "notice" && kind !== "action") return null;
  return { time, nick, kind, text, account, ...(msgid === null ? {} : { msgid }) };
}
