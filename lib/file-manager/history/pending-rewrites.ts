import type { ConversationId, RoomEvent, RoomEventOf } from "../../chat-server/event.ts";
import type { AuthoredRange } from "../../chat-server/history/authored-range.ts";
import { isAuthor } from "../../protocol/account-id.ts";
import { mentionsAfterEdit } from "../../protocol/mention.ts";

/** An event that changes the text of an earlier message. */
export type MessageRewrite = RoomEventOf<"edited"> | RoomEventOf<"redacted">;

/** An event that erases all messages of an account. */
export type ErasureRewrite = RoomEventOf<"forgotten">;

/** Whether an event is a message, a reaction or an edit of this author within the range. */
export function isAuthoredBy(event: RoomEvent, range: AuthoredRange): boolean {
  if (event.kind !== "said" && event.kind !== "edited") return false;
  return event.position <= range.upTo && isAuthor(range, event.by.accountId, event.time);
}

/**
 * Edits, redactions and erasures that are stored as events, and not yet carried out in the lines that they change. Until
 * they are, reading applies them to what it finds. Owned by the rewriter.
 */
export class PendingRewrites {
  /** Conversation and msgid → its edits and redactions, in order of position. */
  readonly #byMessage = new Map<string, MessageRewrite[]>();
  #erasures: ErasureRewrite[] = [];
  #messageRewriteCount = 0;

  /** How many have yet to be carried out. */
  get size(): number {
    return this.#messageRewriteCount + this.#erasures.length;
  }

  /** Adds a rewrite, unless it was added already. */
  add(rewrite: MessageRewrite | ErasureRewrite): void {
    if (this.has(rewrite)) return;
    if (rewrite.kind === "forgotten") {
      this.#erasures.push(rewrite);
      return;
    }
    const key = keyOf(rewrite, rewrite.target);
    const rewrites = this.#byMessage.get(key);
    if (rewrites === undefined) this.#byMessage.set(key, [rewrite]);
    else rewrites.push(rewrite);
    this.#messageRewriteCount += 1;
  }

  has(rewrite: MessageRewrite | ErasureRewrite): boolean {
    const candidates =
      rewrite.kind === "forgotten"
        ? this.erasures(rewrite.conversation)
        : this.ofMessage(rewrite, rewrite.target);
    return candidates.some(({ position }) => position === rewrite.position);
  }

  /** Returns the edits and redactions of one message, in order of position. */
  ofMessage(where: Pick<RoomEvent, "conversation">, msgid: string): readonly MessageRewrite[] {
    return this.#byMessage.get(keyOf(where, msgid)) ?? [];
  }

  /** Removes edits and redactions that are carried out, or never can be. */
  resolve(rewrites: readonly MessageRewrite[]): void {
    for (const rewrite of rewrites) {
      const key = keyOf(rewrite, rewrite.target);
      const before = this.#byMessage.get(key) ?? [];
      const left = before.filter(({ position }) => position !== rewrite.position);
      this.#messageRewriteCount -= before.length - left.length;
      if (left.length === 0) this.#byMessage.delete(key);
      else this.#byMessage.set(key, left);
    }
  }

  /** Returns the erasures of a conversation, in their order. */
  erasures(id: ConversationId): readonly ErasureRewrite[] {
    return this.#erasures.filter(({ conversation }) => conversation === id);
  }

  /** Removes an erasure that is carried out. */
  resolveErasure(erasure: ErasureRewrite): void {
    this.#erasures = this.#erasures.filter((pending) => pending !== erasure);
  }

  /** Yields every edit and redaction. */
  *messageRewrites(): Iterable<MessageRewrite> {
    for (const rewrites of this.#byMessage.values()) yield* rewrites;
  }

  /** Yields everything that has yet to be carried out. */
  *all(): Iterable<MessageRewrite | ErasureRewrite> {
    yield* this.messageRewrites();
    yield* this.#erasures;
  }

  /** Returns the conversations in which something has yet to be carried out. */
  conversationIds(): Set<ConversationId> {
    return new Set([...this.all()].map(({ conversation }) => conversation));
  }

  /** Returns the event with the pending rewrites applied, or `null` when it is redacted or erased. */
  applyTo(event: RoomEvent): RoomEvent | null {
    if (this.size === 0) return event;
    if (this.#erasures.some((erasure) => isErasedBy(event, erasure))) return null;
    if (event.kind === "said") {
      let shown: RoomEventOf<"said"> = event;
      for (const rewrite of this.ofMessage(event, event.msgid)) {
        if (rewrite.kind === "redacted") return null;
        shown = withEdit(shown, rewrite);
      }
      return shown;
    }
    if (event.kind === "edited") {
      const isOutdated = this.ofMessage(event, event.target).some(
        (rewrite) => rewrite.kind === "redacted" || rewrite.position > event.position,
      );
      return isOutdated ? null : event;
    }
    return event;
  }
}

/** The same as `withEdit` of the chat server. */
function withEdit(
  message: RoomEventOf<"said">,
  { text, time, withheld, of }: RoomEventOf<"edited">,
): RoomEventOf<"said"> {
  if (withheld === true && message.withheld !== true)
    return { ...message, ownEdit: { text, time } };
  const { ownEdit: _, ...rest } = message;
  return { ...rest, text, editedAt: time, ...mentionsAfterEdit(message, of) };
}

function isErasedBy(event: RoomEvent, erasure: ErasureRewrite): boolean {
  return event.conversation === erasure.conversation && isAuthoredBy(event, erasure);
}

function keyOf({ conversation }: Pick<RoomEvent, "conversation">, msgid: string): string {
  return `${conversation} ${msgid}`;
}
