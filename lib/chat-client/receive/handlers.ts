import type { Message } from "../../protocol/wire/message.ts";
import type { HandlerContext, MessageHandlers } from "../handler-context.ts";
import type { Request } from "../send/requests.ts";
import { TALK } from "./messages.ts";
import { MARKERS } from "./read-markers.ts";
import { otherwise, REPLIES } from "./replies.ts";
import { ROOMS } from "./room-changes.ts";
import { PEOPLE } from "./user-changes.ts";

const TABLE: MessageHandlers = { ...TALK, ...ROOMS, ...PEOPLE, ...MARKERS, ...REPLIES };

/** Lets one message change the state, and tells the screen. */
export function receive(context: HandlerContext, message: Message, request: Request | null): void {
  const handler = Object.hasOwn(TABLE, message.verb) ? TABLE[message.verb] : undefined;
  if (handler === undefined) otherwise(context, message, request);
  else handler(context, message, request);
}
