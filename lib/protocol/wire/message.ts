import { formatTags, parseTags } from "./tags.ts";

const AT = 0x40;
const COLON = 0x3a;
const SPACE = 0x20;
const NO_TAGS: Tags = new Map();
const LINE_BREAKS = /[\r\n\0]/;
const ALL_LINE_BREAKS = /[\r\n\0]/g;

/**
 * Message tags: unescaped values by key (client tags with their `+`); "" for a tag without a value.
 */
export type Tags = ReadonlyMap<string, string>;

/** A parsed line. `verb` is in upper case; the last of `params` has lost its ":". */
export interface Message {
  readonly tags: Tags;
  readonly source: string | null;
  readonly verb: string;
  readonly params: readonly string[];
}

/**
 * Parses a line without CR LF. Returns `null` if it has no verb. Words may be separated by several
 * spaces. All messages without tags share one empty map.
 *
 * @example
 * parseMessage("@id=7 :mina!u@h privmsg #tea :hi there")
 * // { tags: {id → 7}, source: "mina!u@h", verb: "PRIVMSG", params: ["#tea", "hi there"] }
 *
 * https://modern.ircdocs.horse/#message-format
 */
export function parseMessage(line: string): Message | null {
  let tags: Tags = NO_TAGS;
  let source: string | null = null;
  let index = skipSpaces(line, 0);
  if (line.charCodeAt(index) === AT) {
    const end = wordEnd(line, index);
    if (end > index + 1) tags = parseTags(line.slice(index + 1, end));
    index = skipSpaces(line, end);
  }
  if (line.charCodeAt(index) === COLON) {
    const end = wordEnd(line, index);
    source = line.slice(index + 1, end);
    index = skipSpaces(line, end);
  }
  const verbEnd = wordEnd(line, index);
  if (verbEnd === index) return null;
  const verb = line.slice(index, verbEnd).toUpperCase();
  const params: string[] = [];
  index = skipSpaces(line, verbEnd);
  while (index < line.length) {
    if (line.charCodeAt(index) === COLON) {
      params.push(line.slice(index + 1));
      break;
    }
    const end = wordEnd(line, index);
    params.push(line.slice(index, end));
    index = skipSpaces(line, end);
  }
  return { tags, source, verb, params };
}

/**
 * Formats a line without CR LF. The last parameter gets a ":" if it is empty, has a space or begins
 * with ":".
 *
 * Always returns exactly one line with exactly these parameters: CR, LF and NUL become spaces, and
 * an earlier parameter that isn't valid in its place (such as a name that a user requested and that
 * doesn't exist) becomes `*`.
 */
export function formatMessage(
  verb: string,
  params: readonly string[],
  source?: string | null,
  tags?: Tags,
): string {
  let line = tags === undefined || tags.size === 0 ? "" : `@${formatTags(tags)} `;
  if (source !== undefined && source !== null && source !== "") line += `:${source} `;
  line += verb;
  const last = params.length - 1;
  for (let index = 0; index <= last; index += 1) {
    const param = params[index] as string;
    if (index < last) {
      line += isMiddleParam(param) ? ` ${param}` : " *";
    } else {
      const safe = LINE_BREAKS.test(param) ? param.replace(ALL_LINE_BREAKS, " ") : param;
      line += isMiddleParam(safe) ? ` ${safe}` : ` :${safe}`;
    }
  }
  return line;
}

/** Returns the nick of a source: `mina!u@h` → `mina`. A server's name is returned unchanged. */
export function nickOf(source: string): string {
  const bang = source.indexOf("!");
  if (bang !== -1) return source.slice(0, bang);
  const atSign = source.indexOf("@");
  return atSign === -1 ? source : source.slice(0, atSign);
}

function skipSpaces(line: string, start: number): number {
  let index = start;
  while (line.charCodeAt(index) === SPACE) index += 1;
  return index;
}

function wordEnd(line: string, start: number): number {
  const end = line.indexOf(" ", start);
  return end === -1 ? line.length : end;
}

function isMiddleParam(param: string): boolean {
  if (param === "" || param.charCodeAt(0) === COLON) return false;
  return !param.includes(" ") && !LINE_BREAKS.test(param);
}
