/** Asking a terminal what it can show of pictures, and reading what it answers. */
import { isInScreen, isInTmux } from "./multiplexer.ts";
import type { CellPixels } from "./pictures/picture.ts";

/** One answer of a terminal. */
export type TerminalAnswer =
  /** To kitty's question. */
  | { readonly kind: "kitty"; readonly isKnown: boolean }
  /** XTVERSION: "kitty(0.35.2)", "WezTerm 20240203". */
  | { readonly kind: "name"; readonly name: string }
  /** DA1: what it can, by numbers. */
  | { readonly kind: "attributes"; readonly numbers: readonly number[] }
  | { readonly kind: "cell"; readonly cell: CellPixels }
  /** How many colours a sixel picture may have. */
  | { readonly kind: "registers"; readonly count: number };

/** All answers of a terminal. */
export interface PictureAnswers {
  readonly isKitty: boolean;
  /** "": it hasn't said. */
  readonly name: string;
  readonly hasSixel: boolean;
  readonly registers: number | null;
  readonly cell: CellPixels | null;
}

/** Of a terminal that says nothing. */
export const NO_PICTURE_ANSWERS: PictureAnswers = {
  ...{ isKitty: false, name: "", hasSixel: false, registers: null, cell: null },
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Asks whether the terminal knows the protocol, with a picture of one pixel that it doesn't keep. */
const KITTY_QUERY = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
/** https://invisible-island.net/xterm/ctlseqs/ctlseqs.html */
const NAME_QUERY = "\x1b[>0q";
const REGISTERS_QUERY = "\x1b[?1;1;0S";
/** How large a cell is. A resize may change it, by another font. */
export const CELL_QUERY = "\x1b[16t";
/** Every terminal answers this one: it comes last. */
const ATTRIBUTES_QUERY = "\x1b[c";
/** A terminal that doesn't know one of them may print it. */
const CLEAN_UP = "\x1b[2;1H\x1b[2K";
/** Among the attributes. */
const SIXEL = 4;
const NAME_LENGTH_MAX = 80;
const CELL_PIXELS_MAX = 500;

/**
 * Returns the bytes that ask; "" where there is nothing to ask: on the console, and in GNU screen. Write them on a blank
 * screen. tmux answers for itself: what the terminal outside of it can is known to tmux.
 */
export function pictureQuery(environment: Environment): string {
  const { TERM: term = "" } = environment;
  if (isInTmux(environment)) return CELL_QUERY + REGISTERS_QUERY + ATTRIBUTES_QUERY;
  if (["", "dumb", "linux"].includes(term) || isInScreen(environment)) return "";
  const questions = KITTY_QUERY + NAME_QUERY + CELL_QUERY + REGISTERS_QUERY;
  return questions + ATTRIBUTES_QUERY + CLEAN_UP;
}

/** Reads an answer of the form `CSI parameters final`; null for anything else. */
export function readCsiAnswer(parameters: string, final: string): TerminalAnswer | null {
  const numbers = parameters.replace(/^\?/, "").split(";").map(Number);
  const [first = 0, second = 0, third = 0] = numbers;
  const isPrivate = parameters.startsWith("?");
  if (final === "c" && isPrivate) return { kind: "attributes", numbers };
  if (final === "S" && isPrivate && first === 1 && second === 0 && third > 0) {
    return { kind: "registers", count: third };
  }
  if (final !== "t" || first !== 6 || !isCellSide(second) || !isCellSide(third)) return null;
  return { kind: "cell", cell: { width: third, height: second } };
}

/** Reads an answer of the form DCS (`P`) or APC (`_`), without its beginning and end; null for anything else. */
export function readStringAnswer(intro: string, content: string): TerminalAnswer | null {
  if (intro === "P" && content.startsWith(">|")) {
    return { kind: "name", name: content.slice(2, 2 + NAME_LENGTH_MAX) };
  }
  if (intro !== "_" || !content.startsWith("Gi=31;")) return null;
  return { kind: "kitty", isKnown: content.endsWith(";OK") };
}

/** Returns the answers with one more. */
export function withAnswer(answers: PictureAnswers, answer: TerminalAnswer): PictureAnswers {
  switch (answer.kind) {
    case "kitty":
      return { ...answers, isKitty: answer.isKnown };
    case "name":
      return { ...answers, name: answer.name };
    case "attributes":
      return { ...answers, hasSixel: answer.numbers.includes(SIXEL) };
    case "cell":
      return { ...answers, cell: answer.cell };
    case "registers":
      return { ...answers, registers: answer.count };
  }
}

function isCellSide(pixels: number): boolean {
  return pixels >= 1 && pixels <= CELL_PIXELS_MAX;
}
