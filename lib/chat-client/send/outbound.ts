/** The way out: lines, labelled questions, and lines in the server's words. */

import { utf8Bytes } from "../../protocol/utf8.ts";
import { Isupport } from "../../protocol/wire/isupport.ts";
import { formatMessage, type Message, type Tags } from "../../protocol/wire/message.ts";
import { formatTags, isClientTag } from "../../protocol/wire/tags.ts";
import { CLIENT_TAG_BYTES_MAX, LABEL_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { ClientEvent } from "../client-event.ts";
import type { LineKind } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext, RequestOptions } from "../handler-context.ts";
import { blankLine } from "../message-to-line.ts";
import type { SessionPorts } from "../session-ports.ts";
import type { ClientStore } from "../store.ts";
import type { Request, Requests } from "./requests.ts";

export interface OutboundHooks {
  onJoined(conversation: MutableConversation): void;
  onNamesComplete(conversation: MutableConversation): void;
  capValue(cap: string): string;
}

export class Outbound implements HandlerContext {
  readonly store: ClientStore;
  isupport = new Isupport();
  userHost: string | null = null;
  /** Between opened() and closed(): otherwise nothing is sent, and every question is lost. */
  open = false;
  readonly #ports: SessionPorts;
  readonly #requests: Requests;
  readonly #hooks: OutboundHooks;

  constructor(book: ClientStore, ports: SessionPorts, requests: Requests, hooks: OutboundHooks) {
    this.store = book;
    this.#ports = ports;
    this.#requests = requests;
    this.#hooks = hooks;
  }

  now(): number {
    return this.#ports.now();
  }

  id(): string {
    return this.#ports.id();
  }

  emit(event: ClientEvent): void {
    this.#ports.emit(event);
  }

  hasCap(cap: string): boolean {
    return this.store.caps.has(cap);
  }

  capValue(cap: string): string {
    return this.#hooks.capValue(cap);
  }

  onJoined(conversation: MutableConversation): void {
    this.#hooks.onJoined(conversation);
  }

  onNamesComplete(conversation: MutableConversation): void {
    this.#hooks.onNamesComplete(conversation);
  }

  send(verb: string, params: readonly string[], tags?: Tags): void {
    if (this.open) this.#ports.send(formatMessage(verb, params, null, fitting(tags)));
  }

  raw(line: string): void {
    // One line only, whatever was typed or pasted.
    if (this.open) this.#ports.send(line.split(/[\r\n\0]/, 1)[0] ?? "");
  }

  request(verb: string, params: readonly string[], about: RequestOptions = {}): void {
    const settle = about.onAnswer ?? (() => {});
    // Without its tags a TAGMSG says nothing.
    if (!this.open || (verb === "TAGMSG" && fitting(about.tags) !== about.tags)) {
      settle({ kind: "lost" }, null);
      return;
    }
    const label = this.hasCap("labeled-response") && this.hasCap("batch") ? this.#ports.id() : null;
    const tags = new Map(about.tags);
    if (label !== null) tags.set("label", label);
    if (label !== null || about.onlyLabelled !== true) {
      const request: Request = {
        verb,
        label,
        conversation: about.conversation ?? null,
        lineKey: about.lineKey ?? null,
        quiet: about.quiet ?? false,
        sentAtMs: this.now(),
        isAnswer: about.isAnswer ?? ((message) => answersVerb(message, verb)),
        isLast: about.isLast ?? (() => true),
        onAnswer: settle,
      };
      this.#requests.open(request);
    }
    this.send(verb, params, tags);
    about.sendRest?.();
  }

  addInfo(conversation: MutableConversation, message: Message, code: string): void {
    this.#line(conversation, message, "info", code);
  }

  addError(conversation: MutableConversation, message: Message, code: string): void {
    this.#line(conversation, message, "error", code);
  }

  #line(conversation: MutableConversation, message: Message, kind: LineKind, code: string): void {
    // Behind what is there, even where this machine's clock is behind the server's.
    const time = Math.max(this.now(), conversation.list.lines.at(-1)?.time ?? 0);
    // A numeric's first parameter is my own nick.
    const params = /^\d/.test(message.verb) ? message.params.slice(1) : message.params;
    const text = kind === "error" ? (params.at(-1) ?? "") : sentenceOf(message.verb, params);
    const line = { ...blankLine(this.id(), time, kind), text, code, params };
    this.store.addLine(conversation, line, true);
  }
}

/** Beside the tags that people's words or another's id make long, a label has its place. */
const TAG_BYTES_MAX = CLIENT_TAG_BYTES_MAX - "@label= ".length - LABEL_BYTES_MAX - 1;

/** Tags as a server takes them: when there is too much of them, those for other clients are left out. */
function fitting(tags: Tags | undefined): Tags | undefined {
  if (tags === undefined || utf8Bytes(formatTags(tags)) <= TAG_BYTES_MAX) return tags;
  return new Map([...tags].filter(([key]) => !isClientTag(key)));
}

/** A reply as a person reads it: names in front of what is said of them, numbers only where it needs them. */
function sentenceOf(verb: string, params: readonly string[]): string {
  const text = params.at(-1) ?? "";
  // FAIL, WARN and NOTE begin with a verb and a code.
  const words = params.slice(/^\d/.test(verb) ? 0 : 2, -1);
  // RPL_LOCALUSERS and RPL_GLOBALUSERS say their numbers again in their text.
  if (verb === "265" || verb === "266" || words.length === 0) return text;
  return `${words.join(" ")} ${text}`;
}

/** Without labels: the verb itself comes back, or a standard reply names it. */
function answersVerb(message: Message, verb: string): boolean {
  if (message.verb === verb) return true;
  return ["FAIL", "WARN", "NOTE"].includes(message.verb) && message.params[0] === verb;
}
