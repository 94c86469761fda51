import { fold } from "../protocol/names.ts";
import { mapPassword, opaqueString } from "../protocol/opaque-string.ts";
import { utf8Bytes } from "../protocol/utf8.ts";
import { PASSWORD_BYTES_MAX, PASSWORD_BYTES_MIN } from "../protocol/wire/wire-limits.ts";

/** Matches a birthday, of which there are 40,000, or a telephone number, which is no secret. */
const NUMBER = /^[\d.\-/ ]{0,13}$/;
const CONTROL = /\p{Cc}/u;
/**
 * Kept short, since guessing is throttled: keyboard rows, Korean words typed with a Latin layout,
 * and the words that head every list of leaked passwords; each with and without an ending.
 */
const COMMON: ReadonlySet<string> = new Set(
  (
    "password passwort passw0rd p@ssword p@ssw0rd pa55word pass passwd pwd changeme secret letmein welcome " +
    "qwerty qwertyui qwertyuiop qwer asdf asdfgh asdfghjk asdfghjkl zxcv zxcvbnm zxcvbnm, qwerasdf " +
    "1q2w3e 1q2w3e4r 1q2w3e4r5t q1w2e3r4 1qaz2wsx qazwsx qazwsxedc 123qwe 123qweasd qwe123 asd123 abc " +
    "abcd1234 a1b2c3d4 1234qwer 1234abcd 12341234 123123123 123456789a 123456789q 11223344 1234567890 " +
    "0987654321 87654321 147258369 159357 iloveyou sunshine princess football baseball superman monkey " +
    "dragon master shadow michael trustno computer internet whatever starwars pokemon admin administrator " +
    "root test test1234 guest user login sodam chat letmein1 qlalfqjsgh dkssudgktpdy tkfkdgo 비밀번호 " +
    "사랑해 안녕하세요 가나다라 가나다라마바사"
  ).split(" "),
);

/**
 * Why a password is rejected. "name": it is the account's name, or little more. "common": it is
 * among the first passwords that anybody would guess. "control": it contains a control character,
 * which keyboards don't produce reliably. "characters": it contains another that OpaqueString refuses.
 */
export type PasswordProblem =
  | "too-short"
  | "too-long"
  | "name"
  | "common"
  | "control"
  | "characters";

/**
 * Checks a new password; `null` accepts it. Lengths are in bytes of the text that is hashed.
 *
 * @example
 * passwordProblem("mina2024", "mina") // "name"
 * passwordProblem("따뜻한 보리차 한 잔", "mina") // null
 */
export function passwordProblem(password: string, name: string): PasswordProblem | null {
  const text = mapPassword(password);
  const bytes = utf8Bytes(text);
  if (bytes < PASSWORD_BYTES_MIN) return "too-short";
  if (bytes > PASSWORD_BYTES_MAX) return "too-long";
  if (CONTROL.test(text)) return "control";
  if (opaqueString(text) === null) return "characters";
  const folded = fold(text);
  const base = withoutEnding(folded);
  const ownName = fold(name);
  if (
    folded === ownName ||
    base === ownName ||
    base === ownName + ownName ||
    base === reversed(ownName)
  )
    return "name";
  const isCommon = isRun(folded) || NUMBER.test(folded) || COMMON.has(folded) || COMMON.has(base);
  return isCommon ? "common" : null;
}

/** Removes the digits and signs that people append to satisfy a rule. */
function withoutEnding(text: string): string {
  return text.replace(/[\d!?@#$%^&*.~_-]{1,6}$/, "");
}

function reversed(text: string): string {
  return [...text].reverse().join("");
}

/**
 * Whether a text is a run like "11111111", "abcdefgh", "98765432" or "abababab": two different
 * letters at most, or each next to the one before.
 */
function isRun(text: string): boolean {
  const codes = [...text].map((letter) => letter.codePointAt(0) ?? 0);
  if (new Set(codes).size <= 2) return true;
  const step = (codes[1] ?? 0) - (codes[0] ?? 0);
  if (Math.abs(step) > 1) return false;
  return codes.every((code, i) => i === 0 || code - (codes[i - 1] ?? 0) === step);
}
