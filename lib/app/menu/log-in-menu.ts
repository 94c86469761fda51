/** Logs in by password, or by the certificate of a remembered device (SASL PLAIN and EXTERNAL). */
import type { LogInProblem } from "../../chat-client/client-event.ts";
import {
  NICK_IN_USE,
  NICKSERV_SILENT,
  NO_NICKSERV,
} from "../../chat-client/services/nickserv-log-in.ts";
import type { LogIn } from "../../chat-client/session.ts";
import { addDevice, type DeviceOutcome } from "../../member-client/account.ts";
import type { LogInOutcome } from "../../member-client/log-in.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, logInKey, refusalSentence } from "../app-context.ts";
import {
  askServerPassword,
  attemptLogIn,
  awaitServerOffer,
  type ConnectedServer,
  PASSWORD_WRONG,
  untilAnswered,
} from "../connection/connect-to-server.ts";
import type { Words } from "../i18n/words.ts";
import { storedPasswords, storePasswords } from "../saved/stored-passwords.ts";
import { setUpSecondFactor } from "./second-factor-menu.ts";

/** Asks for ID and password until the server accepts them. Resolves to false when the user goes back. */
export async function logIn(app: App, server: ConnectedServer): Promise<boolean> {
  const { prompts, words, settings } = app;
  const key = logInKey(app.ports.saved, server.connection.link);
  let name = settings.account ?? app.ports.saved.accounts?.[key] ?? "";
  for (;;) {
    const account = await prompts.text(words.logIn.account, {
      initial: name,
      problem: (typed) => (typed.trim() === "" ? words.nameProblem.empty : null),
    });
    if (account === null) return false;
    name = account;
    const password = await prompts.password(words.logIn.password, (typed) =>
      typed === "" ? words.logIn.noPassword : null,
    );
    if (password === null) return false;
    prompts.info(words.logIn.working);
    const outcome = await logInWithPassword(app, server, account, password);
    if (outcome === null) return false;
    if (outcome.kind === "ok") {
      prompts.success(words.logIn.done(sanitize(outcome.account)));
      const isRemembered = app.ports.saved.accounts?.[key] === outcome.account;
      if (!isRemembered) await offerDevice(app, server, outcome.account, password);
      return true;
    }
    prompts.warn(outcomeSentence(app, outcome));
  }
}

/** Returns the account that this device can log in to without a question; null where it can't. */
export function rememberedAccount(
  { ports, settings }: App,
  { connection }: ConnectedServer,
): string | null {
  const key = logInKey(ports.saved, connection.link);
  const byDevice =
    ports.device(connection.link) === "shown" ? ports.saved.accounts?.[key] : undefined;
  const stored = storedPasswords(ports, key);
  const account = byDevice ?? (stored.password === undefined ? undefined : stored.account);
  const isWanted = settings.account === null || settings.account === account;
  return account === undefined || !isWanted ? null : account;
}

/**
 * Logs in without a prompt where this device is remembered. Resolves to false where it isn't, or when the
 * log-in fails. A device that the server no longer accepts is forgotten, with a warning.
 */
export async function logInByDevice(app: App, server: ConnectedServer): Promise<boolean> {
  const { prompts, words, ports } = app;
  const key = logInKey(app.ports.saved, server.connection.link);
  const account = ports.saved.accounts?.[key];
  const { certificate, nickServ, accountCheck: isOurs } = server.offer;
  if (account === undefined || ports.device(server.connection.link) !== "shown") return false;
  if (!certificate && !nickServ) {
    if (!isOurs && !server.offer.password) prompts.warn(words.elsewhere.noNickServ);
    return false;
  }
  if (app.settings.account !== null && app.settings.account !== account) return false;
  prompts.info(words.logIn.remembered(sanitize(account)));
  const outcome = await tryLogIn(app, server, { kind: "certificate", account });
  if (outcome?.kind === "ok") return true;
  if (outcome?.kind === "certificate-unknown" || outcome?.kind === "wrong") {
    prompts.warn(words.logIn.forgotten);
    forgetDevice(app, key);
  } else if (outcome?.kind === "other" && outcome.code === NICK_IN_USE) {
    prompts.warn(words.elsewhere.nickInUse(sanitize(account)));
  } else if (outcome !== null) prompts.warn(outcomeSentence(app, outcome));
  return false;
}

