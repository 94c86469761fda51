import { randomBytes, randomUUID } from "node:crypto";
import { BusConnector } from "../cluster/bus/bus-connector.ts";
import { systemBusTiming } from "../cluster/bus/bus-timing.ts";
import type { FrameBus } from "../cluster/engine.ts";
import { type ConnectToLeader, unixSocketRoute } from "../cluster/frames/frame-connection.ts";
import { connectNatsBus } from "../cluster/nats/nats-bus.ts";
import { renewedCertificate } from "../file-manager/certificates/certificates.ts";
import type { CertificatePair } from "../transport/listen.ts";
import { natsOptions } from "./node/nats-options.ts";
import { type ClusterPlace, type ProcessRole, runName } from "./process-role.ts";

/** Between two attempts to reach NATS. */
const RETRY_MS = 1000;
const NUMBER_BYTES = 6;

/** How a gateway reaches whoever leads, and which certificate it shows. */
export interface LeaderRoute {
  readonly connect: ConnectToLeader;
  /** Returns the certificate that is in the folder now; `null` where the leader tells it. */
  certificate(): CertificatePair | null;
  /** Whether NATS is reached; `false` on one machine. */
  readonly isReached: boolean;
}

/** Writes a line to the server's log. */
type Note = (text: string) => void;

/** Returns the route to the leader: over a unix socket of this machine, or over the bus of a cluster. */
export function routeToLeader(role: ProcessRole, note: Note): LeaderRoute {
  const { cluster } = role;
  if (cluster === undefined) {
    const { connect } = unixSocketRoute(role.socket);
    return { connect, certificate: () => null, isReached: false };
  }
  const certificate = (): CertificatePair | null => certificateIn(cluster, note);
  let bus: FrameBus | null = null;
  const reached = (connected: FrameBus): void => {
    bus = connected;
  };
  const connector = busConnector(role, cluster, certificate, note, reached);
  return {
    connect: async (handlers) => (await connector).connect(handlers),
    certificate,
    get isReached() {
      return bus?.isConnected ?? false;
    },
  };
}

function certificateIn({ certs }: ClusterPlace, note: Note): CertificatePair | null {
  const certificate = renewedCertificate(certs);
  if (!("refused" in certificate)) return certificate;
  note(certificate.refused);
  return null;
}

/** Resolves when NATS is reached. */
async function busConnector(
  role: ProcessRole,
  place: ClusterPlace,
  certificate: () => CertificatePair | null,
  note: Note,
  reached: (bus: FrameBus) => void,
): Promise<BusConnector> {
  const { cluster, node } = place;
  const { number } = role;
  const [process, run] = [randomUUID(), runName(role)];
  let lastRefusal = "";
  while (true) {
    const options = natsOptions(place, (text) => note(text));
    const connected = "refused" in options ? options : await connectNatsBus(options);
    if ("bus" in connected) {
      reached(connected.bus);
      return new BusConnector({
        ...{ bus: connected.bus, cluster, timing: systemBusTiming(), note },
        ...{ opening: { process, node, run, number }, certificate },
        draw: () => randomBytes(NUMBER_BYTES).readUIntBE(0, NUMBER_BYTES),
      });
    }
    if (connected.refused !== lastRefusal) note(connected.refused);
    lastRefusal = connected.refused;
    await Bun.sleep(RETRY_MS);
  }
}
