import type { Account } from "../../member-server/account.ts";
import { makeReset } from "../../member-server/password-reset.ts";
import { formatLink } from "../../protocol/server-link.ts";
import { query, type Steps } from "../command.ts";
import type { State } from "../state.ts";
import { audit } from "./audit.ts";
import { withNotices } from "./security-notices.ts";

/** A link that sets a new password, as whoever made it passes it on. */
export interface ResetLink {
  readonly code: string;
  readonly link: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Makes a reset link for an account, in place of an earlier one, tells the account, and audits it. Returns why it can't:
 * a bot would have a password beside its token. The caller checks who may do this.
 *
 * @param auditedBy by which name the audit file knows who does it
 */
export function* makeResetLinkFor(
  state: State,
  account: Account,
  auditedBy: string,
): Steps<ResetLink | "bot" | "not-stored"> {
  if (account.bot !== undefined) return "bot";
  const { id, digest } = state.ports.random;
  const { code, reset, changes } = makeReset(account, id(), digest, state.now);
  const { saved } = yield* query({
    kind: "save-accounts",
    changes: withNotices(state, changes, null),
  });
  if (!saved) return "not-stored";
  audit(state, { by: auditedBy, act: "reset", target: account.name, account: account.id });
  const { host, port, fingerprint } = (yield* query({ kind: "process" })).address;
  const link = formatLink({ host, port, fingerprint, invitation: null, room: null, reset: code });
  return { code, link, expiresAt: reset.expiresAt };
}
