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
    const difference = this.#difference(opening, opening.certificate, certificate);
    if (difference === null || !difference.isNews) return difference?.why ?? null;
    this.#note("error", `a gateway is refused: ${difference.why}`);
    return difference.why;
  }

  /** Warns of a gateway that shows another certificate than the leader since one of them was renewed. */
  watch(opening: GatewayOpening, fingerprint: string, certificate: CertificatePair): void {
    const difference = this.#difference(opening, fingerprint, certificate);
    if (difference?.isNews === true) this.#note("warn", difference.why);
  }

  #difference(
    opening: GatewayOpening,
    shown: string,
    certificate: CertificatePair,
  ): { readonly why: string; readonly isNews: boolean } | null {
    const name = gatewayName(opening.number, opening);
    const fingerprint = fingerprintOf(certificate);
    if (shown === fingerprint) {
      this.#told.delete(name);
      return null;
    }
    const why =
      `${name} shows a certificate with the fingerprint ${shown}, and the leader one with ${fingerprint}. ` +
      "Copy the certs folder of one machine to the other: people trust this server by its certificate";
    const isNews = this.#told.get(name) !== why;
    this.#told.set(name, why);
    return { why, isNews };
  }
}
