import type { Account } from "../../../member-server/account.ts";
import { fold, parseAccount } from "../../../protocol/names.ts";
import type { CommandContext } from "../../command.ts";
import { type EraseOutcome, eraseMessages } from "../../history/erase-messages.ts";
import { isOperator } from "../../users/operators.ts";

/**
 * ACCOUNT FORGET: all that an account said is taken back. A person's own, behind their password, or for
 * operators anybody's. It goes on when the asker has gone; who is still here hears what came of it.
 */
export function accountForget(
  context: CommandContext,
  own: Account,
  isConfirmed: () => boolean,
): void {
  const { state, session, reply, params } = context;
  const { user } = session;
  const [, asked = own.name] = params;
  const fail = (code: string, sentence: string) => reply.fail("ACCOUNT", code, [asked], sentence);
  if (user === null) return fail("INVALID_PARAMS", "Come in first: NICK and USER");
  const isOwn = fold(asked) === fold(own.name);
  if (!isOwn && !isOperator(user)) {
    return fail("NOT_OPERATOR", "Only operators take back what others said");
  }
  const known = state.accounts.account(fold(asked));
  // Of an account that is gone the messages are there still, under the name as it was written.
  const name = known?.name ?? parseAccount(asked);
  if (name === null) return fail("BAD_ACCOUNT_NAME", "That is no account's name");
  if (isOwn && !isConfirmed()) return;
  const isPaced = state.options.floodControl && !isOperator(user);
  if (isPaced && !state.eraseLimiter.take(own.name, state.now)) {
    return fail("RATE_LIMITED", "That was done just now. Try again in an hour");
  }
  const done = (result: EraseOutcome): void => {
    const { messages, conversations, isAll } = result;
    const numbers = `${count(messages, "message")} in ${count(conversations, "conversation")}`;
    state.ports.note(isAll ? "info" : "error", `${numbers} of ${name} were taken back`);
    if (session.phase === "closed") return;
    const aside = state.unsolicitedReply(session);
    if (!isAll) {
      const sentence = "Not everything could be taken back. Try again in a while";
      aside.fail("ACCOUNT", "FORGET_INCOMPLETE", [name], sentence);
    }
    const details = [name, String(messages), String(conversations)];
    aside.note("ACCOUNT", "FORGOTTEN", details, `${numbers} were taken back`);
  };
  // What is older than the account, somebody else of that name said.
  const since = known?.createdAt ?? 0;
  if (!eraseMessages(state, { account: name, since, by: user.identity, done })) {
    return fail("TEMPORARILY_UNAVAILABLE", "That is under way already");
  }
  state.ports.note("info", `${user.source} takes back all that ${name} said`);
  reply.note("ACCOUNT", "FORGETTING", [name], "It is being taken back");
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}
