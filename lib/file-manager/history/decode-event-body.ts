import type {
  ClientTags,
  EventBody,
  ModeChange,
  RoomEvent,
  StoredFile,
  UnreadRemoval,
  UserIdentity,
} from "../../chat-server/event.ts";
import { type AccountId, legacyAccountId } from "../../protocol/account-id.ts";
import { isFileId, isFileName } from "../../protocol/file-facts.ts";
import {
  array,
  boolean,
  byKind,
  type Decoder,
  isJsonObject,
  type JsonObject,
  nullable,
  number,
  object,
  oneOf,
  record,
  string,
  withDefault,
} from "../../protocol/json-decoder.ts";
import type { AccountName, Nick, RoomName } from "../../protocol/names.ts";
import { decodeRoomFieldChange } from "../../protocol/room-fields.ts";
import { parseTime } from "../../protocol/time.ts";
import { isTagKey } from "../../protocol/wire/tags.ts";

/*
 * Decodes what is in a line of its kind of event alone. Names were checked when the event was made; here they are only strings again, whatever today's rules say.
 *
 * Lines of the time before accounts had ids name accounts under keys of their own ("named", "pair", "account"), and
 * are read as legacy ids: see `resolveAccounts`.
 */

const nick = string as Decoder<Nick>;
const accountName = string as Decoder<AccountName>;
const accountId = string as Decoder<AccountId>;
const legacyId: Decoder<AccountId> = (value) =>
  typeof value === "string" ? legacyAccountId(value) : undefined;
const roomName = string as Decoder<RoomName>;
const stringOrEmpty = withDefault(string, "");
const isTrue: Decoder<boolean> = (value) => value === true;
const position: Decoder<number> = (value) => (isPosition(value) ? value : undefined);
/** Decodes a time as it is written: "2026-11-22T01:02:03.456Z". */
export const decodeIsoTime: Decoder<number> = (value) =>
  typeof value === "string" ? (parseTime(value) ?? undefined) : undefined;
const count: Decoder<number> = (value) =>
  Number.isSafeInteger(value) ? (value as number) : undefined;
const countsByDay = record(count);

const identityFields = object({
  nick,
  user: stringOrEmpty,
  host: stringOrEmpty,
  account: withDefault(accountName, null),
  realname: stringOrEmpty,
  bot: isTrue,
});

/** A user in an event or an invitation. Without an id, the account is known by its name alone. */
/** Decodes who did something. */
export const decodeIdentity: Decoder<UserIdentity> = (value) => {
  const fields = identityFields(value);
  if (fields === undefined || !isJsonObject(value)) return undefined;
  const { account } = fields;
  const id = account === null ? null : (accountId(value["id"]) ?? legacyAccountId(account));
  const decoded = { ...fields, accountId: id };
  const { oper, role } = value;
  if (oper !== true) return decoded;
  return { ...decoded, oper, ...(typeof role === "string" && { operRole: role }) };
};

/** Reads a list of accounts: ids under `key`, or in lines of older versions names under `legacyKey`. */
function accountList(raw: JsonObject, key: string, legacyKey: string): AccountId[] | undefined {
  const ids = raw[key];
  const list = ids ?? raw[legacyKey];
  if (!Array.isArray(list)) return undefined;
  const texts = list.filter((entry): entry is AccountId => typeof entry === "string");
  return ids === undefined ? texts.map(legacyAccountId) : texts;
}

/** The message's time, and the accounts that it mentioned. */
const mentions: Decoder<{ time: number; named: AccountId[] }> = (value) => {
  if (!isJsonObject(value)) return undefined;
  const time = decodeIsoTime(value["time"]);
  const named = accountList(value, "mentions", "named");
  return time === undefined || named === undefined ? undefined : { time, named };
};

const changedMentions: Decoder<{ time: number; named: AccountId[]; unnamed: AccountId[] }> = (
  value,
) => {
  const decoded = mentions(value);
  if (decoded === undefined || !isJsonObject(value)) return undefined;
  const unnamed = accountList(value, "unmentioned", "unnamed");
  return unnamed === undefined ? undefined : { ...decoded, unnamed };
};

const modeChange: Decoder<ModeChange> = byKind({
  rank: object({ add: boolean, letter: string, whom: decodeIdentity }),
  list: object(
    { add: boolean, letter: string, mask: string },
    { account: nullable(accountId), until: decodeIsoTime, reason: string },
  ),
  setting: object({ add: boolean, letter: string, value: nullable(string) }),
});

