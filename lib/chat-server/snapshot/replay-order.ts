import type { ConversationId, RoomEvent } from "../event.ts";
import type { Restored } from "../server-ports.ts";

/**
 * What happened behind the snapshot, in the order in which it happened. It comes folder by folder; but a name
 * goes from room to room, and only the order tells whose it is now.
 *
 * A room that was closed before the snapshot is not in there, so all of its history comes. It is left out:
 * its name may be another's since then.
 */
export function replayOrder({
  snapshot,
  later,
}: Pick<Restored, "snapshot" | "later">): RoomEvent[] {
  const known = new Set(snapshot.conversations.map(({ id }) => id));
  const closed = new Set<ConversationId>();
  for (const { kind, conversation } of later) {
    if (kind === "dropped" && !known.has(conversation)) closed.add(conversation);
  }
  // A clock that was set back must not change the order within one conversation.
  const newest = new Map<ConversationId, number>();
  const dated: { time: number; event: RoomEvent }[] = [];
  for (const event of later) {
    if (closed.has(event.conversation)) continue;
    const time = Math.max(event.time, newest.get(event.conversation) ?? 0);
    newest.set(event.conversation, time);
    dated.push({ time, event });
  }
  return dated.sort((one, other) => one.time - other.time).map(({ event }) => event);
}
