import { formatMessage, type Message } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { escapeTagValue } from "../../protocol/wire/tags.ts";
import { LABEL_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { Steps } from "../command.ts";
import { ANSWER_BYTES_MAX } from "../limits.ts";
import type { ServerCounters } from "../metrics/server-counters.ts";
import type { Session } from "../sessions/session.ts";
import { type EncodedLine, toBytes, toText } from "./encode-event.ts";

/** The numerics of errors, but for ERR_UNKNOWNERROR. */
const ERROR_NUMERIC = /^(?!400)[45]\d\d$/;

/**
 * Commands whose specifications have no standard replies, and HISTORY, which is made for clients without them.
 * Their errors are FAIL only for sessions with `standard-replies`.
 */
const PLAIN_COMMANDS: ReadonlySet<string> = new Set(
  (
    "PRIVMSG NOTICE TAGMSG JOIN PART TOPIC KICK INVITE UNINVITE MODE NICK USER PASS AWAY HISTORY LIST " +
    "NAMES WHO WHOIS WHOWAS MOTD HELP SILENCE MONITOR KLINE UNKLINE DLINE UNDLINE"
  ).split(" "),
);

const UNITS_PER_LINE = 3;
const BYTES_PER_UNIT = 256;

/**
 * Returns the label of a session's line; `null` for none. An answer of several lines is sent as a batch, so labels need
 * `batch` as well.
 */
export function labelOf(session: Session, message: Message | null): string | null {
  if (!session.has("labeled-response") || !session.has("batch")) return null;
  const label = message?.tags.get("label") ?? "";
  return label === "" || Buffer.byteLength(label) > LABEL_BYTES_MAX ? null : label;
}

/**
 * The reply to one command. Handlers add lines and need not know about labels or batches: a reply without a
 * label is sent line by line; one with a label is collected, and `end` adds the label as the specification
 * says (https://ircv3.net/specs/extensions/labeled-response).
 */
export class Reply {
  readonly session: Session;
  /** The server's name: the source of its own lines. */
  readonly server: string;
  /** The command's label, or `null`. */
  readonly label: string | null;
  readonly #counters: ServerCounters;
  readonly #lines: EncodedLine[] = [];
  /** The references of the batches that are open, the outermost first. */
  readonly openBatches: string[] = [];
  #bytes = 0;
  #lineCount = 0;
  #ended = false;
  #isHeld = false;

  /** @param label the command's label, or `null` */
  constructor(session: Session, server: string, label: string | null, counters: ServerCounters) {
    this.#counters = counters;
    this.session = session;
    this.server = server;
    this.label = label;
  }

  /** Adds a numeric. The session's nick, or "*", is put before `params`. */
  numeric(numeric: string, ...params: readonly string[]): void {
    // A FAIL that is sent as 400 is counted as such.
    if (ERROR_NUMERIC.test(numeric)) this.#counters.refusal(numeric);
    this.line(numeric, [this.session.nickOrStar, ...params]);
  }

  /** Adds a line from the server, or from `source`. */
  line(verb: string, params: readonly string[], source = this.server, tags = ""): void {
    this.add({ tags, body: formatMessage(verb, params, source) });
  }

  /**
   * Adds a FAIL: the command was refused. A session without `standard-replies` gets ERR_UNKNOWNERROR in its
   * place for commands whose specifications don't have FAIL.
   * https://ircv3.net/specs/extensions/standard-replies
   */
  fail(command: string, code: string, context: readonly string[], sentence: string): void {
    this.#counters.refusal(code);
    if (this.session.has("standard-replies") || !PLAIN_COMMANDS.has(command)) {
      return this.line("FAIL", [command, code, ...context, sentence]);
    }
    this.numeric(NUMERIC.ERR_UNKNOWNERROR, command, ...context, sentence);
  }

  /** Adds a NOTE: information about a command that was carried out. */
  note(command: string, code: string, context: readonly string[], sentence: string): void {
    this.line("NOTE", [command, code, ...context, sentence]);
  }

  /** Adds a WARN: the command was carried out, though not completely. */
  warn(command: string, code: string, context: readonly string[], sentence: string): void {
    this.line("WARN", [command, code, ...context, sentence]);
  }

  /** Adds an encoded line, such as the session's own copy of an event. */
  add(line: EncodedLine): void {
    const batch = this.openBatches.at(-1);
    const placed = batch !== undefined && line.batch === undefined ? { ...line, batch } : line;
    const bytes = toBytes([placed]);
    this.#bytes += bytes.length;
    this.#lineCount += 1;
    const { work } = this.session;
    work.lines += 1;
    work.bytes += bytes.length;
    if (this.label !== null) {
      this.#lines.push(placed);
      return;
    }
    work.effects += 1;
    this.session.link.send(bytes);
  }

  /** Whether the reply has reached `ANSWER_BYTES_MAX`: a long list must stop here and say so. */
  get isFull(): boolean {
    return this.#bytes >= ANSWER_BYTES_MAX;
  }

  /** Bytes that it holds until its end. */
  get collectedBytes(): number {
    return this.label === null || this.#ended ? 0 : this.#bytes;
  }

  /** The work of its lines so far, in the units of slices.ts: a line costs 3 µs, and each KB 4 µs. */
  get units(): number {
    return this.#lineCount * UNITS_PER_LINE + this.#bytes / BYTES_PER_UNIT;
  }

  /** Puts the lines that `fill` adds into a batch, if the session has `batch`. Batches may be nested. */
  batch(type: string, params: readonly string[], fill: () => void): void {
    const close = this.#openBatch(type, params);
    fill();
    close();
  }

  /** The same for lines that come in several slices. */
  *batchInSteps(type: string, params: readonly string[], fill: () => Steps): Steps {
    const close = this.#openBatch(type, params);
    yield* fill();
    close();
  }

  /** Begins a batch, if the session has `batch`. Returns the function that ends it. */
  #openBatch(type: string, params: readonly string[]): () => void {
    if (!this.session.has("batch")) return () => {};
    const reference = this.session.nextBatchId();
    this.add({
      tags: "",
      body: formatMessage("BATCH", [`+${reference}`, type, ...params], this.server),
      opens: reference,
    });
    this.openBatches.push(reference);
    return () => {
      this.openBatches.pop();
      this.add({
        tags: "",
        body: formatMessage("BATCH", [`-${reference}`], this.server),
        closes: reference,
      });
    };
  }

  /** Holds the reply open for later lines of the session: while it is held, `end` does nothing. */
  hold(on: boolean): void {
    this.#isHeld = on;
  }

  /** Completes the reply and sends what was collected. Call it before a session closes. A second call does nothing. */
  end(): void {
    if (this.label === null || this.#ended || this.#isHeld) return;
    this.#ended = true;
    const label = `label=${escapeTagValue(this.label)}`;
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
    const outer = this.session.nextBatchId();
    // The start and the end of a nested batch have the outer one's tag as well.
    const inner = lines.map((line) =>
      toText(line.batch === undefined ? { ...line, batch: outer } : line, ""),
    );
    this.#send(
      toText({ tags: "", body: `:${this.server} BATCH +${outer} labeled-response` }, label) +
        inner.join("") +
        `:${this.server} BATCH -${outer}\r\n`,
    );
  }

  #send(text: string): void {
    this.session.work.bytes += text.length;
    this.session.work.effects += 1;
    this.session.link.send(Buffer.from(text));
  }
}
