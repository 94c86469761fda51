/** Connects and logs in without prompts. If something is missing, a sentence says what to do. */

import type { ServerOffer } from "../../chat-client/client-event.ts";
import { WANTED_CAPS } from "../../chat-client/registration/capability-requests.ts";
import type { Answer, ChatSession, ListedRoom } from "../../chat-client/session.ts";
import type { LogInOutcome } from "../../member-client/log-in.ts";
import { FINGERPRINT_END_DIGITS } from "../../protocol/fingerprint.ts";
import { type Folded, isRoomName } from "../../protocol/names.ts";
import { formatLink, type ServerLink } from "../../protocol/server-link.ts";
import { clientCommand, shellWord } from "../../protocol/shell-command.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { awaitCallback, hostOf, logInKey, refusalSentence, serverKey } from "../app-context.ts";
import type { ConnectOutcome } from "../app-ports.ts";
import { attemptLogIn, endSentence, serverOfferOf } from "../connection/connect-to-server.ts";
import { connectFailureSentence } from "../connection/failure-sentences.ts";
import { ServerConnection } from "../connection/server-connection.ts";
import { nickSentence } from "../i18n/name-problems.ts";
import { failureSentence } from "../i18n/words.ts";
import { enter, entrySentence } from "../menu/guest-menu.ts";
import { fetchPendingInvites, pendingInvites } from "../menu/pending-invites.ts";
import { savePreferences } from "../saved/saved-preferences.ts";
import type { Entry, PipeContext, PipeSession } from "./pipe-context.ts";
import type { PipeCommand } from "./pipe-ports.ts";

/**
 * Capabilities of the interactive client that a script doesn't need; they cause additional requests and
 * lines.
 */
const UNUSED_CAPS: readonly string[] = [
  "away-notify",
  "draft/metadata-2",
  "draft/read-marker",
  "sodam.chat/invitations",
];

/** Standard input or output, in place of a file. */
const STANDARD = "-";
const EVENT_PLAYBACK = "draft/event-playback";

/**
 * Resolves to the credentials from --guest, --password-file, SODAM_PASSWORD or this device's certificate, in this order;
 * the name under which the user was a guest there; what somebody at the terminal answers; or the sentence that says what
 * is missing.
 */
export async function readCredentials(
  context: PipeContext,
  link: ServerLink,
): Promise<Entry | string> {
  const { ports, settings, words, pipeWords } = context;
  if (settings.guest !== null) return { kind: "guest", nick: settings.guest };
  const deviceAccount = ports.saved.accounts?.[logInKey(ports.saved, link)];
  const known = settings.account ?? deviceAccount ?? null;
  const nick = ports.saved.nicks?.[serverKey(link)];
  if (known === null && nick !== undefined) return { kind: "guest", nick };
  const prompts = (await ports.prompts?.(words)) ?? null;
  const account = known ?? (await prompts?.text(`${hostOf(link)} · ${words.logIn.account}`)) ?? "";
  if (account === "") return pipeWords.noAccount(ports.program);
  const { passwordFile } = settings;
  if (passwordFile !== null) {
    const password = ports.readText(passwordFile)?.split(/\r?\n/, 1)[0] ?? "";
    if (password === "") return pipeWords.badPasswordFile(passwordFile);
    return { kind: "password", account, password };
  }
  const password = ports.environment["SODAM_PASSWORD"] ?? "";
  if (password !== "") return { kind: "password", account, password };
  if (account === deviceAccount) return { kind: "certificate", account };
  const shown = sanitize(account);
  const typed = await prompts?.password(`${shown} · ${words.logIn.password}`);
  if (!typed) return pipeWords.noPassword(shown, ports.program);
  return { kind: "password", account, password: typed };
}

/** Connects and logs in. On failure prints why, and resolves to null. */
export async function connectAndLogIn(
  context: PipeContext,
  link: ServerLink,
  credentials: Entry,
  command: PipeCommand,
): Promise<PipeSession | null> {
  const { ports } = context;
  // The server sends old reactions only with event playback, and an export includes them.
  const unused = command.kind === "export" ? UNUSED_CAPS : [...UNUSED_CAPS, EVENT_PLAYBACK];
  const caps = WANTED_CAPS.filter((cap) => !unused.includes(cap));
  const connection = new ServerConnection(ports, link, { caps, catchUp: false });
  const { session } = connection;
  // Whose messages are folded away, where the server doesn't store that.
  savePreferences(connection, ports);
  const refuse = (sentence: string): null => {
    ports.printError(sentence);
    connection.end();
    return null;
  };
  const outcome = await connection.open();
  if (outcome.kind !== "connected") return refuse(refusedSentence(context, link, outcome, command));
  const offer = await serverOfferOf(connection);
  if ("why" in offer) return refuse(endSentence(context, connection, offer));
  const problem =
    credentials.kind === "guest"
      ? await enterAsGuest(context, connection, offer, credentials.nick)
      : await attemptLogIn(connection, credentials);
  if (typeof problem === "string") return refuse(problem);
  if (problem !== null && problem.kind !== "ok") return refuse(logInSentence(context, problem));
  return { connection, session, credentials, target: command.room };
}

/** Enters without an account. Resolves to null, or to the sentence that says why that failed. */
async function enterAsGuest(
  { words }: PipeContext,
  connection: ServerConnection,
  { guests }: ServerOffer,
  nick: string,
): Promise<string | null> {
  if (!guests) return words.guest.closed;
  const problem = nickSentence(words, connection.session.state, nick);
  if (problem !== null) return problem;
  const end = await enter(connection, nick);
  return end.kind === "ready" ? null : entrySentence(words, end, nick);
}

