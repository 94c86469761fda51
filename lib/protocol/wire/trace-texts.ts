import { FILE_TAG } from "../file-facts.ts";
import { formatMessage, type Message, parseMessage, type Tags } from "./message.ts";
import { type KnownVerb, type LineOrigin, MASK } from "./secret-params.ts";

/**
 * Which parameters of a line are what people wrote. A trace hides them unless its reader needs them: secret-params.ts
 * decides what no trace may show.
 */

/** Where the text of a verb begins: the index of its first parameter. `null`: it has none. */
type TextStart = number | null;

/** For each verb, or for each origin where they differ. A new verb needs a decision here, or it does not compile. */
const TEXT_STARTS = {
  // Connection and accounts.
  CAP: null,
  PASS: null,
  NICK: null,
  USER: 3,
  PING: null,
  PONG: null,
  QUIT: 0,
  ERROR: null,
  ISUPPORT: null,
  AUTHENTICATE: null,
  REGISTER: null,
  VERIFY: null,
  ACCOUNT: null,
  INVITATION: null,
  // Rooms.
  // From a server: extended-join, with the real name.
  JOIN: { client: null, server: 2 },
  PART: 1,
  TOPIC: 1,
  NAMES: null,
  LIST: null,
  INVITE: null,
  UNINVITE: null,
  KNOCK: 1,
  KICK: 2,
  MODE: null,
  RENAME: 2,
  AUDIT: null,
  REPORT: 2,
  REPORTS: null,
  // Messages and history.
  PRIVMSG: 1,
  NOTICE: 1,
  TAGMSG: null,
  BATCH: null,
  REDACT: 2,
  EDIT: 2,
  CHATHISTORY: null,
  HISTORY: null,
  MARKREAD: null,
  // The words that somebody looks for are in an attribute: SEARCH text=green\stea.
  SEARCH: 0,
  // Of FILE SEND; FILE LIST has its filter behind that.
  FILE: { client: 2, server: null },
  READ: null,
  UNREAD: null,
  // People.
  AWAY: 0,
  SETNAME: 0,
  CHGHOST: null,
  WHO: null,
  WHOIS: null,
  WHOWAS: null,
  ISON: null,
  USERHOST: null,
  MONITOR: null,
  METADATA: 3,
  SILENCE: null,
  PREFERENCE: 2,
  ACCEPT: null,
  // The server and its operators.
  MOTD: null,
  LUSERS: null,
  VERSION: null,
  TIME: null,
  INFO: null,
  LINKS: null,
  ADMIN: null,
  STATS: null,
  HELP: null,
  HELPOP: null,
  OPER: null,
  DEOPER: null,
  WALLOPS: 0,
  KILL: 1,
  REHASH: null,
  KLINE: 1,
  UNKLINE: null,
  DLINE: 1,
  UNDLINE: null,
  // Services: masked whole.
  NICKSERV: null,
  NS: null,
  CHANSERV: null,
  CS: null,
  // Answers. See STANDARD_TEXTS.
  ACK: null,
  FAIL: null,
  WARN: null,
  NOTE: null,
  // Away message, real names (WHOIS, WHOWAS), topics, and what KNOCK said.
  "301": 2,
  "311": 5,
  "314": 5,
  "322": 3,
  "332": 2,
  "710": 3,
  // Values of metadata.
  "760": 4,
  "761": 4,
  // Reasons of server bans, and of entries of a room's lists.
  "216": 5,
  "225": 5,
  "346": 6,
  "348": 6,
  "367": 6,
  // Never a text.
  "324": null,
  "421": null,
  "696": null,
} as const satisfies Readonly<Record<KnownVerb, TextStart | Record<LineOrigin, TextStart>>> &
  Readonly<Record<string, TextStart | Record<LineOrigin, TextStart>>>;

