/** The search in messages (Alt-f): matches in the loaded lines, or what the server found. */

import {
  type ChatLine,
  type ClientConversation,
  type ClientState,
  isMessage,
} from "../../../chat-client/client-state.ts";
import {
  interpretMessage,
  type MessageView,
} from "../../../chat-client/receive/message-to-line.ts";
import { textOrFileName } from "../../../protocol/file-facts.ts";
import { plainRow } from "../../../protocol/message-markup.ts";
import { fold } from "../../../protocol/names.ts";
import type { Message } from "../../../protocol/wire/message.ts";
import { inputView } from "../../../terminal/input-view.ts";
import { fitRow, type ScreenRow, type Span, span } from "../../../terminal/layout.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { cellsOf, truncate } from "../../../terminal/width.ts";
import { conversationOf, isIncomplete } from "../../history/search-pages.ts";
import type { StoredMatch } from "../../saved/recorded-history.ts";
import { isShownMessage } from "../messages/message-lines.ts";
import { authorName } from "../people/person-name.ts";
import type { SearchResults, SearchView } from "../ui-state.ts";
import type { DrawContext } from "./draw-context.ts";
import type { InputArea } from "./input-area.ts";

/** More matches than fit on any screen. */
const MATCHES_MAX = 200;
/** Cells of a nick in front of a match. */
const NICK_CELLS = 10;
/** UTF-16 units that are shown before the first match in a long text. */
const TEXT_BEFORE_MATCH_LENGTH = 20;

/** UTF-16 units of a match that are drawn at most: a row shows fewer, and is drawn at each key. */
const EXCERPT_LENGTH_MAX = 2000;

/** Search results without a single line; add the `kind`. */
export const NO_RESULTS: Omit<SearchResults, "kind"> = {
  lines: [],
  places: new Map(),
  incomplete: false,
  problem: "",
};

/** Converts the server's answer to SEARCH into results, newest first. Ignores everything but messages. */
export function toSearchResults(messages: readonly Message[], view: MessageView): SearchResults {
  const places = new Map<string, string>();
  const lines = messages.flatMap((message) => {
    const effect = interpretMessage(message, view);
    if (effect.kind !== "line" || !isMessage(effect.line)) return [];
    if (effect.line.folded !== null) return [];
    places.set(effect.line.key, conversationOf(message, { fold, ...view }));
    return [effect.line];
  });
  const newestFirst = lines.toSorted((a, b) => b.time - a.time);
  const incomplete = isIncomplete(messages);
  return { ...NO_RESULTS, kind: "found", lines: newestFirst, places, incomplete };
}

/** Converts matches in what this client has stored to results. */
export function toStoredResults(matches: readonly StoredMatch[]): SearchResults {
  const places = new Map(matches.map(({ line, place }) => [line.key, place]));
  const lines = matches.map(({ line }) => line).toReversed();
  return { ...NO_RESULTS, kind: "found", lines, places };
}

/** Returns the lines to choose from, newest first: the server's, or those that match here. */
export function searchChoices(
  conversation: ClientConversation,
  { results, editor }: SearchView,
): readonly ChatLine[] {
  return results?.kind === "found" ? results.lines : searchResultsOf(conversation, editor.text);
}

/** Returns the loaded messages that hold every word of the query, newest first. */
export function searchResultsOf(
  conversation: Pick<ClientConversation, "lines" | "detached">,
  query: string,
): ChatLine[] {
  const words = comparable(query)
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return [];
  return [...(conversation.detached?.lines ?? []), ...conversation.lines]
    .filter((line) => {
      if (!isShownMessage(line)) return false;
      const text = comparable(searchedText(line));
      return words.every((word) => text.includes(word));
    })
    .toReversed()
    .slice(0, MATCHES_MAX);
}

/** Returns the text of a message with the name of its file, by which it is found as well. */
function searchedText({ text, file }: ChatLine): string {
  const name = textOrFileName({ text: "", file });
  return text !== "" && name !== "" ? `${text} ${name}` : `${text}${name}`;
}

