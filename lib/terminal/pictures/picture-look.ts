/** How pictures are shown: what the user chose, and what the terminal can. */
import type { Rgb } from "../colour.ts";
import { isInScreen, isInTmux } from "../multiplexer.ts";
import type { PictureAnswers } from "../picture-answers.ts";
import { ASSUMED_DARK, colourDepth } from "../theme.ts";
import type { Widths } from "../width.ts";
import type { CellPixels, PictureLook } from "./picture.ts";

/** The setting: "auto" is what the terminal says that it can. */
export type PictureChoice = "auto" | "kitty" | "iterm" | "sixel" | "blocks" | "none";

type Environment = Readonly<Record<string, string | undefined>>;

/** What tmux knows of the terminal that shows it. */
export interface OutsideTmux {
  /** Its name and version; "": tmux doesn't know. */
  readonly name: string;
  /** Whether tmux lets through what it doesn't know itself. */
  readonly passesThrough: boolean;
  /** A cell of that terminal; null: tmux doesn't know. */
  readonly cell: CellPixels | null;
}

/** What is known of a terminal, as far as it changes how pictures are shown. */
export interface PictureFacts {
  readonly environment: Environment;
  /** null: it isn't known. */
  readonly background: Rgb | null;
  readonly pictureAnswers: PictureAnswers;
  /** null where there is no tmux, or it hasn't answered. */
  readonly tmux: OutsideTmux | null;
}

/** Of most fonts a cell is about twice as high as wide. */
const USUAL_CELL: CellPixels = { width: 10, height: 20 };
/** More than 256 colours a sixel picture can't have; with less than 16 it would be none. */
const REGISTERS_MIN = 16;
const REGISTERS_MAX = 256;
/** kitty has placeholders since 0.28. */
const KITTY_NAME = /^kitty\((\d+)\.(\d+)/;
const PLACEHOLDERS_MINOR = 28;
const GHOSTTY_NAME = /^ghostty\b/i;
/** What these know of kitty's protocol has gaps. */
const ITERM_NAME = /^(?:iTerm2|WezTerm|mintty)\b/i;
/** The same, by TERM_PROGRAM or LC_TERMINAL: older ones don't say their name. */
const ITERM_PROGRAM = /^(?:iTerm\.app|iTerm2|WezTerm|mintty)$/;

/**
 * Returns how pictures are shown; null: not at all.
 *
 * @param hasColours whether the user wants any: half blocks need them
 */
export function pictureLook(
  choice: PictureChoice,
  facts: PictureFacts,
  widths: Widths,
  hasColours: boolean,
): PictureLook | null {
  const { environment, background, pictureAnswers: answers, tmux } = facts;
  if (choice === "none" || environment["TERM"] === "dumb") return null;
  const protocol = choice === "auto" ? protocolOf(facts) : choice;
  if (protocol === "blocks" && !hasColours) return null;
  const registers = answers.registers ?? REGISTERS_MAX;
  return {
    protocol,
    hasPlaceholders: hasPlaceholders(facts),
    cell: answers.cell ?? tmux?.cell ?? USUAL_CELL,
    registers: Math.max(REGISTERS_MIN, Math.min(REGISTERS_MAX, registers)),
    depth: hasColours ? colourDepth(environment) : null,
    background: background ?? ASSUMED_DARK,
    isWide: widths.ambiguous === 2,
  };
}

function protocolOf(facts: PictureFacts): PictureLook["protocol"] {
  const { environment, pictureAnswers: answers } = facts;
  // Without a size of cells a sixel picture would take more of them, or fewer.
  const sixelOrBlocks = answers.hasSixel && answers.cell !== null ? "sixel" : "blocks";
  if (isInTmux(environment)) {
    // What isn't text would stay where it is when tmux moves or covers the pane.
    return hasPlaceholders(facts) && facts.tmux?.passesThrough === true ? "kitty" : sixelOrBlocks;
  }
  if (isInScreen(environment)) return "blocks";
  if (isIterm(facts)) return "iterm";
  return answers.isKitty ? "kitty" : sixelOrBlocks;
}

function isIterm({ environment, pictureAnswers: { name } }: PictureFacts): boolean {
  if (name !== "") return ITERM_NAME.test(name);
  const { TERM_PROGRAM = "", LC_TERMINAL = "" } = environment;
  return ITERM_PROGRAM.test(TERM_PROGRAM) || ITERM_PROGRAM.test(LC_TERMINAL);
}

function hasPlaceholders({ environment, pictureAnswers, tmux }: PictureFacts): boolean {
  const name = isInTmux(environment) ? (tmux?.name ?? "") : pictureAnswers.name;
  if (GHOSTTY_NAME.test(name)) return true;
  const [, major = "0", minor = "0"] = KITTY_NAME.exec(name) ?? [];
  return Number(major) > 0 || Number(minor) >= PLACEHOLDERS_MINOR;
}
