import type { GatewayFacts } from "../../chat-server/process-ports.ts";
import { elapsed } from "../../transport/clock.ts";
import type { ConnectionLimits } from "../../transport/connection-limits.ts";
import type { CertificatePair, Listener } from "../../transport/listen.ts";
import { ListenError } from "../../transport/listen-error.ts";
import type { OpenedListeners } from "../../transport/open-listeners.ts";
import type { LinkHandlers } from "../../transport/socket-link.ts";
import type { Traffic } from "../../transport/traffic.ts";
import { certificateProblem } from "../../transport/tried-ports.ts";
import type { FrameEntry } from "../frames/frame.ts";
import type { AcceptGateways, FrameConnection } from "../frames/frame-connection.ts";
import type { GatewaySettings, PortProblem, SharedPorts } from "../frames/gateway-entries.ts";
import type { ConsumedBytes } from "../log/record.ts";
import { fingerprintOf, GatewayAdmission } from "./gateway-admission.ts";
import { LeaderPeers } from "./leader-peers.ts";
import type { LinkTakeover } from "./link-takeover.ts";
import { RemoteGateway } from "./remote-gateway.ts";

/**
 * A new leader waits for so long for gateways that seem to have ended. One that lives is heard within some ms, if it
 * reaches NATS; and where its machine's node is silent as well, it has had seconds before to find another server.
 */
const ENDED_WITHIN_MS = 1000;
/** How long `stop` waits for the gateways to send what they have. */
const STOP_MS = 3000;
/** How long `leave` waits for gateways to read what was sent to them, and how often it looks. */
const LEAVE_MS = 2000;
const LEAVE_POLL_MS = 2;
/** How long `stopOwn` waits for gateways to say good-bye, and for their people's sessions to end. */
const OWN_STOP_MS = 2500;
const OWN_STOP_POLL_MS = 5;
/** How long a start waits for the others when the first gateway listens. */
const OTHERS_MS = 3000;

/** What the leader's side of the gateways needs. */
export interface RemoteListenersOptions {
  /** How gateways connect: over a unix socket, or over the bus. */
  readonly accept: AcceptGateways;
  /** The ports of this machine's gateways. Those of other machines have their own. */
  readonly ports: SharedPorts;
  /** How many gateways there are to be before the start is over; 0 where gateways of other machines come and go. */
  readonly gateways: number;
  /** See `GatewayOpening.run`: that of this process. Left out where all gateways are this machine's. */
  readonly run?: string;
  /** Gateways make the handshakes, and tell whom the leader refuses. */
  readonly limits: Omit<ConnectionLimits, "refusals">;
  readonly handlers: LinkHandlers;
  readonly certificate: CertificatePair;
  /** Returns the certificate that is in the folder now; `null` for none. Left out where gateways have no folder of their own. */
  renewedCertificate?(): CertificatePair | null;
  /** Counts what all gateways read, write and refuse. */
  readonly traffic: Traffic;
  /** The links of another leader; left out without a log. */
  readonly takeover?: LinkTakeover;
  /** Returns the sequence of the last record that was appended; left out without a log. */
  lastRecord?(): number;
  /** Returns the settings in force. */
  settings(): Omit<GatewaySettings, "certificate">;
  /** Returns `Link.host` for an address. */
  hostOf(address: string): string;
  /** Writes a line to the server's log. */
  note(level: "warn" | "error", text: string): void;
}

/** The ports of a server whose gateways hold the connections. */
export interface RemoteListeners extends OpenedListeners {
  /** Resolves when the gateways have opened the ports: with the reason when one of them couldn't. */
  readonly started: Promise<ListenError | null>;
  /** The gateways that listen, by their machines and numbers. */
  readonly gateways: readonly GatewayFacts[];
  /** Tells the gateways the settings in force. */
  applySettings(): void;
  /** Takes nothing from gateways any more: what comes is another leader's. */
  stopHearing(): void;
  /** Lets the gateways look for another leader. Resolves when they have everything that was sent to them. */
  leave(): Promise<void>;
  /**
   * Ends the gateways that have this process's supervisor, which say good-bye to their people. Resolves when all sessions
   * of these have ended: another leader needn't look for them.
   */
  stopOwn(): Promise<void>;
  /** The other processes of this machine that speak to the leader. */
  readonly peers: Pick<LeaderPeers, "upgrade" | "isGiving" | "allowHandover">;
  /** Returns up to where links are consumed that weren't so far at the last call: see `RemoteLinks.takeConsumed`. */
  takeConsumed(): ConsumedBytes[];
  /** The last record that all gateways have heard of: what came after it may have to be told again. */
  readonly heardRecord: number;
  /** Makes sure that all gateways hear of the last record. */
  tellRecord(): void;
}

