/**
 * Prompts of @clack/prompts paint a block for a cursor, hide the real one and leave it rows below,
 * where an input method then draws what is being composed. This follows what clack writes, leaves
 * the block out, and puts the real cursor on the field until clack writes again.
 */
import { cellsOf, graphemesOf, STANDARD_WIDTHS, type Widths } from "./width.ts";

interface Cell {
  row: number;
  column: number;
}

/** Follows one prompt after another; rows are counted from wherever the first began. */
export class FieldCursor {
  /** Where clack believes the cursor to be. */
  #at: Cell = { row: 0, column: 0 };
  /** The field's cell, where the real cursor is now; null while no field is on the screen. */
  #field: Cell | null = null;
  #hidden = false;
  #inverse = false;
  #concealed = false;
  /** A help text has inverse letters on white: those are no cursor. */
  #onWhite = false;
  #colour: boolean;
  #widths: Widths;

  /** Without `colour` what is written keeps its weight alone. */
  constructor({ colour = true, widths = STANDARD_WIDTHS } = {}) {
    this.#colour = colour;
    this.#widths = widths;
  }

  /** What to write in place of `text`. `columns` is the screen's width now. */
  follow(text: string, columns: number): string {
    const parked = this.#field;
    let written = parked === null ? "" : moveTo(parked, this.#at);
    for (const token of text.match(TOKENS) ?? []) written += this.#take(token);
    const field = this.#field;
    if (field === null) return parked !== null && this.#hidden ? `${written}${HIDE}` : written;
    field.column = Math.min(field.column, Math.max(0, columns - 1));
    return `${written}${moveTo(this.#at, field)}${SHOW}`;
  }

  #take(token: string): string {
    if (token === "\n") {
      this.#at = { row: this.#at.row + 1, column: 0 };
      return token;
    }
    if (token === "\r") {
      this.#at.column = 0;
      return token;
    }
    if (token.startsWith("\x1b")) return this.#sequence(token);
    return this.#letters(token);
  }

  #letters(text: string): string {
    let written = "";
    for (const grapheme of graphemesOf(text)) {
      if (grapheme === BLOCK || (this.#inverse && !this.#onWhite)) {
        if (!this.#inverse || !this.#marked) this.#field = { ...this.#at };
        this.#marked = true;
      } else if (this.#field?.row === this.#at.row && this.#field.column > this.#at.column) {
        this.#field = null;
      }
      const shown = grapheme === BLOCK || this.#concealed ? " " : grapheme;
      written += shown;
      this.#at.column += cellsOf(shown, this.#widths);
    }
    return written;
  }

  /** Whether the inverse letters now being written have set the field already. */
  #marked = false;

  #sequence(token: string): string {
    const [, parameters = "", final] = CSI.exec(token) ?? [];
    const count = Number(parameters || "1");
    switch (final) {
      case "A":
        this.#at.row -= count;
        return token;
      case "B":
        this.#at.row += count;
        return token;
      case "C":
        this.#at.column += count;
        return token;
      case "D":
        this.#at.column = Math.max(0, this.#at.column - count);
        return token;
      case "G":
        this.#at.column = count - 1;
        return token;
      case "J":
        if (this.#field !== null && this.#field.row >= this.#at.row) this.#field = null;
        return token;
      case "K":
        if (this.#field?.row === this.#at.row) this.#field = null;
        return token;
      case "h":
      case "l":
        if (parameters === "?25") this.#hidden = final === "l";
        return token;
      case "m":
        return this.#style(parameters, token);
      default:
        return token;
    }
  }

  #style(parameters: string, token: string): string {
    switch (parameters) {
      case "7":
        this.#inverse = true;
        this.#marked = false;
        return this.#onWhite ? token : "";
      case "27":
        this.#inverse = false;
        return this.#onWhite ? token : "";
      case "8":
        this.#concealed = this.#inverse;
        return token;
      case "28":
        this.#concealed = false;
        return token;
      case "47":
        this.#onWhite = true;
        return this.#coloured(token);
      case "49":
        this.#onWhite = false;
        return this.#coloured(token);
      case "":
      case "0":
        this.#inverse = false;
        this.#concealed = false;
        this.#onWhite = false;
        return token;
      default:
        return COLOUR.test(parameters) ? this.#coloured(token) : token;
    }
  }

  #coloured(token: string): string {
    return this.#colour ? token : "";
  }
}

/** Relative by rows, because the screen may have scrolled; outright by columns. */
function moveTo(from: Cell, to: Cell): string {
  const rows = to.row - from.row;
  const vertical = rows === 0 ? "" : `\x1b[${Math.abs(rows)}${rows < 0 ? "A" : "B"}`;
  return `${vertical}\x1b[${to.column + 1}G`;
}

const BLOCK = "\u2588";
const SHOW = "\x1b[?25h";
const HIDE = "\x1b[?25l";
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: taking sequences apart.
const CSI = /^\x1b\[([0-9;?]*)([A-Za-z])$/;
const TOKENS = /\x1b\[[0-9;?]*[A-Za-z]|\x1b[^[]?|\n|\r|[^\x1b\n\r]+/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: taking sequences apart.
/** The parameters of a colour, before or behind letters. */
const COLOUR = /^(?:[34][0-9]|9[0-7]|10[0-7])$/;
