/** Own lines on their way: added at once, confirmed by the server's echo, kept while offline. */

import type { ChatLine } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext, RequestOptions } from "../handler-context.ts";
import { blankLine } from "../message-to-line.ts";
import type { SayOptions } from "../session-ports.ts";
import type { OnAnswer } from "./requests.ts";
import {
  joinPieces,
  type MultilineLimits,
  multilineLimits,
  type Piece,
  splitBatches,
  splitLines,
  textBytes,
} from "./split-text.ts";

/** Lines typed while offline. More is no conversation any more; they fail, and can be retried. */
const QUEUE_LINES_MAX = 100;

export type SayKind = "said" | "action" | "notice";

const ACTION_BYTES = "\x01ACTION \x01".length;

export class SendQueue {
  readonly #context: HandlerContext;

  constructor(context: HandlerContext) {
    this.#context = context;
  }

  say(
    conversation: MutableConversation,
    text: string,
    kind: SayKind,
    options: SayOptions = {},
  ): string[] {
    const texts = this.#parts(conversation, text.normalize("NFC"), kind);
    const lines = texts.map((part) => this.#own(conversation, part, kind, options));
    for (const line of lines) {
      this.#context.store.addLine(conversation, line, true);
      if (line.status !== "queued" && line.status !== "failed") this.#transmit(conversation, line);
    }
    this.countQueued();
    return lines.map((line) => line.key);
  }

  /** Sends a line again that failed, or whose fate is unknown. */
  retry(conversation: MutableConversation, line: ChatLine): boolean {
    if (line.status !== "failed" && line.status !== "unsure") return false;
    const status = this.#firstStatus();
    const next = { ...line, status, problem: "", code: null, time: this.#timeIn(conversation) };
    this.#context.store.replaceLine(conversation, next);
    if (status !== "queued" && status !== "failed") this.#transmit(conversation, next);
    this.countQueued();
    return true;
  }

  /** Sends what waited, in its order; lines of unknown fate too once history has shown them lost. */
  resume(conversation: MutableConversation, sure: boolean): void {
    if (this.#context.store.phase.kind !== "ready") return;
    const waiting = conversation.list.lines.filter(
      (line) => line.status === "queued" || (sure && line.status === "unsure"),
    );
    for (const line of waiting) {
      const next: ChatLine = { ...line, status: this.#firstStatus() };
      this.#context.store.replaceLine(conversation, next);
      this.#transmit(conversation, next);
    }
    this.countQueued();
  }

  /** The connection broke: nobody knows what became of lines that had no answer. */
  broken(): void {
    for (const conversation of this.#context.store.conversations.values()) {
      for (const line of conversation.list.lines.filter((one) => one.status === "sending")) {
        this.#context.store.replaceLine(conversation, { ...line, status: "unsure" });
      }
    }
  }

  countQueued(): void {
    let queued = 0;
    for (const { list } of this.#context.store.conversations.values()) {
      for (const line of list.lines) if (line.status === "queued") queued += 1;
    }
    this.#context.store.queued = queued;
  }

  #own(
    conversation: MutableConversation,
    text: string,
    kind: SayKind,
    { replyTo = null }: { readonly replyTo?: string | null },
  ): ChatLine {
    const { me } = this.#context.store;
    const status = this.#firstStatus();
    if (status === "queued") this.#context.store.queued += 1;
    const line = blankLine(this.#context.id(), this.#timeIn(conversation), kind);
    return { ...line, nick: me.nick, account: me.account, own: true, text, replyTo, status };
  }

  /** Own lines stand at the end until the server has given them their place. */
  #timeIn(conversation: MutableConversation): number {
    return Math.max(this.#context.now(), conversation.list.lines.at(-1)?.time ?? 0);
  }

  #firstStatus(): ChatLine["status"] {
    const { store } = this.#context;
    if (store.phase.kind !== "ready") return store.queued < QUEUE_LINES_MAX ? "queued" : "failed";
    const answered =
      this.#context.hasCap("labeled-response") || this.#context.hasCap("echo-message");
    return answered ? "sending" : "sent";
  }

  #parts(conversation: MutableConversation, text: string, kind: SayKind): string[] {
    const limits = kind === "action" ? null : this.#limits();
    const bytes = this.#bytes(conversation, kind);
    if (limits === null) return splitLines(text, bytes);
    return splitBatches(text, bytes, limits).map(joinPieces);
  }

  #transmit(conversation: MutableConversation, line: ChatLine): void {
    const kind = line.kind as SayKind;
    const verb = kind === "notice" ? "NOTICE" : "PRIVMSG";
    const target = conversation.name;
    const tags = new Map<string, string>();
    if (line.replyTo !== null && this.#context.hasCap("message-tags"))
      tags.set("+reply", line.replyTo);
    const options: RequestOptions = {
      conversation,
      lineKey: line.key,
      onlyLabelled: true,
      tags,
      onAnswer: this.#settle(conversation, line.key),
    };
    if (kind === "action") {
      this.#context.request(verb, [target, `\x01ACTION ${line.text}\x01`], options);
      return;
    }
    const bytes = this.#bytes(conversation, kind);
    const limits = this.#limits();
    const pieces: readonly Piece[] =
      limits === null
        ? splitLines(line.text, bytes).map((text) => ({ text, concat: false }))
        : (splitBatches(line.text, bytes, limits)[0] ?? []);
    if (limits === null || pieces.length === 1) {
      // A text that waited for a server with multiline may have to go in pieces: the first one is answered.
      const [first, ...rest] = pieces;
      if (first === undefined) return;
      this.#context.request(verb, [target, first.text], options);
      for (const { text } of rest) this.#context.send(verb, [target, text]);
      return;
    }
    const reference = this.#context.id();
    this.#context.request("BATCH", [`+${reference}`, "draft/multiline", target], {
      ...options,
      sendRest: () => {
        for (const { text, concat } of pieces) {
          const tags = new Map([["batch", reference]]);
          if (concat) tags.set("draft/multiline-concat", "");
          this.#context.send(verb, [target, text], tags);
        }
        this.#context.send("BATCH", [`-${reference}`]);
      },
    });
  }

  #settle(conversation: MutableConversation, key: string): OnAnswer {
    return (answer) => {
      const line = conversation.list.byKey(key);
      if (line === null || line.status !== "sending") return;
      const { store } = this.#context;
      switch (answer.kind) {
        case "answered":
          // With an echo the line is "sent" by now. An empty answer says that it was taken.
          return store.replaceLine(conversation, { ...line, status: "sent" });
        case "failed": {
          const { code, text: problem } = answer;
          return store.replaceLine(conversation, { ...line, status: "failed", problem, code });
        }
        case "lost":
          return store.replaceLine(conversation, { ...line, status: "unsure" });
      }
    };
  }

  #bytes(conversation: MutableConversation, kind: SayKind): number {
    const verb = kind === "notice" ? "NOTICE" : "PRIVMSG";
    const { store, userHost } = this.#context;
    const bytes = textBytes(store.me.nick, userHost, verb, conversation.name);
    return kind === "action" ? bytes - ACTION_BYTES : bytes;
  }

  #limits(): MultilineLimits | null {
    if (!this.#context.hasCap("draft/multiline") || !this.#context.hasCap("batch")) return null;
    return multilineLimits(this.#context.capValue("draft/multiline"));
  }
}
