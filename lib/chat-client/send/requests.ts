/**
 * Matches answers to requests: by label where the server has labels, otherwise by what the answer
 * looks like. https://ircv3.net/specs/extensions/labeled-response
 */
import { fold } from "../../protocol/names.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import type { Message, Tags } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { MutableConversation } from "../conversation.ts";
import { ANSWER_MESSAGES_MAX } from "../memory-limits.ts";
import { type BatchItem, messagesOf, tagsOf } from "../receive/batch-reader.ts";
import type { Answer } from "../session-interface.ts";

/** A request without an answer for this long is lost. */
const ANSWER_MS_MAX = 60_000;

/** Numerics of a WHOIS reply and of its errors. */
const WHOIS_REPLY = /^(?:30[17]|31[0-9]|320|33[058]|276|37[89]|671|401|402|406)$/;

/** Numerics whose second parameter is the command that they refuse. */
const REFUSES_COMMAND: ReadonlySet<string> = new Set([
  NUMERIC.ERR_UNKNOWNCOMMAND,
  NUMERIC.ERR_NEEDMOREPARAMS,
]);

/** One command that waits for its answer. */
export interface Request {
  readonly verb: string;
  /** Where the user typed the command, or where its line is: errors are shown there. */
  readonly conversation: MutableConversation | null;
  /** The key of the own line that the request sends. */
  readonly lineKey: string | null;
  /** Only `onAnswer` receives the answer, which adds no lines. */
  readonly quiet: boolean;
  readonly label: string | null;
  readonly sentElapsedMs: ElapsedMs;
  readonly isAnswer: (message: Message) => boolean;
  readonly isLast: (message: Message) => boolean;
  readonly onAnswer: OnAnswer;
}

/** Receives an answer. `item` is the answer as it came, with its batches; null when it was lost. */
export type OnAnswer = (answer: Answer, item: BatchItem | null) => void;

interface MatchedRequest {
  readonly request: Request;
  /** Calls `onAnswer`, if the answer is complete. */
  finish(): void;
}

/** A request without a label, and its answer so far. */
interface UnlabelledRequest {
  readonly request: Request;
  readonly messages: Message[];
}

/** Owns the requests of one connection that have no answer yet. */
export class Requests {
  readonly #labelled = new Map<string, Request>();
  /** In the order of sending. */
  readonly #unlabelled: UnlabelledRequest[] = [];

  get size(): number {
    return this.#labelled.size + this.#unlabelled.length;
  }

  /**
   * Returns when the oldest line was sent that has no answer yet; `null` for none. What the server has passed over gets
   * none any more, but for a message: see {@link expire}.
   */
  oldestElapsedMs(hasPassed: (sentElapsedMs: ElapsedMs) => boolean): ElapsedMs | null {
    let oldest: ElapsedMs | null = null;
    const look = ({ sentElapsedMs, lineKey }: Request): void => {
      if (lineKey === null && hasPassed(sentElapsedMs)) return;
      if (oldest === null || sentElapsedMs < oldest) oldest = sentElapsedMs;
    };
    for (const request of this.#labelled.values()) look(request);
    for (const { request } of this.#unlabelled) look(request);
    return oldest;
  }

  add(request: Request): void {
    if (request.label === null) this.#unlabelled.push({ request, messages: [] });
    else this.#labelled.set(request.label, request);
  }

  /**
   * Returns the request that an item answers, if any. The caller applies the item first and then
   * calls `finish`, so that `onAnswer` finds the state changed.
   */
  match(item: BatchItem): MatchedRequest | null {
    const label = tagsOf(item).get("label");
    if (label !== undefined) return this.#matchLabel(label, item);
    return this.#matchUnlabelled(item);
  }

  /**
   * Gives up requests that are too old. A message may still come to others, and then it is this one: a gateway without a
   * leader keeps it for as long as it takes.
   *
   * @param isPast whether the server has come to what was sent then
   */
  expire(elapsedMs: ElapsedMs, isPast: (sentElapsedMs: ElapsedMs) => boolean): void {
    const isLost = ({ sentElapsedMs, lineKey }: Request): boolean =>
      elapsedMs - sentElapsedMs >= ANSWER_MS_MAX && (lineKey === null || isPast(sentElapsedMs));
    for (const [label, request] of this.#labelled) {
      if (!isLost(request)) continue;
      this.#labelled.delete(label);
      request.onAnswer({ kind: "lost" }, null);
    }
    for (const unlabelled of this.#unlabelled.slice()) {
      if (!isLost(unlabelled.request)) continue;
      this.#remove(unlabelled);
      unlabelled.request.onAnswer({ kind: "lost" }, null);
    }
  }

  /** Gives up all requests, after the connection broke. */
  loseAll(): void {
    const requests = [
      ...this.#labelled.values(),
      ...this.#unlabelled.map(({ request }) => request),
    ];
    this.#labelled.clear();
    this.#unlabelled.length = 0;
    for (const request of requests) request.onAnswer({ kind: "lost" }, null);
  }

  #matchLabel(label: string, item: BatchItem): MatchedRequest | null {
    const request = this.#labelled.get(label);
    if (request === undefined) return null;
    this.#labelled.delete(label);
    if (isForwarded(request, item)) {
      this.#unlabelled.push({ request, messages: [] });
      return { request, finish: () => {} };
    }
    return { request, finish: () => request.onAnswer(answerOf(messagesOf(item)), item) };
  }

  #matchUnlabelled(item: BatchItem): MatchedRequest | null {
    if (this.#unlabelled.length === 0) return null;
    const messages = messagesOf(item);
    const first = openingOf(item) ?? messages[0];
    if (first === undefined) return null;
    const unlabelled =
      this.#unlabelled.find(({ request }) => request.isAnswer(first)) ??
      this.#unlabelled.find(({ request }) => refusesVerb(first, request.verb));
    if (unlabelled === undefined) return null;
    const { request } = unlabelled;
    if (unlabelled.messages.length + messages.length > ANSWER_MESSAGES_MAX) {
      // Half an answer would look like a whole one.
      this.#remove(unlabelled);
      return { request, finish: () => request.onAnswer({ kind: "lost" }, null) };
    }
    unlabelled.messages.push(...messages);
    if (!isFailure(first) && !request.isLast(first)) return { request, finish: () => {} };
    this.#remove(unlabelled);
    const finish = () => request.onAnswer(answerOf(unlabelled.messages), item);
    return { request, finish };
  }

  #remove(unlabelled: UnlabelledRequest): void {
    const index = this.#unlabelled.indexOf(unlabelled);
    if (index !== -1) this.#unlabelled.splice(index, 1);
  }
}

