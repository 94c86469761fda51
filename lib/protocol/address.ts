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

function fourOf(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return null;
  }
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function sixOf(text: string): bigint | null {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return null;
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = 8 - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...first, ...Array<string>(missing).fill("0"), ...last];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}
