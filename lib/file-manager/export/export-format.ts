import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { link, open, rename, rm } from "node:fs/promises";
import { formatTime } from "../../protocol/time.ts";
import { cutUtf8 } from "../../protocol/utf8.ts";
import { alreadyExists, type FsErrorKind, fsErrorKind, fsErrorText } from "../disk/fs-errors.ts";
import { removeOnExit } from "../disk/remove-on-exit.ts";
import { PRIVATE_FILE, temporaryOf } from "../disk/replace-file.ts";
import { EDITED, HTML_END, htmlHeading, htmlLine, htmlStart } from "./export-html.ts";
import { ReplyQuotes } from "./reply-quotes.ts";

/** JSON lines for programs, text for reading and grep, Markdown for a wiki, one HTML page for a browser. */
export type ExportFormat = "jsonl" | "text" | "markdown" | "html";

/** One thing that happened, as client and server know it alike. */
export interface ExportRecord {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly nick: string;
  readonly kind: ExportKind;
  /** What was said, the reason, the topic, the new name; "" when there is nothing to add. */
  readonly text: string;
  readonly msgid?: string;
  readonly account?: string | null;
  /** In which room, or with whom, where the records are of several. */
  readonly where?: string;
  /** Whether what was said first read otherwise. */
  readonly edited?: boolean;
  /** The msgid of what this answers, or reacts to. */
  readonly replyTo?: string;
}

export type ExportKind =
  | "said"
  | "notice"
  | "action"
  | "joined"
  | "left"
  | "kicked"
  | "topic"
  | "mode"
  | "renamed"
  | "edited"
  | "redacted"
  | "reacted"
  | "unreacted"
  | "created"
  | "dropped";

export interface ExportOptions {
  /** What a page of HTML or Markdown is called: the room's name. */
  readonly title?: string;
  /** Minutes east of UTC at a moment, for text and Markdown; UTC when left out. JSON is always in UTC. */
  readonly minutesEast?: (ms: number) => number;
}

/**
 * Records as the lines of a file, one piece a record, made as they are taken. Nothing in it can steer a
 * terminal, forge a line or become markup.
 *
 * @example [...formatExport("text", records)].join("")
 * // ── 2026-11-22 ──
 * // [2026-11-22 10:02] <민수> 안녕하세요
 */
export function* formatExport(
  format: ExportFormat,
  records: Iterable<ExportRecord>,
  options: ExportOptions = {},
): Generator<string, void> {
  const write = writerOf(format, options);
  const { start, end } = frameOf(format, options);
  if (start !== "") yield start;
  for (const record of records) yield write(record);
  if (end !== "") yield end;
}

/** A file that wasn't written: the whole sentence in English, and what a client makes its own of. */
export interface NotWritten {
  readonly refused: string;
  readonly trouble: FsErrorKind | "taken";
}

/**
 * Writes records to a new file, as they come. The file appears when it is complete; what is there already is
 * left alone unless `force` is set. `refused` says what to do, with the path. Rejects only with what `records`
 * threw.
 *
 * @example await exportToFile("tea.md", "markdown", records, { force: false });
 */
export async function exportToFile(
  path: string,
  format: ExportFormat,
  records: Iterable<ExportRecord> | AsyncIterable<ExportRecord>,
  options: ExportOptions & { readonly force: boolean },
): Promise<{ readonly records: number } | NotWritten> {
  const pieces = new Pieces(writerOf(format, options), frameOf(format, options), records);
  return putFile(path, pieces, options.force);
}

/**
 * A file's name for what a room, a search or both are called.
 *
 * @example exportName("#tea green leaves", "markdown") // "tea-green-leaves.md"
 */
export function exportName(title: string, format: ExportFormat): string {
  const words = title.normalize("NFC").replaceAll(/[^\p{L}\p{M}\p{N}_-]+/gu, "-");
  const name = cutUtf8(words, NAME_BYTES_MAX).replaceAll(/^-+|-+$/g, "");
  return `${name === "" ? "room" : name}.${ENDINGS[format]}`;
}

/** The same for lines that are made already, each with its "\n". */
export function linesToFile(
  path: string,
  lines: AsyncIterable<string>,
  force: boolean,
): Promise<{ readonly records: number } | NotWritten> {
  const frame = { start: "", end: "" };
  return putFile(path, new Pieces((line: string) => line, frame, lines), force);
}

