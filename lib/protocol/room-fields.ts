import type { AccountId } from "./account-id.ts";
import {
  array,
  boolean,
  type Decoder,
  isJsonObject,
  nonEmptyString,
  nullable,
  number,
  object,
  oneOf,
  record,
  storedName,
  string,
} from "./json-decoder.ts";

/**
 * The fields of a room that are stored: one table for the room in memory (`Room`), for its snapshot in
 * rooms.json, and for reading that file back. It lives here because chat-server and file-manager, which may
 * not import each other's code, both need it. To add a field, add a row below and a property to `Room`; a
 * command sets it by the event "set".
 */

/** Who set a room's topic, and when (ms since 1970). */
interface RoomTopic {
  readonly text: string;
  /** Nick of the user who set it. */
  readonly by: string;
  readonly time: number;
}

/** A mask on one of a room's lists (ban, exception, filter, invitation); `by` is a nick, `time` in ms. */
export interface ListEntry {
  readonly mask: string;
  /**
   * The account that a mask such as `~a:mina` means: `null` if there was no such account when it was set; left
   * out for a mask that names no single account.
   */
  readonly account?: AccountId | null;
  readonly by: string;
  readonly time: number;
  /** When it ends by itself, in ms since 1970; left out for never. */
  readonly until?: number;
  readonly reason?: string;
}

/** An account that asked to join a room whose ops approve joins (+A). */
export interface JoinRequest {
  readonly account: AccountId;
  /** When it was made, in ms since 1970. */
  readonly time: number;
}

/** One act of moderation, as the room's audit log has it. */
export interface RoomAuditEntry {
  readonly time: number;
  /** Nick of the user who did it. */
  readonly by: string;
  /** Their account; `null` for a guest or a service. */
  readonly account: AccountId | null;
  readonly act: AuditAct;
  /** A nick, the mode letter with its sign, or "". */
  readonly target: string;
  /** A mask, a value, a reason, or "". */
  readonly detail: string;
  /** When a ban or mute ends, in ms; left out for those without an end. */
  readonly until?: number;
}

const AUDIT_ACTS = [
  "kick",
  "mode",
  "topic",
  "rename",
  "redact",
  "approve",
  "decline",
  "close",
  "reopen",
  "auto-rank",
] as const;

/** The kind of an {@link RoomAuditEntry}. */
export type AuditAct = (typeof AUDIT_ACTS)[number];

/** That a room is closed: nobody talks in it or joins it. */
export interface RoomClosure {
  readonly by: string;
  readonly time: number;
  /** Shown to whoever tries; "" for none. */
  readonly reason: string;
  /** Whether an operator of the server closed it, whom alone it obeys from then on. */
  readonly byOperator?: boolean;
}

/** How a value is made for a new room, written as JSON and read back. */
interface FieldCodec<Value, Json> {
  /** Returns the value of a new room. */
  readonly initial: () => Value;
  readonly toJson: (value: Value) => Json;
  /** Makes the value from JSON that `decode` has checked. */
  readonly fromJson: (json: Json) => Value;
  /** Decodes and checks stored JSON; `undefined`: it is invalid. */
  readonly decode: Decoder<Json>;
}

/** One row: the codec, the key in rooms.json, and whether files of earlier versions leave the key out. */
interface RoomField<Value, Json, Key extends string, IsOptional extends boolean>
  extends FieldCodec<Value, Json> {
  readonly key: Key;
  readonly isOptional: IsOptional;
}

const decodeTopic: Decoder<RoomTopic | null> = nullable(
  object({ text: string, by: string, time: number }),
);

const decodeListEntries: Decoder<readonly ListEntry[]> = array(
  object(
    { mask: nonEmptyString, by: string, time: number },
    { account: nullable(storedName<AccountId>()), until: number, reason: string },
  ),
);

const decodeJoinRequests: Decoder<readonly JoinRequest[]> = array(
  object({ account: storedName<AccountId>(), time: number }),
);

/** Decodes an entry of a room's audit log, as stored. */
export const decodeRoomAuditEntry: Decoder<RoomAuditEntry> = object(
  {
    time: number,
    by: string,
    account: nullable(storedName<AccountId>()),
    act: oneOf(...AUDIT_ACTS),
    target: string,
    detail: string,
  },
  { until: number },
);

const decodeAuditLog: Decoder<readonly RoomAuditEntry[]> = array(decodeRoomAuditEntry);

const decodeClosure: Decoder<RoomClosure | null> = nullable(
  object({ by: string, time: number, reason: string }, { byOperator: boolean }),
);

/** In a new room only members speak (+n), and only ops set the topic (+t). */
const NEW_ROOM_MODES: readonly (readonly [string, string])[] = [
  ["n", ""],
  ["t", ""],
];

