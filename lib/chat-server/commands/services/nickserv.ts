import type { Suspension } from "../../../member-server/account.ts";
import type { LogInRefusal } from "../../../member-server/log-in.ts";
import { isAppCode } from "../../../member-server/second-factor.ts";
import { suspensionOf, suspensionSentence } from "../../../member-server/suspension.ts";
import { fold, parseExistingNick } from "../../../protocol/names.ts";
import { formatCount } from "../../../protocol/plural.ts";
import { formatTime } from "../../../protocol/time.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { inSteps, type Outcome, type Steps, waitFor } from "../../command.ts";
import { CONFIRMED_MS } from "../../limits.ts";
import { SERVER_BUSY, TOO_MANY_NAMES, tooManyTries } from "../../relay/error-replies.ts";
import { nickChangeRefusal } from "../../rooms/words-outside-messages.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import { passProof } from "../../sessions/session.ts";
import { invitationHashes, mayAskForAccount } from "../../users/asked-names.ts";
import { isNickTaken } from "../../users/nick-availability.ts";
import { mayPass } from "../../users/operator-doors.ts";
import { changeNick } from "../../users/users.ts";
import { ACCOUNT } from "../account/account-management.ts";
import { REGISTER as REGISTER_COMMAND } from "../account/account-registration.ts";
import { makeResetLink, resetPassword } from "../account/account-reset.ts";
import {
  CODE_MISSING,
  CODE_WRONG,
  certificateRefusal,
  logInByPassword,
  SET_UP_FIRST,
  WRONG_PASSWORD,
} from "../account/authenticate.ts";
import { ACCOUNT_MODERATION_COMMANDS } from "./nickserv-moderation.ts";
import { runCommand, type Service, type ServiceCommand, type ServiceContext } from "./service.ts";

/** NickServ: manages accounts, by the handlers of REGISTER, AUTHENTICATE and ACCOUNT. */

const REGISTER: ServiceCommand = {
  name: "REGISTER",
  usage: "<password> [<e-mail or *>] [<invitation>]",
  help: "Creates an account with your current nick, and logs you in.",
  params: 1,
  beforeRegistration: true,
  handle: (context) => {
    const [password = "", email = "*", invitation] = context.params;
    const { passwords } = context.session;
    if (invitation !== undefined && passwords.length < 2) {
      passwords.push(passProof(invitation, context.state.ports.random.digest));
    }
    return runCommand(REGISTER_COMMAND, context, ["*", email, password]);
  },
};

const IDENTIFY: ServiceCommand = {
  name: "IDENTIFY",
  usage: "[<account>] <password> [<code>]",
  help: "Logs you in. Without an account name, to the account of your nick. See 2FA for the code.",
  params: 1,
  beforeRegistration: true,
  handle: inSteps(function* (context: ServiceContext) {
    const { session, params } = context;
    // Two words are an account and its password, or a password and a code.
    const isOwnNick = params.length === 1 || (params.length === 2 && isAppCode(params[1] ?? ""));
    const [account = "", ...words] = isOwnNick ? [session.nickOrStar, ...params] : params;
    yield* identify(context, account, words.join(" "));
  }),
};

function* identify(context: ServiceContext, account: string, password: string): Steps {
  const { state, session, reply } = context;
  if (session.account !== null) {
    return reply.say(`You are already logged in as ${session.account}`);
  }
  yield* logInByPassword(context, { authzid: "", account, password }, (refusal) =>
    reply.say(refusalSentence(refusal)),
  );
  // The password that has just been given counts as a confirmation.
  if (session.account !== null) session.confirmedUntilElapsedMs = state.elapsedMs + CONFIRMED_MS;
}

function refusalSentence(refusal: LogInRefusal): string {
  switch (refusal.kind) {
    case "wrong":
      return WRONG_PASSWORD;
    case "expired":
    case "not-yet-valid":
      return certificateRefusal(refusal.kind)[2];
    case "busy":
      return SERVER_BUSY;
    case "code-missing":
      return CODE_MISSING;
    case "code-wrong":
      return CODE_WRONG;
    case "set-up-first":
      return SET_UP_FIRST;
    case "slow-down":
      return tooManyTries(refusal.waitMs);
    case "suspended":
      return suspensionSentence(refusal.suspension);
  }
}

