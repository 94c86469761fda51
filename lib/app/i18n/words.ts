import type { Language } from "../../protocol/language.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { en } from "./en.ts";
import { ko } from "./ko.ts";

/**
 * Every sentence of the interactive client, some of which the pipe commands use too: a string, or a function of
 * what the sentence is about. The English table is the type, so the compiler reports a key that the Korean table lacks.
 */
export type Words = typeof en;

/** Returns the sentences of a language. */
export function wordsFor(language: Language): Words {
  return language === "ko" ? ko : en;
}

/**
 * Returns the sentence for an error from the server: the client's own if it knows the code, otherwise `text`, or a
 * general one with the code if `text` is empty. It can go to the terminal: what the server wrote in it is sanitized.
 *
 * @param code of the standard reply (FAIL) or the numeric
 * @param about the name, room or command that the error is about, or ""
 * @param text the server's text, or ""
 */
export function failureSentence(words: Words, code: string, about: string, text: string): string {
  if (code === "ACCOUNT_SUSPENDED") {
    return words.failures.ACCOUNT_SUSPENDED(suspensionDetails(words, text));
  }
  // It also names the right that an operator lacks.
  const right = /the right "([a-z-]+)"/.exec(text)?.[1];
  if (code === "481" && right !== undefined) return words.failures["481right"](right);
  if (code === "405" && /\bfounder\b/.test(text)) return words.failures["405founder"](about);
  // Our server names the mode that refused it: "That room is in slow mode (+W): wait 9 seconds".
  const byMode = `${code}${/\((\+[A-Za-z])\)/.exec(text)?.[1] ?? ""}`;
  for (const key of [byMode, code]) {
    if (Object.hasOwn(words.failures, key)) {
      return words.failures[key as keyof Words["failures"]](sanitize(about));
    }
  }
  if (text !== "") return sanitize(text);
  return code === "" ? words.failed.refused : words.failed.unknown(sanitize(code));
}

/** Returns the end and the reason out of our server's sentence: "… until 2026-11-22T02:30:00.000Z: too loud". */
function suspensionDetails(words: Words, text: string): string {
  const [, until, reason] = /suspended(?: until (\S+Z))?(?:: (.*))?$/.exec(text) ?? [];
  const end = until === undefined ? "" : `${until.slice(0, 16).replace("T", " ")} UTC`;
  return (
    (end === "" ? "" : words.suspendedUntil(end)) + (reason === undefined ? "" : `: ${reason}`)
  );
}
