/**
 * Sends messages: adds own lines at once, queues them while offline, and confirms them by the echo.
 */

import type { ElapsedMs } from "../../protocol/time.ts";
import { FROM_SERVER } from "../../protocol/wire/lines.ts";
import type { Message } from "../../protocol/wire/message.ts";
import { ACCOUNT_ID_TAG } from "../../protocol/wire/tags.ts";
import { LINE_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { ChatLine, LineStatus } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext, RequestOptions } from "../handler-context.ts";
import { noteSent, PEER_CHANGED, PEER_LEFT } from "../peer.ts";
import { blankLine } from "../receive/message-to-line.ts";
import { relaysTag } from "../registration/capability-requests.ts";
import type { SayOptions } from "../session-interface.ts";
import { PeerCheck } from "./peer-check.ts";
import { asAnswer } from "./quote.ts";
import type { OnAnswer } from "./requests.ts";
import {
  joinPieces,
  type MultilineLimits,
  multilineLimits,
  type Piece,
  splitBatches,
  splitLines,
  textBytes,
} from "./split-message.ts";

/** Lines that can be queued while offline. Further lines fail, and can be retried. */
const QUEUE_LINES_MAX = 100;
/** Lines that wait for the answer to a PING. Of a server that never answers one, further lines stay unconfirmed. */
const UNCONFIRMED_LINES_MAX = 1000;
const ERR_NOSUCHNICK = "401";
/** The nick is another account's than that of the message's tag: sodam.chat/account-id, docs/protocol.md. */
const ACCOUNT_CHANGED = "ACCOUNT_CHANGED";
const ACTION_BYTES = "\x01ACTION \x01".length;

type SentKind = "said" | "action";

/** A line that was sent to a server without echo and labels. */
interface UnconfirmedLine {
  readonly conversation: MutableConversation;
  readonly key: string;
  /** When the first PING after it was sent, whose answer says that the server has it; null before. */
  pingElapsedMs: ElapsedMs | null;
}

/** Owns the status of own lines that the server hasn't confirmed. */
export class SendQueue {
  readonly #context: HandlerContext;
  /** Sends a PING, unless one has no answer yet. Returns when it was sent, or `null`. */
  readonly #ping: () => ElapsedMs | null;
  readonly #unconfirmed: UnconfirmedLine[] = [];
  /** Whether nicks still belong to the same people. */
  readonly peers: PeerCheck;

  constructor(context: HandlerContext, ping: () => ElapsedMs | null) {
    this.#context = context;
    this.#ping = ping;
    this.peers = new PeerCheck(context);
  }

