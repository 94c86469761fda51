import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import type { SearchRequest } from "../../chat-server/server-ports.ts";
import { type Folded, fold } from "../../protocol/names.ts";
import { matchesAllTerms } from "../../protocol/search-terms.ts";
import { formatTime } from "../../protocol/time.ts";
import { isMissing } from "../disk/fs-errors.ts";
import { DayFile, dayOfFile } from "../history/day-file.ts";
import { parseStoredEvent } from "../history/stored-event.ts";
import { type LinePattern, linePattern } from "./search-pattern.ts";

/**
 * Goes through the day files of a history for messages, and gives way after each piece. There is no index to
 * build, keep or mend: the sieve over the bytes is as quick as memory, and a million messages (240 MB) are
 * gone through in some 150 ms.
 *
 * Without `after` the newest are found first; with it, the oldest. Either way the answer is in order of time.
 * Each step gives a function that tells what has been found so far.
 * Throws what the disk throws.
 *
 * @param root the folder of all histories
 */
export function* searchHistory(
  root: string,
  request: SearchRequest,
): Generator<() => RoomEvent[], RoomEvent[], void> {
  const newestFirst = request.after === null;
  const scan: Scan = {
    request,
    newestFirst,
    pattern: linePattern(request.words, request.from),
    words: request.words.map(fold),
    room: Buffer.allocUnsafe(PIECE_BYTES),
  };
  const found: RoomEvent[] = [];
  const soFar = (): RoomEvent[] => {
    const sorted = found.sort((one, other) => one.time - other.time);
    return newestFirst ? sorted.slice(-request.limit) : sorted.slice(0, request.limit);
  };
  for (const [day, ids] of daysOf(root, request, newestFirst)) {
    for (const id of ids) {
      const file = DayFile.open(join(root, id, `${day}.jsonl`));
      if (file === null) continue;
      try {
        for (const events of matches(file, id, scan)) {
          if (events !== null) found.push(...events);
          yield soFar;
        }
      } finally {
        file.close();
      }
    }
    // What lies in other days is all older (or newer) than what this one has.
    if (found.length >= request.limit) break;
  }
  return soFar();
}

interface Scan {
  readonly request: SearchRequest;
  readonly newestFirst: boolean;
  readonly pattern: LinePattern;
  readonly words: readonly Folded[];
  /** Each piece in turn is read into it: a new megabyte each time costs as much as looking through it. */
  readonly room: Buffer;
}

