import type { Message } from "../../protocol/wire/message.ts";
import type { Context, Handlers } from "../context.ts";
import type { Request } from "../requests.ts";
import { MARKERS } from "./markers.ts";
import { PEOPLE } from "./people.ts";
import { otherwise, REPLIES } from "./replies.ts";
import { ROOMS } from "./rooms.ts";
import { TALK } from "./talk.ts";

const TABLE: Handlers = { ...TALK, ...ROOMS, ...PEOPLE, ...MARKERS, ...REPLIES };

/** Lets one message change the state, and tells the screen. */
export function receive(context: Context, message: Message, request: Request | null): void {
  const handler = Object.hasOwn(TABLE, message.verb) ? TABLE[message.verb] : undefined;
  if (handler === undefined) otherwise(context, message, request);
  else handler(context, message, request);
}
