import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { ClientState } from "../../chat-client/client-state.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { truncate } from "../../terminal/width.ts";
import type { Words } from "../i18n/words.ts";

/** A notification is a hint; who wants to read comes to the window. */
const NOTICE_CELLS_MAX = 120;

/** What to write to a terminal whose window isn't looked at: a bell, and the notification that it knows. */
export function notification(
  event: Extract<ClientEvent, { kind: "notify" }>,
  state: ClientState,
  words: Words,
  environment: Readonly<Record<string, string | undefined>>,
  bell: boolean,
): string {
  const who = sanitize(event.line.nick);
  const room = sanitize(state.conversations.get(event.key)?.name ?? "");
  const title = event.why === "direct" ? words.notify.direct(who) : words.notify.mention(who, room);
  const body = truncate(sanitize(event.line.text.replace(/\s+/g, " ")), NOTICE_CELLS_MAX);
  return (bell ? "\x07" : "") + told(title, body, environment);
}

/** Each terminal knows one of three ways; one that knows none passes over the first. */
function told(
  title: string,
  body: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const term = environment["TERM"] ?? "";
  if (term === "dumb" || term === "linux") return "";
  if (term.includes("kitty")) {
    return `\x1b]99;i=1:d=0;${title}\x1b\\\x1b]99;i=1:p=body;${body}\x1b\\`;
  }
  if (/rxvt|foot/.test(term)) {
    return `\x1b]777;notify;${title.replaceAll(";", ",")};${body.replaceAll(";", ",")}\x1b\\`;
  }
  // A number and a semicolon at the beginning would mean something else to some terminals.
  return `\x1b]9;${`${title}: ${body}`.replaceAll(";", ",")}\x1b\\`;
}
