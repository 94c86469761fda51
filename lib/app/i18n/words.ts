import { en } from "./en.ts";
import { ko } from "./ko.ts";
import type { Language } from "./language.ts";

/**
 * Every sentence that a person reads in the client: a plain sentence, or a function of what it
 * speaks of. The English table gives the type, so the compiler misses a key that the Korean one lacks.
 */
export type Words = typeof en;

export function wordsFor(language: Language): Words {
  return language === "ko" ? ko : en;
}

/**
 * What to say about an error of the server: our own sentence for its code, or, for a code that we
 * don't know, the server's text (which the caller has cleaned).
 * `about` is what the error speaks of: a name, a room, a command; "" when nothing.
 */
export function failureSentence(words: Words, code: string, about: string, text: string): string {
  const known = words.failures[code as keyof Words["failures"]];
  if (Object.hasOwn(words.failures, code)) return known(about);
  return text === "" ? words.failed.unknown(code) : text;
}
