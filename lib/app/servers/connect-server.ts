import type { LogIn } from "../../chat-client/session.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import {
  type App,
  awaitCallback,
  hostOf,
  logInKey,
  machineKey,
  serverKey,
} from "../app-context.ts";
import type { ConnectProblem } from "../app-ports.ts";
import { goToConversation } from "../chat-screen/keys/navigation.ts";
import type { Leaving } from "../connection/connect-choices.ts";
import {
  connectToServer,
  offerServerPassword,
  resolveTrouble,
  untilInterrupted,
} from "../connection/connect-to-server.ts";
import { connectFailureSentence } from "../connection/failure-sentences.ts";
import { isPlainPort, mayBePlain } from "../connection/plain-text.ts";
import { ServerConnection } from "../connection/server-connection.ts";
import { chooseNetwork, needsNetwork } from "../menu/bouncer-menu.ts";
import { showMenu } from "../menu/main-menu.ts";
import { warnOfNotices } from "../menu/missed-notices.ts";
import { joinRoom } from "../menu/rooms-menu.ts";
import { saveVisit, setStartServer } from "../saved/server-list.ts";
import { storedPasswords } from "../saved/stored-passwords.ts";
import { OpenServer } from "./open-server.ts";
import type { OpenServers } from "./open-servers.ts";

/** How long a start waits for the server that it begins with, before the menu shows the others. */
const FIRST_ATTEMPT_MS_MAX = 3000;

/**
 * Connects to a server and logs in, with the questions that this takes.
 *
 * @param tryDevice first by what this device remembers
 * @param problem why the attempt failed that was just made; null: none was made
 */
export async function openByQuestions(
  app: App,
  link: ServerLink,
  tryDevice: boolean,
  leaving: Leaving = "quit",
  problem: ConnectProblem | null = null,
): Promise<OpenServer | "not-connected" | "other-server" | "quit"> {
  const server = await connectToServer(app, link, leaving, problem);
  if (server === "quit") return "not-connected";
  if (server === "other-server") return server;
  // The certificate is trusted by now. Saved before the log-in: a user who quits need not name the server again.
  if (app.ports.saved.server === undefined) setStartServer(app.ports, server.connection.link, true);
  const outcome = await showMenu(app, server, tryDevice, leaving);
  const { connection } = server;
  if (outcome !== "logged-in") {
    connection.end();
    return outcome;
  }
  await offerServerPassword(app, connection);
  // Each network is a server of its own: what follows belongs to the one that was chosen.
  await chooseNetwork(app, connection);
  saveVisit(app.ports, connection.link);
  const { session } = connection;
  // Who has logged in by now isn't let in as a guest the next time, without being asked.
  if (session.state.me.account !== null) forgetGuest(app, connection.link);
  const open = new OpenServer(app, connection, session.state.me.account);
  await open.becomeReady();
  const { askReceipts } = await import("../menu/profile-menu.ts");
  await askReceipts(app, connection);
  warnOfNotices(app, open, []);
  return open;
}

function forgetGuest({ ports }: App, link: ServerLink): void {
  const { [serverKey(link)]: guest, ...nicks } = ports.saved.nicks ?? {};
  if (guest !== undefined) ports.save({ nicks });
}

/**
 * Connects to a server in the background, where this device remembers how to log in: the user is asked nothing, and it
 * tries again for as long as it takes. Returns null where it doesn't.
 */
function openRemembered(app: App, link: ServerLink): OpenServer | null {
  const { ports } = app;
  if (needsNetwork(ports.saved, link)) return null;
  const key = logInKey(ports.saved, link);
  const stored = storedPasswords(ports, key);
  const { serverPassword = null } = storedPasswords(ports, machineKey(link));
  const account = ports.saved.accounts?.[key];
  const nick = ports.saved.nicks?.[serverKey(link)];
  const logIn: LogIn | null =
    account !== undefined && ports.device(link) === "shown"
      ? { kind: "certificate", account }
      : stored.account !== undefined && stored.password !== undefined
        ? { kind: "password", account: stored.account, password: stored.password }
        : null;
  if (logIn === null && nick === undefined) return null;
  const connection = new ServerConnection(ports, link, { logIn });
  connection.serverPassword ??= serverPassword;
  const { session } = connection;
  if (logIn === null) session.continueAsGuest(nick ?? "");
  const open = new OpenServer(app, connection, logIn?.account ?? null);
  let { room } = link;
  connection.listen(({ kind }) => {
    if (kind !== "ready") return;
    // It fails only with the connection, and then the next one asks again.
    open.becomeReady().catch(() => {});
    if (room !== null) session.commands.join(room);
    room = null;
  });
  connection.open().catch((error) => session.closed(String(error)));
  return open;
}

