/** What `--append` prints of a conversation: its lines, and what becomes of them, in one plain line each. */
import type { ChatLine, ClientState } from "../chat-client/client-state.ts";
import { textOrFileName } from "../protocol/file-facts.ts";
import { plainRow, withoutSpoilers } from "../protocol/message-markup.ts";
import { sanitize, sanitizeLines } from "../terminal/sanitize.ts";
import { truncate } from "../terminal/width.ts";
import type { App } from "./app-context.ts";
import { messageMarks } from "./chat-screen/draw/item-sentences.ts";
import { systemSentence } from "./chat-screen/draw/system-line.ts";
import { authorName } from "./chat-screen/people/person-name.ts";
import { withFileBehind } from "./files/file-text.ts";

/** Lines that are remembered to tell what has changed in them; of older ones nothing is told. */
const LINES_REMEMBERED_MAX = 5000;
/** Cells of a message that another line is about. */
const QUOTE_CELLS_MAX = 40;
/** UTF-16 units of it that are looked at. */
const QUOTE_UNITS_MAX = 200;

/** Who the user is, and how the server compares names. */
type User = Pick<ClientState, "me" | "fold">;
type Sentences = Pick<App, "words" | "calendar">;

/** Returns a line as it is printed, with time and author. `repliedTo`: the message that it answers, if that is loaded. */
export function formatLine(
  { words, calendar }: Sentences,
  line: ChatLine,
  repliedTo: ChatLine | null,
): string {
  const time = calendar.clock(line.time);
  const system = systemSentence(line, words, calendar);
  if (system !== null) return `${time} * ${system.text}`;
  const text = line.redacted
    ? words.screen.deleted
    : withFileBehind(shownText(line, words), line.file, words);
  const marks = messageMarks(line, words)
    .map((mark) => ` ${mark}`)
    .join("");
  const author = authorName(line, words);
  const answer = line.replyTo === null ? "" : ` (${replyWords(repliedTo, words)})`;
  return line.kind === "action"
    ? `${time} * ${author} ${text}${answer}${marks}`
    : `${time} ${author}${answer}: ${text}${marks}`;
}

/** Remembers the lines of a server's conversations, and tells what has changed in one. */
export class LineChanges {
  readonly #lines = new Map<string, ChatLine>();

  /** Notes lines as they are now, those that aren't known yet. */
  note(lines: readonly ChatLine[]): void {
    for (const line of lines) if (!this.#lines.has(line.key)) this.#remember(line);
  }

  /** Returns a sentence for each thing that happened to a line since it was noted: an edit, a deletion, reactions. */
  changesOf(line: ChatLine, user: User, sentences: Sentences): string[] {
    const before = this.#lines.get(line.key);
    this.#remember(line);
    return before === undefined ? [] : changesBetween(before, line, user, sentences);
  }

  #remember(line: ChatLine): void {
    this.#lines.delete(line.key);
    this.#lines.set(line.key, line);
    if (this.#lines.size <= LINES_REMEMBERED_MAX) return;
    for (const oldest of this.#lines.keys()) {
      this.#lines.delete(oldest);
      break;
    }
  }
}

function changesBetween(
  before: ChatLine,
  line: ChatLine,
  { me, fold }: User,
  { words, calendar }: Sentences,
): string[] {
  const { appended } = words;
  if (line.folded !== null) return [];
  const author = authorName(line, words);
  const nameOf = (nick: string) => authorName({ nick, own: fold(nick) === fold(me.nick) }, words);
  if (line.redacted) {
    if (before.redacted) return [];
    const by = line.redactedBy === null ? null : nameOf(line.redactedBy);
    return [appended.deleted(author, calendar.clock(line.time), by)];
  }
  const sentences: string[] = [];
  if (line.edited && line.text !== before.text) {
    sentences.push(appended.edited(author, shownText(line, words)));
  }
  const message = shortOf(before, words);
  for (const [reaction, nicks] of line.reactions) {
    const earlier = before.reactions.get(reaction) ?? [];
    for (const nick of nicks.filter((reacting) => !earlier.includes(reacting))) {
      sentences.push(appended.reacted(nameOf(nick), sanitize(reaction), author, message));
    }
  }
  for (const [reaction, nicks] of before.reactions) {
    const now = line.reactions.get(reaction) ?? [];
    for (const nick of nicks.filter((reacting) => !now.includes(reacting))) {
      sentences.push(appended.unreacted(nameOf(nick), sanitize(reaction), author, message));
    }
  }
  return sentences;
}

function replyWords(repliedTo: ChatLine | null, words: App["words"]): string {
  const { appended } = words;
  if (repliedTo === null || repliedTo.folded !== null) return appended.answersEarlier;
  return appended.answers(authorName(repliedTo, words), shortOf(repliedTo, words));
}

/** Returns a message's text with its spoilers hidden: `/select` shows them. */
function shownText({ text }: ChatLine, { screen }: App["words"]): string {
  return sanitizeLines(withoutSpoilers(text, screen.spoiler)).join("\n");
}

/** Returns the beginning of a message on one row. */
function shortOf(line: ChatLine, { screen }: App["words"]): string {
  if (line.redacted) return screen.deleted;
  const text = textOrFileName(line);
  const isCut = text.length > QUOTE_UNITS_MAX;
  const row = sanitize(plainRow(text.slice(0, QUOTE_UNITS_MAX), screen.spoiler, isCut));
  return truncate(row, QUOTE_CELLS_MAX);
}
