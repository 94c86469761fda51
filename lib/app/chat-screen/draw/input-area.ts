/** The input line at the bottom: `[room] text`. */
import type { ClientConversation } from "../../../chat-client/client-state.ts";
import { EMPTY_EDITOR } from "../../../terminal/editor.ts";
import { inputView } from "../../../terminal/input-view.ts";
import { fitRow, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { cellsOf, truncate } from "../../../terminal/width.ts";
import type { ConversationView, UiState } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { drawAttachments, drawFileQuestion } from "./file-question.ts";
import { shortThreadName, titleOf } from "./header.ts";
import { oneRowOf } from "./item-sentences.ts";

/** In a narrower window the prompt doesn't name the conversation. */
const NAMED_PROMPT_COLUMNS_MIN = 30;

/** The drawn input line, of the chat, the search or the switcher. */
export interface InputArea {
  readonly rows: readonly ScreenRow[];
  /** Counted from 0 within `rows`. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/** Draws the input in at most `rowsMax` rows, or a question in its place. */
export function drawInput(
  ui: UiState,
  view: ConversationView,
  conversation: ClientConversation | null,
  width: number,
  rowsMax: number,
  context: DrawContext,
): InputArea {
  const { widths, words } = context;
  if (ui.fileQuestion !== null) {
    return drawFileQuestion(ui.fileQuestion, width, rowsMax, context);
  }
  if (ui.paste !== null) {
    const lines = ui.paste.split("\n").length;
    const row = fitRow([span(words.screen.pasteAsk(lines), { role: "warning" })], width, widths);
    const text = row.map((piece) => piece.text).join("");
    const end = cellsOf(text.trimEnd(), widths);
    return { rows: [row], cursor: { row: 0, column: Math.min(width - 1, end) } };
  }
  const quoteRows = [
    ...drawQuote(view, width, context),
    ...drawAttachments(view.attachments, width, context),
  ];
  const prompt = promptOf(view, conversation, width, context);
  const inputRowsMax = Math.max(1, rowsMax - quoteRows.length);
  // A held Enter looks like one that was sent at once.
  const editor = ui.submit === "held" ? EMPTY_EDITOR : view.editor;
  const input = inputView(editor, width, inputRowsMax, cellsOf(prompt, widths), widths);
  // When the first row has scrolled out, so has the prompt in front of it.
  const { hasFirstRow } = input;
  const inputRows = input.rows.map((text, index) => {
    const promptSpans: Span[] =
      index === 0 && hasFirstRow ? [span(prompt, { role: "accent" })] : [];
    return fitRow([...promptSpans, span(text)], width, widths);
  });
  return {
    rows: [...quoteRows, ...inputRows],
    cursor: { row: input.cursor.row + quoteRows.length, column: input.cursor.column },
  };
}

function promptOf(
  view: ConversationView,
  conversation: ClientConversation | null,
  width: number,
  context: DrawContext,
): string {
  const title = conversation === null ? "" : titleOf(conversation, context).replace(/^#/, "");
  const cells = width / (view.thread === null ? 4 : 3);
  const thread =
    conversation === null || view.thread === null
      ? ""
      : ` ${shortThreadName(conversation, view.thread, context)}`;
  const name = truncate(title, Math.max(0, width / 4 - (thread === "" ? 0 : 4)), context.widths);
  if (width < NAMED_PROMPT_COLUMNS_MIN || name === "") return thread === "" ? "> " : "⤷ ";
  return `[${truncate(`${name}${thread}`, cells, context.widths)}] `;
}

/** Draws the quote of the message being replied to, or that a sent message is being changed. */
function drawQuote(
  { replyTarget, editTarget }: ConversationView,
  width: number,
  context: DrawContext,
): ScreenRow[] {
  if (editTarget !== null) {
    const sentence = span(context.words.screen.editing, { role: "accent" });
    return [fitRow([sentence], width, context.widths)];
  }
  if (replyTarget === null) return [];
  const quote = oneRowOf(replyTarget.text, context);
  const sentence = context.words.screen.replying(sanitize(replyTarget.author), quote);
  return [fitRow([span(sentence, { role: "accent" })], width, context.widths)];
}
