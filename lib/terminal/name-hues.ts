/** The colours of people's names: 24 that can be told apart and read on the terminal's own background. */
import {
  CUBE,
  contrastOf,
  distanceOf,
  luminanceOf,
  oklabOf,
  type Rgb,
  rgbOfOklch,
} from "./colour.ts";

/** How many colours a terminal shows: 2 to the power of 24, 256, or the sixteen of its palette. */
export type ColourDepth = "24-bit" | "256" | "16";

/**
 * Eight colours repeat within a team of five. With 24, seven people more often than not all differ.
 */
export const HUE_COUNT = 24;
/** What text of this size needs. https://www.w3.org/TR/WCAG22/#contrast-minimum */
const CONTRAST_MIN = 4.5;
/** Backgrounds between these have too little contrast to either side: there the palette's own colours are used. */
const DARK_LUMINANCE_MAX = 0.15;
const LIGHT_LUMINANCE_MIN = 0.6;
/** Lightness that is tried first, in turn, so that neighbours on the wheel differ by it, too. */
const LIGHTNESS_ON_DARK = [0.72, 0.84] as const;
const LIGHTNESS_ON_LIGHT = [0.54, 0.42] as const;
const LIGHTNESS_STEP = 0.01;
const CHROMA_MAX = 0.15;
const CHROMA_STEP = 0.01;
/** Below this a colour of the cube looks grey. */
const CUBE_CHROMA_MIN = 0.035;

/** The twelve colours of a terminal with sixteen, plain and then underlined. */
const PALETTE_HUES: readonly string[] = underlined(
  [31, 32, 33, 34, 35, 36, 91, 92, 93, 94, 95, 96].map(String),
);

/** Returns the SGR parameters of the {@link HUE_COUNT} name colours for a background. */
export function nameHues(background: Rgb, depth: ColourDepth): readonly string[] {
  const isDark = luminanceOf(background) < DARK_LUMINANCE_MAX;
  if (depth === "16" || !(isDark || isLightBackground(background))) return PALETTE_HUES;
  return depth === "256" ? cubeHues(background) : wheelHues(background, isDark);
}

/** Returns whether dark text is read on a background. */
export function isLightBackground(background: Rgb): boolean {
  return luminanceOf(background) > LIGHT_LUMINANCE_MIN;
}

/** Goes around the wheel, and from each hue's usual lightness as far as the contrast needs. */
function wheelHues(background: Rgb, isDark: boolean): string[] {
  const starts = isDark ? LIGHTNESS_ON_DARK : LIGHTNESS_ON_LIGHT;
  return Array.from({ length: HUE_COUNT }, (_, index) => {
    const hue = (360 / HUE_COUNT) * index;
    const step = isDark ? LIGHTNESS_STEP : -LIGHTNESS_STEP;
    let lightness: number = starts[index % starts.length] ?? starts[0];
    let rgb = mostColourful(lightness, hue);
    while (contrastOf(rgb, background) < CONTRAST_MIN && lightness > 0 && lightness < 1) {
      lightness += step;
      rgb = mostColourful(Math.max(0, Math.min(1, lightness)), hue);
    }
    return `38;2;${rgb.join(";")}`;
  });
}

/** Returns the most colourful colour of a lightness and a hue that a screen can show. */
function mostColourful(lightness: number, hue: number): Rgb {
  for (let chroma = CHROMA_MAX; chroma > 0; chroma -= CHROMA_STEP) {
    const rgb = rgbOfOklch(lightness, chroma, hue);
    if (rgb !== null) return rgb;
  }
  return rgbOfOklch(lightness, 0, hue) ?? (lightness > 0.5 ? [255, 255, 255] : [0, 0, 0]);
}

/** Chooses colours of the cube that can be read, each as different as can be from those before. */
function cubeHues(background: Rgb): readonly string[] {
  const readable = CUBE.filter(({ rgb }) => contrastOf(rgb, background) >= CONTRAST_MIN).map(
    ({ number, rgb }) => ({ number, lab: oklabOf(rgb) }),
  );
  const colourful = readable.filter(({ lab: [, a, b] }) => Math.hypot(a, b) >= CUBE_CHROMA_MIN);
  const candidates = colourful.length > 0 ? colourful : readable;
  const distances = candidates.map(() => Number.POSITIVE_INFINITY);
  const chosen: string[] = [];
  while (chosen.length < Math.min(HUE_COUNT, candidates.length)) {
    const index = distances.indexOf(Math.max(...distances));
    const colour = candidates[index];
    if (colour === undefined) break;
    chosen.push(`38;5;${colour.number}`);
    for (const [candidate, { lab }] of candidates.entries()) {
      distances[candidate] = Math.min(distances[candidate] ?? 0, distanceOf(lab, colour.lab));
    }
  }
  return chosen.length < HUE_COUNT ? underlined(chosen) : chosen;
}

/** Returns as many as are needed, the second time underlined. */
function underlined(colours: readonly string[]): string[] {
  return [...colours, ...colours.map((colour) => `${colour};4`)].slice(0, HUE_COUNT);
}
