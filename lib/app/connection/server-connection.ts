/**
 * One server: its session, the connection under it, and the reconnecting after a loss. It owns that connection
 * and the timers of all three; others only listen to the session's events.
 */
import type { ClientEvent, LogInProblem } from "../../chat-client/client-event.ts";
import { DELAY_MS_MAX, reconnectDelay } from "../../chat-client/connection-timing.ts";
import {
  type ChatSession,
  ClientSession,
  type SessionOptions,
  type SessionPorts,
} from "../../chat-client/session.ts";
import type { RoomName } from "../../protocol/names.ts";
import { formatLink, parseAddress, type ServerLink } from "../../protocol/server-link.ts";
import type { WireLine } from "../../protocol/wire/lines.ts";
import { machineKey, serverKey } from "../app-context.ts";
import type { AppPorts, ConnectOutcome, ConnectProblem, OpenConnection } from "../app-ports.ts";
import { sharesReceipts } from "../saved/saved-state.ts";
import { type Confirmation, confirmCertificate } from "./confirm-certificate.ts";

/** Interval of `session.tick`: pings, timeouts, expired typing notifications. */
const TICK_MS = 1000;
/** When so much time of day has passed between two ticks, the machine slept, or its clock was set. */
const SLEPT_MS = 6000;

/** Why an automatic reconnection can't succeed until the server or the user does something. */
export type ConnectTrouble = Exclude<ConnectOutcome, { kind: "connected" | "failed" }>;

/** What a connection comes to first: the server waits for a log-in, or it is over. */
export type FirstStep = Extract<ClientEvent, { kind: "awaiting-login" | "disconnected" }>;

/** What a link holds besides the server. */
export interface LinkContent {
  readonly invitation?: string | null;
  readonly room?: RoomName | null;
}

/**
 * A session that survives its connections.
 *
 * @example
 * const connection = new ServerConnection(ports, link);
 * const stopListening = connection.listen((event) => …);
 * const outcome = await connection.open(); // then log in by `connection.session`
 * connection.autoReconnect = true;         // once logged in
 * connection.end();
 */
export class ServerConnection {
  readonly session: ChatSession;
  /** Whether it reconnects automatically after a loss. Set it once the user is logged in. */
  autoReconnect = false;
  /**
   * Why the last reconnection failed, if not because of the network: another certificate, or a file that
   * can't be used. It stays the same object while the trouble is the same.
   */
  trouble: ConnectTrouble | null = null;
  /** Whether it connects without TLS. */
  isPlain: boolean;
  /** The password for the server itself (IRC's PASS) on the next connections. */
  serverPassword: string | null;
  /** Returns whether a live message counts as a mention although it doesn't name the user. */
  isHighlighted: NonNullable<SessionPorts["isHighlighted"]> = () => false;
  /** Why the last attempt to connect failed because of the network or the wrong port; null if it didn't. */
  problem: ConnectProblem | null = null;
  /** What the present connection came to first; null as long as that is open. */
  firstStep: FirstStep | null = null;
  /** See `SessionPorts.memoryShare`. */
  memoryShare = 1;
  #link: ServerLink;
  readonly #ports: AppPorts;
  /** Replaced when one comes or goes: who is told of an event is told of it whatever others do. */
  #listeners: readonly ((event: ClientEvent) => void)[] = [];
  #connection: OpenConnection | null = null;
  /** Attempts that failed since the last log-in. */
  #attempt = 0;
  /** Of the newest call of {@link open}: what an older one comes to doesn't count. */
  #attemptId = 0;
  #stopTick: () => void = () => {};
  #stopRetry: () => void = () => {};
  readonly #stopContinue: () => void;
  #lastTick: number;
  #isEnded = false;

