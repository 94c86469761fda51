import { describe, expect, test } from "bun:test";
import {
  CUBE,
  contrastOf,
  distanceOf,
  luminanceOf,
  nearestInCube,
  oklabOf,
  type Rgb,
} from "../../lib/terminal/colour.ts";
import { nameHues } from "../../lib/terminal/name-hues.ts";

/** The colour of SGR parameters, without an underline. */
function rgbOf(sgr: string): Rgb {
  const [, mode, ...parts] = sgr.split(";").map(Number);
  if (mode === 2) return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
  const colour = CUBE.find(({ number }) => number === parts[0]);
  if (colour === undefined) throw new Error(`${sgr} is no colour of the cube`);
  return colour.rgb;
}

const LEVELS = [0, 20, 40, 60, 80, 100, 130, 160, 190, 210, 230, 255];
/** Backgrounds all over the cube, and greys in small steps. */
const BACKGROUNDS: readonly Rgb[] = [
  ...LEVELS.flatMap((r) => LEVELS.flatMap((g) => LEVELS.map((b): Rgb => [r, g, b]))),
  ...Array.from({ length: 256 }, (_, grey): Rgb => [grey, grey, grey]),
];

describe("the 24 hues of names", () => {
  for (const depth of ["24-bit", "256"] as const) {
    test(`have a contrast of 4.5 on every dark and light background (${depth})`, () => {
      const faint: string[] = [];
      let looked = 0;
      for (const background of BACKGROUNDS) {
        const luminance = luminanceOf(background);
        if (luminance >= 0.15 && luminance <= 0.6) continue;
        const hues = nameHues(background, depth);
        if (hues.length !== 24 || new Set(hues).size !== 24) faint.push(`${background}: not 24`);
        for (const hue of hues) {
          looked += 1;
          const contrast = contrastOf(rgbOf(hue), background);
          if (contrast < 4.5) faint.push(`${hue} on ${background}: ${contrast.toFixed(2)}`);
        }
      }
      expect(faint).toEqual([]);
      expect(looked).toBeGreaterThan(24 * 600);
    });
  }

  test("are the palette's own on backgrounds between, and with sixteen colours", () => {
    const grey: Rgb = [150, 150, 150];
    expect(luminanceOf(grey)).toBeGreaterThan(0.15);
    for (const hues of [nameHues(grey, "24-bit"), nameHues(grey, "256"), nameHues([0, 0, 0], "16")])
      expect(hues.every((hue) => /^(?:3[1-6]|9[1-6])(?:;4)?$/.test(hue))).toBe(true);
    expect(new Set(nameHues(grey, "256")).size).toBe(24);
  });

  test("look different from each other on black and on white", () => {
    for (const background of [
      [0, 0, 0],
      [255, 255, 255],
    ] as const) {
      for (const depth of ["24-bit", "256"] as const) {
        const labs = nameHues(background, depth).map((hue) => oklabOf(rgbOf(hue)));
        const distances = labs.flatMap((lab, index) =>
          labs.slice(index + 1).map((other) => distanceOf(lab, other)),
        );
        expect(Math.min(...distances)).toBeGreaterThan(0.03);
      }
    }
  });
});

test("contrast is the one of WCAG", () => {
  expect(contrastOf([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
  expect(contrastOf([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
  expect(luminanceOf([255, 0, 0])).toBeCloseTo(0.2126, 4);
});

test("a colour of the cube is its own nearest", () => {
  for (const { number, rgb } of CUBE.filter((_, index) => index % 7 === 0)) {
    expect(nearestInCube(rgb)).toBe(number);
  }
});
