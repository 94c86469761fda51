/** Regular expressions of people who run `on`, over texts of everybody: no text may take long. */
import { RE2JS } from "re2js";

/**
 * UTF-16 units of a text: a longer one matches nothing, since a part of it isn't what was said. RE2 takes time in
 * proportion to the text, whatever the expression is: 20 ms for so many.
 */
const TEXT_UNITS_MAX = 16_000;

/** Returns the whole match and then its groups (null for one that took no part); null where nothing matches. */
export type Match = (text: string) => readonly (string | null)[] | null;

/**
 * Compiles an expression in RE2's syntax, which has no back references and no lookaround: what is left can't explode.
 * Returns why it can't be read, in the package's English words.
 */
export function compileMatch(expression: string): Match | { readonly problem: string } {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(expression);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  return (text) => {
    if (text.length > TEXT_UNITS_MAX) return null;
    const matcher = compiled.matcher(text);
    if (!matcher.find()) return null;
    return Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index));
  };
}
