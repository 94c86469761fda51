import { canonicalHost, parseNetwork } from "../protocol/address.ts";

/**
 * The header by which a proxy says whose connection it passes on: the PROXY protocol, versions 1 and 2.
 * https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 */

/** The longest line of version 1, with its end. */
const V1_BYTES_MAX = 107;
const V2_SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const V2_BYTES_MIN = 16;
/** A header of version 2 with all that proxies add about TLS, other than whole certificates. */
const V2_BYTES_MAX = 4096;

/** What the bytes at a connection's beginning are. */
export type ProxyHeader =
  /** `address` is the client's; `null` if the proxy speaks for itself, or doesn't know. */
  | { readonly kind: "header"; readonly address: string | null; readonly bytes: number }
  /** The header may go on. */
  | { readonly kind: "more" }
  | { readonly kind: "malformed"; readonly why: string };

/** Reads a header of either version at the beginning of `bytes`. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  const start = bytes.subarray(0, V2_SIGNATURE.length);
  if (start.equals(V2_SIGNATURE.subarray(0, start.length))) {
    return bytes.length < V2_BYTES_MIN ? { kind: "more" } : readV2(bytes);
  }
  return readV1(bytes);
}

function readV1(bytes: Buffer): ProxyHeader {
  const text = bytes.subarray(0, V1_BYTES_MAX).toString("latin1");
  const prefix = "PROXY ";
  if (!text.startsWith(prefix.slice(0, text.length))) return malformed("no PROXY header");
  const end = text.indexOf("\r\n");
  if (end === -1) {
    return text.length < V1_BYTES_MAX
      ? { kind: "more" }
      : malformed("a PROXY line that is too long");
  }
  const size = end + 2;
  const [, family, ...fields] = text.slice(0, end).split(" ");
  if (family === "UNKNOWN") return { kind: "header", address: null, bytes: size };
  const [source = "", destination = "", ...ports] = fields;
  const [address, other] = [source, destination].map((text) => addressOf(text, family));
  if (!address || !other || ports.length !== 2 || !ports.every(isPort)) {
    return malformed("a PROXY line that can't be read");
  }
  return { kind: "header", address, bytes: size };
}

function readV2(bytes: Buffer): ProxyHeader {
  const [command, family] = [bytes.readUInt8(12), bytes.readUInt8(13)];
  const length = bytes.readUInt16BE(14);
  const size = V2_BYTES_MIN + length;
  if (command !== 0x20 && command !== 0x21) return malformed("a PROXY header of another version");
  if (size > V2_BYTES_MAX) return malformed("a PROXY header that is too long");
  if (bytes.length < size) return { kind: "more" };
  const addresses = bytes.subarray(V2_BYTES_MIN, size);
  // LOCAL: the proxy looks whether the server lives. Unix sockets have no address.
  if (command === 0x20 || family === 0x00 || family === 0x31) {
    return { kind: "header", address: null, bytes: size };
  }
  if (family === 0x11 && length >= 12) {
    return { kind: "header", address: [...addresses.subarray(0, 4)].join("."), bytes: size };
  }
  if (family === 0x21 && length >= 36) {
    const groups = addresses.subarray(0, 16).toString("hex").match(/.{4}/g) ?? [];
    return { kind: "header", address: canonicalHost(groups.join(":")), bytes: size };
  }
  return malformed("a PROXY header that can't be read");
}

function malformed(why: string): ProxyHeader {
  return { kind: "malformed", why };
}

/**
 * Returns an address of a family in the form that limits and bans know, or `null`. A proxy that listens on "::" writes
 * IPv4 as "::ffff:192.0.2.7".
 */
function addressOf(text: string, family: string | undefined): string | null {
  if (family !== (text.includes(":") ? "TCP6" : "TCP4") || /[/%]/.test(text)) return null;
  const address = canonicalHost(text);
  if (address === null || parseNetwork(address) === null) return null;
  // "010.0.0.1" may mean two addresses.
  return family === "TCP6" || address === text ? address : null;
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}
