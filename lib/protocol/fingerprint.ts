/** SHA-256 fingerprints of certificates as people read them to each other: 64 lower-case hex digits. */

/**
 * Digits at the end of a fingerprint that are enough to confirm a certificate: 64 bits. Somebody in the
 * middle would have to make some 10^19 certificates until these match; for eight digits 10^9 would do.
 */
export const FINGERPRINT_END_DIGITS = 16;
const GROUP = /.{1,4}/g;
/** What people write between digits, and programs such as openssl. */
const SEPARATORS = /[\s:.…-]/g;

/** Formats a whole fingerprint as two rows of groups. */
export function fingerprintRows(fingerprint: string): string {
  const half = fingerprint.length / 2;
  return `${grouped(fingerprint.slice(0, half))}\n${grouped(fingerprint.slice(half))}`;
}

/** Returns the end of a fingerprint, which an owner reads out, in groups of four: `1a2b 3c4d 5e6f 7081`. */
export function fingerprintEnd(fingerprint: string): string {
  return grouped(fingerprint.slice(-FINGERPRINT_END_DIGITS));
}

/** Returns the digits of a typed fingerprint, in any case and with any separators. */
export function parseFingerprintDigits(typed: string): string {
  return typed.normalize("NFKC").replace(SEPARATORS, "").toLowerCase();
}

function grouped(digits: string): string {
  return (digits.match(GROUP) ?? []).join(" ");
}
