/**
 * Signs up: asks for a free account name, a password twice, and an invitation where the server requires one.
 */
import {
  checkName,
  checkRight,
  type NameOutcome,
  nameOutcome,
  passwordRefusal,
  signUp as register,
  type SignUpOutcome,
  verify,
} from "../../member-client/sign-up.ts";
import { mapPassword } from "../../protocol/opaque-string.ts";
import { parseLink } from "../../protocol/server-link.ts";
import { PASSWORD_BYTES_MIN } from "../../protocol/wire/wire-limits.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, isServerOwner, refusalSentence } from "../app-context.ts";
import {
  askServerPassword,
  awaitServerOffer,
  type ConnectedServer,
  PASSWORD_WRONG,
} from "../connection/connect-to-server.ts";
import type { Words } from "../i18n/words.ts";
import { offerDevice, setUpWhileHeld } from "./log-in-menu.ts";

/** Asks until the user has signed up, which also logs in. Resolves to false when the user goes back. */
export async function signUp(app: App, server: ConnectedServer): Promise<boolean> {
  const { prompts, words } = app;
  if (!server.offer.signUp) {
    prompts.warn(words.signUp.closed);
    return false;
  }
  if (!(await mayAskName(app, server))) return false;
  const account = await askName(app, server);
  if (account === null) return false;
  const password = await askPassword(app, words.signUp.password(PASSWORD_BYTES_MIN), account);
  if (password === null) return false;
  let next: Application | boolean = { account, password, isGuest: false };
  while (typeof next !== "boolean") next = await apply(app, server, next);
  return next;
}

/** What the user signs up with. */
interface Application {
  readonly account: string;
  readonly password: string;
  /** Whether the user has entered as a guest, because the server takes sign-ups only after registration. */
  readonly isGuest: boolean;
}

/** Sends one application. Resolves to true (signed up), false (back), or the next application to send. */
async function apply(
  app: App,
  server: ConnectedServer,
  application: Application,
): Promise<Application | boolean> {
  const { prompts, words } = app;
  const { account, password, isGuest } = application;
  if (!isGuest) prompts.info(words.signUp.working);
  const whenReady: Promise<boolean> = isGuest ? Promise.resolve(true) : awaitReady(server);
  const giveUp = (sentence: string): false => {
    prompts.warn(sentence);
    return false;
  };
  const outcome = await sendApplication(app, server, application);
  if (outcome === null) return false;
  switch (outcome.kind) {
    case "done":
      if (!(await whenReady) && !(await isSetUp(app, server, password))) {
        return giveUp(words.menu.lost);
      }
      prompts.success(words.signUp.done(sanitize(outcome.account)));
      if (await isServerOwner(server.connection.session)) prompts.success(words.signUp.owner);
      await offerDevice(app, server, outcome.account, password);
      return true;
    case "invitation-required":
    case "invitation-wrong":
      return (await askInvitation(app, server, outcome.kind)) ? application : false;
    case "weak-password": {
      prompts.warn(passwordSentence(words, outcome.problem));
      const message = words.signUp.password(PASSWORD_BYTES_MIN);
      const newPassword = await askPassword(app, message, account);
      return newPassword === null ? false : { ...application, password: newPassword };
    }
    case "closed":
      return giveUp(words.signUp.closed);
    case "inside-first":
      // The server takes sign-ups only after the welcome, which needs a guest's connection.
      if (isGuest || !server.offer.guests) return giveUp(words.slash.notOffered);
      server.connection.session.continueAsGuest(account);
      return (await whenReady) ? { ...application, isGuest: true } : giveUp(words.menu.lost);
    case "email-required":
    case "already-logged-in":
      return giveUp(words.slash.notOffered);
    case "lost":
      prompts.warn(words.menu.lost);
      await awaitServerOffer(app, server.connection);
      return false;
    default:
      return giveUp(nameSentence(words, outcome));
  }
}

/** Resolves to the server's answer, after asking for the code that it may have sent by mail; null: back. */
async function sendApplication(
  { prompts, words }: App,
  { connection: { session } }: ConnectedServer,
  application: Application,
): Promise<Exclude<SignUpOutcome, { kind: "verification-required" }> | null> {
  let outcome: SignUpOutcome | { kind: "wrong-code" } = await awaitCallback<SignUpOutcome>((done) =>
    register(session, application, done),
  );
  while (outcome.kind === "verification-required" || outcome.kind === "wrong-code") {
    const code = await prompts.text(words.signUp.verify);
    if (code === null) return null;
    outcome = await awaitCallback((done) => verify(session, application, code, done));
  }
  return outcome;
}

/** Resolves to true when the user has given another code to try. */
async function askInvitation(
  { prompts, words }: App,
  { connection }: ConnectedServer,
  why: "invitation-required" | "invitation-wrong",
): Promise<boolean> {
  const { invitationWrong, invitationNeeded, invitation } = words.signUp;
  prompts.warn(why === "invitation-wrong" ? invitationWrong : invitationNeeded);
  const typed = await prompts.text(invitation);
  if (typed === null || typed === "") return false;
  connection.session.sendInvitation(invitationCode(typed));
  return true;
}

/** Sets a second factor up where the server holds the new account's connection for that. */
async function isSetUp(app: App, server: ConnectedServer, password: string): Promise<boolean> {
  return server.connection.connected && setUpWhileHeld(app, server, password);
}

