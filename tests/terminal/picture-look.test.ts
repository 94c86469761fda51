import { describe, expect, test } from "bun:test";
import {
  NO_PICTURE_ANSWERS,
  type PictureAnswers,
  pictureQuery,
} from "../../lib/terminal/picture-answers.ts";
import {
  type OutsideTmux,
  type PictureChoice,
  pictureLook,
} from "../../lib/terminal/pictures/picture-look.ts";
import { STANDARD_WIDTHS } from "../../lib/terminal/width.ts";

type Environment = Readonly<Record<string, string>>;

const XTERM: Environment = { TERM: "xterm-256color" };
const TMUX: Environment = { TERM: "tmux-256color", TMUX: "/tmp/tmux-1/default,1,0" };
const SCREEN: Environment = { TERM: "screen.xterm-256color", STY: "1.pts-0.host" };
const CELL = { width: 9, height: 18 };

function lookOf(
  environment: Environment,
  answers: Partial<PictureAnswers>,
  {
    choice = "auto" as PictureChoice,
    tmux = null as OutsideTmux | null,
    hasColours = true,
    widths = STANDARD_WIDTHS,
  } = {},
) {
  const pictureAnswers = { ...NO_PICTURE_ANSWERS, ...answers };
  const facts = { environment, background: null, pictureAnswers, tmux };
  return pictureLook(choice, facts, widths, hasColours);
}

describe("what a terminal shows pictures by", () => {
  test.each<[string, Environment, Partial<PictureAnswers>, string]>([
    ["nothing known", XTERM, {}, "blocks"],
    ["kitty", XTERM, { isKitty: true, name: "kitty(0.35.2)", cell: CELL }, "kitty in text"],
    ["an old kitty", XTERM, { isKitty: true, name: "kitty(0.27.1)" }, "kitty"],
    ["Ghostty", XTERM, { isKitty: true, name: "ghostty 1.1.3" }, "kitty in text"],
    ["Konsole", XTERM, { isKitty: true, name: "Konsole 24.12.0", hasSixel: true }, "kitty"],
    ["WezTerm", XTERM, { isKitty: true, name: "WezTerm 20240203", hasSixel: true }, "iterm"],
    ["iTerm2", XTERM, { name: "iTerm2 3.5.10", hasSixel: true }, "iterm"],
    ["an old iTerm2", { ...XTERM, TERM_PROGRAM: "iTerm.app" }, {}, "iterm"],
    ["iTerm2 behind ssh", { ...XTERM, LC_TERMINAL: "iTerm2" }, {}, "iterm"],
    [
      "foot from iTerm2's shell",
      { ...XTERM, TERM_PROGRAM: "iTerm.app" },
      { name: "foot(1.16)" },
      "blocks",
    ],
    ["foot", XTERM, { name: "foot(1.16.2)", hasSixel: true, cell: CELL }, "sixel"],
    ["sixel without a size of cells", XTERM, { hasSixel: true }, "blocks"],
    ["GNU screen", SCREEN, { hasSixel: true, cell: CELL }, "blocks"],
    ["tmux", TMUX, {}, "blocks"],
    ["tmux with sixel", TMUX, { hasSixel: true, cell: CELL }, "sixel"],
  ])("%s", (_, environment, answers, expected) => {
    const look = lookOf(environment, answers);
    const way = `${look?.protocol}${look?.hasPlaceholders ? " in text" : ""}`;
    expect(way).toBe(expected);
  });

  test("in tmux kitty's pictures stand in text, where tmux lets them through", () => {
    const outside = { name: "kitty(0.35.2)", passesThrough: true, cell: { width: 9, height: 21 } };
    expect(lookOf(TMUX, {}, { tmux: outside })).toMatchObject({
      protocol: "kitty",
      hasPlaceholders: true,
      cell: outside.cell,
    });
    for (const tmux of [
      { ...outside, passesThrough: false },
      { ...outside, name: "kitty(0.20.0)" },
      { ...outside, name: "" },
    ]) {
      expect(lookOf(TMUX, {}, { tmux })).toMatchObject({ protocol: "blocks" });
    }
  });

  test("the user's choice comes first", () => {
    for (const choice of ["kitty", "iterm", "sixel", "blocks"] as const) {
      expect(lookOf(XTERM, { isKitty: true }, { choice })?.protocol).toBe(choice);
    }
    expect(lookOf(XTERM, { isKitty: true }, { choice: "none" })).toBeNull();
  });

  test("without colours there are no blocks", () => {
    expect(lookOf(XTERM, {}, { hasColours: false })).toBeNull();
    expect(lookOf({ TERM: "dumb" }, {})).toBeNull();
    const kitty = lookOf(XTERM, { isKitty: true }, { hasColours: false });
    expect(kitty).toMatchObject({ protocol: "kitty", depth: null });
  });

  test("a half block may be wide, and a terminal may have few colours", () => {
    const widths = { ...STANDARD_WIDTHS, ambiguous: 2 } as const;
    expect(lookOf(XTERM, {}, { widths })?.isWide).toBe(true);
    const registers = [null, 4, 64, 65_536].map(
      (count) => lookOf(XTERM, { registers: count })?.registers,
    );
    expect(registers).toEqual([256, 16, 64, 256]);
    expect(lookOf({ TERM: "linux" }, {})?.depth).toBe("16");
    expect(lookOf({ ...XTERM, COLORTERM: "truecolor" }, {})?.depth).toBe("24-bit");
  });
});

test("nothing is asked where the question would be printed, and tmux answers for itself", () => {
  expect(pictureQuery({ TERM: "linux" })).toBe("");
  expect(pictureQuery({ TERM: "dumb" })).toBe("");
  expect(pictureQuery(SCREEN)).toBe("");
  expect(pictureQuery(TMUX)).toBe("\x1b[16t\x1b[?1;1;0S\x1b[c");
  // What is answered by every terminal comes last; then the row is blank again.
  expect(pictureQuery(XTERM)).toEndWith("\x1b[c\x1b[2;1H\x1b[2K");
});