/** Refusals outside of the numerics from 400 to 599. */
const LATE_REFUSALS = new Set<string>([
  ...[NUMERIC.ERR_INVALIDMODEPARAM, NUMERIC.ERR_CHANOPEN, NUMERIC.ERR_KNOCKONCHAN],
]);

/**
 * Returns whether a message refuses a command: FAIL, or an error's numeric. ERR_NOMOTD refuses nothing: it ends
 * a welcome, which may be a part of the answer to the command that completed the registration.
 */
export function isFailure({ verb }: Message): boolean {
  if (verb === "FAIL" || LATE_REFUSALS.has(verb)) return true;
  return /^[45]\d\d$/.test(verb) && verb !== NUMERIC.ERR_NOMOTD;
}

/** Whether a message refuses a command as such: servers answer in order, so the oldest request is meant. */
function refusesVerb({ verb, params }: Message, command: string): boolean {
  if (verb === "FAIL") return params[0] === command;
  return REFUSES_COMMAND.has(verb) && params[1]?.toUpperCase() === command;
}

/**
 * Whether the server has handed a request on to the server of the person whom it is about, as InspIRCd does with WHOIS:
 * it acknowledges the label, and the answer comes later, without one.
 */
function isForwarded({ verb }: Request, item: BatchItem): boolean {
  return verb === "WHOIS" && item.kind === "message" && item.message.verb === "ACK";
}

/** Returns a batch's opening as a message, which `isAnswer` tests; null for anything else. */
function openingOf(item: BatchItem): Message | null {
  if (item.kind === "message") return null;
  const { type, params, tags, source } = item.batch;
  if (type === "draft/multiline") return null;
  return { verb: "BATCH", params: [type, ...params], tags: tags as Tags, source };
}

function answerOf(messages: readonly Message[]): Answer {
  const failure = messages.find(isFailure);
  if (failure === undefined) return { kind: "answered", messages };
  const code = failure.verb === "FAIL" ? (failure.params[1] ?? "") : failure.verb;
  return { kind: "failed", code, text: failure.params.at(-1) ?? "", messages };
}

/** Returns how the answer to WHOIS is recognized where the server has no labels. */
export function whoisOptions(nick: string): Pick<Request, "isAnswer" | "isLast"> {
  return {
    isAnswer: ({ verb, params }) => WHOIS_REPLY.test(verb) && fold(params[1] ?? "") === fold(nick),
    isLast: ({ verb }) => verb === "318" || verb === "401" || verb === "402",
  };
}
