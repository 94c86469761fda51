import type { State } from "../state.ts";

/** What there is at a moment: for the metrics file and the owner's console. */
export interface ServerGauges {
  readonly accounts: number;
  /** People with an account who are connected. */
  readonly membersOnline: number;
  readonly guests: number;
  readonly rooms: number;
  readonly directConversations: number;
  readonly bans: number;
  /** All connections that can send lines. */
  readonly sessions: number;
  /** Those of them that have not registered yet. */
  readonly unregistered: number;
  /** Those of registered people, by what they belong to. */
  readonly memberSessions: number;
  readonly guestSessions: number;
  /** Lines that wait for tokens, an outbox or an answer. */
  readonly heldLines: number;
  /** Slow queries whose answers are awaited. */
  readonly queries: number;
  /** Bytes queued for all readers. */
  readonly outboxBytes: number;
}

/** Counts what there is now: a walk over all sessions and users. */
export function serverGauges(state: State): ServerGauges {
  let [unregistered, memberSessions, guestSessions, heldLines, outboxBytes] = [0, 0, 0, 0, 0];
  for (const { user, heldLines: lines, link } of state.sessions) {
    if (user === null) unregistered += 1;
    else if (user.account === null) guestSessions += 1;
    else memberSessions += 1;
    heldLines += lines.length;
    outboxBytes += link.backlog ?? 0;
  }
  let [membersOnline, guests] = [0, 0];
  for (const { account, sessions } of state.users.all()) {
    if (account === null) guests += 1;
    else if (sessions.length > 0) membersOnline += 1;
  }
  let conversations = 0;
  for (const _ of state.rooms.conversations()) conversations += 1;
  return {
    ...{ accounts: state.accounts.size, membersOnline, guests },
    ...{ rooms: state.rooms.size, directConversations: conversations - state.rooms.size },
    bans: state.bans.all(state.now).length,
    ...{ sessions: state.sessions.size, unregistered, memberSessions, guestSessions },
    ...{ heldLines, queries: state.pendingQueries(), outboxBytes },
  };
}
