import { Isupport } from "../protocol/wire/isupport.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import type { LogInProblem } from "./client-event.ts";
import type { ClientState, OfflineReason, WaitTrouble } from "./client-state.ts";
import { ClientStore } from "./client-store.ts";
import { KeepAlive } from "./connection-timing.ts";
import type { MutableConversation } from "./conversation.ts";
import { TransferQueue } from "./files/transfer-queue.ts";
import { CatchUp } from "./history/catch-up.ts";
import { History } from "./history/history.ts";
import { HistoryPager } from "./history/history-pager.ts";
import { LocalPages } from "./history/local-pages.ts";
import { type BatchItem, BatchReader } from "./receive/batch-reader.ts";
import { type ReceiveHooks, receiveItem } from "./receive/handlers.ts";
import { LineDecoder } from "./receive/line-decoder.ts";
import { endLostNames } from "./receive/user-changes.ts";
import { READ_RECEIPTS_CAP } from "./registration/capability-requests.ts";
import { Negotiation } from "./registration/negotiation.ts";
import { negotiationPorts } from "./registration/negotiation-ports.ts";
import { Rejoin } from "./rejoin.ts";
import { applyReceipts, requestReader } from "./send/mark-read.ts";
import { Outbound } from "./send/outbound.ts";
import { PreferenceCommands } from "./send/preference-commands.ts";
import { Requests } from "./send/requests.ts";
import { SendQueue } from "./send/send-queue.ts";
import { UserCommands } from "./send/user-commands.ts";
import { LateLogIn } from "./services/late-log-in.ts";
import type {
  Answer,
  AskOptions,
  ChatSession,
  LanguageAnswer,
  LogIn,
  SessionOptions,
  SessionPorts,
} from "./session-interface.ts";
import { SessionTrace } from "./session-trace.ts";
import { expireTyping } from "./typing.ts";

export type * from "./session-interface.ts";

/** Lines of a page of history, unless the options say otherwise. */
const PAGE_LINES = 50;

/**
 * One user's session with one server: lines in, lines out, and the state between. It owns the
 * ClientState and outlives connections; no other code changes the state. Sockets, clock and ids come
 * through the ports.
 */
export class ClientSession implements ChatSession {
  readonly #ports: SessionPorts;
  readonly #trace: SessionTrace;
  readonly #store: ClientStore;
  readonly #outbound: Outbound;
  readonly #requests = new Requests();
  readonly #negotiation: Negotiation;
  readonly #late: LateLogIn;
  readonly #keepAlive: KeepAlive;
  readonly #queue: SendQueue;
  readonly history: History;
  readonly #catchUp: CatchUp;
  readonly commands: UserCommands;
  readonly #rejoin: Rejoin;
  readonly preferences: PreferenceCommands;
  readonly files: TransferQueue;
  readonly #receiveHooks: ReceiveHooks;
  readonly #decoder = new LineDecoder();
  #batches = new BatchReader();
  #hasQuit = false;
  /** The text of the server's ERROR. */
  #errorText = "";

