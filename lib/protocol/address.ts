const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const HOST_LENGTH_MAX = 253;
const ZONE = /^[A-Za-z0-9._-]+$/;

/** An IP address, or a network: the first `prefix` bits of `value` count. */
export interface Network {
  /** 32 for IPv4, 128 for IPv6. */
  readonly bits: 32 | 128;
  readonly value: bigint;
  readonly prefix: number;
}

/**
 * Parses an IPv4 or IPv6 address or network; `null` if it is neither.
 *
 * @example
 * parseNetwork("192.0.2.0/24")
 * parseNetwork("2001:db8::1")
 */
export function parseNetwork(text: string): Network | null {
  const [addressText = "", prefixText, ...more] = text.split("/");
  const value = addressText.includes(":") ? parseIpv6(addressText) : parseIpv4(addressText);
  const bits = addressText.includes(":") ? 128 : 32;
  if (value === null || more.length > 0) return null;
  if (prefixText === undefined) return { bits, value, prefix: bits };
  if (!/^\d{1,3}$/.test(prefixText) || Number(prefixText) > bits) return null;
  return { bits, value, prefix: Number(prefixText) };
}

/** Returns whether all of `inner` lies in `outer`. */
export function isWithin(outer: Network, inner: Network): boolean {
  if (outer.bits !== inner.bits || inner.prefix < outer.prefix) return false;
  const shift = BigInt(outer.bits - outer.prefix);
  return outer.value >> shift === inner.value >> shift;
}

/** Returns whether an address lies in one of some networks. Texts that are no network have no address. */
export function isInNetworks(address: string, networks: readonly string[]): boolean {
  if (networks.length === 0) return false;
  const host = parseNetwork(address);
  return (
    host !== null &&
    networks.some((text) => {
      const network = parseNetwork(text);
      return network !== null && isWithin(network, host);
    })
  );
}

/**
 * Returns the one form of a host: a name in lower case and ASCII (punycode), without a dot at its end, or an
 * IP address, IPv6 as short as can be (RFC 5952). Returns `null` for text that no resolver takes for either.
 *
 * @example
 * canonicalHost("소담.한국.") // "xn--jk1bt0z.xn--3e0b707e"
 * canonicalHost("2001:DB8:0:0::7") // "2001:db8::7"
 */
export function canonicalHost(text: string): string | null {
  if (text.includes(":")) return canonicalIpv6(text);
  const name = asciiHost(text).replace(/\.$/, "");
  const labels = name.split(".");
  if (name.length > HOST_LENGTH_MAX || !labels.every((label) => LABEL.test(label))) return null;
  // What ends in a number is an IPv4 address, or a mistyped one. Some programs read "010" as 8.
  if (!/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "")) return name;
  return parseIpv4(name) !== null && !labels.some((label) => /^0\d/.test(label)) ? name : null;
}

/**
 * Returns an IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) as the IPv4 address it is; others
 * unchanged.
 */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** Returns whether a host's name or address is this machine itself. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Returns the block to which limits by address apply: an IPv4 address, or an IPv6 network of 64
 * bits, since a household gets that many and can use any of them. Text that is no address is
 * returned unchanged.
 *
 * @example addressBlockOf("2001:db8::1") // "2001:db8:0:0::/64"
 */
export function addressBlockOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  return `${groupsOf(plain).slice(0, 4).join(":")}::/64`;
}

/**
 * Returns the network that an address lies in, as one provider or customer has it: an IPv4 /24 or an IPv6 /48.
 * Text that is no address is returned unchanged.
 *
 * @example widerNetworkOf("192.0.2.7") // "192.0.2.0/24"
 */
export function widerNetworkOf(address: string): string {
  const plain = plainAddress(address);
  if (plain.includes(":")) return `${groupsOf(plain).slice(0, 3).join(":")}::/48`;
  return plain.replace(/\.\d+$/, ".0/24");
}

function canonicalIpv6(text: string): string | null {
  const [address = "", zone, ...more] = text.split("%");
  // URL would take "0@7:/48" for a user, a host and a path.
  if (!/^[0-9a-f:.]*$/i.test(address)) return null;
  const url = `http://[${address}]`;
  if (more.length > 0 || (zone !== undefined && !ZONE.test(zone)) || !URL.canParse(url))
    return null;
  const short = new URL(url).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short) ?? [];
  if (high === undefined || low === undefined)
    return zone === undefined ? short : `${short}%${zone}`;
  const bytes = [high, low].flatMap((group) => [...Buffer.from(group.padStart(4, "0"), "hex")]);
  return bytes.join(".");
}

/** Returns a host name in lower case and in ASCII (punycode); "" for one that has no such form. */
export function asciiHost(host: string): string {
  // URL would also read "1.2" as an IP address, so ASCII names don't go through it.
  if (/^[\x21-\x7e]*$/.test(host)) return host.toLowerCase();
  const url = `http://${host}`;
  return /[/#?@\\\s]/.test(host) || !URL.canParse(url) ? "" : new URL(url).hostname;
}

function parseIpv4(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return null;
  }
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | null {
  if (text.split("::").length > 2) return null;
  const groups = groupsOf(text);
  if (groups.length !== 8 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}

/**
 * Returns the groups of an IPv6 address, with the zeros that "::" leaves out: eight in a valid one.
 */
function groupsOf(text: string): string[] {
  const [headText = "", tailText] = text.split("::");
  const headGroups = headText === "" ? [] : headText.split(":");
  if (tailText === undefined) return headGroups;
  const tailGroups = tailText === "" ? [] : tailText.split(":");
  // "::" stands for at least one group.
  const zeros = Array<string>(Math.max(1, 8 - headGroups.length - tailGroups.length)).fill("0");
  return [...headGroups, ...zeros, ...tailGroups];
}

/** Returns whether a proxy may connect from an address: from this machine, unless networks are named. */
export function isTrustedProxy(address: string, networks: readonly string[]): boolean {
  return networks.length === 0 ? isLoopback(address) : isInNetworks(address, networks);
}
