import { isUtf8 } from "node:buffer";
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import { PRIVATE_FILE, replaceFileSync } from "../disk/replace-file.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { dayOf, dayOfFile } from "../history/day-file.ts";
import { type ErasureRewrite, isAuthoredBy } from "../history/pending-rewrites.ts";
import { eraseText, parseRawLine, parseStoredEvent } from "../history/stored-event.ts";
import { type Finding, linesOf, notRepairable, readOr, repairedFolder } from "./doctor-finding.ts";

/**
 * The rules of the histories: whole lines, positions without gaps, times that only grow, days that fit, and
 * identifiers that name one line each.
 *
 * @param newId an identifier never given out before; `null` when nothing will be mended
 */
export function examineHistory(
  data: string,
  known: ReadonlyMap<string, number>,
  newId: (() => string) | null,
): Finding[] {
  const root = join(data, "history");
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const id of readOr(root, findings, () => conversationIdsIn(root))) {
    seen.add(id);
    findings.push(...examineConversation(data, join(root, id), id, known.get(id) ?? 0, newId));
  }
  for (const [id, at] of known) {
    if (seen.has(id) || at === 0) continue;
    findings.push(
      notRepairable(join(root, id), `the folder is missing, and there were ${at} events in it`),
    );
  }
  const gone = join(data, "gone");
  for (const id of readOr(gone, findings, () => conversationIdsIn(gone))) {
    findings.push(...examineConversation(data, join(gone, id), id, null, newId));
  }
  return findings;
}

/** @param known its position in rooms.json; `null`: it was set aside, and all that it was owed carried out */
function examineConversation(
  data: string,
  folder: string,
  id: ConversationId,
  known: number | null,
  newId: (() => string) | null,
): Finding[] {
  const findings: Finding[] = [];
  const days = readOr(folder, findings, () => readdirSync(folder))
    .map(dayOfFile)
    .filter((day) => day !== null)
    .sort();
  const redacted = new Set<string>();
  const forgettings: ErasureRewrite[] = [];
  /** Where each identifier was first: day and line. */
  const places = new Map<string, string>();
  let [at, time] = [0, Number.NEGATIVE_INFINITY];
  for (const day of days) {
    const path = join(folder, `${day}.jsonl`);
    const isNewest = day === days.at(-1);
    const lines = readOr(path, findings, () => linesOf(path));
    // What is no UTF-8 is read as this letter, which somebody may have written as well.
    const bytes = lines.some((line) => line.includes("\ufffd")) ? linesOf(path, "latin1") : [];
    for (const [index, line] of lines.entries()) {
      const number = index + 1;
      if (!line.endsWith("\n") && parseRawLine(line) === null) {
        const bytes = Buffer.byteLength(line);
        const problem = `it ends in half a line of ${bytes} bytes`;
        const mending = isNewest
          ? "the half line is cut off, as the next start would do"
          : undefined;
        findings.push(takeOut(data, id, path, line, number, problem, mending));
        continue;
      }
      const stored = parseStoredEvent(line.trimEnd(), id);
      if (stored.kind === "damaged") {
        findings.push(takeOut(data, id, path, line, number, `line ${number} is damaged`));
        continue;
      }
      const next = stored.kind === "event" ? stored.event.position : stored.position;
      if (next <= at) {
        const problem = `line ${number} has position ${next}, and ${at} came before it`;
        findings.push(takeOut(data, id, path, line, number, problem));
        continue;
      }
      if (at > 0 && next > at + 1) {
        const gone = next === at + 2 ? `${at + 1} is` : `${at + 1} to ${next - 1} are`;
        findings.push(notRepairable(path, `before line ${number} position ${gone} missing`));
      }
      at = next;
      if (!isUtf8(Buffer.from(bytes[index] ?? "", "latin1"))) {
        findings.push(notRepairable(path, `line ${number} has bytes that are no text (UTF-8)`));
      }
      if (stored.kind !== "event") continue;
      const { event } = stored;
      if (event.time <= time) {
        findings.push(notRepairable(path, `line ${number} is no later than the one before it`));
      }
      if (dayOf(event.time) !== day) {
        findings.push(notRepairable(path, `line ${number} belongs to ${dayOf(event.time)}`));
      }
      time = event.time;
      const place = places.get(event.msgid);
      if (place === undefined) places.set(event.msgid, `line ${number} of ${day}`);
      else findings.push(sameMsgid(path, line, number, place, newId));
      if (known !== null && event.position > known) continue;
      if (event.kind === "redacted") redacted.add(event.target);
      else if (event.kind === "forgotten") forgettings.push(event);
    }
  }
  if (known !== null && at < known)
    findings.push(notRepairable(folder, `it ends at position ${at}, and there were ${known}`));
  if (redacted.size > 0 || forgettings.length > 0) {
    const isTakenBack = (event: RoomEvent): boolean =>
      (event.kind === "said" && redacted.has(event.msgid)) ||
      forgettings.some((forgetting) => isAuthoredBy(event, forgetting));
    findings.push(...examineTakenBack(folder, days, id, isTakenBack));
  }
  return findings;
}

