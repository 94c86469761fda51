import type { AccountId } from "../../protocol/account-id.ts";
import type { ConversationId, RoomEvent } from "../event.ts";
import { Room } from "../rooms/room.ts";
import type { PersonChange } from "../server-ports.ts";
import type { State } from "../state.ts";
import { applyPersonChange } from "./apply-person-change.ts";

/**
 * Applies the read markers of the people's journal between the events of their conversations, in the order in
 * which they were set: a marker's counts are those of its time, and later redactions and edits change them.
 *
 * Owns the markers that are still to be applied. Lives as long as one `restore`.
 */
export class MarkerReplay {
  readonly #state: State;
  /** Of each conversation, the newest first, so that the next one is popped from the end. */
  readonly #pending = new Map<ConversationId, PersonChange[]>();
  /** Changes that were applied, or need not be. */
  readonly #applied = new Set<PersonChange>();

  /** @param changes the journal, oldest first; the snapshot must be restored already */
  constructor(state: State, changes: readonly PersonChange[]) {
    this.#state = state;
    const deletedAccounts = new Set<AccountId>();
    for (const change of changes.toReversed()) {
      if (change.kind === "forgotten") this.#forgetAccount(deletedAccounts, change.account);
      if (change.kind !== "marked") continue;
      const position = state.rooms.byId(change.conversation)?.position ?? 0;
      // The account was deleted later, or the conversation's snapshot has the marker already.
      if (deletedAccounts.has(change.account) || (change.at ?? position) < position) {
        this.#applied.add(change);
      } else if (change.at !== undefined) {
        const pending = this.#pending.get(change.conversation);
        if (pending === undefined) this.#pending.set(change.conversation, [change]);
        else pending.push(change);
      }
    }
  }

  /** Applies the markers of the event's conversation that were set before the event. */
  applyBefore({ conversation, position }: RoomEvent): void {
    const pending = this.#pending.get(conversation);
    for (let next = pending?.at(-1); next !== undefined; next = pending?.at(-1)) {
      if (next.kind !== "marked" || next.at === undefined || next.at >= position) return;
      applyPersonChange(this.#state, next);
      this.#applied.add(next);
      pending?.pop();
    }
  }

  /** Whether a change was applied or need not be. */
  isApplied(change: PersonChange): boolean {
    return this.#applied.has(change);
  }

  /** Clears the markers of a deleted account. */
  #forgetAccount(deletedAccounts: Set<AccountId>, account: AccountId): void {
    deletedAccounts.add(account);
    const user = this.#state.users.byAccount(account);
    user?.markers.clear();
    // A member's read state in a room is in the room's own snapshot and events.
    for (const id of user?.readStates.keys() ?? []) {
      const room = this.#state.rooms.byId(id);
      if (user !== null && !(room instanceof Room && room.has(user))) user.readStates.delete(id);
    }
  }
}
