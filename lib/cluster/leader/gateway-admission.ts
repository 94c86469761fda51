import { X509Certificate } from "node:crypto";
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

/**
 * Decides on gateways of other machines. People trust a server by its certificate, so all gateways show the same one: its
 * private key never travels, the owner copies the folder.
 */
export class GatewayAdmission {
  readonly #note: (level: "warn" | "error", text: string) => void;
  /** For which gateways the owner was told why: they try again and again. */
  readonly #told = new Map<string, string>();

  /** @param note writes a line to the server's log */
  constructor(note: (level: "warn" | "error", text: string) => void) {
    this.#note = note;
  }

  /** Returns `null`, or a sentence for the gateway's owner that says why it is refused. */
  refusal(opening: GatewayOpening, certificate: CertificatePair): string | null {
    const why = differenceOf(opening, opening.certificate, certificate);
    return why === null ? this.#forget(opening) : this.#refuse(opening, why);
  }

  /** Refuses a gateway for something else: `why` is what stands after its name. Returns the sentence for its owner. */
  refuse(opening: GatewayOpening, why: string): string {
    return this.#refuse(opening, `${gatewayName(opening.number, opening)} ${why}`);
  }

  /** Warns of a gateway that shows another certificate than the leader since one of them was renewed. */
  watch(opening: GatewayOpening, fingerprint: string, certificate: CertificatePair): void {
    const why = differenceOf(opening, fingerprint, certificate);
    if (why === null) this.#forget(opening);
    else if (this.#isNews(opening, why)) this.#note("warn", why);
  }

  #refuse(opening: GatewayOpening, sentence: string): string {
    if (this.#isNews(opening, sentence)) {
      this.#note("error", `a gateway is refused: ${sentence}`);
    }
    return sentence;
  }

  #forget(opening: GatewayOpening): null {
    this.#told.delete(gatewayName(opening.number, opening));
    return null;
  }

  #isNews(opening: GatewayOpening, sentence: string): boolean {
    const name = gatewayName(opening.number, opening);
    const isNews = this.#told.get(name) !== sentence;
    this.#told.set(name, sentence);
    return isNews;
  }
}

/** Returns a sentence when a gateway shows another certificate than the leader; `null` when it doesn't. */
function differenceOf(
  opening: GatewayOpening,
  shown: string,
  certificate: CertificatePair,
): string | null {
  const fingerprint = fingerprintOf(certificate);
  if (shown === fingerprint) return null;
  return (
    `${gatewayName(opening.number, opening)} shows a certificate with the fingerprint ${shown}, and the leader one with ` +
    `${fingerprint}. Copy the certs folder of one machine to the other: people trust this server by its certificate`
  );
}
