/** Signing up: a name that is free, a password twice, and an invitation where one is needed. */
import {
  checkName,
  type NameOutcome,
  nameOutcome,
  passwordProblem,
  signUp as register,
  type SignUpOutcome,
  verify,
} from "../member-client/sign-up.ts";
import { PASSWORD_BYTES_MIN } from "../protocol/limits.ts";
import { clean } from "../terminal/width.ts";
import { openDoor, type Reached } from "./contact.ts";
import { type App, asked, refusalSentence } from "./context.ts";
import { keepDevice } from "./log-in.ts";
import type { Words } from "./words.ts";

/** Asks until somebody is signed up, and logged in by it. False: one step back. */
export async function signUp(app: App, reached: Reached): Promise<boolean> {
  const { prompts, words } = app;
  const { connection } = reached;
  if (!reached.door.signUp) {
    prompts.bad(words.signUp.closed);
    return false;
  }
  const account = await askName(app, reached);
  if (account === null) return false;
  let password = await askPassword(app, words.signUp.password(PASSWORD_BYTES_MIN), account);
  if (password === null) return false;
  let isInside = false;
  for (;;) {
    const given = { account, password };
    if (!isInside) prompts.say(words.signUp.working);
    const entered: Promise<boolean> = isInside ? Promise.resolve(true) : whenIn(reached);
    let outcome: SignUpOutcome | { kind: "wrong-code" } = await asked<SignUpOutcome>((done) =>
      register(connection.session, given, done),
    );
    while (outcome.kind === "verification-required" || outcome.kind === "wrong-code") {
      const code = await prompts.text(words.signUp.verify);
      if (code === null) return false;
      outcome = await asked((done) => verify(connection.session, given, code, done));
    }
    switch (outcome.kind) {
      case "done":
        if (!(await entered)) {
          prompts.bad(words.menu.lost);
          return false;
        }
        prompts.good(words.signUp.done(clean(outcome.account)));
        await offerDevice(app, reached, outcome.account, password);
        return true;
      case "invitation-required":
      case "invitation-wrong": {
        const wrong = outcome.kind === "invitation-wrong";
        prompts.bad(wrong ? words.signUp.invitationWrong : words.signUp.invitationNeeded);
        const code = await prompts.text(words.signUp.invitation);
        if (code === null || code === "") return false;
        connection.session.invitation(codeIn(code));
        continue;
      }
      case "weak-password": {
        prompts.bad(passwordSentence(words, outcome.problem));
        password = await askPassword(app, words.signUp.password(PASSWORD_BYTES_MIN), account);
        if (password === null) return false;
        continue;
      }
      case "closed":
        prompts.bad(words.signUp.closed);
        return false;
      case "inside-first":
        // The text asks for a second try behind the welcome; where no guests are, there is none.
        if (isInside || !reached.door.guests) {
          prompts.bad(words.slash.notOffered);
          return false;
        }
        connection.session.enterAsGuest(account);
        isInside = await entered;
        if (isInside) continue;
        prompts.bad(words.menu.lost);
        return false;
      case "email-required":
      case "already-logged-in":
        prompts.bad(words.slash.notOffered);
        return false;
      case "lost":
        prompts.bad(words.menu.lost);
        await openDoor(app, connection);
        return false;
      default:
        prompts.bad(nameSentence(words, outcome));
        return false;
    }
  }
}

/** True once the person is in, false when the connection ends before. */
function whenIn({ connection }: Reached): Promise<boolean> {
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
async function askName(app: App, { connection, door }: Reached): Promise<string | null> {
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
    if (!connection.connected && (await openDoor(app, connection)) === null) return null;
    if (!door.accountCheck) return typed;
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
      const problem = passwordProblem(account, typed);
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
  problem: ReturnType<typeof passwordProblem>,
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
  { connection, door }: Reached,
  account: string,
  password: string,
): Promise<void> {
  const { prompts, words } = app;
  if (!door.certificate || !connection.session.state.caps.has("sodam.chat/account")) return;
  const yes = await prompts.confirm(words.logIn.remember, words.yes, words.no);
  if (yes === true) await keepDevice(app, connection, account, password);
}
