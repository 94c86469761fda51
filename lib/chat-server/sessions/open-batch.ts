import { BATCH_REFERENCE_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { CommandContext } from "../command.ts";
import { BATCH_MS_MAX } from "../limits.ts";
import type { State } from "../state.ts";
import { invalidBatch } from "./multiline-batch.ts";
import type { Session } from "./session.ts";

/** What happens to a client's batch between its two BATCH lines. */

/**
 * Takes a line that names a batch as a part of it, whatever the line is. Answers `false` for a line that
 * stands by itself.
 */
export function addToBatch(ask: CommandContext): boolean {
  const { session, message, params } = ask;
  const { batch } = session;
  const reference = message.tags.get("batch");
  if (reference === undefined || message.verb === "BATCH" || session.user === null) return false;
  if (batch?.reference !== reference) {
    if (!speaksMultiline(session)) return false;
    // A line that goes astray spoils the message that it was meant for: it is refused in that one's answer.
    if (batch === null || batch.isBroken) refuseUnknownBatch(ask, reference);
    else batch.breakOff(invalidBatch("A line of another batch came between"));
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

/** A batch that nobody ends is given up. Lines that the server itself holds back are no fault of theirs. */
export function expireBatch(state: State, session: Session): void {
  const { batch } = session;
  if (batch === null || batch.isBroken || session.heldLines.length > 0) return;
  if (state.now - batch.openedAt < BATCH_MS_MAX) return;
  const sentence = "The batch was open for too long";
  batch.breakOff({ code: "TIMEOUT", context: [batch.reference], sentence });
}

export function speaksMultiline(session: Session): boolean {
  return session.has("draft/multiline") && session.has("batch");
}

/** https://ircv3.net/specs/extensions/batch: letters, digits and hyphens. */
export function isBatchId(text: string): boolean {
  return /^[A-Za-z0-9-]+$/.test(text) && text.length <= BATCH_REFERENCE_BYTES_MAX;
}

export function refuseBatchId({ reply }: CommandContext, reference: string): void {
  const sentence = "A batch has a name of letters, digits and hyphens, and its lines have the same";
  reply.fail("BATCH", "INVALID_REFTAG", [reference || "*"], sentence);
}

/** The name of a batch that isn't open. */
export function refuseUnknownBatch(ask: CommandContext, reference: string): void {
  if (!isBatchId(reference)) return refuseBatchId(ask, reference);
  const problem = invalidBatch("No batch of that name is open");
  ask.reply.fail("BATCH", problem.code, problem.context, problem.sentence);
}
