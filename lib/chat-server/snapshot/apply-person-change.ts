import type { AccountId } from "../../protocol/account-id.ts";
import { fold, parseExistingNick } from "../../protocol/names.ts";
import type { ConversationId } from "../event.ts";
import { forgetClosedConversations } from "../history/retention.ts";
import { applyAutoRanks } from "../rooms/auto-ranks.ts";
import { Room } from "../rooms/room.ts";
import type { PersonChange } from "../server-ports.ts";
import type { State } from "../state.ts";
import { markReadUpTo } from "../unread/unread-counts.ts";
import { preferenceKey } from "../users/account-preferences.ts";
import { isTakenByAccount } from "../users/nick-availability.ts";
import { setInvitation } from "../users/room-invitations.ts";
import type { User } from "../users/user.ts";
import { restoreModes } from "../users/user-modes.ts";
import { ensureUser } from "../users/users.ts";

/**
 * Applies a change from the people's journal at a restart: what users did outside of a conversation's events.
 * Applying one twice makes no difference.
 */
export function applyPersonChange(state: State, change: PersonChange): void {
  switch (change.kind) {
    case "marked": {
      const user = ensureAccountUser(state, change.account);
      const previousTime = user?.markers.get(change.conversation) ?? 0;
      user?.markers.set(change.conversation, Math.max(previousTime, change.time));
      const conversation = state.rooms.byId(change.conversation);
      if (user === null || conversation === null) return;
      const { at: position, read, named = 0 } = change;
      // Early versions stored neither: restore() counts their unread messages. A marker whose day was not
      // counted has no counts either: then the unread counts stay as they are.
      if (position === undefined || read === undefined) return;
      return markReadUpTo(conversation, user, change.time, { read, named });
    }
    case "blocked": {
      const user = ensureAccountUser(state, change.account);
      const { mask, names } = change;
      if (change.on) user?.blocked.add(names === undefined ? { mask } : { mask, account: names });
      else user?.blocked.delete(mask);
      return;
    }
    case "metadata": {
      const metadata = findMetadata(state, change.of);
      if (change.value === null) metadata?.delete(change.key);
      else metadata?.set(change.key, change.value);
      return;
    }
    case "preference": {
      const preferences = ensureAccountUser(state, change.account)?.preferences;
      const key = preferenceKey(change.conversation ?? null, change.key);
      if (change.value === null) preferences?.delete(key);
      else preferences?.set(key, change.value);
      return;
    }
    case "nick": {
      const user = ensureAccountUser(state, change.account);
      if (user !== null) restoreNick(state, user, change.nick);
      return;
    }
    case "seen": {
      const user = ensureAccountUser(state, change.account);
      if (user !== null) user.seenAt = Math.max(user.seenAt, change.time);
      return;
    }
    case "modes": {
      const user = ensureAccountUser(state, change.account);
      if (user !== null) restoreModes(state, user, change.modes);
      return;
    }
    case "invited": {
      const { kind: _, account, room: id, ...invitation } = change;
      const user = ensureAccountUser(state, account);
      const room = state.rooms.byId(id);
      if (user === null || !(room instanceof Room) || room.has(user)) return;
      return setInvitation(user, id, invitation);
    }
    case "uninvited":
      ensureAccountUser(state, change.account)?.invitations.delete(change.room);
      return;
    case "forgotten": {
      const user = state.users.byAccount(change.account);
      user?.blocked.clear();
      user?.metadata.clear();
      user?.preferences.clear();
      user?.invitations.clear();
      if (user !== null) restoreModes(state, user, "");
      state.rooms.forgetAccount(change.account);
      state.reports.forgetReporter(change.account);
      if (user !== null) forgetClosedConversations(state, user);
      return;
    }
    case "ranked": {
      const room = state.rooms.byId(change.conversation);
      if (room instanceof Room) applyAutoRanks(room, change);
      return;
    }
    case "banned":
      return state.bans.set(change.ban);
    case "unbanned":
      return state.bans.lift(change.of, change.target);
    case "audited":
      // The audit file has it.
      return;
    case "reported":
      return state.reports.add(change.report);
    case "report-closed":
      return state.reports.remove(change.id);
  }
}

/** Returns the metadata of a room or account. A conversation's id holds a dot, which no account's does. */
function findMetadata(state: State, owner: string): Map<string, string> | null {
  const conversation = state.rooms.byId(owner as ConversationId);
  if (conversation instanceof Room) return conversation.metadata;
  return ensureAccountUser(state, owner as AccountId)?.metadata ?? null;
}

/** Returns the user of an account, made now if necessary; `null` if there is no such account any more. */
export function ensureAccountUser(state: State, id: AccountId): User | null {
  const account = state.accounts.byId(id);
  return account === null ? null : ensureUser(state, account);
}

/** Gives a user back their nick, unless it is invalid, or another user's or account's by now. */
export function restoreNick(state: State, user: User, storedNick: string): void {
  // Usually it is the account's name, which a user begins with.
  if (storedNick === user.nick) return;
  const nick = parseExistingNick(storedNick);
  const holder = nick === null ? null : state.users.byNick(fold(nick));
  if (nick === null || (holder !== null && holder !== user)) return;
  if (!isTakenByAccount(state, nick, user.accountId)) state.users.rename(user, nick);
}
