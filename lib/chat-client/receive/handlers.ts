/** Passes each incoming message to the handler of its verb or numeric. */
import type { Message } from "../../protocol/wire/message.ts";
import type { HandlerContext } from "../handler-context.ts";
import type { Request } from "../send/requests.ts";
import { type BatchItem, messagesOf } from "./batch-reader.ts";
import { MESSAGE_HANDLERS } from "./messages.ts";
import { PREFERENCE_HANDLERS } from "./preference-changes.ts";
import { READ_MARKER_HANDLERS } from "./read-markers.ts";
import { handleUnlisted, REPLY_HANDLERS } from "./replies.ts";
import { ROOM_HANDLERS } from "./room-changes.ts";
import { USER_HANDLERS } from "./user-changes.ts";

/** By verb. Looking up a property by a word that was just read costs more. */
const HANDLERS = new Map(
  Object.entries({
    ...MESSAGE_HANDLERS,
    ...ROOM_HANDLERS,
    ...USER_HANDLERS,
    ...READ_MARKER_HANDLERS,
    ...PREFERENCE_HANDLERS,
    ...REPLY_HANDLERS,
  }),
);

/** The session's own handling of incoming messages. */
export interface ReceiveHooks {
  /** Handles an unsolicited batch of history. */
  takeReplay(item: BatchItem): void;
  /** Handles messages of connection registration; returns whether no other handler needs to see it. */
  negotiate(message: Message): boolean;
  /** The message of the day has ended, and registration with it. */
  onWelcomeEnd(): void;
}

/**
 * Applies a message, or all messages of a batch, to the state. `request` is the request that it
 * answers, if any.
 */
export function receiveItem(
  context: HandlerContext,
  item: BatchItem,
  request: Request | null,
  hooks: ReceiveHooks,
): void {
  if (item.kind === "batch") {
    const { type, items } = item.batch;
    if (type === "chathistory") return hooks.takeReplay(item);
    // Old lines without those between them: the search view shows them.
    if (type === "soju.im/search") return;
    if (type !== "draft/multiline") {
      // https://wiki.znc.in/Playback: what a bouncer has heard before this connection.
      const { isPlayback } = context;
      context.isPlayback = isPlayback || type === "znc.in/playback";
      for (const inner of items) receiveItem(context, inner, request, hooks);
      context.isPlayback = isPlayback;
      return;
    }
  }
  for (const message of messagesOf(item)) {
    if (hooks.negotiate(message)) continue;
    handleMessage(context, message, request);
    if (message.verb === "376" || message.verb === "422") hooks.onWelcomeEnd();
  }
}

function handleMessage(context: HandlerContext, message: Message, request: Request | null): void {
  const handler = HANDLERS.get(message.verb);
  if (handler === undefined) handleUnlisted(context, message, request);
  else handler(context, message, request);
}
