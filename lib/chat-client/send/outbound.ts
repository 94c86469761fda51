/** Sends lines and requests to the server, and adds lines with the server's own text. */
import type { ElapsedMs } from "../../protocol/time.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import type { Isupport } from "../../protocol/wire/isupport.ts";
import { formatMessage, type Message, type Tags } from "../../protocol/wire/message.ts";
import { formatTags, isClientTag } from "../../protocol/wire/tags.ts";
import { CLIENT_TAG_BYTES_MAX, LABEL_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { ClientEvent } from "../client-event.ts";
import type { LineKind } from "../client-state.ts";
import type { ClientStore } from "../client-store.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext, RequestOptions } from "../handler-context.ts";
import { REQUESTS_MAX } from "../memory-limits.ts";
import { blankLine } from "../receive/message-to-line.ts";
import type { SessionPorts } from "../session-interface.ts";
import type { SessionTrace } from "../session-trace.ts";
import type { Request, Requests } from "./requests.ts";

/** Leaves room for a label beside client tags, which text from the user or a msgid can make long. */
const TAG_BYTES_MAX = CLIENT_TAG_BYTES_MAX - "@label= ".length - LABEL_BYTES_MAX - 1;
/** RPL_LOCALUSERS and RPL_GLOBALUSERS repeat their parameters in their text. */
const REPEATS_PARAMS: ReadonlySet<string> = new Set(["265", "266"]);

/** The session's callbacks for what Outbound doesn't implement itself. */
interface OutboundHooks {
  onJoined(conversation: MutableConversation): void;
  onNamesComplete(conversation: MutableConversation): void;
  capValue(cap: string): string;
}

/** Implements {@link HandlerContext}: the store, sending, and the server's parameters. */
export class Outbound implements HandlerContext {
  readonly store: ClientStore;
  userHost: string | null = null;
  isPlayback = false;
  /** Between opened() and closed(). Otherwise nothing is sent, and every request is lost. */
  isOpen = false;
  readonly #ports: SessionPorts;
  readonly #trace: SessionTrace;
  readonly #requests: Requests;
  readonly #hooks: OutboundHooks;

  constructor(
    store: ClientStore,
    ports: SessionPorts,
    trace: SessionTrace,
    requests: Requests,
    hooks: OutboundHooks,
  ) {
    this.#trace = trace;
    this.store = store;
    this.#ports = ports;
    this.#requests = requests;
    this.#hooks = hooks;
  }

  get isupport(): Isupport {
    return this.store.isupport;
  }

  now(): number {
    return this.#ports.now();
  }

  elapsed(): ElapsedMs {
    return this.#ports.elapsed();
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
    if (this.isOpen) this.#write(formatMessage(verb, params, null, fitTags(tags)));
  }

  /** Sends a line as the user typed it. */
  sendRaw(line: string): void {
    // Only one line, whatever was typed or pasted.
    if (this.isOpen) this.#write(line.split(/[\r\n\0]/, 1)[0] ?? "");
  }

  request(verb: string, params: readonly string[], options: RequestOptions = {}): void {
    const onAnswer = options.onAnswer ?? (() => {});
    // A TAGMSG whose tags don't fit would say nothing.
    const isPointless = verb === "TAGMSG" && fitTags(options.tags) !== options.tags;
    if (!this.isOpen || isPointless || this.#requests.size >= REQUESTS_MAX) {
      onAnswer({ kind: "lost" }, null);
      return;
    }
    const label = this.hasCap("labeled-response") && this.hasCap("batch") ? this.#ports.id() : null;
    const tags = new Map(options.tags);
    if (label !== null) tags.set("label", label);
    if (label !== null || options.onlyLabelled !== true) {
      const request: Request = {
        verb,
        label,
        conversation: options.conversation ?? null,
        lineKey: options.lineKey ?? null,
        quiet: options.quiet ?? false,
        sentElapsedMs: this.elapsed(),
        isAnswer: options.isAnswer ?? ((message) => hasVerb(message, verb)),
        isLast: options.isLast ?? (() => true),
        onAnswer,
      };
      this.#requests.add(request);
    }
    this.send(verb, params, tags);
    options.sendRest?.();
  }

  addInfo(conversation: MutableConversation, message: Message, code: string): void {
    this.#addLine(conversation, message, "info", code);
  }

  addError(conversation: MutableConversation, message: Message, code: string): void {
    this.#addLine(conversation, message, "error", code);
  }

  /** Sends and traces a line. */
  #write(line: string): void {
    this.#trace.sent(line);
    this.#ports.send(line);
  }

  #addLine(
    conversation: MutableConversation,
    message: Message,
    kind: LineKind,
    code: string,
  ): void {
    // Behind the last line, even if this machine's clock is behind the server's.
    const time = Math.max(this.now(), conversation.lines.at(-1)?.time ?? 0);
    // A numeric's first parameter is my own nick.
    const params = /^\d/.test(message.verb) ? message.params.slice(1) : message.params;
    const text = kind === "error" ? (params.at(-1) ?? "") : sentenceOf(message.verb, params);
    const line = { ...blankLine(this.id(), time, kind), text, code, params };
    this.store.addLine(conversation, line, true);
  }
}

/** Returns the tags, without the client-only ones if they are longer than a server accepts. */
function fitTags(tags: Tags | undefined): Tags | undefined {
  if (tags === undefined || utf8Bytes(formatTags(tags)) <= TAG_BYTES_MAX) return tags;
  return new Map([...tags].filter(([key]) => !isClientTag(key)));
}

/**
 * Returns a reply as people read it: its parameters, such as names and numbers, before its text.
 */
function sentenceOf(verb: string, params: readonly string[]): string {
  const text = params.at(-1) ?? "";
  // FAIL, WARN and NOTE begin with a verb and a code.
  const words = params.slice(/^\d/.test(verb) ? 0 : 2, -1);
  if (REPEATS_PARAMS.has(verb) || words.length === 0) return text;
  return `${words.join(" ")} ${text}`;
}

/** The default `isAnswer`: the verb itself comes back, or a standard reply names it. */
function hasVerb(message: Message, verb: string): boolean {
  if (message.verb === verb) return true;
  return ["FAIL", "WARN", "NOTE"].includes(message.verb) && message.params[0] === verb;
}
