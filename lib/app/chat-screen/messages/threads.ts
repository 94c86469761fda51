/**
 * Threads: a message, the replies to it, the replies to those, and so on. A thread is named by the
 * msgid of its root, the message that replies to nothing (or to a message that isn't loaded).
 */
import { type ChatLine, isMessage } from "../../../chat-client/client-state.ts";

/** Returns the root msgid of a line's thread: the line's own msgid when it replies to nothing. */
export function threadRootOf(line: ChatLine, lines: readonly ChatLine[]): string | null {
  return rootsOf(lines).get(line) ?? line.msgid;
}

/** Groups all replies by the root msgid of their thread, in the order of `lines`. */
export function repliesByThread(
  lines: readonly ChatLine[],
): ReadonlyMap<string, readonly ChatLine[]> {
  const threads = new Map<string, ChatLine[]>();
  for (const [line, root] of rootsOf(lines)) {
    const replies = threads.get(root);
    if (replies === undefined) threads.set(root, [line]);
    else replies.push(line);
  }
  return threads;
}

/** Returns each reply with the root of its thread, as far up as the lines are loaded. */
function rootsOf(lines: readonly ChatLine[]): ReadonlyMap<ChatLine, string> {
  const roots = new Map<ChatLine, string>();
  const rootByMsgid = new Map<string, string>();
  for (const line of lines) {
    if (line.replyTo === null || !isMessage(line)) continue;
    // A reply comes after its message, so the root of that message is known already.
    const root = rootByMsgid.get(line.replyTo) ?? line.replyTo;
    roots.set(line, root);
    if (line.msgid !== null) rootByMsgid.set(line.msgid, root);
  }
  return roots;
}
