import type { AccountId } from "../../protocol/account-id.ts";
import type { Nick, RoomName } from "../../protocol/names.ts";
import type { RoomRecord } from "../../protocol/room-fields.ts";
import type { ConversationId } from "../event.ts";
import type { SentFile } from "../files/file-index.ts";
import type { Report } from "../reports/report-list.ts";
import type { NamedMask } from "../users/ban-masks.ts";
import type { RoomInvitation } from "../users/room-invitations.ts";

/*
 * The content of rooms.json: everything that the server remembers besides histories and accounts. The names of
 * the properties are those in the file. Times are in ms since 1970.
 */

/** A conversation after its event at position `at`. Later events are replayed onto it. */
export interface ConversationSnapshot {
  readonly id: ConversationId;
  /** Position of the newest event. */
  readonly at: number;
  /** Time of that event. */
  readonly time: number;
  /** Time of the newest message; 0 for none. */
  readonly saidAt: number;
  readonly createdAt: number;
  /** Day ("2026-11-22") → number of messages that still exist. Early versions leave it out. */
  readonly days?: Readonly<Record<string, number>>;
  /** The accounts of a direct conversation, or `null` for a room. */
  readonly pair: readonly [AccountId, AccountId] | null;
  /** Account → its read state in a direct conversation. For a room see `MemberSnapshot.tally`. */
  readonly tallies?: Readonly<Record<string, ReadStateSnapshot>>;
  /** Account → time of its newest message that is withheld from the other, if there is one. */
  readonly withheldAt?: Readonly<Record<string, number>>;
  /** A room, or `null` for a direct conversation and for a room that was dropped. */
  readonly room: RoomSnapshot | null;
}

/** A room: its name, its fields (see room-fields.ts) and its members. */
export interface RoomSnapshot extends RoomRecord {
  readonly name: RoomName;
  /** The members with an account. They stay members while none of their sessions is connected. */
  readonly members: readonly MemberSnapshot[];
}

/** A member of a room. */
export interface MemberSnapshot {
  readonly account: AccountId;
  /** Mode letters of the ranks, highest first: "qo". */
  readonly ranks: string;
  /** Position of the event by which the member joined. */
  readonly joinedAt: number;
  /** Time of that event. */
  readonly joinedTime: number;
  /** The member's read state. */
  readonly tally?: ReadStateSnapshot;
}

/** The stored state of an account's user. */
export interface PersonSnapshot {
  readonly account: AccountId;
  readonly nick: Nick;
  readonly realname: string;
  /** Whether the user chose the real name by SETNAME. Early versions leave it out. */
  readonly choseRealname?: boolean;
  /** When the account's last session ended; left out if that isn't known. */
  readonly seenAt?: number;
  /** Letters of the user modes that are set; left out for none. */
  readonly modes?: string;
  /** Conversation → time up to which everything has been read. */
  readonly markers: Readonly<Record<string, number>>;
  /**
   * Conversation → its read state. Only in files of earlier versions: see `ConversationSnapshot`.
   */
  readonly tallies?: Readonly<Record<string, ReadStateSnapshot>>;
  /** Masks of users whose direct messages are refused. */
  readonly blocked: readonly NamedMask[];
  readonly metadata: Readonly<Record<string, string>>;
  /** See `User.preferences`; left out for none. */
  readonly preferences?: Readonly<Record<string, string>>;
  /** Rooms that the account is invited to, oldest first; left out for none. */
  readonly invitations?: readonly ({ readonly room: ConversationId } & RoomInvitation)[];
}

/** A `ReadState` as the file has it. */
export interface ReadStateSnapshot {
  readonly time: number;
  readonly read: number;
  /** Day → how often the user is mentioned after `time`; left out for never. */
  readonly named?: Readonly<Record<string, number>>;
}

/** A ban from the server, by a mask as on a room's ban list, or by an address or network. */
export interface ServerBan {
  readonly of: "mask" | "address";
  readonly target: string;
  /** The account that the mask means: see `ListEntry.account`. */
  readonly account?: AccountId | null;
  /** Nick of the operator who set it. */
  readonly by: string;
  readonly time: number;
  /** When it ends; `null`: when it is lifted. */
  readonly until: number | null;
  /** Shown to the banned user; "" for none. */
  readonly reason: string;
}

/** The whole content of rooms.json. */
export interface Snapshot {
  readonly conversations: readonly ConversationSnapshot[];
  readonly people: readonly PersonSnapshot[];
  readonly bans: readonly ServerBan[];
  /** Reports that nobody has handled; files of early versions have none. */
  readonly reports?: readonly Report[];
  /** The files that messages name; left out by versions that know none. Some may be of later events than `at` says. */
  readonly files?: readonly SentFile[];
}

/** A room's entry whose members are made while they are read, as they were when the entry was made. */
export type RoomSource = Omit<RoomSnapshot, "members"> & {
  readonly members: Iterable<MemberSnapshot>;
};

/** A conversation's entry with such a room. */
export type ConversationSource = Omit<ConversationSnapshot, "room"> & {
  readonly room: RoomSource | null;
};

/** A snapshot that is made while it is read, once. What it describes may change between two entries. */
export interface SnapshotSource {
  readonly conversations: Iterable<ConversationSource>;
  readonly people: Iterable<PersonSnapshot>;
  readonly bans: Iterable<ServerBan>;
  readonly reports?: Iterable<Report>;
  readonly files?: Iterable<SentFile>;
  /** How many files there are now: they can become too old without an event. */
  readonly fileCount?: number;
}
