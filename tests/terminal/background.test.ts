import { expect, test } from "bun:test";
import { backgroundQuery, parseBackground } from "../../lib/terminal/background.ts";
import { KeyReader } from "../../lib/terminal/key-reader.ts";

test.each([
  ["11;rgb:ffff/ffff/ffff", [255, 255, 255]],
  ["11;rgb:1e/1E/2e", [30, 30, 46]],
  ["11;rgb:f/0/8", [255, 0, 136]],
  ["11;rgba:0000/8080/ffff/ffff", [0, 128, 255]],
  ["11;#fdf6e3", [253, 246, 227]],
  ["11;?", null],
  ["10;rgb:ffff/ffff/ffff", null],
  ["11;rgb:fffff/0/0", null],
  ["11;rgb:ff/ff", null],
])("the answer %s is %j", (answer, colour) => {
  expect(parseBackground(answer)).toEqual(colour as ReturnType<typeof parseBackground>);
});

test("an answer is read however it ends and is cut, and types no letter", () => {
  for (const end of ["\x07", "\x1b\\"]) {
    const bytes = new TextEncoder().encode(`a\x1b]11;rgb:ffff/ffff/ffff${end}b`);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new KeyReader();
      const keys = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];
      expect(keys).toEqual([
        { kind: "text", text: "a" },
        { kind: "background", colour: [255, 255, 255] },
        { kind: "text", text: "b" },
      ]);
    }
  }
});

test("tmux is asked itself, and passes the question on; nothing else is asked twice", () => {
  const query = "\x1b]11;?\x1b\\";
  expect(backgroundQuery({ TERM: "xterm-256color" })).toBe(query);
  expect(backgroundQuery({ TERM: "tmux-256color" })).toBe(
    `${query}\x1bPtmux;\x1b\x1b]11;?\x1b\x1b\\\x1b\\`,
  );
});
