import type { AccountId } from "../../protocol/account-id.ts";
import { closeSession } from "../sessions/attach-session.ts";
import type { State } from "../state.ts";
import { withdrawRoomInvitations } from "./room-invitations.ts";
import { quitUser } from "./users.ts";

/**
 * Takes a deleted account out of memory: its user leaves, its sessions are closed, and nobody can reach its direct
 * conversations any more.
 */
export function endAccount(state: State, id: AccountId, reason: string): void {
  state.rooms.forgetAccount(id);
  state.reports.forgetReporter(id);
  withdrawRoomInvitations(state, id);
  const user = state.users.byAccount(id);
  user?.sessions.splice(0);
  if (user !== null) quitUser(state, user, "Account deleted");
  state.whowas.forgetAccount(id);
  for (const session of [...state.sessions]) {
    if (session.accountId !== id) continue;
    session.user = null;
    closeSession(state, session, reason);
  }
}
