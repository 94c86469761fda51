import type { ConversationId } from "../../chat-server/event.ts";
import type {
  ConversationSnapshot,
  MemberSnapshot,
  PersonSnapshot,
  ReadStateSnapshot,
  RoomSnapshot,
  ServerBan,
} from "../../chat-server/snapshot/snapshot.ts";
import type { AccountName, Nick, RoomName } from "../../protocol/names.ts";
import { decodeRoomFields } from "../../protocol/room-fields.ts";
import { fieldOf, listOf, numberIn, textIn } from "../disk/json-fields.ts";

/*
 * Checks the JSON of rooms.json. Names were checked when they were given. Here they only have to be strings, so
 * that a rule that has become stricter doesn't lose a room.
 */

/** Decodes a conversation; `null`: something in it is missing or wrong. */
export function decodeConversation(json: unknown): ConversationSnapshot | null {
  const id = textIn(json, "id");
  const at = numberIn(json, "at");
  const time = numberIn(json, "time");
  const saidAt = numberIn(json, "saidAt");
  const createdAt = numberIn(json, "createdAt");
  const pair = decodePair(fieldOf(json, "pair"));
  const room = fieldOf(json, "room") === null ? null : decodeRoom(fieldOf(json, "room"));
  if (id === null || at === null || time === null || saidAt === null) return null;
  if (createdAt === null || pair === undefined) return null;
  if (room === null && fieldOf(json, "room") !== null) return null;
  const tallies = recordOf(fieldOf(json, "tallies") ?? {}, decodeReadState);
  if (tallies === null) return null;
  const hasTallies = fieldOf(json, "tallies") !== undefined;
  const parts = { pair, room, ...(hasTallies && { tallies }) };
  const decoded = { id: id as ConversationId, at, time, saidAt, createdAt, ...parts };
  // Early versions stored no counts.
  if (fieldOf(json, "days") === undefined) return decoded;
  const days = recordOf(fieldOf(json, "days"), numberOf);
  return days === null ? null : { ...decoded, days };
}

/** Decodes a person; `null`: something in it is missing or wrong. */
export function decodePerson(json: unknown): PersonSnapshot | null {
  const account = textIn(json, "account");
  const nick = textIn(json, "nick");
  const realname = fieldOf(json, "realname");
  const choseRealname = fieldOf(json, "choseRealname");
  const modes = textIn(json, "modes");
  const markers = recordOf(fieldOf(json, "markers"), numberOf);
  const blocked = listOf(fieldOf(json, "blocked"), textOf);
  const metadata = recordOf(fieldOf(json, "metadata"), textOf);
  if (account === null || nick === null || typeof realname !== "string") return null;
  if (choseRealname !== undefined && typeof choseRealname !== "boolean") return null;
  if (markers === null || blocked === null || metadata === null) return null;
  const hasTallies = fieldOf(json, "tallies") !== undefined;
  const tallies = hasTallies ? recordOf(fieldOf(json, "tallies"), decodeReadState) : {};
  if (tallies === null) return null;
  return {
    ...(hasTallies && { tallies }),
    account: account as AccountName,
    nick: nick as Nick,
    realname,
    ...(choseRealname !== undefined && { choseRealname }),
    ...(modes !== null && { modes }),
    markers,
    blocked,
    metadata,
  };
}

/** Decodes a server ban; `null`: something in it is missing or wrong. */
export function decodeServerBan(json: unknown): ServerBan | null {
  const of = fieldOf(json, "of");
  const target = textIn(json, "target");
  const by = fieldOf(json, "by");
  const time = numberIn(json, "time");
  const until = fieldOf(json, "until") === null ? null : numberIn(json, "until");
  const reason = fieldOf(json, "reason");
  if ((of !== "mask" && of !== "address") || target === null || typeof by !== "string") return null;
  if (time === null || typeof reason !== "string") return null;
  if (until === null && fieldOf(json, "until") !== null) return null;
  return { of, target, by, time, until, reason };
}

function decodeReadState(json: unknown): ReadStateSnapshot | null {
  const time = numberIn(json, "time");
  const read = numberIn(json, "read");
  if (time === null || read === null) return null;
  if (fieldOf(json, "named") === undefined) return { time, read };
  const named = recordOf(fieldOf(json, "named"), numberOf);
  return named === null ? null : { time, read, named };
}

function decodeRoom(json: unknown): RoomSnapshot | null {
  const name = textIn(json, "name");
  const fields = decodeRoomFields(json);
  const members = listOf(fieldOf(json, "members"), decodeMember);
  if (name === null || fields === null || members === null) return null;
  return { name: name as RoomName, ...fields, members };
}

function decodeMember(json: unknown): MemberSnapshot | null {
  const account = textIn(json, "account");
  const ranks = fieldOf(json, "ranks");
  const joinedAt = numberIn(json, "joinedAt");
  const joinedTime = numberIn(json, "joinedTime");
  if (account === null || typeof ranks !== "string") return null;
  if (joinedAt === null || joinedTime === null) return null;
  const decoded = { account: account as AccountName, ranks, joinedAt, joinedTime };
  if (fieldOf(json, "tally") === undefined) return decoded;
  const tally = decodeReadState(fieldOf(json, "tally"));
  return tally === null ? null : { ...decoded, tally };
}

/** `undefined`: neither two accounts nor `null`. */
function decodePair(json: unknown): ConversationSnapshot["pair"] | undefined {
  if (json === null) return null;
  const [first, second, ...more] = listOf(json, textOf) ?? [];
  if (first === undefined || second === undefined || more.length > 0) return undefined;
  return [first as AccountName, second as AccountName];
}

function recordOf<Value>(
  json: unknown,
  decode: (entry: unknown) => Value | null,
): Readonly<Record<string, Value>> | null {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return null;
  const values: [string, Value][] = [];
  for (const [key, entry] of Object.entries(json)) {
    const value = decode(entry);
    if (value === null) return null;
    values.push([key, value]);
  }
  return Object.fromEntries(values);
}

function textOf(json: unknown): string | null {
  return typeof json === "string" ? json : null;
}

function numberOf(json: unknown): number | null {
  return typeof json === "number" && Number.isFinite(json) ? json : null;
}
