import type {
  ClientTags,
  ConversationId,
  ModeChange,
  RoomEvent,
  RoomEventOf,
  UserIdentity,
} from "../../chat-server/event.ts";
import { isLegacyAccountId } from "../../protocol/account-id.ts";
import { isJsonObject, type JsonObject } from "../../protocol/json-decoder.ts";
import { formatTime } from "../../protocol/time.ts";

import { BODY_DECODERS, decodeIdentity, decodeIsoTime, isPosition } from "./decode-event-body.ts";

/** The content of one line of a day's file. */
export type StoredLine =
  | {
      readonly kind: "event";
      readonly event: RoomEvent;
      /** Its text was erased: it keeps its position, and isn't shown. */
      readonly isErased: boolean;
    }
  /** Written by a newer version: it stays where it is, and is not shown. */
  | { readonly kind: "unknown"; readonly position: number; readonly kindName: string }
  | { readonly kind: "damaged" };

/** A line as a JSON object, with whatever fields a newer version put there. */
export type RawLine = JsonObject;

/**
 * Returns an event as one line of a day's file, with its "\n". Position, time and msgid stand first, in this order, so
 * that a search reads no further; fields with their usual value are left out. The conversation is the folder's name.
 *
 * `JSON.stringify` of the whole is 1.8 µs, putting the text together by hand 1.1 µs, and the write that follows 5 µs: not
 * worth a second way to write JSON.
 *
 * @example {"at":12,"time":"2026-11-22T01:02:03.456Z","msgid":"k3…","kind":"said","by":{"nick":"민수","account":"민수","id":"k3vq5m2xwz7a"},"text":"안녕"}
 */
export function formatStoredEvent(event: RoomEvent): string {
  const line: RawLine = {
    at: event.position,
    time: formatTime(event.time),
    msgid: event.msgid,
    kind: event.kind,
    by: storedIdentity(event.by),
  };
  return `${JSON.stringify(Object.assign(line, storedBody(event)))}\n`;
}

/** Reads a line (without its "\n") of the conversation's folder. Strict: half an event is damaged. */
export function parseStoredEvent(line: string, conversation: ConversationId): StoredLine {
  const raw = parseRawLine(line);
  if (raw === null) return { kind: "damaged" };
  const position = raw["at"];
  const kindName = raw["kind"];
  const time = decodeIsoTime(raw["time"]);
  const msgid = raw["msgid"];
  if (!isPosition(position) || typeof kindName !== "string") return { kind: "damaged" };
  if (!Object.hasOwn(BODY_DECODERS, kindName)) return { kind: "unknown", position, kindName };
  const by = decodeIdentity(raw["by"]);
  if (time === undefined || by === undefined || typeof msgid !== "string" || msgid === "") {
    return { kind: "damaged" };
  }
  const body = BODY_DECODERS[kindName as RoomEvent["kind"]](raw);
  if (body === undefined) return { kind: "damaged" };
  // The cast: every part has just been checked, and a body with a header is an event.
  const event = { conversation, position, time, msgid, by, kind: kindName, ...body } as RoomEvent;
  return { kind: "event", event, isErased: raw["gone"] === true };
}