/** WHO: its last parameter is a number of hops, then a real name. */
const WHO_REPLY = "352";
/** WHOX: the real name is the last field, where it was asked for. */
const WHOX_REPLY = "354";
/** Notes whose last parameter is no sentence of the server: own data, reported messages, reasons of moderators. */
const STANDARD_TEXTS: ReadonlySet<string> = new Set([
  "ACCOUNT DATA",
  "REPORTS REPORT",
  "REPORTS TEXT",
  "AUDIT ENTRY",
]);
/** Client tags whose values a client chose from a few, or from msgids and names. */
const SHOWN_CLIENT_TAGS: ReadonlySet<string> = new Set([
  "+typing",
  "+reply",
  "+draft/reply",
  "+channel-context",
  "+draft/channel-context",
  "+draft/persist",
]);
/** How a session ended or was refused, and what somebody wrote about it. */
const END_WITH_TEXT =
  /^(Quit: |Killed \(\S+ \(|Your account is suspended(?: until \S+)?: |You are banned from this server: |That room is closed: )(.+)$/su;
/** Lines of the server that end in such a sentence. */
const SENTENCES_WITH_TEXT: ReadonlySet<string> = new Set(["ERROR", "FAIL", "404", "465", "474"]);
/** Subcommands of ACCOUNT with a reason or a label, and where it begins. */
const ACCOUNT_TEXTS: ReadonlyMap<string, number> = new Map([
  ["SUSPEND", 3],
  ["REMOVE", 2],
  ["CERT", 2],
]);

/**
 * Returns a line (without CR LF) with the length in place of each text that people wrote. A line without texts
 * comes back unchanged.
 *
 * @example
 * hideTexts("PRIVMSG #tea :green tea", "client") // "PRIVMSG #tea :<9 bytes>"
 */
export function hideTexts(line: string, origin: LineOrigin): string {
  const message = parseMessage(line);
  if (message === null) return line;
  const tags = hideTagValues(message.tags);
  const params = hideParams(message, origin);
  if (tags === message.tags && params === message.params) return line;
  return formatMessage(message.verb, params, message.source, tags);
}

/** Returns why a session ended, with the length in place of what its user or an operator wrote. */
export function hideEndText(reason: string): string {
  return reason.replace(END_WITH_TEXT, (_, start: string, text: string) => start + lengthOf(text));
}

/** Returns the same array where there is nothing to hide. */
function hideParams(message: Message, origin: LineOrigin): readonly string[] {
  const { verb, params, source } = message;
  // What the server itself says is no secret, and says what went wrong.
  if (verb === "NOTICE" && origin === "server" && !source?.includes("!")) return params;
  if (verb === WHO_REPLY) {
    const [hops = "", ...name] = (params.at(-1) ?? "").split(" ");
    return [...params.slice(0, -1), `${hops} ${lengthOf(name.join(" "))}`];
  }
  if (origin === "server" && SENTENCES_WITH_TEXT.has(verb)) {
    const sentence = params.at(-1) ?? "";
    const shown = hideEndText(sentence);
    return shown === sentence ? params : [...params.slice(0, -1), shown];
  }
  const start = textStart(verb, params, origin);
  if (start === null) return params;
  if (start >= params.length) return hideRest(params);
  const text = params.slice(start).join(" ");
  // An empty text means something else: a topic that is taken away, somebody who is back.
  return text === "" || text === MASK ? params : [...params.slice(0, start), lengthOf(text)];
}

/** Hides what follows the first word of the last parameter: `PRIVMSG :#tea green tea` has all in one. */
function hideRest(params: readonly string[]): readonly string[] {
  const last = params.at(-1) ?? "";
  const space = last.indexOf(" ");
  if (space === -1) return params;
  return [...params.slice(0, -1), last.slice(0, space), lengthOf(last.slice(space + 1))];
}

function textStart(verb: string, params: readonly string[], origin: LineOrigin): TextStart {
  if (verb === WHOX_REPLY) return params.length - 1;
  if (STANDARD_TEXTS.has(`${params[0]} ${params[1]}`)) return params.length - 1;
  if (verb === "ACCOUNT" && origin === "client") {
    const [subcommand = ""] = params;
    const start = ACCOUNT_TEXTS.get(subcommand.toUpperCase()) ?? null;
    return start !== null && start < params.length ? start : null;
  }
  if (!Object.hasOwn(TEXT_STARTS, verb)) return null;
  const row: TextStart | Record<LineOrigin, TextStart> = TEXT_STARTS[verb as KnownVerb];
  return typeof row === "object" && row !== null ? row[origin] : row;
}

/** Returns the same map where there is nothing to hide. */
function hideTagValues(tags: Tags): Tags {
  const hides = ([key, value]: readonly [string, string]): boolean =>
    (key.startsWith("+") || key === FILE_TAG) && value !== "" && !SHOWN_CLIENT_TAGS.has(key);
  if (![...tags].some(hides)) return tags;
  return new Map(
    [...tags].map((tag) => (hides(tag) ? ([tag[0], lengthOf(tag[1])] as const) : tag)),
  );
}

function lengthOf(text: string): string {
  return `<${Buffer.byteLength(text)} bytes>`;
}
