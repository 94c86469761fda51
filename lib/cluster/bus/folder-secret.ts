import type { ElapsedMs } from "../../protocol/time.ts";
import type { CertificatePair } from "../../transport/listen.ts";
import type { FrameSecret, FrameSecrets } from "./frame-secret.ts";

/** Between two looks into the folder, which anybody may cause. */
const LOOK_MS = 1000;

/** The secret of the certificate in the folder: one end may have a renewed one before the other uses it. */
export class FolderSecret {
  readonly #secrets: FrameSecrets;
  readonly #elapsed: () => ElapsedMs;
  readonly #certificate: () => CertificatePair | null;
  #last: FrameSecret | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  /** @param certificate reads the certificate in the folder; `null` when none can be read */
  constructor(
    secrets: FrameSecrets,
    elapsed: () => ElapsedMs,
    certificate: () => CertificatePair | null,
  ) {
    this.#secrets = secrets;
    this.#elapsed = elapsed;
    this.#certificate = certificate;
  }

  /** What the last look has brought. */
  get last(): FrameSecret | null {
    return this.#last;
  }

  /** Returns the secret, by a new look when the last one is a second old; `null` for none. */
  look(): FrameSecret | null {
    const now = this.#elapsed();
    if (now - this.#lookedAtMs < LOOK_MS) return this.#last;
    this.#lookedAtMs = now;
    const certificate = this.#certificate();
    this.#last = certificate === null ? null : this.#secrets.of(certificate);
    return this.#last;
  }
}
