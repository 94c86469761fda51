import { fold } from "../protocol/names.ts";
import { mapPassword, opaqueString } from "../protocol/opaque-string.ts";
import { utf8Bytes } from "../protocol/utf8.ts";
import { PASSWORD_BYTES_MAX, PASSWORD_BYTES_MIN } from "../protocol/wire/wire-limits.ts";
import { isCommonPassword } from "./common-passwords.ts";

/** Matches a birthday, of which there are 40,000, or a telephone number, which is no secret. */
const NUMBER = /^[\d.\-/ ]{0,13}$/;
const CONTROL = /\p{Cc}/u;
/** Signs and digits that people put before or behind a word to satisfy a rule. A birthday has eight. */
const ENDING = /[\d!?@#$%^&*.,~_+=-]{1,8}$/;
const BEGINNING = /^[\d!?@#$%^&*.,~_+=-]{1,8}/;
/** Letters and the signs that are written for them. */
const SIGNS: Readonly<Record<string, string>> = {
  ...{ "@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", $: "s", "5": "s", "7": "t" },
};

/**
 * Why a password is rejected. "name": it is the account's name, or little more. "common": it is
 * among the first passwords that anybody would guess, or one of them with an ending (see
 * common-passwords.ts). "control": it contains a control character, which keyboards don't produce reliably.
 * "characters": it contains another that OpaqueString refuses.
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
  const folded = fold(text.normalize("NFKC"));
  const base = folded.replace(ENDING, "");
  const ownName = fold(name);
  if (
    folded === ownName ||
    base === ownName ||
    base === ownName + ownName ||
    base === reversed(ownName)
  )
    return "name";
  const isNumber = isRun(folded) || NUMBER.test(folded);
  return isNumber || guessableForms(folded).some(isCommonPassword) ? "common" : null;
}

/** Returns a password's text, and what is left without signs and digits in front and behind. */
function guessableForms(folded: string): string[] {
  const [ending = ""] = ENDING.exec(folded) ?? [];
  const [beginning = ""] = BEGINNING.exec(folded) ?? [];
  const forms: string[] = [];
  for (let start = 0; start <= beginning.length; start += 1) {
    for (let cut = 0; cut <= ending.length; cut += 1) {
      const form = folded.slice(start, folded.length - cut);
      if (form === "") continue;
      forms.push(
        form,
        form.replace(/[@4310!$57]/g, (sign) => SIGNS[sign] ?? sign),
      );
    }
  }
  return forms;
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
