/**
 * Decides whether to trust a server's certificate, and which server gets the server password. client.ts loads
 * this file before it knows whether it needs the menus, so it imports nothing of them.
 */
import type { ServerLink } from "../../protocol/server-link.ts";
import type { ConnectOutcome } from "../app-ports.ts";

/** The certificates of servers that the user has trusted, by host and port. */
export interface KnownServersPort {
  /** The file in which they are stored, for sentences. */
  readonly path: string;
  /** Compares a certificate with the one that is stored. `refused`: the file can't be used; a sentence says why. */
  recognize(
    host: string,
    port: number,
    fingerprint: string,
  ):
    | { readonly kind: "unknown" | "same" }
    | { readonly kind: "changed"; readonly before: string }
    | { readonly refused: string };
  /** Stores a certificate in place of an earlier one. Returns `null`, or a sentence when it can't. */
  remember(
    host: string,
    port: number,
    fingerprint: string,
    now: number,
  ): { readonly refused: string } | null;
}

/**
 * Decides on one connection whether the server is the one that was meant: by the fingerprint in the link; without
 * one, because an authority vouches for its certificate or because it is the certificate that was trusted before
 * (trust on first use, as ssh does it).
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

  /** Returns whether to go on with a server that shows this certificate. */
  accepts(fingerprint: string, isAuthorised: boolean): boolean {
    const { host, port, fingerprint: expected } = this.#link;
    if (expected !== null) return expected === fingerprint;
    if (isAuthorised) return true;
    const recognition = this.#known.recognize(host, port, fingerprint);
    return "kind" in recognition && recognition.kind === "same";
  }

  /** Returns why a certificate was not accepted. */
  refusal(fingerprint: string): Exclude<ConnectOutcome, { kind: "connected" | "failed" }> {
    const { host, port, fingerprint: expected } = this.#link;
    if (expected !== null) return { kind: "changed", known: expected, fingerprint, file: null };
    const recognition = this.#known.recognize(host, port, fingerprint);
    if ("refused" in recognition) return { kind: "refused-file", text: recognition.refused };
    if (recognition.kind !== "changed") return { kind: "unknown", fingerprint };
    return { kind: "changed", known: recognition.before, fingerprint, file: this.#known.path };
  }

  /** Stores the fingerprint that the link named, once the server has shown it: from then on the host is enough. */
  connected(now: number): void {
    const { host, port, fingerprint } = this.#link;
    if (fingerprint !== null) this.#known.remember(host, port, fingerprint, now);
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