const CONFIRM: ServiceCommand = {
  name: "CONFIRM",
  usage: "<password>",
  help: "Confirms your password, which some commands require first.",
  params: 1,
  beforeRegistration: true,
  handle: (context) => runCommand(ACCOUNT, context, ["CONFIRM", context.params.join(" ")]),
};

/** Checks the password, even if it was confirmed before. Answers and returns `false` if it is wrong. */
function* confirm(context: ServiceContext, password: string): Steps<boolean> {
  const { state, session } = context;
  session.confirmedUntilElapsedMs = Number.NEGATIVE_INFINITY;
  yield* waitFor(runCommand(ACCOUNT, context, ["CONFIRM", password]));
  return session.confirmedUntilElapsedMs > state.elapsedMs;
}

const PASSWD: ServiceCommand = {
  name: "PASSWD",
  usage: "<old password> <new password> [KEEP]",
  help: "Changes your password, ends your other sessions, and makes other devices need the password; with KEEP they stay.",
  params: 2,
  handle: inSteps(function* (context: ServiceContext) {
    const [oldPassword = "", newPassword = "", keep] = context.params;
    if (context.params.length > 3 || (keep !== undefined && keep.toUpperCase() !== "KEEP")) {
      return context.reply.say("Give two passwords without spaces in them");
    }
    if (yield* confirm(context, oldPassword)) {
      const words = keep === undefined ? [newPassword] : ["KEEP", newPassword];
      yield* waitFor(runCommand(ACCOUNT, context, ["PASSWORD", ...words]));
    }
  }),
};

const SET: ServiceCommand = {
  name: "SET",
  usage: "PASSWORD <new password> | EMAIL <address or *>",
  help: "Changes your password or e-mail address, after CONFIRM. For your real name use SETNAME, for other settings MODE.",
  params: 2,
  handle: (context) => {
    const [setting = "", ...words] = context.params;
    if (setting.toUpperCase() === "EMAIL") {
      return runCommand(ACCOUNT, context, ["EMAIL", words.join(" ")]);
    }
    if (setting.toUpperCase() !== "PASSWORD") {
      return context.reply.say("Only PASSWORD and EMAIL can be set here");
    }
    return runCommand(ACCOUNT, context, ["PASSWORD", words.join(" ")]);
  },
};

const CERT: ServiceCommand = {
  name: "CERT",
  usage: "ADD [<label>] | LIST | DEL <fingerprint>",
  help: "Manages devices that log in by certificate, without a password (SASL EXTERNAL).",
  params: 1,
  handle: (context) => {
    const [action = "", ...words] = context.params;
    return runCommand(ACCOUNT, context, ["CERT", action, words.join(" ")]);
  },
};

const TWO_FACTOR: ServiceCommand = {
  name: "2FA",
  usage: "STATUS | SETUP | ON <code> | OFF <code> | CODES <code>",
  help: "Sets up codes of an authenticator app, which a log-in by password then needs. CONFIRM comes first.",
  params: 1,
  beforeRegistration: true,
  handle: (context) => runCommand(ACCOUNT, context, ["2FA", ...context.params]),
};

const BOT: ServiceCommand = {
  name: "BOT",
  usage:
    "ADD <name> | SET <name> | TOKEN <name> | DEL <name> | LIST, with rooms=#a,#b rights=read,speak",
  help: "Makes bots: accounts that log in with a token, in these rooms and with these rights alone.",
  params: 1,
  handle: (context) => runCommand(ACCOUNT, context, ["BOT", ...context.params]),
};

