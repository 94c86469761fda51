import {
  FILE_SIGN,
  formatFileSize,
  type SharedFile,
  textOrFileName,
} from "../../protocol/file-facts.ts";
import { BRAILLE_BLANK, harmlessJson, replaceHarmful } from "../../protocol/harmful-characters.ts";
import { formatTime } from "../../protocol/time.ts";
import { EDITED, HTML_END, htmlHeading, htmlLine, htmlStart } from "./export-html.ts";

/** JSON lines for programs, text for reading and grep, Markdown for a wiki, one HTML page for a browser. */
export type ExportFormat = "jsonl" | "text" | "markdown" | "html";

/** One exported event, with what both the client and the server know of it. */
export interface ExportRecord {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly nick: string;
  readonly kind: ExportKind;
  /** The message, reason, topic or new name; "" when the kind says everything. */
  readonly text: string;
  readonly msgid?: string;
  readonly account?: string | null;
  /** The account's id, where the server tells it. */
  readonly accountId?: string | null;
  /** The room's name or the peer's nick, in an export of several conversations. */
  readonly where?: string;
  /** Whether the message was edited. */
  readonly edited?: boolean;
  /** The msgid that this replies or reacts to. */
  readonly replyTo?: string;
  /** The file that was sent with it, of which the text is the caption. */
  readonly file?: SharedFile;
  /** Where the file's picture lies, as a URL that begins at the export: a page shows it. */
  readonly picture?: string;
}

/** The kind of a record: a message ("said", "notice", "action"), or another event. */
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

/** Options of an export that don't depend on its records. */
export interface ExportOptions {
  /** Title of an HTML or Markdown page: the room's name. */
  readonly title?: string;
  /**
   * The time zone's offset from UTC at a moment, in minutes, for text, Markdown and HTML; UTC when left out. JSON is
   * always in UTC.
   */
  readonly minutesEast?: (ms: number) => number;
}

/** Writes the parts of one export file; made by {@link exportFormatter}. */
interface ExportFormatter {
  /** Comes before the first record; "" in formats that need nothing there. */
  readonly start: string;
  /** Formats the next record, with a heading if its day begins. Records must come in the order of the file. */
  readonly record: (record: ExportRecord) => string;
  /** Comes after the last record. */
  readonly end: string;
}

/** The context of a line, besides the record itself. */
interface LineContext {
  /** `yyyy-mm-dd`, local. */
  readonly day: string;
  /** `hh:mm`, local. */
  readonly clock: string;
  /** Start of the message that this replies to, on one line; `null` if this is no reply. */
  readonly quote: string | null;
}

interface Style {
  readonly line: (record: ExportRecord, context: LineContext) => string;
  readonly heading: (day: string, isFirst: boolean) => string;
}

const STYLES: Readonly<Record<Exclude<ExportFormat, "jsonl">, Style>> = {
  text: { line: textLine, heading: textHeading },
  markdown: { line: markdownLine, heading: markdownHeading },
  html: { line: pageLine, heading: htmlHeading },
};

/** How each event that is no message reads, between the nick and the text. */
const ACTIONS: Readonly<Record<Exclude<ExportKind, "said" | "notice">, string>> = {
  action: "",
  joined: "joined",
  left: "left",
  kicked: "removed",
  topic: "set the topic:",
  mode: "set the modes:",
  renamed: "renamed the room:",
  edited: "edited a message:",
  redacted: "deleted a message",
  reacted: "reacted:",
  unreacted: "removed the reaction:",
  created: "created the room",
  dropped: "closed the room",
};

/** Title of a page when the caller gave none. */
const UNTITLED = "Sodam";

/** Control codes of IRC colours (mIRC and hex), with the digits that follow them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
const COLOURS = /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\da-fA-F]{6}(?:,[\da-fA-F]{6})?)?/g;
const MARKUP = /[\\`*_[\]<>#|~&]/g;
/** Markdown that counts at the beginning of a line only: lists, numbered lists, underlined headings. */
const LINE_MARKUP = /^(\s*\d*)([-+=.)])/gm;

