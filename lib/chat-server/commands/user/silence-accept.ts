import type { AccountId } from "../../../protocol/account-id.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { type Command, inSteps, type RegisteredContext } from "../../command.ts";
import { BLOCKED_MAX } from "../../limits.ts";
import { encodeLine } from "../../relay/encode-event.ts";
import { noSuchNick, notStored } from "../../relay/error-replies.ts";
import { sendWordList } from "../../relay/pack-words.ts";
import { sendBlockedUnread } from "../../unread/unread-notices.ts";
import { blockParams } from "../../users/account-preferences.ts";
import {
  isMuteMask,
  type NamedMask,
  nameMask,
  parseMask,
  renamedMask,
} from "../../users/ban-masks.ts";
import { accept, acceptedNicks, acceptKey } from "../../users/block-list.ts";
import { findUser } from "../../users/users.ts";

/**
 * SILENCE and ACCEPT: who may write to a user. SILENCE is the block list of an account, stored and the same on
 * every device; a guest's is dropped when the guest leaves. ACCEPT lets users past +g and +R.
 */

/** Shows or changes the user's block list. */
export const SILENCE: Command = {
  verb: "SILENCE",
  params: 0,
  phase: "registered",
  handle: inSteps(function* (context) {
    const { state, user, reply, params } = context;
    const words = params
      .join(",")
      .split(",")
      .filter((word) => word !== "");
    if (words.length === 0) return sendBlockList(context);
    const changed = words.flatMap((word) => {
      const sign = word.startsWith("-") ? "-" : "+";
      return changeBlockList(context, sign, word.replace(/^[+-]/, "")) ?? [];
    });
    yield* sendBlockedUnread(state, reply, user, changed);
  }),
};

function sendBlockList({ user, reply }: RegisteredContext): void {
  for (const { mask } of user.blocked) reply.numeric(NUMERIC.RPL_SILELIST, user.nick, mask);
  reply.numeric(NUMERIC.RPL_ENDOFSILELIST, user.nick, "End of your block list");
}

/** Changes the list, and tells all devices. Returns the mask that was put on it or taken off; `null` for none. */
function changeBlockList(
  context: RegisteredContext,
  sign: "+" | "-",
  target: string,
): NamedMask | null {
  const { state, user, reply } = context;
  const on = sign === "+";
  const parsedMask = parseMask(target);
  const accountMask = accountMaskOf(context, target);
  // Unblocking a nick that has an account by now: the list may still have the nick.
  const isNickListed = !on && accountMask !== null && user.blocked.find(accountMask) === null;
  const mask = isNickListed
    ? nameOf(context, parsedMask)
    : (accountMask ?? nameOf(context, parsedMask));
  if (mask === null || isMuteMask(mask.mask)) {
    reply.numeric(NUMERIC.ERR_BADMASK, target || "*", "That is not a valid mask");
    return null;
  }
  const listed = user.blocked.find(mask);
  if (on ? listed !== null && listed.account === mask.account : listed === null) return null;
  if (on && listed === null && user.blocked.size >= BLOCKED_MAX) {
    reply.numeric(NUMERIC.ERR_SILELISTFULL, mask.mask, "Your block list is full");
    return null;
  }
  // A mask of a deleted account gives way to the same one of the account that has its name now.
  const changed = on ? mask : (listed ?? mask);
  const presentName = (id: AccountId) => state.accounts.byId(id)?.name ?? null;
  const renamed = on ? renamedMask(presentName, listed, mask) : null;
  const isStored =
    (renamed === null || storeBlock(context, renamed, true)) && storeBlock(context, changed, on);
  if (!isStored) {
    notStored(reply, "SILENCE", changed.mask);
    return null;
  }
  for (const [entry, entrySign] of [
    [renamed, "+"],
    [changed, sign],
  ] as const) {
    if (entry === null) continue;
    if (entrySign === "+") user.blocked.add(entry);
    else user.blocked.delete(entry.mask);
    for (const session of user.sessions) {
      const sessionReply = session === context.session ? reply : state.unsolicitedReply(session);
      const params = blockParams(session, entrySign, entry);
      sessionReply.add(encodeLine(user.identity, state.now, session.dialect, "SILENCE", params));
    }
  }
  return changed;
}

/** Stores a change of an account's block list; a guest's isn't stored. Returns whether it could be. */
function storeBlock({ state, user }: RegisteredContext, entry: NamedMask, on: boolean): boolean {
  const { mask, account: named } = entry;
  const { accountId: account } = user;
  if (account === null) return true;
  const names = named === undefined ? {} : { names: named };
  return state.ports.appendPerson({ kind: "blocked", account, mask, ...names, on });
}

/**
 * Returns the mask of the account behind a bare name, which still matches under another nick; else `null`.
 */
function accountMaskOf({ state }: RegisteredContext, name: string): NamedMask | null {
  const account = /[!@~$*?]/.test(name) ? null : state.accountOfNick(name);
  const mask = account === null ? null : parseMask(`~a:${state.nameOfAccount(account)}`);
  return mask === null ? null : { mask, account };
}

/** A mask of a name that no account has blocks whoever gets it. */
function nameOf({ state }: RegisteredContext, mask: string | null): NamedMask | null {
  return mask === null ? null : nameMask(state.accounts, mask, true);
}

/** Shows or changes the user's accept list, which lets users past +g and +R. */
export const ACCEPT: Command = {
  verb: "ACCEPT",
  params: 1,
  phase: "registered",
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [nickList = ""] = params;
    for (const nick of nickList.split(",")) {
      if (nick === "*") {
        const nicks = acceptedNicks(state, user);
        sendWordList(reply, NUMERIC.RPL_ACCEPTLIST, [], nicks);
        reply.numeric(NUMERIC.RPL_ENDOFACCEPT, "End of your accept list");
      } else if (nick.startsWith("-")) removeAccepted(context, nick.slice(1));
      else addAccepted(context, nick);
    }
  },
};

function addAccepted(context: RegisteredContext, nick: string): void {
  const { state, user, reply } = context;
  const peer = findUser(state, nick);
  if (peer === null) return noSuchNick(context, nick);
  if (user.accepted.has(acceptKey(peer))) {
    const sentence = "They are already on your accept list";
    return reply.numeric(NUMERIC.ERR_ACCEPTEXIST, peer.nick, sentence);
  }
  if (!accept(state, user, peer)) {
    return reply.numeric(NUMERIC.ERR_ACCEPTFULL, "Your accept list is full");
  }
}

function removeAccepted(context: RegisteredContext, nick: string): void {
  const { state, user, reply } = context;
  const peer = findUser(state, nick);
  if (peer === null) return noSuchNick(context, nick);
  if (!user.accepted.delete(acceptKey(peer))) {
    reply.numeric(NUMERIC.ERR_ACCEPTNOT, peer.nick, "They aren't on your accept list");
  }
}
