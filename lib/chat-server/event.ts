import type { AccountId } from "../protocol/account-id.ts";
import type { SharedFile } from "../protocol/file-facts.ts";
import type { AccountName, Nick, RoomName } from "../protocol/names.ts";
import type { RoomFieldChange } from "../protocol/room-fields.ts";

declare const conversationId: unique symbol;

/**
 * Identifies a stored conversation permanently: `room.tea.<id>` or `dm.mina+jun.<id>`. It is also the name of the
 * conversation's folder, so it holds only characters that every file system allows.
 */
export type ConversationId = string & { readonly [conversationId]: true };

/** A user as they were when an event happened. */
export interface UserIdentity {
  readonly nick: Nick;
  readonly user: string;
  readonly host: string;
  /** The account's name at that time, for display; `null` for a guest. */
  readonly account: AccountName | null;
  /** The account; `null` for a guest. A legacy id in what was stored before there were ids. */
  readonly accountId: AccountId | null;
  readonly realname: string;
  readonly bot: boolean;
  /** Whether the user was a server operator at that time; left out for no. */
  readonly oper?: boolean;
  /** The operator's grade at that time; left out for none. */
  readonly operRole?: string | undefined;
}

/** One change of a room's modes; `add` is whether the mode is set (+) or unset (-). */
export type ModeChange =
  /** A member's rank. */
  | {
      readonly kind: "rank";
      readonly add: boolean;
      readonly letter: string;
      readonly whom: UserIdentity;
    }
  /** A mask on a ban, exception or invitation list. */
  | {
      readonly kind: "list";
      readonly add: boolean;
      readonly letter: string;
      readonly mask: string;
      /** See `ListEntry.account`. */
      readonly account?: AccountId | null;
      /** When the entry ends by itself, in ms since 1970; left out for never. */
      readonly until?: number;
      readonly reason?: string;
    }
  /** Any other mode; `value` is `null` for a mode without an argument. */
  | {
      readonly kind: "setting";
      readonly add: boolean;
      readonly letter: string;
      readonly value: string | null;
    };

/** The fields that every stored event has. */
export interface EventHeader {
  readonly conversation: ConversationId;
  /** Counts up from 1 in its conversation, without gaps. */
  readonly position: number;
  /** Milliseconds since 1970; strictly later than the previous event of the same conversation. */
  readonly time: number;
  readonly msgid: string;
  readonly by: UserIdentity;
}

/** How unread counts change when many messages are erased at once. Days are written as "2026-11-22". */
export interface UnreadRemoval {
  /** Day → number of messages erased. */
  readonly days: Readonly<Record<string, number>>;
  /**
   * For each reader: how many of the messages lie on the day of their read marker and before it, and how many
   * after the marker mentioned them, by day.
   */
  readonly people: readonly {
    readonly account: AccountId;
    readonly read: number;
    readonly named: Readonly<Record<string, number>>;
  }[];
}

/** A file that was sent with a message, and where the server has it. */
export interface StoredFile extends SharedFile {
  /** Where its bytes lie, below the data folder's `files/`: of an earlier message, if that sent the same file. */
  readonly path: string;
}

/** The client tags of a message: key, with its "+", → unescaped value. */
export type ClientTags = Readonly<Record<string, string>>;

/**
 * Everything that can happen in a conversation (a room, or two accounts' direct messages). Events are stored
 * in the conversation's history files in order, and `apply` applies them; a room changes in no other way.
 */
