/** Connects to a server and logs in to it: first contact, the server's offer, and a sentence for each failure. */
import type { ClientEvent, ServerOffer } from "../../chat-client/client-event.ts";
import type { LogIn } from "../../chat-client/session.ts";
import { LogInAttempt, type LogInOutcome } from "../../member-client/log-in.ts";
import { fingerprintRows } from "../../protocol/fingerprint.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, hostOf, serverKey } from "../app-context.ts";
import type { ConnectOutcome } from "../app-ports.ts";
import { refusal } from "../chat-screen/draw/system-line.ts";
import { closingSentence } from "../i18n/closing-reasons.ts";
import { storedPasswords } from "../saved/stored-passwords.ts";
import { confirmCertificate, confirmProblem } from "./confirm-certificate.ts";
import { askPlainText, isPlainPort, mayBePlain } from "./plain-text.ts";
import { type ConnectTrouble, ServerConnection } from "./server-connection.ts";

/** ERR_PASSWDMISMATCH */
export const PASSWORD_WRONG = "464";

/** A connection that waits for the user to log in, and what the server offers for that. */
export interface ConnectedServer {
  readonly connection: ServerConnection;
  readonly offer: ServerOffer;
}

/** What the user chose after a failed connection. */
export type NotConnected = "other-server" | "quit";

/** Where leaving the menus of a server leads: out of the program, or back to the servers that are open. */
export type Leaving = "quit" | "back";

/** Connects, and on failure asks what to do, until a connection waits for the log-in or the user gives up. */
export async function connectToServer(
  app: App,
  link: ServerLink,
  leaving: Leaving,
): Promise<ConnectedServer | NotConnected> {
  const { prompts } = app;
  prompts.info(app.words.menu.connecting(hostOf(link)));
  let isAsked = false;
  for (;;) {
    const connection = new ServerConnection(app.ports, link);
    connection.serverPassword ??=
      storedPasswords(app.ports, serverKey(link)).serverPassword ?? null;
    if (isPlainPort(link) && !connection.isPlain && !isAsked) {
      connection.isPlain = await askPlainText(app, link);
      isAsked = true;
    }
    const offer = await awaitServerOffer(app, connection);
    if (offer !== null) {
      if (connection.session.state.isReadable) prompts.warn(app.words.plainText.now(hostOf(link)));
      return { connection, offer };
    }
    connection.end();
    const choice = await askAfterFailure(
      app,
      !connection.isPlain && mayBePlain(connection.problem),
      leaving,
    );
    // Without a yes the same question comes again.
    if (choice === "without-tls") await askPlainText(app, link);
    else if (choice !== "again") return choice;
  }
}

/**
 * Opens the connection, asking the user to trust the certificate on first contact and to confirm a changed
 * one, and waits until the server offers ways to log in. On failure warns the user with the reason, and
 * resolves to null.
 */
export async function awaitServerOffer(
  app: App,
  connection: ServerConnection,
): Promise<ServerOffer | null> {
  const { prompts, words } = app;
  let outcome = await connection.open();
  if (outcome.kind === "unknown") {
    if (!(await askTrust(app, connection.link, outcome.fingerprint))) return null;
    outcome = await connection.open();
  }
  if (outcome.kind === "changed") {
    prompts.warn(connectFailureSentence(app, connection.link, outcome));
    if (!(await askConfirmation(app, connection, outcome))) return null;
    outcome = await connection.open();
  }
  if (outcome.kind !== "connected") {
    prompts.warn(connectFailureSentence(app, connection.link, outcome));
    return null;
  }
  const host = hostOf(connection.link);
  const offer = await serverOfferOf(connection);
  if ("why" in offer) {
    if (offer.code === PASSWORD_WRONG && (await askServerPassword(app, connection))) {
      return awaitServerOffer(app, connection);
    }
    prompts.warn(endSentence(app, connection.link, offer));
    return null;
  }
  const { password, certificate, nickServ, guests } = offer;
  if (password || certificate || nickServ || guests) return offer;
  prompts.warn(words.connection["no-way-in"](host));
  return null;
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
    const stopListening = connection.listen((event) => {
      if (event.kind !== "awaiting-login" && event.kind !== "disconnected") return;
      stopListening();
      if (event.kind === "awaiting-login") return done(event.offer);
      done({ why: sanitize(event.text), code: event.code ?? "" });
    });
  });
}

