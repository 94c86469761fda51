import { fold } from "../../protocol/names.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import { MULTILINE_BYTES_MAX, MULTILINE_LINES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { ClientTags } from "../event.ts";
import type { Reply } from "../relay/reply.ts";

/** Why a line can't be part of a message of several lines: a code of FAIL BATCH, and what stands behind it. */
export interface BatchProblem {
  readonly code: string;
  readonly context: readonly string[];
  readonly sentence: string;
}

/** A message of several lines, as one text. */
export interface MultilineMessage {
  readonly verb: "PRIVMSG" | "NOTICE";
  readonly text: string;
  /** Where its sender parted long lines. */
  readonly joins?: readonly number[];
}

/**
 * A message of several lines that a client is in the middle of sending. Once something was wrong with it, it
 * takes whatever comes and keeps nothing. https://ircv3.net/specs/extensions/multiline
 */
export class MultilineBatch {
  readonly reference: string;
  readonly target: string;
  /** Client tags of the whole message: they come with BATCH. */
  readonly tags: ClientTags;
  readonly openedAt: number;
  /** The answer to BATCH, where the label is. */
  readonly reply: Reply;
  isBroken = false;
  #verb: "PRIVMSG" | "NOTICE" | null = null;
  #text = "";
  readonly #joins: number[] = [];
  #bytes = 0;
  #lines = 0;

  constructor(reference: string, target: string, tags: ClientTags, openedAt: number, reply: Reply) {
    this.reference = reference;
    this.target = target;
    this.tags = tags;
    this.openedAt = openedAt;
    this.reply = reply;
  }

  /** Adds a line, or says why it can't be part of the message. */
  add(verb: string, target: string, text: string, concat: boolean): BatchProblem | null {
    if (verb !== "PRIVMSG" && verb !== "NOTICE") {
      return invalidBatch("A message of several lines is of PRIVMSG or NOTICE alone");
    }
    if (this.#verb !== null && this.#verb !== verb)
      return invalidBatch("PRIVMSG and NOTICE don't mix");
    if (fold(target) !== fold(this.target)) {
      const context = [this.target || "*", target || "*"];
      const sentence = "All lines go to the recipient of the whole";
      return { code: "MULTILINE_INVALID_TARGET", context, sentence };
    }
    if (concat && text === "")
      return invalidBatch("A blank line can't go on from the line before it");
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

  /** The whole message, or why it is none. */
  take(): MultilineMessage | BatchProblem {
    if (this.#verb === null) return invalidBatch("There was no line in it");
    // Only line feeds: there were nothing but blank lines.
    if (this.#text.length === this.#lines - 1)
      return invalidBatch("There were only blank lines in it");
    const text = this.#text.normalize("NFC");
    if (this.#joins.length === 0) return { verb: this.#verb, text };
    const placed = (at: number) => this.#text.slice(0, at).normalize("NFC").length;
    const joins = text === this.#text ? this.#joins : this.#joins.map(placed);
    return { verb: this.#verb, text, joins };
  }

  /** Nothing of it will be kept: the asker hears why, once, in the answer to BATCH. */
  breakOff({ code, context, sentence }: BatchProblem): void {
    this.isBroken = true;
    this.#text = "";
    this.reply.hold(false);
    this.reply.fail("BATCH", code, context, sentence);
    this.reply.end();
  }
}

/** A message of several lines that is not as the specification wants it. */
export function invalidBatch(sentence: string): BatchProblem {
  return { code: "MULTILINE_INVALID", context: [], sentence };
}
