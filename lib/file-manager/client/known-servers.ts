import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Decoded, nonEmptyString, number, object } from "../../protocol/json-decoder.ts";
import { fsErrorKind, fsErrorText } from "../disk/fs-errors.ts";
import { fieldOf, numberIn } from "../disk/json-fields.ts";
import { replaceFileSync } from "../disk/replace-file.ts";

const FORMAT = 1;
const decodeServer = object({ fingerprint: nonEmptyString, addedAt: number });

/** Result of looking up a server's certificate. */
type Recognition =
  | { readonly kind: "unknown" }
  | { readonly kind: "same" }
  /**
   * The certificate differs from the trusted one: the server was set up again, or an attacker
   * intercepts the connection. `before` is the trusted fingerprint; `addedAt` is when it was
   * trusted, in milliseconds since 1970.
   */
  | { readonly kind: "changed"; readonly before: string; readonly addedAt: number };

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
  readonly #unsaved = new Map<string, string>();

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
    if (this.#unsaved.get(keyOf(host, port)) === fingerprint) return { kind: "same" };
    const server = loaded.servers.get(keyOf(host, port));
    if (server === undefined) return { kind: "unknown" };
    if (server.fingerprint === fingerprint) return { kind: "same" };
    return { kind: "changed", before: server.fingerprint, addedAt: server.addedAt };
  }

  /**
   * Trusts a certificate from now on, replacing an earlier one of this server. Returns `null` on success. A file that
   * can't be written is `refused`, and the certificate is trusted until the process ends.
   */
  remember(
    host: string,
    port: number,
    fingerprint: string,
    now: number,
  ): { readonly refused: string } | null {
    const loaded = this.#read();
    if ("refused" in loaded) return loaded;
    loaded.servers.set(keyOf(host, port), { fingerprint, addedAt: now });
    const content = { format: FORMAT, servers: Object.fromEntries(loaded.servers) };
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      replaceFileSync(this.path, `${JSON.stringify(content, null, 2)}\n`);
      return null;
    } catch (error) {
      this.#unsaved.set(keyOf(host, port), fingerprint);
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
