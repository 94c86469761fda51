/** Styles by meaning, and the escape sequences that a terminal draws them with. */

/** The meaning of a piece of text; the theme decides how it looks. */
type Role =
  | ("faint" | "strong" | "accent" | "good" | "warning" | "bad" | "link" | "strike")
  | ("italic" | "mention" | "selected" | "code" | "quote" | "spoiler" | "fold" | "match");

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

/**
 * Eight colours repeat within a team of five. With 24, seven people more often than not all differ.
 */
const HUE_COUNT = 24;

/** Roles in the terminal's own palette, so that light and dark terminals are both readable. */
const PALETTE_ROLES: Theme["roles"] = {
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
  quote: "2",
  spoiler: "7",
  fold: "2;4",
  match: "7",
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
  quote: "2",
  spoiler: "7",
  fold: "2;4",
  match: "7",
};

/**
 * 24 colours of the 216 colour cube, all around the wheel, each with a contrast of at least 3
 * against black and against white.
 */
const CUBE_HUES: readonly string[] = [
  ...[160, 166, 94, 136, 137, 100, 64, 28, 29, 30, 31, 67],
  ...[33, 25, 61, 63, 99, 97, 129, 134, 164, 132, 162, 168],
].map((colour) => `38;5;${colour}`);

/** The twelve colours of a terminal with sixteen, plain and then underlined. */
const SIXTEEN_HUES: readonly string[] = ["", ";4"].flatMap((underline) =>
  [31, 32, 33, 34, 35, 36, 91, 92, 93, 94, 95, 96].map((colour) => `${colour}${underline}`),
);

/** For terminals with 256 colours. */
export const COLOURFUL: Theme = { roles: PALETTE_ROLES, hues: CUBE_HUES, links: true };
/** For terminals with 16 colours. */
const SIXTEEN: Theme = { roles: PALETTE_ROLES, hues: SIXTEEN_HUES, links: true };
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

/** Returns the theme for a terminal, by NO_COLOR, TERM and COLORTERM. */
export function themeFor(env: Readonly<Record<string, string | undefined>>): Theme {
  const term = env["TERM"] ?? "";
  if ((env["NO_COLOR"] ?? "") !== "" || term === "dumb") {
    return { ...MONOCHROME, links: term !== "dumb" && term !== "linux" };
  }
  if (term === "linux") return { ...SIXTEEN, links: false };
  const has256 = /256|truecolor|direct|kitty|alacritty|ghostty|foot|wezterm/.test(term);
  return has256 || (env["COLORTERM"] ?? "") !== "" ? COLOURFUL : SIXTEEN;
}

/** Returns the SGR parameters of a style, "" for plain text. */
export function sgrOf(style: Style | undefined, theme: Theme): string {
  if (style === undefined) return "";
  const hue = style.hue === undefined ? "" : (theme.hues[style.hue % HUE_COUNT] ?? "");
  const role = style.role === undefined ? "" : theme.roles[style.role];
  const bold = style.bold ? "1" : "";
  const italic = style.italic ? "3" : "";
  const underline = style.underline ? "4" : "";
  return [role, hue, bold, italic, underline].filter((parameter) => parameter !== "").join(";");
}
