import { isLegacyAccountId } from "../../protocol/account-id.ts";
import { FILE_TAG, formatFileFacts } from "../../protocol/file-facts.ts";
import { formatTime } from "../../protocol/time.ts";
import { cutUtf8, utf8Bytes } from "../../protocol/utf8.ts";
import { capMask } from "../../protocol/wire/caps.ts";
import { formatMessage } from "../../protocol/wire/message.ts";
import { ACCOUNT_ID_TAG, escapeTagValue } from "../../protocol/wire/tags.ts";
import { LINE_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { ClientTags, ModeChange, RoomEvent, RoomEventOf, UserIdentity } from "../event.ts";
import { perLineTags } from "../history/stored-tags.ts";
import { sourceOf } from "../users/user.ts";
import { fileText, type ServerAddress } from "./file-link-text.ts";
import { splitMessage } from "./split-message.ts";

/** One line for a session, without the label and the batch that a {@link Reply} may add. */
export interface EncodedLine {
  /** "a=b;c" without the `@`, or "". */
  readonly tags: string;
  /** Everything behind the tags, without CR LF. */
  readonly body: string;
  /** Reference of the batch that the line is in. */
  readonly batch?: string;
  /** Reference of the batch that the line starts or ends. */
  readonly opens?: string;
  readonly closes?: string;
}

/** How the text of a `/me` message starts. */
const CTCP_ACTION = "\u0001ACTION ";

const SERVER_TIME = capMask("server-time");
const MESSAGE_TAGS = capMask("message-tags");
const ACCOUNT_TAG = capMask("account-tag");
const ACCOUNT_ID = capMask("sodam.chat/account-id");
const OPER_TAG = capMask("draft/oper-tag");
/** The capabilities that {@link tagsOf} looks at. */
export const TAG_CAPS = SERVER_TIME | MESSAGE_TAGS | ACCOUNT_TAG | ACCOUNT_ID | OPER_TAG;
const EXTENDED_JOIN = capMask("extended-join");
const MULTILINE = capMask("draft/multiline", "batch");
const FILES = capMask("sodam.chat/files");
const REDACTION = capMask("draft/message-redaction");
const EDIT = capMask("sodam.chat/edit");
const RENAME = capMask("draft/channel-rename");

/**
 * Returns the capabilities that change how an event of this kind is encoded. Sessions that agree in them share
 * a dialect, and get the same bytes.
 */
export function dialectMask(kind: RoomEvent["kind"]): number {
  switch (kind) {
    case "said":
      return TAG_CAPS | MULTILINE | FILES;
    case "joined":
      return TAG_CAPS | EXTENDED_JOIN;
    case "redacted":
      return TAG_CAPS | REDACTION;
    case "edited":
      return TAG_CAPS | EDIT;
    case "renamed":
      return TAG_CAPS | RENAME;
    case "created":
    case "left":
    case "kicked":
    case "topic":
    case "mode":
    case "set":
    case "requested":
    case "answered":
    case "forgotten":
    case "dropped":
      return TAG_CAPS;
  }
}

/**
 * Encodes an event for one dialect. `target` is the room's name, or the recipient's nick in direct messages.
 * Returns no lines for events that are announced in another way (a quit, a created room) or not at all to
 * this dialect.
 *
 * @param server where a file is fetched, for those who get a link
 */
export function encodeEvent(
  event: RoomEvent,
  target: string,
  dialect: number,
  server: ServerAddress,
): EncodedLine[] {
  const source = sourceOf(event.by);
  switch (event.kind) {
    case "said":
      return encodeSaid(withFileText(event, dialect, server), source, target, dialect);
    case "joined":
      return single(event, dialect, joinBody(event.by, target, (dialect & EXTENDED_JOIN) !== 0));
    case "left":
      if (event.how === "quit") return [];
      return single(event, dialect, format(source, "PART", target, ...optional(event.reason)));
    case "kicked":
      return single(
        event,
        dialect,
        format(source, "KICK", target, event.whom.nick, event.reason || event.by.nick),
      );
    case "topic":
      return single(event, dialect, `:${source} TOPIC ${target} :${event.text}`);
    case "mode":
      return single(
        event,
        dialect,
        format(source, "MODE", target, ...formatChanges(event.changes)),
      );
    case "renamed":
      if ((dialect & RENAME) === 0) return [];
      return single(event, dialect, format(source, "RENAME", target, event.name, event.reason));
    case "edited":
      return encodeEdited(event, source, target, dialect);
    case "redacted":
      if ((dialect & REDACTION) === 0) return [];
      return single(
        event,
        dialect,
        format(source, "REDACT", target, event.target, ...optional(event.reason)),
      );
    // Erased messages are announced one by one: see erase-messages.ts.
    case "forgotten":
    case "created":
    case "set":
    case "requested":
    case "answered":
    case "dropped":
      return [];
  }
}

/** Returns whether {@link encodeEvent} has no lines for an event in any dialect. */
export function isSilent(event: RoomEvent): boolean {
  switch (event.kind) {
    case "left":
      return event.how === "quit";
    case "forgotten":
    case "created":
    case "set":
    case "dropped":
      return true;
    default:
      return false;
  }
}

/**
 * Encodes an event for a page of history: as {@link encodeEvent} does, but a quit is a QUIT line, and renames
 * are left out because the whole page carries the room's current name.
 */
export function encodeReplayed(
  event: RoomEvent,
  target: string,
  dialect: number,
  server: ServerAddress,
): EncodedLine[] {
  if (event.kind === "renamed") return [];
  if (event.kind !== "left" || event.how !== "quit")
    return encodeEvent(event, target, dialect, server);
  return single(event, dialect, `:${sourceOf(event.by)} QUIT :${event.reason}`);
}

/**
 * Prefixes a replayed message with its time ("[09:30] ", or with the month and day when it isn't from today) for
 * a dialect without `server-time`. Other events are returned as they are.
 */
export function withTime(event: RoomEvent, dialect: number, now: number): RoomEvent {
  if (event.kind !== "said" || (dialect & SERVER_TIME) !== 0) return event;
  const [day = "", time = ""] = formatTime(event.time).split("T");
  const isToday = formatTime(now).startsWith(day);
  const prefix = `[${isToday ? time.slice(0, 5) : `${day.slice(5)} ${time.slice(0, 5)}`}] `;
  const { joins, ...message } = event;
  const shifted =
    joins === undefined ? {} : { joins: joins.map((offset) => offset + prefix.length) };
  // Clients recognize a CTCP ACTION by the start of its text.
  const start = event.text.startsWith(CTCP_ACTION) ? CTCP_ACTION : "";
  return { ...message, ...shifted, text: start + prefix + event.text.slice(start.length) };
}

/** Returns a message with a file as it is for a dialect that knows no files: with a text that says what it is, and where. */
function withFileText(
  event: RoomEventOf<"said">,
  dialect: number,
  server: ServerAddress,
): RoomEventOf<"said"> {
  const { file, ...message } = event;
  if (file === undefined || (dialect & FILES) !== 0) return event;
  return { ...message, text: fileText(file, event.text, server) };
}

/**
 * Formats a JOIN as a line without tags and CR LF. `extended` adds account and real name, for sessions with
 * `extended-join` (https://ircv3.net/specs/extensions/extended-join).
 */
export function joinBody(identity: UserIdentity, room: string, extended: boolean): string {
  const join = `:${sourceOf(identity)} JOIN ${room}`;
  return extended ? `${join} ${identity.account ?? "*"} :${identity.realname}` : join;
}

function encodeSaid(
  event: RoomEventOf<"said">,
  source: string,
  target: string,
  dialect: number,
): EncodedLine[] {
  if (event.verb === "TAGMSG") {
    if ((dialect & MESSAGE_TAGS) === 0) return [];
    return single(event, dialect, `:${source} TAGMSG ${target}`, event.tags);
  }
  const tags = messageTags(event, dialect);
  const start = `:${source} ${event.verb} ${target} :`;
  // The offsets belong to the text as it was sent, not to an edited one.
  const joins = event.editedAt === undefined ? event.joins : undefined;
  if (joins === undefined && isOneLine(start, event.text))
    return [{ tags, body: start + event.text }];
  const lines = splitMessage(event.text, LINE_BYTES_MAX - 2 - utf8Bytes(start), joins);
  if ((dialect & MULTILINE) !== MULTILINE) {
    // The msgid belongs to the whole message, so only the first line has it. Blank lines are left out.
    const [first, ...rest] = lines.filter(({ text }) => text !== "");
    const restTags = tagsOf({ ...event, msgid: "" }, dialect, perLineTags(event.tags));
    return [
      { tags, body: start + (first?.text ?? "") },
      ...rest.map(({ text }) => ({ tags: restTags, body: start + text })),
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

/** Returns whether a text fits into one line. A CTCP request is never split: it is cut instead. */
function isOneLine(start: string, text: string): boolean {
  if (text.includes("\n")) return false;
  // UTF-8 takes at most three bytes per UTF-16 unit, so most lines need no counting.
  const bytesMax = LINE_BYTES_MAX - 2;
  if ((start.length + text.length) * 3 <= bytesMax || text.startsWith("\x01")) return true;
  return utf8Bytes(start) + utf8Bytes(text) <= bytesMax;
}

/** Returns a message's tags: those of {@link tagsOf}, the time of the last edit, and the file. */
function messageTags(event: RoomEventOf<"said">, dialect: number): string {
  let tags = tagsOf(event, dialect, event.tags);
  if (event.editedAt !== undefined && (dialect & MESSAGE_TAGS) !== 0) {
    tags += `${tags && ";"}sodam.chat/edited=${formatTime(event.editedAt)}`;
  }
  if (event.file !== undefined && (dialect & FILES) !== 0) {
    const { path: _, ...file } = event.file;
    tags += `${tags && ";"}${FILE_TAG}=${formatFileFacts(file)}`;
  }
  return tags;
}

/** Encodes an edit. Without `sodam.chat/edit` it is a NOTICE with the new text. */
function encodeEdited(
  event: RoomEventOf<"edited">,
  source: string,
  target: string,
  dialect: number,
): EncodedLine[] {
  if ((dialect & EDIT) !== 0) {
    return single(event, dialect, `:${source} EDIT ${target} ${event.target} :${event.text}`);
  }
  return single(event, dialect, `:${source} NOTICE ${target} :(edited) ${event.text}`);
}

/**
 * Returns the tags of an event for one dialect, "time=…;msgid=…", with the client tags for those who have
 * `message-tags`. Looks at {@link TAG_CAPS} only.
 */
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
  const { accountId } = event.by;
  // Of a message that is older than ids, and of nobody who exists, the name is all that is known.
  if ((dialect & ACCOUNT_ID) !== 0 && accountId !== null && !isLegacyAccountId(accountId)) {
    tags += `${tags && ";"}${ACCOUNT_ID_TAG}=${accountId}`;
  }
  // https://ircv3.net/specs/extensions/oper-tag: the grade, so that the OPER name stays private.
  if ((dialect & OPER_TAG) !== 0 && event.by.oper) {
    const { operRole } = event.by;
    tags += `${tags && ";"}draft/oper${operRole === undefined ? "" : `=${operRole}`}`;
  }
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

/** Encodes a line from a user that is no event, with the tags of {@link tagsOf} except msgid. */
export function encodeLine(
  by: UserIdentity,
  time: number,
  dialect: number,
  verb: string,
  params: readonly string[],
): EncodedLine {
  return {
    tags: tagsOf({ time, msgid: "", by }, dialect),
    body: format(sourceOf(by), verb, ...params),
  };
}

/** Returns the parameters of MODE behind the room: `["+ov-k", "mina", "jun", "*"]`. */
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

/** Returns the bytes of lines, to be sent to one session or to all of one dialect. Empty for no lines. */
export function toBytes(lines: readonly EncodedLine[]): Uint8Array {
  let text = "";
  for (const line of lines) text += toText(line, "");
  return Buffer.from(text);
}

/**
 * Writes one line with CR LF. A body that is too long is cut between characters. `label` is a whole tag
 * ("label=x") to put first, or "".
 */
export function toText(line: EncodedLine, label: string): string {
  let tags = label;
  if (line.batch !== undefined) tags += `${tags && ";"}batch=${line.batch}`;
  if (line.tags !== "") tags += `${tags && ";"}${line.tags}`;
  const body = cutUtf8(line.body, LINE_BYTES_MAX - 2);
  return tags === "" ? `${body}\r\n` : `@${tags} ${body}\r\n`;
}

/** Returns one line with the tags of an event. */
function single(event: RoomEvent, dialect: number, body: string, tags?: ClientTags): EncodedLine[] {
  return [{ tags: tagsOf(event, dialect, tags), body }];
}

function format(source: string, verb: string, ...params: string[]): string {
  return formatMessage(verb, params, source);
}

function optional(text: string): string[] {
  return text === "" ? [] : [text];
}