/**
 * Opens another server beside those that are open, with the questions that this takes, and shows it and the room that
 * the link leads into: one that refused the log-in or shows another certificate as well. `problem`: see
 * {@link openByQuestions}.
 */
export async function openAnother(
  app: App,
  servers: OpenServers,
  link: ServerLink,
  problem: ConnectProblem | null = null,
): Promise<void> {
  const before = servers.find(serverKey(link));
  if (before !== null && !before.needsUser) {
    servers.show(before);
    return resolveTrouble(app, before.connection);
  }
  const server = await openByQuestions(app, link, true, "back", problem);
  if (typeof server === "string") return;
  const same = servers.find(server.id);
  if (same !== null && !same.needsUser) {
    // The network that was chosen is open already.
    server.close();
    return servers.show(same);
  }
  servers.add(server);
  servers.show(server);
  setStartServer(app.ports, server.connection.link, true);
  const { connection, memory } = server;
  const room = link.room === null ? null : await joinRoom(app, connection, link.room);
  if (room !== null) memory.ui = goToConversation(connection.session.state, memory.ui, room);
}

/** Opens another server in the background where that takes no question. Returns whether it could. */
export function openQuietly(app: App, servers: OpenServers, link: ServerLink): boolean {
  const server = openRemembered(app, link);
  if (server === null) return false;
  saveVisit(app.ports, link);
  setStartServer(app.ports, link, true);
  servers.add(server);
  return true;
}

/**
 * Waits until a server that connects in the background is ready and the menu knows of the account what it shows, or the
 * attempt has failed. Resolves to which.
 */
async function becomesReady(server: OpenServer): Promise<boolean> {
  const { connection, listed } = server;
  const isReady = (): boolean => listed.state.phase.kind === "ready";
  if (!isReady()) {
    await awaitCallback<void>((done) => {
      const stopListening = connection.listen(({ kind }) => {
        if (kind !== "ready" && kind !== "disconnected" && kind !== "log-in-failed") return;
        stopListening();
        done();
      });
    });
  }
  // It fails only with the connection.
  if (isReady()) await server.becomeReady().catch(() => {});
  return isReady();
}

/**
 * Looks whether a server answers at all. Resolves to a sentence where it doesn't and nothing can be done; `problem`: what
 * the user has to be asked about. Nothing is sent.
 */
export async function lookAtServer(
  app: App,
  link: ServerLink,
): Promise<{ readonly sentence: string | null; readonly problem: ConnectProblem | null }> {
  const { ports } = app;
  const isPlain = ports.saved.plain?.includes(machineKey(link)) === true;
  if (isPlainPort(link) && !isPlain) return { sentence: null, problem: null };
  const outcome = await ports.connect(link, { line() {}, closed() {} }, isPlain);
  if (outcome.kind === "connected") {
    outcome.connection.close();
    return { sentence: null, problem: null };
  }
  const isQuestion =
    outcome.kind === "failed" ? mayBePlain(outcome.problem) : outcome.kind !== "refused-file";
  if (!isQuestion) return { sentence: connectFailureSentence(app, link, outcome), problem: null };
  return { sentence: null, problem: outcome.kind === "failed" ? outcome.problem : null };
}

/**
 * Connects to the servers of the last run. Resolves when the first is ready or, if it fails, another one; that is shown.
 * Those that ask something are named.
 *
 * @param begin the server that the user begins with
 */
export async function openAtStart(
  app: App,
  servers: OpenServers,
  links: readonly ServerLink[],
  begin: ServerLink,
): Promise<void> {
  const { ports, prompts, words } = app;
  for (const link of links) {
    // The one that it begins with asks next.
    const isQuiet = openQuietly(app, servers, link);
    if (!isQuiet && link !== begin) prompts.info(words.servers.needsLogIn(hostOf(link)));
  }
  const [first, ...others] = servers.all.map(becomesReady);
  if (first === undefined) return;
  const late = Promise.withResolvers<void>();
  const stopTimer = ports.after(FIRST_ATTEMPT_MS_MAX, () => late.resolve());
  const ready = first.then((isReady) => (isReady ? true : anyOf(others)));
  await untilInterrupted(Promise.race([ready, late.promise]));
  stopTimer();
  const readyServer = servers.all.find(({ listed }) => listed.state.phase.kind === "ready");
  if (readyServer !== undefined) servers.show(readyServer);
}

/** Resolves when one of these is true, or all are false. */
async function anyOf(answers: readonly Promise<boolean>[]): Promise<boolean> {
  const never = Promise.withResolvers<boolean>();
  const whenTrue = answers.map((answer) =>
    answer.then((isTrue) => (isTrue ? true : never.promise)),
  );
  return Promise.race([...whenTrue, Promise.all(answers).then((all) => all.includes(true))]);
}
