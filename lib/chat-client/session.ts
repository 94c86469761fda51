/**
 * One person's side of the conversation with one server: lines in, lines out, and a state between.
 * It owns the ClientState; nobody else changes it. No socket, clock or dice: ports bring them.
 */

import type { Folded } from "../protocol/names.ts";
import { Isupport } from "../protocol/wire/isupport.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import { parseMessage } from "../protocol/wire/message.ts";
import { type BatchItem, BatchReader, messagesOf } from "./batch-reader.ts";
import { READ_RECEIPTS_CAP } from "./capability-requests.ts";
import type { ClientState, OfflineReason, WaitTrouble } from "./client-state.ts";
import type { MutableConversation } from "./conversation.ts";
import { History } from "./history/history.ts";
import { HistoryPager } from "./history/history-pager.ts";
import { MessageJumps } from "./history/jump-to-message.ts";
import { Negotiation } from "./negotiation.ts";
import { normalizeMessage } from "./normalize-message.ts";
import { receive } from "./receive/handlers.ts";
import { PINNED_KEY } from "./receive/replies.ts";
import { WHO_FIELDS } from "./receive/user-changes.ts";
import { Outbound } from "./send/outbound.ts";
import { Requests } from "./send/requests.ts";
import { SendQueue } from "./send/send-queue.ts";
import { UserCommands } from "./send/user-commands.ts";
import type { ChatSession } from "./session-interface.ts";
import type { LogIn, SessionOptions, SessionPorts } from "./session-ports.ts";
import { ClientStore } from "./store.ts";
import { stripFormatting } from "./strip-formatting.ts";

export type { ChatSession } from "./session-interface.ts";
export type {
  Answer,
  AskOptions,
  ListedRoom,
  LogIn,
  SayOptions,
  SessionOptions,
  SessionPorts,
} from "./session-ports.ts";

/** Between two PINGs of ours. Shorter than the two minutes after which home routers forget. */
const PING_EVERY_MS = 30_000;
/** Silence after which the connection counts as dead: two PINGs without an answer, and some. */
export const SILENCE_MS_MAX = 75_000;
/** A larger room is asked for members' presence only as it changes. */
const WHO_MEMBERS_MAX = 200;
const PAGE_SIZE = 50;

export class ClientSession extends UserCommands implements ChatSession {
  readonly #options: SessionOptions;
  readonly #ports: SessionPorts;
  readonly #negotiation: Negotiation;
  readonly #requests: Requests;
  #batches = new BatchReader();
  /** Rooms to be in; on servers that remember for us, only those named in the options. */
  readonly #rooms = new Map<Folded, string>();
  #heardAt = 0;
  #pingedAt = 0;
  #pingAnswered = true;
  #asked = false;
  #goodbye = "";
  #brokenAt = 0;

