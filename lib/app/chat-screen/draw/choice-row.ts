/** The row of choices while a message is selected: the keys that act on it, or the answers to a question. */
import type {
  ChatLine,
  ClientConversation,
  ClientState,
} from "../../../chat-client/client-state.ts";
import { fitRow, rowCells, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { ellipsisOf, truncate } from "../../../terminal/width.ts";
import { reactionChoices } from "../emoji.ts";
import {
  actionsOf,
  followTarget,
  keyOfAction,
  linksIn,
  type MessageAction,
} from "../message-actions.ts";
import type { ConversationView, Selection } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";

/** In a narrower window the choices take two rows. */
const ONE_ROW_COLUMNS_MIN = 70;
/** Cells of one address in the choice between several. */
const LINK_CELLS_MAX = 32;

/** One choice: the key that takes it, and what is shown. */
interface Choice {
  readonly key: string;
  readonly spans: readonly Span[];
}

/** Where a choice stands: its row and its columns, `end` not included. */
interface ChoicePlace {
  readonly row: number;
  readonly start: number;
  readonly end: number;
  readonly key: string;
}

interface ChoiceRows {
  readonly rows: readonly ScreenRow[];
  readonly places: readonly ChoicePlace[];
}

/** Returns how many rows the choices take in a window of this width. */
function choiceRowCount(columns: number): number {
  return columns < ONE_ROW_COLUMNS_MIN ? 2 : 1;
}

/** Draws the choices for the selected message in exactly `choiceRowCount(columns)` rows. */
export function drawChoices(
  line: ChatLine,
  selection: Selection,
  conversation: ClientConversation,
  view: ConversationView,
  state: ClientState,
  columns: number,
  context: DrawContext,
): ChoiceRows {
  const choices = choicesFor(line, selection, conversation, view, state, context);
  return layOut(choices, columns, choiceRowCount(columns), context);
}

function choicesFor(
  line: ChatLine,
  { question }: Selection,
  conversation: ClientConversation,
  view: ConversationView,
  state: ClientState,
  context: DrawContext,
): Choice[] {
  const { pointing } = context.words;
  const leave = keyChoice("escape", "Esc", pointing.back);
  switch (question?.kind) {
    case undefined: {
      const actions = actionsOf(line, conversation, state, view.thread);
      const follow = followTarget(line, conversation, view.thread);
      return [
        ...actions
          // Enter leads there, too.
          .filter((action) => action !== "thread" || follow?.kind !== "thread")
          .map((action) =>
            keyChoice(
              keyOfAction(action),
              shownKey(action),
              labelOf(action, line, follow, context),
            ),
          ),
        keyChoice("escape", "Esc", pointing.leave),
      ];
    }
    case "delete":
      return [
        { key: "", spans: [span(pointing.deleteAsk, { role: "warning" })] },
        keyChoice("enter", "Enter", context.words.yes),
        keyChoice("escape", "Esc", context.words.no),
      ];
    case "react": {
      const { editor, index } = question;
      const isNumbered = editor.text === "";
      const choices = reactionChoices(editor.text).map((reaction, at): Choice => {
        const shown = `${isNumbered ? `${at + 1} ` : ""}${sanitize(reaction)}`;
        const style = at === index ? ({ role: "selected" } as const) : undefined;
        return { key: isNumbered ? String(at + 1) : "", spans: [span(shown, style)] };
      });
      return [...choices, keyChoice("enter", "Enter", pointing.actions.react), leave];
    }
    case "open":
      return [
        ...linksIn(line).map((link, at) =>
          keyChoice(String(at + 1), String(at + 1), truncate(sanitize(link), LINK_CELLS_MAX)),
        ),
        leave,
      ];
  }
}

function shownKey(action: MessageAction): string {
  return action === "follow" ? "Enter" : keyOfAction(action);
}

function labelOf(
  action: MessageAction,
  line: ChatLine,
  follow: ReturnType<typeof followTarget>,
  { words }: DrawContext,
): string {
  if (action === "person") return sanitize(line.nick);
  if (action === "follow" && follow?.kind === "thread") return words.pointing.toThread;
  return words.pointing.actions[action];
}

function keyChoice(key: string, shown: string, label: string): Choice {
  return { key, spans: [span(shown, { role: "accent", bold: true }), span(` ${label}`)] };
}

/** Puts the choices into rows; what doesn't fit is left out, with a mark, but never the last one. */
function layOut(
  choices: readonly Choice[],
  columns: number,
  rowCount: number,
  { widths }: DrawContext,
): ChoiceRows {
  const last = choices.at(-1);
  const lastCells = last === undefined ? 0 : rowCells(last.spans, widths) + 2;
  const rows: Span[][] = [[span(" ")]];
  const places: ChoicePlace[] = [];
  let column = 1;
  for (const choice of choices) {
    const cells = rowCells(choice.spans, widths);
    const isLastRow = rows.length === rowCount;
    const reserved = isLastRow && choice !== last ? lastCells + 2 : 0;
    if (column + cells > columns - reserved) {
      if (!isLastRow) {
        rows.push([span(" ")]);
        column = 1;
      } else if (choice !== last) {
        if (rows.at(-1)?.at(-1)?.text !== `${ellipsisOf(widths)}  `) {
          rows.at(-1)?.push(span(`${ellipsisOf(widths)}  `));
          column += 3;
        }
        continue;
      }
    }
    const row = rows.length - 1;
    if (choice.key !== "")
      places.push({ row, start: column, end: column + cells, key: choice.key });
    rows[row]?.push(...choice.spans, span("  "));
    column += cells + 2;
  }
  while (rows.length < rowCount) rows.push([]);
  return { rows: rows.map((row) => fitRow(trimmed(row), columns, widths)), places };
}

/** Returns a row without the gap at its end, which would make a full row too wide. */
function trimmed(row: readonly Span[]): readonly Span[] {
  return row.at(-1)?.text === "  " ? row.slice(0, -1) : row;
}
