/** A scripted server for plays: its lines in, the client's exact lines out, and the state after. */

import type { ClientEvent } from "../../lib/chat-client/client-event.ts";
import type { ChatLine, ClientConversation } from "../../lib/chat-client/client-state.ts";
import { ClientSession, type SessionOptions } from "../../lib/chat-client/session.ts";
import { fold } from "../../lib/protocol/names.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { RawEnd } from "./raw-server.ts";

/** 2026-11-22T01:00:00Z */
export const START = Date.UTC(2026, 10, 22, 1, 0, 0);

/** Everything that this client can use. */
export const ALL_CAPS =
  "message-tags server-time echo-message batch labeled-response account-tag extended-join " +
  "away-notify multi-prefix standard-replies draft/chathistory draft/event-playback " +
  "draft/read-marker draft/message-redaction draft/multiline=max-bytes=4096,max-lines=24 " +
  "sodam.chat/unread sodam.chat/edit sasl=PLAIN,EXTERNAL";

type StageOptions = Omit<Partial<SessionOptions>, "nick"> & { readonly nick?: string | null };

export class Stage {
  readonly session: ClientSession;
  readonly events: ClientEvent[] = [];
  /** Time that has passed since {@link START}, as a date. */
  now = START;
  /** By how much the time of day was set ahead of that. */
  setAheadMs = 0;
  /** The listener of the session's events; a test may replace it. */
  emit = (event: ClientEvent): void => {
    this.events.push(event);
  };
  /** The server's ends of connections of bytes. */
  readonly raw: RawEnd[] = [];
  #sent: string[] = [];
  #ids = 0;

  /** `nick`: null for none of the user's choice, as in the client with menus. */
  constructor({ nick = "민수", ...options }: StageOptions = {}) {
    this.session = new ClientSession(
      { ...(nick !== null && { nick }), logIn: null, ...options },
      {
        send: (line) => this.#sent.push(line),
        now: () => this.now + this.setAheadMs,
        elapsed: () => (this.now - START) as ElapsedMs,
        id: () => {
          this.#ids += 1;
          return `id${this.#ids}`;
        },
        emit: (event) => this.emit(event),
        openRaw: (handlers) => {
          const end = new RawEnd(handlers);
          this.raw.push(end);
          return end;
        },
      },
    );
  }

  /** Returns the lines that the client has sent since the last call. */
  sent(): string[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  server(...lines: string[]): this {
    for (const text of lines) this.session.receive({ kind: "text", text });
    return this;
  }

  /** Connected and greeted; nothing left in `sent()`. */
  ready(caps = ALL_CAPS, isupport = "CHATHISTORY=50 NETWORK=Sodam"): this {
    this.session.connecting();
    this.session.opened();
    this.server(`:s CAP * LS :${caps}`);
    const names = caps.replace(/=\S*/g, "");
    if (names !== "") this.server(`:s CAP * ACK :${names}`);
    if (isupport !== "") this.server(`:s 001 민수 :hi`, `:s 005 민수 ${isupport} :are supported`);
    else this.server(":s 001 민수 :hi");
    this.server(":s 422 민수 :no MOTD");
    this.sent();
    return this;
  }

  at(name: string): ClientConversation {
    const conversation = this.session.state.conversations.get(fold(name));
    if (conversation === undefined) throw new Error(`no conversation ${name}`);
    return conversation;
  }

  texts(name: string): string[] {
    return this.at(name).lines.map((line) => line.text);
  }

  last(name: string): ChatLine {
    const line = this.at(name).lines.at(-1);
    if (line === undefined) throw new Error(`no lines in ${name}`);
    return line;
  }

  told<K extends ClientEvent["kind"]>(kind: K): Extract<ClientEvent, { kind: K }>[] {
    return this.events.filter(
      (event): event is Extract<ClientEvent, { kind: K }> => event.kind === kind,
    );
  }
}

/** The label of a line that the client sent. */
export function labelOf(line: string | undefined): string {
  return /label=([^; ]+)/.exec(line ?? "")?.[1] ?? "";
}
