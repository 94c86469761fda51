/** What a handler of incoming messages may use. */
import type { Isupport } from "../protocol/wire/isupport.ts";
import type { Message, Tags } from "../protocol/wire/message.ts";
import type { ClientEvent } from "./client-event.ts";
import type { MutableConversation } from "./conversation.ts";
import type { OnAnswer, Request } from "./send/requests.ts";
import type { Answer, AskOptions } from "./session-ports.ts";
import type { ClientStore } from "./store.ts";

export interface HandlerContext {
  readonly store: ClientStore;
  isupport: Isupport;
  /** My user@host as others see it; null until it is known. */
  userHost: string | null;
  now(): number;
  id(): string;
  emit(event: ClientEvent): void;
  hasCap(cap: string): boolean;
  /** The value with which a capability was offered; "" without one. */
  capValue(cap: string): string;
  send(verb: string, params: readonly string[], tags?: Tags): void;
  /** Sends, and calls `done` with the answer, once. */
  request(verb: string, params: readonly string[], about?: RequestOptions): void;
  /** I am in this room now. */
  onJoined(conversation: MutableConversation): void;
  /** All its members are known by name now. */
  onNamesComplete(conversation: MutableConversation): void;
  /** A line in the server's words. */
  addInfo(conversation: MutableConversation, message: Message, code: string): void;
  addError(conversation: MutableConversation, message: Message, code: string): void;
}

export interface RequestOptions extends AskOptions {
  readonly conversation?: MutableConversation | null;
  readonly lineKey?: string;
  readonly quiet?: boolean;
  readonly tags?: Tags;
  /** Lines sent between this one and its answer: a multiline batch's. */
  readonly sendRest?: () => void;
  readonly onAnswer?: OnAnswer;
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
