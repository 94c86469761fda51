import { type Certificate, renewedCertificate } from "../file-manager/certificates/certificates.ts";
import {
  certificateWarnings,
  replacementWarning,
  validityWarning,
} from "../settings/public-address.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import type { Listener } from "../transport/listen.ts";

/** Owns the certificate that new connections see: that of the start, or a renewed one. */
export class ShownCertificate {
  readonly #settings: ServerSettings;
  readonly #listener: Pick<Listener, "swapCertificate">;
  #certificate: Certificate;

  constructor(
    settings: ServerSettings,
    certificate: Certificate,
    listener: Pick<Listener, "swapCertificate">,
  ) {
    this.#settings = settings;
    this.#certificate = certificate;
    this.#listener = listener;
  }

  /** Shows the certificate that is in the folder now. Returns what the owner should know. */
  renew(): string[] {
    const renewed = renewedCertificate(this.#settings.certs);
    if ("refused" in renewed) return [renewed.refused];
    const before = this.#certificate;
    const warnings = certificateWarnings(this.#settings, renewed, Date.now());
    // Swapping opens the port anew, which costs those who are about to connect a second try.
    if (renewed.cert === before.cert && renewed.key === before.key) return warnings;
    const unusable = this.#listener.swapCertificate(renewed);
    if (unusable !== null) return [unusable];
    this.#certificate = renewed;
    const replaced = replacementWarning(this.#settings, before, renewed);
    return replaced === null ? warnings : [replaced, ...warnings];
  }

  /** Returns a warning if the certificate ends soon, or isn't valid. */
  validityWarning(): string | null {
    return validityWarning(this.#settings, this.#certificate, Date.now());
  }
}
