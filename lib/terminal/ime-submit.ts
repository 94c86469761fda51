/**
 * The cure for the late syllable. Some input methods let Enter overtake the syllable that it
 * finishes: the return arrives, then 요. So Enter after a CJK letter waits a moment for it.
 */

/** Measured between a return and its syllable; nobody begins a new message that soon after one. */
export const SUBMIT_HOLD_MS = 40;

/** Milliseconds to wait before sending `text`. `enabled` is the person's setting. */
export function submitHoldMs(text: string, enabled = true): 0 | typeof SUBMIT_HOLD_MS {
  return enabled && CJK_AT_END.test(text) ? SUBMIT_HOLD_MS : 0;
}

export type Submit = { readonly kind: "idle" } | { readonly kind: "held"; readonly text: string };

export type SubmitInput =
  /** Enter, with the line's whole text. */
  | { readonly kind: "enter"; readonly text: string }
  /** Text was typed. */
  | { readonly kind: "text"; readonly text: string }
  /** Any other key. */
  | { readonly kind: "other" }
  | { readonly kind: "timeout" };

export interface SubmitStep {
  readonly submit: Submit;
  /** What to send now. */
  readonly send: string | null;
  /** When not 0: give `timeout` after so many milliseconds, unless something else came first. */
  readonly holdMs: number;
  /** Whether the input is used up: if not, it goes on to the editor, after the sending. */
  readonly taken: boolean;
}

export const IDLE: Submit = { kind: "idle" };

/**
 * One step. While held: a late syllable is added and the whole sent at once, a second Enter sends
 * at once (and sends nothing of its own), and any other key sends first and is then done itself.
 */
export function submitStep(submit: Submit, input: SubmitInput, enabled = true): SubmitStep {
  if (submit.kind === "idle") {
    if (input.kind !== "enter") return step(IDLE, null, false);
    const holdMs = submitHoldMs(input.text, enabled);
    if (holdMs === 0) return step(IDLE, input.text, true);
    return { submit: { kind: "held", text: input.text }, send: null, holdMs, taken: true };
  }
  switch (input.kind) {
    case "text":
      if (ONE_CJK_LETTER.test(input.text.normalize("NFC"))) {
        return step(IDLE, (submit.text + input.text).normalize("NFC"), true);
      }
      return step(IDLE, submit.text, false);
    case "other":
      return step(IDLE, submit.text, false);
    case "enter":
    case "timeout":
      return step(IDLE, submit.text, true);
  }
}

function step(submit: Submit, send: string | null, taken: boolean): SubmitStep {
  return { submit, send, holdMs: 0, taken };
}

const CJK_AT_END = /[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]$/u;
const ONE_CJK_LETTER = /^[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]$/u;