  constructor(options: SessionOptions, ports: SessionPorts) {
    const nick = options.nick ?? options.logIn?.account ?? "guest";
    const book = new ClientStore(nick, (event) => ports.emit(event));
    const requests = new Requests();
    const wire = new Outbound(book, ports, requests, {
      onJoined: (conversation) => this.#joined(conversation),
      onNamesComplete: (conversation) => this.#named(conversation),
      capValue: (cap) => this.#negotiation.offered.get(cap) ?? "",
    });
    const sending = new SendQueue(wire);
    const pager = new HistoryPager(wire, options.pageSize ?? PAGE_SIZE);
    const history = new History(wire, pager, (conversation, sure) => {
      if (conversation.kind !== "room" || conversation.joined) sending.resume(conversation, sure);
      if (wire.hasCap(READ_RECEIPTS_CAP)) this.askReader(conversation);
    });
    super(wire, sending, history, new MessageJumps(wire, pager));
    this.#options = options;
    this.#ports = ports;
    this.#requests = requests;
    this.#negotiation = new Negotiation(options, {
      store: book,
      send: (verb, params) => wire.send(verb, params),
      emit: (event) => ports.emit(event),
      requestIsupport: (done) =>
        wire.request("ISUPPORT", [], {
          quiet: true,
          isAnswer: ({ verb, params }) => verb === "BATCH" && params[0] === "draft/isupport",
          onAnswer: done,
        }),
      allowsGuests: () =>
        wire.isupport.has("CHANTYPES") && !wire.isupport.has("DRAFT/ACCOUNTREQUIRED"),
    });
  }

  get state(): ClientState {
    return this.wire.store;
  }

  connecting(): void {
    this.wire.store.setPhase({ kind: "connecting" });
  }

  opened(): void {
    this.wire.open = true;
    this.wire.isupport = new Isupport();
    this.#batches = new BatchReader();
    this.#asked = false;
    this.#goodbye = "";
    this.#heardAt = this.#pingedAt = this.#ports.now();
    this.#pingAnswered = true;
    this.#negotiation.begin();
  }

  receive(line: WireLine): void {
    this.#heardAt = this.#ports.now();
    if (line.kind !== "text") return;
    const parsed = parseMessage(line.text);
    if (parsed === null) return;
    const message = stripFormatting(normalizeMessage(parsed));
    if (message.verb === "PING") {
      this.wire.send("PONG", message.params.slice(0, 1));
      return;
    }
    if (message.verb === "PONG") this.#ponged();
    if (message.verb === "ERROR") this.#goodbye = message.params.at(-1) ?? "";
    const item = this.#batches.push(message);
    if (item !== null) this.#take(item);
  }

  closed(text: string): void {
    const { store } = this.wire;
    this.wire.open = false;
    this.#negotiation.isActive = false;
    for (const conversation of store.conversations.values()) {
      if (conversation.kind === "room") {
        if (conversation.joined) this.#rooms.set(conversation.key, conversation.name);
        conversation.joined = false;
      }
      conversation.online = null;
      conversation.typing.clear();
    }
    const refused = this.#negotiation.refusal;
    const why: OfflineReason = this.#asked ? "asked" : refused !== "" ? "refused" : "lost";
    const words = refused || this.#goodbye || text;
    // Before questions are lost: nobody who hears of it may send on.
    store.setPhase({ kind: "offline", why, text: words });
    this.#requests.loseAll();
    this.history.broken();
    this.sending.broken();
    this.#brokenAt ||= this.#ports.now();
    store.latencyMs = null;
    const code = this.#negotiation.refusalCode;
    const by = why === "refused" && code !== "" ? { code } : {};
    this.#ports.emit({ kind: "disconnected", why, text: words, retry: why === "lost", ...by });
  }

  waiting(retryAt: number, attempt: number, trouble: WaitTrouble | null = null): void {
    this.wire.store.setPhase({ kind: "waiting", retryAt, attempt, trouble });
  }

  tick(now: number): void {
    for (const conversation of this.wire.store.conversations.values()) {
      for (const [nick, until] of conversation.typing) {
        if (until > now) continue;
        conversation.typing.delete(nick);
        this.wire.store.emitChanged(conversation);
      }
    }
    if (!this.wire.open) return;
    this.#requests.expire(now);
    if (now - this.#heardAt >= SILENCE_MS_MAX) {
      this.#heardAt = now;
      this.#ports.emit({ kind: "stalled" });
    } else if (now - this.#pingedAt >= PING_EVERY_MS && !this.#negotiation.isActive) {
      this.#ping(now);
    }
  }

  logIn(logIn: LogIn): void {
    this.#negotiation.logIn(logIn);
  }

  sendInvitation(code: string): void {
    this.#negotiation.sendInvitation(code);
  }

  endNegotiation(): void {
    this.#negotiation.end();
  }

  get receiptsOffered(): boolean {
    return this.#negotiation.offered.has(READ_RECEIPTS_CAP);
  }

  setReceipts(on: boolean): void {
    this.#negotiation.setReceipts(on);
    for (const conversation of this.wire.store.conversations.values()) {
      if (on && this.receiptsOffered) this.askReader(conversation);
      if (on || conversation.readers.size === 0) continue;
      conversation.readers.clear();
      this.wire.store.emitChanged(conversation);
    }
  }

  continueAsGuest(nick: string): void {
    this.#negotiation.continueAsGuest(nick.normalize("NFC"));
  }

  quit(reason = ""): void {
    this.#asked = true;
    this.wire.send("QUIT", reason === "" ? [] : [reason]);
  }

  override leave(room: string, reason?: string): void {
    const conversation = this.wire.store.find(room);
    if (conversation !== null) this.#rooms.delete(conversation.key);
    super.leave(room, reason);
  }

  #take(item: BatchItem): void {
    const settled = this.#requests.match(item);
    const request = settled?.request ?? null;
    if (request?.verb !== "CHATHISTORY") this.#receive(item, request);
    settled?.finish();
  }

  #receive(item: BatchItem, request: Parameters<typeof receive>[2]): void {
    if (item.kind === "batch" && item.batch.type === "chathistory") {
      this.history.takeUnasked(item);
      return;
    }
    // Old lines without what stood between them: whoever asked for them shows them.
    if (item.kind === "batch" && item.batch.type === "soju.im/search") return;
    if (item.kind === "batch" && item.batch.type !== "draft/multiline") {
      for (const inner of item.batch.items) this.#receive(inner, request);
      return;
    }
    for (const message of messagesOf(item)) {
      if (this.#negotiation.handle(message)) continue;
      if (message.verb === "001") this.wire.store.me.nick = message.params[0] ?? "";
      receive(this.wire, message, request);
      if (message.verb === "376" || message.verb === "422") this.#ready();
      if (message.verb === "REGISTER" && message.params[0] === "SUCCESS")
        this.#registered(message.params[1] ?? null);
    }
  }

  #registered(account: string | null): void {
    if (this.wire.store.me.account !== null) return;
    this.wire.store.me.account = account;
    this.#ports.emit({ kind: "me" });
  }

  #ready(): void {
    const { store } = this.wire;
    if (store.phase.kind === "ready") return;
    store.setPhase({ kind: "ready" });
    this.#ping(this.#ports.now());
    this.#ports.emit({ kind: "ready", nick: store.me.nick, account: store.me.account });
    if (this.wire.hasCap("draft/metadata-2")) {
      this.wire.request("METADATA", ["*", "SUB", PINNED_KEY], { quiet: true, onlyLabelled: true });
    }
    this.#rejoin();
    if (this.#options.catchUp === false) return;
    const known = [...store.conversations.values()].filter((one) => one.kind === "direct");
    for (const conversation of known) this.history.catchUp(conversation);
    for (const conversation of store.conversations.values()) {
      if (conversation.joined && conversation.kind === "room") this.#joined(conversation);
    }
    this.watch(known);
    this.history.findDirect(this.#brokenAt, (conversation) => {
      if (conversation.lines.length > 0) return;
      this.history.catchUp(conversation);
      this.watch([conversation]);
    });
    this.#brokenAt = 0;
  }

  /** A server that keeps our rooms sends their JOINs by itself; any other has forgotten us. */
  #rejoin(): void {
    const { store } = this.wire;
    const remembers = this.wire.hasCap("sodam.chat/unread") && store.me.account !== null;
    const rooms = remembers ? [] : [...this.#rooms.values()];
    for (const room of new Set([...(this.#options.rooms ?? []), ...rooms])) {
      if (store.find(room)?.joined !== true) this.join(room);
    }
    this.#rooms.clear();
  }

  #joined(conversation: MutableConversation): void {
    // Before "ready" the server's limits aren't known; #ready comes back to it.
    const wanted = this.#options.catchUp !== false;
    if (wanted && this.wire.store.phase.kind === "ready") this.history.catchUp(conversation);
  }

  #named(conversation: MutableConversation): void {
    if (conversation.members.size > WHO_MEMBERS_MAX || !this.wire.hasCap("away-notify")) return;
    const fields = this.wire.isupport.has("WHOX") ? [WHO_FIELDS] : [];
    this.wire.request("WHO", [conversation.name, ...fields], { quiet: true, onlyLabelled: true });
  }

  #ping(now: number): void {
    this.#pingedAt = now;
    this.#pingAnswered = false;
    this.wire.send("PING", [`${now}`]);
  }

  #ponged(): void {
    if (this.#pingAnswered) return;
    this.#pingAnswered = true;
    const ms = Math.max(0, this.#ports.now() - this.#pingedAt);
    this.wire.store.latencyMs = ms;
    this.#ports.emit({ kind: "latency", ms });
  }
}
