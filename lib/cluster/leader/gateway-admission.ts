import { X509Certificate } from "node:crypto";
import type { ElapsedMs } from "../../protocol/time.ts";
import { elapsed } from "../../transport/clock.ts";
import type { CertificatePair } from "../../transport/listen.ts";
import type { GatewayOpening } from "../frames/frame-connection.ts";

/** Returns the fingerprint of a certificate, as people compare it; "" for what is none. */
export function fingerprintOf({ cert }: Pick<CertificatePair, "cert">): string {
  try {
    return new X509Certificate(cert).fingerprint256;
  } catch {
    return "";
  }
}

/** Returns what a gateway is called in the owner's log: those of this machine by their number alone. */
export function gatewayName(number: number | null, opening?: GatewayOpening): string {
  if (opening === undefined) return `gateway ${number ?? "?"}`;
  return `gateway ${opening.number} of ${opening.node}`;
}

/** Returns a sentence for the owner of a gateway that can't be one of a leader's. */
export function certificatesDiffer(gateway: string, shown: string, leaders: string): string {
  return (
    `${gateway} shows a certificate with the fingerprint ${shown}, and the leader one with ${leaders}. ` +
    "Copy the certs folder of one machine to the other: people trust this server by its certificate"
  );
}

/** Between two gateways of which the owner is told that anybody may have made up. */
const UNPROVEN_MS = 60_000;
const TOLD_MAX = 1000;

/**
 * Decides on gateways of other machines. People trust a server by its certificate, so all gateways show the same one: its
 * private key never travels, the owner copies the folder. By that key they prove to be gateways (bus/frame-secret.ts).
 */
export class GatewayAdmission {
  readonly #note: (level: "warn" | "error", text: string) => void;
  readonly #elapsed: () => ElapsedMs;
  /** For which gateways the owner was told why: they try again and again. */
  readonly #told = new Map<string, string>();
  #unprovenAtMs = Number.NEGATIVE_INFINITY;

  /** @param note writes a line to the server's log */
  constructor(
    note: (level: "warn" | "error", text: string) => void,
    monotonic: () => ElapsedMs = elapsed,
  ) {
    this.#note = note;
    this.#elapsed = monotonic;
  }

  /** Returns `null`, or a sentence for the gateway's owner that says why it is refused. */
  refusal(opening: GatewayOpening, certificate: CertificatePair): string | null {
    const why = difference(opening, opening.certificate, certificate);
    if (this.#isNews(opening, why)) this.#note("error", `a gateway is refused: ${why}`);
    return why;
  }

  /** Refuses a gateway for something else: `why` is what stands behind its name. Returns the sentence for its owner. */
  refuse(opening: GatewayOpening, why: string): string {
    const sentence = `${gatewayName(opening.number, opening)} ${why}`;
    if (this.#isNews(opening, sentence)) this.#note("error", `a gateway is refused: ${sentence}`);
    return sentence;
  }

  /**
   * Tells the owner of a gateway that isn't proven to have the certificate's key. Of those that anybody makes up, the log
   * has few.
   *
   * @param misfit why their versions don't work together, to be said behind its name; `null` when they do
   */
  unproven(opening: GatewayOpening, certificate: CertificatePair, misfit: string | null): void {
    const now = this.#elapsed();
    if (now - this.#unprovenAtMs < UNPROVEN_MS) return;
    const name = gatewayName(opening.number, opening);
    const without = `${name} doesn't have the key of the certificate that it shows`;
    const why =
      misfit === null
        ? (difference(opening, opening.certificate, certificate) ?? without)
        : `${name} ${misfit}`;
    if (!this.#isNews(opening, why)) return;
    this.#unprovenAtMs = now;
    this.#note("error", `a gateway is refused: ${why}`);
  }

  /** Warns of a gateway that shows another certificate than the leader since one of them was renewed. */
  watch(opening: GatewayOpening, fingerprint: string, certificate: CertificatePair): void {
    const why = difference(opening, fingerprint, certificate);
    const isNews = this.#isNews(opening, why);
    if (why !== null && isNews) this.#note("warn", why);
  }

  /** Whether it is the first time that this is told of a gateway. `null`: it is as it should be. */
  #isNews(opening: GatewayOpening, why: string | null): boolean {
    const name = gatewayName(opening.number, opening);
    const isNews = why !== null && this.#told.get(name) !== why;
    this.#told.delete(name);
    if (why !== null) this.#told.set(name, why);
    for (const oldest of this.#told.keys()) {
      if (this.#told.size > TOLD_MAX) this.#told.delete(oldest);
    }
    return isNews;
  }
}

/** Returns a sentence when a gateway shows another certificate than the leader; `null` when it doesn't. */
function difference(
  opening: GatewayOpening,
  shown: string,
  certificate: CertificatePair,
): string | null {
  const fingerprint = fingerprintOf(certificate);
  const name = gatewayName(opening.number, opening);
  return shown === fingerprint ? null : certificatesDiffer(name, shown, fingerprint);
}
