/**
 * Decides whether to trust a server's certificate, and which server gets the server password. client.ts loads
 * this file before it knows whether it needs the menus, so it imports nothing of them.
 */
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
    options: { readonly isVouchedFor: boolean },
  ): { readonly refused: string } | null;
}

/**
 * Decides on one connection whether the server is the one that was meant: because an authority vouches for
 * the name in the link, whose certificates are renewed with new keys; otherwise by the fingerprint in the
 * link; without one, because it is the certificate that was trusted before (trust on first use, as ssh does
 * it).
 *
 * Fingerprints are SHA-256, lower-case hexadecimal without colons.
 */
export class ServerTrust {
  readonly #link: ServerLink;
  readonly #known: KnownServersPort;

  constructor(link: ServerLink, known: KnownServersPort) {
    this.#link = link;
    this.#known = known;
  }

  /**
   * Returns whether to go on with a server that shows this certificate.
   *
   * @param isAuthorised whether a trusted authority vouches for it and for the very host of the link
   */
  accepts(fingerprint: string, isAuthorised: boolean): boolean {
    const { host, port, fingerprint: expected } = this.#link;
    if (isAuthorised) return true;
    if (expected === fingerprint) return true;
    const recognition = this.#known.recognize(host, port, fingerprint);
    if ("refused" in recognition || recognition.kind !== "same") return false;
    // An old link still works once the user has confirmed the new certificate.
    return expected === null || recognition.replaced.includes(expected);
  }

  /** Returns why a certificate was not accepted. */
  refusal(fingerprint: string): Exclude<ConnectOutcome, { kind: "connected" | "failed" }> {
    const { host, port, fingerprint: expected } = this.#link;
    if (expected !== null) return { kind: "changed", known: expected, fingerprint, source: "link" };
    const recognition = this.#known.recognize(host, port, fingerprint);
    if ("refused" in recognition) return { kind: "refused-file", text: recognition.refused };
    if (recognition.kind !== "changed") return { kind: "unknown", fingerprint };
    const source = recognition.wasVouchedFor ? "authority" : "memory";
    return { kind: "changed", known: recognition.before, fingerprint, source };
  }

  /**
   * Stores an accepted certificate, once the server has shown it: from then on the host is enough, and a
   * server for which an authority vouched can't be replaced by one for which nobody does.
   */
  connected(fingerprint: string | null, isAuthorised: boolean, now: number): void {
    const { host, port } = this.#link;
    if (fingerprint === null) return;
    if (isAuthorised || this.#link.fingerprint === fingerprint) {
      this.#known.remember(host, port, fingerprint, now, { isVouchedFor: isAuthorised });
    }
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