async function putFile<Record>(
  path: string,
  pieces: Pieces<Record>,
  force: boolean,
): Promise<{ readonly records: number } | NotWritten> {
  if (!force && existsSync(path)) return isTaken(path);
  // Of its own: two that write to one path at a time must not finish each other's file. So no later export writes
  // over what an interruption leaves, and this one has to take it along.
  const temporary = temporaryOf(`${path}.${randomBytes(4).toString("hex")}`);
  const finished = removeOnExit(temporary);
  try {
    const file = await open(temporary, "wx", PRIVATE_FILE);
    try {
      for await (const piece of pieces) await file.appendFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await (force ? rename(temporary, path) : putNew(temporary, path));
    return { records: pieces.records };
  } catch (error) {
    await rm(temporary, { force: true });
    if (pieces.failure === error) throw error;
    if (alreadyExists(error)) return isTaken(path);
    return {
      refused: `${path} cannot be written: ${fsErrorText(error)}. Choose another place, or put that right.`,
      trouble: fsErrorKind(error),
    };
  } finally {
    finished();
  }
}

/** Takes out what a terminal or an editor would obey instead of showing; a line's end stays. */
function stripControls(text: string): string {
  return text.replaceAll(COLOURS, "").replaceAll(CONTROLS, "");
}

/** Gathers lines into pieces worth a write, and knows whose failure a failure was. */
class Pieces<Record> {
  records = 0;
  failure: unknown = undefined;
  readonly #write: (record: Record) => string;
  readonly #frame: Frame;
  readonly #source: Iterable<Record> | AsyncIterable<Record>;

  constructor(
    write: (record: Record) => string,
    frame: Frame,
    source: Iterable<Record> | AsyncIterable<Record>,
  ) {
    this.#write = write;
    this.#frame = frame;
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    let piece = this.#frame.start;
    try {
      for await (const record of this.#source) {
        piece += this.#write(record);
        this.records += 1;
        if (piece.length < PIECE_LETTERS) continue;
        yield piece;
        piece = "";
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
    yield piece + this.#frame.end;
  }
}

function writerOf(format: ExportFormat, options: ExportOptions): (record: ExportRecord) => string {
  if (format === "jsonl") return jsonLine;
  const { line, heading } = STYLES[format];
  let day = "";
  const answered = new ReplyQuotes();
  return (record) => {
    const east = options.minutesEast?.(record.time) ?? 0;
    const local = formatTime(record.time + east * 60_000);
    const stamp = { day: local.slice(0, 10), clock: local.slice(11, 16) };
    const answers = answered.of(record);
    answered.note(record);
    const isNewDay = stamp.day !== day;
    const before = isNewDay ? heading(stamp.day, day === "") : "";
    day = stamp.day;
    return before + line(record, { ...stamp, answers: answers === null ? null : oneLine(answers) });
  };
}

function pageLine(record: ExportRecord, { clock, answers }: Beside): string {
  const deed =
    record.kind === "said" ? null : record.kind === "notice" ? "(notice)" : DEEDS[record.kind];
  return htmlLine(
    record,
    clock,
    oneLine(`${placeOf(record)}${record.nick}`),
    stripControls(record.text),
    { deed, answers },
  );
}

/** What stands beside a record's own words. */
interface Beside {
  readonly day: string;
  readonly clock: string;
  /** What it answers, in one line; `null` when it stands for itself. */
  readonly answers: string | null;
}

function jsonLine(record: ExportRecord): string {
  const { time, where, nick, kind, text, msgid, account, replyTo, edited } = record;
  const beside = { replyTo, ...(edited && { edited }) };
  return jsonText({ time: formatTime(time), where, msgid, kind, nick, account, text, ...beside });
}

/** A value as a line of JSON which no terminal obeys: JSON by itself escapes only the older half of those. */
export function jsonText(value: object): string {
  const asCode = (letter: string): string =>
    `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(value).replaceAll(CONTROLS, asCode)}\n`;
}

/** What comes before the first record and behind the last. */
interface Frame {
  readonly start: string;
  readonly end: string;
}

function frameOf(format: ExportFormat, { title }: ExportOptions): Frame {
  if (format === "html") return { start: htmlStart(oneLine(title ?? UNTITLED)), end: HTML_END };
  if (format !== "markdown" || title === undefined) return { start: "", end: "" };
  return { start: `# ${escapeMarkdown(oneLine(title))}\n\n`, end: "" };
}

function textHeading(day: string, isFirst: boolean): string {
  return `${isFirst ? "" : "\n"}── ${day} ──\n`;
}

function textLine(record: ExportRecord, { day, clock, answers }: Beside): string {
  const at = `[${day} ${clock}]${oneLine(` ${placeOf(record)}`).trimEnd()}`;
  const nick = oneLine(record.nick);
  // Lines after the first are moved in: none of them can pass for somebody else's.
  const text = stripControls(record.text).replaceAll("\n", "\n    ") + editedMark(record);
  const end = answers === null ? "\n" : `\n    ↳ ${answers}\n`;
  if (record.kind === "said") return `${at} <${nick}> ${text}${end}`;
  if (record.kind === "notice") return `${at} -${nick}- ${text}${end}`;
  return `${at} * ${[nick, DEEDS[record.kind], text].filter((part) => part !== "").join(" ")}${end}`;
}

function markdownHeading(day: string, isFirst: boolean): string {
  return `${isFirst ? "" : "\n"}## ${day}\n\n`;
}

function markdownLine(record: ExportRecord, { clock, answers }: Beside): string {
  const nick = escapeMarkdown(oneLine(record.nick));
  const at = `${clock} ${escapeMarkdown(oneLine(placeOf(record)))}`;
  const written = escapeMarkdown(stripControls(record.text)).replaceAll("\n", "  \n  ");
  const text = written + editedMark(record);
  const end = answers === null ? "\n" : `  \n  ↳ ${escapeMarkdown(answers)}\n`;
  if (record.kind === "said") return `- ${at}**${nick}** ${text}${end}`;
  if (record.kind === "notice") return `- ${at}**${nick}** (notice) ${text}${end}`;
  const deed = [nick, DEEDS[record.kind], text].filter((part) => part !== "").join(" ");
  return `- ${at}${record.kind === "action" ? `**${nick}** ${text}` : deed}${end}`;
}

function editedMark({ edited }: ExportRecord): string {
  return edited === true ? EDITED : "";
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(MARKUP, "\\$&").replaceAll(LINE_MARKUP, "$1\\$2");
}

/** With a space behind it; "" where all is of one place. */
function placeOf({ where }: ExportRecord): string {
  return where === undefined ? "" : `${where} `;
}

function oneLine(text: string): string {
  return stripControls(text).replaceAll("\n", " ");
}

/** Puts a file where nothing is. A hard link refuses by itself if something came there meanwhile. */
async function putNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    // Some file systems (of memory cards) have no links: look, then rename.
    if (alreadyExists(error) || existsSync(path)) throw error;
    await rename(temporary, path);
    return;
  }
  await rm(temporary, { force: true });
}

function isTaken(path: string): NotWritten {
  return { refused: `${path} is there already. Choose another name.`, trouble: "taken" };
}

/** What people did besides talking, in the file's own plain words. */
const DEEDS: Readonly<Record<Exclude<ExportKind, "said" | "notice">, string>> = {
  action: "",
  joined: "joined",
  left: "left",
  kicked: "removed",
  topic: "set the topic:",
  mode: "set the modes:",
  renamed: "renamed the room:",
  edited: "edited a message:",
  redacted: "took a message back",
  reacted: "reacted:",
  unreacted: "took back the reaction:",
  created: "opened the room",
  dropped: "closed the room",
};

interface Style {
  readonly line: (record: ExportRecord, beside: Beside) => string;
  readonly heading: (day: string, isFirst: boolean) => string;
}

const STYLES: Readonly<Record<Exclude<ExportFormat, "jsonl">, Style>> = {
  text: { line: textLine, heading: textHeading },
  markdown: { line: markdownLine, heading: markdownHeading },
  html: { line: pageLine, heading: htmlHeading },
};

/** What a page is called whose room nobody named. */
const UNTITLED = "Sodam";
const ENDINGS = { text: "txt", markdown: "md", jsonl: "jsonl", html: "html" } as const;
/** File systems take 255 bytes, of which the ending and a temporary name want some. */
const NAME_BYTES_MAX = 150;
const PIECE_LETTERS = 64 << 10;
/** IRC's colours carry digits behind the control character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const COLOURS = /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\da-fA-F]{6}(?:,[\da-fA-F]{6})?)?/g;
/** C0 without "\n", DEL, C1, line separators, and what turns the direction of writing. */
const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const MARKUP = /[\\`*_[\]<>#|~&]/g;
/** What is markup only where a line begins: lists, headings by underlining, numbered lists. */
const LINE_MARKUP = /^(\s*\d*)([-+=.)])/gm;
