import type { ModeChange } from "../event.ts";
import { EXPIRIES_PER_TICK_MAX } from "../limits.ts";
import { serviceIdentity } from "../relay/service-reply.ts";
import type { State } from "../state.ts";
import type { Room } from "./room.ts";

/**
 * Ends the timed entries of rooms' lists whose time has come (bans and mutes, by the time of day), each by a
 * MODE of ChanServ, so that clients see it. Called at every tick, and at the start, for what ended while the
 * server was down. An entry whose end can't be stored is tried again.
 */
export function expireListEntries(state: State): void {
  let left = EXPIRIES_PER_TICK_MAX;
  for (const room of state.rooms.withExpiredEntries(state.now)) {
    for (const change of expiredEntries(room, state.now)) {
      if (left === 0) return;
      left -= 1;
      const by = serviceIdentity(state, "ChanServ");
      if (state.commit(room, by, { kind: "mode", changes: [change] }, null) === null) return;
    }
  }
}

function expiredEntries(room: Room, now: number): ModeChange[] {
  const changes: ModeChange[] = [];
  for (const [letter, entries] of room.lists) {
    for (const { mask, until = Infinity } of entries) {
      if (until <= now) changes.push({ kind: "list", add: false, letter, mask });
    }
  }
  return changes;
}
