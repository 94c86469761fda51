/** Connects to a server and logs in to it: first contact, the server's offer, and a sentence for each failure. */

import type { ClientEvent, ServerOffer } from "../../chat-client/client-event.ts";
import { isSodam } from "../../chat-client/server-names.ts";
import type { LogIn } from "../../chat-client/session.ts";
import { LogInAttempt, type LogInOutcome } from "../../member-client/log-in.ts";
import { fingerprintRows } from "../../protocol/fingerprint.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import { onInterrupt } from "../../terminal/restore-on-exit.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, hostOf, machineKey, withoutKeys } from "../app-context.ts";
import type { ConnectOutcome, ConnectProblem } from "../app-ports.ts";
import { refusedConnection } from "../chat-screen/draw/system-line.ts";
import { closingReason, closingSentence } from "../i18n/closing-reasons.ts";
import { storedPasswords, storePasswords } from "../saved/stored-passwords.ts";
import { confirmCertificate, confirmProblem } from "./confirm-certificate.ts";
import {
  askAfterFailure,
  type Leaving,
  PLAIN_PORT,
  TLS_PORT,
  unsaidEndSentence,
} from "./connect-choices.ts";
import { connectFailureSentence } from "./failure-sentences.ts";
import { askPlainText, forgetPlainText, isPlainPort } from "./plain-text.ts";
import { type FirstStep, ServerConnection } from "./server-connection.ts";

/** After this the user is told that nothing has come, and goes on waiting. */
const NO_ANSWER_MS = 8000;

/** What a wait resolves to that the user ended by Ctrl-C. */
const INTERRUPTED = Symbol("interrupted");

/** ERR_PASSWDMISMATCH */
export const PASSWORD_WRONG = "464";

/** A connection that waits for the user to log in, and what the server offers for that. */
export interface ConnectedServer {
  readonly connection: ServerConnection;
  readonly offer: ServerOffer;
}

/** What the user chose after a failed connection. */
export type NotConnected = "other-server" | "quit";

/**
 * Connects, and on failure asks what to do, until a connection waits for the log-in or the user gives up.
 *
 * @param problem why an attempt failed that was just made: it is told, and not made again
 */
export async function connectToServer(
  app: App,
  link: ServerLink,
  leaving: Leaving,
  problem: ConnectProblem | null = null,
): Promise<ConnectedServer | NotConnected> {
  const { prompts } = app;
  let target = link;
  let isAsked = false;
  let password: string | null = null;
  let failed = problem;
  let isWarned = false;
  if (failed === null) prompts.info(app.words.menu.connecting(hostOf(target)));
  for (;;) {
    const connection = new ServerConnection(app.ports, target);
    connection.serverPassword ??=
      storedPasswords(app.ports, machineKey(target)).serverPassword ?? null;
    connection.serverPassword = password ?? connection.serverPassword;
    if (isPlainPort(target) && !connection.isPlain && !isAsked) {
      connection.isPlain = await askPlainText(app, target);
      isAsked = true;
    }
    if (failed !== null) {
      connection.problem = failed;
      prompts.warn(app.words.connection[failed](hostOf(target)));
    }
    if (!isWarned) warnOfDevice(app, connection);
    isWarned = true;
    const offer = failed === null ? await awaitServerOffer(app, connection) : null;
    failed = null;
    if (offer !== null) {
      if (connection.session.state.isReadable) {
        prompts.warn(app.words.plainText.now(hostOf(target)));
      }
      return { connection, offer };
    }
    connection.end();
    const choice = await askAfterFailure(app, connection, leaving, link.port);
    if (choice === "other-server" || choice === "quit") return choice;
    if (choice === "tls-port" || choice === "plain-port") {
      target = { ...target, port: choice === "tls-port" ? TLS_PORT : PLAIN_PORT };
      isAsked = false;
    }
    if (choice === "typed-port") target = link;
    if (choice === "server-password" && (await askServerPassword(app, connection))) {
      password = connection.serverPassword;
    }
    // Without a yes the same question comes again.
    if (choice === "without-tls") await askPlainText(app, target);
    if (choice === "with-tls") forgetPlainText(app, target);
    prompts.info(app.words.menu.connecting(hostOf(target)));
  }
}

/** Says that this device has no certificate for a server, before its log-in without a password fails for it. */
function warnOfDevice({ ports, prompts }: App, { link, isPlain }: ServerConnection): void {
  if (isPlain || ports.unsaved !== null) return;
  const device = ports.device(link);
  if (typeof device === "object") prompts.warn(device.problem);
}

/**
 * Waits for work during which no question is open. Ctrl-C ends the wait, not the program: it then resolves to
 * {@link INTERRUPTED}.
 */
export async function untilInterrupted<Result>(
  work: Promise<Result>,
): Promise<Result | typeof INTERRUPTED> {
  const interruption = Promise.withResolvers<typeof INTERRUPTED>();
  const stopListening = onInterrupt(() => interruption.resolve(INTERRUPTED));
  try {
    return await Promise.race([work, interruption.promise]);
  } finally {
    stopListening();
  }
}

