import { BATCH_REFERENCE_BYTES_MAX } from "../../protocol/limits.ts";
import { ClientBatch, invalid } from "../client-batch.ts";
import type { Ask, Command, HereAsk } from "../command.ts";
import { BATCH_MS_MAX } from "../limits.ts";
import type { Session } from "../session.ts";
import type { State } from "../state.ts";
import { clientTags, sayTo } from "./message.ts";

/**
 * BATCH: a message of several lines, as one. https://ircv3.net/specs/extensions/multiline and
 * https://ircv3.net/specs/extensions/client-batch
 */
export const BATCH: Command = {
  verb: "BATCH",
  params: 1,
  who: "here",
  handle: (ask) => {
    const [signed = ""] = ask.params;
    const reference = signed.slice(1);
    if (signed.startsWith("-")) return close(ask, reference);
    if (signed.startsWith("+") && isReference(reference)) return open(ask, reference);
    refuseReference(ask, signed.startsWith("+") ? reference : signed);
  },
};

/** https://ircv3.net/specs/extensions/batch: letters, digits and hyphens. */
function isReference(text: string): boolean {
  return /^[A-Za-z0-9-]+$/.test(text) && text.length <= BATCH_REFERENCE_BYTES_MAX;
}

function refuseReference({ reply }: Ask, reference: string): void {
  const sentence = "A batch has a name of letters, digits and hyphens, and its lines have the same";
  reply.fail("BATCH", "INVALID_REFTAG", [reference || "*"], sentence);
}

/** The name of a batch that isn't open. */
function refuseUnknown(ask: Ask, reference: string): void {
  if (!isReference(reference)) return refuseReference(ask, reference);
  const problem = invalid("No batch of that name is open");
  ask.reply.fail("BATCH", problem.code, problem.context, problem.sentence);
}

function open(ask: HereAsk, reference: string): void {
  const { state, session, message, reply, params } = ask;
  const [, type = "*", target = ""] = params;
  if (session.batch !== null) {
    const problem = invalid("A batch can't begin before the last one ended");
    if (!session.batch.isBroken) session.batch.breakOff(problem);
    return reply.fail("BATCH", problem.code, problem.context, problem.sentence);
  }
  const tags = session.has("message-tags") ? clientTags(message.tags) : {};
  const batch = new ClientBatch(reference, target, tags, state.now, reply);
  session.batch = batch;
  if (type !== "draft/multiline" || !speaksMultiline(session)) {
    const context = [reference, type];
    const sentence = "There is no such kind of batch";
    batch.breakOff({ code: "UNKNOWN_TYPE", context, sentence });
  } else if (target === "") {
    batch.breakOff(invalid("Say whom it goes to"));
  } else {
    reply.hold(true);
  }
}

function speaksMultiline(session: Session): boolean {
  return session.has("draft/multiline") && session.has("batch");
}

function close(ask: HereAsk, reference: string): void {
  const { batch } = ask.session;
  if (batch?.reference !== reference) return refuseUnknown(ask, reference);
  ask.session.batch = null;
  if (batch.isBroken) return;
  const whole = batch.take();
  if ("code" in whole) return batch.breakOff(whole);
  batch.reply.hold(false);
  sayTo({ ...ask, reply: batch.reply }, batch.target, { ...whole, tags: batch.tags });
  batch.reply.end();
}

/**
 * Takes a line that names a batch as a part of it, whatever the line is. Answers `false` for a line that
 * stands by itself.
 */
export function takeIntoBatch(ask: Ask): boolean {
  const { session, message, params } = ask;
  const { batch } = session;
  const reference = message.tags.get("batch");
  if (reference === undefined || message.verb === "BATCH" || session.user === null) return false;
  if (batch?.reference !== reference) {
    if (!speaksMultiline(session)) return false;
    // A line that goes astray spoils the message that it was meant for: it is refused in that one's answer.
    if (batch === null || batch.isBroken) refuseUnknown(ask, reference);
    else batch.breakOff(invalid("A line of another batch came between"));
    return true;
  }
  if (batch.isBroken) return true;
  const hasTags = [...message.tags.keys()].some((key) => key.startsWith("+") || key === "label");
  const [target = "", text = ""] = params;
  const concat = message.tags.has("draft/multiline-concat");
  const problem = hasTags
    ? invalid("Tags of the whole message belong to BATCH")
    : batch.add(message.verb, target, text, concat);
  if (problem !== null) batch.breakOff(problem);
  return true;
}

/** A batch that nobody ends is given up. Lines that the server itself holds back are no fault of theirs. */
export function expireBatch(state: State, session: Session): void {
  const { batch } = session;
  if (batch === null || batch.isBroken || session.held.length > 0) return;
  if (state.now - batch.openedAt < BATCH_MS_MAX) return;
  const sentence = "The batch was open for too long";
  batch.breakOff({ code: "TIMEOUT", context: [batch.reference], sentence });
}