/**
 * Joins the target if it is a room, so that the command may speak and read there. A room that doesn't exist is not
 * created: a misspelt name in a script would go unnoticed. Resolves to null, or to a sentence that says why
 * it failed.
 */
export async function enterRoom(
  context: PipeContext,
  { session, target }: PipeSession,
): Promise<string | null> {
  if (!isRoomName(target)) return null;
  const { words, pipeWords } = context;
  const key = session.state.fold(target);
  const isJoined = () => session.state.conversations.get(key)?.joined === true;
  if (isJoined()) return null;
  const rooms = await awaitCallback<readonly ListedRoom[] | null>((done) =>
    session.commands.list(target, done),
  );
  // A server that stores memberships sends the JOINs right after its welcome, so before the list.
  if (isJoined()) return null;
  if (rooms === null) return pipeWords.lost;
  const isListed = rooms.some(({ name }) => session.state.fold(name) === key);
  // A hidden room isn't listed, and whoever is invited may go in all the same.
  if (!isListed && !(await isInvited(session, key))) return pipeWords.noRoom(sanitize(target));
  const answer = await awaitCallback<Answer>((done) =>
    session.ask("JOIN", [target], done, {
      isAnswer: ({ verb, params }) =>
        verb === "JOIN"
          ? session.state.fold(params[0] ?? "") === key
          : (/^4\d\d$/.test(verb) && session.state.fold(params[1] ?? "") === key) ||
            (verb === "FAIL" && params[0] === "JOIN"),
    }),
  );
  if (answer.kind === "answered") return null;
  if (answer.kind === "lost") return pipeWords.lost;
  return failureSentence(words, answer.code, sanitize(target), sanitize(answer.text));
}

/** Whether somebody has invited this account into a room. A bot may not ask, and hears of it at the log-in. */
async function isInvited(session: ChatSession, room: Folded): Promise<boolean> {
  const invites = pendingInvites(session.state, await fetchPendingInvites(session));
  return invites.some((invite) => session.state.fold(invite.room) === room);
}

/** Returns the sentence for a log-in that failed. */
export function logInSentence(
  { words, pipeWords, ports }: PipeContext,
  outcome: Exclude<LogInOutcome, { kind: "ok" }>,
): string {
  if (outcome.kind === "wrong") return words.logIn.wrong;
  if (outcome.kind === "certificate-unknown") return words.logIn.forgotten;
  switch (outcome.kind) {
    case "code-missing":
    case "code-wrong":
    case "second-factor-setup":
      return pipeWords.secondFactor(ports.program);
    default:
      return refusalSentence(words, outcome);
  }
}

/**
 * Returns why connecting failed. For a certificate that isn't known: the same command with a link that trusts
 * it.
 */
export function refusedSentence(
  context: PipeContext,
  link: ServerLink,
  outcome: Exclude<ConnectOutcome, { kind: "connected" }>,
  command: PipeCommand,
): string {
  const { words, pipeWords } = context;
  if (outcome.kind !== "unknown" && outcome.kind !== "changed") {
    return connectFailureSentence({ words }, link, outcome);
  }
  const { fingerprint } = outcome;
  const host = hostOf(link);
  if (outcome.kind === "unknown") {
    const trusting = trustingCommand(context, link, fingerprint, command);
    return pipeWords.unknownServer(host, fingerprint, trusting);
  }
  const { changed, changedServer } = pipeWords;
  const end = fingerprint.slice(-FINGERPRINT_END_DIGITS);
  const trusting = trustingCommand(context, link, fingerprint, command, ["--trust", end]);
  return changedServer(changed[outcome.source](host), fingerprint, trusting);
}

/** Returns the command again, so that it can be pasted into a shell and trusts this certificate. */
function trustingCommand(
  { ports, settings }: PipeContext,
  { host, port, network = null }: ServerLink,
  fingerprint: string,
  command: PipeCommand,
  options: readonly string[] = [],
): string {
  const trustingLink = formatLink({
    ...{ host, port, network, fingerprint },
    ...{ invitation: null, room: null },
  });
  const { kind, room } = command;
  const { account, guest, passwordFile } = settings;
  const connecting = clientCommand(ports.program, trustingLink, [
    ...options,
    ...optionOf("--account", account, "NAME"),
    ...optionOf("--guest", guest, "NAME"),
    ...optionOf("--password-file", passwordFile, "FILE"),
  ]);
  // What `on` runs is not repeated: it would have to be quoted for every shell.
  if (kind === "on" && room === "") return connecting;
  if (kind === "get") {
    const output = optionOf("-o", command.output, "FILE");
    return [connecting, kind, shellWord(command.file) ?? "FILE", ...output].join(" ");
  }
  // A room that no shell can be given safely is left to the reader.
  const target = room === "" ? [] : [shellWord(room) ?? "ROOM"];
  return [connecting, kind === "on" ? "tail" : kind, ...target].join(" ");
}

/** An option as it was given; `placeholder` stands for a value that no shell can be given safely. */
function optionOf(name: string, value: string | null, placeholder: string): string[] {
  if (value === null) return [];
  return [name, value === STANDARD ? value : (shellWord(value) ?? placeholder)];
}
