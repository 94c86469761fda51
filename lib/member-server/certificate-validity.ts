/** From when to when a client certificate is valid, in ms since 1970. */
export interface CertificateValidity {
  readonly from: number;
  readonly until: number;
}

/** Clocks of devices differ: a certificate that was made a moment ago must be good at once. */
const CLOCK_DIFFERENCE_MS = 3_600_000;

/** Why a certificate can't be used now. */
export type CertificateProblem = "expired" | "not-yet-valid";

/**
 * Returns why a client certificate can't be used to log in, or `null` if it can. Nobody else checks it: it needn't be
 * signed by an authority, so TLS lets every certificate in.
 *
 * @param validity left out where it isn't known
 */
export function certificateProblem(
  validity: CertificateValidity | null | undefined,
  now: number,
): CertificateProblem | null {
  if (validity == null) return null;
  if (now > validity.until) return "expired";
  return now < validity.from - CLOCK_DIFFERENCE_MS ? "not-yet-valid" : null;
}
