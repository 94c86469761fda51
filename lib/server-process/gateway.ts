import type { GatewayState } from "../cluster/frames/child-entries.ts";
import type { GatewayReport, GatewaySettings } from "../cluster/frames/gateway-entries.ts";
import { LeaderConnection } from "../cluster/gateway/leader-connection.ts";
import { fingerprintOf } from "../cluster/leader/gateway-admission.ts";
import { ChildConnection } from "../cluster/supervisor/child-connection.ts";
import { ENDS_WITH_LEADER } from "../cluster/supervisor/handover.ts";
import { isInNetworks, isTrustedProxy } from "../protocol/address.ts";
import { elapsed, startTicks } from "../transport/clock.ts";
import type { CertificatePair, Listener } from "../transport/listen.ts";
import { ListenError } from "../transport/listen-error.ts";
import { LoopDelay } from "../transport/loop-delay.ts";
import {
  makeConnectionLimits,
  type OpenedListeners,
  openListeners,
} from "../transport/open-listeners.ts";
import { crash } from "../transport/shutdown.ts";
import { Traffic } from "../transport/traffic.ts";
import { TurnQueue } from "../transport/turn-queue.ts";
import { endWithSupervisor, ignoreSignals } from "./end-with-supervisor.ts";
import { type LeaderRoute, routeToLeader } from "./leader-route.ts";
import type { ProcessRole } from "./process-role.ts";

const STATS_MS = 1000;
/** How long a gateway that accepts no more connections keeps those that it has. */
const LEAVING_MS = 24 * 3_600_000;
/** Then they are closed over a minute: they come to others, whose handshakes take time. */
const CLOSE_SOME_MS = 100;
const CLOSE_SHARE = 600;
const ENDING_WORDS = new TextEncoder().encode(
  "ERROR :This gateway of the server is going down: connect again, and another one answers\r\n",
);
const LEAVING_WORDS = new TextEncoder().encode(
  "ERROR :The server was replaced a day ago, and this part of it ends: connect again\r\n",
);
/** A signal that ends the whole server reaches the leader as well, which says good-bye to everybody first. */
const LEADER_FIRST_MS = 1000;
/** How long a gateway of a cluster waits for its people to hang up, and then for the leader to have heard it. */
const GOODBYE_MS = 1000;
const GOODBYE_POLL_MS = 5;

/** Holds connections for the leader of this machine, which tells it what to do: it reads no settings itself. */
export function serveAsGateway(role: ProcessRole): void {
  endWithSupervisor(role);
  ignoreSignals("SIGHUP", "SIGUSR2");
  void new Gateway(role).connect();
}

/** Owns the listeners of this process. */
class Gateway {
  readonly #role: ProcessRole;
  readonly #route: LeaderRoute;
  readonly #leader: LeaderConnection;
  readonly #traffic = new Traffic();
  readonly #loopDelay = new LoopDelay();
  /** As the leader told last. */
  #settings: GatewaySettings | null = null;
  /** What new connections are shown. */
  #shown: CertificatePair | null = null;
  #opening: Promise<OpenedListeners | null> | null = null;
  #isListening = false;
  #isAskedToStop = false;
  #isLeaving = false;
  #isStopping = false;

