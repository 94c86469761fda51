import type { ConversationId, RoomEvent, RoomEventOf } from "../../chat-server/event.ts";
import type { AuthoredRange } from "../../chat-server/server-ports.ts";

/** An event that changes what an earlier one says. */
export type Correction = RoomEventOf<"edited"> | RoomEventOf<"redacted">;

/** An event that takes back all that an account said. */
export type Forgetting = RoomEventOf<"forgotten">;

/** Whether an event is one of those: a message, a reaction, or an edit. */
export function isSaidBy(event: RoomEvent, { account, since, upTo }: AuthoredRange): boolean {
  if (event.kind !== "said" && event.kind !== "edited") return false;
  return event.by.account === account && event.position <= upTo && event.time >= since;
}

/**
 * Edits and redactions that are kept as events and not yet carried out in the files, by conversation and by
 * the message that they are about. Until they are, reading lays them over what it finds.
 */
export class Corrections {
  readonly #byTarget = new Map<string, Correction[]>();
  #forgettings: Forgetting[] = [];
  #size = 0;

  /** How many have yet to be carried out. */
  get size(): number {
    return this.#size + this.#forgettings.length;
  }

  add(correction: Correction | Forgetting): void {
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

  has(correction: Correction | Forgetting): boolean {
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
  about(where: Pick<RoomEvent, "conversation">, target: string): readonly Correction[] {
    return this.#byTarget.get(keyOf(where, target)) ?? [];
  }

  /** These are carried out, or never can be. */
  settle(corrections: readonly Correction[]): void {
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
  forgettings(conversation: ConversationId): readonly Forgetting[] {
    return this.#forgettings.filter((one) => one.conversation === conversation);
  }

  settleForgetting(forgetting: Forgetting): void {
    this.#forgettings = this.#forgettings.filter((one) => one !== forgetting);
  }

  *all(): Iterable<Correction> {
    for (const corrections of this.#byTarget.values()) yield* corrections;
  }

  *everything(): Iterable<Correction | Forgetting> {
    yield* this.all();
    yield* this.#forgettings;
  }

  /** The conversations that are owed something. */
  conversations(): Set<ConversationId> {
    return new Set([...this.everything()].map((one) => one.conversation));
  }

  /** The event as it is to be shown, or `null` when nobody is to see it any more. */
  lay(event: RoomEvent): RoomEvent | null {
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

function isForgotten(event: RoomEvent, forgetting: Forgetting): boolean {
  return event.conversation === forgetting.conversation && isSaidBy(event, forgetting);
}

function keyOf(where: Pick<RoomEvent, "conversation">, target: string): string {
  return `${where.conversation} ${target}`;
}
