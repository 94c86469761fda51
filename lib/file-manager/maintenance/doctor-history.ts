import { isUtf8 } from "node:buffer";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { dayOf, dayOfFile } from "../history/day-file.ts";
import { type ErasureRewrite, isAuthoredBy } from "../history/pending-rewrites.ts";
import { eraseText, parseRawLine, parseStoredEvent } from "../history/stored-event.ts";
import {
  type Finding,
  LineRepairs,
  linesOf,
  notRepairable,
  readOr,
  repairedFolder,
  rewriteLines,
} from "./doctor-finding.ts";
import type { DoctorWords } from "./doctor-words.ts";

/** A conversation's folder in a data folder. */
interface ConversationPlace {
  readonly data: string;
  readonly folder: string;
  readonly id: ConversationId;
}

/** A day file of it, its repairs, and the language of its findings. */
interface LinePlace {
  readonly path: string;
  readonly repairs: LineRepairs;
  readonly words: DoctorWords;
}

/**
 * Checks all histories: whole lines, positions without gaps, times that only grow, lines in the file of their day,
 * unique msgids, and no text that was redacted or erased.
 *
 * @param positions each conversation's last position according to rooms.json
 * @param newId returns an identifier that was never used before; `null` if nothing will be repaired
 */
export function examineHistory(
  data: string,
  positions: ReadonlyMap<string, number>,
  newId: (() => string) | null,
  words: DoctorWords,
): Finding[] {
  const root = join(data, "history");
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const id of readOr(root, findings, () => conversationIdsIn(root), words)) {
    seen.add(id);
    const place = { data, folder: join(root, id), id };
    findings.push(...examineConversation(place, positions.get(id) ?? 0, newId, words));
  }
  for (const [id, position] of positions) {
    if (seen.has(id) || position === 0) continue;
    findings.push(notRepairable(join(root, id), words.folderMissing(position)));
  }
  const removedRoot = join(data, "gone");
  for (const id of readOr(removedRoot, findings, () => conversationIdsIn(removedRoot), words)) {
    const place = { data, folder: join(removedRoot, id), id };
    findings.push(...examineConversation(place, null, newId, words));
  }
  return findings;
}

/**
 * @param snapshotPosition its last position in rooms.json; `null` if it was removed, after all its pending rewrites
 * were applied
 */