  /** Adds own lines for a text, and sends or queues them. Returns their keys. */
  say(
    conversation: MutableConversation,
    text: string,
    kind: SentKind,
    options: SayOptions = {},
  ): string[] {
    const answer = asAnswer(this.#context, conversation, text, options);
    const texts = this.#split(conversation, answer.text.normalize("NFC"), kind);
    const lines = texts.map((part) => this.#ownLine(conversation, part, kind, answer.options));
    for (const line of lines) {
      this.#context.store.addLine(conversation, line, true);
      if (line.status !== "queued" && line.status !== "failed") this.#send(conversation, line);
    }
    this.#countQueued();
    if (lines.some(({ status }) => status === "queued")) this.#checkPeer(conversation, false);
    return lines.map((line) => line.key);
  }

  /**
   * Calls `act`, which sends something to a conversation, if its nick still belongs to the same person.
   * Otherwise adds an error line for the command `verb`.
   */
  whenSame(conversation: MutableConversation, verb: string, act: () => void): void {
    const code = heldCode(conversation);
    if (code !== null) {
      const params = [verb, code, conversation.name, ""];
      const message: Message = { verb: "FAIL", params, tags: new Map(), source: null };
      return this.#context.addError(conversation, message, code);
    }
    const isReady = this.#context.store.phase.kind === "ready";
    if (!isReady || !this.peers.isDue(conversation)) return act();
    this.peers.run(conversation, () => {
      // Nobody has the nick: the server says so.
      if (conversation.peer === "left") act();
      else this.whenSame(conversation, verb, act);
    });
  }

  /** Sends a line again that failed or is unsure. Returns false for any other. */
  retry(conversation: MutableConversation, line: ChatLine): boolean {
    if (line.status !== "failed" && line.status !== "unsure") return false;
    // The user has seen that it may be another person by now, and wants to write to them.
    if (line.code === PEER_CHANGED && conversation.peer === "changed") {
      conversation.peer = "same";
      conversation.peerAccount = undefined;
      conversation.peerAccountId = null;
    }
    const status = this.#initialStatus(conversation);
    const time = this.#timeOfNext(conversation);
    const retried = {
      ...line,
      status,
      problem: "",
      code: this.#codeOf(conversation, status),
      time,
    };
    this.#context.store.replaceLine(conversation, retried);
    if (status !== "queued" && status !== "failed") this.#send(conversation, retried);
    this.#countQueued();
    if (status === "queued") this.#checkPeer(conversation, false);
    return true;
  }

  /**
   * Sends the queued lines in order. `complete`: history has shown that the unsure lines are lost,
   * so they are sent again too.
   */
  resume(conversation: MutableConversation, complete: boolean): void {
    if (this.#context.store.phase.kind !== "ready") return;
    const unsent = unsentLines(conversation, complete);
    if (unsent.length > 0 && this.#checkPeer(conversation, complete)) return;
    for (const line of unsent) {
      const status = this.#initialStatus(conversation);
      const resumed: ChatLine = { ...line, status, code: this.#codeOf(conversation, status) };
      this.#context.store.replaceLine(conversation, resumed);
      if (status !== "failed") this.#send(conversation, resumed);
    }
    this.#countQueued();
  }

  /**
   * Checks, if that is due, whether a conversation's nick still belongs to the same person, and then resumes.
   * Returns whether a check is under way.
   */
  #checkPeer(conversation: MutableConversation, complete: boolean): boolean {
    if (this.#context.store.phase.kind !== "ready" || !this.peers.isDue(conversation)) return false;
    this.peers.run(conversation, () => {
      if (conversation.peer === "left") this.#failUnsent(conversation, complete);
      else this.resume(conversation, complete);
    });
    return true;
  }

  /** Marks unsent lines as failed: nobody has the nick, and whoever takes it next is another person. */
  #failUnsent(conversation: MutableConversation, complete: boolean): void {
    for (const line of unsentLines(conversation, complete)) {
      const failed: ChatLine = { ...line, status: "failed", code: ERR_NOSUCHNICK };
      this.#context.store.replaceLine(conversation, failed);
    }
    this.#countQueued();
  }

  /** Marks lines without an answer as unsure, after the connection broke. */
  handleDisconnect(): void {
    this.#unconfirmed.length = 0;
    this.peers.handleDisconnect();
    for (const conversation of this.#context.store.conversations.values()) {
      for (const line of conversation.lines.filter(({ status }) => status === "sending")) {
        this.#context.store.replaceLine(conversation, { ...line, status: "unsure" });
      }
    }
  }

  #countQueued(): void {
    let queued = 0;
    for (const { lines } of this.#context.store.conversations.values()) {
      for (const line of lines) if (line.status === "queued") queued += 1;
    }
    this.#context.store.queued = queued;
  }

  #ownLine(
    conversation: MutableConversation,
    text: string,
    kind: SentKind,
    { replyTo = null }: { readonly replyTo?: string | null },
  ): ChatLine {
    const { me } = this.#context.store;
    const status = this.#initialStatus(conversation);
    const code = this.#codeOf(conversation, status);
    if (status === "queued") this.#context.store.queued += 1;
    const line = blankLine(this.#context.id(), this.#timeOfNext(conversation), kind);
    return { ...line, nick: me.nick, account: me.account, own: true, text, replyTo, status, code };
  }

  /** Returns the time of a new own line: it stays last until the server assigns its time. */
  #timeOfNext(conversation: MutableConversation): number {
    return Math.max(this.#context.now(), conversation.lines.at(-1)?.time ?? 0);
  }

  /**
   * Returns the code of a line that failed before it was sent because of its recipient; null for any other.
   */
  #codeOf(conversation: MutableConversation, status: LineStatus): string | null {
    return status === "failed" ? heldCode(conversation) : null;
  }

  #initialStatus(conversation: MutableConversation): LineStatus {
    const { store } = this.#context;
    if (heldCode(conversation) !== null) return "failed";
    if (store.phase.kind !== "ready") return store.queued < QUEUE_LINES_MAX ? "queued" : "failed";
    if (this.peers.isDue(conversation)) return "queued";
    return "sending";
  }

  /**
   * Marks lines as sent that a server without echo and labels has: it answers in order, and has answered a PING that
   * was sent after them.
   *
   * @param answeredPingElapsedMs when that PING was sent
   */
  confirmUpTo(answeredPingElapsedMs: number): void {
    const isConfirmed = ({ pingElapsedMs }: UnconfirmedLine): boolean =>
      pingElapsedMs !== null && pingElapsedMs <= answeredPingElapsedMs;
    const waiting = this.#unconfirmed.splice(0);
    for (const unconfirmed of waiting) {
      if (!isConfirmed(unconfirmed)) this.#unconfirmed.push(unconfirmed);
      else this.#confirm(unconfirmed);
    }
    if (this.#unconfirmed.length > 0) this.#askForUnconfirmed();
  }

  #confirm({ conversation, key }: UnconfirmedLine): void {
    const line = conversation.list.byKey(key);
    // A numeric may have refused it meanwhile.
    if (line === null || line.status !== "sending") return;
    this.#context.store.replaceLine(conversation, { ...line, status: "sent" });
  }

  #askForUnconfirmed(): void {
    const pingElapsedMs = this.#ping();
    if (pingElapsedMs === null) return;
    for (const unconfirmed of this.#unconfirmed) unconfirmed.pingElapsedMs ??= pingElapsedMs;
  }

  get #confirmsByItself(): boolean {
    return this.#context.hasCap("labeled-response") || this.#context.hasCap("echo-message");
  }

