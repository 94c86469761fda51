/**
 * Delays Enter for input methods. Some let Enter overtake the syllable that it finishes: the return
 * arrives, and then 요. So Enter after a CJK character waits a moment for such a late syllable.
 */

/**
 * Measured between a return and its late syllable. Nobody begins a new message so soon after one.
 */
export const SUBMIT_HOLD_MS = 40;

const CJK_AT_END = /[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]$/u;
const ONE_CJK_CHARACTER = /^[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]$/u;

/** Whether an Enter is being held, and the text that it will send. */
export type SubmitState =
  | { readonly kind: "idle" }
  | { readonly kind: "held"; readonly text: string };

/** The input of `submitStep`. */
export type SubmitInput =
  /** Enter, with the line's whole text. */
  | { readonly kind: "enter"; readonly text: string }
  /** Text was typed. */
  | { readonly kind: "text"; readonly text: string }
  /** Any other key. */
  | { readonly kind: "other" }
  /** The hold time is over. */
  | { readonly kind: "timeout" };

/** The result of `submitStep`. */
interface SubmitStep {
  readonly submit: SubmitState;
  /** The text to send now; null for none. */
  readonly send: string | null;
  /** If not 0: pass `timeout` after `holdMs` milliseconds, unless another input comes first. */
  readonly holdMs: number;
  /** Whether the input was consumed. If not, pass it to the editor, after the sending. */
  readonly consumed: boolean;
}

/** No Enter is held: the state to start from. */
export const IDLE: SubmitState = { kind: "idle" };

/**
 * Handles one input. While an Enter is held: a late syllable is added and everything is sent at
 * once, a second Enter sends at once (and nothing of its own), and any other key sends first and
 * then has its own effect. `enabled` is the person's setting: without it nothing is held.
 */
export function submitStep(submit: SubmitState, input: SubmitInput, enabled = true): SubmitStep {
  if (submit.kind === "idle") {
    if (input.kind !== "enter") return finish(null, false);
    if (!enabled || !CJK_AT_END.test(input.text)) return finish(input.text, true);
    const held = { kind: "held", text: input.text } as const;
    return { submit: held, send: null, holdMs: SUBMIT_HOLD_MS, consumed: true };
  }
  switch (input.kind) {
    case "text":
      if (ONE_CJK_CHARACTER.test(input.text.normalize("NFC"))) {
        return finish((submit.text + input.text).normalize("NFC"), true);
      }
      return finish(submit.text, false);
    case "other":
      return finish(submit.text, false);
    case "enter":
    case "timeout":
      return finish(submit.text, true);
  }
}

function finish(send: string | null, consumed: boolean): SubmitStep {
  return { submit: IDLE, send, holdMs: 0, consumed };
}
