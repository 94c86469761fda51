import type { Command, RegisteredContext } from "../../command.ts";
import { invalidBatch, MultilineBatch } from "../../sessions/multiline-batch.ts";
import {
  isBatchId,
  refuseBatchId,
  refuseUnknownBatch,
  speaksMultiline,
} from "../../sessions/open-batch.ts";
import { clientTags, sendMessage } from "./privmsg.ts";

/**
 * BATCH: a message of several lines, as one. https://ircv3.net/specs/extensions/multiline and
 * https://ircv3.net/specs/extensions/client-batch
 */
export const BATCH: Command = {
  verb: "BATCH",
  params: 1,
  phase: "registered",
  handle: (context) => {
    const [signed = ""] = context.params;
    const reference = signed.slice(1);
    if (signed.startsWith("-")) return close(context, reference);
    if (signed.startsWith("+") && isBatchId(reference)) return open(context, reference);
    refuseBatchId(context, signed.startsWith("+") ? reference : signed);
  },
};

function open(context: RegisteredContext, reference: string): void {
  const { state, session, message, reply, params } = context;
  const [, type = "*", target = ""] = params;
  if (session.batch !== null) {
    const problem = invalidBatch("A batch can't begin before the last one ended");
    if (!session.batch.isBroken) session.batch.breakOff(problem);
    return reply.fail("BATCH", problem.code, problem.context, problem.sentence);
  }
  const tags = session.has("message-tags") ? clientTags(message.tags) : {};
  const batch = new MultilineBatch(reference, target, tags, state.now, reply);
  session.batch = batch;
  if (type !== "draft/multiline" || !speaksMultiline(session)) {
    const details = [reference, type];
    const sentence = "There is no such kind of batch";
    batch.breakOff({ code: "UNKNOWN_TYPE", context: details, sentence });
  } else if (target === "") {
    batch.breakOff(invalidBatch("Say whom it goes to"));
  } else {
    reply.hold(true);
  }
}

function close(context: RegisteredContext, reference: string): void {
  const { batch } = context.session;
  if (batch?.reference !== reference) return refuseUnknownBatch(context, reference);
  context.session.batch = null;
  if (batch.isBroken) return;
  const whole = batch.take();
  if ("code" in whole) return batch.breakOff(whole);
  batch.reply.hold(false);
  sendMessage({ ...context, reply: batch.reply }, batch.target, { ...whole, tags: batch.tags });
  batch.reply.end();
}
