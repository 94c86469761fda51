/** Colours by their light: contrast, Oklab, and the 216 colours of the cube that terminals with 256 colours share. */

/** Red, green and blue from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];
/** Lightness from 0 to 1, and the two axes of colour. https://bottosson.github.io/posts/oklab/ */
type Oklab = readonly [lightness: number, a: number, b: number];

/** The number of the cube's first colour, and the levels of its three axes. */
const CUBE_START = 16;
const CUBE_LEVELS = [0, 95, 135, 175, 215, 255] as const;

/** The colours of the cube, with their numbers. The sixteen before them are whatever the user chose. */
export const CUBE: readonly { readonly number: number; readonly rgb: Rgb }[] = CUBE_LEVELS.flatMap(
  (red, r) =>
    CUBE_LEVELS.flatMap((green, g) =>
      CUBE_LEVELS.map((blue, b) => ({
        number: CUBE_START + 36 * r + 6 * g + b,
        rgb: [red, green, blue] as const,
      })),
    ),
);

/** Returns the relative luminance of a colour, from 0 to 1. https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
export function luminanceOf([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Returns the contrast of two colours, from 1 to 21. https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrastOf(one: Rgb, two: Rgb): number {
  const [low = 0, high = 0] = [luminanceOf(one), luminanceOf(two)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** Converts a colour to Oklab, in which equal distances look equally different. */
export function oklabOf([red, green, blue]: Rgb): Oklab {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** Returns the colour of a lightness, a chroma and a hue in degrees (Oklch); null where no screen can show it. */
export function rgbOfOklch(lightness: number, chroma: number, hue: number): Rgb | null {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channels = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map(gamma);
  if (channels.some((channel) => channel < -0.5 || channel > 255.5)) return null;
  const [red = 0, green = 0, blue = 0] = channels.map((channel) =>
    Math.max(0, Math.min(255, Math.round(channel))),
  );
  return [red, green, blue];
}

/** Returns the number of the cube's colour that looks most like another one. */
export function nearestInCube(rgb: Rgb): number {
  const lab = oklabOf(rgb);
  const distances = CUBE.map((colour) => ({
    number: colour.number,
    distance: distanceOf(oklabOf(colour.rgb), lab),
  }));
  return distances.reduce((best, next) => (next.distance < best.distance ? next : best)).number;
}

/** Returns how different two colours look. */
export function distanceOf(one: Oklab, two: Oklab): number {
  return Math.hypot(one[0] - two[0], one[1] - two[1], one[2] - two[2]);
}

function linear(channel: number): number {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function gamma(share: number): number {
  return 255 * (share <= 0.0031308 ? 12.92 * share : 1.055 * share ** (1 / 2.4) - 0.055);
}
