/** Alt-f: what was said in this conversation, found while one types. */

import type { ChatLine, ClientConversation } from "../../../chat-client/client-state.ts";
import { interpretMessage, type MessageView } from "../../../chat-client/message-to-line.ts";
import { fold } from "../../../protocol/names.ts";
import type { Message } from "../../../protocol/wire/message.ts";
import { inputView } from "../../../terminal/input-view.ts";
import { fit, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { cellsOf, clean, truncate } from "../../../terminal/width.ts";
import { conversationOf, isIncomplete } from "../../history/search-pages.ts";
import { isMessageLine } from "../message-lines.ts";
import type { SearchResults, SearchView } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import type { InputArea } from "./input-area.ts";

/** While there is no answer, or none that has anything. */
export const NOTHING_FOUND: Omit<SearchResults, "kind"> = {
  lines: [],
  places: new Map(),
  incomplete: false,
};

/** The server's answer as what there is to choose from. */
export function toSearchResults(messages: readonly Message[], view: MessageView): SearchResults {
  const places = new Map<string, string>();
  const lines = messages.flatMap((message) => {
    const said = interpretMessage(message, view);
    if (said.kind !== "line" || !isMessageLine(said.line)) return [];
    places.set(said.line.key, conversationOf(message, view.me.nick));
    return [said.line];
  });
  const newestFirst = lines.toSorted((one, other) => other.time - one.time);
  return { kind: "here", lines: newestFirst, places, incomplete: isIncomplete(messages) };
}

/** More than fit on any screen. */
const FOUND_MAX = 200;
/** Cells of a name in front of what was found. */
const NAME_CELLS = 10;

/** What there is to choose from: what the server has found, or else what is loaded here. */
export function searchChoices(
  one: ClientConversation,
  { found: asked, editor }: SearchView,
): readonly ChatLine[] {
  return asked?.kind === "here" ? asked.lines : searchResultsOf(one, editor.text);
}

/** Lines that hold every word of the query, the newest first. */
export function searchResultsOf(
  one: Pick<ClientConversation, "lines" | "detached">,
  query: string,
): ChatLine[] {
  const words = comparable(query)
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return [];
  return [...(one.detached?.lines ?? []), ...one.lines]
    .filter((line) => {
      if (line.msgid === null || line.redacted || !isMessageLine(line)) return false;
      const text = comparable(line.text);
      return words.every((word) => text.includes(word));
    })
    .toReversed()
    .slice(0, FOUND_MAX);
}

function comparable(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/** It stands where the conversation was: `height` rows, the newest one lowest. */
export function drawSearchResults(
  one: ClientConversation,
  finder: SearchView,
  width: number,
  height: number,
  pen: DrawContext,
): ScreenRow[] {
  const { words, widths } = pen;
  const all = searchChoices(one, finder);
  const chosen = Math.max(0, Math.min(finder.index, all.length - 1));
  const room = Math.max(1, height - 1);
  const first = Math.max(0, chosen - room + 1);
  const rows = all.slice(first, first + room).map((line, at) => {
    const place = finder.found?.places.get(line.key);
    const elsewhere = place === undefined || fold(place) === one.key ? "" : place;
    return foundRow(line, elsewhere, finder.editor.text, first + at === chosen, width, pen);
  });
  if (rows.length === 0 && finder.editor.text.trim() !== "" && finder.found?.kind !== "asking") {
    const none = finder.found === null ? words.finder.none : words.finder.noneAnywhere;
    rows.push(fit([span(`   ${none}`)], width, widths));
  }
  const hint = fit([span(` ${hintOf(finder, pen)}`, { role: "faint" })], width, widths);
  return [hint, ...rows.toReversed()];
}

function hintOf({ found: asked }: SearchView, { words }: DrawContext): string {
  switch (asked?.kind) {
    case undefined:
      return words.finder.hint;
    case "asking":
      return words.finder.asking;
    case "failed":
      return words.finder.failed;
    case "not-offered":
      return words.finder.notOffered;
    case "wrong":
      return words.slash.usage(`/search ${words.slash.arguments.search}`);
    case "here": {
      const hint = words.finder.onServer(asked.lines.length);
      return asked.incomplete ? `${hint} · ${words.slash.searchIncomplete}` : hint;
    }
  }
}

/** @param elsewhere where it was said, unless that is where one is */
function foundRow(
  line: ChatLine,
  elsewhere: string,
  query: string,
  chosen: boolean,
  width: number,
  pen: DrawContext,
): ScreenRow {
  const { widths, calendar, signs, words } = pen;
  const who = truncate(line.own ? words.you : clean(line.nick), NAME_CELLS, widths);
  const sign = chosen ? signs.selected : " ";
  const front: ScreenRow = [
    span(` ${sign} `),
    // Month, day and minute: a narrow window has room for the text, too.
    span(`${calendar.dayKey(line.time).slice(5)} ${calendar.clock(line.time)} `, { role: "faint" }),
    ...(elsewhere === "" ? [] : [span(`${clean(elsewhere)} `, { role: "accent" })]),
    span(`${who} `, { role: "strong" }),
  ];
  const text = clean(line.text.replace(/\s+/g, " "));
  return fit([...front, ...marked(text, query)], width, widths);
}

/** The first word of the query where it stands in the text. */
function marked(text: string, query: string): Span[] {
  const word = comparable(query).trim().split(/\s+/)[0] ?? "";
  const at = comparable(text).indexOf(word);
  // Lower case may be longer than upper case ("İ"): then nothing is marked.
  if (word === "" || at < 0 || text.toLowerCase().length !== text.length) return [span(text)];
  // A long text is shown from a little before the word.
  const from = at > CONTEXT_LETTERS ? at - CONTEXT_LETTERS : 0;
  return [
    span(`${from > 0 ? "…" : ""}${text.slice(from, at)}`),
    span(text.slice(at, at + word.length), { role: "match" }),
    span(text.slice(at + word.length)),
  ];
}

const CONTEXT_LETTERS = 20;

export function drawSearchInput(finder: SearchView, width: number, pen: DrawContext): InputArea {
  const prompt = `${pen.words.finder.prompt}: `;
  const view = inputView(finder.editor, width, 1, cellsOf(prompt, pen.widths), pen.widths);
  const text = view.rows[0] ?? "";
  return {
    rows: [fit([span(prompt, { role: "accent" }), span(text)], width, pen.widths)],
    cursor: view.cursor,
  };
}
