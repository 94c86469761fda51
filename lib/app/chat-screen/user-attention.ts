/** Whether the user looks at the screen, by the terminal's focus reports and by the keys they press. */
import type { ClientState } from "../../chat-client/client-state.ts";
import type { Folded } from "../../protocol/names.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import { hasCjk } from "../../terminal/ime-submit.ts";
import type { Key } from "../../terminal/key-reader.ts";

/** Without focus reports from the terminal, a user who pressed no key for this long isn't looking. */
const IDLE_MS = 60_000;
/** A click so soon after the window got the focus is the one that gave it the focus. */
const FOCUS_CLICK_MS = 200;

/** Follows the keys that the user presses. Pass each one to `onKey`. */
export class UserAttention {
  /** Whether the terminal has the focus; null: it has never said so. */
  #isFocused: boolean | null = null;
  #focusedElapsedMs = Number.NEGATIVE_INFINITY;
  #lastKeyElapsedMs: ElapsedMs;
  #keysPressed = 0;

  constructor(elapsedMs: ElapsedMs) {
    this.#lastKeyElapsedMs = elapsedMs;
  }

  /** How often the user pressed a key or typed something. */
  get keysPressed(): number {
    return this.#keysPressed;
  }

  /** Reads a key. */
  onKey(key: Key | "timeout", elapsedMs: ElapsedMs): void {
    if (key === "timeout") return;
    this.#lastKeyElapsedMs = elapsedMs;
    if (key.kind === "focus") {
      this.#isFocused = key.on;
      if (key.on) this.#focusedElapsedMs = elapsedMs;
    } else if (key.kind === "key" || key.kind === "text") {
      this.#keysPressed += 1;
      // Where one types, one looks, whatever the terminal said last.
      if (this.#isFocused === false) this.#isFocused = true;
    }
  }

  /** Returns whether a key is a click that only brought the window to the front: it acts on nothing. */
  isFocusClick(key: Key | "timeout", elapsedMs: ElapsedMs): boolean {
    if (key === "timeout" || key.kind !== "mouse" || key.action !== "press") return false;
    return elapsedMs - this.#focusedElapsedMs < FOCUS_CLICK_MS;
  }

  /** Returns whether the user looks at the screen now. */
  isLooking(elapsedMs: ElapsedMs): boolean {
    return this.#isFocused ?? elapsedMs - this.#lastKeyElapsedMs < IDLE_MS;
  }
}

/** Returns whether the user writes Hangul or the like: by their name, or by what they wrote here on any device. */
export function writesCjk({ me, conversations }: ClientState, key: Folded): boolean {
  const lines = conversations.get(key)?.lines ?? [];
  return hasCjk(me.nick) || lines.some((line) => line.own && hasCjk(line.text));
}
