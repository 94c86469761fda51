/** Styles by meaning, and the escape sequences that a terminal draws them with. */
import { nearestInCube, type Rgb } from "./colour.ts";
import { type ColourDepth, HUE_COUNT, isLightBackground, nameHues } from "./name-hues.ts";

/** The meaning of a piece of text, in the order of docs/themes.md; the theme decides how it looks. */
export const ROLES = [
  ...(["faint", "strong", "accent", "good", "warning", "bad", "link", "strike", "italic"] as const),
  ...(["mention", "selected", "code", "quote", "spoiler", "fold", "match"] as const),
] as const;

/** The meaning of a piece of text. */
export type Role = (typeof ROLES)[number];

/** How a span of text looks. */
export interface Style {
  readonly role?: Role;
  /** One of the HUE_COUNT name colours, from `hueOf`. Overrides the colour of the role. */
  readonly hue?: number;
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  /** An address that a click opens (OSC 8). Only plain http(s) and mailto addresses are written. */
  readonly link?: string;
}

/** The escape sequences of one kind of terminal. */
export interface Theme {
  /** SGR parameters of each role, such as "1;36". */
  readonly roles: Readonly<Record<Role, string>>;
  /** SGR parameters of the name colours; empty where there is no colour. */
  readonly hues: readonly string[];
  /** Whether addresses are written as OSC 8. */
  readonly links: boolean;
}

/** A colour of the palette (0 to 15), of the 256, or by its parts. */
export type Colour = number | Rgb;

/** A look as a user wrote it. `attributes` are SGR parameters. */
export interface UserStyle {
  readonly attributes: readonly number[];
  readonly text: Colour | null;
  readonly background: Colour | null;
}

/** What the user chose: `base` has what the rest doesn't say. */
export interface ThemeChoice {
  /** "auto": as the terminal's background is. */
  readonly base: "auto" | "dark" | "light";
  readonly roles: Readonly<Partial<Record<Role, UserStyle>>>;
  /** Colours of names, in turn; none: those that can be read on the background. */
  readonly names: readonly Colour[];
}

/** A theme that was chosen by its name, and what is wrong with it: then it is the one of those who chose nothing. */
export interface LoadedTheme {
  readonly choice: ThemeChoice;
  /** Sentences. */
  readonly problems: readonly string[];
}

/** The choice of a user who chose nothing. */
export const AUTO_THEME: ThemeChoice = { base: "auto", roles: {}, names: [] };

type Environment = Readonly<Record<string, string | undefined>>;

/** A background that is lighter than those of most dark terminals: what is read on it is read on them as well. */
export const ASSUMED_DARK: Rgb = [63, 63, 63];
/** One that is darker than those of most light terminals. */
const ASSUMED_LIGHT: Rgb = [225, 225, 225];

/** Roles in the terminal's own palette, whose dark variants are made for dark backgrounds. */
const DARK_ROLES: Theme["roles"] = {
  faint: "2",
  strong: "1",
  accent: "36",
  good: "32",
  warning: "33",
  bad: "31",
  link: "4;34",
  strike: "2;9",
  italic: "3",
  mention: "1;35",
  selected: "7",
  code: "36",
  quote: "3",
  spoiler: "7",
  fold: "2;4",
  match: "7",
};

/** On light backgrounds the palette's green, yellow and cyan can seldom be read: these are fixed, and dark. */
const LIGHT_ROLES: Theme["roles"] = {
  ...DARK_ROLES,
  accent: "38;5;23",
  good: "38;5;22",
  warning: "38;5;58",
  bad: "38;5;124",
  link: "4;38;5;19",
  mention: "1;38;5;90",
  code: "38;5;88",
};

/** Without colours, roles differ by bold, faint, underlined or inverse text. */
const MONOCHROME_ROLES: Theme["roles"] = {
  faint: "2",
  strong: "1",
  accent: "1",
  good: "",
  warning: "1",
  bad: "1;4",
  link: "4",
  strike: "2;9",
  italic: "3",
  mention: "1;4",
  selected: "7",
  code: "4",
  quote: "3",
  spoiler: "7",
  fold: "2;4",
  match: "7",
};

/** Without colours. */
export const MONOCHROME: Theme = { roles: MONOCHROME_ROLES, hues: [], links: true };