/**
 * Logs in by the password that the user had stored for this server. Resolves to false where there is none, or when
 * the log-in fails; a password that is wrong by now is forgotten, with a warning.
 */
export async function logInByStoredPassword(app: App, server: ConnectedServer): Promise<boolean> {
  const { prompts, words, ports } = app;
  const key = logInKey(app.ports.saved, server.connection.link);
  const { account, password, ...others } = storedPasswords(ports, key);
  if (account === undefined || password === undefined) return false;
  if (app.settings.account !== null && app.settings.account !== account) return false;
  prompts.info(words.elsewhere.byPassword(sanitize(account)));
  const outcome = await tryLogIn(app, server, { kind: "password", account, password });
  if (outcome?.kind === "ok") return true;
  if (outcome?.kind === "wrong") {
    prompts.warn(words.elsewhere.passwordOutdated);
    storePasswords(ports, key, others);
  } else if (outcome !== null) prompts.warn(outcomeSentence(app, outcome));
  return false;
}

/** Logs in, and asks for a code if the account has a second factor. Null: back, or it couldn't reconnect. */
async function logInWithPassword(
  app: App,
  server: ConnectedServer,
  account: string,
  password: string,
): Promise<LogInOutcome | null> {
  const { prompts, words } = app;
  let outcome = await tryLogIn(app, server, { kind: "password", account, password });
  while (
    outcome?.kind === "other" &&
    outcome.code === PASSWORD_WRONG &&
    (await askServerPassword(app, server.connection))
  ) {
    // A bouncer asks for its password only now. On the next connection the session logs in by itself.
    const next = attemptLogIn(server.connection, { kind: "password", account, password });
    server.connection.reconnect();
    outcome = await untilAnswered(app, server.connection, next);
  }
  while (outcome?.kind === "code-missing" || outcome?.kind === "code-wrong") {
    if (outcome.kind === "code-wrong") prompts.warn(words.secondFactor.wrongCode);
    const code = await prompts.text(words.secondFactor.code);
    if (code === null) return null;
    const withCode = `${password} ${code}`;
    outcome = await tryLogIn(app, server, { kind: "password", account, password: withCode });
  }
  if (outcome?.kind !== "second-factor-setup") return outcome;
  return (await setUpWhileHeld(app, server, password))
    ? { kind: "ok", account, nick: server.connection.session.state.me.nick }
    : null;
}

/**
 * Sets a second factor up on a connection that the server holds until that is done. Resolves to whether the user
 * is in.
 */
export async function setUpWhileHeld(
  app: App,
  { connection }: ConnectedServer,
  password: string,
): Promise<boolean> {
  app.prompts.info(app.words.secondFactor.required);
  const isReady = awaitCallback<boolean>((done) => {
    const stopListening = connection.listen(({ kind }) => {
      if (kind !== "ready" && kind !== "disconnected") return;
      stopListening();
      done(kind === "ready");
    });
  });
  if (await setUpSecondFactor(app, connection.session, password)) return isReady;
  // The server would hold it for minutes, and nothing else can be done on it.
  connection.end();
  return false;
}

/** Tries once, after reconnecting if the connection has ended meanwhile. Null: it couldn't reconnect. */
async function tryLogIn(
  app: App,
  { connection }: ConnectedServer,
  credentials: LogIn,
): Promise<LogInOutcome | null> {
  if (!connection.connected && (await awaitServerOffer(app, connection)) === null) return null;
  return untilAnswered(app, connection, attemptLogIn(connection, credentials));
}

/** Offers to remember this device for the account that has just logged in, if it and the server can. */
export async function offerDevice(
  app: App,
  { connection, offer }: ConnectedServer,
  account: string,
  password: string,
): Promise<void> {
  const { prompts, words, ports } = app;
  if (ports.unsaved !== null) return;
  if (!offer.accountCheck) return offerElsewhere(app, connection, account, password);
  if (ports.device(connection.link) !== "shown") return;
  if (!offer.certificate || !connection.session.state.caps.has("sodam.chat/account")) return;
  const yes = await prompts.confirm(words.logIn.remember, words.yes, words.no);
  if (yes === true) await rememberDevice(app, connection, account, password);
}