/** Every stored field of a room, in the order in which rooms.json has them. */
export const ROOM_FIELDS = {
  /** The topic, or `null` for none. Set by the event "topic". */
  topic: requiredField("topic", plain<RoomTopic | null>(null, decodeTopic)),
  /** Letter → argument ("" where the mode has none) of the modes that are set. Changed by "mode". */
  modes: requiredField("modes", map<string, string>(string, NEW_ROOM_MODES)),
  /** Letter → entries of a list mode. An array never changes in place. Changed by "mode". */
  lists: requiredField("lists", map<string, readonly ListEntry[]>(decodeListEntries)),
  /** METADATA key → value. Changed by the person change "metadata". */
  metadata: requiredField("metadata", map<string, string>(string)),
  /** Account → mode letters of the ranks that it gets on joining. Changed by the person change "ranked". */
  autoRanks: optionalField("ranks", map<AccountId, string>(string)),
  /** Who asked to join (+A), oldest first. Changed by "requested", "answered" and "joined". */
  joinRequests: optionalField("requests", plain<readonly JoinRequest[]>([], decodeJoinRequests)),
  /** The newest acts of moderation, oldest first. Written by `apply` from the events themselves. */
  auditLog: optionalField("log", plain<readonly RoomAuditEntry[]>([], decodeAuditLog)),
  /** `null` unless the room is closed. Set by the event "set". */
  closure: optionalField("closed", plain<RoomClosure | null>(null, decodeClosure)),
};

type Fields = typeof ROOM_FIELDS;

/** The stored fields of a room as they are in memory. */
export type RoomFields = { [Name in keyof Fields]: ReturnType<Fields[Name]["initial"]> };

/** The stored fields of a room as JSON: a part of a room's entry in rooms.json. */
export type RoomRecord = {
  readonly [Name in keyof Fields as Fields[Name]["isOptional"] extends false
    ? Fields[Name]["key"]
    : never]: ReturnType<Fields[Name]["toJson"]>;
} & {
  readonly [Name in keyof Fields as Fields[Name]["isOptional"] extends true
    ? Fields[Name]["key"]
    : never]?: ReturnType<Fields[Name]["toJson"]>;
};

/** A new value of one field, as JSON: what the event "set" carries. */
export type RoomFieldChange = {
  [Name in keyof Fields]: {
    readonly field: Name;
    readonly value: ReturnType<Fields[Name]["toJson"]>;
  };
}[keyof Fields];

/** The rows without their types, for the functions below, which treat all of them alike. */
const ROWS = Object.entries(ROOM_FIELDS) as readonly (readonly [
  keyof Fields,
  RoomField<unknown, unknown, string, boolean>,
])[];

/** Writes a room's fields as JSON. The record shares no map with the room. */
export function encodeRoomFields(fields: RoomFields): RoomRecord {
  const json: Record<string, unknown> = {};
  for (const [name, { key, toJson }] of ROWS) json[key] = toJson(fields[name]);
  return json as RoomRecord;
}

/** Checks the fields of a room's JSON entry, and leaves its other keys out; `null`: a field is wrong. */
export function decodeRoomFields(entry: unknown): RoomRecord | null {
  if (!isJsonObject(entry)) return null;
  const json: Record<string, unknown> = {};
  for (const [, { key, isOptional, decode }] of ROWS) {
    if (isOptional && !Object.hasOwn(entry, key)) continue;
    const value = decode(entry[key]);
    if (value === undefined) return null;
    json[key] = value;
  }
  return json as RoomRecord;
}

/** Sets all fields of a room to those of a record; a field that the record leaves out becomes initial. */
export function restoreRoomFields(fields: RoomFields, record: RoomRecord): void {
  const json = record as Readonly<Record<string, unknown>>;
  const target = fields as Record<string, unknown>;
  for (const [name, { key, initial, fromJson }] of ROWS) {
    target[name] = json[key] === undefined ? initial() : fromJson(json[key]);
  }
}

/**
 * Checks a stored change; `null`: it is wrong. A field of a newer version passes, since its value can't be
 * checked, and `setRoomField` ignores it.
 */
export function decodeRoomFieldChange(field: unknown, json: unknown): RoomFieldChange | null {
  if (typeof field !== "string" || json === undefined) return null;
  const row = ROWS.find(([name]) => name === field)?.[1];
  const value = row === undefined ? json : row.decode(json);
  return value === undefined ? null : ({ field, value } as RoomFieldChange);
}

/** Sets one field to a decoded value. */
export function setRoomField(fields: RoomFields, { field, value }: RoomFieldChange): void {
  const row = ROWS.find(([name]) => name === field)?.[1];
  if (row !== undefined) (fields as Record<string, unknown>)[field] = row.fromJson(value);
}

/** A row for a field that every rooms.json has. */
function requiredField<const Key extends string, Value, Json>(
  key: Key,
  codec: FieldCodec<Value, Json>,
): RoomField<Value, Json, Key, false> {
  return { ...codec, key, isOptional: false };
}

/** A row for a field that came later: files of earlier versions leave it out. */
function optionalField<const Key extends string, Value, Json>(
  key: Key,
  codec: FieldCodec<Value, Json>,
): RoomField<Value, Json, Key, true> {
  return { ...codec, key, isOptional: true };
}

/** A value that is its own JSON and never changes in place. */
function plain<Value>(initial: Value, decode: Decoder<Value>): FieldCodec<Value, Value> {
  const same = (value: Value): Value => value;
  return { initial: () => initial, toJson: same, fromJson: same, decode };
}

/** A map in memory, an object as JSON. */
function map<Key extends string, Value>(
  decodeValue: Decoder<Value>,
  initial: readonly (readonly [Key, Value])[] = [],
): FieldCodec<Map<Key, Value>, Readonly<Record<string, Value>>> {
  return {
    initial: () => new Map(initial),
    toJson: (values) => Object.fromEntries(values),
    // The cast: the keys were checked when they were set; here a stricter rule must not lose a room.
    fromJson: (json) => new Map(Object.entries(json)) as Map<Key, Value>,
    decode: record(decodeValue),
  };
}
