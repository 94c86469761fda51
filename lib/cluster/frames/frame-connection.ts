import { elapsed, startTicks } from "../../transport/clock.ts";
import type { CertificatePair } from "../../transport/listen.ts";
import { connectLocally, listenLocally } from "../../transport/local-socket.ts";
import { ReachableTime } from "../awake-time.ts";

/*
 * The way of frames between a gateway and its leader: a unix socket between processes of one machine, or the engine's bus
 * (bus/) between those of several. Either is a stream of bytes in order, or is closed at both ends.
 */

/** On a machine whose processes all start at once. */
const UNIX_COME_WITHIN_MS = 10_000;
const UNIX_TICK_MS = 250;

/** A connection between a gateway and its leader. */
export interface FrameConnection {
  /** Which gateway is at the other end; left out for one of this machine, whose leader sees its process. */
  readonly opening?: GatewayOpening;
  /** Whether so much waits that the sender should wait as well: see {@link FrameHandlers.drained}. */
  readonly isBusy: boolean;
  /** Whether it was closed, since more waited than the other side may owe. */
  readonly isOverLimit: boolean;
  /** Sends bytes, which may change afterwards. What can't leave waits. */
  write(bytes: Uint8Array): void;
  /** Ends the connection when everything that waits has left, and the other side has it. */
  end(): void;
  /** Ends the connection at once. */
  close(): void;
}

/** What a gateway of another machine says of itself before it may speak. */
export interface GatewayOpening {
  /** Drawn by chance for each process. */
  readonly process: string;
  /** The name of its machine's node. */
  readonly node: string;
  /** Names the run of its supervisor, which may have started the leader as well. */
  readonly run?: string;
  /** Its supervisor's number of it, from 1. */
  readonly number: number;
  /** Fingerprint of the certificate that it shows. */
  readonly certificate: string;
}

/** The callbacks of a connection's owner. */
export interface FrameHandlers {
  open?(connection: FrameConnection): void;
  /** Bytes arrived, split anywhere. They are valid during this call only. */
  data(connection: FrameConnection, bytes: Uint8Array): void;
  /** Everything that waited has left. */
  drained?(connection: FrameConnection): void;
  /** Nothing was heard for some seconds, or something is heard again. The connection goes on until it is closed. */
  silent?(connection: FrameConnection, isSilent: boolean): void;
  /** The connection has ended, for whatever reason. */
  close(connection: FrameConnection): void;
}

/** The callbacks of a leader, which are told of gateways on other machines before they are connected. */
export interface LeaderFrameHandlers extends FrameHandlers {
  /** Returns the certificate in use, whose private key a gateway has to have. */
  certificate(): CertificatePair;
  /** Returns the one that is in the folder now, whose key does as well; `null` for none. */
  renewedCertificate(): CertificatePair | null;
  /**
   * Decides on a gateway that has that key: `null`, or a sentence that says why it can't be one of this leader's.
   *
   * @param misfit why their versions don't work together, to be said behind its name; `null` when they do
   */
  admit(opening: GatewayOpening, misfit: string | null): string | null;
  /** Hears of a gateway that isn't proven to have that key. Anybody may have made it up. `misfit`: see `admit`. */
  unproven(opening: GatewayOpening, misfit: string | null): void;
}

/** Connects a gateway to its leader. A rejected promise means that the leader can't be reached now. */
export type ConnectToLeader = (handlers: FrameHandlers) => Promise<FrameConnection>;

/** A leader that lets gateways connect. */
export interface FrameListener {
  /** How long every gateway that lives needs at most to connect to a new leader that it can reach. */
  readonly comeWithinMs: number;
  /**
   * Calls a function, once, when gateways could have reached this leader for `ms` milliseconds since it began. What they have
   * sent while this process slept is heard before.
   */
  onceReachableFor(ms: number, run: () => void): void;
  /** Accepts no more connections. */
  stopAccepting(): void;
  /** The same, and ends those that there are at once. */
  stop(): void;
}

/** Lets gateways connect to this leader. Throws the system's error when it can't. */
export type AcceptGateways = (handlers: LeaderFrameHandlers) => FrameListener;

/** Returns the route between processes of one machine. */
export function unixSocketRoute(path: string): {
  readonly connect: ConnectToLeader;
  readonly accept: AcceptGateways;
} {
  return {
    connect: (handlers) => connectLocally(path, handlers),
    accept: (handlers) => ({
      ...listenLocally(path, handlers),
      ...{ comeWithinMs: UNIX_COME_WITHIN_MS, onceReachableFor },
    }),
  };
}

function onceReachableFor(ms: number, run: () => void): void {
  const time = new ReachableTime(elapsed());
  const ticks = startTicks(UNIX_TICK_MS, () => {
    if (time.tick(elapsed()) < ms) return;
    ticks.stop();
    run();
  });
}