export type RoomEvent = EventHeader &
  (
    | {
        readonly kind: "created";
        /** The room's name; `null` in direct messages. */
        readonly room: RoomName | null;
        /** The two accounts; `null` in a room. */
        readonly pair: readonly [AccountId, AccountId] | null;
      }
    | {
        readonly kind: "said";
        /** TAGMSG carries reactions and has an empty text. A multiline message is one text with "\n". */
        readonly verb: "PRIVMSG" | "NOTICE" | "TAGMSG";
        readonly text: string;
        readonly tags: ClientTags;
        /** The file that was sent with it; the text is its caption, which may be empty. */
        readonly file?: StoredFile;
        /** Indices in the text where its sender split a long line; see split-message.ts. */
        readonly joins?: readonly number[];
        /** When the text was last edited, in ms; left out if never. */
        readonly editedAt?: number;
        /** Accounts that the original text mentioned, in a room. Early versions did not store it. */
        readonly named?: readonly AccountId[];
        /** Accounts that the text mentions since it was edited. Early versions did not store it. */
        readonly namedNow?: readonly AccountId[];
        /** The recipient had blocked the sender: only the sender may see it. See history/withheld.ts. */
        readonly withheld?: true;
        /** The last edit, if it was withheld: the text that only the sender sees. */
        readonly ownEdit?: { readonly text: string; readonly time: number };
      }
    | { readonly kind: "joined" }
    | { readonly kind: "left"; readonly how: "part" | "quit"; readonly reason: string }
    | { readonly kind: "kicked"; readonly whom: UserIdentity; readonly reason: string }
    | { readonly kind: "topic"; readonly text: string }
    | { readonly kind: "mode"; readonly changes: readonly ModeChange[] }
    /**
     * A field of room-fields.ts that has no event kind of its own got a new value. Clients are sent no
     * line.
     */
    | ({ readonly kind: "set" } & RoomFieldChange)
    /** Somebody asked to join (+A). Clients are sent no line for this and the next one. */
    | { readonly kind: "requested" }
    /** The request of the account was approved, declined or taken back. */
    | {
        readonly kind: "answered";
        readonly account: AccountId;
        /** Its name at that time. */
        readonly name: AccountName;
        readonly answer: "approved" | "declined" | "withdrawn";
      }
    | { readonly kind: "renamed"; readonly name: RoomName; readonly reason: string }
    | {
        readonly kind: "edited";
        readonly target: string;
        /** The message's position. Early versions did not store it. */
        readonly targetPosition?: number;
        readonly text: string;
        /**
         * The message's time and, in a room, the accounts that it mentions only since the edit (`named`) and
         * no longer (`unnamed`). Left out when the mentions are the same.
         */
        readonly of?: {
          readonly time: number;
          readonly named: readonly AccountId[];
          readonly unnamed: readonly AccountId[];
        };
        /** The message is withheld, or the recipient has blocked the sender since: see `ownEdit`. */
        readonly withheld?: true;
      }
    | {
        readonly kind: "redacted";
        readonly target: string;
        readonly reason: string;
        /** The message's author, if somebody else redacted it. Early versions did not store it. */
        readonly author?: string;
        /**
         * The message's time and the accounts that it mentioned in a room, by which unread counts are
         * corrected. Left out for reactions, which are not counted.
         */
        readonly of?: { readonly time: number; readonly named: readonly AccountId[] };
        /** The message is withheld. */
        readonly withheld?: true;
      }
    /** All messages of an account were erased; see `AuthoredRange` for `since` and `upTo`. */
    | {
        readonly kind: "forgotten";
        readonly account: AccountId;
        readonly legacyAccount?: AccountId;
        readonly since: number;
        readonly upTo: number;
        readonly of: UnreadRemoval;
      }
    /** The room is closed. Its history stays on disk and its name becomes free. */
    | { readonly kind: "dropped" }
  );

/** The {@link RoomEvent} of one kind: `RoomEventOf<"said">`. */
export type RoomEventOf<K extends RoomEvent["kind"]> = Extract<RoomEvent, { readonly kind: K }>;

/**
 * An event without its header: what a command hands to `State.commit`, which assigns position, time and
 * msgid.
 */
export type EventBody = RoomEvent extends infer E
  ? E extends EventHeader
    ? Omit<E, keyof EventHeader>
    : never
  : never;