const QUOTE_LETTERS_MAX = 60;
/** About 150 bytes each, so an export of any length takes 3 MB at most; a few times that with the longest names. */
const QUOTES_MAX = 20_000;
/** A hostile server's msgids may have 8 KB. Such a message isn't quoted. */
const MSGID_LETTERS_MAX = 200;
const EARLIER = "an earlier message";
const QUOTABLE: readonly string[] = ["said", "notice", "action"];

/**
 * Formats records as the content of a file, one string per record, lazily. Nothing in a record can control a
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
  const formatter = exportFormatter(format, options);
  if (formatter.start !== "") yield formatter.start;
  for (const record of records) yield formatter.record(record);
  if (formatter.end !== "") yield formatter.end;
}

/** Makes the formatter of one file. It remembers the current day and quotable messages: don't use it twice. */
export function exportFormatter(format: ExportFormat, options: ExportOptions): ExportFormatter {
  return { ...frameOf(format, options), record: recordFormatter(format, options) };
}

/** Formats a value as one line of JSON without characters that a terminal obeys or hides: they are escapes. */
export function jsonText(value: object): string {
  return `${harmlessJson(value)}\n`;
}

function frameOf(
  format: ExportFormat,
  { title }: ExportOptions,
): { readonly start: string; readonly end: string } {
  if (format === "html") return { start: htmlStart(oneLine(title ?? UNTITLED)), end: HTML_END };
  if (format !== "markdown" || title === undefined) return { start: "", end: "" };
  return { start: `# ${escapeMarkdown(oneLine(title))}\n\n`, end: "" };
}

function recordFormatter(
  format: ExportFormat,
  options: ExportOptions,
): (record: ExportRecord) => string {
  if (format === "jsonl") return jsonLine;
  const { line, heading } = STYLES[format];
  let currentDay = "";
  const quotes = new ReplyQuotes();
  return (record) => {
    const minutesEast = options.minutesEast?.(record.time) ?? 0;
    const local = formatTime(record.time + minutesEast * 60_000);
    const [day, clock] = [local.slice(0, 10), local.slice(11, 16)];
    const quote = quotes.quoteFor(record);
    quotes.add(record);
    const before = day === currentDay ? "" : heading(day, currentDay === "");
    currentDay = day;
    return before + line(record, { day, clock, quote: quote === null ? null : oneLine(quote) });
  };
}

/** Remembers the beginnings of the latest messages, so that a reply can quote what it answers. */
class ReplyQuotes {
  readonly #quotes = new Map<string, string>();

  /** Returns the message that a record replies or reacts to, as "mina: green tea?"; `null` if it is no reply. */
  quoteFor({ replyTo }: ExportRecord): string | null {
    if (replyTo === undefined) return null;
    return this.#quotes.get(replyTo) ?? EARLIER;
  }

