import { expect, test } from "bun:test";
import {
  clipboardSequence,
  throughMultiplexer,
  withTmuxColours,
} from "../../lib/terminal/multiplexer.ts";

const TMUX = { TERM: "tmux-256color", TMUX: "/tmp/tmux-1000/default,1,0" };
const SCREEN = { TERM: "screen.xterm-256color", STY: "1.pts-0.here" };
const NOTIFICATION = "\x1b]9;jun: hello\x1b\\";
const CLIPBOARD = "\x1b]52;c;aGVsbG8=\x07";
const KITTY = "\x1b]99;i=1:d=0;jun\x1b\\\x1b]99;i=1:p=body;hello\x1b\\";

const TABLE: readonly (readonly [string, Record<string, string>, string, string])[] = [
  ["nothing around it", { TERM: "foot" }, NOTIFICATION, NOTIFICATION],
  ["empty variables", { TERM: "screen", TMUX: "", STY: "" }, NOTIFICATION, NOTIFICATION],
  ["tmux", TMUX, NOTIFICATION, "\x1bPtmux;\x1b\x1b]9;jun: hello\x1b\x1b\\\x1b\\"],
  ["tmux, the clipboard", TMUX, CLIPBOARD, "\x1bPtmux;\x1b\x1b]52;c;aGVsbG8=\x07\x1b\\"],
  [
    "tmux at the other end of ssh",
    { TERM: "tmux-256color", SSH_TTY: "/dev/pts/1" },
    NOTIFICATION,
    "\x1bPtmux;\x1b\x1b]9;jun: hello\x1b\x1b\\\x1b\\",
  ],
  [
    "tmux, two sequences",
    TMUX,
    KITTY,
    "\x1bPtmux;\x1b\x1b]99;i=1:d=0;jun\x1b\x1b\\\x1b\x1b]99;i=1:p=body;hello\x1b\x1b\\\x1b\\",
  ],
  [
    "tmux in screen",
    { ...SCREEN, ...TMUX },
    CLIPBOARD,
    "\x1bPtmux;\x1b\x1b]52;c;aGVsbG8=\x07\x1b\\",
  ],
  ["screen", SCREEN, NOTIFICATION, "\x1bP\x1b]9;jun: hello\x07\x1b\\"],
  ["screen, the clipboard", SCREEN, CLIPBOARD, "\x1bP\x1b]52;c;aGVsbG8=\x07\x1b\\"],
  ["no sequence", TMUX, "", ""],
];

for (const [where, environment, sequence, wrapped] of TABLE) {
  test(`the outer terminal gets the sequence: ${where}`, () => {
    expect(throughMultiplexer(sequence, environment)).toBe(wrapped);
  });
}

test("screen gets a long sequence in parts that it takes, cut between characters", () => {
  const sequence = `\x1b]9;${"가".repeat(300)}\x1b\\`;
  const parts = throughMultiplexer(sequence, SCREEN).split("\x1b\\");
  expect(parts.pop()).toBe("");
  expect(parts.length).toBeGreaterThan(3);
  for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(256);
  expect(parts.map((part) => part.slice("\x1bP".length)).join("")).toBe(
    `\x1b]9;${"가".repeat(300)}\x07`,
  );
});

test("a text is put on the clipboard in base64, and not where no terminal has one", () => {
  expect(clipboardSequence("초대", { TERM: "xterm-256color" })).toBe("\x1b]52;c;7LSI64yA\x07");
  // tmux takes the first by `set-clipboard on`, and passes the second on by `allow-passthrough on`.
  expect(clipboardSequence("hello", TMUX)).toBe(
    "\x1b]52;c;aGVsbG8=\x07\x1bPtmux;\x1b\x1b]52;c;aGVsbG8=\x07\x1b\\",
  );
  expect(clipboardSequence("hello", { TERM: "linux" })).toBe("");
});

test.each([
  [{ TMUX: "/tmp/t,1,0", COLORTERM: "truecolor" }, "256,clipboard,RGB,title", "truecolor"],
  [{ TMUX: "/tmp/t,1,0", COLORTERM: "truecolor" }, "256,clipboard,title", undefined],
  [{ TMUX: "/tmp/t,1,0", COLORTERM: "truecolor" }, "", undefined],
  [{ COLORTERM: "truecolor" }, "", "truecolor"],
])(
  "in %p tmux shows colours of 24 bits only to a terminal that has them (%j)",
  (given, features, kept) => {
    const environment = { ...given, TERM: "tmux-256color" };
    expect(withTmuxColours(environment, features)).toEqual({
      ...environment,
      COLORTERM: kept,
    } as never);
  },
);