  constructor(options: SessionOptions, ports: SessionPorts) {
    this.#ports = ports;
    this.#trace = new SessionTrace(ports.trace);
    const nick = options.nick ?? options.logIn?.account ?? options.guestNick ?? "guest";
    const emit: SessionPorts["emit"] = (event) => {
      if (event.kind === "conversation-added") this.history.showStored(event.key);
      ports.emit(event);
    };
    this.#store = new ClientStore(nick, emit, ports);
    this.#outbound = new Outbound(this.#store, ports, this.#trace, this.#requests, {
      onJoined: (conversation) => this.#rejoin.handleJoined(conversation),
      onNamesComplete: (conversation) => this.#rejoin.requestPresence(conversation),
      capValue: (cap) => this.#negotiation.offered.get(cap) ?? "",
    });
    this.#keepAlive = new KeepAlive((verb, params) => this.#outbound.send(verb, params));
    this.#queue = new SendQueue(this.#outbound, () => this.#keepAlive.pingOnce(ports.elapsed()));
    const pager = new HistoryPager(this.#outbound, options.pageSize ?? PAGE_LINES);
    const stored = new LocalPages(this.#outbound, ports.readStored, options.pageSize ?? PAGE_LINES);
    this.history = new History(this.#outbound, pager, stored);
    this.#catchUp = new CatchUp(this.#outbound, pager, this.history, (conversation, complete) =>
      this.#handleCaughtUp(conversation, complete),
    );
    this.#rejoin = new Rejoin(options, this.#outbound, this.#catchUp, this.#queue);
    this.commands = new UserCommands(this.#outbound, this.#queue, this.#catchUp, this.#rejoin);
    this.preferences = new PreferenceCommands(this.#outbound);
    this.files = new TransferQueue(this.#outbound, ports.openRaw ?? null);
    this.#negotiation = new Negotiation(options, negotiationPorts(this.#outbound));
    const offer = () => this.#negotiation.offer();
    this.#late = new LateLogIn(this.#outbound, offer, () => this.#becomeReady());
    this.#receiveHooks = {
      takeReplay: (item) => this.#catchUp.takeReplay(item),
      negotiate: (message) => this.#negotiation.handle(message) || this.#late.handle(message),
      onWelcomeEnd: () => this.#handleWelcomeEnd(),
    };
  }

  get state(): ClientState {
    return this.#store;
  }

  connecting(): void {
    this.#store.setPhase({ kind: "connecting" });
  }

  opened(isReadable = false): void {
    this.#trace.open();
    this.#store.isReadable = isReadable;
    this.#outbound.isOpen = true;
    this.#store.isupport = new Isupport();
    this.#batches = new BatchReader();
    this.#hasQuit = false;
    this.#errorText = "";
    this.#keepAlive.start(this.#ports);
    this.#negotiation.begin();
  }

  receive(line: WireLine): void {
    const elapsedMs = this.#ports.elapsed();
    this.#keepAlive.noteReceived(elapsedMs);
    this.#trace.received(line);
    const message = this.#decoder.read(line);
    if (message === null) return;
    if (message.verb === "PING") return this.#outbound.send("PONG", message.params.slice(0, 1));
    if (message.verb === "PONG") {
      this.#store.setLatency(this.#keepAlive.notePong(message.params.at(-1) ?? "", elapsedMs));
      this.#queue.confirmUpTo(this.#keepAlive.answeredPingElapsedMs);
    }
    if (message.verb === "ERROR") this.#errorText = message.params.at(-1) ?? "";
    const item = this.#batches.push(message);
    if (item !== null) this.#receiveItem(item);
    this.#decoder.tell(this.#outbound);
  }

  closed(text: string): void {
    if (this.#outbound.isOpen) this.#trace.end(text);
    this.#outbound.isOpen = false;
    this.#negotiation.isActive = false;
    this.#late.reset();
    this.#rejoin.handleDisconnect(this.#ports.now());
    const { refusal, refusalCode } = this.#negotiation;
    const why: OfflineReason = this.#hasQuit ? "asked" : refusal !== "" ? "refused" : "lost";
    // What the socket says of its end is for the trace: nobody on the other side has said it.
    const reason = withBanReason(refusal, this.#errorText) || this.#errorText;
    // Before requests are lost: their callbacks must not send on this connection.
    this.#store.setPhase({ kind: "offline", why, text: reason });
    this.#requests.loseAll();
    this.history.handleDisconnect();
    this.#queue.handleDisconnect();
    this.#store.forgetAnswers();
    const code = why === "refused" && refusalCode !== "" ? { code: refusalCode } : {};
    this.#ports.emit({ kind: "disconnected", why, text: reason, retry: why === "lost", ...code });
  }

  waiting(retryElapsedMs: number, attempt: number, trouble: WaitTrouble | null = null): void {
    this.#store.setPhase({ kind: "waiting", retryElapsedMs, attempt, trouble });
  }

  tick(): void {
    const elapsedMs = this.#ports.elapsed();
    expireTyping(this.#store, elapsedMs);
    this.files.tick();
    if (!this.#outbound.isOpen) return;
    this.#requests.expire(elapsedMs, (sent) => this.#keepAlive.isPast(sent));
    const waitingSince = this.#requests.oldestElapsedMs((sent) => this.#keepAlive.hasPassed(sent));
    const isSilent = this.#keepAlive.tick(this.#ports, !this.#negotiation.isActive, waitingSince);
    this.#store.noteSilence(this.#keepAlive.silence(waitingSince));
    for (const item of this.#batches.tick()) this.#receiveItem(item);
    endLostNames(this.#outbound);
    this.#late.tick();
    const lostEnd = this.#negotiation.tick();
    if (lostEnd === "welcome") this.#handleWelcomeEnd();
    if (lostEnd === "registration" || isSilent) this.#ports.emit({ kind: "stalled" });
  }

  logIn(logIn: LogIn | null): void {
    this.#negotiation.logIn(logIn);
    if (logIn !== null) this.#late.logIn(logIn);
  }

  addCertificate(done: (problem: LogInProblem | null) => void): void {
    this.#late.services.addCertificate(done);
  }

  setServiceLanguage(
    language: string,
    isNews: boolean,
    done: (answer: LanguageAnswer) => void,
  ): void {
    this.#late.language.set(language, isNews, done);
  }

  sendInvitation(code: string): void {
    this.#negotiation.sendInvitation(code);
  }

  endNegotiation(): void {
    this.#negotiation.end();
  }

  continueAsGuest(nick: string): void {
    const name = nick.normalize("NFC");
    this.#negotiation.continueAsGuest(name, this.#late.continueAsGuest(name));
  }

  bindNetwork(id: string): void {
    this.#negotiation.network = id;
  }

  get receiptsOffered(): boolean {
    return this.#negotiation.offered.has(READ_RECEIPTS_CAP);
  }

  setReceipts(on: boolean): void {
    this.#negotiation.setReceipts(on);
    applyReceipts(this.#outbound, on, this.receiptsOffered);
  }

  quit(reason = ""): void {
    this.#hasQuit = true;
    this.files.close();
    this.#outbound.send("QUIT", reason === "" ? [] : [reason]);
  }

  ask(
    verb: string,
    params: readonly string[],
    done: (answer: Answer) => void,
    options: AskOptions = {},
  ): void {
    this.#outbound.request(verb, params, { ...options, quiet: true, onAnswer: done });
  }

  setEncoding(encoding: string | null): void {
    this.#decoder.encoding = encoding;
  }

  #receiveItem(item: BatchItem): void {
    const matched = this.#requests.match(item);
    const request = matched?.request ?? null;
    // Only history handles the answer to CHATHISTORY.
    if (request?.verb !== "CHATHISTORY") {
      receiveItem(this.#outbound, item, request, this.#receiveHooks);
    }
    matched?.finish();
  }

  /** Sends what was queued for a conversation that has all its lines now. */
  #handleCaughtUp(conversation: MutableConversation, complete: boolean): void {
    if (conversation.kind !== "room" || conversation.joined) {
      this.#queue.resume(conversation, complete);
    }
    if (this.#store.caps.has(READ_RECEIPTS_CAP)) requestReader(this.#outbound, conversation);
  }

  #handleWelcomeEnd(): void {
    if (this.#store.phase.kind === "ready" || this.#late.isHolding) return;
    const task = this.#negotiation.takeLateTask();
    if (task === null) this.#becomeReady();
    else this.#late.begin(task);
  }

  #becomeReady(): void {
    const store = this.#store;
    store.updateFold();
    store.setPhase({ kind: "ready" });
    // By the lists that the server has told before the welcome's end; names may be compared in another way, too.
    store.judgeAgain();
    this.#keepAlive.ping(this.#ports.elapsed());
    this.#ports.emit({ kind: "ready", nick: store.me.nick, account: store.me.account });
    this.#rejoin.start();
    this.files.handleReady();
  }
}

/**
 * Returns what a server says of a refusal, with the reason of a ban that stands in its ERROR alone, as InspIRCd's does:
 * "Closing link: (u@host) [K-lined: spam]".
 */
function withBanReason(refusal: string, errorText: string): string {
  const [, shown = "", reason = ""] = /[[(]([\w-]+: ([^[\]]+))[\])]$/.exec(errorText) ?? [];
  return refusal === "" || shown === "" || refusal.includes(reason)
    ? refusal
    : `${refusal} ${shown}`;
}
