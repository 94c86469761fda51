/** An address, or all that begin alike: the first `prefix` bits of `value` count. */
export interface Network {
  /** 32 for IPv4, 128 for IPv6. */
  readonly bits: 32 | 128;
  readonly value: bigint;
  readonly prefix: number;
}

/**
 * Reads an address or a network of either version; `null` when it is none.
 *
 *     parseNetwork("192.0.2.0/24")
 *     parseNetwork("2001:db8::1")
 */
export function parseNetwork(text: string): Network | null {
  const [head = "", tail, ...more] = text.split("/");
  const value = head.includes(":") ? sixOf(head) : fourOf(head);
  const bits = head.includes(":") ? 128 : 32;
  if (value === null || more.length > 0) return null;
  if (tail === undefined) return { bits, value, prefix: bits };
  if (!/^\d{1,3}$/.test(tail) || Number(tail) > bits) return null;
  return { bits, value, prefix: Number(tail) };
}

/** Whether all of `inner` lies in `outer`. */
export function isWithin(outer: Network, inner: Network): boolean {
  if (outer.bits !== inner.bits || inner.prefix < outer.prefix) return false;
  const rest = BigInt(outer.bits - outer.prefix);
  return outer.value >> rest === inner.value >> rest;
}

/** An IPv4 address that arrived over an IPv6 socket is written as the IPv4 address it is. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** Whether a host is this machine itself, by what it is called. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Whom to count together: one IPv4 address, or one IPv6 network of 64 bits, since that much is given to one
 * household and any of its addresses can be used at will. Other text stays as it is.
 *
 *     householdOf("2001:db8::1") // "2001:db8:0:0::/64"
 */
export function addressBlockOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  return `${groupsOf(plain).slice(0, 4).join(":")}::/64`;
}

function fourOf(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return null;
  }
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function sixOf(text: string): bigint | null {
  if (text.split("::").length > 2) return null;
  const groups = groupsOf(text);
  if (groups.length !== 8 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}

/** The groups of an IPv6 address, with the zeros that "::" leaves out: eight where it is written right. */
function groupsOf(text: string): string[] {
  const [head = "", tail] = text.split("::");
  const first = head === "" ? [] : head.split(":");
  if (tail === undefined) return first;
  const last = tail === "" ? [] : tail.split(":");
  // It stands for one group at least.
  const zeros = Array<string>(Math.max(1, 8 - first.length - last.length)).fill("0");
  return [...first, ...zeros, ...last];
}
