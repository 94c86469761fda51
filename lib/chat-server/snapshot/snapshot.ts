import type { AccountName, Nick, RoomName } from "../../protocol/names.ts";
import type { ConversationId } from "../event.ts";

/** A mask on one of a room's lists (ban, exception, invitation). */
export interface ListEntry {
  readonly mask: string;
  readonly by: string;
  readonly time: number;
}

/** A conversation as it was after the event at position `at`. What happened later is replayed onto it. */
export interface ConversationSnapshot {
  readonly id: ConversationId;
  readonly at: number;
  /** Time of the event at `at`. */
  readonly time: number;
  /** When something was last said; 0 for never. */
  readonly saidAt: number;
  readonly createdAt: number;
  /** Day ("2026-11-22") → messages of it that are there. Left out by the first versions. */
  readonly days?: Readonly<Record<string, number>>;
  /** Two people's direct messages, or `null` for a room. */
  readonly pair: readonly [AccountName, AccountName] | null;
  /** Account → what of a pair's messages it has read. In a room its members' entries tell. */
  readonly tallies?: Readonly<Record<string, ReadStateSnapshot>>;
  /** A room, or `null` for direct messages, and for a room that was dropped. */
  readonly room: RoomSnapshot | null;
}

export interface RoomSnapshot {
  readonly name: RoomName;
  readonly topic: { readonly text: string; readonly by: string; readonly time: number } | null;
  /** Letters of the modes that are set, with their argument where they have one ("" where not). */
  readonly modes: Readonly<Record<string, string>>;
  /** The list modes: letter → entries. */
  readonly lists: Readonly<Record<string, readonly ListEntry[]>>;
  /** People with an account: they stay members while nobody of them is connected. */
  readonly members: readonly MemberSnapshot[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Ranks of accounts which the room gives them when they come in. Left out by the first versions. */
  readonly ranks?: Readonly<Record<string, string>>;
}

export interface MemberSnapshot {
  readonly account: AccountName;
  /** Mode letters of the ranks, highest first: "qo". */
  readonly ranks: string;
  /** Position of the member's joining: what came before may be hidden from them. */
  readonly joinedAt: number;
  readonly joinedTime: number;
  /** What has been read of the room, in numbers: see `ReadState`. */
  readonly tally?: ReadStateSnapshot;
}

export interface PersonSnapshot {
  readonly account: AccountName;
  readonly nick: Nick;
  readonly realname: string;
  /** Whether SETNAME said it. Left out by the first versions, in which any other than the account's may be so. */
  readonly choseRealname?: boolean;
  /** Letters of the modes that the person has set; left out for none. */
  readonly modes?: string;
  /** Conversation → time up to which everything has been read. */
  readonly markers: Readonly<Record<string, number>>;
  /** Conversation → what has been read of it: here in earlier versions, and now in the conversation's own entry. */
  readonly tallies?: Readonly<Record<string, ReadStateSnapshot>>;
  readonly blocked: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ReadStateSnapshot {
  readonly time: number;
  readonly read: number;
  /** Day → how often the person was named; left out for never. */
  readonly named?: Readonly<Record<string, number>>;
}

/** Somebody who is kept out of the server, by a mask as in a room's bans, or by an address or network. */
export interface ServerBan {
  readonly of: "mask" | "address";
  readonly target: string;
  /** Nick of the operator. */
  readonly by: string;
  readonly time: number;
  /** `null`: until it is lifted. */
  readonly until: number | null;
  /** Shown to whoever is kept out; "" for none. */
  readonly reason: string;
}

/** Everything that the conversation remembers besides its histories: the content of rooms.json. */
export interface Snapshot {
  readonly conversations: readonly ConversationSnapshot[];
  readonly people: readonly PersonSnapshot[];
  readonly bans: readonly ServerBan[];
}

/** An entry whose members are made while they are read, as they were when the entry was made. */
export type ConversationSource = Omit<ConversationSnapshot, "room"> & {
  readonly room: RoomSource | null;
};
export type RoomSource = Omit<RoomSnapshot, "members"> & {
  readonly members: Iterable<MemberSnapshot>;
};

/** The same, made while it is read, once; what it holds may change between two entries. */
export interface SnapshotSource {
  readonly conversations: Iterable<ConversationSource>;
  readonly people: Iterable<PersonSnapshot>;
  readonly bans: Iterable<ServerBan>;
}

/** A server that has never run. */
export const EMPTY_SNAPSHOT: Snapshot = { conversations: [], people: [], bans: [] };