/**
 * Waits for what a server says to a log-in, without keys. Ctrl-C ends the wait and the attempt: it says so, and resolves
 * to null.
 */
export async function untilAnswered<Result>(
  { prompts, words }: App,
  connection: ServerConnection,
  answer: Promise<Result>,
): Promise<Result | null> {
  const result = await untilInterrupted(withoutKeys(prompts, answer));
  if (result !== INTERRUPTED) return result;
  connection.stopAttempt();
  prompts.info(words.connection.stopped(hostOf(connection.link)));
  return null;
}

/**
 * Opens the connection, asking the user to trust the certificate on first contact and to confirm a changed
 * one, and waits until the server offers ways to log in. On failure warns the user with the reason, and
 * resolves to null; so it does when the user ends the wait by Ctrl-C.
 */
export async function awaitServerOffer(
  app: App,
  connection: ServerConnection,
): Promise<ServerOffer | null> {
  // A choice whose connection broke would be made again by itself, and no offer would come.
  connection.session.logIn(null);
  const wait: Wait = { isOver: false };
  const offer = await untilInterrupted(negotiateOffer(app, connection, wait));
  if (offer !== INTERRUPTED) return offer;
  wait.isOver = true;
  connection.stopAttempt();
  app.prompts.info(app.words.connection.stopped(hostOf(connection.link)));
  return null;
}

/** Whether the user has ended the wait for a server: then nothing more is said about it. */
interface Wait {
  isOver: boolean;
}

async function negotiateOffer(
  app: App,
  connection: ServerConnection,
  wait: Wait,
): Promise<ServerOffer | null> {
  const { prompts, words } = app;
  const stopNote = app.ports.after(NO_ANSWER_MS, () => {
    if (wait.isOver) return;
    prompts.info(words.connection.noAnswerYet(hostOf(connection.link), NO_ANSWER_MS / 1000));
  });
  let outcome = await withoutKeys(prompts, connection.open());
  stopNote();
  if (wait.isOver) return null;
  if (outcome.kind === "unknown") {
    if (!(await askTrust(app, connection.link, outcome.fingerprint))) return null;
    outcome = await withoutKeys(prompts, connection.open());
  }
  if (outcome.kind === "changed") {
    prompts.warn(connectFailureSentence(app, connection.link, outcome));
    if (!(await askConfirmation(app, connection, outcome))) return null;
    outcome = await withoutKeys(prompts, connection.open());
  }
  if (outcome.kind !== "connected") {
    prompts.warn(connectFailureSentence(app, connection.link, outcome));
    return null;
  }
  const host = hostOf(connection.link);
  const stopWait = app.ports.after(NO_ANSWER_MS, () => {
    if (wait.isOver) return;
    prompts.info(words.connection.noAnswerYet(host, NO_ANSWER_MS / 1000));
  });
  const offer = await withoutKeys(prompts, serverOfferOf(connection));
  stopWait();
  if (wait.isOver) return null;
  if ("why" in offer) {
    if (wantsPassword(offer.code, offer.why) && (await askServerPassword(app, connection))) {
      return negotiateOffer(app, connection, wait);
    }
    prompts.warn(endSentence(app, connection, offer));
    return null;
  }
  const { password, certificate, nickServ, guests } = offer;
  if (password || certificate || nickServ || guests) return offer;
  prompts.warn(words.connection["no-way-in"](host));
  return null;
}

/** Returns whether the server refused the connection because of its own password: by the numeric, or in words. */
export function wantsPassword(code: string, why: string): boolean {
  return code === PASSWORD_WRONG || (code === "" && closingReason(why) === "password");
}

/** How a connection ended before the server offered anything. */
interface ConnectionEnd {
  /** The server's or the system's reason, sanitized; may be "". */
  readonly why: string;
  /** The numeric by which the server refused us, or "". */
  readonly code: string;
}

/** Waits for the offer of a connection that was just opened, or for its end. */
export function serverOfferOf(connection: ServerConnection): Promise<ServerOffer | ConnectionEnd> {
  return awaitCallback((done) => {
    const take = (event: FirstStep): void => {
      if (event.kind === "awaiting-login") return done(event.offer);
      done({ why: sanitize(event.text), code: event.code ?? "" });
    };
    // A server that is full says so and hangs up before anybody can listen.
    if (connection.firstStep !== null) return take(connection.firstStep);
    const stopListening = connection.listen((event) => {
      if (event.kind !== "awaiting-login" && event.kind !== "disconnected") return;
      stopListening();
      take(event);
    });
  });
}

/** Returns the sentence for a connection that ended before the log-in. */
export function endSentence(
  { words }: Pick<App, "words">,
  connection: Pick<ServerConnection, "link" | "isPlain" | "problem">,
  { why, code }: ConnectionEnd,
): string {
  if (code !== "") return refusedConnection(words, code, why);
  return why === "" ? unsaidEndSentence({ words }, connection) : closingSentence(words, why);
}

/**
 * Asks for the password of the server itself. Resolves to whether there is one to try: then connect again. A stored one
 * that was refused is forgotten.
 */
