import type { AccountId } from "../protocol/account-id.ts";
import type { AccountChange } from "./account.ts";

/**
 * Notices to an account about its security: what a thief would do first, and its owner should hear of. Sessions that
 * are connected hear of it at once; a device that comes later hears of it once.
 */

/** Of each kind the newest are kept, so that nobody can push one thing out by doing another many times. */
const NOTICES_PER_KIND_MAX = 5;
/** As long as people stay away on holiday. */
const NOTICE_MS = 30 * 86_400_000;
/** Devices that heard of one notice. The oldest is dropped, and hears of it again. */
const TOLD_MAX = 60;

/** What happened to an account. */
export type AccountNoticeKind =
  | "password"
  | "device"
  | "email"
  /** The second factor was switched on or off, or got new recovery codes. */
  | "second-factor"
  /** A bot was made, or got another token or other limits. */
  | "bot-token"
  /** Somebody logged in by password from an address that the account didn't know. */
  | "address"
  /** Somebody elsewhere gave the password, and a wrong code of the second factor. */
  | "code"
  /** The server's owner made a link that sets a new password. */
  | "reset-link"
  /** A new password was set by such a link. */
  | "reset";

/** Something that the account's people should hear of. It has no address, and no name of a device. */
export interface AccountNotice {
  readonly id: string;
  readonly kind: AccountNoticeKind;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The devices that have heard of it: see `deviceKey`. */
  readonly told: readonly string[];
}

/** Returns the notices that are not too old. */
export function recentNotices(
  notices: readonly AccountNotice[] = [],
  now: number,
): readonly AccountNotice[] {
  return notices.filter(({ time }) => now - time < NOTICE_MS);
}

/** Returns the notices that a device has not heard of, oldest first. */
export function untoldNotices(
  notices: readonly AccountNotice[] | undefined,
  device: string,
  now: number,
): readonly AccountNotice[] {
  return recentNotices(notices, now).filter(({ told }) => !told.includes(device));
}

/** Returns the list with a notice added: bounded, without those that are too old. */
export function withNotice(
  notices: readonly AccountNotice[] | undefined,
  notice: AccountNotice,
): readonly AccountNotice[] {
  const recent = recentNotices(notices, notice.time);
  const ofKind = recent.filter(({ kind }) => kind === notice.kind);
  const dropped = new Set(ofKind.slice(0, Math.max(0, ofKind.length + 1 - NOTICES_PER_KIND_MAX)));
  return [...recent.filter((each) => !dropped.has(each)), notice];
}

/** Returns the list after a device has heard of some of the notices. */
export function withTold(
  notices: readonly AccountNotice[] = [],
  ids: readonly string[],
  device: string,
): readonly AccountNotice[] {
  return notices.map((notice) =>
    ids.includes(notice.id) && !notice.told.includes(device)
      ? { ...notice, told: [...notice.told, device].slice(-TOLD_MAX) }
      : notice,
  );
}

/** A notice that a change gives rise to, before it has an id and a time. */
export interface NoticeCause {
  readonly account: AccountId;
  readonly kind: AccountNoticeKind;
  /** The certificate of the device that it is about: who uses it was there. */
  readonly device?: string;
}

/**
 * Returns of what an account's people should hear when a change is stored, or `null` for nothing. An address isn't
 * told of here: those of a first log-in, or of one by certificate, are no news.
 */
export function noticeOf(change: AccountChange): NoticeCause | null {
  switch (change.kind) {
    case "password":
      // A hash that renews another is of the same password.
      if (change.renews !== undefined) return null;
      return { account: change.id, kind: "password" };
    case "certificate-added":
      return { account: change.id, kind: "device", device: change.certificate.fingerprint };
    case "email":
      return { account: change.id, kind: "email" };
    case "reset-made":
      return { account: change.id, kind: "reset-link" };
    case "reset-used":
      return { account: change.id, kind: "reset" };
    case "second-factor-on":
    case "second-factor-off":
    case "second-factor-codes":
      return { account: change.id, kind: "second-factor" };
    case "bot-changed":
    case "bot-added":
      return { account: change.bot.by, kind: "bot-token" };
    case "signed-up":
    case "code-used":
    case "recovery-code-used":
    case "suspended":
    case "unsuspended":
    case "graded":
    case "certificate-removed":
    case "certificate-seen":
    case "devices-withdrawn":
    // With the password, of which there is a notice.
    case "bot-tokens-withdrawn":
    case "address-known":
    case "address-key":
    case "notice-added":
    case "notices-told":
    case "reset-withdrawn":
    case "renamed":
    case "deleted":
    case "name-freed":
    case "invited":
    case "invitation-used":
    case "invitation-withdrawn":
      return null;
  }
}
