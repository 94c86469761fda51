/** Logging out: what this device has of the user on the server, whether it is to be forgotten, and what happens next time. */
import { removeDevice } from "../../member-client/account.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, hostOf, logInKey, serverKey } from "../app-context.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { Words } from "../i18n/words.ts";
import { forgetDrafts, hasDrafts } from "../saved/drafts.ts";
import { withoutUser } from "../saved/server-list.ts";
import { storedPasswords, storePasswords } from "../saved/stored-passwords.ts";
import type { OpenServer } from "../servers/open-server.ts";

/** In a window of so few rows the menu that comes next would scroll the last sentence out. */
const LOW_ROWS = 16;

/** What this device may have of a user on a server; each is a key of `Words["logOut"]["has"]`. */
type Trace = keyof Words["logOut"]["has"];

/** How the user wants to log out. */
type LogOutChoice = "remember" | "forget";

/**
 * Asks how to log out, naming what this device has. Resolves to null when the user goes back. Where this device has
 * nothing, nothing is asked.
 */
export async function askLogOut(
  app: App,
  { connection, memory }: OpenServer,
): Promise<LogOutChoice | null> {
  const { prompts, words } = app;
  memory.drafts.write(memory.ui);
  const traces = tracesOf(app, connection);
  if (traces.length === 0) return "remember";
  const { logOut } = words;
  const list = traces.map((trace) => logOut.has[trace]).join(", ");
  const isGuest = connection.session.state.me.account === null;
  const { title, remember, forget } = isGuest ? logOut.leaving : logOut;
  prompts.note(title(hostOf(connection.link)), logOut.explain(list));
  const hint = (way: LogOutChoice) => (isGuest ? {} : { hint: nextTime(app, connection, way) });
  const choice = await prompts.select<LogOutChoice | "back">(logOut.ask, [
    { value: "remember", label: remember, ...hint("remember") },
    { value: "forget", label: forget, ...hint("forget") },
    { value: "back", label: words.back },
  ]);
  return choice === "back" ? null : choice;
}

/** Logs out: `close` ends the connection. Says what happens next time, and removes what is to be forgotten. */
export async function logOut(
  app: App,
  { connection }: OpenServer,
  choice: LogOutChoice,
  close: () => void,
): Promise<void> {
  const { prompts, words, ports, settings } = app;
  const { link } = connection;
  const traces = tracesOf(app, connection);
  const sentence = nextTime(app, connection, choice);
  // As long as the connection lasts, since only the account itself can take a device off its list.
  const isOnList = choice === "forget" && !(await removeThisDevice(app, connection));
  close();
  if (choice === "forget") {
    forgetUser(app, link);
    if (traces.length > 0) prompts.success(words.logOut.forgotten(hostOf(link)));
    if (isOnList) prompts.warn(words.logOut.stillListed(sanitize(app.ports.deviceName)));
  }
  prompts.info(sentence);
  if (ports.stdout.rows > LOW_ROWS || settings.append) return;
  await prompts.select(words.menu.whenRead, [{ value: true, label: words.menu.goOn }]);
}

function tracesOf({ ports }: App, { link, session }: ServerConnection): Trace[] {
  const { account } = session.state.me;
  const key = logInKey(ports.saved, link);
  const traces: Trace[] = [];
  if (ports.saved.accounts?.[key] !== undefined) traces.push("device");
  const passwords = { ...storedPasswords(ports, key), ...storedPasswords(ports, serverKey(link)) };
  if (Object.keys(passwords).length > 0) traces.push("password");
  if (hasDrafts(ports, serverKey(link))) traces.push("drafts");
  // Of a server that has a history itself, nothing is stored here.
  const isStored = ports.history !== null && !session.state.caps.has("draft/chathistory");
  if (isStored && session.state.phase.kind === "ready") traces.push("history");
  return account === null ? traces.filter((trace) => trace !== "device") : traces;
}

/** Returns what happens when the user comes back. */
function nextTime(app: App, { link, session }: ServerConnection, choice: LogOutChoice): string {
  const { words, ports } = app;
  const { account } = session.state.me;
  if (account === null) return words.logOut.nextAsGuest;
  const key = logInKey(ports.saved, link);
  const isRemembered =
    ports.saved.accounts?.[key] !== undefined || storedPasswords(ports, key).password !== undefined;
  return choice === "remember" && isRemembered
    ? words.logOut.nextByItself(sanitize(account))
    : words.logOut.nextAsks;
}

/** Takes this device off the account's list. Resolves to false when it stays there. */
async function removeThisDevice({ ports }: App, connection: ServerConnection): Promise<boolean> {
  const { session, link } = connection;
  const isRemembered = ports.saved.accounts?.[logInKey(ports.saved, link)] !== undefined;
  if (!isRemembered || !session.state.caps.has("sodam.chat/account")) return true;
  const fingerprint = ports.deviceFingerprint?.(link) ?? null;
  if (fingerprint === null || session.state.phase.kind !== "ready") return false;
  const outcome = await awaitCallback<Parameters<Parameters<typeof removeDevice>[2]>[0]>((done) =>
    removeDevice(session, fingerprint, done),
  );
  return outcome.kind === "done" || outcome.kind === "unknown";
}

/** Removes what this device has of the user on a server. The server's own certificate stays known. */
function forgetUser({ ports }: App, link: ServerLink): void {
  const key = serverKey(link);
  const logIn = logInKey(ports.saved, link);
  ports.save(withoutUser(ports.saved, key, logIn));
  for (const each of new Set([logIn, key])) storePasswords(ports, each, null);
  forgetDrafts(ports, key);
  ports.forgetHistory(link);
}
