import { formatTime } from "../../protocol/time.ts";
import { cutUtf8, utf8Bytes } from "../../protocol/utf8.ts";
import { capMask } from "../../protocol/wire/caps.ts";
import { formatMessage } from "../../protocol/wire/message.ts";
import { escapeTagValue } from "../../protocol/wire/tags.ts";
import { LINE_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { ClientTags, ModeChange, RoomEvent, RoomEventOf, UserIdentity } from "../event.ts";
import { perLineTags } from "../history/stored-tags.ts";
import { sourceOf } from "../users/user.ts";
import { splitMessage } from "./split-message.ts";

/** One line as it is written to a session, but for the label and the batch that a reply may add. */
export interface EncodedLine {
  /** "a=b;c", or "". */
  readonly tags: string;
  readonly body: string;
  /** The batch it belongs to. */
  readonly batch?: string;
  /** The batch that it begins or ends. */
  readonly opens?: string;
  readonly closes?: string;
}

const SERVER_TIME = capMask("server-time");
const MESSAGE_TAGS = capMask("message-tags");
const ACCOUNT_TAG = capMask("account-tag");
const OPER_TAG = capMask("draft/oper-tag");
const TAGS = SERVER_TIME | MESSAGE_TAGS | ACCOUNT_TAG | OPER_TAG;
const EXTENDED_JOIN = capMask("extended-join");
const MULTILINE = capMask("draft/multiline", "batch");
const REDACTION = capMask("draft/message-redaction");
const EDIT = capMask("sodam.chat/edit");
const RENAME = capMask("draft/channel-rename");

/** The capabilities that change how an event of this kind is written: its dialects. */
export function dialectMask(kind: RoomEvent["kind"]): number {
  switch (kind) {
    case "said":
      return TAGS | MULTILINE;
    case "joined":
      return TAGS | EXTENDED_JOIN;
    case "redacted":
      return TAGS | REDACTION;
    case "edited":
      return TAGS | EDIT;
    case "renamed":
      return TAGS | RENAME;
    case "created":
    case "left":
    case "kicked":
    case "topic":
    case "mode":
    case "set":
    case "forgotten":
    case "dropped":
      return TAGS;
  }
}

/**
 * An event as lines, for everybody of one dialect. `target` is the room's name, or in direct messages the
 * nick of the one who is written to. Several events are told in another way (a quit, a creation) or not at
 * all to this dialect: no lines.
 */
export function encodeEvent(event: RoomEvent, target: string, dialect: number): EncodedLine[] {
  const source = sourceOf(event.by);
  switch (event.kind) {
    case "said":
      return encodeSaid(event, source, target, dialect);
    case "joined":
      return one(event, dialect, joinBody(event.by, target, (dialect & EXTENDED_JOIN) !== 0));
    case "left":
      if (event.how === "quit") return [];
      return one(event, dialect, line(source, "PART", target, ...optional(event.reason)));
    case "kicked":
      return one(
        event,
        dialect,
        line(source, "KICK", target, event.whom.nick, event.reason || event.by.nick),
      );
    case "topic":
      return one(event, dialect, `:${source} TOPIC ${target} :${event.text}`);
    case "mode":
      return one(event, dialect, line(source, "MODE", target, ...formatChanges(event.changes)));
    case "renamed":
      if ((dialect & RENAME) === 0) return [];
      return one(event, dialect, line(source, "RENAME", target, event.name, event.reason));
    case "edited":
      return encodeEdited(event, source, target, dialect);
    case "redacted":
      if ((dialect & REDACTION) === 0) return [];
      return one(
        event,
        dialect,
        line(source, "REDACT", target, event.target, ...optional(event.reason)),
      );
    // Told one by one, as far as there are clients that show them: see erase-messages.ts.
    case "forgotten":
    case "created":
    case "set":
    case "dropped":
      return [];
  }
}

/**
 * An event in a page of history: as when it happened, but that a quit was told in another way then, and that
 * a page has the room's present name all through.
 */
export function encodeReplayed(event: RoomEvent, target: string, dialect: number): EncodedLine[] {
  if (event.kind === "renamed") return [];
  if (event.kind !== "left" || event.how !== "quit") return encodeEvent(event, target, dialect);
  return one(event, dialect, `:${sourceOf(event.by)} QUIT :${event.reason}`);
}

/**
 * What was said earlier, for a dialect that shows no times by itself: the text begins with the time, and
 * with the day when that isn't today.
 */
export function withTime(event: RoomEvent, dialect: number, now: number): RoomEvent {
  if (event.kind !== "said" || (dialect & SERVER_TIME) !== 0) return event;
  const [day = "", time = ""] = formatTime(event.time).split("T");
  const isToday = formatTime(now).startsWith(day);
  const stamp = isToday ? time.slice(0, 5) : `${day.slice(5)} ${time.slice(0, 5)}`;
  const before = `[${stamp}] `;
  const { joins, ...said } = event;
  const moved = joins === undefined ? {} : { joins: joins.map((at) => at + before.length) };
  // What somebody did is known by how its text begins.
  const head = event.text.startsWith(ACTION) ? ACTION : "";
  return { ...said, ...moved, text: head + before + event.text.slice(head.length) };
}

const ACTION = "\u0001ACTION ";

/** JOIN, with account and real name for those who asked for them. */
export function joinBody(who: UserIdentity, room: string, extended: boolean): string {
  const join = `:${sourceOf(who)} JOIN ${room}`;
  return extended ? `${join} ${who.account ?? "*"} :${who.realname}` : join;
}

function encodeSaid(
  event: RoomEventOf<"said">,
  source: string,
  target: string,
  dialect: number,
): EncodedLine[] {
  if (event.verb === "TAGMSG") {
    if ((dialect & MESSAGE_TAGS) === 0) return [];
    return one(event, dialect, `:${source} TAGMSG ${target}`, event.tags);
  }
  const tags = saidTags(event, dialect);
  const start = `:${source} ${event.verb} ${target} :`;
  // Of an edited text nobody parted the lines.
  const joins = event.editedAt === undefined ? event.joins : undefined;
  if (joins === undefined && isOneLine(start, event.text))
    return [{ tags, body: start + event.text }];
  const lines = splitMessage(event.text, LINE_BYTES_MAX - 2 - utf8Bytes(start), joins);
  if ((dialect & MULTILINE) !== MULTILINE) {
    // The id stands for the whole message, so only the first line carries it; a blank line says nothing.
    const [first, ...rest] = lines.filter(({ text }) => text !== "");
    const more = tagsOf({ ...event, msgid: "" }, dialect, perLineTags(event.tags));
    return [
      { tags, body: start + (first?.text ?? "") },
      ...rest.map(({ text }) => ({ tags: more, body: start + text })),
    ];
  }
  const batch = event.msgid;
  return [
    { tags, body: `:${source} BATCH +${batch} draft/multiline ${target}`, opens: batch },
    ...lines.map(({ text, concat }) => ({
      tags: concat ? "draft/multiline-concat" : "",
      body: start + text,
      batch,
    })),
    { tags: "", body: `:${source} BATCH -${batch}`, closes: batch },
  ];
}

/** A request to a client's program stays one line, whatever becomes of its end. */
function isOneLine(start: string, text: string): boolean {
  if (text.includes("\n")) return false;
  // No letter takes more than three bytes for each of its units: most lines need no counting.
  const bytesMax = LINE_BYTES_MAX - 2;
  if ((start.length + text.length) * 3 <= bytesMax || text.startsWith("\x01")) return true;
  return utf8Bytes(start) + utf8Bytes(text) <= bytesMax;
}

/** The client's tags as well, and when the text was last edited. */
function saidTags(event: RoomEventOf<"said">, dialect: number): string {
  const tags = tagsOf(event, dialect, event.tags);
  if (event.editedAt === undefined || (dialect & MESSAGE_TAGS) === 0) return tags;
  return `${tags && `${tags};`}sodam.chat/edited=${formatTime(event.editedAt)}`;
}

/** A client that knows no edits is told the new text in words. */
function encodeEdited(
  event: RoomEventOf<"edited">,
  source: string,
  target: string,
  dialect: number,
): EncodedLine[] {
  if ((dialect & EDIT) !== 0) {
    return one(event, dialect, `:${source} EDIT ${target} ${event.target} :${event.text}`);
  }
  return one(event, dialect, `:${source} NOTICE ${target} :(edited) ${event.text}`);
}

/** Tags of one event for one dialect: "time=…;msgid=…". */
export function tagsOf(
  event: Pick<RoomEvent, "time" | "msgid" | "by">,
  dialect: number,
  clientTags: ClientTags = {},
): string {
  let tags = "";
  if ((dialect & SERVER_TIME) !== 0) tags = `time=${formatTime(event.time)}`;
  if ((dialect & ACCOUNT_TAG) !== 0 && event.by.account !== null) {
    tags += `${tags && ";"}account=${event.by.account}`;
  }
  // https://ircv3.net/specs/extensions/oper-tag: that somebody looks after the server, and not as whom.
  if ((dialect & OPER_TAG) !== 0 && event.by.oper) tags += `${tags && ";"}draft/oper`;
  if ((dialect & MESSAGE_TAGS) !== 0) {
    if (event.msgid !== "") tags += `${tags && ";"}msgid=${event.msgid}`;
    if (event.by.bot) tags += `${tags && ";"}bot`;
    for (const key in clientTags) {
      const value = clientTags[key] ?? "";
      tags += `${tags && ";"}${key}${value && `=${escapeTagValue(value)}`}`;
    }
  }
  return tags;
}

/** A line of somebody's doing that is no event, with the tags that all of their doings have. */
export function encodeLine(
  by: UserIdentity,
  time: number,
  dialect: number,
  verb: string,
  params: readonly string[],
): EncodedLine {
  return {
    tags: tagsOf({ time, msgid: "", by }, dialect),
    body: line(sourceOf(by), verb, ...params),
  };
}

/** "+ov-k", "mina", "jun", "*": what stands behind MODE #room. */
export function formatChanges(changes: readonly ModeChange[]): string[] {
  let letters = "";
  let sign = "";
  const args: string[] = [];
  for (const change of changes) {
    const next = change.add ? "+" : "-";
    if (next !== sign) letters += next;
    sign = next;
    letters += change.letter;
    if (change.kind === "rank") args.push(change.whom.nick);
    else if (change.kind === "list") args.push(change.mask);
    else if (change.value !== null) args.push(change.value);
  }
  return [letters, ...args];
}

/** The bytes of lines, for a session or for many of one dialect. */
export function toBytes(lines: readonly EncodedLine[]): Uint8Array {
  let text = "";
  for (const one of lines) text += toText(one, "");
  return Buffer.from(text);
}

/**
 * One line with CR LF, cut at a letter's end where the longest names leave the text no place. `label` is a
 * tag that stands first, or "".
 */
export function toText(one: EncodedLine, label: string): string {
  let tags = label;
  if (one.batch !== undefined) tags += `${tags && ";"}batch=${one.batch}`;
  if (one.tags !== "") tags += `${tags && ";"}${one.tags}`;
  const body = cutUtf8(one.body, LINE_BYTES_MAX - 2);
  return tags === "" ? `${body}\r\n` : `@${tags} ${body}\r\n`;
}

function one(event: RoomEvent, dialect: number, body: string, tags?: ClientTags): EncodedLine[] {
  return [{ tags: tagsOf(event, dialect, tags), body }];
}

function line(source: string, verb: string, ...params: string[]): string {
  return formatMessage(verb, params, source);
}

function optional(text: string): string[] {
  return text === "" ? [] : [text];
}
