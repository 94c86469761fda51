import type { Message } from "../../protocol/wire/message.ts";
import type { HandlerContext, MessageHandlers } from "../handler-context.ts";
import type { Request } from "../send/requests.ts";
import { MESSAGE_HANDLERS } from "./messages.ts";
import { READ_MARKER_HANDLERS } from "./read-markers.ts";
import { handleUnlisted, REPLY_HANDLERS } from "./replies.ts";
import { ROOM_HANDLERS } from "./room-changes.ts";
import { USER_HANDLERS } from "./user-changes.ts";

const TABLE: MessageHandlers = {
  ...MESSAGE_HANDLERS,
  ...ROOM_HANDLERS,
  ...USER_HANDLERS,
  ...READ_MARKER_HANDLERS,
  ...REPLY_HANDLERS,
};

/** Lets one message change the state, and tells the screen. */
export function receive(context: HandlerContext, message: Message, request: Request | null): void {
  const handler = Object.hasOwn(TABLE, message.verb) ? TABLE[message.verb] : undefined;
  if (handler === undefined) handleUnlisted(context, message, request);
  else handler(context, message, request);
}
