/**
 * Passwords as Unicode text, by the profile OpaqueString of PRECIS. Keyboards type one password in several
 * forms: iPhones and Macs send a letter and its accent apart, and Korean and Japanese keyboards have a wide
 * space.
 * https://www.rfc-editor.org/rfc/rfc8265#section-4.2 and https://www.rfc-editor.org/rfc/rfc8264#section-8
 */

/**
 * Which form of a password was hashed. "opaque": {@link opaqueString}. A hash without this note is of
 * {@link mapPassword}'s text, which may have characters that OpaqueString refuses.
 */
export type PasswordForm = "opaque";

const SPACES = /\p{Zs}/gu;
/**
 * FreeformClass: letters, marks, numbers, punctuation, symbols and spaces. It excludes Hangul jamo that NFC
 * could not compose, and ignorable characters such as the variation selector in an emoji.
 */
const FREEFORM =
  /^(?:[[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]--[\p{DI}\u1100-\u11FF\uA960-\uA97F\uD7B0-\uD7FF\u0640\u07FA\u302E\u302F\u3031-\u3035\u303B]]|[\u200C\u200D])+$/v;

/**
 * Match characters that are allowed in some places only, where they stand anywhere else.
 * https://www.rfc-editor.org/rfc/rfc5892#appendix-A
 */
const MISPLACED = [
  /(?<!l)\u00B7|\u00B7(?!l)/u,
  /\u0375(?!\p{Script=Greek})/u,
  /(?<!\p{Script=Hebrew})[\u05F3\u05F4]/u,
  /^(?=.*\u30FB)[^\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]*$/u,
  /[\u0660-\u0669].*[\u06F0-\u06F9]|[\u06F0-\u06F9].*[\u0660-\u0669]/u,
] as const;

const JOINER = /(.?)([\u200C\u200D])(.?)/gsu;
const CURSIVE = /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{M}]$/u;

/**
 * Maps a password's text as OpaqueString says: every kind of space becomes a plain one, then NFC. Case and
 * width stay as they are.
 */
export function mapPassword(password: string): string {
  return password.replaceAll(SPACES, " ").normalize("NFC");
}

/**
 * Returns a password as an OpaqueString, or `null` if it can't be one: it is empty, or has a character that
 * isn't allowed, such as a control character or one that Unicode has not assigned.
 *
 * @example
 * opaqueString("보리차\u3000한 잔".normalize("NFD")) // "보리차 한 잔"
 * opaqueString("tea\u200B") // null
 */
export function opaqueString(password: string): string | null {
  const text = mapPassword(password);
  if (!FREEFORM.test(text) || MISPLACED.some((rule) => rule.test(text))) return null;
  for (const [, before = "", joiner, after = ""] of text.matchAll(JOINER)) {
    const isBetweenCursive = CURSIVE.test(before) && CURSIVE.test(after);
    // The joining types of letters aren't in JavaScript: any two letters of a cursive script pass for joined
    // ones.
    if (!isVirama(before) && !(joiner === "\u200C" && isBetweenCursive)) return null;
  }
  return text;
}

/**
 * Whether a character is a virama, that is of the combining class 9. JavaScript knows no classes, but NFD
 * sorts marks by them: a virama comes after U+3099, of class 8, and before U+05B0, of class 10.
 */
function isVirama(character: string): boolean {
  const isAfterEight = `${character}\u3099`.normalize("NFD") === `\u3099${character}`;
  return isAfterEight && `\u05B0${character}`.normalize("NFD") === `${character}\u05B0`;
}
