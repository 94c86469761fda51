import { fold } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { ACCEPTED_MAX, BLOCKED_MAX } from "../../limits.ts";
import { encodeLine } from "../../relay/encode-event.ts";
import { noSuchNick, notStored } from "../../relay/error-replies.ts";
import { sendWordList } from "../../relay/pack-words.ts";
import { acceptKey } from "../../users/block-list.ts";
import { isMuteMask, parseMask } from "../../users/masks.ts";
import { findUser } from "../../users/presence.ts";

/**
 * Who may write to somebody. SILENCE is the account's block list, the same on every device and after every
 * restart; a guest's ends with the guest. ACCEPT lets people past +g and +R.
 */

const SILENCE: Command = {
  verb: "SILENCE",
  params: 0,
  phase: "registered",
  handle: (context) => {
    const words = context.params.join(",").split(",");
    for (const word of words) {
      if (word === "") continue;
      const sign = /^[+-]/.exec(word)?.[0] ?? "+";
      change(context, sign, word.replace(/^[+-]/, ""));
    }
    if (words.every((word) => word === "")) list(context);
  },
};

function list({ user, reply }: RegisteredContext): void {
  for (const mask of user.blocked) reply.numeric(NUMERIC.RPL_SILELIST, user.nick, mask);
  reply.numeric(NUMERIC.RPL_ENDOFSILELIST, user.nick, "End of the list of those you have blocked");
}

function change(context: RegisteredContext, sign: string, asked: string): void {
  const { state, user, reply } = context;
  const on = sign === "+";
  const plain = parseMask(asked);
  const own = accountMask(context, asked);
  // Somebody who was blocked under a nick may have an account by now.
  const mask = !on && own !== null && !has(user.blocked, own) ? plain : (own ?? plain);
  if (mask === null || isMuteMask(mask)) {
    return reply.numeric(NUMERIC.ERR_BADMASK, asked || "*", "That is no mask");
  }
  const known = has(user.blocked, mask);
  if (on === (known !== null)) return;
  if (on && user.blocked.size >= BLOCKED_MAX) {
    return reply.numeric(NUMERIC.ERR_SILELISTFULL, mask, "Your list is full");
  }
  const written = known ?? mask;
  const { account } = user;
  if (account !== null) {
    const changed = { kind: "blocked", account, mask: written, on } as const;
    if (!state.ports.appendPerson(changed)) return notStored(reply, "SILENCE", written);
  }
  if (on) user.blocked.add(written);
  else user.blocked.delete(written);
  for (const session of user.sessions) {
    const told = session === context.session ? reply : state.unsolicitedReply(session);
    const params = [`${sign}${written}`];
    told.add(encodeLine(user.identity, state.now, session.dialect, "SILENCE", params));
  }
}

/** A bare name means the account behind it, whatever it is called later. */
function accountMask({ state }: RegisteredContext, asked: string): string | null {
  const account = /[!@~$*?]/.test(asked) ? null : state.accountOfNick(asked);
  return account === null ? null : parseMask(`~a:${account}`);
}

/** The mask as it stands on the list, whatever its case. */
function has(masks: ReadonlySet<string>, mask: string): string | null {
  for (const one of masks) if (fold(one) === fold(mask)) return one;
  return null;
}

const ACCEPT: Command = {
  verb: "ACCEPT",
  params: 1,
  phase: "registered",
  handle: (context) => {
    const { user, reply, params } = context;
    const [names = ""] = params;
    for (const name of names.split(",")) {
      if (name === "*") {
        sendWordList(reply, NUMERIC.RPL_ACCEPTLIST, [], user.accepted.values());
        reply.numeric(NUMERIC.RPL_ENDOFACCEPT, "End of the list of those you accept");
      } else if (name.startsWith("-")) refuseAgain(context, name.slice(1));
      else accept(context, name);
    }
  },
};

function accept(context: RegisteredContext, name: string): void {
  const { state, user, reply } = context;
  const whom = findUser(state, name);
  if (whom === null) return noSuchNick(context, name);
  if (user.accepted.has(acceptKey(whom))) {
    return reply.numeric(NUMERIC.ERR_ACCEPTEXIST, whom.nick, "You accept them already");
  }
  if (user.accepted.size >= ACCEPTED_MAX) {
    return reply.numeric(NUMERIC.ERR_ACCEPTFULL, "You accept too many people");
  }
  user.accepted.set(acceptKey(whom), whom.nick);
}

function refuseAgain(context: RegisteredContext, name: string): void {
  const { state, user, reply } = context;
  const whom = findUser(state, name);
  if (whom === null) return noSuchNick(context, name);
  if (!user.accepted.delete(acceptKey(whom))) {
    reply.numeric(NUMERIC.ERR_ACCEPTNOT, whom.nick, "You don't accept them");
  }
}

export const BLOCK: readonly Command[] = [SILENCE, ACCEPT];
