import type { LogInRefusal } from "../../../member-server/log-in.ts";
import { fold, parseNick } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Outcome } from "../../command.ts";
import { CONFIRMED_MS } from "../../limits.ts";
import { SERVER_BUSY, tooManyTries } from "../../relay/error-replies.ts";
import { isNickTaken } from "../../sessions/complete-registration.ts";
import { changeNick, closeSession } from "../../users/presence.ts";
import { ACCOUNT } from "../account/account-management.ts";
import { REGISTER_COMMANDS } from "../account/account-registration.ts";
import { verifyPassword } from "../account/authenticate.ts";
import {
  andThen,
  commandOf,
  runCommand,
  type Service,
  type ServiceCommand,
  type ServiceContext,
} from "./service.ts";

/** NickServ: accounts, by the handlers of REGISTER, AUTHENTICATE and ACCOUNT. */

const REGISTER: ServiceCommand = {
  name: "REGISTER",
  usage: "<password> [<e-mail or *>] [<invitation>]",
  help: "Makes an account under the nick that you have, and logs you in.",
  params: 1,
  beforeRegistration: true,
  handle: (context) => {
    const [password = "", email = "*", invitation] = context.params;
    const { passwords } = context.session;
    if (invitation !== undefined && passwords.length < 2) passwords.push(invitation);
    return runCommand(commandOf(REGISTER_COMMANDS, "REGISTER"), context, ["*", email, password]);
  },
};

const IDENTIFY: ServiceCommand = {
  name: "IDENTIFY",
  usage: "[<account>] <password>",
  help: "Logs you in. Without an account, the one of your nick is meant.",
  params: 1,
  beforeRegistration: true,
  handle: (context) => {
    const { session, params } = context;
    const [account = "", ...words] = params.length > 1 ? params : [session.nickOrStar, ...params];
    return identify(context, account, words.join(" "));
  },
};

function identify(context: ServiceContext, account: string, password: string): Outcome {
  const { state, session, reply } = context;
  if (session.account !== null) return reply.say(`You are logged in as ${session.account} already`);
  const outcome = verifyPassword(context, { authzid: "", account, password }, (refusal) =>
    reply.say(refusalWords(refusal)),
  );
  return andThen(outcome, () => {
    // The password has just been said.
    if (session.account !== null) session.confirmedUntil = state.now + CONFIRMED_MS;
  });
}

function refusalWords(refusal: LogInRefusal): string {
  switch (refusal.kind) {
    case "wrong":
      return "Name and password don't fit. Try again";
    case "busy":
      return SERVER_BUSY;
    case "slow-down":
      return tooManyTries(refusal.waitMs);
  }
}

const CONFIRM: ServiceCommand = {
  name: "CONFIRM",
  usage: "<password>",
  help: "Says again who you are: some commands ask for it.",
  params: 1,
  handle: (context) => runCommand(ACCOUNT, context, ["CONFIRM", context.params.join(" ")]),
};

/** Carries something out if the password is right, however long ago it was said before. */
function confirmed(context: ServiceContext, password: string, next: () => Outcome): Outcome {
  const { state, session } = context;
  session.confirmedUntil = 0;
  return andThen(runCommand(ACCOUNT, context, ["CONFIRM", password]), () =>
    session.confirmedUntil > state.now ? next() : undefined,
  );
}

const PASSWD: ServiceCommand = {
  name: "PASSWD",
  usage: "<old password> <new password>",
  help: "Changes your password, and logs out your other devices.",
  params: 2,
  handle: (context) => {
    const [old = "", fresh = ""] = context.params;
    if (context.params.length > 2)
      return context.reply.say("Say two passwords without spaces in them");
    return confirmed(context, old, () => runCommand(ACCOUNT, context, ["PASSWORD", fresh]));
  },
};

const SET: ServiceCommand = {
  name: "SET",
  usage: "PASSWORD <new password>",
  help: "Changes your password, after CONFIRM. Real name: SETNAME; other settings: MODE.",
  params: 2,
  handle: (context) => {
    const [what = "", ...words] = context.params;
    if (what.toUpperCase() !== "PASSWORD") return context.reply.say("Only PASSWORD is set here");
    return runCommand(ACCOUNT, context, ["PASSWORD", words.join(" ")]);
  },
};

const CERT: ServiceCommand = {
  name: "CERT",
  usage: "ADD [<label>] | LIST | DEL <fingerprint>",
  help: "Devices that log in by their certificate, without a password (SASL EXTERNAL).",
  params: 1,
  handle: (context) => {
    const [action = "", ...words] = context.params;
    return runCommand(ACCOUNT, context, ["CERT", action, words.join(" ")]);
  },
};