/** Returns the name colour of a name. Pass the folded name, so that Tea and tea have one colour. */
export function hueOf(name: string): number {
  // FNV-1a: short, spreads short names well, and gives the same colour on every machine.
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  hash ^= hash >>> 15;
  return (hash >>> 0) % HUE_COUNT;
}

/**
 * Returns the theme for a terminal, by NO_COLOR, TERM and COLORTERM.
 *
 * @param background of the terminal; null: it isn't known, and is dark unless the user said otherwise
 */
export function themeFor(
  environment: Environment,
  background: Rgb | null = null,
  choice: ThemeChoice = AUTO_THEME,
): Theme {
  const term = environment["TERM"] ?? "";
  if ((environment["NO_COLOR"] ?? "") !== "" || term === "dumb") {
    return { ...MONOCHROME, links: term !== "dumb" && term !== "linux" };
  }
  const depth = colourDepth(environment);
  const shown = choice.base === "auto" ? (background ?? ASSUMED_DARK) : assumed(choice.base);
  const isLight = depth !== "16" && isLightBackground(shown);
  const roles = { ...(isLight ? LIGHT_ROLES : DARK_ROLES) };
  for (const role of ROLES) {
    const style = choice.roles[role];
    if (style !== undefined) roles[role] = sgrOfUserStyle(style, depth);
  }
  const names = choice.names.map((colour) => colourSgr(colour, depth, 38)).filter(Boolean);
  return {
    roles,
    hues: names.length > 0 ? names : nameHues(shown, depth),
    links: term !== "linux",
  };
}

/** Returns whether the terminal should be asked for its background: the theme depends on it. */
export function needsBackground(environment: Environment, { base }: ThemeChoice): boolean {
  const isMonochrome = (environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb";
  return base === "auto" && !isMonochrome && colourDepth(environment) !== "16";
}

function assumed(base: "dark" | "light"): Rgb {
  return base === "dark" ? ASSUMED_DARK : ASSUMED_LIGHT;
}

/** Returns how many colours a terminal shows, by TERM and COLORTERM. */
export function colourDepth(environment: Environment): ColourDepth {
  const [term, colorTerm] = [environment["TERM"] ?? "", environment["COLORTERM"] ?? ""];
  if (term === "linux") return "16";
  if (/^(?:truecolor|24bit)$/i.test(colorTerm) || term.includes("direct")) return "24-bit";
  const has256 = /256|truecolor|kitty|alacritty|ghostty|foot|wezterm/.test(term);
  return has256 || colorTerm !== "" ? "256" : "16";
}

function sgrOfUserStyle({ attributes, text, background }: UserStyle, depth: ColourDepth): string {
  return [
    ...attributes.map(String),
    text === null ? "" : colourSgr(text, depth, 38),
    background === null ? "" : colourSgr(background, depth, 48),
  ]
    .filter((parameter) => parameter !== "")
    .join(";");
}

/** Returns the SGR parameters of a colour, as near as the terminal has it; "" where it has none like it. */
function colourSgr(colour: Colour, depth: ColourDepth, layer: 38 | 48): string {
  if (typeof colour === "number") {
    // 30 to 37 and 90 to 97; backgrounds have 10 more.
    if (colour < 16) return String((colour < 8 ? 30 : 82) + colour + (layer === 48 ? 10 : 0));
    return depth === "16" ? "" : `${layer};5;${colour}`;
  }
  if (depth === "16") return "";
  return depth === "256" ? `${layer};5;${nearestInCube(colour)}` : `${layer};2;${colour.join(";")}`;
}

/** Returns the SGR parameters of a style, "" for plain text. */
export function sgrOf(style: Style | undefined, theme: Theme): string {
  if (style === undefined) return "";
  const { length } = theme.hues;
  const hue = style.hue === undefined || length === 0 ? "" : (theme.hues[style.hue % length] ?? "");
  const role = style.role === undefined ? "" : theme.roles[style.role];
  // Every span of every frame comes here: without lists.
  let sgr = role !== "" && hue !== "" ? `${role};${hue}` : role + hue;
  if (style.bold) sgr += sgr === "" ? "1" : ";1";
  if (style.italic) sgr += sgr === "" ? "3" : ";3";
  if (style.underline) sgr += sgr === "" ? "4" : ";4";
  return sgr;
}
