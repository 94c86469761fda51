/** The interface that message handlers, history and the send queue use. */
import type { ElapsedMs } from "../protocol/time.ts";
import type { Isupport } from "../protocol/wire/isupport.ts";
import type { Message, Tags } from "../protocol/wire/message.ts";
import type { ClientEvent } from "./client-event.ts";
import type { ClientStore } from "./client-store.ts";
import type { MutableConversation } from "./conversation.ts";
import type { OnAnswer, Request } from "./send/requests.ts";
import type { AskOptions } from "./session-interface.ts";

/** What message handlers, history and the send queue may do with the session. Implemented by Outbound. */
export interface HandlerContext {
  readonly store: ClientStore;
  /** Whether there is a connection. */
  readonly isOpen: boolean;
  readonly isupport: Isupport;
  /** Whether messages are handled that a bouncer plays back. */
  isPlayback: boolean;
  /** My user@host as others see it; null until it is known. */
  userHost: string | null;
  /** Returns the time of day, in ms since 1970: for what a line carries. */
  now(): number;
  /** Returns a reading for durations. */
  elapsed(): ElapsedMs;
  /** Returns a new unique key, for a line or a label. */
  id(): string;
  /** Notifies the session's listener. Change the store first. */
  emit(event: ClientEvent): void;
  /** Whether a capability is enabled. */
  hasCap(cap: string): boolean;
  /** The value with which a capability was offered; "" without one. */
  capValue(cap: string): string;
  /** Sends a line without waiting for an answer. Does nothing without a connection. */
  send(verb: string, params: readonly string[], tags?: Tags): void;
  /**
   * Sends a command and calls `onAnswer` once with the answer: "lost" without a connection, when it breaks,
   * or without an answer for a minute. Not called if `onlyLabelled` is set and there are no labels.
   */
  request(verb: string, params: readonly string[], options?: RequestOptions): void;
  /** Call it after the user has joined a room. */
  onJoined(conversation: MutableConversation): void;
  /** Call it when NAMES has listed all members of a room. */
  onNamesComplete(conversation: MutableConversation): void;
  /** Adds a line with the server's text. `code`: a numeric or a standard reply's code. */
  addInfo(conversation: MutableConversation, message: Message, code: string): void;
  /** Adds an error line with the server's text. */
  addError(conversation: MutableConversation, message: Message, code: string): void;
}

/** How a request is sent, and how its answer is handled. */
export interface RequestOptions extends AskOptions {
  /** Where errors are shown. */
  readonly conversation?: MutableConversation | null;
  /** The key of the own line that the request sends. */
  readonly lineKey?: string;
  /** Only `onAnswer` receives the answer, which adds no lines. */
  readonly quiet?: boolean;
  readonly tags?: Tags;
  /** Sends the lines between this one and its answer: those of a multiline batch. */
  readonly sendRest?: () => void;
  readonly onAnswer?: OnAnswer;
  /** Without labels, don't wait: the answer would look like other messages. */
  readonly onlyLabelled?: boolean;
}

/** Handles one kind of message. `request` is the request that it answers, if any. */
type MessageHandler = (context: HandlerContext, message: Message, request: Request | null) => void;
/** Handlers by verb or numeric. */
export type MessageHandlers = Readonly<Record<string, MessageHandler>>;

/** Returns whether `target` is the name of a room on this server (CHANTYPES). */
export function isRoomName(context: HandlerContext, target: string): boolean {
  const types = context.isupport.get("CHANTYPES") ?? "#";
  return target !== "" && types.includes(target.charAt(0));
}