  add({ msgid, kind, nick, text: caption, file }: ExportRecord): void {
    if (msgid === undefined || msgid.length > MSGID_LETTERS_MAX) return;
    if (!QUOTABLE.includes(kind)) return;
    const text = textOrFileName({ text: caption, file });
    const [firstLine = "", ...moreLines] = text.split("\n");
    const letters = [...firstLine];
    const isCut = moreLines.length > 0 || letters.length > QUOTE_LETTERS_MAX;
    const start = letters.slice(0, QUOTE_LETTERS_MAX).join("");
    this.#quotes.set(msgid, `${nick}: ${start}${isCut ? " …" : ""}`);
    if (this.#quotes.size <= QUOTES_MAX) return;
    const [oldest] = this.#quotes.keys();
    if (oldest !== undefined) this.#quotes.delete(oldest);
  }
}

function jsonLine(record: ExportRecord): string {
  const { time, where, nick, kind, text, msgid, account, accountId, replyTo, edited, file } =
    record;
  const rest = { replyTo, ...(edited && { edited }), file };
  const names = { nick, account, accountId };
  return jsonText({ time: formatTime(time), where, msgid, kind, ...names, text, ...rest });
}

function textHeading(day: string, isFirst: boolean): string {
  return `${isFirst ? "" : "\n"}── ${day} ──\n`;
}

function textLine(record: ExportRecord, { day, clock, quote }: LineContext): string {
  const prefix = `[${day} ${clock}]${oneLine(` ${placeOf(record)}`).trimEnd()}`;
  const nick = oneLine(record.nick);
  // Continuation lines are indented, so that none can pass for another user's message.
  const words = stripControls(record.text).replaceAll("\n", "\n    ") + editedMark(record);
  const text = joinWords(words, fileWords(record));
  const end = quote === null ? "\n" : `\n    ↳ ${quote}\n`;
  if (record.kind === "said") return `${prefix} <${nick}> ${text}${end}`;
  if (record.kind === "notice") return `${prefix} -${nick}- ${text}${end}`;
  return `${prefix} * ${joinWords(nick, ACTIONS[record.kind], text)}${end}`;
}

function markdownHeading(day: string, isFirst: boolean): string {
  return `${isFirst ? "" : "\n"}## ${day}\n\n`;
}

function markdownLine(record: ExportRecord, { clock, quote }: LineContext): string {
  const nick = escapeMarkdown(oneLine(record.nick));
  const prefix = `${clock} ${escapeMarkdown(oneLine(placeOf(record)))}`;
  const escaped = escapeMarkdown(stripControls(record.text)).replaceAll("\n", "  \n  ");
  const text = joinWords(escaped + editedMark(record), escapeMarkdown(fileWords(record)));
  const end = quote === null ? "\n" : `  \n  ↳ ${escapeMarkdown(quote)}\n`;
  if (record.kind === "said") return `- ${prefix}**${nick}** ${text}${end}`;
  if (record.kind === "notice") return `- ${prefix}**${nick}** (notice) ${text}${end}`;
  if (record.kind === "action") return `- ${prefix}**${nick}** ${text}${end}`;
  return `- ${prefix}${joinWords(nick, ACTIONS[record.kind], text)}${end}`;
}

function pageLine(record: ExportRecord, { clock, quote }: LineContext): string {
  const nick = oneLine(`${placeOf(record)}${record.nick}`);
  return htmlLine(record, clock, nick, stripControls(record.text), {
    action: htmlAction(record.kind),
    quote,
    file: fileWords(record),
  });
}

function htmlAction(kind: ExportKind): string | null {
  if (kind === "said") return null;
  return kind === "notice" ? "(notice)" : ACTIONS[kind];
}

function editedMark({ edited }: ExportRecord): string {
  return edited === true ? EDITED : "";
}

/** Returns name and size of the file that was sent with a message, on one line; "" for none. */
function fileWords({ file }: ExportRecord): string {
  return file === undefined
    ? ""
    : `${FILE_SIGN} ${oneLine(file.name)} (${formatFileSize(file.size)})`;
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(MARKUP, "\\$&").replaceAll(LINE_MARKUP, "$1\\$2");
}

/** The conversation's name and a space; "" in an export of one conversation. */
function placeOf({ where }: ExportRecord): string {
  return where === undefined ? "" : `${where} `;
}

function joinWords(...words: readonly string[]): string {
  return words.filter((word) => word !== "").join(" ");
}

function oneLine(text: string): string {
  return stripControls(text).replaceAll("\n", " ");
}

/** Removes characters that a terminal or an editor would obey or hide instead of showing; keeps "\n". */
function stripControls(text: string): string {
  return replaceHarmful(text.toWellFormed().replaceAll(COLOURS, ""), removedSign);
}

/** A blank of a Braille drawing keeps its place. */
function removedSign(character: string): string {
  return character === BRAILLE_BLANK ? " " : "";
}