const personCounts = object({
  read: (value) => (typeof value === "number" ? value : undefined),
  named: countsByDay,
});

const unreadRemoval: Decoder<UnreadRemoval> = object({
  days: countsByDay,
  people: array((value): UnreadRemoval["people"][number] | undefined => {
    const counts = personCounts(value);
    if (counts === undefined || !isJsonObject(value)) return undefined;
    const account = accountId(value["id"]) ?? legacyId(value["account"]);
    return account === undefined ? undefined : { account, ...counts };
  }),
});

function decodePair(ids: unknown, names: unknown): readonly [AccountId, AccountId] | undefined {
  const value = ids ?? names;
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const decode = ids === undefined ? legacyId : accountId;
  const [first, second] = value.map(decode);
  return first === undefined || second === undefined ? undefined : [first, second];
}

const verb = withDefault(oneOf("PRIVMSG", "NOTICE", "TAGMSG"), "PRIVMSG" as const);
/** Earlier versions stored keys with any characters in them, which must not be relayed. */
const tags: Decoder<ClientTags> = (value) => {
  const entries = withDefault(record(string), {})(value);
  if (entries === undefined || Object.keys(entries).every(isTagKey)) return entries;
  return Object.fromEntries(Object.entries(entries).filter(([key]) => isTagKey(key)));
};
const modeFields = object({ changes: array(modeChange) });
const erasureFields = object({
  since: withDefault(decodeIsoTime, 0),
  upTo: position,
  of: unreadRemoval,
});

const redactedFields = object(
  { target: string, reason: stringOrEmpty },
  { author: string, of: mentions },
);

type Body<K extends RoomEvent["kind"]> = Omit<Extract<EventBody, { kind: K }>, "kind">;

/** A line's own part, by its kind. */
export const BODY_DECODERS: {
  readonly [K in RoomEvent["kind"]]: (raw: JsonObject) => Body<K> | undefined;
} = {
  created(raw) {
    const { room, ids, pair } = raw;
    if (room !== undefined && room !== null) {
      const name = ids === undefined && pair === undefined ? roomName(room) : undefined;
      return name === undefined ? undefined : { room: name, pair: null };
    }
    const accounts = decodePair(ids, pair);
    return accounts === undefined ? undefined : { room: null, pair: accounts };
  },
  said: decodeMessage,
  joined: () => ({}),
  left: object({ how: oneOf("part", "quit"), reason: stringOrEmpty }),
  kicked: object({ whom: decodeIdentity, reason: stringOrEmpty }),
  topic: object({ text: string }),
  mode: decodeModes,
  set: (raw) => decodeRoomFieldChange(raw["field"], raw["value"]) ?? undefined,
  requested: () => ({}),
  answered: object({
    account: accountId,
    name: accountName,
    answer: oneOf("approved", "declined", "withdrawn"),
  }),
  renamed: object({ name: roomName, reason: stringOrEmpty }),
  edited: decodeEdit,
  redacted(raw) {
    const body = redactedFields(raw);
    return body === undefined ? undefined : { ...body, ...withheldIn(raw) };
  },
  forgotten: decodeErasure,
  dropped: () => ({}),
};

function decodeMessage(raw: JsonObject): Body<"said"> | undefined {
  const isErased = raw["gone"] === true;
  const text = isErased ? "" : string(raw["text"]);
  const decodedVerb = verb(raw["verb"]);
  const decodedTags = tags(raw["tags"]);
  if (text === undefined || decodedVerb === undefined || decodedTags === undefined)
    return undefined;
  const message = {
    ...{ verb: decodedVerb, text, tags: decodedTags },
    ...(!isErased && fileIn(raw)),
    ...withheldIn(raw),
    ...ownEditIn(raw),
  };
  const names = decodeMentions(raw);
  const isDamaged =
    isDamagedList(raw["mentions"] ?? raw["named"], names.named) ||
    isDamagedList(raw["mentionsNow"], names.namedNow);
  if (isDamaged) return undefined;
  if (raw["editedAt"] !== undefined) {
    const editedAt = decodeIsoTime(raw["editedAt"]);
    return editedAt === undefined ? undefined : { ...message, editedAt, ...names };
  }
  // In a text that was edited or erased the places say nothing, and aren't read.
  const joins = isErased || raw["joins"] === undefined ? [] : decodeJoins(raw["joins"], text);
  if (joins === undefined) return undefined;
  return { ...message, ...(joins.length > 0 && { joins }), ...names };
}