/**
 * Two lines of one identifier, as copying lines by hand makes them: whoever takes one back, answers it or
 * pages from it may mean the other. The first keeps it, for what names it was mostly said before the second.
 */
function sameMsgid(
  path: string,
  line: string,
  number: number,
  place: string,
  newId: (() => string) | null,
): Finding {
  const problem = `line ${number} has the msgid of ${place}, and a msgid names one line alone`;
  if (newId === null) return notRepairable(path, problem);
  return {
    path,
    problem,
    mending: `line ${number} gets a msgid of its own; what names the old one is about ${place}`,
    mend: () => rewrite(path, (each) => (each === line ? withMsgid(each, newId()) : each)),
  };
}

function withMsgid(line: string, msgid: string): string {
  const raw = parseRawLine(line);
  return raw === null ? line : `${JSON.stringify({ ...raw, msgid })}\n`;
}

/** What was taken back before the last snapshot must be out of the files: no start looks for it again. */
function examineTakenBack(
  folder: string,
  days: readonly string[],
  id: ConversationId,
  isTakenBack: (event: RoomEvent) => boolean,
): Finding[] {
  return days.flatMap((day) => {
    const path = join(folder, `${day}.jsonl`);
    const isOwed = (line: string): boolean => {
      const stored = parseStoredEvent(line.trimEnd(), id);
      return stored.kind === "event" && !stored.isErased && isTakenBack(stored.event);
    };
    // What can't be read was told before.
    const count = readOr(path, [], () => linesOf(path)).filter(isOwed).length;
    if (count === 0) return [];
    return [
      {
        path,
        problem: `${count} of its messages were taken back, and their text is still there`,
        mending: "their text is taken out",
        mend: () => rewrite(path, (line) => (isOwed(line) ? eraseText(line) : line)),
      },
    ];
  });
}

/** Puts a day in place anew, each line as `change` gives it; "" takes it out. All others keep their bytes. */
export function rewrite(path: string, change: (line: string) => string): void {
  const lines = linesOf(path, "latin1").map((bytes) => {
    const line = Buffer.from(bytes, "latin1").toString("utf8");
    const changed = change(line);
    return changed === line ? bytes : Buffer.from(changed).toString("latin1");
  });
  replaceFileSync(path, Buffer.from(lines.join(""), "latin1"));
}

function takeOut(
  data: string,
  id: ConversationId,
  path: string,
  line: string,
  number: number,
  problem: string,
  mending = "the line is moved to the folder mended",
): Finding {
  return {
    path,
    problem,
    mending,
    mend() {
      const kept = join(repairedFolder(data), `${id}.txt`);
      appendFileSync(kept, `${path}, line ${number}: ${line.trimEnd()}\n`, { mode: PRIVATE_FILE });
      let isDone = false;
      rewrite(path, (each) => {
        if (isDone || each !== line) return each;
        isDone = true;
        return "";
      });
    },
  };
}
