import type { AccountId, Author } from "../../protocol/account-id.ts";

/** A range of one account's messages in a conversation. */
export interface AuthoredRange extends Author {
  /** Position of the last event that counts. */
  readonly upTo: number;
}

/** The messages found in an {@link AuthoredRange}. */
export interface AuthoredLines {
  /** Number of messages, reactions and edits. */
  readonly lines: number;
  /** The time of each message that isn't withheld, ascending. */
  readonly times: readonly number[];
  /** Number of messages that were withheld from who has blocked the author. */
  readonly withheld: number;
  /** Whether one of them is the pinned message. */
  readonly hasPinned: boolean;
  /** The messages that mention a user, or may. */
  readonly naming: readonly MentioningMessage[];
}

/** A message with the accounts that it mentions (`named`), or with the `text` to search for mentions. */
export interface MentioningMessage {
  readonly time: number;
  readonly named?: readonly AccountId[];
  readonly text?: string;
}