/** Returns the JSON object of a line, or `null`. */
export function parseRawLine(line: string): RawLine | null {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Returns a line, with its "\n", without its text: it keeps its position, author and time. */
export function eraseText(line: string): string {
  const raw = parseRawLine(line);
  if (raw === null) return line;
  const { text: _text, ownText: _ownText, tags: _tags, file: _file, ...rest } = raw;
  return `${JSON.stringify({ ...rest, gone: true })}\n`;
}

function storedBody(event: RoomEvent): RawLine {
  switch (event.kind) {
    case "created":
      return event.pair === null ? { room: event.room } : { ids: event.pair };
    case "said":
      return storedMessage(event);
    case "left":
      return { how: event.how, ...storedReason(event.reason) };
    case "kicked":
      return { whom: storedIdentity(event.whom), ...storedReason(event.reason) };
    case "topic":
      return { text: event.text };
    case "mode":
      return { changes: event.changes.map(storedModeChange) };
    case "set":
      return { field: event.field, value: event.value };
    case "renamed":
      return { name: event.name, ...storedReason(event.reason) };
    case "edited":
      return {
        target: event.target,
        ...(event.targetPosition !== undefined && { targetAt: event.targetPosition }),
        text: event.text,
        ...(event.of && {
          of: {
            time: formatTime(event.of.time),
            mentions: event.of.named,
            unmentioned: event.of.unnamed,
          },
        }),
        ...(event.withheld && { withheld: true }),
      };
    case "redacted":
      return {
        target: event.target,
        ...storedReason(event.reason),
        ...(event.author !== undefined && { author: event.author }),
        ...(event.of && { of: { time: formatTime(event.of.time), mentions: event.of.named } }),
        ...(event.withheld && { withheld: true }),
      };
    case "forgotten":
      return {
        id: event.account,
        ...(event.legacyAccount && { legacy: event.legacyAccount }),
        ...(event.since > 0 && { since: formatTime(event.since) }),
        upTo: event.upTo,
        of: {
          days: event.of.days,
          people: event.of.people.map(({ account, read, named }) => ({ id: account, read, named })),
        },
      };
    case "answered":
      return { account: event.account, name: event.name, answer: event.answer };
    case "joined":
    case "requested":
    case "dropped":
      return {};
  }
}

function storedMessage(event: RoomEventOf<"said">): RawLine {
  const line: RawLine = {};
  if (event.verb !== "PRIVMSG") line["verb"] = event.verb;
  if (!isEmpty(event.tags)) line["tags"] = event.tags;
  if (event.joins !== undefined) line["joins"] = event.joins;
  if (event.editedAt !== undefined) line["editedAt"] = formatTime(event.editedAt);
  const { named, namedNow, by } = event;
  // An author's id says that nobody is mentioned where nobody is listed. A guest has none.
  if (named !== undefined && (named.length > 0 || by.accountId === null)) line["mentions"] = named;
  if (namedNow !== undefined) line["mentionsNow"] = namedNow;
  if (event.withheld === true) line["withheld"] = true;
  line["text"] = event.text;
  if (event.file !== undefined) line["file"] = event.file;
  if (event.ownEdit !== undefined) {
    line["ownText"] = event.ownEdit.text;
    line["ownEditedAt"] = formatTime(event.ownEdit.time);
  }
  return line;
}

function storedIdentity(identity: UserIdentity): RawLine {
  const stored: RawLine = { nick: identity.nick };
  if (identity.account !== null) stored["account"] = identity.account;
  const { accountId } = identity;
  // A legacy id is written as it was read: by the name alone.
  if (accountId !== null && !isLegacyAccountId(accountId)) stored["id"] = accountId;
  if (identity.user !== "") stored["user"] = identity.user;
  if (identity.host !== "") stored["host"] = identity.host;
  if (identity.realname !== "") stored["realname"] = identity.realname;
  if (identity.bot) stored["bot"] = true;
  if (identity.oper) stored["oper"] = true;
  if (identity.operRole !== undefined) stored["role"] = identity.operRole;
  return stored;
}

function storedModeChange(change: ModeChange): RawLine {
  switch (change.kind) {
    case "rank":
      return { ...change, whom: storedIdentity(change.whom) };
    case "list": {
      const { until, ...rest } = change;
      return until === undefined ? rest : { ...rest, until: formatTime(until) };
    }
    case "setting":
      return { ...change };
  }
}

function storedReason(reason: string): RawLine {
  return reason === "" ? {} : { reason };
}

function isEmpty(tags: ClientTags): boolean {
  for (const _ in tags) return false;
  return true;
}
