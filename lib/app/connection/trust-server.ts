/**
 * Decides whether to trust a server's certificate, and which server gets the server password. client.ts loads
 * this file before it knows whether it needs the menus, so it imports nothing of them.
 */
import { FINGERPRINT_END_DIGITS } from "../../protocol/fingerprint.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import type { ConnectOutcome } from "../app-ports.ts";

/** The certificates of servers that the user has trusted, by host and port. */
export interface KnownServersPort {
  /**
   * Compares a certificate with the one that is stored. `replaced`: fingerprints in whose place the user
   * confirmed it. `wasVouchedFor`: an authority vouched for the stored one. `refused`: the file can't be
   * used; a sentence says why.
   */
  recognize(
    host: string,
    port: number,
    fingerprint: string,
  ):
    | { readonly kind: "unknown" }
    | { readonly kind: "same"; readonly replaced: readonly string[] }
    | { readonly kind: "changed"; readonly before: string; readonly wasVouchedFor: boolean }
    | { readonly refused: string };
  /** Stores a certificate in place of an earlier one. Returns `null`, or a sentence when it can't. */
  remember(
    host: string,
    port: number,
    fingerprint: string,
    now: number,
    options: { readonly isVouchedFor: boolean; readonly replaces?: string | null },
  ): { readonly refused: string } | null;
}

/** Why a certificate isn't trusted. */
type Distrust = Exclude<ConnectOutcome, { kind: "connected" | "failed" }>;

/**
 * Decides on one connection whether the server is the one that was meant: because an authority vouches for
 * the name in the link, whose certificates are renewed with new keys; otherwise because it is the certificate
 * that was trusted before (as ssh does it); at a first contact, by the fingerprint in the link. A link never
 * replaces a certificate that is remembered: anybody can write one, so the user decides.
 *
 * Fingerprints are SHA-256, lower-case hexadecimal without colons.
 */
export class ServerTrust {
  readonly #link: ServerLink;
  readonly #known: KnownServersPort;
  readonly #confirmed: string;

  /** `confirmed`: the end of a fingerprint that the user trusts in place of any other; "" for none. */
  constructor(link: ServerLink, known: KnownServersPort, confirmed = "") {
    this.#link = link;
    this.#known = known;
    this.#confirmed = confirmed;
  }

  /**
   * Returns whether to go on with a server that shows this certificate.
   *
   * @param isAuthorised whether a trusted authority vouches for it and for the very host of the link
   */
  accepts(fingerprint: string, isAuthorised: boolean): boolean {
    return isAuthorised || this.#isConfirmed(fingerprint) || this.#distrust(fingerprint) === null;
  }

  /** Returns why a certificate was not accepted. */
  refusal(fingerprint: string): Distrust {
    return this.#distrust(fingerprint) ?? { kind: "unknown", fingerprint };
  }

  /**
   * Stores an accepted certificate, once the server has shown it: from then on the host is enough, and a
   * server for which an authority vouched can't be replaced by one for which nobody does.
   */
  connected(fingerprint: string | null, isAuthorised: boolean, now: number): void {
    const { host, port } = this.#link;
    if (fingerprint === null) return;
    const distrust = isAuthorised ? null : this.#distrust(fingerprint);
    // Confirmed by the user. An old link still works, too.
    const replaces = distrust?.kind === "changed" ? distrust.known : null;
    const isConfirmed = this.#isConfirmed(fingerprint);
    if (isAuthorised || isConfirmed || this.#link.fingerprint === fingerprint) {
      this.#known.remember(host, port, fingerprint, now, { isVouchedFor: isAuthorised, replaces });
    }
  }

  #isConfirmed(fingerprint: string): boolean {
    const digits = this.#confirmed;
    return digits.length >= FINGERPRINT_END_DIGITS && fingerprint.endsWith(digits);
  }

  #distrust(fingerprint: string): Distrust | null {
    const { host, port, fingerprint: expected } = this.#link;
    const recognition = this.#known.recognize(host, port, fingerprint);
    // What was trusted before can't be told, so the link might replace it.
    if ("refused" in recognition) return { kind: "refused-file", text: recognition.refused };
    const isExpected = expected === null || expected === fingerprint;
    const isReplaced = recognition.kind === "same" && recognition.replaced.includes(expected ?? "");
    if (!isExpected && !isReplaced) {
      return { kind: "changed", known: expected, fingerprint, source: "link" };
    }
    if (recognition.kind === "same") return null;
    if (recognition.kind === "unknown") {
      return expected === null ? { kind: "unknown", fingerprint } : null;
    }
    const { before: known, wasVouchedFor } = recognition;
    if (expected !== null) return { kind: "changed", known, fingerprint, source: "conflict" };
    return { kind: "changed", known, fingerprint, source: wasVouchedFor ? "authority" : "memory" };
  }
}

/**
 * Returns a function from a link to the server password (IRC's PASS), or null. Only one server gets it:
 * `home`, the one that was named or used last; without one, the first that the user connects to. A link to
 * any other server never gets it.
 */
export function passwordAt(
  home: ServerLink | null,
  password: string | null,
): (link: ServerLink) => string | null {
  let server = home;
  return (link) => {
    server ??= link;
    return link.host === server.host && link.port === server.port ? password : null;
  };
}
