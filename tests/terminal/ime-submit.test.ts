import { describe, expect, test } from "bun:test";
import {
  hasCjk,
  type Keyboard,
  keyboardAfter,
  keyboardOf,
  SUBMIT_HOLD_MS,
  submitStep,
} from "../../lib/terminal/ime-submit.ts";

describe("the late syllable", () => {
  test("Enter takes effect at once where nothing is held", () => {
    expect(submitStep("idle", { kind: "enter" }, false)).toEqual({
      submit: "idle",
      order: ["enter"],
      holdMs: 0,
    });
  });

  test("Enter is held for a moment, and takes effect at the timeout", () => {
    expect(submitStep("idle", { kind: "enter" }, true)).toEqual({
      submit: "held",
      order: [],
      holdMs: SUBMIT_HOLD_MS,
    });
    expect(submitStep("held", { kind: "timeout" }, true).order).toEqual(["enter"]);
    expect(submitStep("idle", { kind: "timeout" }, true).order).toEqual([]);
  });

  test.each([
    ["a late syllable comes before it", { kind: "text", text: "요" }, ["input", "enter"]],
    ["a late final consonant, too", { kind: "text", text: "\u11ab" }, ["input", "enter"]],
    ["other letters begin the next line", { kind: "text", text: "ok" }, ["enter", "input"]],
    ["two syllables as well", { kind: "text", text: "그럼" }, ["enter", "input"]],
    ["a second Enter gives it effect at once", { kind: "enter" }, ["enter"]],
    ["another key comes after it", { kind: "other" }, ["enter", "input"]],
  ] as const)("while Enter is held, %s", (_, input, order) => {
    expect(submitStep("held", input, true)).toEqual({
      submit: "idle",
      order: [...order],
      holdMs: 0,
    });
  });

  test("keys between messages take effect at once", () => {
    expect(submitStep("idle", { kind: "text", text: "요" }, true).order).toEqual(["input"]);
  });
});

describe("what is typed with a keyboard", () => {
  test.each([
    [["en", "ko_KR.UTF-8"], "cjk"],
    [["en", undefined, "ja_JP.UTF-8"], "cjk"],
    [["zh_CN.UTF-8"], "cjk"],
    [["en", null, "C.UTF-8"], "unknown"],
    [["kok_IN", "en_US.UTF-8"], "unknown"],
  ] as const)("locales %j: %s", (locales, keyboard) => {
    expect(keyboardOf([...locales])).toBe(keyboard);
  });

  test.each([
    ["unknown", "h", false, "unknown"],
    ["unknown", "hello", true, "latin"],
    ["unknown", " ", true, "unknown"],
    ["unknown", "ㅇ", false, "cjk"],
    ["latin", "漢", false, "cjk"],
    ["latin", "hi", true, "latin"],
    ["cjk", "ok", true, "cjk"],
  ] as const)("%s and %j (sent: %p): %s", (keyboard, text, isSent, next) => {
    expect(keyboardAfter(keyboard as Keyboard, text, isSent)).toBe(next);
  });

  test("Hangul, Han and kana need an input method", () => {
    expect(["ㅋ", "가", "\u1100", "漢", "か", "カ"].every(hasCjk)).toBe(true);
    expect(["a", "é", "3", "?", "ж", ""].some(hasCjk)).toBe(false);
  });
});
