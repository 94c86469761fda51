/** What a handler of incoming messages may use. */
import type { Isupport } from "../protocol/wire/isupport.ts";
import type { Message, Tags } from "../protocol/wire/message.ts";
import type { ClientEvent } from "./client-event.ts";
import type { OpenConversation } from "./conversation.ts";
import type { Request, Settle } from "./send/requests.ts";
import type { Answer, AskOptions } from "./session-ports.ts";
import type { ClientStore } from "./store.ts";

export interface HandlerContext {
  readonly store: ClientStore;
  isupport: Isupport;
  /** My user@host as others see it; null until it is known. */
  userHost: string | null;
  now(): number;
  id(): string;
  tell(event: ClientEvent): void;
  has(cap: string): boolean;
  /** The value with which a capability was offered; "" without one. */
  capValue(cap: string): string;
  send(verb: string, params: readonly string[], tags?: Tags): void;
  /** Sends, and calls `done` with the answer, once. */
  request(verb: string, params: readonly string[], about?: RequestOptions): void;
  /** I am in this room now. */
  joined(conversation: OpenConversation): void;
  /** All its members are known by name now. */
  named(conversation: OpenConversation): void;
  /** A line in the server's words. */
  info(conversation: OpenConversation, message: Message, code: string): void;
  error(conversation: OpenConversation, message: Message, code: string): void;
}

export interface RequestOptions extends AskOptions {
  readonly conversation?: OpenConversation | null;
  readonly lineKey?: string;
  readonly quiet?: boolean;
  readonly tags?: Tags;
  /** Lines sent between this one and its answer: a multiline batch's. */
  readonly follow?: () => void;
  readonly done?: Settle;
  /** With no labels: don't wait, since the answer could not be told from other messages. */
  readonly onlyLabelled?: boolean;
}

export type MessageHandler = (
  context: HandlerContext,
  message: Message,
  request: Request | null,
) => void;
export type MessageHandlers = Readonly<Record<string, MessageHandler>>;
export type Done = (answer: Answer) => void;
