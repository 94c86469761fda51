import { type AccountName, fold, parseNick } from "../../protocol/names.ts";
import type { ConversationId } from "../event.ts";
import { applyAutoRanks } from "../rooms/auto-ranks.ts";
import { Room } from "../rooms/room.ts";
import type { PersonChange } from "../server-ports.ts";
import type { State } from "../state.ts";
import { readUpTo } from "../unread/unread-counts.ts";
import type { User } from "../users/user.ts";
import { restoreModes } from "../users/user-modes.ts";
import { ensureUser } from "../users/users.ts";

/** Carries out what a person did outside of any room. */
export function applyPersonChange(state: State, change: PersonChange): void {
  switch (change.kind) {
    case "marked": {
      const user = userOfAccount(state, change.account);
      const known = user?.markers.get(change.conversation) ?? 0;
      user?.markers.set(change.conversation, Math.max(known, change.time));
      const conversation = state.rooms.byId(change.conversation);
      if (user === null || conversation === null) return;
      const { at, read, named = 0 } = change;
      // The first versions counted otherwise.
      if (at === undefined || read === undefined) return;
      return readUpTo(conversation, user, change.time, { read, named });
    }
    case "blocked": {
      const user = userOfAccount(state, change.account);
      if (change.on) user?.blocked.add(change.mask);
      else user?.blocked.delete(change.mask);
      return;
    }
    case "metadata": {
      const metadata = describedBy(state, change.of);
      if (change.value === null) metadata?.delete(change.key);
      else metadata?.set(change.key, change.value);
      return;
    }
    case "nick": {
      const user = userOfAccount(state, change.account);
      if (user !== null) restoreNick(state, user, change.nick);
      return;
    }
    case "modes": {
      const user = userOfAccount(state, change.account);
      if (user !== null) restoreModes(user, change.modes);
      return;
    }
    case "forgotten": {
      // Whoever has the name now is somebody else, and what they did comes later.
      const user = state.users.byAccount(change.account);
      user?.blocked.clear();
      user?.metadata.clear();
      if (user !== null) restoreModes(user, "");
      state.rooms.forget(change.account);
      for (const kept of [user?.markers, user?.readStates]) {
        for (const id of kept?.keys() ?? []) if (state.rooms.byId(id) === null) kept?.delete(id);
      }
      return;
    }
    case "ranked": {
      const room = state.rooms.byId(change.conversation);
      if (room instanceof Room) applyAutoRanks(room, change.account, change.ranks);
      return;
    }
    case "banned":
      return state.bans.set(change.ban);
    case "unbanned":
      return state.bans.lift(change.of, change.target);
  }
}

/** Whose metadata a change is about: a conversation's id has a dot, and no account's name has. */
function describedBy(state: State, of: string): Map<string, string> | null {
  const conversation = state.rooms.byId(of as ConversationId);
  if (conversation instanceof Room) return conversation.metadata;
  return userOfAccount(state, of as AccountName)?.metadata ?? null;
}

/** Who is still an account has a user; whoever was deleted is nobody. */
export function userOfAccount(state: State, account: AccountName): User | null {
  const known = state.accounts.account(fold(account));
  return known === null ? null : ensureUser(state, known.name);
}

/** What somebody was called, unless an account has come to have that name. */
export function restoreNick(state: State, user: User, asked: string): void {
  const nick = parseNick(asked);
  const holder = nick === null ? null : state.users.byNick(fold(nick));
  if (nick === null || (holder !== null && holder !== user)) return;
  if (!state.isTakenByAccount(nick, user.account)) state.users.rename(user, nick);
}
