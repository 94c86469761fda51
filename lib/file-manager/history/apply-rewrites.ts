import type { ConversationId } from "../../chat-server/event.ts";
import { formatTime } from "../../protocol/time.ts";
import type { AppendFiles } from "./append-files.ts";
import { eraseAuthoredLines } from "./authored-lines.ts";
import { eraseLine, type LineChange, rewriteDay } from "./day-rewrite.ts";
import type { HistoryFolder } from "./history-folder.ts";
import type { MsgidIndex } from "./msgid-index.ts";
import type { MessageRewrite, PendingRewrites } from "./pending-rewrites.ts";
import { parseRaw, type RawLine } from "./stored-event.ts";

/**
 * Carries out all that is owed to one conversation, in one rewrite a day. Answers the corrections whose
 * message isn't there (any more): nothing can be done about those, and they are owed no longer.
 *
 * An edit leaves its text in the message's line; the texts of earlier edits go. A redaction takes all of them
 * out, and a forgetting those of all that an account said. The line of the message is the last to change, so a
 * crash on the way leaves the work to be done again. Rejects with what the disk threw; all is still owed then,
 * and reading lays it over what it finds.
 */
export async function applyRewrites(
  folder: HistoryFolder,
  files: AppendFiles,
  msgids: MsgidIndex,
  corrections: PendingRewrites,
): Promise<MessageRewrite[]> {
  const unfounded: MessageRewrite[] = [];
  const settled: MessageRewrite[] = [];
  const early: Plan = new Map();
  const last: Plan = new Map();
  for (const target of targetsOf(corrections, folder.id)) {
    const owed = corrections.about({ conversation: folder.id }, target);
    settled.push(...owed);
    const at = await msgids.find(folder, target);
    const line = at === null ? null : folder.lineAt(at);
    const raw = line === null ? null : parseRaw(line.bytes.toString("utf8"));
    if (at === null || line === null || raw === null || raw["kind"] !== "said") {
      unfounded.push(...owed);
      continue;
    }
    const change = changeOf(raw, owed);
    plan(last, line.day, at, change.message);
    for (const edit of change.outdated) {
      const day = folder.dayOfPosition(edit);
      if (day !== null) plan(day === line.day ? last : early, day, edit, eraseLine);
    }
  }
  for (const [day, changes] of early) await rewriteDay(folder, day, files, changes);
  for (const [day, changes] of last) await rewriteDay(folder, day, files, changes);
  corrections.resolve(settled);
  for (const forgetting of corrections.erasures(folder.id)) {
    await eraseAuthoredLines(folder, files, forgetting);
    corrections.resolveErasure(forgetting);
  }
  return unfounded;
}

/** What to change, by day and position. */
type Plan = Map<string, Map<number, LineChange>>;

function plan(into: Plan, day: string, at: number, change: LineChange): void {
  const changes = into.get(day);
  if (changes === undefined) into.set(day, new Map([[at, change]]));
  else changes.set(at, change);
}

/** How a message's line changes, and the positions of the edits whose text goes. */
function changeOf(
  raw: RawLine,
  owed: readonly MessageRewrite[],
): { message: LineChange; outdated: number[] } {
  const owedEdits = owed.filter((one) => one.kind === "edited");
  const before = Array.isArray(raw["edits"])
    ? raw["edits"].filter((at): at is number => typeof at === "number")
    : [];
  const edits = [...new Set([...before, ...owedEdits.map((one) => one.position)])].sort(
    (a, b) => a - b,
  );
  if (raw["gone"] === true || owed.some((one) => one.kind === "redacted")) {
    return { message: (line) => either(setEdits(line, edits), eraseLine(line)), outdated: edits };
  }
  const newest = owedEdits.find((one) => one.position === edits.at(-1));
  const message: LineChange = (line) => {
    const isChanged = setEdits(line, edits);
    if (newest === undefined || !isChanged) return isChanged;
    line["text"] = newest.text;
    line["editedAt"] = formatTime(newest.time);
    return true;
  };
  return { message, outdated: edits.slice(0, -1) };
}

/** Which edits have been carried out on a message: the mark by which one is not carried out twice. */
function setEdits(line: RawLine, edits: readonly number[]): boolean {
  if (JSON.stringify(line["edits"] ?? []) === JSON.stringify(edits)) return false;
  line["edits"] = edits;
  return true;
}

function either(one: boolean, other: boolean): boolean {
  return one || other;
}

function targetsOf(corrections: PendingRewrites, conversation: ConversationId): Set<string> {
  const targets = new Set<string>();
  for (const one of corrections.all()) {
    if (one.conversation === conversation) targets.add(one.target);
  }
  return targets;
}
