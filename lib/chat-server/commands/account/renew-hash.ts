import type { Account } from "../../../member-server/account.ts";
import { opaqueString } from "../../../protocol/opaque-string.ts";
import { query, runSteps, type Steps } from "../../command.ts";
import type { State } from "../../state.ts";

/**
 * Replaces an account's hash if it was made of the earlier form of a password. Call it when the password was
 * right. The user doesn't wait for it. A password that can't be an OpaqueString keeps its hash until the user
 * changes it.
 *
 * @param account as it was when the password was verified
 */
export function renewHash(state: State, account: Account, password: string): void {
  if (account.passwordForm === "opaque" || opaqueString(password) === null) return;
  state.runInBackground(runSteps(storeRenewedHash(account, password)));
}

function* storeRenewedHash({ id, hash }: Account, password: string): Steps {
  const renewed = yield* query({ kind: "hash-password", password, place: { priority: "nobody" } });
  // The server is too busy: the next log-in does it.
  if (renewed.hash === null) return;
  const change = { kind: "password", id, hash: renewed.hash, passwordForm: "opaque" } as const;
  // `renews`: if the password was changed meanwhile, applying this has no effect.
  yield* query({ kind: "save-accounts", changes: [{ ...change, renews: hash }] });
}
