import type { Command, RegisteredContext } from "../../command.ts";
import {
  invalidBatch,
  isBatchId,
  MultilineBatch,
  refuseBatchId,
  refuseUnknownBatch,
  speaksMultiline,
} from "../../sessions/multiline-batch.ts";
import { clientTags, meantAccount, sendMessage } from "./privmsg-tagmsg.ts";

/**
 * BATCH: opens and closes a message of several lines. The lines in between are taken by dispatch.
 * https://ircv3.net/specs/extensions/multiline and https://ircv3.net/specs/extensions/client-batch
 */
export const BATCH: Command = {
  verb: "BATCH",
  params: 1,
  phase: "registered",
  handle: (context) => {
    const [signedReference = ""] = context.params;
    const reference = signedReference.slice(1);
    const isOpening = signedReference.startsWith("+");
    if (signedReference.startsWith("-")) return close(context, reference);
    if (isOpening && isBatchId(reference)) return open(context, reference);
    refuseBatchId(context, isOpening ? reference : signedReference);
  },
};

function open(context: RegisteredContext, reference: string): void {
  const { state, session, message, reply, params } = context;
  const [, type = "*", target = ""] = params;
  if (session.batch !== null && !session.batch.isOverdue) {
    const problem = invalidBatch("Another batch is still open");
    if (!session.batch.isBroken) session.batch.breakOff(problem);
    return reply.fail("BATCH", problem.code, problem.context, problem.sentence);
  }
  const tags = session.has("message-tags") ? clientTags(message.tags) : {};
  const batch = new MultilineBatch(reference, target, tags, state.elapsedMs, reply);
  batch.meant = meantAccount(context);
  session.batch = batch;
  if (type !== "draft/multiline" || !speaksMultiline(session)) {
    const sentence = "Unknown batch type";
    batch.breakOff({ code: "UNKNOWN_TYPE", context: [reference, type], sentence });
  } else if (target === "") {
    batch.breakOff(invalidBatch("A multiline batch needs a target"));
  } else {
    reply.hold(true);
  }
}

function close(context: RegisteredContext, reference: string): void {
  const { batch } = context.session;
  if (batch?.reference !== reference) return refuseUnknownBatch(context, reference);
  context.session.batch = null;
  if (batch.isBroken) return;
  const content = batch.take();
  if ("code" in content) return batch.breakOff(content);
  batch.reply.hold(false);
  const { meant } = batch;
  const message = { ...content, tags: batch.tags, ...(meant !== undefined && { meant }) };
  sendMessage({ ...context, reply: batch.reply }, batch.target, message);
  batch.reply.end();
}