function comparable(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/** Where Tab searches: on the server, in what this client has stored of it, or nowhere. */
export type SearchReach = "server" | "stored" | "loaded";

/** Returns where Tab searches on a server. */
export function searchReachOf({ caps }: ClientState, { storesHistory }: DrawContext): SearchReach {
  if (caps.has("soju.im/search")) return "server";
  return storesHistory === true && !caps.has("draft/chathistory") ? "stored" : "loaded";
}

/** Draws the choices in place of the conversation: at most `height` rows, the newest lowest. */
export function drawSearchResults(
  conversation: ClientConversation,
  search: SearchView,
  reach: SearchReach,
  width: number,
  height: number,
  context: DrawContext,
): ScreenRow[] {
  const { widths } = context;
  const { results } = search;
  const query = search.editor.text;
  const choices = searchChoices(conversation, search);
  const selected = Math.max(0, Math.min(search.index, choices.length - 1));
  const rowsMax = Math.max(1, height - 1);
  const first = Math.max(0, selected - rowsMax + 1);
  const rows = choices.slice(first, first + rowsMax).map((line, offset) => {
    const place = results?.places.get(line.key);
    const otherPlace = place === undefined || fold(place) === conversation.key ? "" : place;
    return drawMatch(line, otherPlace, query, first + offset === selected, width, context);
  });
  if (rows.length === 0 && query.trim() !== "" && results?.kind !== "searching") {
    const none = noneOf(results, reach, context);
    rows.push(fitRow([span(`   ${none}`)], width, widths));
  }
  const hint = fitRow(
    [span(` ${hintOf(search, choices.length, reach, context)}`, { role: "faint" })],
    width,
    widths,
  );
  return [hint, ...rows.toReversed()];
}

/** Returns what is known when nothing is shown: the server may not have looked. */
function noneOf(
  results: SearchResults | null,
  reach: SearchReach,
  { words: { finder } }: DrawContext,
): string {
  if (results === null) return finder.none[reach];
  return results.kind === "found" && !results.incomplete ? finder.noneAnywhere : finder.noneLoaded;
}

/** Returns which keys work: Enter only where there is something to open. */
function hintOf(
  { results, editor }: SearchView,
  count: number,
  reach: SearchReach,
  { words }: DrawContext,
): string {
  const { finder } = words;
  switch (results?.kind) {
    case undefined:
      if (editor.text.trim() === "") return finder.type;
      return count === 0 ? finder.hintNone[reach] : finder.hint[reach];
    case "searching":
      return finder.asking;
    case "failed":
      return results.problem;
    case "not-offered":
      return finder.notOffered;
    case "invalid-query":
      return words.slash.usage(`/search ${words.slash.arguments.search}`);
    case "found": {
      const hint = count === 0 ? finder.nothing : finder.onServer(count);
      return results.incomplete ? `${hint} · ${words.slash.searchIncomplete}` : hint;
    }
  }
}

/** Draws one match. `otherPlace`: the room or nick of its conversation, "" for the current one. */
function drawMatch(
  line: ChatLine,
  otherPlace: string,
  query: string,
  isSelected: boolean,
  width: number,
  context: DrawContext,
): ScreenRow {
  const { widths, calendar, glyphs, words } = context;
  const nick = truncate(authorName(line, words), NICK_CELLS, widths);
  // Month, day and minute: so a narrow window has room for the text, too.
  const time = `${calendar.dayKey(line.time).slice(5)} ${calendar.clock(line.time)}`;
  const front: ScreenRow = [
    span(` ${isSelected ? glyphs.selected : " "} `),
    span(`${time} `, { role: "faint" }),
    ...(otherPlace === "" ? [] : [span(`${sanitize(otherPlace)} `, { role: "accent" })]),
    span(`${nick} `, { role: "strong" }),
  ];
  // Spoilers first: of one that is cut nobody sees that it is one.
  const text = sanitize(excerptOf(plainRow(searchedText(line), words.screen.spoiler), query));
  return fitRow([...front, ...matchSpans(text, query)], width, widths);
}

/** Returns the part of a text that a row can show: around the first word of the query. */
function excerptOf(text: string, query: string): string {
  if (text.length <= EXCERPT_LENGTH_MAX) return text;
  const index = Math.max(0, comparable(text).indexOf(firstWordOf(query)));
  return text.slice(Math.max(0, index - EXCERPT_LENGTH_MAX / 2)).slice(0, EXCERPT_LENGTH_MAX);
}

function firstWordOf(query: string): string {
  return comparable(query).trim().split(/\s+/)[0] ?? "";
}

/** Returns the text with the first word of the query marked where it first occurs. */
function matchSpans(text: string, query: string): Span[] {
  const word = firstWordOf(query);
  const index = comparable(text).indexOf(word);
  // Lower case may be longer than upper case ("İ"): then positions differ, and nothing is marked.
  if (word === "" || index < 0 || text.toLowerCase().length !== text.length) return [span(text)];
  const start = Math.max(0, index - TEXT_BEFORE_MATCH_LENGTH);
  return [
    span(`${start > 0 ? "…" : ""}${text.slice(start, index)}`),
    span(text.slice(index, index + word.length), { role: "match" }),
    span(text.slice(index + word.length)),
  ];
}

/** Draws the input line of the search. */
export function drawSearchInput(
  search: SearchView,
  width: number,
  context: DrawContext,
): InputArea {
  const { widths, words } = context;
  const prompt = `${words.finder.prompt}: `;
  const view = inputView(search.editor, width, 1, cellsOf(prompt, widths), widths);
  const text = view.rows[0] ?? "";
  return {
    rows: [fitRow([span(prompt, { role: "accent" }), span(text)], width, widths)],
    cursor: view.cursor,
  };
}
