import { fold } from "../../protocol/names.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import {
  BATCH_REFERENCE_BYTES_MAX,
  MULTILINE_BYTES_MAX,
  MULTILINE_LINES_MAX,
} from "../../protocol/wire/wire-limits.ts";
import type { CommandContext } from "../command.ts";
import type { ClientTags } from "../event.ts";
import { BATCH_MS_MAX } from "../limits.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";
import type { Session } from "./session.ts";

/** Why a batch is refused: the code of FAIL BATCH and the parameters behind it. */
interface BatchProblem {
  readonly code: string;
  readonly context: readonly string[];
  readonly sentence: string;
}

/** The text of a complete multiline message. */
interface MultilineMessage {
  readonly verb: "PRIVMSG" | "NOTICE";
  readonly text: string;
  /** Offsets in `text` where the sender split a line (draft/multiline-concat); see `splitMessage`. */
  readonly joins?: readonly number[];
}

/** A multiline message that isn't complete, as JSON. */
export interface BatchNote {
  readonly reference: string;
  readonly target: string;
  readonly tags: ClientTags;
  readonly meant?: string;
  /** When it was opened, in ms since an origin that both servers know. */
  readonly openedMs: number;
  readonly label: string | null;
  readonly isBroken: boolean;
  readonly isOverdue: boolean;
  readonly verb: "PRIVMSG" | "NOTICE" | null;
  readonly text: string;
  readonly joins: readonly number[];
  readonly bytes: number;
  readonly lines: number;
}

/**
 * Collects the lines of a multiline message while a session sends it. Belongs to its `Session`; changed by
 * BATCH and by the functions below. After an error it ignores further lines until the batch ends.
 * https://ircv3.net/specs/extensions/multiline
 */
export class MultilineBatch {
  readonly reference: string;
  readonly target: string;
  /** Client tags of the whole message, from the BATCH line. */
  readonly tags: ClientTags;
  /** The account that it is for, if its sender said so: see `meantAccount`. */
  meant: string | undefined = undefined;
  readonly openedElapsedMs: ElapsedMs;
  /** The reply to BATCH, which has the label. */
  readonly reply: Reply;
  /** Whether an error was found, and answered. */
  isBroken = false;
  /**
   * Whether it was open for `BATCH_MS_MAX`. Its end won't come any more, so another one may take its place.
   */
  isOverdue = false;
  #verb: "PRIVMSG" | "NOTICE" | null = null;
  #text = "";
  #joins: number[] = [];
  #bytes = 0;
  #lines = 0;

  constructor(
    reference: string,
    target: string,
    tags: ClientTags,
    openedElapsedMs: ElapsedMs,
    reply: Reply,
  ) {
    this.reference = reference;
    this.target = target;
    this.tags = tags;
    this.openedElapsedMs = openedElapsedMs;
    this.reply = reply;
  }

  /** Makes the message that another server had begun. */
  static fromNote(note: BatchNote, origin: ElapsedMs, reply: Reply): MultilineBatch {
    const { reference, target, tags, openedMs, verb, text, joins, bytes, lines } = note;
    const opened = (origin + openedMs) as ElapsedMs;
    const batch = new MultilineBatch(reference, target, tags, opened, reply);
    batch.meant = note.meant;
    batch.isBroken = note.isBroken;
    batch.isOverdue = note.isOverdue;
    batch.#verb = verb;
    batch.#text = text;
    batch.#joins = [...joins];
    batch.#bytes = bytes;
    batch.#lines = lines;
    if (!note.isBroken) reply.hold(true);
    return batch;
  }

