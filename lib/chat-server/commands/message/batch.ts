import type { Command, HereAsk } from "../../command.ts";
import { ClientBatch, invalid } from "../../sessions/multiline-batch.ts";
import {
  isReference,
  refuseReference,
  refuseUnknown,
  speaksMultiline,
} from "../../sessions/open-batch.ts";
import { clientTags, sayTo } from "./privmsg.ts";

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
