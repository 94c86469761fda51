import { addressBlockOf } from "../protocol/address.ts";
import type { Account, AccountChange, KnownAddress } from "./account.ts";
import type { AccountStore } from "./account-store.ts";

/**
 * The addresses from which an account logged in lately. Guesses from elsewhere don't hinder log-ins from these.
 * Only keyed hashes are stored: without users.json, which holds the key, nobody can tell the addresses.
 */

/** Home, office, a few cafés, and a phone that changes networks. The oldest is dropped. */
export const KNOWN_ADDRESSES_MAX = 20;
/** As long as people stay away from a second home. */
export const KNOWN_ADDRESS_MS = 90 * 86_400_000;
/**
 * An address is noted again after this time, so that not every log-in writes to the disk. One that is used daily must
 * not be the oldest after a journey through twenty others.
 */
const NOTE_AGAIN_AFTER_MS = 86_400_000;

/** Returns the SHA-256 of a text: lower-case hexadecimal. */
type Digest = (text: string) => string;

/**
 * Returns whether an account logged in from an address, or its IPv6 /64, in the last 90 days. The same work is done
 * for a name that is no account's (`null`): the time of an answer must not tell which accounts exist.
 */
export function knowsAddress(
  { addressKey }: Pick<AccountStore, "addressKey">,
  account: Account | null,
  address: string,
  digest: Digest,
  now: number,
): boolean {
  const hash = hashOf(addressKey ?? "", address, digest);
  return recentAddresses(account?.addresses, now).some((known) => known.hash === hash);
}

/**
 * Returns the changes to save after a log-in: none if the address was noted lately.
 *
 * @param randomId becomes the key of the hashes if there is none yet
 */
export function noteAddress(
  { addressKey }: Pick<AccountStore, "addressKey">,
  account: Account,
  address: string,
  randomId: () => string,
  digest: Digest,
  now: number,
): readonly AccountChange[] {
  const key = addressKey ?? randomId();
  const hash = hashOf(key, address, digest);
  const known = account.addresses?.find((entry) => entry.hash === hash);
  if (known !== undefined && Math.abs(now - known.time) < NOTE_AGAIN_AFTER_MS) return [];
  const noted = { kind: "address-known", id: account.id, hash, time: now } as const;
  return addressKey === null ? [{ kind: "address-key", key }, noted] : [noted];
}

/**
 * Returns by what notices know a session's device: its certificate, if that is one of the account's, or else its
 * address, hashed.
 */
export function deviceKey(
  { addressKey }: Pick<AccountStore, "addressKey">,
  account: Account,
  certificate: string | null,
  address: string,
  digest: Digest,
): string {
  const isDevice = account.certificates.some(({ fingerprint }) => fingerprint === certificate);
  if (certificate !== null && isDevice) return certificate;
  return hashOf(addressKey ?? "", address, digest);
}

/** Returns the list with an address added: bounded, without those that expired. */
export function withAddress(
  addresses: readonly KnownAddress[] = [],
  { hash, time }: KnownAddress,
): readonly KnownAddress[] {
  const others = recentAddresses(addresses, time).filter((known) => known.hash !== hash);
  return [...others, { hash, time }].slice(-KNOWN_ADDRESSES_MAX);
}

/** Returns the addresses that have not expired. */
export function recentAddresses(
  addresses: readonly KnownAddress[] = [],
  now: number,
): readonly KnownAddress[] {
  return addresses.filter(({ time }) => now - time < KNOWN_ADDRESS_MS);
}

/** An HMAC in all but name: the outer digest keeps anybody from lengthening the text. */
function hashOf(key: string, address: string, digest: Digest): string {
  return digest(`${key} ${digest(`${key} ${addressBlockOf(address)}`)}`).slice(0, 32);
}