/**
 * Offers to remember a log-in on a server that isn't ours: by this device's certificate, which NickServ adds to the
 * account, or else by a file with the password.
 */
async function offerElsewhere(
  app: App,
  connection: ConnectedServer["connection"],
  account: string,
  password: string,
): Promise<void> {
  const { prompts, words, ports } = app;
  const key = logInKey(ports.saved, connection.link);
  if (!connection.isPlain && ports.device(connection.link) === "shown") {
    if ((await prompts.confirm(words.logIn.remember, words.yes, words.no)) !== true) return;
    const problem = await awaitCallback<LogInProblem | null>((done) =>
      connection.session.addCertificate(done),
    );
    if (problem === null) {
      ports.save({ accounts: { ...ports.saved.accounts, [key]: account } });
      connection.session.logIn({ kind: "certificate", account });
      return prompts.success(words.logIn.rememberedNow);
    }
    prompts.warn(words.logIn.rememberFailed);
    if (problem.kind === "other" && problem.text !== "") {
      prompts.info(words.elsewhere.nickServSaid(sanitize(problem.text)));
    }
  }
  const ask = words.elsewhere.rememberPassword(sanitize(ports.passwordsPath));
  if ((await prompts.confirm(ask, words.yes, words.no, false)) !== true) return;
  storePasswords(ports, key, { ...storedPasswords(ports, key), account, password });
  prompts.success(words.elsewhere.passwordStored);
}

/** Registers this device's certificate with the account, so that it logs in without a password from now on. */
export async function rememberDevice(
  app: App,
  connection: ConnectedServer["connection"],
  account: string,
  password: string,
): Promise<void> {
  const { prompts, words, ports } = app;
  const outcome = await awaitCallback<DeviceOutcome>((done) =>
    addDevice(connection.session, password, ports.deviceName, done),
  );
  // "already-yours": the server still knows the device, although this client has lost its record of it.
  if (outcome.kind === "done" || outcome.kind === "already-yours") {
    ports.save({
      accounts: { ...ports.saved.accounts, [logInKey(ports.saved, connection.link)]: account },
    });
    // A code is good once, so that the next connection couldn't log in by the password.
    connection.session.logIn({ kind: "certificate", account });
    prompts.success(words.logIn.rememberedNow);
  } else prompts.warn(deviceSentence(words, outcome.kind));
}

function deviceSentence(words: Words, kind: Exclude<DeviceOutcome["kind"], "done">): string {
  switch (kind) {
    case "wrong":
      return words.profile.wrongPassword;
    case "in-use":
      return words.failures.CERT_EXISTS("");
    case "too-many":
      return words.failures.LIMIT_REACHED("");
    default:
      return words.logIn.rememberFailed;
  }
}

/** Forgets that this device can log in; the server's list of devices stays. `key`: see `logInKey`. */
export function forgetDevice(app: App, key: string): void {
  const { [key]: _, ...accounts } = app.ports.saved.accounts ?? {};
  app.ports.save({ accounts });
}

function outcomeSentence(app: App, outcome: Exclude<LogInOutcome, { kind: "ok" }>): string {
  const { words } = app;
  switch (outcome.kind) {
    case "wrong":
      return words.logIn.wrong;
    case "certificate-unknown":
      return words.logIn.forgotten;
    case "code-missing":
    case "code-wrong":
      return words.secondFactor.wrongCode;
    case "second-factor-setup":
      return words.secondFactor.required;
    case "slowed":
    case "busy":
    case "lost":
    case "not-offered":
      return refusalSentence(words, outcome);
    case "other":
      if (outcome.code === NO_NICKSERV) return words.elsewhere.noNickServ;
      if (outcome.code !== NICKSERV_SILENT) return refusalSentence(words, outcome);
      return outcome.text === ""
        ? words.elsewhere.nickServSilent
        : words.elsewhere.nickServSaid(sanitize(outcome.text));
  }
}
