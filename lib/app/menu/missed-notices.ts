import type { App } from "../app-context.ts";
import { systemSentence } from "../chat-screen/draw/system-line.ts";
import { type ListedServer, serverName } from "../chat-screen/listed-places.ts";
import type { OpenServer } from "../servers/open-server.ts";

/** Notices of one server that are shown at once; the chat with the server has all of them. */
const NOTICES_SHOWN_MAX = 50;

/**
 * Shows in the menu what happened to the account while no chat was on screen, the newest of it. Each notice is shown
 * once: see `OpenServer.takeNotices`.
 *
 * @param listed the open servers: with several of them the notice names its own
 */
export function warnOfNotices(
  { prompts, words, calendar }: App,
  server: OpenServer,
  listed: readonly ListedServer[],
): void {
  const origin = listed.length > 1 ? `${serverName(server.listed, listed)} › ` : "";
  for (const line of server.takeNotices().slice(-NOTICES_SHOWN_MAX)) {
    const sentence = systemSentence(line, words, calendar)?.text ?? "";
    prompts.warn(`${origin}${sentence}`);
  }
}
