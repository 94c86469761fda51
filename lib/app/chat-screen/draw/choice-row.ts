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
  type Disclosure,
  followTarget,
  keyOfAction,
  type MessageAction,
  type OpenTarget,
  openTargets,
} from "../messages/message-actions.ts";
import type { ConversationView, Selection } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import { shortName } from "./file-rows.ts";

/** Rows of the choices: the free row and, if they need it, the row of the status bar. */
const CHOICE_ROWS_MAX = 2;
/** In a narrower window keys are shown by a sign. */
const NAMED_KEYS_COLUMNS_MIN = 50;
const GAP = "  ";
/** Cells of a name or an address in the choice of what to open. */
const TARGET_CELLS_MAX = 32;
/** Cells of the author's name. */
const NICK_CELLS_MAX = 12;

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
  /** Whether some choices didn't fit. */
  readonly isCut: boolean;
}

/** Draws the choices for the selected message in one row or two. */
export function drawChoices(
  line: ChatLine,
  selection: Selection,
  conversation: ClientConversation,
  view: ConversationView,
  state: ClientState,
  disclosure: Disclosure,
  columns: number,
  context: DrawContext,
): ChoiceRows {
  const choices = choicesFor(
    line,
    selection,
    conversation,
    view,
    state,
    disclosure,
    columns,
    context,
  );
  const inOneRow = layOut(choices, columns, 1, context);
  return inOneRow.isCut ? layOut(choices, columns, CHOICE_ROWS_MAX, context) : inOneRow;
}

function choicesFor(
  line: ChatLine,
  { question }: Selection,
  conversation: ClientConversation,
  view: ConversationView,
  state: ClientState,
  disclosure: Disclosure,
  columns: number,
  context: DrawContext,
): Choice[] {
  const { pointing } = context.words;
  const enter = columns < NAMED_KEYS_COLUMNS_MIN ? "↵" : "Enter";
  const leave = keyChoice("escape", "Esc", pointing.back);
  switch (question?.kind) {
    case undefined: {
      const actions = actionsOf(line, conversation, state, view.thread, disclosure);
      const follow = followTarget(line, conversation, view.thread);
      return [
        ...actions
          // Enter leads there, too.
          .filter((action) => action !== "thread" || follow?.kind !== "thread")
          .map((action) =>
            keyChoice(
              keyOfAction(action),
              keyOfAction(action) === "enter" ? enter : keyOfAction(action),
              labelOf(action, line, follow, context),
            ),
          ),
        keyChoice("escape", "Esc", pointing.leave),
      ];
    }
    case "delete":
      return [
        { key: "", spans: [span(pointing.deleteAsk, { role: "warning" })] },
        keyChoice("enter", enter, context.words.yes),
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
      return [...choices, keyChoice("enter", enter, pointing.actions.react), leave];
    }
    case "open":
      return [
        ...openTargets(line, state).map((target, index) => {
          const number = String(index + 1);
          return keyChoice(number, number, targetLabel(target, line, context));
        }),
        leave,
      ];
  }
}

function targetLabel(target: OpenTarget, { file }: ChatLine, context: DrawContext): string {
  if (target.kind === "link") {
    return truncate(sanitize(target.link), TARGET_CELLS_MAX, context.widths);
  }
  const name = shortName(file?.name ?? "", TARGET_CELLS_MAX - 3, context);
  return `${context.glyphs.file} ${name}`;
}

function labelOf(
  action: MessageAction,
  line: ChatLine,
  follow: ReturnType<typeof followTarget>,
  { words, widths }: DrawContext,
): string {
  if (action === "person") return truncate(sanitize(line.nick), NICK_CELLS_MAX, widths);
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
  const cellsOfChoice = ({ spans }: Choice): number => rowCells(spans, widths);
  const last = choices.at(-1);
  // Room for the mark of the cut and the last choice.
  const reserved = last === undefined ? 0 : cellsOfChoice(last) + 2 * GAP.length + 1;
  const rows: Span[][] = [[span(" ")]];
  const places: ChoicePlace[] = [];
  let column = 1;
  let isCut = false;
  const put = (choice: Choice): void => {
    const row = rows.length - 1;
    const cells = cellsOfChoice(choice);
    if (choice.key !== "") {
      places.push({ row, start: column, end: column + cells, key: choice.key });
    }
    rows[row]?.push(...choice.spans, span(GAP));
    column += cells + GAP.length;
  };
  for (const [index, choice] of choices.entries()) {
    const rest = choices
      .slice(index)
      .reduce((sum, each) => sum + cellsOfChoice(each) + GAP.length, 0);
    const isLastRow = rows.length === rowCount;
    const fitsAll = column + rest - GAP.length <= columns;
    const room = isLastRow && !fitsAll && choice !== last ? columns - reserved : columns;
    if (!isCut && column + cellsOfChoice(choice) <= room) put(choice);
    else if (!isLastRow) {
      rows.push([span(" ")]);
      column = 1;
      put(choice);
    } else if (choice === last) put(choice);
    else if (!isCut) {
      isCut = true;
      put({ key: "", spans: [span(ellipsisOf(widths), { role: "faint" })] });
    }
  }
  return { rows: rows.map((row) => fitRow(trimmed(row), columns, widths)), places, isCut };
}

/** Returns a row without the gap at its end, which would make a full row too wide. */
function trimmed(row: readonly Span[]): readonly Span[] {
  return row.at(-1)?.text === GAP ? row.slice(0, -1) : row;
}