/** Returns whom a message's line mentions. The first versions did not store that, nor the author's id. */
export function decodeMentions(
  raw: JsonObject,
): Pick<Body<"said">, "named" | "namedNow" | "editedAt"> {
  const named = accountList(raw, "mentions", "named");
  const namedNow = accountList(raw, "mentionsNow", "");
  const editedAt = decodeIsoTime(raw["editedAt"]);
  const isOfFirstVersions = !isJsonObject(raw["by"]) || accountId(raw["by"]["id"]) === undefined;
  return {
    ...(named === undefined ? !isOfFirstVersions && { named: [] } : { named }),
    ...(namedNow !== undefined && { namedNow }),
    ...(editedAt !== undefined && { editedAt }),
  };
}

function isDamagedList(list: unknown, decoded: readonly AccountId[] | undefined): boolean {
  return list !== undefined && decoded?.length !== (Array.isArray(list) && list.length);
}

/** Offsets within the text. */
function decodeJoins(value: unknown, text: string): number[] | undefined {
  return array((entry) => {
    const isOffset = typeof entry === "number" && Number.isInteger(entry);
    return isOffset && entry > 0 && entry < text.length ? entry : undefined;
  })(value);
}

/** A mask that names an account, in a line without ids, means the account that had the name then. */
function decodeModes(raw: JsonObject): Body<"mode"> | undefined {
  const fields = modeFields(raw);
  if (fields === undefined) return undefined;
  const by = raw["by"];
  const isLegacy = isJsonObject(by) && by["account"] !== undefined && by["id"] === undefined;
  const changes = fields.changes.map((change): ModeChange => {
    if (change.kind !== "list" || change.account !== undefined) return change;
    const name = /^(?:~m:)?~a:([^*?]+)$/.exec(change.mask)?.[1];
    // Since there are ids, only bans name accounts that don't exist.
    if (name === undefined || (change.letter === "b" && !isLegacy)) return change;
    return { ...change, account: legacyAccountId(name) };
  });
  return { changes };
}

function decodeErasure(raw: JsonObject): Body<"forgotten"> | undefined {
  const fields = erasureFields(raw);
  const account = accountId(raw["id"]) ?? legacyId(raw["account"]);
  if (fields === undefined || account === undefined) return undefined;
  const legacy = accountId(raw["legacy"]);
  return { account, ...(legacy !== undefined && { legacyAccount: legacy }), ...fields };
}

function withheldIn(raw: JsonObject): { readonly withheld?: true } {
  return raw["withheld"] === true ? { withheld: true } : {};
}

function ownEditIn(raw: JsonObject): Pick<Body<"said">, "ownEdit"> {
  const text = string(raw["ownText"]);
  const time = decodeIsoTime(raw["ownEditedAt"]);
  return text === undefined || time === undefined ? {} : { ownEdit: { text, time } };
}

/** `<conversation>/<day>/<name>`; no name begins with a dot. */
const STORED_PATH = /^(?:[^./\\\0][^/\\\0]*\/){2}[^./\\\0][^/\\\0]*$/;

const storedFile = object(
  { id: string, name: string, size: number, sha256: string, type: string, path: string },
  { preview: number, width: number, height: number, seconds: number },
);

/** Decodes a file of a message. Its path stays below the folder of files: a backup may have been made by anybody. */
export const decodeStoredFile: Decoder<StoredFile> = (value) => {
  const file = storedFile(value);
  if (file === undefined || !isFileName(file.name) || !isFileId(file.id)) return undefined;
  return STORED_PATH.test(file.path) ? file : undefined;
};

/** A file that can't be read is left out: the message is still worth its text. */
function fileIn(raw: JsonObject): Pick<Body<"said">, "file"> {
  const file = decodeStoredFile(raw["file"]);
  return file === undefined ? {} : { file };
}

function decodeEdit(raw: JsonObject): Body<"edited"> | undefined {
  const target = string(raw["target"]);
  const text = raw["gone"] === true ? "" : string(raw["text"]);
  if (target === undefined || text === undefined) return undefined;
  const targetPosition = position(raw["targetAt"]);
  const edit = {
    ...{ target, text, ...withheldIn(raw) },
    ...(targetPosition !== undefined && { targetPosition }),
  };
  if (raw["of"] === undefined) return edit;
  const of = changedMentions(raw["of"]);
  return of === undefined ? undefined : { ...edit, of };
}

/** Whether a value can be an event's position. */
export function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
