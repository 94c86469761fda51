import type { ConversationId } from "../../chat-server/event.ts";
import type {
  ConversationSnapshot,
  ListEntry,
  MemberSnapshot,
  PersonSnapshot,
  ReadStateSnapshot,
  RoomSnapshot,
  ServerBan,
} from "../../chat-server/snapshot/snapshot.ts";
import type { AccountName, Nick, RoomName } from "../../protocol/names.ts";
import { fieldOf, listOf, numberIn, textIn } from "../disk/json-fields.ts";

/*
 * The shapes in rooms.json, checked as they come from the disk. Names were checked when they were given; here
 * they only have to be texts, so that a rule which has become stricter doesn't lose a room.
 */

/** `null`: this is no conversation. */
export function decodeConversation(value: unknown): ConversationSnapshot | null {
  const id = textIn(value, "id");
  const at = numberIn(value, "at");
  const time = numberIn(value, "time");
  const saidAt = numberIn(value, "saidAt");
  const createdAt = numberIn(value, "createdAt");
  const pair = pairIn(value);
  const room = fieldOf(value, "room") === null ? null : decodeRoom(fieldOf(value, "room"));
  if (id === null || at === null || time === null || saidAt === null) return null;
  if (createdAt === null || pair === undefined) return null;
  if (room === null && fieldOf(value, "room") !== null) return null;
  const tallies = recordOf(fieldOf(value, "tallies") ?? {}, decodeTally);
  if (tallies === null) return null;
  const isCounted = fieldOf(value, "tallies") !== undefined;
  const parts = { pair, room, ...(isCounted && { tallies }) };
  const decoded = { id: id as ConversationId, at, time, saidAt, createdAt, ...parts };
  // The first versions counted nothing, or in another way.
  if (fieldOf(value, "days") === undefined) return decoded;
  const days = recordOf(fieldOf(value, "days"), numberOf);
  return days === null ? null : { ...decoded, days };
}

/** `null`: this is no person. */
export function decodePerson(value: unknown): PersonSnapshot | null {
  const account = textIn(value, "account");
  const nick = textIn(value, "nick");
  const realname = fieldOf(value, "realname");
  const choseRealname = fieldOf(value, "choseRealname");
  const modes = textIn(value, "modes");
  const markers = recordOf(fieldOf(value, "markers"), numberOf);
  const blocked = listOf(fieldOf(value, "blocked"), textOf);
  const metadata = recordOf(fieldOf(value, "metadata"), textOf);
  if (account === null || nick === null || typeof realname !== "string") return null;
  if (choseRealname !== undefined && typeof choseRealname !== "boolean") return null;
  if (markers === null || blocked === null || metadata === null) return null;
  const isCounted = fieldOf(value, "tallies") !== undefined;
  const tallies = isCounted ? recordOf(fieldOf(value, "tallies"), decodeTally) : {};
  if (tallies === null) return null;
  return {
    ...(isCounted && { tallies }),
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

/** `null`: this is no ban. */
export function decodeServerBan(value: unknown): ServerBan | null {
  const of = fieldOf(value, "of");
  const target = textIn(value, "target");
  const by = fieldOf(value, "by");
  const time = numberIn(value, "time");
  const until = fieldOf(value, "until") === null ? null : numberIn(value, "until");
  const reason = fieldOf(value, "reason");
  if ((of !== "mask" && of !== "address") || target === null || typeof by !== "string") return null;
  if (time === null || typeof reason !== "string") return null;
  if (until === null && fieldOf(value, "until") !== null) return null;
  return { of, target, by, time, until, reason };
}

function decodeTally(value: unknown): ReadStateSnapshot | null {
  const time = numberIn(value, "time");
  const read = numberIn(value, "read");
  if (time === null || read === null) return null;
  if (fieldOf(value, "named") === undefined) return { time, read };
  const named = recordOf(fieldOf(value, "named"), numberOf);
  return named === null ? null : { time, read, named };
}

function decodeRoom(value: unknown): RoomSnapshot | null {
  const name = textIn(value, "name");
  const topic = fieldOf(value, "topic") === null ? null : decodeTopic(fieldOf(value, "topic"));
  const modes = recordOf(fieldOf(value, "modes"), textOf);
  const lists = recordOf(fieldOf(value, "lists"), (list) => listOf(list, decodeListEntry));
  const members = listOf(fieldOf(value, "members"), decodeMember);
  const metadata = recordOf(fieldOf(value, "metadata"), textOf);
  if (topic === null && fieldOf(value, "topic") !== null) return null;
  if (name === null || modes === null || lists === null) return null;
  if (members === null || metadata === null) return null;
  const decoded = { name: name as RoomName, topic, modes, lists, members, metadata };
  if (fieldOf(value, "ranks") === undefined) return decoded;
  const ranks = recordOf(fieldOf(value, "ranks"), textOf);
  return ranks === null ? null : { ...decoded, ranks };
}

function decodeTopic(value: unknown): RoomSnapshot["topic"] {
  const text = fieldOf(value, "text");
  const by = fieldOf(value, "by");
  const time = numberIn(value, "time");
  if (typeof text !== "string" || typeof by !== "string" || time === null) return null;
  return { text, by, time };
}

function decodeListEntry(value: unknown): ListEntry | null {
  const mask = textIn(value, "mask");
  const by = fieldOf(value, "by");
  const time = numberIn(value, "time");
  return mask === null || typeof by !== "string" || time === null ? null : { mask, by, time };
}

function decodeMember(value: unknown): MemberSnapshot | null {
  const account = textIn(value, "account");
  const ranks = fieldOf(value, "ranks");
  const joinedAt = numberIn(value, "joinedAt");
  const joinedTime = numberIn(value, "joinedTime");
  if (account === null || typeof ranks !== "string") return null;
  if (joinedAt === null || joinedTime === null) return null;
  const decoded = { account: account as AccountName, ranks, joinedAt, joinedTime };
  if (fieldOf(value, "tally") === undefined) return decoded;
  const tally = decodeTally(fieldOf(value, "tally"));
  return tally === null ? null : { ...decoded, tally };
}

/** `undefined`: neither a pair nor `null`. */
function pairIn(value: unknown): ConversationSnapshot["pair"] | undefined {
  const field = fieldOf(value, "pair");
  if (field === null) return null;
  const [one, other, ...more] = listOf(field, textOf) ?? [];
  if (one === undefined || other === undefined || more.length > 0) return undefined;
  return [one as AccountName, other as AccountName];
}

function recordOf<T>(
  value: unknown,
  decode: (entry: unknown) => T | null,
): Readonly<Record<string, T>> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const decoded: [string, T][] = [];
  for (const [key, entry] of Object.entries(value)) {
    const one = decode(entry);
    if (one === null) return null;
    decoded.push([key, one]);
  }
  return Object.fromEntries(decoded);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
