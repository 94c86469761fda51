/**
 * Puts the real cursor on the field of a prompt. Prompts of @clack/prompts paint a block as a
 * cursor, hide the real one and leave it rows below, where an input method then draws what is being
 * composed. FieldCursor tracks what clack writes, leaves the block out, and keeps the real cursor on
 * the field until clack writes again.
 */
import { cellsOf, graphemesOf, STANDARD_WIDTHS, type Widths } from "./width.ts";

/** clack's cursor. */
const BLOCK = "\u2588";
/** A row of a QR code, in which blocks are no cursor. */
const PICTURE = /[▀▄]|██/;
const SHOW = "\x1b[?25h";
const HIDE = "\x1b[?25l";
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: taking sequences apart.
const CSI = /^\x1b\[([0-9;?]*)([A-Za-z])$/;
/** How clack goes back to the top of a prompt, to draw it again. */
const TO_TOP = /^\x1b\[999D\x1b\[\d+A$/;
const TOKENS = /\x1b\[[0-9;?]*[A-Za-z]|\x1b[^[]?|\n|\r|[^\x1b\n\r]+/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: taking sequences apart.
/** SGR parameters of a foreground or background colour. */
const COLOUR = /^(?:[34][0-9]|9[0-7]|10[0-7])$/;

interface Cell {
  row: number;
  column: number;
}

/** Tracks the output of one prompt after another. Rows are counted from where the first began. */
export class FieldCursor {
  /** Where clack takes the cursor to be. */
  #position: Cell = { row: 0, column: 0 };
  /** The field's cell, where the real cursor is now; null while no field is on the screen. */
  #field: Cell | null = null;
  /** The row where the current prompt begins. */
  #top = 0;
  /** How many cells of each row were written. */
  readonly #cells = new Map<number, number>();
  /** What was written to each row of the prompt, to draw it again: clack writes a changed row whole. */
  readonly #rows = new Map<number, string>();
  #hidden = false;
  /** Whether a prompt is open: clack hides the cursor from its beginning to its end. */
  #isPrompting = false;
  /** Whether the inverse letters being written have set the field already. */
  #hasField = false;
  #inverse = false;
  #concealed = false;
  /** Help texts have inverse letters on white, which are no cursor. */
  #onWhite = false;
  #colour: boolean;
  #widths: Widths;

  /** `colour` false: colours are left out, bold and faint stay. */
  constructor({ colour = true, widths = STANDARD_WIDTHS } = {}) {
    this.#colour = colour;
    this.#widths = widths;
  }

  /** Returns what to write in place of `text`. `columns` is the screen's current width. */
  translate(text: string, columns: number): string {
    const oldField = this.#field;
    let output = oldField === null ? "" : this.#moveTo(oldField, this.#position, columns);
    if (TO_TOP.test(text)) output += this.#moveToTop(columns);
    else for (const token of text.match(TOKENS) ?? []) output += this.#translateToken(token);
    const field = this.#field;
    if (field === null) return oldField !== null && this.#hidden ? `${output}${HIDE}` : output;
    field.column = Math.min(field.column, Math.max(0, columns - 1));
    return `${output}${this.#moveTo(this.#position, field, columns)}${SHOW}`;
  }

  /** Returns what leaves the prompt: the cursor in a row of its own below it. */
  leave(columns: number): string {
    const lastRow = Math.max(this.#position.row, ...this.#rows.keys());
    if (this.#rows.size === 0) return SHOW;
    return `${this.#moveTo(this.#field ?? this.#position, { row: lastRow, column: 0 }, columns)}\n${SHOW}`;
  }

  /** Returns what draws the prompt again in the row of the cursor and below, wherever that is now. */
  redraw(columns: number): string {
    if (this.#rows.size === 0) return "";
    const last = Math.max(this.#position.row, ...this.#rows.keys());
    const rows = Array.from(
      { length: last - this.#top + 1 },
      (_, index) => this.#rows.get(this.#top + index) ?? "",
    );
    const end = { row: last, column: this.#cells.get(last) ?? 0 };
    const goal = this.#field ?? this.#position;
    const visible = this.#field === null && this.#hidden ? HIDE : SHOW;
    return `\r\x1b[J${rows.join("\n")}${this.#moveTo(end, goal, columns)}${visible}`;
  }

  /**
   * Goes up by as many rows as the prompt takes now. After the window became narrower, clack counts the rows
   * as it would wrap words itself. Terminals wrap at the last cell, into fewer rows, so the prompt would
   * begin in the answer above.
   */
  #moveToTop(columns: number): string {
    const top = { row: this.#top, column: 0 };
    const output = this.#moveTo(this.#position, top, columns);
    this.#position = top;
    return output;
  }

  /**
   * Moves relatively by rows, because the screen may have scrolled, and absolutely by columns. Moves down by
   * line feeds: a terminal that was made smaller may have dropped the rows below the cursor. "Cursor down"
   * would stop at the last row, and the next move up would end in the answer above the prompt.
   */
  #moveTo(from: Cell, to: Cell, columns: number): string {
    const rows = this.#screenRow(to, columns) - this.#screenRow(from, columns);
    const vertical = rows < 0 ? `\x1b[${-rows}A` : "\n".repeat(rows);
    return `${vertical}\x1b[${to.column + 1}G`;
  }

  /** Returns the row of a cell below the top of the prompt, on a screen that has wrapped the wider rows. */
  #screenRow({ row, column }: Cell, columns: number): number {
    // A full row leaves the cursor in it.
    let screenRow = Math.floor(Math.max(0, column - 1) / columns);
    for (let above = this.#top; above < row; above += 1) {
      screenRow += Math.max(1, Math.ceil((this.#cells.get(above) ?? 0) / columns));
    }
    return screenRow;
  }

  #translateToken(token: string): string {
    if (token === "\n") {
      this.#position = { row: this.#position.row + 1, column: 0 };
      return token;
    }
    if (token === "\r") {
      this.#position.column = 0;
      return token;
    }
    const output = token.startsWith("\x1b")
      ? this.#translateSequence(token)
      : this.#translateText(token);
    if (!CSI.test(token) || token.endsWith("m")) this.#note(output);
    return output;
  }

  #note(output: string): void {
    const { row } = this.#position;
    if (output !== "" && this.#isPrompting)
      this.#rows.set(row, (this.#rows.get(row) ?? "") + output);
  }

  #translateText(text: string): string {
    let output = "";
    const isPicture = PICTURE.test(text);
    for (const grapheme of graphemesOf(text)) {
      const isBlock = grapheme === BLOCK && !isPicture;
      if (isBlock || (this.#inverse && !this.#onWhite)) {
        if (!this.#inverse || !this.#hasField) this.#field = { ...this.#position };
        this.#hasField = true;
      } else if (
        this.#field?.row === this.#position.row &&
        this.#field.column > this.#position.column
      ) {
        this.#field = null;
      }
      const shown = isBlock || this.#concealed ? " " : grapheme;
      output += shown;
      this.#position.column += cellsOf(shown, this.#widths);
      this.#cells.set(this.#position.row, this.#position.column);
    }
    return output;
  }

  #translateSequence(token: string): string {
    const [, parameters = "", final] = CSI.exec(token) ?? [];
    const count = Number(parameters || "1");
    switch (final) {
      case "A":
        this.#position.row -= count;
        return token;
      case "B":
        this.#position.row += count;
        return token;
      case "C":
        this.#position.column += count;
        return token;
      case "D":
        this.#position.column = Math.max(0, this.#position.column - count);
        return token;
      case "G":
        this.#position.column = count - 1;
        return token;
      case "J":
        for (const row of this.#cells.keys()) {
          if (row >= this.#position.row) this.#cells.delete(row);
        }
        for (const row of this.#rows.keys()) {
          if (row >= this.#position.row) this.#rows.delete(row);
        }
        if (this.#field !== null && this.#field.row >= this.#position.row) this.#field = null;
        return token;
      case "K":
        this.#cells.delete(this.#position.row);
        this.#rows.delete(this.#position.row);
        if (this.#field?.row === this.#position.row) this.#field = null;
        return token;
      case "h":
      case "l":
        if (parameters !== "?25") return token;
        this.#hidden = final === "l";
        this.#isPrompting = this.#hidden;
        if (this.#isPrompting) this.#beginPrompt();
        else this.#rows.clear();
        return token;
      case "m":
        return this.#translateStyle(parameters, token);
      default:
        return token;
    }
  }

  #beginPrompt(): void {
    this.#top = this.#position.row;
    this.#cells.clear();
    this.#rows.clear();
  }

  #translateStyle(parameters: string, token: string): string {
    switch (parameters) {
      case "7":
        this.#inverse = true;
        this.#hasField = false;
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
        return this.#colourOf(token);
      case "49":
        this.#onWhite = false;
        return this.#colourOf(token);
      case "":
      case "0":
        this.#inverse = false;
        this.#concealed = false;
        this.#onWhite = false;
        return token;
      default:
        return COLOUR.test(parameters) ? this.#colourOf(token) : token;
    }
  }

  #colourOf(token: string): string {
    return this.#colour ? token : "";
  }
}
