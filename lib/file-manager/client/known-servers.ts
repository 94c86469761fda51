import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  array,
  boolean,
  type Decoded,
  nonEmptyString,
  number,
  object,
} from "../../protocol/json-decoder.ts";
import { fsErrorKind, fsErrorText } from "../disk/fs-errors.ts";
import { fieldOf, numberIn } from "../disk/json-fields.ts";
import { replaceSharedFileSync } from "./shared-file.ts";

const FORMAT = 1;
/** Earlier fingerprints of a server that are kept, for links that still have them. */
const REPLACED_MAX = 8;
const decodeServer = object(
  { fingerprint: nonEmptyString, addedAt: number },
  { authority: boolean, replaced: array(nonEmptyString) },
);

/** Result of looking up a server's certificate. */
type Recognition =
  | { readonly kind: "unknown" }
  /** `replaced`: earlier fingerprints in whose place the user confirmed this one. */
  | { readonly kind: "same"; readonly replaced: readonly string[] }
  /**
   * The certificate differs from the trusted one: the server was set up again, or an attacker
   * intercepts the connection. `before` is the trusted fingerprint; `addedAt` is when it was
   * trusted, in milliseconds since 1970; `wasVouchedFor` is whether an authority vouched for it.
   */
  | {
      readonly kind: "changed";
      readonly before: string;
      readonly addedAt: number;
      readonly wasVouchedFor: boolean;
    };

/**
 * Owns the file of server certificates that this user trusts, by host and port. The file is read
 * again at each call, since another window may have written it; it is small, and used once a
 * connection. Methods return `refused`, a sentence for the user, when the file can't be read or
 * written, is damaged, or was written by a newer version.
 *
 * @example
 * const known = new KnownServers(join(home, "known-servers.json"));
 * const seen = known.recognize("chat.example", 6697, fingerprint);
 * if ("refused" in seen) return seen;
 * if (seen.kind === "unknown" && (await trusts())) known.remember("chat.example", 6697, fingerprint, now);
 */
export class KnownServers {
  readonly path: string;
  /** What couldn't be written; it holds while the process runs. */
  readonly #unsaved = new Map<string, KnownServer>();

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Compares a server's certificate with the trusted one.
   *
   * @param fingerprint SHA-256, lower-case hexadecimal, no colons.
   */
  recognize(
    host: string,
    port: number,
    fingerprint: string,
  ): Recognition | { readonly refused: string } {
    const loaded = this.#read();
    if ("refused" in loaded) return loaded;
    const key = keyOf(host, port);
    const server = this.#unsaved.get(key) ?? loaded.servers.get(key);
    if (server === undefined) return { kind: "unknown" };
    if (server.fingerprint === fingerprint) {
      return { kind: "same", replaced: server.replaced ?? [] };
    }
    const { fingerprint: before, addedAt, authority: wasVouchedFor = false } = server;
    return { kind: "changed", before, addedAt, wasVouchedFor };
  }

  /**
   * Trusts a certificate from now on, replacing an earlier one of this server. Returns `null` on success. A
   * file that can't be written is `refused`, and the certificate is trusted until the process ends.
   *
   * @param isVouchedFor whether an authority vouches for it
   * @param replaces the fingerprint in whose place the user has confirmed it, if any
   */
  remember(
    host: string,
    port: number,
    fingerprint: string,
    now: number,
    { isVouchedFor = false, replaces = null as string | null } = {},
  ): { readonly refused: string } | null {
    const loaded = this.#read();
    if ("refused" in loaded) return loaded;
    const key = keyOf(host, port);
    const before = this.#unsaved.get(key) ?? loaded.servers.get(key);
    const { authority = false, replaced: earlier = [] } = before ?? {};
    const isSame = before?.fingerprint === fingerprint && authority === isVouchedFor;
    if (isSame && (replaces === null || earlier.includes(replaces))) return null;
    const replaced =
      replaces === null ? [] : [...new Set([...earlier, replaces])].slice(-REPLACED_MAX);
    const server: KnownServer = {
      ...{ fingerprint, addedAt: now },
      ...(isVouchedFor && { authority: true }),
      ...(replaced.length > 0 && { replaced }),
    };
    loaded.servers.set(key, server);
    const problem = this.#write(loaded.servers, () => this.#unsaved.set(key, server));
    if (problem === null) this.#unsaved.delete(key);
    return problem;
  }

  /** Forgets a server's certificate: the next connection is a first contact again. Returns like `remember`. */
  forget(host: string, port: number): { readonly refused: string } | null {
    const loaded = this.#read();
    if ("refused" in loaded) return loaded;
    const key = keyOf(host, port);
    this.#unsaved.delete(key);
    return loaded.servers.delete(key) ? this.#write(loaded.servers, () => {}) : null;
  }

  #write(
    servers: ReadonlyMap<string, KnownServer>,
    onFailure: () => void,
  ): { readonly refused: string } | null {
    const content = { format: FORMAT, servers: Object.fromEntries(servers) };
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      replaceSharedFileSync(this.path, `${JSON.stringify(content, null, 2)}\n`);
      return null;
    } catch (error) {
      onFailure();
      return { refused: `${this.path} cannot be written: ${fsErrorText(error)}.` };
    }
  }

  #read(): { servers: Map<string, KnownServer> } | { refused: string } {
    let content: unknown;
    try {
      content = JSON.parse(readFileSync(this.path, "utf8"));
    } catch (error) {
      if (fsErrorKind(error) === "no-folder") return { servers: new Map() };
      if (error instanceof SyntaxError) return this.#damaged("it is not JSON");
      return { refused: `${this.path} cannot be read: ${fsErrorText(error)}.` };
    }
    const format = numberIn(content, "format");
    if (format !== null && format > FORMAT) {
      return {
        refused: `${this.path} was written by a newer version (format ${format}; this one knows ${FORMAT}). Start that version; nothing was changed.`,
      };
    }
    const entries = fieldOf(content, "servers");
    if (format !== FORMAT || typeof entries !== "object" || entries === null) {
      return this.#damaged(`it has no "format": ${FORMAT} or no "servers"`);
    }
    const servers = new Map<string, KnownServer>();
    for (const [key, value] of Object.entries(entries)) {
      const server = decodeServer(value);
      if (server === undefined) return this.#damaged(`look at "${key}"`);
      servers.set(key, server);
    }
    return { servers };
  }

  /**
   * An unreadable file must not count as empty: every server would be unknown again, and a changed
   * certificate would go unnoticed.
   */
  #damaged(problem: string): { refused: string } {
    return {
      refused: `${this.path} is damaged: ${problem}. Repair it, or remove it to be asked about each server again; nothing was changed.`,
    };
  }
}

/** A trusted certificate, and when it was trusted, in milliseconds since 1970. */
type KnownServer = Decoded<typeof decodeServer>;

function keyOf(host: string, port: number): string {
  const name = host.toLowerCase().replace(/^\[|\]$/g, "");
  return name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
}
