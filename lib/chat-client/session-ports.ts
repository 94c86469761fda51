/** What a session is made with, what it is given, and what it answers. */
import type { Message } from "../protocol/wire/message.ts";
import type { ClientEvent } from "./client-event.ts";

export type LogIn =
  | { readonly kind: "password"; readonly account: string; readonly password: string }
  /** The connection's client certificate (SASL EXTERNAL). */
  | { readonly kind: "certificate"; readonly account: string };

export interface SessionOptions {
  /** Wanted when nobody logs in, or where the account's name isn't the nick. */
  readonly nick?: string;
  readonly realname?: string;
  readonly logIn: LogIn | null;
  /** Stay at the door (CAP open) until logIn(), ask() for a sign-up and then enter() were called. */
  readonly wait?: boolean;
  readonly invitation?: string | null;
  readonly serverPassword?: string | null;
  /** Lets the others see how far one has read, and sees how far they have. Default: false. */
  readonly receipts?: boolean;
  /** Capabilities to ask for, where offered. Default: WANTED_CAPS. */
  readonly caps?: readonly string[];
  /** Rooms to join once ready (beside those that the server remembers). */
  readonly rooms?: readonly string[];
  /** Time left in a conversation's window when it is first opened: lines of history asked for. Default 50. */
  readonly pageSize?: number;
  /** Fetch what was missed, and the latest page of each conversation, by itself. Default true. */
  readonly catchUp?: boolean;
}

export interface SessionPorts {
  /** A whole line without CR LF. */
  send(line: string): void;
  /** ms since 1970. */
  now(): number;
  /** A new id, unique in this session: letters and digits, at most 32. */
  id(): string;
  emit(event: ClientEvent): void;
}

/** What came back for an ask. "lost": no answer in time, or the connection broke. */
export type Answer =
  | { readonly kind: "answered"; readonly messages: readonly Message[] }
  | {
      readonly kind: "failed";
      /** A standard reply's code, or the numeric ("433"). */
      readonly code: string;
      readonly text: string;
      readonly messages: readonly Message[];
    }
  | { readonly kind: "lost" };

export interface AskOptions {
  /** Where the server has no labels: the message that ends the answer. Default: the first fitting one. */
  readonly isLast?: (message: Message) => boolean;
  /** Where the server has no labels: does this message belong to the answer? Default: it names the verb. */
  readonly isAnswer?: (message: Message) => boolean;
}

export interface SayOptions {
  /** msgid that it answers. */
  readonly replyTo?: string;
}

export interface ListedRoom {
  readonly name: string;
  readonly members: number;
  readonly topic: string;
}
