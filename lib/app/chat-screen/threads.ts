/** Chains of answers: what was said to one message, and to what was said to it, and so on. */
import type { ChatLine } from "../../chat-client/client-state.ts";
import { isMessageLine } from "./message-lines.ts";

/** The msgid of the message with which a line's chain begins: its own where it answers nothing. */
export function rootOf(line: ChatLine, lines: readonly ChatLine[]): string | null {
  return chains(lines).get(line) ?? line.msgid;
}

/** By the first message's msgid: the lines that answer it or one another, in order. */
export function answersIn(lines: readonly ChatLine[]): ReadonlyMap<string, readonly ChatLine[]> {
  const threads = new Map<string, ChatLine[]>();
  for (const [line, root] of chains(lines)) {
    const answers = threads.get(root);
    if (answers === undefined) threads.set(root, [line]);
    else answers.push(line);
  }
  return threads;
}

/** Each answering line with the message at the root of its chain, as far up as the lines go. */
function chains(lines: readonly ChatLine[]): ReadonlyMap<ChatLine, string> {
  const roots = new Map<ChatLine, string>();
  const byMsgid = new Map<string, string>();
  for (const line of lines) {
    if (line.replyTo === null || !isMessageLine(line)) continue;
    // Who answers comes later, so what is answered has its root already.
    const root = byMsgid.get(line.replyTo) ?? line.replyTo;
    roots.set(line, root);
    if (line.msgid !== null) byMsgid.set(line.msgid, root);
  }
  return roots;
}
