import { SERVER_KEY } from "../../chat-client/client-state.ts";
import { SECURITY_CODE } from "../../chat-client/receive/replies.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import { formatLink, type ServerLink } from "../../protocol/server-link.ts";
import type { App } from "../app-context.ts";
import { systemSentence } from "../chat-screen/draw/system-line.ts";
import { connectToServer } from "../connection/connect-to-server.ts";
import { chooseNetwork } from "../menu/bouncer-menu.ts";
import { showMenu } from "../menu/main-menu.ts";
import { askReceipts } from "../menu/profile-menu.ts";
import { OpenServer } from "./open-server.ts";

/** Notices about the account that are shown after the log-in; the chat with the server has all of them. */
const NOTICES_SHOWN_MAX = 50;

/**
 * Connects to a server and logs in, with the questions that this takes. `tryDevice`: first by what this device
 * remembers.
 */
export async function openByQuestions(
  app: App,
  link: ServerLink,
  tryDevice: boolean,
): Promise<OpenServer | "not-connected" | "other-server" | "quit"> {
  const server = await connectToServer(app, link);
  if (server === "quit") return "not-connected";
  if (server === "other-server") return server;
  // The certificate is trusted by now. Saved before the log-in: a user who quits need not name the server again.
  if (app.ports.saved.server === undefined) saveServer(app, link);
  const outcome = await showMenu(app, server, tryDevice);
  const { connection } = server;
  if (outcome !== "logged-in") {
    connection.end();
    return outcome;
  }
  saveServer(app, connection.link);
  const { session } = connection;
  const open = new OpenServer(app, connection, session.state.me.account);
  await askReceipts(app, session);
  await chooseNetwork(app, connection);
  await open.becomeReady();
  warnOfNotices(app, session);
  return open;
}

/** Shows in the menu what happened to the account while the user was away, the newest of it. */
function warnOfNotices({ prompts, words }: App, { state }: ChatSession): void {
  const lines = state.conversations.get(SERVER_KEY)?.lines ?? [];
  const notices = lines.filter(({ code }) => code === SECURITY_CODE);
  for (const line of notices.slice(-NOTICES_SHOWN_MAX)) {
    prompts.warn(systemSentence(line, words)?.text ?? "");
  }
}

/**
 * Saves the server without its invitation, which works once, and its fingerprint, which is in
 * known-servers.json.
 */
function saveServer(app: App, { host, port }: ServerLink): void {
  app.ports.save({
    server: formatLink({ host, port, fingerprint: null, invitation: null, room: null }),
  });
}
