import { describe, expect, test } from "bun:test";
import { ENGLISH, KOREAN } from "../../lib/settings/sentences.ts";
import { CUBE, contrastOf, type Rgb } from "../../lib/terminal/colour.ts";
import { nameHues } from "../../lib/terminal/name-hues.ts";
import {
  AUTO_THEME,
  MONOCHROME,
  needsBackground,
  ROLES,
  type ThemeChoice,
  themeFor,
} from "../../lib/terminal/theme.ts";
import { readTheme } from "../../lib/terminal/theme-file.ts";

const TRUE_COLOUR = { TERM: "xterm-256color", COLORTERM: "truecolor" };
const CUBE_ONLY = { TERM: "xterm-256color" };
const SIXTEEN = { TERM: "xterm" };
const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];
const GREY: Rgb = [150, 150, 150];

describe("a terminal's theme", () => {
  test.each([
    [{ TERM: "xterm-256color", COLORTERM: "truecolor" }, /^38;2;/],
    [{ TERM: "xterm", COLORTERM: "24bit" }, /^38;2;/],
    [{ TERM: "xterm-direct" }, /^38;2;/],
    [{ TERM: "xterm-256color" }, /^38;5;/],
    [{ TERM: "xterm", COLORTERM: "yes" }, /^38;5;/],
    [{ TERM: "xterm-kitty", NO_COLOR: "" }, /^38;5;/],
    [{ TERM: "xterm" }, /^[39]\d/],
    [{ TERM: "linux", COLORTERM: "truecolor" }, /^[39]\d/],
  ])("of %j has its depth of colours for 24 names", (environment, pattern) => {
    const { hues } = themeFor(environment as Record<string, string>);
    expect(new Set(hues).size).toBe(24);
    for (const hue of hues) expect(hue).toMatch(pattern);
  });

  test("is without colours where NO_COLOR or TERM says so, whatever was chosen", () => {
    const choice: ThemeChoice = { ...AUTO_THEME, base: "light", names: [1] };
    for (const environment of [{ ...TRUE_COLOUR, NO_COLOR: "1" }, { TERM: "dumb" }]) {
      const theme = themeFor(environment, WHITE, choice);
      expect([theme.roles, theme.hues]).toEqual([MONOCHROME.roles, []]);
      expect(needsBackground(environment, AUTO_THEME)).toBe(false);
    }
    for (const parameters of Object.values(MONOCHROME.roles))
      expect(parameters).not.toMatch(/[349]\d/);
  });

  test("follows the background, and is a dark one as long as that isn't known", () => {
    const roles = (background: Rgb | null) => themeFor(CUBE_ONLY, background).roles;
    expect(roles(null)).toEqual(roles(BLACK));
    expect(roles(WHITE)).not.toEqual(roles(BLACK));
    // Between the two only the palette can be trusted.
    expect(roles(GREY)).toEqual(roles(BLACK));
    expect(themeFor(TRUE_COLOUR, WHITE).hues).toEqual(nameHues(WHITE, "24-bit"));
    const unknown = themeFor(TRUE_COLOUR).hues.map((hue) => hue.split(";").slice(2).map(Number));
    for (const [red = 0, green = 0, blue = 0] of unknown) {
      for (const dark of [BLACK, [40, 42, 54], [46, 52, 64], [0, 43, 54]] as const) {
        expect(contrastOf([red, green, blue], dark)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  test("that was chosen doesn't ask for the background, nor follow it", () => {
    const light: ThemeChoice = { ...AUTO_THEME, base: "light" };
    expect(needsBackground(CUBE_ONLY, light)).toBe(false);
    expect(needsBackground(CUBE_ONLY, AUTO_THEME)).toBe(true);
    expect(needsBackground(SIXTEEN, AUTO_THEME)).toBe(false);
    expect(themeFor(CUBE_ONLY, BLACK, light)).toEqual(themeFor(CUBE_ONLY, null, light));
    expect(themeFor(CUBE_ONLY, null, light).roles).toEqual(themeFor(CUBE_ONLY, WHITE).roles);
  });

  test("for light backgrounds has roles that can be read on them", () => {
    const { roles } = themeFor(CUBE_ONLY, WHITE);
    for (const role of ROLES) {
      const number = Number(/38;5;(\d+)/.exec(roles[role])?.[1] ?? Number.NaN);
      const colour = CUBE.find((candidate) => candidate.number === number);
      if (colour === undefined) continue;
      expect({ role, isReadable: contrastOf(colour.rgb, [225, 225, 225]) >= 4.5 }).toEqual({
        role,
        isReadable: true,
      });
    }
  });
});

/** Reads a theme in English; fails where it is refused. */
function themeOf(text: string): ThemeChoice {
  const read = readTheme(text, "themes/mine.toml", ENGLISH.theme);
  if ("refused" in read) throw new Error(read.refused.join("\n"));
  return read;
}

/** Returns why a theme is refused. */
function refusalOf(text: string, sentences = ENGLISH): readonly string[] {
  const read = readTheme(text, "mine.toml", sentences.theme);
  return "refused" in read ? read.refused : [];
}

describe("a theme's file", () => {
  test.each([
    ["bold cyan", "1;36", "1;36", "1;36"],
    ["#88C0D0 on black", "38;2;136;192;208;40", "38;5;110;40", "40"],
    ["underline italic 208", "4;3;38;5;208", "4;3;38;5;208", "4;3"],
    ["bright-red on bright-blue", "91;104", "91;104", "91;104"],
    ["inverse strike faint", "7;9;2", "7;9;2", "7;9;2"],
    ["plain", "", "", ""],
  ])("that says %j is drawn in each depth", (style, trueColour, cube, sixteen) => {
    const theme = themeOf(`code = "${style}"`);
    const shown = [TRUE_COLOUR, CUBE_ONLY, SIXTEEN].map(
      (environment) => themeFor(environment, null, theme).roles.code,
    );
    expect(shown).toEqual([trueColour, cube, sixteen]);
    expect(themeFor(CUBE_ONLY, null, theme).roles.accent).toBe(themeFor(CUBE_ONLY).roles.accent);
  });

  test("can name the base and the colours of names, which are used in turn", () => {
    const theme = themeOf('base = "light"\nnames = ["red", "#00ff00", 33]');
    expect(theme.base).toBe("light");
    expect(themeFor(TRUE_COLOUR, null, theme).hues).toEqual(["31", "38;2;0;255;0", "38;5;33"]);
    // A terminal with sixteen colours has only one of them.
    expect(themeFor(SIXTEEN, null, theme).hues).toEqual(["31"]);
  });

  test("says in a sentence what is wrong with it, all at once, in both languages", () => {
    const wrong =
      'acent = "cyan"\ncode = "cyan bold blue"\nfold = 3\nbase = "blue"\nnames = []\nlink = "on"';
    expect(refusalOf(wrong)).toEqual([
      'mine.toml: nothing is called "acent"; did you mean "accent"?',
      'mine.toml: code = "cyan bold blue": must be words such as "bold cyan", "#88c0d0 on black", "underline 33" or "plain"',
      'mine.toml: fold = 3: must be words such as "bold cyan", "#88c0d0 on black", "underline 33" or "plain"',
      'mine.toml: base = "blue": must be auto, dark or light',
      'mine.toml: names must be a list of 1 to 24 colours, such as ["#88c0d0", "cyan", 208]',
      'mine.toml: link = "on": must be words such as "bold cyan", "#88c0d0 on black", "underline 33" or "plain"',
    ]);
    expect(refusalOf(wrong, KOREAN)).toHaveLength(6);
    expect(refusalOf("code = ")[0]).toStartWith("mine.toml: ");
    expect(refusalOf('code = "300"')).toHaveLength(1);
    expect(refusalOf('names = ["nocolour"]')).toHaveLength(1);
    expect(refusalOf('code = "constructor"')).toHaveLength(1);
  });
});

test("docs/themes.md lists every role, in order, and both defaults", async () => {
  const page = await Bun.file(new URL("../../docs/themes.md", import.meta.url)).text();
  const rows = [...page.matchAll(/^\| `([a-z]+)` \|/gm)].map(([, role]) => role);
  expect(rows).toEqual([...ROLES]);
  for (const base of ["dark", "light"] as const) {
    const block = new RegExp(`\`\`\`toml\\n# ${base}\\n([^\`]*)\`\`\``).exec(page)?.[1] ?? "";
    const choice = themeOf(block);
    const plain: ThemeChoice = { ...AUTO_THEME, base };
    expect(Object.keys(choice.roles)).toEqual([...ROLES]);
    expect(themeFor(CUBE_ONLY, null, choice)).toEqual(themeFor(CUBE_ONLY, null, plain));
  }
});
