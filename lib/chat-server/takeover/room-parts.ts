import type { Folded } from "../../protocol/names.ts";
import { READ_RECEIPTS_EVERY_MS } from "../limits.ts";
import { type Conversation, DirectConversation, type Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import { elapsedTime, serviceTime } from "./service-part.ts";

/** What is in memory alone of a room: JSON, with times of the service's clock. */
export interface RoomPart {
  /** Who talked in slow mode (+W), and when. */
  readonly spoke?: readonly (readonly [userKey: string, time: number])[];
  /** Who joined under a join throttle (+j), and when. */
  readonly joins?: readonly (readonly [who: string, time: number])[];
  readonly formerName?: readonly [name: Folded, until: number];
}

/** The read receipts of a conversation that are still to be sent: JSON. */
export interface ReceiptsPart {
  readonly pending: readonly string[];
  /** When receipts were sent, by the service's clock. */
  readonly sentMs: number | null;
  readonly told: readonly (readonly [userKey: string, time: number])[];
}

/** Returns a room's part, or `null` if it is empty or the room is gone. */
export function roomPart(state: State, room: Room): RoomPart | null {
  const { elapsedMs } = state;
  if (state.rooms.byId(room.id) !== room) return null;
  const slowMs = Number(room.modes.get("W") ?? 0) * 1000;
  const spoke = [...room.spokeElapsedMs]
    .filter(([, spokeElapsedMs]) => elapsedMs - spokeElapsedMs < slowMs)
    .map(([key, spokeElapsedMs]) => [key, serviceTime(state, spokeElapsedMs)] as const);
  const joins = room.recentJoins.map(
    (join) => [join.who, serviceTime(state, join.elapsedMs)] as const,
  );
  const formerName = state.rooms.formerNameOf(room);
  const part: RoomPart = {
    ...(spoke.length > 0 && { spoke }),
    ...(joins.length > 0 && { joins }),
    ...(formerName !== null && { formerName }),
  };
  return Object.keys(part).length === 0 ? null : part;
}

/** Sets what a part has of a room. */
export function fillRoom(state: State, room: Room, part: RoomPart | null): void {
  room.spokeElapsedMs.clear();
  for (const [key, time] of part?.spoke ?? []) {
    room.spokeElapsedMs.set(key, elapsedTime(state, time));
  }
  room.recentJoins = (part?.joins ?? []).map(([who, time]) => ({
    who,
    elapsedMs: elapsedTime(state, time),
  }));
  if (part?.formerName !== undefined) state.rooms.setFormerName(room, ...part.formerName);
}

/** Returns a conversation's receipts, or `null` if none are to be sent. */
export function receiptsPart(state: State, conversation: Conversation): ReceiptsPart | null {
  if (state.rooms.byId(conversation.id) !== conversation) return null;
  const accounts = conversation instanceof DirectConversation ? conversation.accounts : [];
  const users = accounts.flatMap((account) => state.users.byAccount(account) ?? []);
  const { pending, lastSentElapsedMs, told } = state.readReceipts.stateOf(conversation, users);
  const sentElapsedMs = lastSentElapsedMs ?? Number.NEGATIVE_INFINITY;
  const isDue = state.elapsedMs - sentElapsedMs >= READ_RECEIPTS_EVERY_MS;
  if (pending.length === 0 && told.length === 0 && isDue) return null;
  return {
    pending: pending.map(({ key }) => key),
    sentMs: isDue ? null : serviceTime(state, sentElapsedMs),
    told: told.map(([user, time]) => [user.key, time]),
  };
}

/** Sets a conversation's receipts. */
export function fillReceipts(
  state: State,
  conversation: Conversation,
  part: ReceiptsPart | null,
): void {
  const { users } = state;
  const sentMs = part?.sentMs ?? null;
  state.readReceipts.restore(conversation, {
    pending: (part?.pending ?? []).flatMap((key) => users.byKey(key) ?? []),
    lastSentElapsedMs: sentMs === null ? null : elapsedTime(state, sentMs),
    told: (part?.told ?? []).flatMap(([key, time]) => {
      const user = users.byKey(key);
      return user === null ? [] : [[user, time] as const];
    }),
  });
}
