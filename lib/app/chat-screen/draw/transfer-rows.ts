/** Files on their way, above the input line: one row each, with a bar, the rate and the rest. */
import type { Transfer } from "../../../chat-client/files/transfer.ts";
import { formatFileSize } from "../../../protocol/file-facts.ts";
import { fitRow, rowCells, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { formatLength } from "../../files/file-text.ts";
import { keyHint } from "../keys/key-map.ts";
import type { DrawContext } from "./draw-context.ts";
import { shortName } from "./file-rows.ts";

/** Rows of transfers in a high window and in a low one. */
const ROWS_MAX = 3;
const LOW_WINDOW_ROWS = 16;
/** Cells of a bar; in a narrower window there is only the share. */
const BAR_CELLS = 12;
const BAR_COLUMNS_MIN = 60;
/** Cells of a name that are shown at least. */
const NAME_CELLS_MIN = 8;
/** Rates of a few bytes say nothing of when it will end. */
const RATE_MIN = 100;
/** A rest of more hours is a guess. */
const REST_SECONDS_MAX = 36_000;

/** Draws the transfers that haven't ended, as many as there is room for in a window of `screenRows`. */
export function drawTransfers(
  transfers: readonly Transfer[],
  width: number,
  screenRows: number,
  context: DrawContext,
): ScreenRow[] {
  const count = screenRows < LOW_WINDOW_ROWS ? 1 : ROWS_MAX;
  const shown = transfers.slice(0, count);
  const more = transfers.length - shown.length;
  return shown.map((transfer, index) =>
    drawTransfer(transfer, index === 0, index === shown.length - 1 ? more : 0, width, context),
  );
}

/** Draws one row. `more`: how many others there is no room for. */
function drawTransfer(
  transfer: Transfer,
  isFirst: boolean,
  more: number,
  width: number,
  context: DrawContext,
): ScreenRow {
  const { words, widths, glyphs } = context;
  const { files } = words;
  const front = span(` ${transfer.direction === "send" ? "↑" : "↓"} `, { role: "accent" });
  const stopKey = isFirst ? keyHint(context.input.keyMap, "stop-transfer") : null;
  const progress = progressOf(transfer, width, context);
  const notes: Note[] = [
    ...progress.notes,
    ...(more === 0 ? [] : [{ text: files.moreTransfers(more), rank: 1 }]),
    ...(stopKey === null ? [] : [{ text: files.stopHint(stopKey), rank: 0 }]),
  ];
  const behindWith = (shown: readonly Note[]): Span[] => [
    span(" "),
    ...progress.share,
    ...shown.map(({ text }, index) => {
      const dot = index === 0 && progress.share.length === 0 ? "" : ` ${glyphs.dot} `;
      return span(dot + text, { role: "faint" });
    }),
  ];
  const restBeside = (behind: readonly Span[]): number =>
    width - rowCells([front, ...behind], widths);
  // Where there is no room for all of them, the notes that matter least are left out first.
  let shown: readonly Note[] = notes;
  while (shown.length > 0 && restBeside(behindWith(shown)) < NAME_CELLS_MIN) {
    const rankMax = Math.max(...shown.map(({ rank }) => rank));
    shown = shown.filter(({ rank }) => rank < rankMax);
  }
  const behind = behindWith(shown);
  const name = shortName(transfer.name, Math.max(NAME_CELLS_MIN, restBeside(behind)), context);
  return fitRow([front, span(name, { role: "strong" }), ...behind], width, widths);
}

/** A part of a row behind the share. Those of the highest rank are left out first. */
interface Note {
  readonly text: string;
  readonly rank: number;
}

function progressOf(
  transfer: Transfer,
  width: number,
  context: DrawContext,
): { readonly share: readonly Span[]; readonly notes: readonly Note[] } {
  const { words } = context;
  const { state, size, bytes, bytesPerSecond } = transfer;
  if (state !== "running" && state !== "preparing") {
    const waiting = state === "done" || state === "failed" || state === "cancelled" ? null : state;
    const notes = waiting === null ? [] : [{ text: words.files.states[waiting], rank: 0 }];
    return { share: [], notes };
  }
  const part = size === 0 ? 0 : Math.min(1, bytes / size);
  const percent = span(`${String(Math.floor(part * 100)).padStart(3)} %`);
  const share =
    width < BAR_COLUMNS_MIN ? [percent] : [...barSpans(part, context), span(" "), percent];
  if (state === "preparing")
    return { share, notes: [{ text: words.files.states.preparing, rank: 2 }] };
  const isKnown = bytesPerSecond >= RATE_MIN;
  const seconds = isKnown ? Math.ceil((size - bytes) / bytesPerSecond) : REST_SECONDS_MAX;
  const notes = [
    { text: formatFileSize(size), rank: 4 },
    ...(isKnown ? [{ text: words.files.rate(formatFileSize(bytesPerSecond)), rank: 3 }] : []),
    ...(seconds < REST_SECONDS_MAX
      ? [{ text: words.files.rest(formatLength(seconds)), rank: 2 }]
      : []),
  ];
  return { share, notes };
}

function barSpans(share: number, { glyphs }: DrawContext): Span[] {
  const done = Math.round(share * BAR_CELLS);
  return [
    span(glyphs.barDone.repeat(done), { role: "accent" }),
    span(glyphs.barRest.repeat(BAR_CELLS - done), { role: "faint" }),
  ];
}