/**
 * Resolves to true once the session is ready; to false when the connection ends before, or is held until a second
 * factor is set up.
 */
function awaitReady({ connection }: ConnectedServer): Promise<boolean> {
  return awaitCallback((done) => {
    const stopListening = connection.listen((event) => {
      const isHeld = event.kind === "log-in-failed" && event.problem.kind === "second-factor-setup";
      if (event.kind !== "ready" && event.kind !== "disconnected" && !isHeld) return;
      stopListening();
      done(event.kind === "ready");
    });
  });
}

/** Returns only the code when a whole link was pasted. */
function invitationCode(typed: string): string {
  return parseLink(typed)?.invitation ?? typed.trim();
}

/** Asks for the invitation that the server requires, before anything else is typed. Resolves to false when it ends here. */
async function mayAskName(app: App, server: ConnectedServer): Promise<boolean> {
  const { connection, offer } = server;
  if (!offer.accountCheck) return true;
  if (!connection.connected && (await awaitServerOffer(app, connection)) === null) return false;
  const right = await checkInvited(app, server, (done) => checkRight(connection.session, done));
  if (right?.kind === "closed") app.prompts.warn(app.words.signUp.closed);
  return right !== null && right.kind !== "closed";
}

/** The outcomes that say nothing about the name. */
const UNCHECKED: ReadonlySet<NameOutcome["kind"]> = new Set(["slowed", "busy", "lost", "other"]);

/** Asks for an account name until the server says that it is free. Null: back. */
async function askName(app: App, server: ConnectedServer): Promise<string | null> {
  const { prompts, words } = app;
  const { connection, offer } = server;
  let name = app.settings.account ?? "";
  for (;;) {
    const typed = await prompts.text(words.signUp.account, {
      initial: name,
      problem: (text) => {
        const refusal = nameOutcome(text.trim());
        return refusal === null || refusal.kind === "free" ? null : nameSentence(words, refusal);
      },
    });
    if (typed === null) return null;
    if (!connection.connected && (await awaitServerOffer(app, connection)) === null) return null;
    if (!offer.accountCheck) return typed;
    const outcome = await checkInvited(app, server, (done) =>
      checkName(connection.session, typed, done),
    );
    if (outcome === null) return null;
    if (outcome.kind === "free" || outcome.kind === "not-offered") return typed;
    prompts.warn(nameSentence(words, outcome));
    if (outcome.kind === "closed") return null;
    // A refused name isn't offered again; one that could not be checked is.
    name = UNCHECKED.has(outcome.kind) ? typed : "";
  }
}

/**
 * Resolves to the server's answer to a check, after asking for the invitation without which it gives none; null: back.
 */
async function checkInvited(
  app: App,
  server: ConnectedServer,
  check: (done: (outcome: NameOutcome) => void) => void,
): Promise<NameOutcome | null> {
  for (;;) {
    const outcome = await awaitCallback(check);
    if (outcome.kind === "other" && outcome.code === PASSWORD_WRONG) {
      if (!(await askServerPassword(app, server.connection))) return null;
      if ((await awaitServerOffer(app, server.connection)) === null) return null;
      continue;
    }
    if (outcome.kind !== "invitation-required" && outcome.kind !== "invitation-wrong") {
      return outcome;
    }
    if (!(await askInvitation(app, server, outcome.kind))) return null;
  }
}

/** Asks for a new password until it is acceptable and typed twice the same. Null: back. */
export async function askPassword(
  app: App,
  message: string,
  account: string,
): Promise<string | null> {
  const { prompts, words } = app;
  for (;;) {
    const password = await prompts.password(message, (typed) => {
      const problem = passwordRefusal(account, typed);
      return problem === null ? null : passwordSentence(words, problem);
    });
    if (password === null) return null;
    const repeated = await prompts.password(words.signUp.again);
    if (repeated === null) return null;
    if (mapPassword(repeated) === mapPassword(password)) return password;
    prompts.warn(words.signUp.different);
  }
}

/** Returns the sentence for a password that can't be used. */
export function passwordSentence(
  words: Words,
  problem: ReturnType<typeof passwordRefusal>,
): string {
  switch (problem) {
    case "too-short":
      return words.signUp.tooShort(PASSWORD_BYTES_MIN);
    case "too-long":
      return words.signUp.tooLong;
    case "characters":
      return words.signUp.wrongCharacters;
    case "is-name":
    case null:
      return words.failures.WEAK_PASSWORD("");
  }
}

function nameSentence(words: Words, outcome: Exclude<NameOutcome, { kind: "free" }>): string {
  switch (outcome.kind) {
    case "name-taken":
      return words.failures.ACCOUNT_EXISTS("");
    case "lookalike":
      return words.failures.ACCOUNT_NAME_LOOKALIKE("");
    case "bad-name":
      return outcome.problem === null
        ? words.failures.BAD_ACCOUNT_NAME("")
        : words.nameProblem[outcome.problem];
    case "invitation-required":
      return words.signUp.invitationNeeded;
    case "invitation-wrong":
      return words.signUp.invitationWrong;
    case "closed":
      return words.signUp.closed;
    case "slowed":
      return outcome.seconds === null ? words.signUp.tooManyNames : refusalSentence(words, outcome);
    case "busy":
    case "lost":
    case "not-offered":
    case "other":
      return refusalSentence(words, outcome);
  }
}
