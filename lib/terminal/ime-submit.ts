/**
 * Delays Enter for input methods. Some let Enter overtake the syllable that it finishes: the return
 * arrives, and then 요. Such a syllable may follow any text (`밥 먹자 `+응, `3`+시) or none, so whether
 * Enter waits depends on what is typed with this keyboard, and not on the letter before it.
 */

/**
 * Measured between a return and its late syllable. Nobody begins a new message so soon after one.
 */
export const SUBMIT_HOLD_MS = 40;

const CJK = /[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;
const ONE_CJK_CHARACTER = /^[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]$/u;
/** Languages that are typed with an input method. */
const CJK_LOCALE = /^(?:ko|ja|zh)(?![a-z])|^(?:korean|japanese|chinese)/i;

/**
 * What is typed with a keyboard. "unknown": nothing was sent yet, and the locale doesn't tell;
 * "latin": something was sent, and nothing CJK was typed.
 */
export type Keyboard = "unknown" | "cjk" | "latin";

/** Whether an Enter is being held. */
export type SubmitState = "idle" | "held";

/** The input of `submitStep`. */
export type SubmitInput =
  | { readonly kind: "enter" }
  /** Text was typed. */
  | { readonly kind: "text"; readonly text: string }
  /** Any other key. */
  | { readonly kind: "other" }
  /** The hold time is over. */
  | { readonly kind: "timeout" };

/** The result of `submitStep`. */
interface SubmitStep {
  readonly submit: SubmitState;
  /** What takes effect now, in order: Enter, and the input that came. */
  readonly order: readonly ("enter" | "input")[];
  /** If not 0: pass `timeout` after `holdMs` milliseconds, unless another input comes first. */
  readonly holdMs: number;
}

/** Returns whether a text has Hangul, Han or kana. */
export function hasCjk(text: string): boolean {
  return CJK.test(text);
}

/** Returns what locales ("ko_KR.UTF-8") tell of a keyboard. */
export function keyboardOf(locales: readonly (string | null | undefined)[]): Keyboard {
  return locales.some((locale) => CJK_LOCALE.test(locale ?? "")) ? "cjk" : "unknown";
}

/** Returns what is known of a keyboard after a text was typed or, if `isSent`, sent with it. */
export function keyboardAfter(keyboard: Keyboard, text: string, isSent: boolean): Keyboard {
  if (hasCjk(text)) return "cjk";
  return keyboard === "unknown" && isSent && text.trim() !== "" ? "latin" : keyboard;
}

/**
 * Handles one input. While an Enter is held: a late syllable takes effect before it, a second Enter
 * gives it effect at once (and has none of its own), and any other key comes after it. With `holds`
 * false no Enter is held.
 */
export function submitStep(submit: SubmitState, input: SubmitInput, holds: boolean): SubmitStep {
  if (submit === "idle") {
    if (input.kind !== "enter") return finish(input.kind === "timeout" ? [] : ["input"]);
    return holds ? { submit: "held", order: [], holdMs: SUBMIT_HOLD_MS } : finish(["enter"]);
  }
  switch (input.kind) {
    case "text":
      return finish(isLateSyllable(input.text) ? ["input", "enter"] : ["enter", "input"]);
    case "other":
      return finish(["enter", "input"]);
    case "enter":
    case "timeout":
      return finish(["enter"]);
  }
}

function isLateSyllable(text: string): boolean {
  return ONE_CJK_CHARACTER.test(text.normalize("NFC"));
}

function finish(order: SubmitStep["order"]): SubmitStep {
  return { submit: "idle", order, holdMs: 0 };
}
