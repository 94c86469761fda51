/** How a user confirms a server's new certificate: by a new link, or by the end of its fingerprint. */
import { isLinkLike, parseLink, type ServerLink } from "../../protocol/server-link.ts";
import type { Words } from "../i18n/words.ts";

/** Digits of a fingerprint that the owner reads out. Fewer could be met by chance or by trying. */
export const FINGERPRINT_DIGITS_MIN = 8;
/** Hex digits of a fingerprint between two spaces, for people who read it to each other. */
const FINGERPRINT_GROUP = /.{1,4}/g;

/** Whether a typed text confirms a certificate; `link` then holds its fingerprint. */
export type Confirmation =
  | { readonly kind: "confirmed"; readonly link: ServerLink }
  /** Each is a key of `Words["confirm"]`. */
  | {
      readonly kind: "wrong" | "too-short" | "cut-link" | "other-server" | "no-fingerprint";
    };

/**
 * Compares a certificate with what the user typed: a new link to the server, or at least the last eight digits
 * of the fingerprint, in any case and with any spaces.
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
    const digits = typed
      .normalize("NFKC")
      .replace(/[\s:.…-]/g, "")
      .toLowerCase();
    if (!fingerprint.endsWith(digits)) return { kind: "wrong" };
    if (digits.length < FINGERPRINT_DIGITS_MIN) return { kind: "too-short" };
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
  return kind === "cut-link" ? words.menu.cutLink : words.confirm[kind](FINGERPRINT_DIGITS_MIN);
}

/** Formats a fingerprint as two rows of groups of four digits. */
export function formatFingerprint(fingerprint: string): string {
  const groups = fingerprint.match(FINGERPRINT_GROUP) ?? [];
  const half = Math.ceil(groups.length / 2);
  return [groups.slice(0, half), groups.slice(half)].map((row) => row.join(" ")).join("\n");
}
