/** Signing up: a name that is free, a password twice, and an invitation where one is needed. */
import {
  checkName,
  type NameOutcome,
  nameOutcome,
  passwordRefusal,
  signUp as register,
  type SignUpOutcome,
  verify,
} from "../../member-client/sign-up.ts";
import { PASSWORD_BYTES_MIN } from "../../protocol/wire/wire-limits.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, asked, refusalSentence } from "../app-context.ts";
import { awaitServerOffer, type ConnectedServer } from "../connection/connect-to-server.ts";
import type { Words } from "../i18n/words.ts";
import { ownsServer } from "../owner.ts";
import { keepDevice } from "./log-in-menu.ts";

/** Asks until somebody is signed up, and logged in by it. False: one step back. */
export async function signUp(app: App, reached: ConnectedServer): Promise<boolean> {
  const { prompts, words } = app;
  if (!reached.offer.signUp) {
    prompts.bad(words.signUp.closed);
    return false;
  }
  const account = await askName(app, reached);
  if (account === null) return false;
  const password = await askPassword(app, words.signUp.password(PASSWORD_BYTES_MIN), account);
  if (password === null) return false;
  let next: Attempt | boolean = { account, password, isInside: false };
  while (typeof next !== "boolean") next = await attempt(app, reached, next);
  return next;
}

interface Attempt {
  readonly account: string;
  readonly password: string;
  /** As somebody without an account, where the server wants one to be in first. */
  readonly isInside: boolean;
}

/** One try: signed up (true), one step back (false), or what to try next. */
async function attempt(
  app: App,
  reached: ConnectedServer,
  tried: Attempt,
): Promise<Attempt | boolean> {
  const { prompts, words } = app;
  const { account, password, isInside } = tried;
  if (!isInside) prompts.say(words.signUp.working);
  const entered: Promise<boolean> = isInside ? Promise.resolve(true) : whenIn(reached);
  const gaveUp = (sentence: string): false => {
    prompts.bad(sentence);
    return false;
  };
  const outcome = await answerTo(app, reached, tried);
  if (outcome === null) return false;
  switch (outcome.kind) {
    case "done":
      if (!(await entered)) return gaveUp(words.menu.lost);
      prompts.good(words.signUp.done(sanitize(outcome.account)));
      if (await ownsServer(reached.connection.session)) prompts.good(words.signUp.owner);
      await offerDevice(app, reached, outcome.account, password);
      return true;
    case "invitation-required":
    case "invitation-wrong":
      return (await askInvitation(app, reached, outcome.kind)) ? tried : false;
    case "weak-password": {
      prompts.bad(passwordSentence(words, outcome.problem));
      const other = await askPassword(app, words.signUp.password(PASSWORD_BYTES_MIN), account);
      return other === null ? false : { ...tried, password: other };
    }
    case "closed":
      return gaveUp(words.signUp.closed);
    case "inside-first":
      // The text asks for a second try behind the welcome; where no guests are, there is none.
      if (isInside || !reached.offer.guests) return gaveUp(words.slash.notOffered);
      reached.connection.session.continueAsGuest(account);
      return (await entered) ? { ...tried, isInside: true } : gaveUp(words.menu.lost);
    case "email-required":
    case "already-logged-in":
      return gaveUp(words.slash.notOffered);
    case "lost":
      prompts.bad(words.menu.lost);
      await awaitServerOffer(app, reached.connection);
      return false;
    default:
      return gaveUp(nameSentence(words, outcome));
  }
}

/** The server's answer, behind the code that it may have sent by mail; null: one step back. */
async function answerTo(
  { prompts, words }: App,
  { connection: { session } }: ConnectedServer,
  given: Attempt,
): Promise<Exclude<SignUpOutcome, { kind: "verification-required" }> | null> {
  let outcome: SignUpOutcome | { kind: "wrong-code" } = await asked<SignUpOutcome>((done) =>
    register(session, given, done),
  );
  while (outcome.kind === "verification-required" || outcome.kind === "wrong-code") {
    const code = await prompts.text(words.signUp.verify);
    if (code === null) return null;
    outcome = await asked((done) => verify(session, given, code, done));
  }
  return outcome;
}

/** True when there is another code to be tried. */
async function askInvitation(
  { prompts, words }: App,
  { connection }: ConnectedServer,
  why: "invitation-required" | "invitation-wrong",
): Promise<boolean> {
  const { invitationWrong, invitationNeeded, invitation } = words.signUp;
  prompts.bad(why === "invitation-wrong" ? invitationWrong : invitationNeeded);
  const code = await prompts.text(invitation);
  if (code === null || code === "") return false;
  connection.session.sendInvitation(codeIn(code));
  return true;
}

/** True once the person is in, false when the connection ends before. */
function whenIn({ connection }: ConnectedServer): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = connection.listen((event) => {
      if (event.kind !== "ready" && event.kind !== "disconnected") return;
      stop();
      resolve(event.kind === "ready");
    });
  });
}

/** A whole link was pasted where its code was asked for. */
function codeIn(typed: string): string {
  return /invite=([A-Za-z0-9_-]+)/.exec(typed)?.[1] ?? typed;
}

/** A name that the server says is free. */
async function askName(app: App, { connection, offer }: ConnectedServer): Promise<string | null> {
  const { prompts, words } = app;
  let name = app.settings.account ?? "";
  for (;;) {
    const typed = await prompts.text(words.signUp.account, {
      initial: name,
      problem: (text) => {
        const known = nameOutcome(text.trim());
        return known === null || known.kind === "free" ? null : nameSentence(words, known);
      },
    });
    if (typed === null) return null;
    if (!connection.connected && (await awaitServerOffer(app, connection)) === null) return null;
    if (!offer.accountCheck) return typed;
    const outcome = await asked<NameOutcome>((done) => checkName(connection.session, typed, done));
    if (outcome.kind === "free" || outcome.kind === "not-offered") return typed;
    prompts.bad(nameSentence(words, outcome));
    name = typed;
  }
}

/** A password that will do, typed twice the same. */
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
    const again = await prompts.password(words.signUp.again);
    if (again === null) return null;
    if (again.normalize("NFC") === password.normalize("NFC")) return password;
    prompts.bad(words.signUp.different);
  }
}

export function passwordSentence(
  words: Words,
  problem: ReturnType<typeof passwordRefusal>,
): string {
  switch (problem) {
    case "too-short":
      return words.signUp.tooShort(PASSWORD_BYTES_MIN);
    case "too-long":
      return words.signUp.tooLong;
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
    case "slowed":
    case "busy":
    case "lost":
    case "not-offered":
    case "other":
      return refusalSentence(words, outcome);
  }
}

async function offerDevice(
  app: App,
  { connection, offer }: ConnectedServer,
  account: string,
  password: string,
): Promise<void> {
  const { prompts, words } = app;
  if (!offer.certificate || !connection.session.state.caps.has("sodam.chat/account")) return;
  const yes = await prompts.confirm(words.logIn.remember, words.yes, words.no);
  if (yes === true) await keepDevice(app, connection, account, password);
}
