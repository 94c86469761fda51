/**
 * What was asked and has no answer yet: by label where the server has labels, otherwise by what the
 * answer looks like. https://ircv3.net/specs/extensions/labeled-response
 */
import type { Message, Tags } from "../../protocol/wire/message.ts";
import { type BatchItem, messagesOf, tagsOf } from "../batch-reader.ts";
import type { MutableConversation } from "../conversation.ts";
import type { Answer } from "../session-ports.ts";

/** A server that has not answered by then has lost the question. */
const ANSWER_MS_MAX = 60_000;

export interface Request {
  readonly verb: string;
  /** Where the person was, or where the line is: errors are shown there. */
  readonly conversation: MutableConversation | null;
  /** The own line that this sends, by its key. */
  readonly lineKey: string | null;
  /** Its answer is for the asker alone, and makes no lines. */
  readonly quiet: boolean;
  readonly label: string | null;
  readonly sentAtMs: number;
  readonly isAnswer: (message: Message) => boolean;
  readonly isLast: (message: Message) => boolean;
  readonly onAnswer: OnAnswer;
}

/** `item`: the answer as it came, with its batches; null when it was lost. */
export type OnAnswer = (answer: Answer, item: BatchItem | null) => void;

export interface MatchedRequest {
  readonly request: Request;
  finish(): void;
}

export class Requests {
  readonly #labelled = new Map<string, Request>();
  /** In order of asking, with what has come for each so far. */
  readonly #plain: { readonly request: Request; readonly messages: Message[] }[] = [];

  open(request: Request): void {
    if (request.label === null) this.#plain.push({ request, messages: [] });
    else this.#labelled.set(request.label, request);
  }

  /**
   * The request that this answers, if any. The caller handles the item's messages first and then
   * calls `finish`, so that whoever asked finds the state changed.
   */
  match(item: BatchItem): MatchedRequest | null {
    const label = tagsOf(item).get("label");
    if (label !== undefined) return this.#matchLabel(label, item);
    return this.#matchLook(item);
  }

  /** Asks that are too old are lost. */
  expire(now: number): void {
    for (const [label, request] of this.#labelled) {
      if (now - request.sentAtMs < ANSWER_MS_MAX) continue;
      this.#labelled.delete(label);
      request.onAnswer({ kind: "lost" }, null);
    }
    for (const waiting of this.#plain.slice()) {
      if (now - waiting.request.sentAtMs < ANSWER_MS_MAX) continue;
      this.#drop(waiting);
      waiting.request.onAnswer({ kind: "lost" }, null);
    }
  }

  /** The connection broke. */
  loseAll(): void {
    const all = [...this.#labelled.values(), ...this.#plain.map((waiting) => waiting.request)];
    this.#labelled.clear();
    this.#plain.length = 0;
    for (const request of all) request.onAnswer({ kind: "lost" }, null);
  }

  #matchLabel(label: string, item: BatchItem): MatchedRequest | null {
    const request = this.#labelled.get(label);
    if (request === undefined) return null;
    this.#labelled.delete(label);
    return { request, finish: () => request.onAnswer(answerOf(messagesOf(item)), item) };
  }

  #matchLook(item: BatchItem): MatchedRequest | null {
    const messages = messagesOf(item);
    const first = opening(item) ?? messages[0];
    if (first === undefined) return null;
    const waiting = this.#plain.find(({ request }) => request.isAnswer(first));
    if (waiting === undefined) return null;
    const { request } = waiting;
    waiting.messages.push(...messages);
    const done = isFailure(first) || request.isLast(first);
    if (done) this.#drop(waiting);
    const settle = () => request.onAnswer(answerOf(waiting.messages), item);
    return { request, finish: done ? settle : () => {} };
  }

  #drop(waiting: { readonly request: Request }): void {
    const at = this.#plain.findIndex((other) => other.request === waiting.request);
    if (at !== -1) this.#plain.splice(at, 1);
  }
}

/** What a request without labels looks at: for a batch, its opening as a message. */
function opening(item: BatchItem): Message | null {
  if (item.kind === "message") return null;
  const { type, params, tags, source } = item.batch;
  if (type === "draft/multiline") return null;
  return { verb: "BATCH", params: [type, ...params], tags: tags as Tags, source };
}

/** FAIL, or a numeric from 400 to 599 (and SASL's own). */
export function isFailure(message: Message): boolean {
  return message.verb === "FAIL" || /^[45]\d\d$/.test(message.verb);
}

function answerOf(messages: readonly Message[]): Answer {
  const failure = messages.find(isFailure);
  if (failure === undefined) return { kind: "answered", messages };
  const code = failure.verb === "FAIL" ? (failure.params[1] ?? "") : failure.verb;
  return { kind: "failed", code, text: failure.params.at(-1) ?? "", messages };
}
