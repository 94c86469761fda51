import type { Account, AccountChange } from "../../member-server/account.ts";
import {
  type AccountNotice,
  type AccountNoticeKind,
  type NoticeCause,
  noticeOf,
  untoldNotices,
} from "../../member-server/account-notices.ts";
import { deviceKey } from "../../member-server/known-addresses.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import { formatTime } from "../../protocol/time.ts";
import { query, runSteps, type Steps } from "../command.ts";
import type { Reply } from "../relay/reply.ts";
import { ServiceReply } from "../relay/service-reply.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";

/**
 * Telling an account's people what happened to it: by `NOTE ACCOUNT SECURITY` to a session with sodam.chat/account, by
 * a NOTICE from NickServ to any other.
 */

const ADVICE =
  "If that wasn't you, change your password, or ask the server's owner for a reset link";

const SENTENCES: Readonly<Record<AccountNoticeKind, string>> = {
  password: `Your password was changed. ${ADVICE}`,
  device: `A device can now log in without a password: CERT LIST shows it. ${ADVICE}`,
  email: `Your e-mail address was changed. ${ADVICE}`,
  "second-factor": `Your second factor was switched on or off, or got new recovery codes. ${ADVICE}`,
  "bot-token": `A bot of yours was made or changed: BOT LIST shows it. ${ADVICE}`,
  address: `Somebody logged in with your password from a new address. ${ADVICE}`,
  code: `Somebody knows your password, and gave a wrong code of your second factor. ${ADVICE}`,
  "reset-link":
    "The server's staff made a link that sets a new password for you. If you didn't ask for it, tell them",
  reset:
    "Your password was set by a reset link, and all sessions and devices were ended. If that wasn't you, tell the server's owner",
};

/**
 * Returns changes with the notices that they give rise to: save them together.
 *
 * @param by the session that makes them, which isn't told; `null` for the console, or somebody else's session
 */
export function withNotices(
  state: State,
  changes: readonly AccountChange[],
  by: Session | null,
): readonly AccountChange[] {
  const notices = changes.flatMap((change): AccountChange[] => {
    const cause = noticeOf(change);
    if (cause === null) return [];
    const notice = noticeChange(state, cause, by);
    return change.kind === "certificate-added"
      ? [notice, ...earlierTold(state, cause.account, change.certificate.fingerprint)]
      : [notice];
  });
  return [...changes, ...notices];
}

/**
 * Returns the changes by which a device that was just added hears of nothing that came before: the session that added
 * it was told when it logged in.
 */
function earlierTold(state: State, id: AccountId, device: string): readonly AccountChange[] {
  const notices = (state.accounts.byId(id)?.notices ?? []).map((notice) => notice.id);
  return notices.length === 0 ? [] : [{ kind: "notices-told", id, notices, device }];
}

/** Returns the change that adds a notice. The devices of the sessions that are told at once count as told. */
export function noticeChange(
  state: State,
  { account: id, kind, device }: NoticeCause,
  by: Session | null,
): AccountChange {
  const account = state.accounts.byId(id);
  const sessions = state.users.byAccount(id)?.sessions ?? [];
  const listeners = sessions.filter((each) => each !== by);
  const devices = listeners.flatMap((each) =>
    account === null ? [] : keyOf(state, account, each),
  );
  const noticeId = state.ports.random.id();
  by?.noticesCaused.add(noticeId);
  // A thief's device may share the address of its owner's, so who did it counts as told by a certificate alone.
  const own = account === null || by === null ? null : keyOf(state, account, by);
  const isSure = kind === "address" || own === by?.link.certificate;
  const ownDevices = [...(own !== null && isSure ? [own] : []), ...(device ? [device] : [])];
  const devicesTold = [...new Set([...devices, ...ownDevices])];
  return {
    kind: "notice-added",
    id,
    notice: { id: noticeId, kind, time: state.now, told: devicesTold },
  };
}

/** Tells the connected sessions of an account of a notice that was stored, but for the session that caused it. */
export function relayNotice(state: State, id: AccountId, notice: AccountNotice): void {
  for (const session of state.users.byAccount(id)?.sessions ?? []) {
    if (session.noticesCaused.delete(notice.id)) {
      state.softChanges.noteSession(session);
      continue;
    }
    sendNotice(state, state.unsolicitedReply(session), notice);
  }
}

/** Tells a session that has logged in what its device has not heard of yet. */
export function sendMissedNotices(state: State, session: Session, reply: Reply): void {
  const account = state.accounts.byId(session.accountId);
  if (account?.notices === undefined) return;
  const device = keyOf(state, account, session);
  const missed = untoldNotices(account.notices, device, state.now).filter(
    ({ id }) => !session.noticesCaused.has(id),
  );
  if (missed.length === 0) return;
  for (const notice of missed) sendNotice(state, reply, notice);
  const notices = missed.map(({ id }) => id);
  const change = { kind: "notices-told", id: account.id, notices, device } as const;
  state.runInBackground(
    runSteps(
      (function* (): Steps {
        // If the disk refuses, the device is told again.
        yield* query({ kind: "save-accounts", changes: [change] });
      })(),
    ),
  );
}

function sendNotice(state: State, reply: Reply, { kind, time }: AccountNotice): void {
  const sentence = SENTENCES[kind];
  const { session } = reply;
  if (session.has("sodam.chat/account")) {
    return reply.note("ACCOUNT", "SECURITY", [kind, formatTime(time)], sentence);
  }
  const moment = `${formatTime(time).slice(0, 19).replace("T", " ")}Z`;
  new ServiceReply(reply, state, "NickServ").say(`${moment}: ${sentence}`);
}

function keyOf(state: State, account: Account, { link }: Session): string {
  const { certificate, address } = link;
  return deviceKey(state.accounts, account, certificate, address, state.ports.random.digest);
}