const DROP: ServiceCommand = {
  name: "DROP",
  usage: "[<account>] <password>",
  help: "Deletes your account and your messages for good.",
  params: 1,
  handle: inSteps(function* (context: ServiceContext) {
    const { session, reply, params } = context;
    const [account = "", ...words] =
      params.length > 1 ? params : [session.account ?? "", ...params];
    if (session.account !== null && fold(account) !== fold(session.account)) {
      return reply.say("You can only delete your own account");
    }
    if (yield* confirm(context, words.join(" "))) {
      yield* waitFor(runCommand(ACCOUNT, context, ["DELETE"]));
    }
  }),
};

const LOGOUT: ServiceCommand = {
  name: "LOGOUT",
  usage: "[<session> | others]",
  help: "Logs this device out, or another of SESSIONS, or all others. It closes the connection.",
  params: 0,
  handle: (context) => {
    const { state, session, reply, params } = context;
    const [which] = params;
    if (which !== undefined) return runCommand(ACCOUNT, context, ["END", which]);
    if (session.account === null) return reply.say("You are not logged in");
    const source = session.user?.source ?? `${session.nickOrStar}!*@*`;
    reply.numeric(NUMERIC.RPL_LOGGEDOUT, source, "You are logged out");
    reply.end();
    closeSession(state, session, "Logged out");
  },
};

const SESSIONS: ServiceCommand = {
  name: "SESSIONS",
  usage: "",
  help: "Lists your connections (number, since, last line, address, log-in, program) and devices (added, last here).",
  params: 0,
  handle: (context) => runCommand(ACCOUNT, context, ["SESSIONS"]),
};

const RESET: ServiceCommand = {
  name: "RESET",
  usage: "<account> <code> <new password>",
  help: "Sets a new password by a code that the server's owner gave you. It ends all your sessions and devices.",
  params: 3,
  beforeRegistration: true,
  handle: inSteps(function* (context: ServiceContext) {
    const [account = "", code = "", ...words] = context.params;
    yield* resetPassword({ ...context, params: ["RESET", code, words.join(" ")] }, fold(account));
  }),
};

const RESETLINK: ServiceCommand = {
  name: "RESETLINK",
  usage: "<account>",
  help: "For operators: makes a link that sets a new password, for somebody who has lost theirs.",
  params: 1,
  handle: inSteps(function* (context: ServiceContext) {
    const { reply, params } = context;
    yield* makeResetLink({ ...context, params: ["RESETLINK", ...params] }, (name, made) => {
      reply.say(`Good once, until ${formatTime(made.expiresAt)}: ${made.link}`);
      reply.say(`In other clients: /msg NickServ RESET ${name} ${made.code} <new password>`);
    });
  }),
};

const GHOST: ServiceCommand = {
  name: "GHOST",
  usage: "<nick> [<password>]",
  help: "Closes other connections that use your nick.",
  params: 1,
  beforeRegistration: true,
  handle: forOwnNick(freeNick),
};

const REGAIN: ServiceCommand = {
  name: "REGAIN",
  usage: "<nick> [<password>]",
  help: "Gives you the nick of your account, even if another user has it.",
  params: 1,
  beforeRegistration: true,
  handle: forOwnNick(takeNick),
};

/** Makes a handler that logs in first if a password is given, and refuses a nick that isn't the user's. */
function forOwnNick(
  handle: (context: ServiceContext, nick: string) => void,
): (context: ServiceContext) => Outcome {
  return inSteps(function* (context: ServiceContext) {
    const { session, reply, params } = context;
    const [nick = "", ...words] = params;
    if (session.account === null) {
      if (words.length === 0) return reply.say("Give your password, too, or log in: IDENTIFY");
      yield* identify(context, nick, words.join(" "));
    }
    if (session.account === null || session.phase !== "registered") return;
    const isHeld = session.user !== null && fold(session.user.nick) === fold(nick);
    if (fold(nick) !== fold(session.account) && !isHeld) return reply.say("That is not your nick");
    handle(context, nick);
  });
}