export async function askServerPassword(app: App, connection: ServerConnection): Promise<boolean> {
  const { prompts, words, ports } = app;
  const host = hostOf(connection.link);
  if (connection.serverPassword !== null) prompts.warn(words.connection.passwordRefused(host));
  const key = machineKey(connection.link);
  const { serverPassword, ...others } = storedPasswords(ports, key);
  if (serverPassword !== undefined && serverPassword === connection.serverPassword) {
    storePasswords(ports, key, others);
  }
  const password = await prompts.password(
    words.connection.serverPassword(host, isSodam(connection.session.state)),
  );
  if (password === null || password === "") return false;
  connection.serverPassword = password;
  return true;
}

/** Offers to store the password by which the server itself let the user in, if it was typed. */
export async function offerServerPassword(app: App, connection: ServerConnection): Promise<void> {
  const { prompts, words, ports } = app;
  const { serverPassword, link } = connection;
  const key = machineKey(link);
  const stored = storedPasswords(ports, key);
  const isTyped =
    serverPassword !== stored.serverPassword && serverPassword !== ports.serverPassword(link);
  if (serverPassword === null || !isTyped || ports.unsaved !== null) return;
  const ask = words.connection.storePassword(hostOf(link), sanitize(ports.passwordsPath));
  if ((await prompts.confirm(ask, words.yes, words.no, false)) !== true) return;
  storePasswords(ports, key, { ...stored, serverPassword });
  prompts.success(words.connection.passwordStored);
}

/** Tries to log in once on a connection that waits for it. */
export function attemptLogIn(
  connection: ServerConnection,
  credentials: LogIn,
): Promise<LogInOutcome> {
  return awaitCallback((done) => {
    // The answer may be known already: services recognize a certificate before anybody asks.
    const early: ClientEvent[] = [];
    let attempt: LogInAttempt | null = null;
    const stopListening = connection.listen((event) => {
      if (attempt === null) early.push(event);
      else attempt.onSessionEvent(event);
    });
    attempt = new LogInAttempt(connection.session, credentials, (outcome) => {
      stopListening();
      done(outcome);
    });
    for (const event of early) attempt.onSessionEvent(event);
  });
}

/** Shows the fingerprint of a new server. Resolves to whether the user trusts it. */
async function askTrust(app: App, link: ServerLink, fingerprint: string): Promise<boolean> {
  const { prompts, words } = app;
  const { firstContact } = words;
  prompts.note(
    firstContact.title,
    firstContact.explain(hostOf(link), fingerprintRows(fingerprint)),
  );
  const yes = app.ports.unsaved === null ? firstContact.trust : words.yes;
  const trusts = await prompts.confirm(firstContact.ask, yes, firstContact.leave);
  if (trusts !== true) {
    prompts.info(words.connection.untrusted(hostOf(link)));
    return false;
  }
  const problem = app.ports.remember(link, fingerprint, null);
  if (problem === null) prompts.success(firstContact.remembered);
  // `warnOfUnsaved` has said the same already.
  else if (app.ports.unsaved === null) prompts.warn(problem);
  return true;
}

/**
 * Offers the way on in a menu when the automatic reconnection met a certificate that isn't trusted: the same
 * as on connecting. Resolves when the user is logged in again, or went back.
 */
export async function resolveTrouble(app: App, connection: ServerConnection): Promise<void> {
  const { trouble, link } = connection;
  if (trouble === null) return;
  let isTrusted = false;
  if (trouble.kind === "unknown") isTrusted = await askTrust(app, link, trouble.fingerprint);
  else {
    app.prompts.warn(connectFailureSentence(app, link, trouble));
    if (trouble.kind === "changed") isTrusted = await askConfirmation(app, connection, trouble);
  }
  if (!isTrusted) return;
  await awaitCallback<void>((done) => {
    const stopListening = connection.listen(({ kind }) => {
      if (kind !== "ready" && kind !== "log-in-failed" && kind !== "disconnected") return;
      stopListening();
      done();
    });
    connection.reconnect();
  });
}

/** Asks for what confirms a changed certificate, by default no. Resolves to whether the user gave it. */
async function askConfirmation(
  app: App,
  connection: ServerConnection,
  refused: Extract<ConnectOutcome, { kind: "changed" }>,
): Promise<boolean> {
  const { prompts, words } = app;
  const { fingerprint } = refused;
  if (refused.source === "conflict") {
    // The link itself proves nothing, so it is no answer here.
    const { askLink, trustLink, leave } = words.confirm;
    if ((await prompts.confirm(askLink, trustLink, leave, false)) !== true) return false;
    return connection.confirm(refused, fingerprint).kind === "confirmed";
  }
  const typed = await prompts.text(words.confirm.ask, {
    problem: (text) => {
      if (text.trim() === "") return null;
      const confirmation = confirmCertificate(connection.link, fingerprint, text);
      return confirmation.kind === "confirmed" ? null : confirmProblem(words, confirmation);
    },
  });
  if (typed === null || typed.trim() === "") return false;
  return connection.confirm(refused, typed).kind === "confirmed";
}
