import type { Account, AccountChange } from "../../../member-server/account.ts";
import { plainFingerprint } from "../../../member-server/device-certificates.ts";
import { formatCount } from "../../../protocol/plural.ts";
import { formatTime } from "../../../protocol/time.ts";
import type { CommandContext, Steps } from "../../command.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import type { Session } from "../../sessions/session.ts";
import { clientOf, deviceOf, sessionsOf, sessionsOfBots } from "../../sessions/session-facts.ts";
import type { State } from "../../state.ts";
import { fail, storeChanges } from "./account-replies.ts";

const ENDED = "Ended from another of your devices";

/**
 * `ACCOUNT SESSIONS`: lists the connections of one's account and of its bots, and the devices that may log in without a
 * password.
 */
export function listSessions(context: CommandContext, account: Account): void {
  const { state, session: own, reply } = context;
  own.work.rows += state.sessions.size;
  for (const session of [...sessionsOf(state, own), ...sessionsOfBots(state, account)]) {
    const { id, link, openedAt, logInBy } = session;
    const idleMs = state.elapsedMs - session.lastLineElapsedMs;
    const details = [
      ...[String(id), formatTime(openedAt), formatTime(state.now - idleMs), link.address],
      ...[logInBy ?? "*", clientOf(session) || "*", session === own ? "this" : "*"],
    ];
    const isBots = session.accountId !== account.id;
    const device = isBots ? session.account : deviceOf(state, session);
    reply.note("ACCOUNT", "SESSION", details, device ?? "");
  }
  for (const { fingerprint, addedAt, seenAt, label } of account.certificates) {
    const seen = seenAt === undefined ? "*" : formatTime(seenAt);
    reply.note("ACCOUNT", "DEVICE", [fingerprint, formatTime(addedAt), seen], label);
  }
  reply.note("ACCOUNT", "SESSIONS_END", [], "End of the list");
}

/**
 * `ACCOUNT END <id>|others`: closes one's other sessions, or one of a bot. A device that logged in by its certificate can't
 * come back by it; "others" takes that right from all other devices, connected or not.
 */
export function* endSessions(context: CommandContext, account: Account): Steps {
  const { state, session, params } = context;
  const [, which = ""] = params;
  const others = sessionsOf(state, session).filter((each) => each !== session);
  session.work.rows += state.sessions.size;
  const own = session.link.certificate;
  if (which.toLowerCase() === "others") {
    const hasOthers = account.certificates.some(({ fingerprint }) => fingerprint !== own);
    const changes: AccountChange[] = hasOthers
      ? [{ kind: "devices-withdrawn", id: account.id, except: own }]
      : [];
    return yield* end(context, others, changes);
  }
  const bots = sessionsOfBots(state, account);
  const named = [...others, ...bots].find(({ id }) => String(id) === which);
  if (named === undefined) {
    const isOwn = which === String(session.id);
    const sentence = isOwn ? "That is this session: QUIT ends it" : "You have no such session";
    return fail(context, isOwn ? "OWN_SESSION" : "NO_SUCH_SESSION", [which || "*"], sentence);
  }
  if (bots.includes(named)) return yield* end(context, [named], []);
  const { certificate } = named.link;
  const isDevice = account.certificates.some(({ fingerprint }) => fingerprint === certificate);
  if (!isDevice || certificate === null || certificate === own) {
    return yield* end(context, [named], []);
  }
  const sameDevice = others.filter(({ link }) => link.certificate === certificate);
  const changes = [
    { kind: "certificate-removed", id: account.id, fingerprint: certificate } as const,
  ];
  yield* end(context, sameDevice, changes);
}

function* end(
  context: CommandContext,
  sessions: readonly Session[],
  changes: readonly AccountChange[],
): Steps {
  const { state, reply } = context;
  for (const session of sessions) endSession(state, session);
  if (changes.length > 0 && !(yield* storeChanges(context, changes))) return;
  const count = formatCount(sessions.length, "session");
  const isBots = sessions.some(({ accountId }) => accountId !== context.session.accountId);
  const again = isBots
    ? `Ended ${count}. Who has the bot's token can log in again: BOT TOKEN makes another`
    : `Ended ${count}. Who knows your password can log in again`;
  const sentence =
    changes.length === 0 ? again : `Ended ${count}; such a device needs your password again`;
  reply.note("ACCOUNT", "ENDED", [String(sessions.length)], sentence);
}

/** Closes the sessions that logged in by a certificate which was withdrawn, but for the one that did it. */
export function endSessionsOfDevice({ state, session: own }: CommandContext, text: string): void {
  const fingerprint = plainFingerprint(text);
  for (const session of sessionsOf(state, own)) {
    const isOfDevice =
      session.logInBy === "certificate" && session.link.certificate === fingerprint;
    if (session !== own && isOfDevice) endSession(state, session);
  }
}

/** Closes a session for good: our own client doesn't connect again by itself. */
function endSession(state: State, session: Session): void {
  if (session.has("sodam.chat/account")) {
    state.unsolicitedReply(session).note("ACCOUNT", "SESSION_ENDED", [], ENDED);
  }
  closeSession(state, session, ENDED);
}