  /** `options` overrides the session options of the interactive client. */
  constructor(ports: AppPorts, link: ServerLink, options: Partial<SessionOptions> = {}) {
    this.#ports = ports;
    this.#link = link;
    const key = serverKey(link);
    this.isPlain = ports.saved.plain?.includes(machineKey(link)) === true;
    this.serverPassword = ports.serverPassword(link);
    const guestNick = ports.saved.nicks?.[key];
    const { history, openRaw } = ports;
    const network = ports.saved.networks?.[key];
    const serverPassword = () => passwordFor(this.serverPassword, this.#link);
    this.session = new ClientSession(
      {
        ...{ logIn: null, wait: true, invitation: link.invitation, serverPassword },
        ...(guestNick !== undefined && { guestNick }),
        ...(network !== undefined && { network }),
        ...{ receipts: sharesReceipts(ports.saved, key), ...options },
      },
      {
        send: (line) => this.#connection?.send(line),
        now: () => ports.now(),
        elapsed: () => ports.elapsed(),
        id: () => ports.id(),
        emit: (event) => this.#onSessionEvent(event),
        isHighlighted: (conversation, line) => this.isHighlighted(conversation, line),
        memoryShare: () => this.memoryShare,
        ...(history !== null && {
          readStored: (conversation, before, count) =>
            history.page(this.link, conversation, before, count),
        }),
        ...(openRaw && { openRaw: (raw) => openRaw(this.#link, raw, this.isPlain) }),
        ...(ports.openTrace !== undefined && { trace: ports.openTrace(link) }),
      },
    );
    this.#lastTick = ports.now();
    this.#stopContinue = ports.onContinue?.(() => this.#wake()) ?? (() => {});
    this.#tick();
  }

  /** The server, with the fingerprint and the invitation that are in force. */
  get link(): ServerLink {
    return this.#link;
  }

  /** Calls `listener` with every event of the session from now on. The returned function stops it. */
  listen(listener: (event: ClientEvent) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== listener);
    };
  }

  /** Whether a connection is open; it may not be logged in yet. */
  get connected(): boolean {
    return this.#connection !== null;
  }

  /** Whether the server is a bouncer that takes a network's name with its password, as ZNC does. */
  get networkByPassword(): boolean {
    return /^[^:/]+\/[^:]+:/.test(passwordFor(this.serverPassword, this.#link) ?? "");
  }

  /** Ends an attempt to connect, or a connection before the log-in: {@link open} can try again. */
  stopAttempt(): void {
    this.#attemptId += 1;
    this.problem = null;
    if (this.#connection === null) this.session.closed("");
    else this.#disconnect("");
  }

  /** Tries to connect once. When it is connected, the session negotiates and then awaits the log-in. */
  async open(): Promise<ConnectOutcome> {
    if (this.#isEnded) return { kind: "failed", problem: "closed" };
    this.#attemptId += 1;
    const id = this.#attemptId;
    this.session.connecting();
    let connection: OpenConnection | null = null;
    // The server may send lines, or close, before `connect` resolves.
    const early: (() => void)[] = [];
    const deliver = (action: () => void): void => {
      if (connection === null) early.push(action);
      else if (connection === this.#connection) action();
    };
    const handlers = {
      line: (line: WireLine) => deliver(() => this.#receive(line)),
      closed: (why: string) => deliver(() => this.#disconnect(why)),
    };
    const outcome = await this.#ports.connect(this.link, handlers, this.isPlain);
    if (this.#isEnded || id !== this.#attemptId) {
      if (outcome.kind === "connected") outcome.connection.close();
      return { kind: "failed", problem: "closed" };
    }
    this.firstStep = null;
    this.problem = outcome.kind === "failed" ? outcome.problem : null;
    if (outcome.kind !== "connected") {
      const trouble = this.autoReconnect && outcome.kind !== "failed" ? outcome : null;
      if (!Bun.deepEquals(trouble, this.trouble)) this.trouble = trouble;
      this.session.closed("");
      return outcome;
    }
    this.trouble = null;
    connection = outcome.connection;
    this.#connection = outcome.connection;
    this.#applyEncoding();
    this.session.opened(outcome.connection.isReadable === true);
    for (const action of early) deliver(action);
    return outcome;
  }

  /**
   * Returns a link to this server with an invitation code or a room. It has the address that the owner
   * announces, if there is one, and the certificate's fingerprint unless an authority vouches for the server.
   */
  linkWith({ invitation = null, room = null }: LinkContent): string {
    const { fingerprint = this.link.fingerprint, isAuthorised = false } = this.#connection ?? {};
    const announced = parseAddress(this.session.state.publicAddress);
    const { host, port } = announced ?? this.link;
    return formatLink({
      ...{ host, port: port ?? this.link.port, invitation, room },
      fingerprint: isAuthorised ? null : fingerprint,
    });
  }

  /**
   * Accepts a server's changed certificate if `typed` confirms it, stores it, and connects to that server
   * from now on. Call `open` or `reconnect` then.
   *
   * @param refused the certificate that was refused, and the one that was expected in its place, if any
   */
  confirm(
    refused: { readonly fingerprint: string; readonly known?: string },
    typed: string,
  ): Confirmation {
    const { fingerprint } = refused;
    const confirmation = confirmCertificate(this.link, fingerprint, typed);
    if (confirmation.kind !== "confirmed") return confirmation;
    const { invitation } = confirmation.link;
    if (invitation !== null && invitation !== this.link.invitation) {
      this.session.sendInvitation(invitation);
    }
    this.#link = confirmation.link;
    // If it can't be stored, the link holds it for this run, and the next one asks again.
    this.#ports.remember(confirmation.link, fingerprint, refused.known ?? null);
    return confirmation;
  }

  /**
   * Leads the next connections to a network of the bouncer by its id; from now on the server is that network (see
   * `serverKey`), or stays the bouncer for null.
   */
  bindNetwork(id: string, network: string | null): void {
    this.#link = { ...this.#link, network };
    this.session.bindNetwork(id);
  }

  /** Reads and writes text in this encoding from now on; null: UTF-8, and what isn't is guessed. */
  setEncoding(encoding: string | null): void {
    const { [serverKey(this.link)]: _, ...others } = this.#ports.saved.encodings ?? {};
    const chosen = encoding === null ? {} : { [serverKey(this.link)]: encoding };
    this.#ports.save({ encodings: { ...others, ...chosen } });
    this.#applyEncoding();
  }

  #applyEncoding(): void {
    const encoding = this.#ports.saved.encodings?.[serverKey(this.link)] ?? this.#ports.encoding;
    this.session.setEncoding(encoding ?? null);
    this.#connection?.setEncoding?.(encoding ?? null);
  }

  /** Takes no line from the server until it is called with `false`: while what it said can't be written away. */
  hold(isHeld: boolean): void {
    this.#connection?.hold(isHeld);
  }

  /** Makes the next attempt now, if one is scheduled. */
  retryNow(): void {
    if (this.session.state.phase.kind === "waiting") this.#retry();
  }

  /** Reconnects now from any state; an open connection is replaced by a new one. */
  reconnect(): void {
    const { kind } = this.session.state.phase;
    if (kind === "connecting") return;
    if (this.#connection !== null) this.#disconnect("");
    this.#retry();
  }

  /** Sends QUIT and closes permanently: no listener is called afterwards. */
  end(reason = ""): void {
    if (this.#isEnded) return;
    this.autoReconnect = false;
    if (this.#connection !== null) this.session.quit(reason);
    this.#isEnded = true;
    this.#stopTick();
    this.#stopRetry();
    this.#stopContinue();
    this.#connection?.close();
    this.#connection = null;
    this.#listeners = [];
  }

  #receive(line: WireLine): void {
    if (this.session.state.phase.kind === "handshaking" && isOtherProtocol(line)) {
      this.problem = "not-irc";
      return this.#disconnect("");
    }
    this.session.receive(line);
  }

  #onSessionEvent(event: ClientEvent): void {
    if (event.kind === "awaiting-login" || event.kind === "disconnected") this.firstStep ??= event;
    if (event.kind === "stalled" && !this.autoReconnect) this.problem = "silent";
    if (event.kind === "ready") this.#attempt = 0;
    for (const listener of this.#listeners) listener(event);
    // Deferred until the session's own call has returned: it hasn't finished with the line yet.
    if (event.kind === "stalled") this.#ports.after(0, () => this.#disconnect(""));
    // A busy server, or too many attempts: a later attempt may succeed. A wrong password stays wrong.
    if (event.kind === "log-in-failed" && this.autoReconnect && !isFinal(event.problem)) {
      this.#ports.after(0, () => this.#disconnect(""));
    }
    if (event.kind === "disconnected" && event.retry) this.#scheduleRetry();
  }

  #disconnect(why: string): void {
    const connection = this.#connection;
    if (connection === null) return;
    this.#connection = null;
    connection.close();
    this.session.closed(why);
  }

  #scheduleRetry(): void {
    if (!this.autoReconnect || this.#isEnded) return;
    const { trouble } = this;
    // With another certificate it stays at the longest delay: the right server may come back in its place.
    const delayMs =
      trouble === null ? reconnectDelay(this.#attempt, this.#ports.random()) : DELAY_MS_MAX;
    this.#stopRetry();
    this.#stopRetry = this.#ports.after(delayMs, () => this.#retry());
    const attempt = this.#attempt;
    this.#attempt += 1;
    // Deferred until every listener has received the event.
    this.#ports.after(0, () => {
      const { phase } = this.session.state;
      if (phase.kind === "offline" && !this.#isEnded) {
        this.session.waiting(this.#ports.elapsed() + delayMs, attempt, trouble?.kind ?? null);
      }
    });
  }

  #retry(): void {
    this.#stopRetry();
    if (this.#isEnded || this.#connection !== null) return;
    this.open().catch((error) => this.session.closed(String(error)));
  }

  #tick(): void {
    this.#stopTick = this.#ports.after(TICK_MS, () => {
      const hasSlept = this.#ports.now() - this.#lastTick > SLEPT_MS;
      this.#lastTick = this.#ports.now();
      if (hasSlept) this.#wake();
      else this.session.tick();
      // What it found may have ended this connection.
      if (!this.#isEnded) this.#tick();
    });
  }

  /** After the machine or this program slept: the session asks at once whether the connection lives, or it is restored. */
  #wake(): void {
    this.session.tick();
    if (this.session.state.phase.kind !== "waiting" || this.trouble !== null) return;
    this.#attempt = 0;
    this.#retry();
  }
}

/**
 * Returns the password for a bouncer such as ZNC with the network in it that the link names: USER/NETWORK:PASSWORD. What
 * has no user in it is some other server's.
 */
function passwordFor(password: string | null, { network = null }: ServerLink): string | null {
  const [, user, secret] = /^([^:/]+)(?:\/[^:]*)?:(.*)$/s.exec(password ?? "") ?? [];
  if (network === null || user === undefined) return password;
  return `${user}/${network}:${secret}`;
}

/** How servers of other protocols begin: HTTP, SSH, mail, FTP, VNC, and pages of HTML. */
const OTHER_PROTOCOL = /^(?:HTTP\/\d|SSH-\d|220[ -]|\+OK|\* OK|RFB \d|<(?:!DOCTYPE|html|\?xml))/i;

/** Returns whether a line shows that this is no IRC server. */
function isOtherProtocol(line: WireLine): boolean {
  return line.kind === "text" && OTHER_PROTOCOL.test(line.text);
}

/** Returns whether trying the same log-in again can't succeed. */
export function isFinal(problem: LogInProblem): boolean {
  switch (problem.kind) {
    case "wrong":
    case "certificate-unknown":
    case "code-missing":
    case "code-wrong":
    case "second-factor-setup":
      return true;
    case "other":
      // A suspension may end, but nobody should wait for it in front of a screen that says nothing.
      return /^CERT_|^SESSION_ENDED$|^ACCOUNT_SUSPENDED$/.test(problem.code);
    case "slowed":
    case "busy":
    case "lost":
    case "not-offered":
      return false;
  }
}