/** Returns the sentence for a connection that ended before the log-in. */
export function endSentence(
  { words }: Pick<App, "words">,
  link: ServerLink,
  { why, code }: ConnectionEnd,
): string {
  if (code !== "") return refusal(words, code, [], why);
  return why === "" ? words.connection.closed(hostOf(link)) : closingSentence(words, why);
}

/**
 * Asks for the password of the server itself, and stores it if the user wants that. Resolves to whether there is one
 * to try: then connect again.
 */
export async function askServerPassword(app: App, connection: ServerConnection): Promise<boolean> {
  const { prompts, words } = app;
  const host = hostOf(connection.link);
  if (connection.serverPassword !== null) prompts.warn(words.connection.passwordRefused(host));
  const password = await prompts.password(words.connection.serverPassword(host));
  if (password === null || password === "") return false;
  connection.serverPassword = password;
  return true;
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

/** Returns the sentence for a failed attempt to connect. */
export function connectFailureSentence(
  app: Pick<App, "words">,
  link: ServerLink,
  outcome: Exclude<ConnectOutcome, { kind: "connected" }>,
): string {
  const { words } = app;
  const host = hostOf(link);
  switch (outcome.kind) {
    case "unknown":
      return words.connection.untrusted(host);
    case "changed": {
      const { known, fingerprint, source } = outcome;
      return `${words.changed.title}\n\n${words.changed[source](host, fingerprintRows(known), fingerprintRows(fingerprint))}`;
    }
    case "failed":
      return words.connection[outcome.problem](host);
    case "refused-file":
      return outcome.text;
  }
}

/**
 * Returns the sentence for a connection that can't be restored after a loss. It differs from the one for a first
 * connection, whose advice to ask the sender of the link doesn't fit: the user was logged in before.
 */
export function lossSentence(
  { words }: Pick<App, "words">,
  link: ServerLink,
  trouble: ConnectTrouble,
): string {
  const host = hostOf(link);
  switch (trouble.kind) {
    case "unknown":
      return words.changed.unknown(host, fingerprintRows(trouble.fingerprint));
    case "changed":
      return words.changed.meanwhile(
        host,
        fingerprintRows(trouble.known),
        fingerprintRows(trouble.fingerprint),
      );
    case "refused-file":
      return trouble.text;
  }
}

/** Returns what it is called to leave the menus of a server. */
export function leavingLabel({ words }: Pick<App, "words">, leaving: Leaving): string {
  return leaving === "quit" ? words.menu.quit : words.rooms.open;
}

/** Resolves to whether somebody who left a menu by Escape or Ctrl-C wants to leave what it leads out of. */
export async function wantsToLeave({ prompts, words }: App, leaving: Leaving): Promise<boolean> {
  if (leaving === "back") return true;
  return prompts.askLeave(words.rooms.quitAsk, words.yes, words.no);
}

async function askAfterFailure(
  app: App,
  mayHavePlainText: boolean,
  leaving: Leaving,
): Promise<"again" | "without-tls" | NotConnected> {
  const { prompts, words } = app;
  const choice = await prompts.select(words.menu.choose, [
    { value: "again" as const, label: words.menu.tryAgain },
    ...(mayHavePlainText
      ? [{ value: "without-tls" as const, label: words.plainText.without }]
      : []),
    { value: "other-server" as const, label: words.settings.server },
    { value: "quit" as const, label: leavingLabel(app, leaving), leaves: true },
  ]);
  if (choice !== null) return choice;
  return (await wantsToLeave(app, leaving))
    ? "quit"
    : askAfterFailure(app, mayHavePlainText, leaving);
}
