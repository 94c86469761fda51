/** A page over the chat: the help, a message's details, a person's menu, or the files; and the row below it. */
import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import type { EditorState } from "../../../terminal/editor.ts";
import { inputView } from "../../../terminal/input-view.ts";
import { fitRow, type ScreenRow, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { cellsOf } from "../../../terminal/width.ts";
import type { ScreenPage } from "../ui-state.ts";
import { drawDetails } from "./details-page.ts";
import type { DrawContext } from "./draw-context.ts";
import { drawFilesPage } from "./files-page.ts";
import { drawHelp, type HelpBlock, type OpenHelp } from "./help-page.ts";
import type { InputArea } from "./input-area.ts";
import { drawPerson } from "./person-page.ts";
import { pictureKeysIn } from "./picture-page.ts";

/** Draws a page from the top of the conversation's area, in at most `height` rows. */
export function drawScreenPage(
  page: ScreenPage,
  conversation: ClientConversation,
  state: ClientState,
  width: number,
  height: number,
  helpBlocks: (page: OpenHelp, width: number) => readonly HelpBlock[],
  context: DrawContext,
): ScreenRow[] {
  switch (page.kind) {
    case "help":
      return drawHelp(page, helpBlocks(page, width), width, height, context);
    case "details":
      return drawDetails(page, conversation, state, width, height, context);
    case "files":
      return drawFilesPage(page, conversation.name, width, height, context);
    case "person":
      return drawPerson(page, conversation, state, width, height, context);
    case "picture":
      // It takes the whole window: see picture-page.ts.
      return [];
  }
}

/** Draws the row below a page: what is typed there, or the keys that work. */
export function drawPageInput(page: ScreenPage, width: number, context: DrawContext): InputArea {
  const { files, help, keys, pointing, person } = context.words;
  switch (page.kind) {
    case "help":
      return drawField(
        page.part === "keys" ? keys.prompt : help.prompt,
        page.editor,
        width,
        context,
      );
    case "files":
      return drawField(files.page.prompt, page.editor, width, context);
    case "details":
      return drawHint(pointing.detailsHint, width, context);
    case "picture":
      return drawHint(pictureKeysIn(width, context), width, context);
    case "person":
      if (page.step.kind === "about") return drawHint(person.aboutHint, width, context);
      return page.step.kind === "reason"
        ? drawField(person.reason(sanitize(page.nick)), page.step.editor, width, context)
        : drawHint(person.hint, width, context);
  }
}

/** Draws a row with a label in which something is typed. */
export function drawField(
  label: string,
  editor: EditorState,
  width: number,
  { widths }: DrawContext,
): InputArea {
  const prompt = `${label}: `;
  const view = inputView(editor, width, 1, cellsOf(prompt, widths), widths);
  const shownPrompt = view.hasFirstRow ? [span(prompt, { role: "accent" })] : [];
  const row = [...shownPrompt, span(view.rows[0] ?? "")];
  return { rows: [fitRow(row, width, widths)], cursor: view.cursor };
}

function drawHint(hint: string, width: number, { widths }: DrawContext): InputArea {
  const row = fitRow([span(hint, { role: "faint" })], width, widths);
  return { rows: [row], cursor: { row: 0, column: 0 } };
}
