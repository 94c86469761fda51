import type { ConversationId, UserIdentity } from "../../chat-server/event.ts";
import type { SentFile } from "../../chat-server/files/file-index.ts";
import type { Report } from "../../chat-server/reports/report-list.ts";
import type {
  ConversationSnapshot,
  MemberSnapshot,
  PersonSnapshot,
  ReadStateSnapshot,
  RoomSnapshot,
  ServerBan,
} from "../../chat-server/snapshot/snapshot.ts";
import type { NamedMask } from "../../chat-server/users/ban-masks.ts";
import type { AccountId } from "../../protocol/account-id.ts";
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
} from "../../protocol/json-decoder.ts";
import type { AccountName, Nick, RoomName } from "../../protocol/names.ts";
import { decodeRoomFields } from "../../protocol/room-fields.ts";
import { decodeStoredFile } from "../history/decode-event-body.ts";

/*
 * Checks the JSON of rooms.json. Names were checked when they were given. Here they only have to be strings, so
 * that a rule that has become stricter doesn't lose a room.
 */

const accountId = storedName<AccountId>();

/** A mask of a block list. */
const namedMask: Decoder<NamedMask> = object(
  { mask: nonEmptyString },
  { account: nullable(accountId) },
);

const decodeCounts = record(number);

/*
 * The two entries of which there may be millions, as many as all rooms have members. Checked in place, by hand: by `object`
 * that takes three times as long, and is a quarter of a start.
 */

const decodeReadState: Decoder<ReadStateSnapshot> = (json) => {
  if (!isJsonObject(json)) return undefined;
  const { time, read, named } = json;
  if (!Number.isFinite(time) || !Number.isFinite(read)) return undefined;
  if (named !== undefined && decodeCounts(named) === undefined) return undefined;
  // The cast: each field has just been checked.
  return json as unknown as ReadStateSnapshot;
};

const decodeMember: Decoder<MemberSnapshot> = (json) => {
  if (!isJsonObject(json)) return undefined;
  const { account, ranks, joinedAt, joinedTime, tally } = json;
  const isNamed = typeof account === "string" && account !== "" && typeof ranks === "string";
  if (!isNamed || !Number.isFinite(joinedAt) || !Number.isFinite(joinedTime)) return undefined;
  if (tally !== undefined && decodeReadState(tally) === undefined) return undefined;
  return json as unknown as MemberSnapshot;
};

const decodeRoomEntry = object({ name: storedName<RoomName>(), members: array(decodeMember) });

const decodeRoom: Decoder<RoomSnapshot> = (json) => {
  const entry = decodeRoomEntry(json);
  const fields = decodeRoomFields(json);
  return entry === undefined || fields === null ? undefined : { ...entry, ...fields };
};

const decodeAccounts = array(string as Decoder<AccountId>);

const decodePair: Decoder<readonly [AccountId, AccountId]> = (json) => {
  const [first, second, ...more] = decodeAccounts(json) ?? [];
  return first === undefined || second === undefined || more.length > 0
    ? undefined
    : [first, second];
};

/** Decodes a conversation's entry. Early versions stored no counts (`days`, `tallies`). */
export const decodeConversation: Decoder<ConversationSnapshot> = object(
  {
    id: storedName<ConversationId>(),
    at: number,
    time: number,
    saidAt: number,
    createdAt: number,
    pair: nullable(decodePair),
    room: nullable(decodeRoom),
  },
  { days: record(number), tallies: record(decodeReadState), withheldAt: record(number) },
);

const decodeInviter: Decoder<UserIdentity> = object(
  {
    nick: storedName<Nick>(),
    user: string,
    host: string,
    account: nullable(storedName<AccountName>()),
    accountId: nullable(accountId),
    realname: string,
    bot: boolean,
  },
  { oper: boolean },
);

/** The fields of an invitation to a room, in a person's entry and in the people's journal. */
export const invitationFields = {
  room: storedName<ConversationId>(),
  by: decodeInviter,
  time: number,
  opens: boolean,
};

/** Those that not every invitation has. */
export const optionalInvitationFields = { withheld: boolean };

/** Decodes a person's entry. */
export const decodePerson: Decoder<PersonSnapshot> = object(
  {
    account: accountId,
    nick: storedName<Nick>(),
    realname: string,
    markers: record(number),
    blocked: array(namedMask),
    metadata: record(string),
  },
  {
    choseRealname: boolean,
    seenAt: number,
    modes: string,
    preferences: record(string),
    tallies: record(decodeReadState),
    invitations: array(object(invitationFields, optionalInvitationFields)),
  },
);

const decodeReportedUser = object({
  nick: storedName<Nick>(),
  account: nullable(accountId),
});

/** Decodes a report of a message. */
export const decodeReport: Decoder<Report> = object({
  id: nonEmptyString,
  time: number,
  by: nullable(decodeReportedUser),
  conversation: nullable(storedName<ConversationId>()),
  room: nullable(storedName<RoomName>()),
  author: decodeReportedUser,
  msgid: string,
  sentAt: number,
  text: string,
  reason: string,
});

const isTrue: Decoder<true> = (json) => (json === true ? json : undefined);

/** Decodes a file that was sent with a message. */
export const decodeSentFile: Decoder<SentFile> = object(
  {
    conversation: storedName<ConversationId>(),
    position: number,
    time: number,
    msgid: nonEmptyString,
    by: object({
      nick: storedName<Nick>(),
      user: string,
      host: string,
      account: nullable(storedName<AccountName>()),
      accountId: nullable(accountId),
    }),
    file: decodeStoredFile,
  },
  { withheld: isTrue },
);

/** Decodes a server ban. */
export const decodeServerBan: Decoder<ServerBan> = object(
  {
    of: oneOf("mask", "address"),
    target: nonEmptyString,
    by: string,
    time: number,
    until: nullable(number),
    reason: string,
  },
  { account: nullable(accountId) },
);
