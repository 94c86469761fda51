import { fold } from "./names.ts";

/**
 * Whether `text` (a nick, or nick!user@host) is meant by `mask`: `*` stands for anything, `?` for
 * one letter of any script. Both are folded. Takes at most mask × text steps, whatever a stranger
 * writes into a ban; both are bounded by the line.
 *
 *     matchesMask("*!*@*.example", "Mina!m@home.example") // true
 */
export function matchesMask(mask: string, text: string): boolean {
  const wanted = Array.from(fold(mask));
  const given = Array.from(fold(text));
  let at = 0;
  let from = 0;
  /** Behind the last `*`: where to go on in the mask, and the letter that it has swallowed up to. */
  let star = -1;
  let swallowed = 0;
  while (from < given.length) {
    const letter = wanted[at];
    if (letter === "*") {
      star = at + 1;
      swallowed = from;
      at = star;
    } else if (letter !== undefined && (letter === "?" || letter === given[from])) {
      at += 1;
      from += 1;
    } else if (star !== -1) {
      // Only the last `*` is tried again: what the earlier ones hold is settled.
      swallowed += 1;
      from = swallowed;
      at = star;
    } else {
      return false;
    }
  }
  while (wanted[at] === "*") at += 1;
  return at === wanted.length;
}
