/** Logging in: by password, or by the certificate of a device that is remembered. */
import type { LogIn } from "../../chat-client/session.ts";
import { addDevice, type DeviceOutcome } from "../../member-client/account.ts";
import { LogInAttempt, type LogInOutcome } from "../../member-client/log-in.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, asked, placeOf, refusalSentence } from "../app-context.ts";
import { awaitServerOffer, type ConnectedServer } from "../connection/connect-to-server.ts";
import type { Words } from "../i18n/words.ts";

/** Asks for ID and password until they fit. False: one step back. */
export async function logIn(app: App, reached: ConnectedServer): Promise<boolean> {
  const { prompts, words, settings } = app;
  let name = settings.account ?? app.ports.saved.accounts?.[placeOf(reached.connection.link)] ?? "";
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
    prompts.say(words.logIn.working);
    const outcome = await attempt(app, reached, { kind: "password", account, password });
    if (outcome === null) return false;
    if (outcome.kind === "ok") {
      prompts.good(words.logIn.done(sanitize(outcome.account)));
      await rememberDevice(app, reached, outcome.account, password);
      return true;
    }
    prompts.bad(outcomeSentence(app, outcome));
  }
}

/** Without a question, where this device is remembered. False: it wasn't, or isn't any more. */
export async function logInByDevice(app: App, reached: ConnectedServer): Promise<boolean> {
  const { prompts, words, ports } = app;
  const place = placeOf(reached.connection.link);
  const account = ports.saved.accounts?.[place];
  if (account === undefined || !reached.offer.certificate) return false;
  if (app.settings.account !== null && app.settings.account !== account) return false;
  prompts.say(words.logIn.remembered(sanitize(account)));
  const outcome = await attempt(app, reached, { kind: "certificate", account });
  if (outcome?.kind === "ok") return true;
  if (outcome?.kind === "certificate-unknown" || outcome?.kind === "wrong") {
    prompts.bad(words.logIn.forgotten);
    forgetDevice(app, place);
  } else if (outcome !== null) prompts.bad(outcomeSentence(app, outcome));
  return false;
}

/** One attempt; when the door has closed meanwhile, it is opened again first. Null: it can't be. */
async function attempt(
  app: App,
  reached: ConnectedServer,
  how: LogIn,
): Promise<LogInOutcome | null> {
  const { connection } = reached;
  if (!connection.connected && (await awaitServerOffer(app, connection)) === null) return null;
  return asked((done) => {
    let stop: () => void = () => {};
    const attempt = new LogInAttempt(connection.session, how, (outcome) => {
      stop();
      done(outcome);
    });
    stop = connection.listen((event) => attempt.onSessionEvent(event));
  });
}

async function rememberDevice(
  app: App,
  { connection, offer }: ConnectedServer,
  account: string,
  password: string,
): Promise<void> {
  const { prompts, words, ports } = app;
  const place = placeOf(connection.link);
  if (!offer.certificate || ports.saved.accounts?.[place] === account) return;
  if (!connection.session.state.caps.has("sodam.chat/account")) return;
  const yes = await prompts.confirm(words.logIn.remember, words.yes, words.no);
  if (yes === true) await keepDevice(app, connection, account, password);
}

/** Lets this device log in by itself from now on. */
export async function keepDevice(
  app: App,
  connection: ConnectedServer["connection"],
  account: string,
  password: string,
): Promise<void> {
  const { prompts, words, ports } = app;
  const outcome = await asked<DeviceOutcome>((done) =>
    addDevice(connection.session, password, ports.deviceName, done),
  );
  // It may have been remembered before, and only this machine have forgotten it.
  if (outcome.kind === "done" || outcome.kind === "already-yours") {
    ports.save({ accounts: { ...ports.saved.accounts, [placeOf(connection.link)]: account } });
    prompts.good(words.logIn.rememberedNow);
  } else prompts.bad(deviceSentence(words, outcome.kind));
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

export function forgetDevice(app: App, place: string): void {
  const { [place]: _, ...accounts } = app.ports.saved.accounts ?? {};
  app.ports.save({ accounts });
}

function outcomeSentence(app: App, outcome: Exclude<LogInOutcome, { kind: "ok" }>): string {
  const { words } = app;
  switch (outcome.kind) {
    case "wrong":
      return words.logIn.wrong;
    case "certificate-unknown":
      return words.logIn.forgotten;
    case "slowed":
    case "busy":
    case "lost":
    case "not-offered":
    case "other":
      return refusalSentence(words, outcome);
  }
}
