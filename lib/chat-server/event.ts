import type { AccountName, Nick, RoomName } from "../protocol/names.ts";

declare const conversationId: unique symbol;

/** Names one kept conversation for ever, and is the name of its folder: safe on every file system. */
export type ConversationId = string & { readonly [conversationId]: true };

/** Somebody as they were when a thing happened. */
export interface UserIdentity {
  readonly nick: Nick;
  readonly user: string;
  readonly host: string;
  readonly account: AccountName | null;
  readonly realname: string;
  readonly bot: boolean;
  /** Looked after the server at that time. */
  readonly oper?: boolean;
}

/** One change of a room's modes. */
export type ModeChange =
  | {
      readonly kind: "rank";
      readonly add: boolean;
      readonly letter: string;
      readonly whom: UserIdentity;
    }
  | { readonly kind: "list"; readonly add: boolean; readonly letter: string; readonly mask: string }
  | {
      readonly kind: "setting";
      readonly add: boolean;
      readonly letter: string;
      readonly value: string | null;
    };

/** What every kept event carries. */
export interface EventHeader {
  readonly conversation: ConversationId;
  /** 1, 2, 3 … in its conversation, without gaps. */
  readonly position: number;
  /** Milliseconds since 1970; always later than the event before it in the same conversation. */
  readonly time: number;
  readonly msgid: string;
  readonly by: UserIdentity;
}

/** What unread counts lose by much that is taken back at once. Days are written as "2026-11-22". */
export interface UnreadRemoval {
  /** How many messages there were on each day. */
  readonly days: Readonly<Record<string, number>>;
  /** Of how many people have read the day on which their marker is, and how often they were named behind it. */
  readonly people: readonly {
    readonly account: AccountName;
    readonly read: number;
    readonly named: Readonly<Record<string, number>>;
  }[];
}

/** The client tags that are kept with a message: key, "+" included, → value as it was meant, unescaped. */
export type ClientTags = Readonly<Record<string, string>>;

/**
 * What can happen in a conversation (a room, or two people's direct messages). Kept in its history file, in
 * order, and applied by `apply`: the only way in which a room changes.
 */
export type RoomEvent = EventHeader &
  (
    | {
        readonly kind: "created";
        /** `null` in direct messages. */
        readonly room: RoomName | null;
        /** `null` in a room. */
        readonly pair: readonly [AccountName, AccountName] | null;
      }
    | {
        readonly kind: "said";
        /** TAGMSG carries reactions; its text is empty. Several lines are one text with "\n". */
        readonly verb: "PRIVMSG" | "NOTICE" | "TAGMSG";
        readonly text: string;
        readonly tags: ClientTags;
        /** Places in the text where its sender parted a long line; see split-message.ts. */
        readonly joins?: readonly number[];
        /** When its text was last edited. */
        readonly editedAt?: number;
        /** Whom it named in a room, as it was first said; the first versions left it out. */
        readonly named?: readonly AccountName[];
      }
    | { readonly kind: "joined" }
    | { readonly kind: "left"; readonly how: "part" | "quit"; readonly reason: string }
    | { readonly kind: "kicked"; readonly whom: UserIdentity; readonly reason: string }
    | { readonly kind: "topic"; readonly text: string }
    | { readonly kind: "mode"; readonly changes: readonly ModeChange[] }
    | { readonly kind: "renamed"; readonly name: RoomName; readonly reason: string }
    | {
        readonly kind: "edited";
        readonly target: string;
        readonly text: string;
        /** When the message was said, and whom in a room it names now, and no longer, if that has changed. */
        readonly of?: {
          readonly time: number;
          readonly named: readonly AccountName[];
          readonly unnamed: readonly AccountName[];
        };
      }
    | {
        readonly kind: "redacted";
        readonly target: string;
        readonly reason: string;
        /** When the message was said, and whom it named in a room: it is unread to nobody any more. */
        readonly of?: { readonly time: number; readonly named: readonly AccountName[] };
      }
    /** All that an account said was taken back; see `AuthoredRange`. */
    | {
        readonly kind: "forgotten";
        readonly account: AccountName;
        readonly since: number;
        readonly upTo: number;
        readonly of: UnreadRemoval;
      }
    /** The room was dropped; its history stays on disk, and its name is free. */
    | { readonly kind: "dropped" }
  );

/** One kind of {@link RoomEvent}. */
export type RoomEventOf<K extends RoomEvent["kind"]> = Extract<RoomEvent, { readonly kind: K }>;

/** An event's own part, before it has a place in its conversation. */
export type EventBody = RoomEvent extends infer E
  ? E extends EventHeader
    ? Omit<E, keyof EventHeader>
    : never
  : never;
