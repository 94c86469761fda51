import type { Account } from "../../member-server/account.ts";
import { expiredNameChanges } from "../../member-server/resting-names.ts";
import { withdrawalsOf } from "../../member-server/suspension.ts";
import { type AccountId, authorOf } from "../../protocol/account-id.ts";
import { formatCount } from "../../protocol/plural.ts";
import { query, runSteps, type Steps } from "../command.ts";
import { type EraseOutcome, eraseMessages } from "../history/erase-messages.ts";
import { serviceIdentity } from "../relay/service-reply.ts";
import { ModeDraft } from "../rooms/mode-draft.ts";
import type { Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import { type Moderator, moderatorName, suspendAccount } from "./account-moderation.ts";
import { audit } from "./audit.ts";
import { endAccount } from "./end-account.ts";

/** Removing accounts: one's own, or somebody's, with all that it wrote or without. */

/** How an account is removed. */
export interface RemovalTerms {
  /** Whether all its messages are erased before. */
  readonly withMessages: boolean;
  readonly reason: string;
  /** Called once, when the account is gone or stays: with messages that is later. */
  readonly done: (outcome: "removed" | "incomplete" | "not-stored") => void;
}

const OTHER_RANKS = "aoh";

/** Stores that an account is deleted, and calls `onDeleted` when it is. Returns whether it could be stored. */
export function* deleteAccount(state: State, id: AccountId, onDeleted: () => void): Steps<boolean> {
  // Stored before the deletion: after a crash between the two, the direct conversations must be gone.
  for (const account of [id, ...state.accounts.botsOf(id).map((bot) => bot.id)]) {
    if (!state.ports.appendPerson({ kind: "forgotten", account })) return false;
  }
  const changes = [
    ...expiredNameChanges(state.accounts, state.options.nameRestDays, state.now),
    ...withdrawalsOf(state.accounts, id),
    { kind: "deleted", id, time: state.now } as const,
  ];
  const { saved } = yield* query({ kind: "save-accounts", changes }, (answer) => {
    if (answer.saved) onDeleted();
  });
  return saved;
}

/**
 * Removes somebody's account. With its messages, it is suspended until they are erased: whatever happens meanwhile,
 * it can't write more of them, and the command can be repeated. Returns whether it has begun.
 */
export function* removeAccount(
  state: State,
  by: Moderator,
  account: Account,
  terms: RemovalTerms,
): Steps<"begun" | "busy" | "not-stored"> {
  const { id, name } = account;
  if (!terms.withMessages) {
    const isDeleted = yield* deleteAndPassRooms(state, by, account, terms);
    terms.done(isDeleted ? "removed" : "not-stored");
    return isDeleted ? "begun" : "not-stored";
  }
  if (state.accountsBeingErased.has(id)) return "busy";
  const suspended = { durationMs: null, reason: terms.reason };
  if ((yield* suspendAccount(state, by, account, suspended)) === "not-stored") return "not-stored";
  const done = ({ messages, conversations, isAll }: EraseOutcome): void => {
    const counts = `${formatCount(messages, "message")} in ${formatCount(conversations, "conversation")}`;
    state.ports.note(isAll ? "info" : "error", `deleted ${counts} of ${name}`);
    if (!isAll) return terms.done("incomplete");
    state.runInBackground(
      runSteps(
        (function* (): Steps {
          const isDeleted = yield* deleteAndPassRooms(state, by, account, terms);
          terms.done(isDeleted ? "removed" : "not-stored");
        })(),
      ),
    );
  };
  const eraser = "console" in by ? serviceIdentity(state, "NickServ") : by.identity;
  const hasBegun = eraseMessages(state, { author: authorOf(account), by: eraser, done });
  return hasBegun ? "begun" : "busy";
}

function* deleteAndPassRooms(
  state: State,
  by: Moderator,
  { id, name }: Account,
  { reason, withMessages }: RemovalTerms,
): Steps<boolean> {
  return yield* deleteAccount(state, id, () => {
    const why = [withMessages ? "with all messages" : "", reason].filter((word) => word !== "");
    audit(state, {
      ...{ by: moderatorName(by), act: "remove", target: name, account: id },
      reason: why.join(": "),
    });
    state.ports.note("info", `${moderatorName(by)} removed the account ${name}`);
    for (const room of state.rooms.all()) passRoom(state, room, id, by);
    endAccount(state, id, `Your account was removed${reason === "" ? "" : `: ${reason}`}`);
  });
}

/**
 * Makes somebody else the founder of a room whose only founder goes: the op of the highest rank, and of those whoever
 * has been there longest. A room without another op is closed, since nobody could moderate it; an operator may take
 * it over.
 */
function passRoom(state: State, room: Room, id: AccountId, by: Moderator): void {
  if (!foundersOf(room).includes(id)) return;
  if (foundersOf(room).some((each) => each !== id && isHere(state, each))) return;
  const members = [...room.members.values()].filter(({ user }) => user.accountId !== id);
  const successors = members
    .filter(({ user, ranks }) => isPerson(state, user.accountId) && rankIndex(ranks) >= 0)
    .sort((a, b) => rankIndex(a.ranks) - rankIndex(b.ranks) || a.joinedTime - b.joinedTime);
  const chanserv = serviceIdentity(state, "ChanServ");
  const say = (text: string): void => {
    state.commit(room, chanserv, { kind: "said", verb: "NOTICE", text, tags: {} }, null);
  };
  const [successor] = successors;
  if (successor !== undefined) {
    const draft = new ModeDraft(room);
    draft.setRank("q", successor.user, true);
    state.commit(room, chanserv, { kind: "mode", changes: draft.changes }, null);
    return say(
      `${successor.user.nick} is the founder now, since the account of the last one is gone`,
    );
  }
  if (members.length === 0) return;
  const reason = "its founder's account was removed";
  const value = { by: moderatorName(by), time: state.now, reason };
  state.commit(room, chanserv, { kind: "set", field: "closure", value }, null);
  say(`This room is closed: ${reason}, and it has no other op`);
}

/** Whether an account is somebody's own, and no bot. */
function isPerson({ accounts }: State, id: AccountId | null): boolean {
  const account = accounts.byId(id);
  return account !== null && account.bot === undefined;
}

/** Returns the accounts that are a room's founder, as members or by an automatic rank; `null` for a guest. */
function foundersOf({ members, autoRanks }: Room): (AccountId | null)[] {
  const present = [...members.values()].filter(({ ranks }) => ranks.includes("q"));
  const byRank = [...autoRanks].filter(([, ranks]) => ranks.includes("q"));
  return [...present.map(({ user }) => user.accountId), ...byRank.map(([account]) => account)];
}

/** Whether a founder can still act: a guest who is in the room, or an account that exists. */
function isHere({ accounts }: State, founder: AccountId | null): boolean {
  return founder === null || accounts.byId(founder) !== null;
}

/** Returns the place of the highest rank of an op, 0 for the highest; -1 for nobody's op. */
function rankIndex(ranks: string): number {
  return OTHER_RANKS.indexOf([...ranks].find((rank) => OTHER_RANKS.includes(rank)) ?? "-");
}
