/** Desktop notifications, sent through the terminal. */
import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { ClientState } from "../../chat-client/client-state.ts";
import { textOrFileName } from "../../protocol/file-facts.ts";
import { plainRow } from "../../protocol/message-markup.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import { throughMultiplexer } from "../../terminal/multiplexer.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { truncate } from "../../terminal/width.ts";
import type { Words } from "../i18n/words.ts";
import { serviceNotice } from "../slash/service-sentences.ts";

/** A notification only hints at a message; the window shows all of it. */
const BODY_CELLS_MAX = 120;
const BELL = "\x07";

/** A burst of messages is announced once. It has ended when nothing came for so long. */
const BURST_QUIET_MS = 2000;
/** In a burst without end, the next announcement comes after so long. */
const BURST_MS_MAX = 10_000;

/** Owns when the user was last notified: a flood of messages must not be one of bells and pop-up windows. */
export class NotificationLimit {
  #lastElapsedMs = Number.NEGATIVE_INFINITY;
  #notifiedElapsedMs = Number.NEGATIVE_INFINITY;

  /** Returns whether a message that came now is announced. */
  allows(elapsedMs: ElapsedMs): boolean {
    const isQuiet = elapsedMs - this.#lastElapsedMs >= BURST_QUIET_MS;
    this.#lastElapsedMs = elapsedMs;
    if (!isQuiet && elapsedMs - this.#notifiedElapsedMs < BURST_MS_MAX) return false;
    this.#notifiedElapsedMs = elapsedMs;
    return true;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the bytes to write to a terminal that isn't in focus: a bell (if `bell`) and the escape
 * sequence of a notification in the dialect that `environment["TERM"]` understands. Inside of tmux and
 * screen the sequence is wrapped for the terminal outside; the bell is theirs.
 *
 * @param server the server's name where there are several
 */
export function formatNotification(
  event: Extract<ClientEvent, { kind: "notify" }>,
  state: ClientState,
  words: Words,
  environment: Environment,
  bell: boolean,
  server = "",
): string {
  const nick = plainText(event.line.nick);
  const room = plainText(state.conversations.get(event.key)?.name ?? "");
  const subject =
    event.why === "direct" ? words.notify.direct(nick) : words.notify.mention(nick, room);
  const title = server === "" ? subject : `${subject} · ${plainText(server)}`;
  const text = textOrFileName({
    text: serviceNotice(state, event.line, words),
    file: event.line.file,
  });
  const body = truncate(plainText(plainRow(text, words.screen.spoiler)), BODY_CELLS_MAX);
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

/** Desktops read a notification as markup, in which a link can have another text, and a picture is fetched. */
function plainText(text: string): string {
  return sanitize(text).replaceAll("<", "‹");
}
