/** The way in without questions: what isn't given or kept is refused, with what to do. */

import { WANTED_CAPS } from "../../chat-client/capability-requests.ts";
import type { ServerOffer } from "../../chat-client/client-event.ts";
import type { Answer, ListedRoom, LogIn } from "../../chat-client/session.ts";
import { LogInAttempt, type LogInOutcome } from "../../member-client/log-in.ts";
import { fold, isRoomName } from "../../protocol/names.ts";
import { formatLink, type ServerLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { asked, hostOf, placeOf, refusalSentence } from "../app-context.ts";
import { connectFailureSentence } from "../connection/connect-to-server.ts";
import { Reconnector } from "../connection/server-connection.ts";
import { failureSentence } from "../i18n/words.ts";
import type { PipeCommand } from "./pipe-ports.ts";
import type { Inside, Task } from "./pipe-task.ts";

/** Nobody watches these: presence, markers and what is typed cost requests and lines for nothing. */
const NEEDLESS_CAPS: readonly string[] = [
  "away-notify",
  "draft/metadata-2",
  "draft/read-marker",
  "sodam.chat/invitations",
];

const PLAYBACK = "draft/event-playback";

/** By password or by this device's certificate; or the sentence that says what is missing. */
export function readCredentials(task: Task, link: ServerLink): LogIn | string {
  const { ports, settings, pipeWords } = task;
  const remembered = ports.saved.accounts?.[placeOf(link)];
  const account = settings.account ?? remembered ?? null;
  if (account === null) return pipeWords.noAccount;
  const { passwordFile } = settings;
  if (passwordFile !== null) {
    const password = ports.readText(passwordFile)?.split(/\r?\n/, 1)[0] ?? "";
    if (password === "") return pipeWords.badPasswordFile(passwordFile);
    return { kind: "password", account, password };
  }
  const password = ports.environment["SODAM_PASSWORD"] ?? "";
  if (password !== "") return { kind: "password", account, password };
  if (account !== remembered) return pipeWords.noPassword(sanitize(account));
  return { kind: "certificate", account };
}

/** Connects, logs in, and enters the room. Null: it couldn't, and has said why. */
export async function comeIn(
  task: Task,
  link: ServerLink,
  credentials: LogIn,
  command: PipeCommand,
): Promise<Inside | null> {
  const { ports, words } = task;
  // Reactions of the past come with all else that happened: an export has them.
  const needless = command.kind === "export" ? NEEDLESS_CAPS : [...NEEDLESS_CAPS, PLAYBACK];
  const caps = WANTED_CAPS.filter((cap) => !needless.includes(cap));
  const connection = new Reconnector(ports, link, { caps, catchUp: false });
  const { session } = connection;
  const refuse = (sentence: string): null => {
    ports.complain(sentence);
    connection.end();
    return null;
  };
  const outcome = await connection.open();
  if (outcome.kind === "unknown") {
    return refuse(unknownServer(task, link, outcome.fingerprint, command));
  }
  if (outcome.kind !== "connected") return refuse(connectFailureSentence({ words }, link, outcome));
  const offer = await serverOfferOf(connection);
  if (typeof offer === "string") {
    return refuse(offer === "" ? words.connection.closed(hostOf(link)) : offer);
  }
  const entered = await logIn(connection, credentials);
  if (entered.kind !== "ok") return refuse(logInSentence(task, entered));
  return { connection, session, credentials, target: command.room };
}

/**
 * Becomes a member of the room, so that one may speak and read there. A room that isn't there is not
 * made: a misspelt name in a script would go unnoticed. Null when all is well, or the sentence why not.
 */
export async function enterRoom(task: Task, { session, target }: Inside): Promise<string | null> {
  if (!isRoomName(target)) return null;
  const { words, pipeWords } = task;
  const key = fold(target);
  const isIn = () => session.state.conversations.get(key)?.joined === true;
  if (isIn()) return null;
  const rooms = await asked<readonly ListedRoom[] | null>((done) => session.list(target, done));
  // A server that keeps people's rooms tells them right behind its welcome.
  if (isIn()) return null;
  if (rooms === null) return pipeWords.lost;
  if (!rooms.some(({ name }) => fold(name) === key)) return pipeWords.noRoom(sanitize(target));
  const answer = await asked<Answer>((done) =>
    session.ask("JOIN", [target], done, {
      isAnswer: ({ verb, params }) =>
        verb === "JOIN"
          ? fold(params[0] ?? "") === key
          : (/^4\d\d$/.test(verb) && fold(params[1] ?? "") === key) ||
            (verb === "FAIL" && params[0] === "JOIN"),
    }),
  );
  if (answer.kind === "answered") return null;
  if (answer.kind === "lost") return pipeWords.lost;
  return failureSentence(words, answer.code, sanitize(target), sanitize(answer.text));
}

/** The door that the session is on its way to, or, when it breaks before, the server's words. */
function serverOfferOf(connection: Reconnector): Promise<ServerOffer | string> {
  return new Promise((resolve) => {
    const stop = connection.listen((event) => {
      if (event.kind !== "awaiting-login" && event.kind !== "disconnected") return;
      stop();
      resolve(event.kind === "awaiting-login" ? event.offer : sanitize(event.text));
    });
  });
}

function logIn(connection: Reconnector, how: LogIn): Promise<LogInOutcome> {
  return asked((done) => {
    let stop: () => void = () => {};
    const attempt = new LogInAttempt(connection.session, how, (outcome) => {
      stop();
      done(outcome);
    });
    stop = connection.listen((event) => attempt.onSessionEvent(event));
  });
}

/** What to say of a log-in that didn't succeed. */
export function logInSentence(
  { words }: Task,
  outcome: Exclude<LogInOutcome, { kind: "ok" }>,
): string {
  if (outcome.kind === "wrong") return words.logIn.wrong;
  if (outcome.kind === "certificate-unknown") return words.logIn.forgotten;
  return refusalSentence(words, outcome);
}

/** The command again, with a link that vouches for the server. */
function unknownServer(
  { pipeWords }: Task,
  link: ServerLink,
  fingerprint: string,
  command: PipeCommand,
): string {
  const trusting = formatLink({ ...link, fingerprint, invitation: null });
  const room = command.room.replaceAll("'", "'\\''");
  const place = room === "" ? "" : ` '${sanitize(room)}'`;
  const again = `bun client.ts '${trusting}' ${command.kind}${place}`;
  return pipeWords.unknownServer(hostOf(link), fingerprint, again);
}