  constructor(role: ProcessRole) {
    this.#role = role;
    // There may be no leader to write it.
    this.#route = routeToLeader(role, (text) =>
      process.stderr.write(`gateway ${role.number}: ${text}\n`),
    );
    this.#leader = new LeaderConnection(this.#route.connect, {
      order: (order) => {
        if (order.kind === "stop") this.#stopAsTold();
        else if (order.kind === "retire") this.#retire().catch(crash);
        else this.#apply(order.settings).catch(crash);
      },
      lost: () => {
        if (this.#isAskedToStop && this.#role.cluster === undefined) this.#stop();
      },
    });
    startTicks(STATS_MS, () => this.#tellStats());
    // On one machine, the leader tells the supervisor of its gateways.
    if (role.cluster !== undefined) {
      new ChildConnection(role.socket, {
        gateway: () => this.#state(),
        retire: () => void this.#retire().catch(crash),
      });
    }
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => this.#stopSoon());
    }
  }

  connect(): Promise<void> {
    return this.#leader.connect();
  }

  /** Opens the ports when the first settings come. Later ones hold for new connections. */
  async #apply(told: GatewaySettings): Promise<void> {
    const before = this.#settings;
    const certificate = told.certificate ?? this.#route.certificate();
    const settings = { ...told, ...this.#role.cluster?.hosts, certificate };
    this.#settings = settings;
    this.#opening ??= this.#open(settings);
    const listeners = await this.#opening;
    if (listeners === null || before === null || certificate === null) return;
    if (this.#isStopping || this.#isLeaving) return;
    const { cert, key } = certificate;
    if (before.certificate?.cert !== cert || before.certificate.key !== key) {
      const unusable = listeners.tls.swapCertificate(certificate);
      if (unusable !== null) this.#log(`the renewed certificate can't be used: ${unusable}`);
      else this.#shown = certificate;
    }
    // The leader compares it with its own.
    if (told.certificate === null) this.#leader.greet(this.#listening());
  }

  /** Resolves to `null` when a port can't be opened: then the leader is told, and this process ends. */
  async #open(settings: GatewaySettings): Promise<OpenedListeners | null> {
    const { host, plainHost, proxyHost, certificate } = settings;
    const { ports } = this.#role;
    // Its folder can't be read, and the reason was told.
    if (certificate === null) process.exit(1);
    const address = (place: string | null, port: number | null) =>
      place === null || port === null ? null : { host: place, port };
    const places = {
      ...{ host, port: ports.tls },
      ...{ plain: address(plainHost, ports.plain), proxy: address(proxyHost, ports.proxy) },
    };
    const limits = makeConnectionLimits(settings, {
      isExempt: (peer) => isInNetworks(peer, this.#settings?.exemptNetworks ?? []),
      turns: new TurnQueue(),
      // The leader looks at what waits for all readers, and warns when the system allows too few connections.
      ...{ relieve() {}, note() {} },
    });
    const opened = await openListeners(places, certificate, {
      ...{ limits, handlers: this.#leader.handlers, traffic: this.#traffic, isShared: true },
      hostOf: (peer) => peer,
      isProxy: (peer) => isTrustedProxy(peer, this.#settings?.trustedProxies ?? []),
    });
    if (!(opened instanceof ListenError)) {
      this.#shown = certificate;
      this.#isListening = true;
      this.#leader.greet(this.#listening());
      return opened;
    }
    const { kind, hostname, port, cause } = opened;
    const problem = { kind, hostname, port, cause: String(cause) };
    this.#leader.report({ ...this.#listening(), problem });
    this.#leader.end();
    setTimeout(() => process.exit(1), STATS_MS);
    return null;
  }

  #listening(): Extract<GatewayReport, { kind: "listening" }> {
    const { number } = this.#role;
    const shown = this.#role.cluster === undefined ? null : this.#shown;
    const report = {
      ...({ kind: "listening", number, pid: process.pid, problem: null } as const),
      carriesFiles: true,
      ...(shown !== null && { certificate: fingerprintOf(shown) }),
    };
    return this.#isLeaving ? { ...report, isLeaving: true } : report;
  }

  /** Accepts no more connections, and ends when those that there are have ended: after a day they are closed. */
  async #retire(): Promise<void> {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    const listeners = await this.#opening;
    // It never had anybody.
    if (listeners === null) return this.#stop();
    await Promise.all(listenersOf(listeners).map((listener) => listener.stopAccepting()));
    this.#isListening = false;
    this.#leader.greet(this.#listening());
    setTimeout(() => {
      const count = Math.ceil(linksOf(listeners) / CLOSE_SHARE);
      startTicks(CLOSE_SOME_MS, () => this.#leader.closeSome(count, LEAVING_WORDS));
    }, LEAVING_MS).unref();
    startTicks(STATS_MS, () => {
      if (linksOf(listeners) === 0) this.#stop();
    });
  }

  #stopSoon(): void {
    if (this.#isAskedToStop) return;
    this.#isAskedToStop = true;
    if (this.#role.cluster !== undefined) this.#sayGoodBye().catch(crash);
    else if (!this.#leader.isConnected) this.#stop();
    else setTimeout(() => this.#stop(), LEADER_FIRST_MS);
  }

  /** Without a cluster, the leader has said good-bye. */
  #stopAsTold(): void {
    process.exitCode = ENDS_WITH_LEADER;
    if (this.#role.cluster === undefined) this.#stop();
    else this.#stopSoon();
  }

  /** The cluster goes on: nobody else says good-bye to the people of this gateway, and the leader has to hear who has gone. */
  async #sayGoodBye(): Promise<void> {
    const listeners = (await this.#opening) ?? null;
    const ports = listeners === null ? [] : listenersOf(listeners);
    await Promise.all(ports.map((listener) => listener.stopAccepting()));
    this.#leader.sayGoodBye(ENDING_WORDS);
    const untilElapsedMs = elapsed() + GOODBYE_MS;
    while (this.#leader.links > 0 && elapsed() < untilElapsedMs) await Bun.sleep(GOODBYE_POLL_MS);
    await Promise.race([this.#leader.leave(), Bun.sleep(GOODBYE_MS)]);
    this.#stop();
  }

  #stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#leader.end();
    this.#close().then(() => process.exit(), crash);
  }

  async #close(): Promise<void> {
    const listeners = await this.#opening;
    if (listeners === null) return;
    await Promise.all(listenersOf(listeners).map((listener) => listener.stop()));
  }

  #state(): GatewayState {
    const { leader = null } = this.#settings ?? {};
    return {
      ...{ isListening: this.#isListening, isLeaving: this.#isLeaving, links: this.#leader.links },
      ...{ leader: this.#leader.isHeard ? leader : null, isReached: this.#route.isReached },
      ...{ memoryBytes: process.memoryUsage.rss(), loopDelay: this.#loopDelay.read() },
    };
  }

  #tellStats(): void {
    const { bytesIn, bytesOut, linesOut } = this.#traffic;
    this.#traffic.reset();
    const memoryBytes = process.memoryUsage.rss();
    const stats = { bytesIn, bytesOut, linesOut, memoryBytes, loopDelay: this.#loopDelay.read() };
    this.#leader.report({ kind: "stats", stats });
  }

  #log(text: string): void {
    this.#leader.report({ kind: "log", level: "error", text });
  }
}

function listenersOf({ tls, plain, proxy }: OpenedListeners): Listener[] {
  return [tls, plain, proxy].filter((listener) => listener !== null);
}

function linksOf(listeners: OpenedListeners): number {
  return listenersOf(listeners).reduce((sum, { links }) => sum + links, 0);
}
