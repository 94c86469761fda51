/** What the user can do after a failed connection: again, another port, without TLS or with it, another server, leave. */
import { type App, hostOf } from "../app-context.ts";
import type { ConnectProblem } from "../app-ports.ts";
import { closingReason } from "../i18n/closing-reasons.ts";
import type { Choice } from "../menu/prompts.ts";
import { mayBePlain } from "./plain-text.ts";
import type { ServerConnection } from "./server-connection.ts";

/** Where leaving the menus of a server leads: out of the program, or back to the servers that are open. */
export type Leaving = "quit" | "back";

/** What the user chose after a failed connection. */
export type FailureChoice =
  | "again"
  | "without-tls"
  | "with-tls"
  | "tls-port"
  | "plain-port"
  | "typed-port"
  | "server-password"
  | "other-server"
  | "quit";

/** What is known of a connection that failed. */
type FailedConnection = Pick<ServerConnection, "link" | "isPlain" | "problem"> &
  Partial<Pick<ServerConnection, "firstStep">>;

/** IRC over TLS, RFC 7194, and where servers have plain text by custom. */
export const TLS_PORT = 6697;
/** Where servers have plain text by custom. */
export const PLAIN_PORT = 6667;

/** After these the server may well be behind another port. */
const WRONG_PORT_SIGNS: ReadonlySet<ConnectProblem> = new Set([
  "refused",
  "timeout",
  "no-handshake",
  "not-tls",
  "not-irc",
  "silent",
  "closed",
]);

/** Returns what it is called to leave the menus of a server. */
export function leavingLabel({ words }: Pick<App, "words">, leaving: Leaving): string {
  return leaving === "quit" ? words.menu.quit : words.rooms.open;
}

/** Resolves to whether somebody who left a menu by Escape or Ctrl-C wants to leave what it leads out of. */
export async function wantsToLeave({ prompts, words }: App, leaving: Leaving): Promise<boolean> {
  if (leaving === "back") return true;
  return prompts.askLeave(words.rooms.quitAsk, words.yes, words.no);
}

/**
 * Asks what to do after a failed connection. What most likely helps is selected at first.
 *
 * @param typedPort the port that the user wants, if it isn't the one that was tried
 */
export async function askAfterFailure(
  app: App,
  connection: FailedConnection,
  leaving: Leaving,
  typedPort = connection.link.port,
): Promise<FailureChoice> {
  const { prompts, words } = app;
  const ways = waysOn(connection, typedPort);
  const labels: Readonly<Record<FailureChoice, string>> = {
    again: words.menu.tryAgain,
    "tls-port": words.connection.tryPort(TLS_PORT),
    "plain-port": words.connection.tryPlainPort(PLAIN_PORT),
    "typed-port": words.connection.backToPort(typedPort),
    "server-password": words.connection.givePassword,
    "without-tls": words.plainText.without,
    "with-tls": words.plainText.withTls,
    "other-server": words.settings.server,
    quit: leavingLabel(app, leaving),
  };
  const choices = ways.map(
    (value): Choice<FailureChoice> => ({
      value,
      label: labels[value],
      ...(value === "quit" && { leaves: true }),
    }),
  );
  for (;;) {
    const choice = await prompts.select(words.menu.choose, choices, likeliest(connection, ways));
    if (choice !== null) return choice;
    if (await wantsToLeave(app, leaving)) return "quit";
  }
}

/** Returns what can be done, in the order of the menu. */
export function waysOn(
  { link, isPlain, problem, firstStep }: FailedConnection,
  typedPort = link.port,
): FailureChoice[] {
  const ways: FailureChoice[] = ["again"];
  const mayBeElsewhere = problem !== null && WRONG_PORT_SIGNS.has(problem);
  if (mayBeElsewhere && link.port !== TLS_PORT) ways.push("tls-port");
  if (problem === "refused" && link.port === TLS_PORT && !isPlain) ways.push("plain-port");
  if (!isPlain && mayBePlain(problem)) ways.push("without-tls");
  // A port with TLS hears no sense in plain text, and hangs up or waits for more.
  if (isPlain && (problem === "silent" || problem === "closed")) ways.push("with-tls");
  if (typedPort !== link.port) ways.push("typed-port");
  // InspIRCd doesn't say that it is the password that is missing.
  const said = firstStep?.kind === "disconnected" ? firstStep.text : "";
  if (closingReason(said) === "notAllowed") ways.push("server-password");
  ways.push("other-server", "quit");
  return ways;
}

function likeliest(
  { problem }: Pick<ServerConnection, "problem">,
  ways: readonly FailureChoice[],
): FailureChoice {
  if (problem === "no-such-host") return "other-server";
  if (problem === "not-irc" || problem === "not-tls" || problem === "no-handshake") {
    return ways.find((way) => way === "tls-port") ?? "again";
  }
  return ways.find((way) => way === "with-tls") ?? "again";
}

/** Returns the sentence for a connection on which the server has said why it ended, or nothing at all. */
export function unsaidEndSentence(
  { words }: Pick<App, "words">,
  { link, isPlain, problem }: Pick<ServerConnection, "link" | "isPlain" | "problem">,
): string {
  const host = hostOf(link);
  if (problem === "not-irc" || problem === "silent") return words.connection[problem](host);
  return isPlain ? words.connection.plainClosed(host) : words.connection.ended(host);
}