/** Days in the order of looking, with the conversations that have them. */
function daysOf(
  root: string,
  request: SearchRequest,
  newestFirst: boolean,
): (readonly [string, ConversationId[]])[] {
  const first = request.after === null ? "" : formatTime(request.after).slice(0, 10);
  const last = request.before === null ? "~" : formatTime(request.before).slice(0, 10);
  const days = new Map<string, ConversationId[]>();
  for (const id of request.in) {
    for (const name of namesIn(join(root, id))) {
      const day = dayOfFile(name);
      if (day === null || day < first || day > last) continue;
      const ids = days.get(day);
      if (ids === undefined) days.set(day, [id]);
      else ids.push(id);
    }
  }
  const sorted = [...days].sort(([one], [other]) => (one < other ? -1 : 1));
  return newestFirst ? sorted.reverse() : sorted;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A day's messages that answer to the request, piece by piece in the order of looking; at most `limit`. */
function* matches(
  file: DayFile,
  id: ConversationId,
  scan: Scan,
): Generator<RoomEvent[] | null, void> {
  const { after, before, limit } = scan.request;
  const start =
    after === null ? 0 : file.find(({ timestamp: stamp }) => stamp >= formatTime(after));
  const end =
    before === null ? file.bytes : file.find(({ timestamp: stamp }) => stamp > formatTime(before));
  let count = 0;
  for (const piece of scan.newestFirst
    ? piecesBackward(file, start, end, scan.room)
    : piecesForward(file, start, end, scan.room)) {
    const events = matchesIn(piece, id, scan);
    const left = limit - count;
    if (events.length > left) {
      yield scan.newestFirst ? events.slice(-left) : events.slice(0, left);
      return;
    }
    count += events.length;
    yield events.length === 0 ? null : events;
    if (count === limit) return;
  }
}

/** Whole lines between two line starts, in large pieces; the first ones small, for words that everybody uses. */
function* piecesForward(
  file: DayFile,
  start: number,
  end: number,
  room: Buffer,
): Generator<Buffer, void> {
  let from = start;
  let count = FIRST_PIECE_BYTES;
  while (from < end) {
    const bytes = file.read(from, Math.min(count, end - from), room);
    const whole = bytes.lastIndexOf(NEWLINE) + 1;
    if (whole === 0 && from + bytes.length >= end) return;
    if (whole > 0) yield bytes.subarray(0, whole);
    from += whole;
    count = Math.max(Math.min(count * 4, PIECE_BYTES), whole === 0 ? count * 2 : 0);
  }
}

function* piecesBackward(
  file: DayFile,
  start: number,
  end: number,
  room: Buffer,
): Generator<Buffer, void> {
  let to = end;
  let count = FIRST_PIECE_BYTES;
  while (to > start) {
    const from = Math.max(start, to - count);
    const bytes = file.read(from, to - from, room);
    // All but the first of the pieces begin within a line, which belongs to the next.
    const cut = from === start ? 0 : bytes.indexOf(NEWLINE) + 1;
    const isPart = from > start && (cut === 0 || cut === bytes.length);
    if (!isPart) {
      yield bytes.subarray(cut, bytes.lastIndexOf(NEWLINE) + 1);
      to = from + cut;
    }
    count = Math.max(Math.min(count * 4, PIECE_BYTES), isPart ? count * 2 : 0);
  }
}

function matchesIn(piece: Buffer, id: ConversationId, scan: Scan): RoomEvent[] {
  const { pattern } = scan;
  if (pattern.literal !== null && !piece.includes(pattern.literal)) return [];
  const lines = piece.toString("latin1");
  const found: RoomEvent[] = [];
  const { first } = pattern;
  first.lastIndex = 0;
  // `test` makes no list of what it found: a word in every line's names costs a fifth less.
  while (first.test(lines)) {
    const hit = first.lastIndex;
    const end = lines.indexOf("\n", hit);
    if (pattern.inText) {
      const text = lines.indexOf(TEXT, hit);
      // In a name or a key, before the text: looked for again from the text on.
      if (text >= 0 && text < end) {
        first.lastIndex = text + TEXT.length;
        continue;
      }
    }
    const start = lines.lastIndexOf("\n", hit - 1) + 1;
    first.lastIndex = end;
    const line = lines.slice(start, end);
    if (!pattern.others.every((other) => other.test(line))) continue;
    const event = messageOf(piece.toString("utf8", start, end), id, scan);
    if (event !== null) found.push(event);
  }
  return found;
}

function messageOf(line: string, id: ConversationId, scan: Scan): RoomEvent | null {
  const stored = parseStoredEvent(line, id);
  if (stored.kind !== "event" || stored.isErased) return null;
  const { event } = stored;
  if (event.kind !== "said" || event.verb === "TAGMSG") return null;
  const { from, after, before } = scan.request;
  if (after !== null && event.time < after) return null;
  if (before !== null && event.time > before) return null;
  if (from !== null && fold(event.by.nick) !== from) {
    if (event.by.account === null || fold(event.by.account) !== from) return null;
  }
  return matchesAllTerms(event.text, scan.words) ? event : null;
}

const NEWLINE = 10;
const TEXT = '"text":"';
/** Some hundred messages: more than a page, when the word is a common one. */
const FIRST_PIECE_BYTES = 32 << 10;
/** Half a millisecond each; larger ones are no quicker. */
const PIECE_BYTES = 1 << 20;
