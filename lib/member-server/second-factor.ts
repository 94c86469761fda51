import type { AccountId } from "../protocol/account-id.ts";
import { mapPassword } from "../protocol/opaque-string.ts";
import type { Account, AccountChange, SecondFactor } from "./account.ts";

/**
 * The second factor of a log-in: a code of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds), or
 * a recovery code. The app's key has to be stored as it is, since the code is computed from it.
 * https://www.rfc-editor.org/rfc/rfc6238
 */

const DIGITS = 6;
const STEP_MS = 30_000;
/** A code of the step before or after counts, too: clocks differ, and people type slowly. */
const STEPS_AROUND = [-1, 0, 1] as const;
/** 160 bits, as RFC 4226 recommends: hexadecimal digits of a SHA-256. */
const SECRET_HEX_DIGITS = 40;
const RECOVERY_CODES = 10;
/** 60 bits: nobody guesses one, and whoever has the file has the key as well. */
const RECOVERY_LETTERS = 12;
/** The alphabet of recovery codes: no letter is mistaken for another. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789x";
/** A code behind a password: an app's, which may show a gap, or a recovery code. */
const CODE = String.raw`\d{3} ?\d{3}|[a-z\d]{4}-?[a-z\d]{4}-?[a-z\d]{4}`;
const PASSWORD_AND_CODE = new RegExp(`^(.+) (${CODE})$`, "isu");

type Otpauth = typeof import("otpauth");
type Digest = (text: string) => string;

let otpauth: Otpauth | null = null;

/** Loads the package of TOTP, which takes 3 ms; throws when it is missing. */
export function loadTotp(): Otpauth {
  otpauth ??= require("otpauth") as Otpauth;
  return otpauth;
}

/** What a code was good for: it is so once. */
type CodeUse =
  /** `time`: when its 30 seconds began. */
  | { readonly kind: "app"; readonly time: number }
  | { readonly kind: "recovery"; readonly hash: string };

/** Splits what was typed as a password into a password and a code behind it, or returns `null`. */
export function splitCode(
  typed: string,
): { readonly password: string; readonly code: string } | null {
  const [, password, code] = PASSWORD_AND_CODE.exec(mapPassword(typed)) ?? [];
  return password === undefined || code === undefined ? null : { password, code };
}

/** Returns whether a text is an app's code, which may show a gap. No password is one: the shortest has eight bytes. */
export function isAppCode(text: string): boolean {
  return /^\d{3} ?\d{3}$/.test(text);
}

/**
 * Makes a new key for an authenticator app.
 *
 * @param random text that nobody can guess: 130 bits or more
 */
export function makeSecret(random: string, digest: Digest): string {
  return loadTotp().Secret.fromHex(digest(random).slice(0, SECRET_HEX_DIGITS)).base32;
}

/** Returns a key as the address that apps read from a QR code: `otpauth://totp/Sodam:mina?secret=…`. */
export function secretAddress(secret: string, network: string, account: string): string {
  // Without parameters that say the same or have their usual values: a smaller QR code fits into more windows.
  const label = `${encodeURIComponent(network)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${secret}`;
}

/** Makes recovery codes. Only their hashes are stored. `randomId` returns text that nobody can guess. */
export function makeRecoveryCodes(
  randomId: () => string,
  digest: Digest,
): { readonly codes: readonly string[]; readonly hashes: readonly string[] } {
  const codes = Array.from({ length: RECOVERY_CODES }, () => {
    const bytes = Buffer.from(digest(randomId()), "hex").subarray(0, RECOVERY_LETTERS);
    const letters = [...bytes].map((byte) => LETTERS[byte % LETTERS.length]).join("");
    return letters.replace(/(?<=^(?:.{4})+)(?=.)/g, "-");
  });
  return { codes, hashes: codes.map((code) => recoveryHash(code, digest)) };
}

