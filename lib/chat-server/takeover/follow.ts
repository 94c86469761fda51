import type { AccountChange } from "../../member-server/account.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import { apply } from "../apply-event.ts";
import type { ConversationId, RoomEvent } from "../event.ts";
import { resolveAccounts } from "../history/resolve-accounts.ts";
import { Room } from "../rooms/room.ts";
import type { PersonChange } from "../server-ports.ts";
import { applyPersonChange, ensureAccountUser } from "../snapshot/apply-person-change.ts";
import type { State } from "../state.ts";
import { type GuestMessagePart, setGuestMessage } from "./guest-message-parts.ts";
import { fillReceipts, fillRoom, type ReceiptsPart, type RoomPart } from "./room-parts.ts";
import { type CountsPart, fillCounts, fillService, type ServicePart } from "./service-part.ts";
import type { ToldEvent } from "./soft-changes.ts";
import { softTables } from "./soft-state.ts";
import { fillUser, placeGuests, type UserPart } from "./user-part.ts";

/** Something that was stored: one of the three kinds of changes that leave through ports. */
export type StoredChange =
  | { readonly kind: "event"; readonly event: RoomEvent }
  | { readonly kind: "person"; readonly change: PersonChange }
  | { readonly kind: "account"; readonly change: AccountChange };

/** What happened in one turn of the server that leads. */
export interface FollowedRecord {
  /** In the order in which it was stored. */
  readonly changes: readonly StoredChange[];
  /** `SoftStateChanges.parts` of the turn. */
  readonly parts: readonly (readonly [key: string, value: unknown])[];
  /** `SoftStateChanges.upMs` of the turn; 0 if it doesn't say so, which leaves the service's clock as it goes. */
  readonly upMs: number;
  /** `SoftStateChanges.told` of the turn: only `retell` needs it. */
  readonly told?: readonly ToldEvent[];
}

/**
 * Applies a record without storing or relaying anything. Events that the state has already are passed over. Throws for a
 * change that can't be applied: a server that starts finds it among what is stored, and passes it over.
 */
export function followRecord(state: State, { changes, parts, upMs }: FollowedRecord): void {
  if (upMs > 0) state.startedElapsedMs = (state.elapsedMs - upMs) as ElapsedMs;
  const byKind = new Map<string, (readonly [key: string, value: unknown])[]>();
  for (const [fullKey, value] of parts) {
    const colon = fullKey.indexOf(":");
    const kind = fullKey.slice(0, colon);
    const entries = byKind.get(kind) ?? [];
    entries.push([fullKey.slice(colon + 1), value]);
    byKind.set(kind, entries);
  }
  // The casts here: they are what `takeChanges` of another server returned.
  const users = new Map(byKind.get("user") as [string, UserPart | null][] | undefined);
  const attemptUser = (key: string, run: () => void): void => attempt(state, `user:${key}`, run);
  placeGuests(state, users, false, attemptUser);
  for (const change of changes) followChange(state, change);
  placeGuests(state, users, true, attemptUser);
  for (const [key, part] of users) {
    attemptUser(key, () => {
      const user = state.users.byKey(key) ?? ensureAccountUser(state, key as AccountId);
      if (user !== null) fillUser(state, user, part);
    });
  }
  if (byKind.size === 0) return;
  const tables = softTables(state);
  for (const [kind, entries] of byKind) {
    for (const entry of entries) {
      attempt(state, `${kind}:${entry[0]}`, () => applyPart(state, tables, kind, entry));
    }
  }
}

/** A part that can't be read costs what it is about. Every server that follows would fail at it. */
function attempt(state: State, key: string, run: () => void): void {
  try {
    run();
  } catch (cause) {
    state.ports.note("error", `the soft state ${key} can't be read, and is lost`, cause);
  }
}

function followChange(state: State, stored: StoredChange): void {
  switch (stored.kind) {
    case "event":
      return followEvent(state, stored.event);
    case "person":
      return applyPersonChange(state, stored.change);
    case "account":
      return followAccount(state, stored.change);
  }
}

function followEvent(state: State, stored: RoomEvent): void {
  const event = resolveAccounts(state.accounts, stored);
  const conversation = state.rooms.byId(event.conversation);
  if (conversation !== null && event.position <= conversation.position) return;
  if (conversation === null && event.kind !== "created") return;
  const needsUser = event.kind === "joined" || event.kind === "said";
  if (needsUser && event.by.accountId !== null) ensureAccountUser(state, event.by.accountId);
  apply(state, event);
}

/** Applies an account change. What follows for nicks and rooms comes as changes of its own. */
function followAccount(state: State, change: AccountChange): void {
  const gone = change.kind === "deleted" ? [change.id, ...botIdsOf(state, change.id)] : [];
  state.accounts.apply(change);
  for (const id of gone) forgetUser(state, id);
  if (change.kind !== "renamed") return;
  const user = state.users.byAccount(change.id);
  const name = state.accounts.byId(change.id)?.name;
  if (user === null || name !== change.name) return;
  const isNamed = user.identity.realname === user.account;
  user.updateIdentity({ account: name, ...(isNamed && { realname: name }) });
}

function botIdsOf({ accounts }: State, id: AccountId): AccountId[] {
  return accounts.botsOf(id).map((bot) => bot.id);
}

function forgetUser(state: State, id: AccountId): void {
  const user = state.users.byAccount(id);
  state.rooms.forgetAccount(id);
  state.reports.forgetReporter(id);
  state.whowas.forgetAccount(id);
  if (user === null) return;
  for (const room of user.rooms) room.members.delete(user);
  user.rooms.clear();
  state.users.remove(user);
}

function applyPart(
  state: State,
  tables: ReturnType<typeof softTables>,
  kind: string,
  [key, part]: readonly [key: string, value: unknown],
): void {
  switch (kind) {
    case "user":
      return;
    case "message":
      return applyMessage(state, key, part as GuestMessagePart | null);
    case "room": {
      const room = state.rooms.byId(key as ConversationId);
      if (room instanceof Room) fillRoom(state, room, part as RoomPart | null);
      return;
    }
    case "receipts": {
      const conversation = state.rooms.byId(key as ConversationId);
      if (conversation !== null) fillReceipts(state, conversation, part as ReceiptsPart | null);
      return;
    }
    case "service":
      return fillService(state, part as ServicePart);
    case "counts":
      return fillCounts(state, part as CountsPart);
    default:
      // A kind that this version doesn't know is passed over.
      tables.get(kind)?.restore(key, part, state.startedElapsedMs, state.elapsedMs);
  }
}

/** @param key the guest's key, a colon, and the msgid */
function applyMessage(state: State, key: string, part: GuestMessagePart | null): void {
  const colon = key.indexOf(":");
  const guest = state.users.byKey(key.slice(0, colon));
  if (guest !== null) setGuestMessage(state, guest, key.slice(colon + 1), part);
}
