import type { Account, AccountChange } from "../../member-server/account.ts";
import type { NameRefusal } from "../../member-server/sign-up.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import { fold, nickFromAccount } from "../../protocol/names.ts";
import { query, type Steps } from "../command.ts";
import { relayUserEvent } from "../relay/user-event.ts";
import type { State } from "../state.ts";
import { endAccount } from "./end-account.ts";
import { isNickTaken, nickRefusal } from "./nick-availability.ts";
import { relayNotice } from "./security-notices.ts";
import { changeNick } from "./users.ts";

/**
 * Applies an account change that was stored, whoever made it: to the accounts, and where it concerns people who
 * are connected, to them. The account's rooms, direct conversations and lists hold its id and stay as they are.
 */
export function applyAccountChange(state: State, change: AccountChange): void {
  const bots = change.kind === "deleted" ? botsThatGo(state, change.id) : [];
  state.accounts.apply(change);
  for (const bot of bots) endAccount(state, bot.id, "This bot was removed");
  if (change.kind === "renamed") followRename(state, change);
  if (change.kind === "notice-added") relayNotice(state, change.id, change.notice);
}

/** Returns the bots that go with an account: those that it made, or itself. */
function botsThatGo({ accounts }: State, id: AccountId): readonly Account[] {
  const account = accounts.byId(id);
  return account?.bot === undefined ? accounts.botsOf(id) : [account];
}

/**
 * Gives a renamed account's user and sessions its new name. A user whose nick was the old name gets the new
 * one as nick, unless it is in use: the old one is reserved for nobody who could come back to it.
 */
function followRename(
  state: State,
  { id, name }: Extract<AccountChange, { kind: "renamed" }>,
): void {
  for (const session of state.sessions) if (session.accountId === id) session.account = name;
  const user = state.users.byAccount(id);
  const former = user?.account ?? null;
  if (user === null || former === null || state.accounts.byId(id)?.name !== name) return;
  const by = user.identity;
  user.updateIdentity({
    account: name,
    ...(by.realname === former && { realname: name }),
  });
  const event = { kind: "account", by: user.identity, time: state.now, account: name } as const;
  relayUserEvent(event, user, null, true, state.monitors);
  const nick = nickFromAccount(name);
  if (fold(user.nick) === fold(former) && !isNickTaken(state, nick, user)) {
    changeNick(state, user, nick, null);
  }
}

/**
 * Gives an account another name. The old one rests; the account may take it back. Returns why not, or `null`
 * when it is done: "not-saved" if the change could not be stored. The caller checks who may do this.
 *
 * @param text the name as it was typed
 * @param isFreed whether the old name may be taken at once
 * @param onRenamed called when it is done, also if the session that asked for it has closed
 */
export function* renameAccount(
  state: State,
  id: AccountId,
  text: string,
  isFreed = false,
  onRenamed: () => void = () => {},
): Steps<NameRefusal | { readonly kind: "not-saved" } | null> {
  const account = state.accounts.byId(id);
  if (account === null) return { kind: "not-saved" };
  const refusal = nickRefusal(state, { user: state.users.byAccount(id) }, text);
  if (refusal !== null) return refusal;
  const plan = state.signUps.settleRename(account, text, state.now);
  if ("refused" in plan) return plan.refused;
  const { finish } = plan;
  const freed = { kind: "name-freed", name: account.name } as const;
  const changes = [...plan.changes, ...(isFreed ? [freed] : [])];
  const { saved } = yield* query({ kind: "save-accounts", changes }, (answer) => {
    finish();
    if (answer.saved) onRenamed();
  });
  return saved ? null : { kind: "not-saved" };
}
