import type { AccountName } from "../../protocol/names.ts";
import type { ConversationId, RoomEvent } from "../event.ts";
import { Room } from "../rooms/room.ts";
import type { PersonChange } from "../server-ports.ts";
import type { State } from "../state.ts";
import { applyPersonChange } from "./apply-person-change.ts";

/**
 * Read markers between the events, as they were set: a marker's numbers are those of that time, and what was
 * taken back or edited afterwards changes them.
 */
export class MarkerReplay {
  readonly #state: State;
  readonly #waiting = new Map<ConversationId, PersonChange[]>();
  readonly #done = new Set<PersonChange>();

  constructor(state: State, people: readonly PersonChange[]) {
    this.#state = state;
    const forgotten = new Set<AccountName>();
    for (const change of people.toReversed()) {
      if (change.kind === "forgotten") this.#forget(forgotten, change.account);
      if (change.kind !== "marked") continue;
      const position = state.rooms.byId(change.conversation)?.position ?? 0;
      // Of somebody who is no more; or set before the conversation's entry was made, which has it.
      if (forgotten.has(change.account) || (change.at ?? position) < position) {
        this.#done.add(change);
      } else if (change.at !== undefined) {
        const waiting = this.#waiting.get(change.conversation);
        if (waiting === undefined) this.#waiting.set(change.conversation, [change]);
        else waiting.push(change);
      }
    }
  }

  /** Sets those that were set before this event. */
  applyBefore({ conversation, position }: RoomEvent): void {
    const waiting = this.#waiting.get(conversation);
    for (let next = waiting?.at(-1); next !== undefined; next = waiting?.at(-1)) {
      if (next.kind !== "marked" || next.at === undefined || next.at >= position) return;
      applyPersonChange(this.#state, next);
      this.#done.add(next);
      waiting?.pop();
    }
  }

  /** Whether there is nothing left to do for it. */
  isApplied(change: PersonChange): boolean {
    return this.#done.has(change);
  }

  /** Whoever has the name next must not have this one's markers. */
  #forget(forgotten: Set<AccountName>, account: AccountName): void {
    forgotten.add(account);
    const user = this.#state.users.byAccount(account);
    user?.markers.clear();
    // Whether they are in a room, and have read it, is told by the room's own entry and its events.
    for (const id of user?.readStates.keys() ?? []) {
      const room = this.#state.rooms.byId(id);
      if (user !== null && !(room instanceof Room && room.has(user))) user.readStates.delete(id);
    }
  }
}