function recoveryHash(code: string, digest: Digest): string {
  return digest(code.toLowerCase().replaceAll("-", ""));
}

/**
 * Returns when the 30 seconds began in which a code of this key is good, if that is later than `after`; `null` if
 * there are none now.
 */
export function codeTime(secret: string, code: string, after: number, now: number): number | null {
  if (!isAppCode(code)) return null;
  const digits = code.replaceAll(" ", "");
  const { TOTP, Secret } = loadTotp();
  const totp = new TOTP({
    secret: Secret.fromBase32(secret),
    digits: DIGITS,
    period: STEP_MS / 1000,
  });
  const present = Math.floor(now / STEP_MS);
  const times = STEPS_AROUND.map((offset) => (present + offset) * STEP_MS);
  const matching = times.filter((timestamp) => totp.generate({ timestamp }) === digits);
  return matching.find((time) => time > after) ?? null;
}

/**
 * The codes that are being used at this moment: two log-ins at once can't both have one. Owns what is claimed
 * between `claim` and `release`.
 */
export class CodeClaims {
  readonly #claimed = new Set<string>();

  /**
   * Checks a code of an account, and claims it until `release`, which is called when `changes` were stored or
   * could not be. `null` if the code is wrong, or was used.
   */
  claim(
    { id, secondFactor }: Pick<Account, "id"> & { readonly secondFactor: SecondFactor },
    code: string,
    digest: Digest,
    now: number,
  ): { readonly changes: readonly AccountChange[]; readonly release: () => void } | null {
    const use = codeUse(secondFactor, code, digest, now);
    const key = use === null ? "" : `${id} ${use.kind === "app" ? use.time : use.hash}`;
    if (use === null || this.#claimed.has(key)) return null;
    this.#claimed.add(key);
    const change: AccountChange =
      use.kind === "app"
        ? { kind: "code-used", id, time: use.time }
        : { kind: "recovery-code-used", id, hash: use.hash };
    return { changes: [change], release: () => this.#claimed.delete(key) };
  }
}

function codeUse(
  { secret, lastCodeAt, recovery }: SecondFactor,
  code: string,
  digest: Digest,
  now: number,
): CodeUse | null {
  const time = codeTime(secret, code, lastCodeAt, now);
  if (time !== null) return { kind: "app", time };
  const hash = recoveryHash(code, digest);
  return recovery.includes(hash) ? { kind: "recovery", hash } : null;
}

/** Whom the server's owner asks for a second factor. */
export type SecondFactorRule = "optional" | "owners" | "everyone";

/** Returns whether an account has to have a second factor. Bots have none: their token is long enough. */
export function needsSecondFactor(rule: SecondFactorRule, { owner, bot }: Account): boolean {
  if (bot !== undefined) return false;
  return rule === "everyone" || (rule === "owners" && owner);
}

/** Returns what a second factor becomes by a change. A code that was used never counts again. */
export function afterCode(
  secondFactor: SecondFactor,
  change: Extract<AccountChange, { kind: "code-used" | "recovery-code-used" }>,
): SecondFactor {
  if (change.kind === "code-used") {
    return { ...secondFactor, lastCodeAt: Math.max(secondFactor.lastCodeAt, change.time) };
  }
  const recovery = secondFactor.recovery.filter((hash) => hash !== change.hash);
  return { ...secondFactor, recovery };
}

/** The change of an account that gets a second factor, and its recovery codes, which are shown once. */
export function switchOn(
  { id }: { readonly id: AccountId },
  secret: string,
  codeAt: number,
  random: { readonly id: () => string; readonly digest: Digest },
  now: number,
): { readonly changes: readonly AccountChange[]; readonly codes: readonly string[] } {
  const { codes, hashes } = makeRecoveryCodes(random.id, random.digest);
  const secondFactor = { secret, since: now, lastCodeAt: codeAt, recovery: hashes };
  return { changes: [{ kind: "second-factor-on", id, secondFactor }], codes };
}
