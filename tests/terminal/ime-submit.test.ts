import { describe, expect, test } from "bun:test";
import {
  IDLE,
  SUBMIT_HOLD_MS,
  type SubmitInput,
  submitStep,
} from "../../lib/terminal/ime-submit.ts";

describe("the late syllable", () => {
  const enter = (text: string): SubmitInput => ({ kind: "enter", text });

  test.each([
    ["안녕하세요", SUBMIT_HOLD_MS],
    ["漢字", SUBMIT_HOLD_MS],
    ["かな", SUBMIT_HOLD_MS],
    ["ㅋㅋ", SUBMIT_HOLD_MS],
    ["hello", 0],
    ["안녕!", 0],
    ["", 0],
  ] as const)("Enter after %j waits %d ms", (text, hold) => {
    expect(submitStep(IDLE, enter(text)).holdMs).toBe(hold);
    expect(submitStep(IDLE, enter(text), false).holdMs).toBe(0);
  });

  const held = submitStep(IDLE, enter("안녕하세")).submit;

  test("Latin text is sent at once", () => {
    expect(submitStep(IDLE, enter("hi"))).toEqual({
      submit: IDLE,
      send: "hi",
      holdMs: 0,
      consumed: true,
    });
  });

  test("Hangul is held, and sent at the timeout", () => {
    expect(submitStep(IDLE, enter("안녕"))).toEqual({
      submit: { kind: "held", text: "안녕" },
      send: null,
      holdMs: SUBMIT_HOLD_MS,
      consumed: true,
    });
    expect(submitStep(held, { kind: "timeout" }).send).toBe("안녕하세");
  });

  test.each([
    [
      "the late syllable is added and sent at once",
      { kind: "text", text: "요" },
      "안녕하세요",
      true,
    ],
    ["a late final consonant is composed", { kind: "text", text: "\u11ab" }, "안녕하센", true],
    ["other letters begin the next message", { kind: "text", text: "ok" }, "안녕하세", false],
    ["a second Enter sends at once", { kind: "enter", text: "안녕하세" }, "안녕하세", true],
    ["another key is done after sending", { kind: "other" }, "안녕하세", false],
  ] as const)("%s", (_, input, send, consumed) => {
    expect(submitStep(held, input)).toEqual({ submit: IDLE, send, holdMs: 0, consumed });
  });

  test("nothing is held when the setting is off", () => {
    expect(submitStep(IDLE, enter("안녕"), false).send).toBe("안녕");
  });

  test("keys between messages go to the editor", () => {
    expect(submitStep(IDLE, { kind: "text", text: "요" })).toEqual({
      submit: IDLE,
      send: null,
      holdMs: 0,
      consumed: false,
    });
  });
});
