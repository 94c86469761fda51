import type { ClientConversation } from "../../../chat-client/client-state.ts";
import { inputView } from "../../../terminal/input-view.ts";
import { fitRow, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { cellsOf, truncate } from "../../../terminal/width.ts";
import type { ConversationView, UiState } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { title } from "./header.ts";

export interface InputArea {
  readonly rows: readonly ScreenRow[];
  /** Counted from 0 within `rows`. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/** The rows at the bottom: `[room] what is typed`, at most `rowsMax` of them. */
export function drawInput(
  ui: UiState,
  look: ConversationView,
  one: ClientConversation | null,
  width: number,
  rowsMax: number,
  pen: DrawContext,
): InputArea {
  const { widths, words } = pen;
  if (ui.paste !== null) {
    const lines = ui.paste.split("\n").length;
    const row = fitRow([span(words.screen.pasteAsk(lines), { role: "warning" })], width, widths);
    return { rows: [row], cursor: { row: 0, column: Math.min(width - 1, rowEnd(row, pen)) } };
  }
  const above = purposeRow(look, width, pen);
  const name = truncate(one === null ? "" : title(one, pen).replace(/^#/, ""), width / 4, widths);
  // A narrow window has no room to say again where one is.
  const prompt = width < 30 || name === "" ? "> " : `[${name}${look.thread === null ? "" : " ⤷"}] `;
  const first = cellsOf(prompt, widths);
  const view = inputView(look.editor, width, Math.max(1, rowsMax - above.length), first, widths);
  // When the first row has scrolled away, so has the prompt in front of it.
  const whole = view.rows.length === 0 || startsAtTop(look, view.rows);
  const rows = view.rows.map((text, at) => {
    const line: Span[] = at === 0 && whole ? [span(prompt, { role: "accent" })] : [];
    return fitRow([...line, span(text)], width, widths);
  });
  return {
    rows: [...above, ...rows],
    cursor: { row: view.cursor.row + above.length, column: view.cursor.column },
  };
}

function startsAtTop(look: ConversationView, rows: readonly string[]): boolean {
  return look.editor.text.startsWith(rows[0] ?? "");
}

function purposeRow(look: ConversationView, width: number, pen: DrawContext): ScreenRow[] {
  const { composeMode } = look;
  if (composeMode === null) return [];
  const text =
    composeMode.kind === "edit"
      ? pen.words.screen.editing
      : pen.words.screen.replying(
          sanitize(composeMode.who),
          sanitize(composeMode.text.replace(/\s+/g, " ")),
        );
  return [fitRow([span(text, { role: "accent" })], width, pen.widths)];
}

function rowEnd(row: ScreenRow, pen: DrawContext): number {
  return cellsOf(
    row
      .map((piece) => piece.text)
      .join("")
      .trimEnd(),
    pen.widths,
  );
}
