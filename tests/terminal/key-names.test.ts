import { describe, expect, test } from "bun:test";
import {
  keyName,
  letterName,
  parseKeys,
  showKeys,
  withoutShift,
} from "../../lib/terminal/key-names.ts";
import { KeyReader } from "../../lib/terminal/key-reader.ts";

function nameOfBytes(bytes: string): string | null {
  const reader = new KeyReader();
  const keys = [...reader.push(new TextEncoder().encode(bytes)), ...reader.timeout()];
  const [key] = keys;
  return key === undefined ? null : keyName(key);
}

describe("keys as people write them", () => {
  test.each([
    ["ctrl-g", "ctrl-g"],
    ["Ctrl-K", "ctrl-k"],
    ["C-x C-e", "ctrl-x ctrl-e"],
    ["ctrl+x   e", "ctrl-x e"],
    ["M-left", "alt-left"],
    ["meta-ㅁ", "alt-a"],
    ["Alt-↑", "alt-up"],
    ["shift-alt-ctrl-F5", "ctrl-alt-shift-f5"],
    ["alt--", "alt--"],
    ["alt-/", "alt-/"],
    ["alt-pgup", "alt-pageup"],
    ["return", "enter"],
    ["alt-space", "alt-space"],
    ["ctrl-\\", "ctrl-\\"],
  ])("%s is %s", (written, name) => {
    expect<unknown>(parseKeys(written)).toBe(name);
  });

  test.each([
    ["", "unknown"],
    ["ctrl-", "unknown"],
    ["hyper-x", "unknown"],
    ["ctrl-enterr", "unknown"],
    ["alt-가", "unknown"],
    ["constructor", "unknown"],
    ["alt-__proto__", "unknown"],
    ["ctrl-a ctrl-b ctrl-c ctrl-d", "unknown"],
    ["x", "types-text"],
    ["space", "types-text"],
    ["/", "types-text"],
    ["ctrl-i", "sent-as"],
    ["ctrl-m", "sent-as"],
    ["ctrl-[", "sent-as"],
    ["ctrl-z", "stops"],
  ])("%j can't be bound: %s", (written, kind) => {
    expect(parseKeys(written)).toMatchObject({ problem: { kind } });
  });

  test("what is sent as another key says which", () => {
    expect(parseKeys("ctrl-x ctrl-m")).toEqual({ problem: { kind: "sent-as", sentAs: "enter" } });
  });
});

test.each([
  ["\x0b", "ctrl-k"],
  ["\x1bx", "alt-x"],
  ["\x1bㅌ", "alt-x"],
  ["\x1bX", "alt-shift-x"],
  ["\x1b[1;5A", "ctrl-up"],
  ["\x1b[1;6A", "ctrl-shift-up"],
  ["\x1b\r", "alt-enter"],
  ["\x1bOP", "f1"],
  ["\x1b/", "alt-/"],
  ["x", null],
])("the bytes %j are %p, as a binding writes it", (bytes, name) => {
  expect<unknown>(nameOfBytes(bytes)).toBe(name);
  if (name !== null) expect<unknown>(parseKeys(name)).toBe(name);
});

test("a letter behind another key is that of the Latin layout, in lower case", () => {
  expect(
    ["e", "E", "ㄷ", " ", "가", "😀"].map((letter) => letterName(letter) as string | null),
  ).toEqual([...["e", "e", "e", "space", null, null]]);
});

test("keys are shown as on a keyboard", () => {
  const shown = [
    "ctrl-k",
    "alt-k",
    "ctrl-alt-k",
    "shift-tab",
    "ctrl-up",
    "pageup",
    "ctrl-x ctrl-e",
  ];
  expect(shown.map((written) => showKeys(parseKeys(written) as never))).toEqual([
    ...["Ctrl-K", "Alt-k", "Ctrl-Alt-K", "Shift-Tab", "Ctrl-↑", "PgUp", "Ctrl-X Ctrl-E"],
  ]);
  expect<string>(withoutShift(parseKeys("ctrl-shift-up") as never)).toBe("ctrl-up");
});