function freeNick({ state, session, reply }: ServiceContext, nick: string): void {
  const holder = state.users.byNick(fold(nick));
  const otherSessions = holder?.sessions.filter((held) => held !== session) ?? [];
  for (const otherSession of otherSessions) {
    closeSession(state, otherSession, `${nick} was taken back by its owner`);
  }
  if (otherSessions.length === 0) return reply.say(`No other connection uses ${nick}`);
  reply.say(`Closed ${formatCount(otherSessions.length, "connection")} of ${nick}`);
}

function takeNick(context: ServiceContext, requestedNick: string): void {
  const { state, session, reply } = context;
  const { user } = session;
  const nick = parseExistingNick(requestedNick);
  if (user === null || nick === null) return;
  if (fold(user.nick) === fold(nick)) return reply.say(`Your nick is already ${user.nick}`);
  const refusal = nickChangeRefusal(state, user, nick);
  if (refusal !== null) return reply.say(`${refusal.sentence}: ${refusal.room.name}`);
  const holder = state.users.byNick(fold(nick));
  if (holder !== null && holder.account === null) freeNick(context, requestedNick);
  if (isNickTaken(state, nick, user)) return reply.say("That nick is taken");
  changeNick(state, user, nick, reply);
}

const INFO: ServiceCommand = {
  name: "INFO",
  usage: "[<account>]",
  help: "Shows what is known about an account, and more about your own.",
  params: 0,
  handle: ({ state, session, reply, params: [requestedName] }) => {
    const name = requestedName ?? session.account ?? session.nickOrStar;
    // Who has no account, and may not make one, learns nothing of the accounts.
    if (session.account === null) {
      const right = state.signUps.admission(invitationHashes(session), state.now);
      if ("refused" in right) return reply.say("Log in first");
      if (!mayAskForAccount(state, session, name)) return reply.say(TOO_MANY_NAMES);
    }
    const account = state.accounts.account(fold(name));
    if (account === null) return reply.say(`There is no account ${name}`);
    reply.say(`${account.name} was registered at ${formatTime(account.createdAt)}`);
    if (account.owner) reply.say(`${account.name} owns this server`);
    const user = state.users.byAccount(account.id);
    const isOnline = user !== null && user.sessions.length > 0;
    reply.say(isOnline ? `Online as ${user.nick}` : "Offline");
    if (session.user !== null && mayPass(session.user, "NICKSERV INFO")) {
      const suspension = suspensionOf(account, state.now);
      if (suspension !== null) reply.say(describeSuspension(suspension));
      if (account.grade !== undefined) reply.say(`Grade: ${account.grade}`);
    }
    if (session.accountId !== account.id) return;
    // This server sends no mail, so no address is ever verified.
    const email = account.email === null ? "none" : `${account.email} (unverified)`;
    reply.say(`Your e-mail address: ${email}`);
    reply.say(`Your connections: ${user?.sessions.length ?? 0}`);
    reply.say(`Devices that log in by certificate: ${account.certificates.length}`);
  },
};

function describeSuspension({ by, time, until, reason }: Suspension): string {
  const end = until === null ? "until that is lifted" : `until ${formatTime(until)}`;
  const why = reason === "" ? "" : `: ${reason}`;
  return `Suspended by ${by} at ${formatTime(time)}, ${end}${why}`;
}

/** NickServ and its commands. */
export const NICKSERV_SERVICE: Service = {
  name: "NickServ",
  about: "NickServ manages accounts. Once you have registered, your nick is yours.",
  commands: [
    ...[REGISTER, IDENTIFY, INFO, GHOST, REGAIN, CONFIRM, PASSWD, SET, CERT, TWO_FACTOR, BOT],
    ...[SESSIONS, LOGOUT, RESET, RESETLINK, DROP],
    ...ACCOUNT_MODERATION_COMMANDS,
  ],
  aliases: {
    ID: "IDENTIFY",
    LOGIN: "IDENTIFY",
    UNREGISTER: "DROP",
    RECOVER: "REGAIN",
    RELEASE: "REGAIN",
    TOTP: "2FA",
  },
};