  /** Returns what another server needs to go on with it. */
  note(origin: ElapsedMs): BatchNote {
    return {
      ...{ reference: this.reference, target: this.target, tags: this.tags },
      ...(this.meant !== undefined && { meant: this.meant }),
      ...{
        openedMs: this.openedElapsedMs - origin,
        label: this.isBroken ? null : this.reply.label,
      },
      ...{ isBroken: this.isBroken, isOverdue: this.isOverdue },
      ...{ verb: this.#verb, text: this.#text, joins: [...this.#joins] },
      ...{ bytes: this.#bytes, lines: this.#lines },
    };
  }

  /** Bytes of the text so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a line. Returns `null`, or why it is refused: then the caller breaks the batch off. */
  add(verb: string, target: string, text: string, concat: boolean): BatchProblem | null {
    if (verb !== "PRIVMSG" && verb !== "NOTICE") {
      return invalidBatch("A multiline batch can hold PRIVMSG or NOTICE only");
    }
    if (this.#verb !== null && this.#verb !== verb)
      return invalidBatch("A batch can't hold both PRIVMSG and NOTICE");
    if (fold(target) !== fold(this.target)) {
      const context = [this.target || "*", target || "*"];
      const sentence = "All lines of a batch must go to its target";
      return { code: "MULTILINE_INVALID_TARGET", context, sentence };
    }
    if (concat && text === "")
      return invalidBatch("A blank line can't continue the line before it");
    const join = concat || this.#lines === 0 ? "" : "\n";
    this.#lines += 1;
    this.#bytes += join.length + utf8Bytes(text);
    if (this.#lines > MULTILINE_LINES_MAX) {
      const context = [String(MULTILINE_LINES_MAX)];
      return { code: "MULTILINE_MAX_LINES", context, sentence: "That is too many lines" };
    }
    if (this.#bytes > MULTILINE_BYTES_MAX) {
      const context = [String(MULTILINE_BYTES_MAX)];
      return { code: "MULTILINE_MAX_BYTES", context, sentence: "That is too long" };
    }
    this.#verb = verb;
    if (concat && this.#text !== "") this.#joins.push(this.#text.length);
    this.#text += join + text;
    return null;
  }

  /** Returns the complete message, or why it is refused. */
  take(): MultilineMessage | BatchProblem {
    if (this.#verb === null) return invalidBatch("The batch had no lines");
    // A text of line feeds only: all lines were blank.
    if (this.#text.length === this.#lines - 1)
      return invalidBatch("The batch had only blank lines");
    const text = this.#text.normalize("NFC");
    if (this.#joins.length === 0) return { verb: this.#verb, text };
    // Normalizing may shorten the text, which moves the offsets.
    const shift = (offset: number) => this.#text.slice(0, offset).normalize("NFC").length;
    const joins = text === this.#text ? this.#joins : this.#joins.map(shift);
    return { verb: this.#verb, text, joins };
  }

  /** Drops the message, and sends the reason as the reply to BATCH. Call it once. */
  breakOff({ code, context, sentence }: BatchProblem): void {
    this.isBroken = true;
    this.#text = "";
    this.reply.hold(false);
    this.reply.fail("BATCH", code, context, sentence);
    this.reply.end();
  }
}

/** Returns a MULTILINE_INVALID problem: the batch breaks a rule of the specification. */
export function invalidBatch(sentence: string): BatchProblem {
  return { code: "MULTILINE_INVALID", context: [], sentence };
}

/**
 * Takes any line with a `batch` tag as part of the session's open batch. Returns `false` for a line that must
 * be run as a command.
 */
export function addToBatch(context: CommandContext): boolean {
  const { session, message, params } = context;
  const { batch } = session;
  const reference = message.tags.get("batch");
  if (reference === undefined || message.verb === "BATCH" || session.user === null) return false;
  if (batch?.reference !== reference) {
    if (!speaksMultiline(session)) return false;
    // A line with another batch's tag breaks off the open batch, and is refused in that batch's reply.
    if (batch === null || batch.isBroken) refuseUnknownBatch(context, reference);
    else batch.breakOff(invalidBatch("A line of another batch came in between"));
    return true;
  }
  if (batch.isBroken) return true;
  const hasTags = [...message.tags.keys()].some((key) => key.startsWith("+") || key === "label");
  const [target = "", text = ""] = params;
  const concat = message.tags.has("draft/multiline-concat");
  const problem = hasTags
    ? invalidBatch("Tags of the whole message belong to BATCH")
    : batch.add(message.verb, target, text, concat);
  if (problem !== null) batch.breakOff(problem);
  return true;
}

/** Breaks off a batch that was open for `BATCH_MS_MAX`, unless its next lines are held by the server itself. */
export function expireBatch(state: State, session: Session): void {
  const { batch } = session;
  if (batch === null || batch.isOverdue || session.heldLines.length > 0) return;
  if (state.elapsedMs - batch.openedElapsedMs < BATCH_MS_MAX) return;
  batch.isOverdue = true;
  if (batch.isBroken) return;
  const sentence = "The batch was open for too long";
  batch.breakOff({ code: "TIMEOUT", context: [batch.reference], sentence });
}

/** Returns whether a session has the capabilities for multiline messages. */
export function speaksMultiline(session: Session): boolean {
  return session.has("draft/multiline") && session.has("batch");
}

/**
 * Returns whether a text is a valid batch reference: letters, digits and hyphens.
 * https://ircv3.net/specs/extensions/batch
 */
export function isBatchId(text: string): boolean {
  return /^[A-Za-z0-9-]+$/.test(text) && text.length <= BATCH_REFERENCE_BYTES_MAX;
}

/** Sends FAIL BATCH INVALID_REFTAG. */
export function refuseBatchId({ reply }: CommandContext, reference: string): void {
  const sentence = "A batch reference has only letters, digits and hyphens";
  reply.fail("BATCH", "INVALID_REFTAG", [reference || "*"], sentence);
}

/** Sends FAIL BATCH for a reference without an open batch. */
export function refuseUnknownBatch(context: CommandContext, reference: string): void {
  if (!isBatchId(reference)) return refuseBatchId(context, reference);
  const problem = invalidBatch("No batch of that reference is open");
  context.reply.fail("BATCH", problem.code, problem.context, problem.sentence);
}