  /** Returns the texts of the lines that `text` makes. */
  #split(conversation: MutableConversation, text: string, kind: SentKind): string[] {
    const limits = kind === "action" ? null : this.#multilineLimits();
    const bytes = this.#textBytes(conversation, kind);
    if (limits === null) return splitLines(text, bytes);
    return splitBatches(text, bytes, limits).map(joinPieces);
  }

  #send(conversation: MutableConversation, line: ChatLine): void {
    this.#sendLine(conversation, line);
    noteSent(this.#context, conversation);
    if (this.#confirmsByItself || this.#unconfirmed.length >= UNCONFIRMED_LINES_MAX) return;
    this.#unconfirmed.push({ conversation, key: line.key, pingElapsedMs: null });
    this.#askForUnconfirmed();
  }

  #sendLine(conversation: MutableConversation, line: ChatLine): void {
    conversation.lastSentElapsedMs = this.#context.elapsed();
    const target = conversation.name;
    const tags = new Map<string, string>();
    if (line.replyTo !== null && relaysTag(this.#context.store, "+reply")) {
      tags.set("+reply", line.replyTo);
    }
    // A message that is on its way while the nick changes hands is refused, and reaches no stranger.
    const meant = new Map<string, string>();
    const { peerAccountId } = conversation;
    if (peerAccountId !== null && this.#context.hasCap("sodam.chat/account-id")) {
      meant.set(ACCOUNT_ID_TAG, peerAccountId);
      tags.set(ACCOUNT_ID_TAG, peerAccountId);
    }
    const options: RequestOptions = {
      conversation,
      lineKey: line.key,
      onlyLabelled: true,
      tags,
      onAnswer: this.#confirmer(conversation, line.key, target),
    };
    if (line.kind === "action") {
      this.#context.request("PRIVMSG", [target, `\x01ACTION ${line.text}\x01`], options);
      return;
    }
    const bytes = this.#textBytes(conversation, "said");
    const limits = this.#multilineLimits();
    const pieces: readonly Piece[] =
      limits === null
        ? splitLines(line.text, bytes).map((text) => ({ text, concat: false }))
        : (splitBatches(line.text, bytes, limits)[0] ?? []);
    if (limits === null || pieces.length === 1) {
      // A text that was queued for a server with multiline may need several messages now: the
      // answer to the first one counts.
      const [first, ...rest] = pieces;
      if (first === undefined) return;
      this.#context.request("PRIVMSG", [target, first.text], options);
      for (const { text } of rest) this.#context.send("PRIVMSG", [target, text], meant);
      return;
    }
    this.#sendBatch(target, pieces, options);
  }

  #sendBatch(target: string, pieces: readonly Piece[], options: RequestOptions): void {
    const reference = this.#context.id();
    this.#context.request("BATCH", [`+${reference}`, "draft/multiline", target], {
      ...options,
      sendRest: () => {
        for (const { text, concat } of pieces) {
          const tags = new Map([["batch", reference]]);
          if (concat) tags.set("draft/multiline-concat", "");
          this.#context.send("PRIVMSG", [target, text], tags);
        }
        this.#context.send("BATCH", [`-${reference}`]);
      },
    });
  }

  /** Returns the callback that sets the status of a line, which was sent to `target`, from the answer. */
  #confirmer(conversation: MutableConversation, key: string, target: string): OnAnswer {
    return (answer) => {
      const line = conversation.list.byKey(key);
      if (line === null || line.status !== "sending") return;
      const { store } = this.#context;
      switch (answer.kind) {
        case "answered":
          // With an echo the line is "sent" by now. An empty answer says that it was accepted.
          return store.replaceLine(conversation, { ...line, status: "sent" });
        case "failed": {
          const { code, text: problem } = answer;
          // The person took a new nick while the message was under way, and nobody had the old one.
          const { key, peer, former } = conversation;
          const hasMoved = this.#context.store.fold(target) !== key && peer === "same" && !former;
          const isAnothers = code === ACCOUNT_CHANGED && !former;
          if ((code === ERR_NOSUCHNICK || isAnothers) && hasMoved) {
            return this.#send(conversation, line);
          }
          if (isAnothers) {
            conversation.peer = "changed";
            const status = "failed";
            return store.replaceLine(conversation, {
              ...line,
              status,
              problem,
              code: PEER_CHANGED,
            });
          }
          return store.replaceLine(conversation, { ...line, status: "failed", problem, code });
        }
        case "lost":
          return store.replaceLine(conversation, { ...line, status: "unsure" });
      }
    };
  }

  #textBytes(conversation: MutableConversation, kind: SentKind): number {
    const { store, userHost, isupport } = this.#context;
    // A longer line would come back as one that we don't read.
    const announced = Math.min(FROM_SERVER.bodyBytesMax, isupport.limit("LINELEN", LINE_BYTES_MAX));
    const lineBytes = Math.max(LINE_BYTES_MAX, announced);
    const { name } = conversation;
    const bytes = textBytes(store.me.nick, userHost, "PRIVMSG", name, lineBytes);
    return kind === "action" ? bytes - ACTION_BYTES : bytes;
  }

  #multilineLimits(): MultilineLimits | null {
    if (!this.#context.hasCap("draft/multiline") || !this.#context.hasCap("batch")) return null;
    return multilineLimits(this.#context.capValue("draft/multiline"));
  }
}

/** Returns the code with which own lines fail because of who has the nick, or null when they can be sent. */
function heldCode({ former, peer }: MutableConversation): string | null {
  if (former) return PEER_LEFT;
  return peer === "changed" ? PEER_CHANGED : null;
}

function unsentLines({ lines }: MutableConversation, complete: boolean): ChatLine[] {
  return lines.filter(({ status }) => status === "queued" || (complete && status === "unsure"));
}
