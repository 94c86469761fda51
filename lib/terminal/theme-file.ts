/** Reads a theme that a user wrote (themes/NAME.toml): a base, the look of roles, and the colours of names. */
import { didYouMean } from "../protocol/did-you-mean.ts";
import { HUE_COUNT } from "./name-hues.ts";
import { type Colour, ROLES, type Role, type ThemeChoice, type UserStyle } from "./theme.ts";

/** Sentences about a theme that can't be used, in the reader's language. */
export interface ThemeSentences {
  /** @param nearest the role that was most likely meant */
  unknownRole(path: string, name: string, nearest: string | null): string;
  badStyle(path: string, role: string, input: string): string;
  badBase(path: string, input: string): string;
  badNames(path: string, most: number): string;
}

/** The eight names of colours, in the order of the palette; each has a `bright-` one. */
const COLOUR_NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const BRIGHT = "bright-";
/** SGR parameters. */
const ATTRIBUTES: Readonly<Record<string, number>> = {
  ...{ bold: 1, faint: 2, italic: 3, underline: 4, inverse: 7, strike: 9 },
};
const HEX = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i;
const NUMBER = /^\d{1,3}$/;
/** The word before a background's colour, and the one for text that looks like any other. */
const ON = "on";
const PLAIN = "plain";

/**
 * Reads a theme.
 *
 * @param path stands in the sentences; no file is opened
 * @example readTheme('base = "dark"\naccent = "bold #88c0d0"\nselected = "black on cyan"', path, sentences)
 */
export function readTheme(
  text: string,
  path: string,
  sentences: ThemeSentences,
): ThemeChoice | { readonly refused: readonly string[] } {
  let parsed: Record<string, unknown>;
  try {
    parsed = Bun.TOML.parse(text) as Record<string, unknown>;
  } catch (error) {
    return { refused: [`${path}: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const refused: string[] = [];
  const roles: Partial<Record<Role, UserStyle>> = {};
  let base: ThemeChoice["base"] = "auto";
  let names: readonly Colour[] = [];
  for (const [name, input] of Object.entries(parsed)) {
    const role = ROLES.find((candidate) => candidate === name);
    if (role !== undefined) {
      const style = typeof input === "string" ? parseStyle(input) : null;
      if (style === null) refused.push(sentences.badStyle(path, name, JSON.stringify(input)));
      else roles[role] = style;
    } else if (name === "base") {
      if (input === "auto" || input === "dark" || input === "light") base = input;
      else refused.push(sentences.badBase(path, JSON.stringify(input)));
    } else if (name === "names") {
      const colours = parseNames(input);
      if (colours === null) refused.push(sentences.badNames(path, HUE_COUNT));
      else names = colours;
    } else {
      const nearest = didYouMean(name, [...ROLES, "base", "names"]);
      refused.push(sentences.unknownRole(path, name, nearest));
    }
  }
  return refused.length > 0 ? { refused } : { base, roles, names };
}

/** Parses attributes and colours such as "bold #88c0d0 on black"; null if a word is neither. */
function parseStyle(input: string): UserStyle | null {
  const attributes: number[] = [];
  let text: Colour | null = null;
  let background: Colour | null = null;
  const words = input.toLowerCase().split(/\s+/);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === PLAIN && words.length === 1) break;
    const attribute = Object.hasOwn(ATTRIBUTES, word) ? ATTRIBUTES[word] : undefined;
    if (attribute !== undefined) {
      attributes.push(attribute);
      continue;
    }
    const isBackground = word === ON;
    if (isBackground) index += 1;
    const colour = parseColour(words[index] ?? "");
    if (colour === null || (isBackground ? background : text) !== null) return null;
    if (isBackground) background = colour;
    else text = colour;
  }
  return { attributes, text, background };
}

/** Parses "red", "bright-red", a number of the 256 colours or "#ff0000"; null for anything else. */
function parseColour(word: string): Colour | null {
  const isBright = word.startsWith(BRIGHT);
  const index = COLOUR_NAMES.indexOf(isBright ? word.slice(BRIGHT.length) : word);
  if (index >= 0) return index + (isBright ? COLOUR_NAMES.length : 0);
  if (NUMBER.test(word)) return Number(word) < 256 ? Number(word) : null;
  const [, red, green, blue] = HEX.exec(word) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return null;
  return [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)];
}

function parseNames(input: unknown): Colour[] | null {
  if (!Array.isArray(input) || input.length === 0 || input.length > HUE_COUNT) return null;
  const colours = input.map((word) => parseColour(String(word).toLowerCase()));
  return colours.every((colour) => colour !== null) ? colours : null;
}
