import type { AccountName } from "./names.ts";

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

/** A mask on one of a room's lists (ban, exception, invitation); `by` is a nick, `time` in ms. */
export interface ListEntry {
  readonly mask: string;
  readonly by: string;
  readonly time: number;
}

/** How a value is made for a new room, written as JSON and read back. */
interface FieldCodec<Value, Json> {
  /** Returns the value of a new room. */
  readonly initial: () => Value;
  readonly toJson: (value: Value) => Json;
  /** Makes the value from JSON that `decode` has checked. */
  readonly fromJson: (json: Json) => Value;
  /** Checks JSON that somebody may have damaged; `undefined`: it is wrong. */
  readonly decode: (json: unknown) => Json | undefined;
}

/** One row: the codec, the key in rooms.json, and whether files of earlier versions leave the key out. */
interface RoomField<Value, Json, Key extends string, IsOptional extends boolean>
  extends FieldCodec<Value, Json> {
  readonly key: Key;
  readonly isOptional: IsOptional;
}

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
  modes: requiredField("modes", map<string, string>(decodeString, NEW_ROOM_MODES)),
  /** Letter → entries of a list mode. An array never changes in place. Changed by "mode". */
  lists: requiredField("lists", map<string, readonly ListEntry[]>(decodeListEntries)),
  /** METADATA key → value. Changed by the person change "metadata". */
  metadata: requiredField("metadata", map<string, string>(decodeString)),
  /** Account → mode letters of the ranks that it gets on joining. Changed by the person change "ranked". */
  autoRanks: optionalField("ranks", map<AccountName, string>(decodeString)),
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
  const record: Record<string, unknown> = {};
  for (const [name, { key, toJson }] of ROWS) record[key] = toJson(fields[name]);
  return record as RoomRecord;
}

/** Checks the fields of a room's JSON entry, and leaves its other keys out; `null`: a field is wrong. */
export function decodeRoomFields(entry: unknown): RoomRecord | null {
  if (!isObject(entry)) return null;
  const record: Record<string, unknown> = {};
  for (const [, { key, isOptional, decode }] of ROWS) {
    if (isOptional && !Object.hasOwn(entry, key)) continue;
    const json = decode(entry[key]);
    if (json === undefined) return null;
    record[key] = json;
  }
  return record as RoomRecord;
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
function plain<Value>(
  initial: Value,
  decode: (json: unknown) => Value | undefined,
): FieldCodec<Value, Value> {
  const same = (value: Value): Value => value;
  return { initial: () => initial, toJson: same, fromJson: same, decode };
}

/** A map in memory, an object as JSON. */
function map<Key extends string, Value>(
  decodeValue: (json: unknown) => Value | undefined,
  initial: readonly (readonly [Key, Value])[] = [],
): FieldCodec<Map<Key, Value>, Readonly<Record<string, Value>>> {
  return {
    initial: () => new Map(initial),
    toJson: (values) => Object.fromEntries(values),
    // The cast: the keys were checked when they were set; here a stricter rule must not lose a room.
    fromJson: (json) => new Map(Object.entries(json)) as Map<Key, Value>,
    decode: (json) => {
      if (!isObject(json)) return undefined;
      const values: [string, Value][] = [];
      for (const [key, entry] of Object.entries(json)) {
        const value = decodeValue(entry);
        if (value === undefined) return undefined;
        values.push([key, value]);
      }
      return Object.fromEntries(values);
    },
  };
}

function decodeString(json: unknown): string | undefined {
  return typeof json === "string" ? json : undefined;
}

function decodeTopic(json: unknown): RoomTopic | null | undefined {
  if (json === null) return null;
  if (!isObject(json)) return undefined;
  const { text, by, time } = json;
  if (typeof text !== "string" || typeof by !== "string" || !isNumber(time)) return undefined;
  return { text, by, time };
}

function decodeListEntries(json: unknown): readonly ListEntry[] | undefined {
  if (!Array.isArray(json)) return undefined;
  const entries: ListEntry[] = [];
  for (const entry of json) {
    if (!isObject(entry)) return undefined;
    const { mask, by, time } = entry;
    if (typeof mask !== "string" || mask === "") return undefined;
    if (typeof by !== "string" || !isNumber(time)) return undefined;
    entries.push({ mask, by, time });
  }
  return entries;
}

function isNumber(json: unknown): json is number {
  return typeof json === "number" && Number.isFinite(json);
}

function isObject(json: unknown): json is { readonly [key: string]: unknown } {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
