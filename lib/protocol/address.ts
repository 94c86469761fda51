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
