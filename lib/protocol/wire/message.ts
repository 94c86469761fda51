import { formatTags, parseTags } from "./tags.ts";

/** Unescaped values by key (client tags with their `+`); "" when a tag has no value. */
export type Tags = ReadonlyMap<string, string>;

/** One line of the protocol. `verb` is upper-case; `params` has the last one without its ':'. */
export interface Message {
  readonly tags: Tags;
  readonly source: string | null;
  readonly verb: string;
  readonly params: readonly string[];
}

/**
 * Reads a line that has no CR LF. Answers `null` when there is no verb. Any number of spaces may
 * part the words. Every message that has no tags shares one empty map.
 *
 *     parseMessage("@id=7 :mina!u@h privmsg #tea :hi there")
 *     // { tags: {id → 7}, source: "mina!u@h", verb: "PRIVMSG", params: ["#tea", "hi there"] }
 *
 * https://modern.ircdocs.horse/#message-format
 */
export function parseMessage(line: string): Message | null {
  let tags: Tags = NO_TAGS;
  let source: string | null = null;
  let at = skipSpaces(line, 0);
  if (line.charCodeAt(at) === AT) {
    const end = wordEnd(line, at);
    if (end > at + 1) tags = parseTags(line.slice(at + 1, end));
    at = skipSpaces(line, end);
  }
  if (line.charCodeAt(at) === COLON) {
    const end = wordEnd(line, at);
    source = line.slice(at + 1, end);
    at = skipSpaces(line, end);
  }
  const verbEnd = wordEnd(line, at);
  if (verbEnd === at) return null;
  const verb = line.slice(at, verbEnd).toUpperCase();
  const params: string[] = [];
  at = skipSpaces(line, verbEnd);
  while (at < line.length) {
    if (line.charCodeAt(at) === COLON) {
      params.push(line.slice(at + 1));
      break;
    }
    const end = wordEnd(line, at);
    params.push(line.slice(at, end));
    at = skipSpaces(line, end);
  }
  return { tags, source, verb, params };
}

/**
 * Writes a line without CR LF. The last parameter gets its ':' when it needs one (it is empty, has
 * a space or begins with ':').
 *
 * Whatever is handed in, exactly one line with exactly these parameters comes out: CR, LF and NUL
 * become spaces, and an earlier parameter that can't stand in its place (say, what somebody asked
 * for and is told does not exist) becomes `*`.
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
  for (let i = 0; i <= last; i += 1) {
    const param = params[i] as string;
    if (i < last) {
      line += standsAlone(param) ? ` ${param}` : " *";
    } else {
      const safe = BREAKS.test(param) ? param.replace(ALL_BREAKS, " ") : param;
      line += standsAlone(safe) ? ` ${safe}` : ` :${safe}`;
    }
  }
  return line;
}

/** The nick of a source: `mina!u@h` → `mina`. A server's name comes back whole. */
export function nickOf(source: string): string {
  const bang = source.indexOf("!");
  if (bang !== -1) return source.slice(0, bang);
  const at = source.indexOf("@");
  return at === -1 ? source : source.slice(0, at);
}

const AT = 0x40;
const COLON = 0x3a;
const SPACE = 0x20;
const NO_TAGS: Tags = new Map();
const BREAKS = /[\r\n\0]/;
const ALL_BREAKS = /[\r\n\0]/g;

function skipSpaces(line: string, from: number): number {
  let at = from;
  while (line.charCodeAt(at) === SPACE) at += 1;
  return at;
}

function wordEnd(line: string, from: number): number {
  const end = line.indexOf(" ", from);
  return end === -1 ? line.length : end;
}

function standsAlone(param: string): boolean {
  if (param === "" || param.charCodeAt(0) === COLON) return false;
  return !param.includes(" ") && !BREAKS.test(param);
}
