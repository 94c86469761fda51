import { cutUtf8 } from "../protocol/utf8.ts";
import type { Account, AccountChange } from "./account.ts";
import type { AccountStore } from "./account-store.ts";
import type { CertificateProblem } from "./certificate-validity.ts";

/** Phone, laptop, desktop, a bot or two, and the devices that they replaced. */
export const DEVICES_MAX = 20;
/** "거실에 있는 오래된 노트북" has 38 bytes. */
const DEVICE_LABEL_BYTES_MAX = 64;

/** Why a device can't be added or removed; "unknown": the account has no such certificate. */
export type DeviceRefusal =
  /** See certificate-validity.ts. */
  | { readonly kind: CertificateProblem }
  /** The connection has no client certificate that could be added. */
  | { readonly kind: "no-certificate" }
  | { readonly kind: "already-yours" }
  | { readonly kind: "somebody-elses" }
  | { readonly kind: "too-many"; readonly max: number }
  | { readonly kind: "unknown" };

/**
 * Adds the connection's client certificate to an account, so that this device can log in with it.
 * Returns the changes to save, or why it is refused.
 *
 * @example
 * const added = addDevice(accounts, account, link.certificate, "laptop", clock.now());
 * if ("refused" in added) return added.refused;
 * // query save-accounts with added.changes
 */
export function addDevice(
  accounts: AccountStore,
  account: Account,
  fingerprint: string | null,
  label: string,
  now: number,
): { readonly changes: readonly AccountChange[] } | { readonly refused: DeviceRefusal } {
  if (fingerprint === null) return { refused: { kind: "no-certificate" } };
  const holder = accounts.byCertificate(fingerprint);
  if (holder !== null) {
    const isOwn = holder.id === account.id;
    return { refused: { kind: isOwn ? "already-yours" : "somebody-elses" } };
  }
  if (account.certificates.length >= DEVICES_MAX) {
    return { refused: { kind: "too-many", max: DEVICES_MAX } };
  }
  const certificate = { fingerprint, label: cleanLabel(label), addedAt: now };
  return { changes: [{ kind: "certificate-added", id: account.id, certificate }] };
}

/** How exact a device's last log-in is: not each of them writes to the disk. */
const SEEN_EXACT_TO_MS = 3_600_000;

/**
 * Returns the changes to save when a device logs in or leaves: none if that was noted lately, or the certificate is
 * no device's.
 */
export function noteDeviceSeen(
  { id, certificates }: Account,
  fingerprint: string | null,
  now: number,
): readonly AccountChange[] {
  const device = certificates.find((certificate) => certificate.fingerprint === fingerprint);
  if (device === undefined) return [];
  const isRecent = Math.abs(now - (device.seenAt ?? 0)) < SEEN_EXACT_TO_MS;
  if (isRecent) return [];
  return [{ kind: "certificate-seen", id, fingerprint: device.fingerprint, time: now }];
}

/**
 * Removes a device's certificate from its account. Colons and upper case in the fingerprint are
 * ignored.
 */
export function removeDevice(
  account: Account,
  fingerprintText: string,
): { readonly changes: readonly AccountChange[] } | { readonly refused: DeviceRefusal } {
  const fingerprint = plainFingerprint(fingerprintText);
  const isThere = account.certificates.some(
    (certificate) => certificate.fingerprint === fingerprint,
  );
  if (!isThere) return { refused: { kind: "unknown" } };
  return { changes: [{ kind: "certificate-removed", id: account.id, fingerprint }] };
}

/** Returns a fingerprint in the form in which it is stored. */
export function plainFingerprint(text: string): string {
  return text.replaceAll(":", "").toLowerCase();
}

function cleanLabel(label: string): string {
  return cutUtf8(label.replaceAll(/\p{C}+/gu, " ").trim(), DEVICE_LABEL_BYTES_MAX);
}