function examineConversation(
  { data, folder, id }: ConversationPlace,
  snapshotPosition: number | null,
  newId: (() => string) | null,
  words: DoctorWords,
): Finding[] {
  const findings: Finding[] = [];
  const days = readOr(folder, findings, () => readdirSync(folder), words)
    .map(dayOfFile)
    .filter((day) => day !== null)
    .sort();
  const redacted = new Set<string>();
  const erasures: ErasureRewrite[] = [];
  /** Where each msgid was first used: line and day. */
  const places = new Map<string, string>();
  let [position, time] = [0, Number.NEGATIVE_INFINITY];
  for (const day of days) {
    const path = join(folder, `${day}.jsonl`);
    const lines = readOr(path, findings, () => linesOf(path), words);
    const repairs = new LineRepairs(path, () => join(repairedFolder(data), `${id}.txt`));
    const place = { path, repairs, words };
    // Invalid UTF-8 is decoded as U+FFFD, which a user may have typed as well: look at the bytes then.
    const bytes = lines.some((line) => line.includes("\ufffd")) ? linesOf(path, "latin1") : [];
    for (const [index, line] of lines.entries()) {
      const number = index + 1;
      if (!line.endsWith("\n") && parseRawLine(line) === null) {
        const problem = words.halfLine(Buffer.byteLength(line));
        const summary = day === days.at(-1) ? words.cutOff : undefined;
        findings.push(removableLine(place, line, number, problem, summary));
        continue;
      }
      const stored = parseStoredEvent(line.trimEnd(), id);
      if (stored.kind === "damaged") {
        findings.push(removableLine(place, line, number, words.damagedLine(number)));
        continue;
      }
      const linePosition = stored.kind === "event" ? stored.event.position : stored.position;
      if (linePosition <= position) {
        const problem = words.positionGoesBack(number, linePosition, position);
        findings.push(removableLine(place, line, number, problem));
        continue;
      }
      if (position > 0 && linePosition > position + 1) {
        const [first, last] = [position + 1, linePosition - 1];
        findings.push(notRepairable(path, words.positionsMissing(number, first, last)));
      }
      position = linePosition;
      if (!isUtf8(Buffer.from(bytes[index] ?? "", "latin1"))) {
        findings.push(notRepairable(path, words.notText(number)));
      }
      if (stored.kind !== "event") continue;
      const { event } = stored;
      if (event.time <= time) {
        findings.push(notRepairable(path, words.notLater(number)));
      }
      if (dayOf(event.time) !== day) {
        findings.push(notRepairable(path, words.otherDay(number, dayOf(event.time))));
      }
      time = event.time;
      const firstUse = places.get(event.msgid);
      if (firstUse === undefined) places.set(event.msgid, words.lineOfDay(number, day));
      else findings.push(duplicateMsgid(place, number, firstUse, newId));
      // Rewrites after the snapshot are still pending: the next start applies them.
      if (snapshotPosition !== null && event.position > snapshotPosition) continue;
      if (event.kind === "redacted") redacted.add(event.target);
      else if (event.kind === "forgotten") erasures.push(event);
    }
  }
  if (snapshotPosition !== null && position < snapshotPosition) {
    findings.push(notRepairable(folder, words.endsTooEarly(position, snapshotPosition)));
  }
  if (redacted.size > 0 || erasures.length > 0) {
    const isErased = (event: RoomEvent): boolean =>
      (event.kind === "said" && redacted.has(event.msgid)) ||
      erasures.some((erasure) => isAuthoredBy(event, erasure));
    findings.push(...examineErasures(folder, days, id, isErased, words));
  }
  return findings;
}

/**
 * Reports two lines with one msgid, as copying lines by hand makes them: a redaction, reply or page that names it is
 * ambiguous. The first line keeps the msgid, since most references to it were made before the second one existed.
 */
function duplicateMsgid(
  { path, repairs, words }: LinePlace,
  number: number,
  firstUse: string,
  newId: (() => string) | null,
): Finding {
  const problem = words.sharedMsgid(number, firstUse);
  if (newId === null) return notRepairable(path, problem);
  return {
    path,
    problem,
    repair: {
      summary: words.newMsgid(number, firstUse),
      run: repairs.change(number, (line) => withMsgid(line, newId())),
    },
  };
}

function withMsgid(line: string, msgid: string): string {
  const raw = parseRawLine(line);
  return raw === null ? line : `${JSON.stringify({ ...raw, msgid })}\n`;
}

/** Finds text that was redacted or erased before the last snapshot: no start would remove it any more. */
function examineErasures(
  folder: string,
  days: readonly string[],
  id: ConversationId,
  isErased: (event: RoomEvent) => boolean,
  words: DoctorWords,
): Finding[] {
  return days.flatMap((day) => {
    const path = join(folder, `${day}.jsonl`);
    const hasErasedText = (line: string): boolean => {
      const stored = parseStoredEvent(line.trimEnd(), id);
      return stored.kind === "event" && !stored.isErased && isErased(stored.event);
    };
    // A file that can't be read was reported before.
    const count = readOr(path, [], () => linesOf(path)).filter(hasErasedText).length;
    if (count === 0) return [];
    return [
      {
        path,
        problem: words.deletedTexts(count),
        repair: {
          summary: words.removeTexts,
          run: () => rewriteLines(path, (line) => (hasErasedText(line) ? eraseText(line) : line)),
        },
      },
    ];
  });
}

/** Makes a finding whose repair moves the line to `mended/<conversation>.txt`. */
function removableLine(
  { path, repairs, words }: LinePlace,
  line: string,
  number: number,
  problem: string,
  summary = words.moveLine,
): Finding {
  return { path, problem, repair: { summary, run: repairs.remove(number, line) } };
}
