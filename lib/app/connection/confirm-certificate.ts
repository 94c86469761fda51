/** How a user confirms a server's new certificate: by a new link, or by the end of its fingerprint. */
import { FINGERPRINT_END_DIGITS, parseFingerprintDigits } from "../../protocol/fingerprint.ts";
import { isLinkLike, parseLink, type ServerLink } from "../../protocol/server-link.ts";
import type { Words } from "../i18n/words.ts";

/** Whether a typed text confirms a certificate; `link` then holds its fingerprint. */
export type Confirmation =
  | { readonly kind: "confirmed"; readonly link: ServerLink }
  /** Each is a key of `Words["confirm"]`. */
  | {
      readonly kind: "wrong" | "too-short" | "cut-link" | "other-server" | "no-fingerprint";
    };

/**
 * Compares a certificate with what the user typed: a new link to the server, or at least the end of the
 * fingerprint ({@link FINGERPRINT_END_DIGITS}), in any case and with any spaces.
 *
 * @param link the server that shows the certificate. A new link's invitation and room replace its own.
 * @param fingerprint of that certificate
 */
export function confirmCertificate(
  link: ServerLink,
  fingerprint: string,
  typed: string,
): Confirmation {
  if (!isLinkLike(typed)) {
    const digits = parseFingerprintDigits(typed);
    if (!fingerprint.endsWith(digits)) return { kind: "wrong" };
    if (digits.length < FINGERPRINT_END_DIGITS) return { kind: "too-short" };
    return { kind: "confirmed", link: { ...link, fingerprint } };
  }
  const given = parseLink(typed);
  if (given === null) return { kind: "cut-link" };
  if (given.fingerprint === fingerprint) {
    const invitation = given.invitation ?? link.invitation;
    const room = given.room ?? link.room;
    return { kind: "confirmed", link: { ...link, fingerprint, invitation, room } };
  }
  if (given.host !== link.host || given.port !== link.port) return { kind: "other-server" };
  return { kind: given.fingerprint === null ? "no-fingerprint" : "wrong" };
}

/** Returns the sentence for a text that confirms nothing. */
export function confirmProblem(
  words: Words,
  { kind }: Exclude<Confirmation, { kind: "confirmed" }>,
): string {
  return kind === "cut-link" ? words.menu.cutLink : words.confirm[kind];
}