const DROP: ServiceCommand = {
  name: "DROP",
  usage: "[<account>] <password>",
  help: "Deletes your account for good, and what it remembers.",
  params: 1,
  handle: (context) => {
    const { session, reply, params } = context;
    const [account = "", ...words] =
      params.length > 1 ? params : [session.account ?? "", ...params];
    if (session.account !== null && fold(account) !== fold(session.account)) {
      return reply.say("Only your own account is yours to delete");
    }
    return confirmed(context, words.join(" "), () => runCommand(ACCOUNT, context, ["DELETE"]));
  },
};

const LOGOUT: ServiceCommand = {
  name: "LOGOUT",
  usage: "",
  help: "Logs this device out, and ends its connection.",
  params: 0,
  handle: ({ state, session, reply }) => {
    if (session.account === null) return reply.say("You aren't logged in");
    const source = session.user?.source ?? `${session.nickOrStar}!*@*`;
    reply.numeric(NUMERIC.RPL_LOGGEDOUT, source, "You are logged out");
    reply.end();
    closeSession(state, session, "Logged out");
  },
};

const GHOST: ServiceCommand = {
  name: "GHOST",
  usage: "<nick> [<password>]",
  help: "Ends other connections that hold your nick.",
  params: 1,
  beforeRegistration: true,
  handle: (context) => own(context, (nick) => freeNick(context, nick)),
};

const REGAIN: ServiceCommand = {
  name: "REGAIN",
  usage: "<nick> [<password>]",
  help: "Gives you the nick of your account, whoever has it.",
  params: 1,
  beforeRegistration: true,
  handle: (context) => own(context, (nick) => takeNick(context, nick)),
};

/** Logs in first, where a password is said. Only the nick of one's own account is given. */
function own(context: ServiceContext, next: (nick: string) => void): Outcome {
  const { session, reply, params } = context;
  const [nick = "", ...words] = params;
  const go = (): void => {
    if (session.account === null || session.phase !== "registered") return;
    const isHeld = session.user !== null && fold(session.user.nick) === fold(nick);
    if (fold(nick) !== fold(session.account) && !isHeld) return reply.say("That nick isn't yours");
    next(nick);
  };
  if (session.account !== null) return go();
  if (words.length === 0) return reply.say("Say your password, too, or log in: IDENTIFY");
  return andThen(identify(context, nick, words.join(" ")), go);
}

function freeNick({ state, session, reply }: ServiceContext, nick: string): void {
  const holder = state.users.byNick(fold(nick));
  const others = holder?.sessions.filter((one) => one !== session) ?? [];
  for (const other of others) closeSession(state, other, `${nick} was taken back by its owner`);
  if (others.length === 0) return reply.say(`No other connection holds ${nick}`);
  reply.say(`${others.length} connections that held ${nick} were ended`);
}

function takeNick(context: ServiceContext, asked: string): void {
  const { state, session, reply } = context;
  const { user } = session;
  const nick = parseNick(asked);
  if (user === null || nick === null) return;
  if (fold(user.nick) === fold(nick)) return reply.say(`You are called ${user.nick}`);
  const holder = state.users.byNick(fold(nick));
  if (holder !== null && holder.account === null) freeNick(context, asked);
  if (isNickTaken(state, nick, user)) return reply.say("Somebody has that name");
  changeNick(state, user, nick, reply);
}

const INFO: ServiceCommand = {
  name: "INFO",
  usage: "[<account>]",
  help: "What is known of an account; of your own, a little more.",
  params: 0,
  handle: ({ state, session, reply, params: [asked] }) => {
    const name = asked ?? session.account ?? session.nickOrStar;
    const account = state.accounts.account(fold(name));
    if (account === null) return reply.say(`Nobody has signed up as ${name}`);
    reply.say(`${account.name} has been signed up since ${formatTime(account.createdAt)}`);
    if (account.owner) reply.say(`${account.name} owns this server`);
    const user = state.users.byAccount(account.name);
    const isHere = user !== null && user.sessions.length > 0;
    reply.say(isHere ? `Here now, as ${user.nick}` : "Not connected now");
    if (session.account !== account.name) return;
    // No mail is sent from here, so that nobody has answered one.
    const email = account.email === null ? "none" : `${account.email} (unverified)`;
    reply.say(`Your e-mail address: ${email}`);
    reply.say(`Connections of yours: ${user?.sessions.length ?? 0}`);
    reply.say(`Devices that log in by certificate: ${account.certificates.length}`);
  },
};

export const NICKSERV: Service = {
  name: "NickServ",
  about: "NickServ keeps accounts. Your nick belongs to you once you have signed up.",
  commands: [REGISTER, IDENTIFY, INFO, GHOST, REGAIN, CONFIRM, PASSWD, SET, CERT, LOGOUT, DROP],
  aliases: {
    ID: "IDENTIFY",
    LOGIN: "IDENTIFY",
    UNREGISTER: "DROP",
    RECOVER: "REGAIN",
    RELEASE: "REGAIN",
  },
};
