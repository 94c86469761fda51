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
  const notes = [
    ...(more === 0 ? [] : [files.moreTransfers(more)]),
    ...(stopKey === null ? [] : [files.stopHint(stopKey)]),
  ];
  const behind: Span[] = [
    span(" "),
    ...progressSpans(transfer, width, context),
    ...notes.map((note) => span(` ${glyphs.dot} ${note}`, { role: "faint" })),
  ];
  // The name gives way first, then what stands behind.
  const rest = width - rowCells([front, ...behind], widths);
  const name = shortName(transfer.name, Math.max(NAME_CELLS_MIN, rest), context);
  return fitRow([front, span(name, { role: "strong" }), ...behind], width, widths);
}

function progressSpans(transfer: Transfer, width: number, context: DrawContext): Span[] {
  const { words, glyphs } = context;
  const { state, size, bytes, bytesPerSecond } = transfer;
  if (state !== "running" && state !== "preparing") {
    const waiting = state === "done" || state === "failed" || state === "cancelled" ? null : state;
    return waiting === null ? [] : [span(words.files.states[waiting], { role: "faint" })];
  }
  const share = size === 0 ? 0 : Math.min(1, bytes / size);
  const percent = span(`${String(Math.floor(share * 100)).padStart(3)} %`);
  const bar = width < BAR_COLUMNS_MIN ? [] : [...barSpans(share, context), span(" ")];
  if (state === "preparing") {
    return [
      ...bar,
      percent,
      span(` ${glyphs.dot} ${words.files.states.preparing}`, { role: "faint" }),
    ];
  }
  const isKnown = bytesPerSecond >= RATE_MIN;
  const seconds = isKnown ? Math.ceil((size - bytes) / bytesPerSecond) : REST_SECONDS_MAX;
  const facts = [
    ...(width < BAR_COLUMNS_MIN ? [] : [formatFileSize(size)]),
    ...(isKnown ? [words.files.rate(formatFileSize(bytesPerSecond))] : []),
    ...(seconds < REST_SECONDS_MAX ? [words.files.rest(formatLength(seconds))] : []),
  ];
  return [
    ...[...bar, percent],
    ...facts.map((fact) => span(` ${glyphs.dot} ${fact}`, { role: "faint" })),
  ];
}

function barSpans(share: number, { glyphs }: DrawContext): Span[] {
  const done = Math.round(share * BAR_CELLS);
  return [
    span(glyphs.barDone.repeat(done), { role: "accent" }),
    span(glyphs.barRest.repeat(BAR_CELLS - done), { role: "faint" }),
  ];
}
