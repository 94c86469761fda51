import { X509Certificate } from "node:crypto";
import type { CertificatePair } from "../transport/listen.ts";
import type { GatewayOpening } from "./frame-connection.ts";

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
    const name = gatewayName(opening.number, opening);
    const fingerprint = fingerprintOf(certificate);
    if (opening.certificate === fingerprint) {
      this.#told.delete(name);
      return null;
    }
    const why =
      `${name} shows a certificate with the fingerprint ${opening.certificate}, and the leader one with ${fingerprint}. ` +
      "Copy the certs folder of one machine to the other: people trust this server by its certificate";
    if (this.#told.get(name) !== why) this.#note("error", `a gateway is refused: ${why}`);
    this.#told.set(name, why);
    return why;
  }
}
