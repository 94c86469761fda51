import type { Account } from "../../../member-server/account.ts";
import {
  type Author,
  authorOf,
  isLegacyAccountId,
  legacyAccountId,
  parseAccountId,
} from "../../../protocol/account-id.ts";
import { fold, parseExistingAccount } from "../../../protocol/names.ts";
import { formatCount } from "../../../protocol/plural.ts";
import type { CommandContext } from "../../command.ts";
import { type EraseOutcome, eraseMessages } from "../../history/erase-messages.ts";
import type { State } from "../../state.ts";
import { audit } from "../../users/audit.ts";
import { mayPass, missingRight } from "../../users/operator-doors.ts";
import { isOperator, isProtected } from "../../users/operators.ts";

/**
 * Handles ACCOUNT FORGET: deletes all messages of an account. Users delete their own, after confirming their
 * password; operators those of any account. The deletion continues if the session closes. A session that is
 * still open is sent the result.
 *
 * @param own the account that the session is logged in to
 * @param isConfirmed whether the password was confirmed lately; answers if not
 */
export function accountForget(
  context: CommandContext,
  own: Account,
  isConfirmed: () => boolean,
): void {
  const { state, session, reply, params } = context;
  const { user } = session;
  const [, target = own.name] = params;
  const fail = (code: string, sentence: string) => reply.fail("ACCOUNT", code, [target], sentence);
  if (user === null) return fail("INVALID_PARAMS", "Finish connecting first: NICK and USER");
  const isOwn = fold(target) === fold(own.name);
  if (!isOwn && !mayPass(user, "ACCOUNT FORGET")) {
    return fail(
      "NOT_OPERATOR",
      isOperator(user)
        ? missingRight(user, "ACCOUNT FORGET")
        : "Only operators can delete other people's messages",
    );
  }
  const author = findAuthor(state, target);
  const name = state.accounts.account(fold(target))?.name ?? target;
  if (author === null) return fail("BAD_ACCOUNT_NAME", "That is not a valid account name");
  // An id or a former name means an account as well.
  const owner = state.accounts.byId(author.account);
  if (!isOwn && owner !== null && isProtected(state, user, owner, "accounts")) {
    return fail("PROTECTED_ACCOUNT", "Only the server's owner may do that with this account");
  }
  if (isOwn && !isConfirmed()) return;
  const isLimited = state.options.floodControl && !mayPass(user, "ACCOUNT FORGET");
  if (isLimited && !state.eraseLimiter.take(own.id, state.elapsedMs)) {
    return fail("RATE_LIMITED", "You did that a short while ago. Try again in an hour");
  }
  const done = (result: EraseOutcome): void => {
    const { messages, conversations, isAll } = result;
    const counts = `${formatCount(messages, "message")} in ${formatCount(conversations, "conversation")}`;
    state.ports.note(isAll ? "info" : "error", `deleted ${counts} of ${name}`);
    if (session.phase === "closed") return;
    const laterReply = state.unsolicitedReply(session);
    if (!isAll) {
      const sentence = "Some messages could not be deleted. Try again later";
      laterReply.fail("ACCOUNT", "FORGET_INCOMPLETE", [name], sentence);
    }
    const details = [name, String(messages), String(conversations)];
    laterReply.note("ACCOUNT", "FORGOTTEN", details, `Deleted ${counts}`);
  };
  if (!eraseMessages(state, { author, by: user.identity, done })) {
    return fail("TEMPORARILY_UNAVAILABLE", "These messages are already being deleted");
  }
  state.ports.note("info", `${user.source} deletes all messages of ${name}`);
  const account = isLegacyAccountId(author.account) ? null : author.account;
  if (!isOwn) audit(state, { by: own.name, act: "forget", target: name, account });
  reply.note("ACCOUNT", "FORGETTING", [name], "The messages are being deleted");
}

/**
 * Returns whose messages are meant by a name or an id. The messages of a deleted account may remain: they are
 * found by its id, or by its name while that rests; those of the time before ids by the name, and then all of it.
 */
function findAuthor({ accounts }: State, target: string): Author | null {
  const account = accounts.account(fold(target)) ?? accounts.restingName(fold(target));
  if (account !== null) return authorOf(account);
  const id = parseAccountId(target);
  if (parseExistingAccount(target) === null) return null;
  const legacyAccount = legacyAccountId(target);
  return id === null
    ? { account: legacyAccount, since: 0 }
    : { account: id, legacyAccount, since: 0 };
}
