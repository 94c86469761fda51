import { openAdminConnection } from "../file-manager/admin-socket.ts";
import type { AdminAnswer, AdminRequest, AdminRow } from "../protocol/admin/admin-answer.ts";
import { connectToAdmin } from "../transport/admin-connection.ts";
import { elapsed } from "../transport/clock.ts";

/** Longer than a server gives to the process that is to replace it. */
const ANSWER_MS = 90_000;
/** How long no server may answer when the old one has ended. */
const ABSENT_SECONDS = 30;
const RETRY_MS = 50;

/** How a replacement went: answers of servers, or why there is none. */
export type Replacement =
  | { readonly answers: readonly AdminAnswer[] }
  | { readonly problem: "not-running" | "not-permitted" | "no-answer" | "other-version" }
  | { readonly absentSeconds: number };

/**
 * Lets a running server be replaced by the program that is on disk now, and waits until that answers: first the process that
 * leads, then with the word `gateways` those that hold the connections.
 */
export async function replaceServer(data: string, request: AdminRequest): Promise<Replacement> {
  const before = await ask(data, { ...request, command: "status", words: [] });
  if ("problem" in before) return before;
  if (before.answer.kind !== "facts") return { answers: [before.answer] };
  const startedElapsedMs = elapsed();
  // A word that there isn't is refused before anything is replaced.
  const isKnown = request.words.every((word) => word === "gateways");
  const words = isKnown ? [] : request.words;
  const replaced = await ask(data, { ...request, words });
  // It ends when another one leads, and with it the connection.
  if (!("problem" in replaced)) return { answers: [replaced.answer] };
  if (replaced.problem === "other-version") return replaced;
  const after = await follower(data, request, before.answer.facts);
  if (after === null) return { absentSeconds: ABSENT_SECONDS };
  const seconds = Math.round((elapsed() - startedElapsedMs) / 100) / 10;
  const versions = [String(before.answer.facts.version), String(after.version)] as const;
  const sentence = ["leaderReplaced", seconds, ...versions, Number(after.pid)] as const;
  const done: AdminAnswer = { kind: "done", sentence, notes: [] };
  if (request.words.length === 0) return { answers: [done] };
  const gateways = await ask(data, request);
  return "problem" in gateways ? gateways : { answers: [done, gateways.answer] };
}

/** Resolves to the status of another process than the one that answered before; `null` when none does. */
async function follower(
  data: string,
  request: AdminRequest,
  before: AdminRow,
): Promise<AdminRow | null> {
  const untilElapsedMs = elapsed() + ABSENT_SECONDS * 1000;
  while (elapsed() < untilElapsedMs) {
    const status = await ask(data, { ...request, command: "status", words: [] });
    const isAnswered = "answer" in status && status.answer.kind === "facts";
    if (isAnswered && status.answer.facts.pid !== before.pid) return status.answer.facts;
    await Bun.sleep(RETRY_MS);
  }
  return null;
}

async function ask(
  data: string,
  request: AdminRequest,
): Promise<{ readonly answer: AdminAnswer } | Extract<Replacement, { problem: string }>> {
  const opened = await openAdminConnection(data, (path) => connectToAdmin(path, ANSWER_MS));
  if ("refused" in opened) return { problem: opened.refused };
  const answer = await opened.connection.ask(request);
  opened.connection.close();
  return typeof answer === "string" ? { problem: answer } : { answer };
}
