import { expect, test } from "bun:test";
import { UserAttention } from "../../lib/app/chat-screen/user-attention.ts";
import type { Key } from "../../lib/terminal/key-reader.ts";
import { elapsedMs } from "../elapsed.ts";

const LETTER: Key = { kind: "text", text: "a" };
const focus = (on: boolean): Key => ({ kind: "focus", on });
const CLICK = {
  kind: "mouse",
  action: "press",
  button: "left",
  row: 1,
  column: 1,
} as unknown as Key;

test("a user looks for a minute after each key, where the terminal doesn't report its focus", () => {
  const attention = new UserAttention(elapsedMs(0));
  expect(attention.isLooking(elapsedMs(59_999))).toBe(true);
  expect(attention.isLooking(elapsedMs(60_000))).toBe(false);
  attention.onKey(LETTER, elapsedMs(70_000));
  attention.onKey("timeout", elapsedMs(90_000));
  expect(attention.isLooking(elapsedMs(129_999))).toBe(true);
  expect(attention.isLooking(elapsedMs(130_000))).toBe(false);
  expect(attention.keysPressed).toBe(1);
});

test("where it does, a user looks while it has the focus, and where they type", () => {
  const attention = new UserAttention(elapsedMs(0));
  attention.onKey(focus(false), elapsedMs(1));
  expect(attention.isLooking(elapsedMs(2))).toBe(false);
  attention.onKey(focus(true), elapsedMs(3));
  expect(attention.isLooking(elapsedMs(3_600_000))).toBe(true);
  attention.onKey(focus(false), elapsedMs(3_600_001));
  attention.onKey(LETTER, elapsedMs(3_600_002));
  expect(attention.isLooking(elapsedMs(3_600_003))).toBe(true);
});

test("the click that brings the window to the front acts on nothing", () => {
  const attention = new UserAttention(elapsedMs(0));
  expect(attention.isFocusClick(CLICK, elapsedMs(1))).toBe(false);
  attention.onKey(focus(true), elapsedMs(1000));
  expect(attention.isFocusClick(CLICK, elapsedMs(1199))).toBe(true);
  expect(attention.isFocusClick(CLICK, elapsedMs(1200))).toBe(false);
  expect(attention.isFocusClick(LETTER, elapsedMs(1100))).toBe(false);
});
