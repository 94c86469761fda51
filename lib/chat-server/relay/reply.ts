import { formatMessage } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { escapeTagValue } from "../../protocol/wire/tags.ts";
import { ANSWER_BYTES_MAX } from "../limits.ts";
import type { Session } from "../sessions/session.ts";
import { type EncodedLine, toBytes, toText } from "./encode-event.ts";

/** Commands whose texts know no standard replies, and HISTORY, which is there for clients that know none. */
const PLAIN_COMMANDS: ReadonlySet<string> = new Set(
  (
    "PRIVMSG NOTICE TAGMSG JOIN PART TOPIC KICK INVITE UNINVITE MODE NICK USER PASS AWAY HISTORY LIST " +
    "NAMES WHO WHOIS WHOWAS MOTD HELP SILENCE MONITOR KLINE UNKLINE DLINE UNDLINE"
  ).split(" "),
);

/**
 * The answer to one command. A handler adds lines and never thinks of labels or batches: an answer without
 * a label leaves line by line, one with a label is gathered, and `end` puts the label where the
 * specification wants it (https://ircv3.net/specs/extensions/labeled-response).
 */
export class Reply {
  readonly session: Session;
  /** The server's name: the source of what it says itself. */
  readonly server: string;
  readonly #label: string | null;
  readonly #newReference: () => string;
  readonly #lines: EncodedLine[] = [];
  #batch: string | null = null;
  #bytes = 0;
  #ended = false;
  #held = false;

  /**
   * @param label the asker's label, or `null`
   * @param newReference makes a name for a batch
   */
  constructor(session: Session, server: string, label: string | null, newReference: () => string) {
    this.session = session;
    this.server = server;
    this.#label = label;
    this.#newReference = newReference;
  }

  /** A numeric: the asker's nick comes first by itself. */
  numeric(numeric: string, ...params: readonly string[]): void {
    this.line(numeric, [this.session.nickOrStar, ...params]);
  }

  /** A line from the server, or from `source`. */
  line(verb: string, params: readonly string[], source = this.server, tags = ""): void {
    this.add({ tags, body: formatMessage(verb, params, source) });
  }

  /**
   * FAIL: somebody asked for what can't be. Who didn't ask for standard replies hears it of the commands
   * whose specifications have them, and of others ERR_UNKNOWNERROR.
   * https://ircv3.net/specs/extensions/standard-replies
   */
  fail(command: string, code: string, context: readonly string[], sentence: string): void {
    if (this.session.has("standard-replies") || !PLAIN_COMMANDS.has(command)) {
      return this.line("FAIL", [command, code, ...context, sentence]);
    }
    this.numeric(NUMERIC.ERR_UNKNOWNERROR, command, ...context, sentence);
  }

  note(command: string, code: string, context: readonly string[], sentence: string): void {
    this.line("NOTE", [command, code, ...context, sentence]);
  }

  warn(command: string, code: string, context: readonly string[], sentence: string): void {
    this.line("WARN", [command, code, ...context, sentence]);
  }

  /** A line that was written elsewhere: the asker's own copy of an event. */
  add(line: EncodedLine): void {
    const placed =
      this.#batch !== null && line.batch === undefined ? { ...line, batch: this.#batch } : line;
    const bytes = toBytes([placed]);
    this.#bytes += bytes.length;
    if (this.#label === null) this.session.link.send(bytes);
    else this.#lines.push(placed);
  }

  /** Whether the answer is as long as one may be: its reader must have taken it before there is more. */
  get isFull(): boolean {
    return this.#bytes >= ANSWER_BYTES_MAX;
  }

  /** Puts what `fill` adds into a batch, if the asker knows batches. */
  batch(type: string, params: readonly string[], fill: () => void): void {
    if (!this.session.has("batch")) return fill();
    const reference = this.#newReference();
    this.add({
      tags: "",
      body: formatMessage("BATCH", [`+${reference}`, type, ...params], this.server),
      opens: reference,
    });
    const outer = this.#batch;
    this.#batch = reference;
    fill();
    this.#batch = outer;
    this.add({
      tags: "",
      body: formatMessage("BATCH", [`-${reference}`], this.server),
      closes: reference,
    });
  }

  /** The answer comes with a later line of the asker's: until it is let go, its end changes nothing. */
  hold(on: boolean): void {
    this.#held = on;
  }

  /** The answer is complete. Whoever closes the session says so first; a second time changes nothing. */
  end(): void {
    if (this.#label === null || this.#ended || this.#held) return;
    this.#ended = true;
    const label = `label=${escapeTagValue(this.#label)}`;
    const lines = this.#lines;
    const [first] = lines;
    if (first === undefined) {
      this.#send(toText({ tags: "", body: `:${this.server} ACK` }, label));
      return;
    }
    const isOneBatch = first.opens !== undefined && lines.at(-1)?.closes === first.opens;
    if (lines.length === 1 || isOneBatch) {
      this.#send(lines.map((line, i) => toText(line, i === 0 ? label : "")).join(""));
      return;
    }
    const outer = this.#newReference();
    // Both ends of a batch within this one name it.
    const inside = lines.map((line) =>
      toText(line.batch === undefined ? { ...line, batch: outer } : line, ""),
    );
    this.#send(
      toText({ tags: "", body: `:${this.server} BATCH +${outer} labeled-response` }, label) +
        inside.join("") +
        `:${this.server} BATCH -${outer}\r\n`,
    );
  }

  #send(text: string): void {
    this.session.link.send(Buffer.from(text));
  }
}
