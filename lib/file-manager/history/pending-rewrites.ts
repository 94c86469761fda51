import type { ConversationId, RoomEvent, RoomEventOf } from "../../chat-server/event.ts";
import type { AuthoredRange } from "../../chat-server/server-ports.ts";

/** An event that changes what an earlier one says. */
export type MessageRewrite = RoomEventOf<"edited"> | RoomEventOf<"redacted">;

/** An event that takes back all that an account said. */
export type ErasureRewrite = RoomEventOf<"forgotten">;

/** Whether an event is one of those: a message, a reaction, or an edit. */
export function isAuthoredBy(event: RoomEvent, { account, since, upTo }: AuthoredRange): boolean {
  if (event.kind !== "said" && event.kind !== "edited") return false;
  return event.by.account === account && event.position <= upTo && event.time >= since;
}

/**
 * Edits and redactions that are kept as events and not yet carried out in the files, by conversation and by
 * the message that they are about. Until they are, reading lays them over what it finds.
 */
export class PendingRewrites {
  readonly #byTarget = new Map<string, MessageRewrite[]>();
  #forgettings: ErasureRewrite[] = [];
  #size = 0;

  /** How many have yet to be carried out. */
  get size(): number {
    return this.#size + this.#forgettings.length;
  }

  add(correction: MessageRewrite | ErasureRewrite): void {
    if (correction.kind === "forgotten") {
      if (!this.has(correction)) this.#forgettings.push(correction);
      return;
    }
    const key = keyOf(correction, correction.target);
    const known = this.#byTarget.get(key);
    if (known?.some((one) => one.position === correction.position)) return;
    if (known === undefined) this.#byTarget.set(key, [correction]);
    else known.push(correction);
    this.#size += 1;
  }

  has(correction: MessageRewrite | ErasureRewrite): boolean {
    if (correction.kind === "forgotten") {
      const { conversation, position } = correction;
      return this.#forgettings.some(
        (one) => one.conversation === conversation && one.position === position,
      );
    }
    return this.about(correction, correction.target).some(
      (one) => one.position === correction.position,
    );
  }

  /** All that are about one message, in order of position. */
  about(where: Pick<RoomEvent, "conversation">, target: string): readonly MessageRewrite[] {
    return this.#byTarget.get(keyOf(where, target)) ?? [];
  }

  /** These are carried out, or never can be. */
  resolve(corrections: readonly MessageRewrite[]): void {
    for (const settled of corrections) {
      const key = keyOf(settled, settled.target);
      const known = this.#byTarget.get(key) ?? [];
      const left = known.filter((one) => one.position !== settled.position);
      this.#size -= known.length - left.length;
      if (left.length === 0) this.#byTarget.delete(key);
      else this.#byTarget.set(key, left);
    }
  }

  /** Those of a conversation that are owed, in their order. */
  erasures(conversation: ConversationId): readonly ErasureRewrite[] {
    return this.#forgettings.filter((one) => one.conversation === conversation);
  }

  resolveErasure(forgetting: ErasureRewrite): void {
    this.#forgettings = this.#forgettings.filter((one) => one !== forgetting);
  }

  *all(): Iterable<MessageRewrite> {
    for (const corrections of this.#byTarget.values()) yield* corrections;
  }

  *everything(): Iterable<MessageRewrite | ErasureRewrite> {
    yield* this.all();
    yield* this.#forgettings;
  }

  /** The conversations that are owed something. */
  conversations(): Set<ConversationId> {
    return new Set([...this.everything()].map((one) => one.conversation));
  }

  /** The event as it is to be shown, or `null` when nobody is to see it any more. */
  applyTo(event: RoomEvent): RoomEvent | null {
    if (this.size === 0) return event;
    if (this.#forgettings.some((one) => isForgotten(event, one))) return null;
    if (event.kind === "said") {
      let shown: RoomEventOf<"said"> = event;
      for (const correction of this.about(event, event.msgid)) {
        if (correction.kind === "redacted") return null;
        shown = { ...shown, text: correction.text, editedAt: correction.time };
      }
      return shown;
    }
    if (event.kind === "edited") {
      const isOutdated = this.about(event, event.target).some(
        (one) => one.kind === "redacted" || one.position > event.position,
      );
      return isOutdated ? null : event;
    }
    return event;
  }
}

function isForgotten(event: RoomEvent, forgetting: ErasureRewrite): boolean {
  return event.conversation === forgetting.conversation && isAuthoredBy(event, forgetting);
}

function keyOf(where: Pick<RoomEvent, "conversation">, target: string): string {
  return `${where.conversation} ${target}`;
}