/** Listens for gateways, which open the ports. */
export function openRemoteListeners(options: RemoteListenersOptions): RemoteListeners {
  const { ports, limits, traffic, note, takeover } = options;
  const { host } = options.settings();
  let { certificate } = options;
  const gateways = new Map<FrameConnection, RemoteGateway>();
  const { promise: started, resolve } = Promise.withResolvers<ListenError | null>();
  let isStarted = false;
  let isHearing = true;
  let leaving: readonly number[] = [];
  let onEmpty: (() => void) | null = null;
  const admission = new GatewayAdmission(note);
  /** The gateways of this machine. */
  const local = (): RemoteGateway[] =>
    [...gateways.values()].filter(({ opening }) => opening === undefined);
  const context = {
    ...{ places: limits.places, flushScheduler: limits.flushScheduler },
    ...{ owedBytes: limits.owedBytes, traffic, note },
    hostOf: options.hostOf,
    ...(takeover !== undefined && { takeover }),
    ...(options.lastRecord !== undefined && { lastRecord: options.lastRecord }),
    handlers: {
      ...options.handlers,
      refused(address: string, why: string) {
        traffic.refuse(why);
        options.handlers.refused?.(address, why);
      },
    },
    entryFailed: (error: unknown) =>
      note("error", `what a gateway told can't be taken in: ${stackOf(error)}`),
    deadlyInput: (address: string) =>
      note("error", `${address} is disconnected: leaders ended when they ran what it had sent`),
    other: (connection: FrameConnection, entry: FrameEntry) => peers.receive(connection, entry),
    listening(gateway: RemoteGateway, problem: PortProblem | null) {
      retireLeaving();
      watchCertificate(gateway);
      if (problem !== null) {
        const error = new ListenError(problem.kind, problem, problem.cause);
        const isOurs = gateway.opening === undefined;
        if (isStarted || !isOurs) note("error", `${gateway.name} can't listen: ${error.message}`);
        else resolve(error);
        return;
      }
      const numbers = new Set(local().map((listening) => listening.number));
      numbers.delete(null);
      if (numbers.size >= options.gateways) resolve(null);
      else setTimeout(() => resolve(null), OTHERS_MS).unref();
    },
  };
  const watchCertificate = (gateway: RemoteGateway): void => {
    if (gateway.opening !== undefined) {
      admission.watch(gateway.opening, gateway.certificate, certificate);
    }
  };
  const tellSettings = (gateway: RemoteGateway): void => {
    const pair = gateway.opening === undefined ? certificate : null;
    gateway.tell({ kind: "settings", settings: { ...options.settings(), certificate: pair } });
  };
  const retireLeaving = (): void => {
    for (const gateway of local()) {
      const isLeaving = gateway.facts?.isLeaving ?? true;
      if (!isLeaving && leaving.includes(gateway.number ?? 0)) gateway.tell({ kind: "retire" });
    }
  };
  const peers = new LeaderPeers({
    takeHeard: () => local().flatMap((gateway) => gateway.takeHeard() ?? []),
    retire(numbers) {
      leaving = numbers;
      retireLeaving();
    },
  });
  const server = options.accept({
    certificate: () => certificate,
    renewedCertificate: () => options.renewedCertificate?.() ?? null,
    admit(opening, misfit) {
      if (misfit !== null) return admission.refuse(opening, misfit);
      const isShown = opening.certificate === fingerprintOf(certificate);
      // Whoever connects after a renewal has the new one already, and the owner has yet to reload the settings here.
      const renewed = isShown ? null : options.renewedCertificate?.();
      return admission.refusal(opening, renewed ?? certificate);
    },
    unproven: (opening, misfit) => admission.unproven(opening, certificate, misfit),
    open(connection) {
      const gateway = new RemoteGateway(context, connection);
      gateways.set(connection, gateway);
      tellSettings(gateway);
    },
    data(connection, bytes) {
      if (!isHearing) return;
      try {
        gateways.get(connection)?.receive(bytes);
      } catch (error) {
        note("error", `what a gateway sent can't be read: ${String(error)}`);
        connection.close();
      }
    },
    drained: (connection) => gateways.get(connection)?.drained(),
    close(connection) {
      const gateway = gateways.get(connection);
      gateways.delete(connection);
      gateway?.ended();
      peers.closed(connection);
      if (local().length === 0) onEmpty?.();
    },
  });
  if (options.gateways === 0) resolve(null);
  // People whose gateways don't come have lost their connection.
  if (takeover?.isWaiting === true) {
    server.onceReachableFor(ENDED_WITHIN_MS, () => takeover.giveUpEnded());
    server.onceReachableFor(server.comeWithinMs, () => takeover.begin());
  } else takeover?.begin();
  const applySettings = (): void => {
    for (const gateway of gateways.values()) tellSettings(gateway);
  };
  const stopOnce = async (): Promise<void> => {
    const allGone = new Promise<void>((done) => {
      onEmpty = done;
    });
    // Those of other machines wait for the next leader, or end with their own supervisors.
    for (const gateway of local()) gateway.tell({ kind: "stop" });
    if (local().length > 0) await Promise.race([allGone, Bun.sleep(STOP_MS)]);
    server.stop();
  };
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= stopOnce();
    return stopping;
  };
  const opened = started.then(async (problem) => {
    isStarted = true;
    if (problem !== null) await stop();
    return problem;
  });
  const listener = (hostname: string, port: number): Listener => ({
    ...{ port, hostname, stop },
    // The gateways have the ports: they are told by the supervisor.
    stopAccepting: () => Promise.resolve(),
    get links() {
      return [...gateways.values()].reduce((sum, { size }) => sum + size, 0);
    },
    swapCertificate(pair) {
      const unusable = certificateProblem(hostname, pair);
      if (unusable !== null) return unusable;
      certificate = pair;
      // Those of other machines answer with what they show then.
      applySettings();
      return null;
    },
  });
  const { plainHost, proxyHost } = options.settings();
  const maybe = (hostname: string | null, port: number | null): Listener | null =>
    hostname === null || port === null ? null : listener(hostname, port);
  return {
    started: opened,
    tls: listener(host, ports.tls),
    plain: maybe(plainHost, ports.plain),
    proxy: maybe(proxyHost, ports.proxy),
    applySettings,
    peers,
    stopHearing() {
      isHearing = false;
    },
    async leave() {
      server.stopAccepting();
      const linked = [...gateways].filter(([, gateway]) => gateway.number !== null);
      for (const [connection] of linked) connection.end();
      const untilElapsedMs = elapsed() + LEAVE_MS;
      while (linked.some(([connection]) => gateways.has(connection))) {
        if (elapsed() > untilElapsedMs) return;
        await Bun.sleep(LEAVE_POLL_MS);
      }
    },
    async stopOwn() {
      const own = [...gateways].filter(
        ([{ opening }]) => opening?.run !== undefined && opening.run === options.run,
      );
      const links = own.flatMap(([, gateway]) => gateway.links);
      for (const [, gateway] of own) gateway.tell({ kind: "stop" });
      const isOver = (): boolean =>
        own.every(([connection]) => !gateways.has(connection)) &&
        links.every((link) => options.handlers.linesDone?.(link) === Number.POSITIVE_INFINITY);
      const untilElapsedMs = elapsed() + OWN_STOP_MS;
      while (!isOver() && elapsed() < untilElapsedMs) await Bun.sleep(OWN_STOP_POLL_MS);
    },
    takeConsumed: () => [...gateways.values()].flatMap((gateway) => gateway.takeConsumed()),
    get heardRecord() {
      if (takeover?.isOver === false) return 0;
      const heard = [...gateways.values()].flatMap(({ heardRecord }) => heardRecord ?? []);
      return Math.min(Number.MAX_SAFE_INTEGER, ...heard);
    },
    tellRecord() {
      for (const gateway of gateways.values()) gateway.tellRecord();
    },
    get gateways() {
      const facts = [...gateways.values()].flatMap((gateway) => gateway.facts ?? []);
      return facts.sort(
        (a, b) => (a.node ?? "").localeCompare(b.node ?? "") || a.number - b.number,
      );
    },
  };
}

function stackOf(error: unknown): string {
  return (error instanceof Error ? error.stack : undefined) ?? String(error);
}
