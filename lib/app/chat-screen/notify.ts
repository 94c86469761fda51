/** Desktop notifications, sent through the terminal. */
import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { ClientState } from "../../chat-client/client-state.ts";
import { throughMultiplexer } from "../../terminal/multiplexer.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { truncate } from "../../terminal/width.ts";
import type { Words } from "../i18n/words.ts";

/** A notification only hints at a message; the window shows all of it. */
const BODY_CELLS_MAX = 120;
const BELL = "\x07";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the bytes to write to a terminal that isn't in focus: a bell (if `bell`) and the escape
 * sequence of a notification in the dialect that `environment["TERM"]` understands. Inside of tmux and
 * screen the sequence is wrapped for the terminal outside; the bell is theirs.
 */
export function formatNotification(
  event: Extract<ClientEvent, { kind: "notify" }>,
  state: ClientState,
  words: Words,
  environment: Environment,
  bell: boolean,
): string {
  const nick = sanitize(event.line.nick);
  const room = sanitize(state.conversations.get(event.key)?.name ?? "");
  const title =
    event.why === "direct" ? words.notify.direct(nick) : words.notify.mention(nick, room);
  const body = truncate(sanitize(event.line.text.replace(/\s+/g, " ")), BODY_CELLS_MAX);
  return (
    (bell ? BELL : "") +
    throughMultiplexer(notificationSequence(title, body, environment), environment)
  );
}

/** Returns OSC 99 (kitty), OSC 777 (rxvt, foot) or OSC 9, which other terminals ignore at worst. */
function notificationSequence(title: string, body: string, environment: Environment): string {
  const term = environment["TERM"] ?? "";
  if (term === "dumb" || term === "linux") return "";
  if (term.includes("kitty")) {
    return `\x1b]99;i=1:d=0;${title}\x1b\\\x1b]99;i=1:p=body;${body}\x1b\\`;
  }
  if (/rxvt|foot/.test(term)) {
    return `\x1b]777;notify;${title.replaceAll(";", ",")};${body.replaceAll(";", ",")}\x1b\\`;
  }
  // A number and a semicolon at the start would mean something else to some terminals.
  return `\x1b]9;${`${title}: ${body}`.replaceAll(";", ",")}\x1b\\`;
}
