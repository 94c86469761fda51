import type { ListEntry } from "../../protocol/room-fields.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import type { WorkMeter } from "../sessions/charges.ts";
import { foldFilter, type Letters, readingsOf } from "./filter-letters.ts";
import type { Room } from "./room.ts";

/*
 * Word filters of a room (+g). A filter is a word or a glob, and an action. Matching is by bits (Baeza-Yates
 * and Gonnet), so it takes one step for each letter of the text and each piece of a filter, whatever the
 * filter is: no filter runs wild.
 */

/** What happens to a message with a filtered word: only ops see it, the word is replaced, or it is refused. */
export type FilterAction = "hide" | "replace" | "refuse";

const ACTIONS: Readonly<Record<string, FilterAction>> = { "~h:": "hide", "~r:": "replace" };
/** A filter as it is stored. */
const FILTER_BYTES_MAX = 120;
/** Letters between two `*`: the bits of a number. */
const PIECE_LETTERS_MAX = 30;
/** A filter of a single letter between wildcards, or of wildcards alone, would match nearly everything. */
const LETTERS_MIN = 2;
/** What is a word by itself: a syllable, a sign of Chinese, an emoji. */
const WORD_OF_ONE = /^(?:[\p{Script=Hangul}\p{Script=Han}]|\p{Extended_Pictographic})$/u;
const REPLACEMENT = "***";
/** Reading a letter of a text takes as long as comparing so many with a piece of a filter. */
const READING_FACTOR = 10;
/** Letters that are compared in one of the units of slices.ts. */
const COMPARED_PER_UNIT = 100;

/** Letters that are written without spaces between words, or that take particles: a word may be anywhere. */
const JOINED_LETTER =
  /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const WORD_LETTER = /[\p{L}\p{N}]/u;
/** A stretch of a filter without `*`. */
interface Piece {
  readonly length: number;
  /** Letter → the places where the piece has it, as bits. `?` has all letters, and is in `anywhere`. */
  readonly places: ReadonlyMap<string, number>;
  readonly anywhere: number;
}

interface Filter {
  readonly action: FilterAction;
  readonly pieces: readonly Piece[];
  /** The longest part without wildcards. A text without it can't match, as nearly no text does. */
  readonly literal: string;
  /** Whether the match must begin or end at the edge of a word. */
  readonly startsWord: boolean;
  readonly endsWord: boolean;
}

/** Filters by list. An entry is made once for each list, which never changes in place. */
const compiled = new WeakMap<readonly ListEntry[], readonly Filter[]>();

/**
 * Parses a filter and returns it in its stored form, or `null` if it is invalid: `word`, `~h:word` (only ops
 * see the message), `~r:word` (the word is replaced). `*` matches anything and `?` one letter, a space as well.
 */
export function parseFilter(text: string): string | null {
  const filter = text.normalize("NFC");
  if (/[\p{C}\p{Z},]/u.test(filter) || filter.startsWith(":")) return null;
  if (/^~(?![hr]:)/.test(filter) || utf8Bytes(filter) > FILTER_BYTES_MAX) return null;
  const pieces = patternOf(filter)
    .split("*")
    .filter((piece) => piece !== "");
  const isBounded = pieces.every((piece) => Array.from(piece).length <= PIECE_LETTERS_MAX);
  const pattern = patternOf(filter);
  const letters = Array.from(pattern.replace(/[*?]/g, "")).length;
  return isBounded && (letters >= LETTERS_MIN || WORD_OF_ONE.test(pattern)) ? filter : null;
}

function patternOf(filter: string): string {
  return foldFilter(actionPrefix(filter) === "" ? filter : filter.slice(3));
}

function actionPrefix(filter: string): string {
  const prefix = filter.slice(0, 3);
  return Object.hasOwn(ACTIONS, prefix) ? prefix : "";
}

/** A text that is matched against the filters of several rooms: its readings are made once. */
export class FilteredText {
  readonly text: string;
  #readings: readonly Letters[] | null = null;

  constructor(text: string) {
    this.text = text;
  }

  get readings(): readonly Letters[] {
    this.#readings ??= readingsOf(this.text);
    return this.#readings;
  }
}

/** Returns the most work that the filters of a room take for a text, in the units of slices.ts. */
export function unitsOfFilters(room: Room, { text }: FilteredText): number {
  const count = room.lists.get("g")?.length ?? 0;
  return (count * text.length) / COMPARED_PER_UNIT;
}

/**
 * What the filters of a room say to a text: `null` for nothing, or the action and the text to send.
 *
 * @param work counts the letters that were compared
 */
export function filterText(
  room: Room,
  filtered: FilteredText,
  work: WorkMeter,
): { readonly action: FilterAction; readonly text: string } | null {
  const { text } = filtered;
  const entries = room.lists.get("g");
  if (entries === undefined || entries.length === 0 || text === "") return null;
  const replaced: [number, number][] = [];
  let isHidden = false;
  const { readings } = filtered;
  work.comparedLetters += text.length * READING_FACTOR;
  for (const filter of filtersOf(entries)) {
    const ranges = readings.flatMap((letters) => findRanges(filter, letters, work));
    if (ranges.length === 0) continue;
    if (filter.action === "refuse") return { action: "refuse", text };
    if (filter.action === "hide") isHidden = true;
    else replaced.push(...ranges);
  }
  if (isHidden) return { action: "hide", text };
  return replaced.length === 0 ? null : { action: "replace", text: replaceRanges(text, replaced) };
}

/** Returns the places in the original of the matches of a filter. */
function findRanges(filter: Filter, letters: Letters, work: WorkMeter): [number, number][] {
  if (!letters.text.includes(filter.literal)) return [];
  const { starts, ends } = letters;
  work.comparedLetters += letters.folded.length;
  return findMatches(filter, letters).map(([start, end]) => [
    starts[start] ?? 0,
    ends[end - 1] ?? 0,
  ]);
}

function filtersOf(entries: readonly ListEntry[]): readonly Filter[] {
  const existing = compiled.get(entries);
  if (existing !== undefined) return existing;
  const filters = entries.map(({ mask }) => compile(mask));
  compiled.set(entries, filters);
  return filters;
}

function compile(filter: string): Filter {
  const pattern = patternOf(filter);
  const letters = Array.from(pattern);
  return {
    action: ACTIONS[actionPrefix(filter)] ?? "refuse",
    pieces: pattern
      .split("*")
      .filter((piece) => piece !== "")
      .map(compilePiece),
    literal: pattern.split(/[*?]/).reduce((a, b) => (b.length > a.length ? b : a)),
    startsWord: needsEdge(letters[0]),
    endsWord: needsEdge(letters.at(-1)),
  };
}

/** A word of letters that stand between spaces matches whole words: no "class" for "ass". */
function needsEdge(letter = "*"): boolean {
  return WORD_LETTER.test(letter) && !JOINED_LETTER.test(letter);
}

function compilePiece(piece: string): Piece {
  const letters = Array.from(piece);
  const places = new Map<string, number>();
  let anywhere = 0;
  for (const [index, letter] of letters.entries()) {
    if (letter === "?") anywhere |= 1 << index;
    else places.set(letter, (places.get(letter) ?? 0) | (1 << index));
  }
  return { length: letters.length, places, anywhere };
}

/** Returns the matches from left to right, as indices of letters: the first, and the one behind the last. */
function findMatches(filter: Filter, letters: Letters): [number, number][] {
  const matches: [number, number][] = [];
  for (let from = 0; ; ) {
    const match = findMatch(filter, letters.folded, from);
    if (match === null) return matches;
    matches.push(match);
    from = match[1];
  }
}

/** Each piece is taken as early as it fits: a later place of it would leave less for those behind it. */
function findMatch(
  { pieces, startsWord, endsWord }: Filter,
  folded: readonly string[],
  from: number,
): [number, number] | null {
  let start = -1;
  let end = from;
  const edges = startsWord || endsWord ? edgesOf(folded) : [];
  for (const [index, piece] of pieces.entries()) {
    const isAtEdges = (pieceStart: number, pieceEnd: number) =>
      (!(startsWord && index === 0) || edges[pieceStart] === true) &&
      (!(endsWord && index === pieces.length - 1) || edges[pieceEnd] === true);
    const pieceEnd = findPiece(piece, folded, end, isAtEdges);
    if (pieceEnd === -1) return null;
    if (index === 0) start = pieceEnd - piece.length;
    end = pieceEnd;
  }
  return start === -1 ? null : [start, end];
}

/** Returns the index behind the first match of a piece, or -1. Bit n: the last n + 1 letters match. */
function findPiece(
  { length, places, anywhere }: Piece,
  folded: readonly string[],
  from: number,
  isAccepted: (start: number, end: number) => boolean,
): number {
  const last = 1 << (length - 1);
  let matching = 0;
  for (let index = from; index < folded.length; index += 1) {
    const here = (places.get(folded[index] ?? "") ?? 0) | anywhere;
    matching = ((matching << 1) | 1) & here;
    if ((matching & last) !== 0 && isAccepted(index + 1 - length, index + 1)) return index + 1;
  }
  return -1;
}

/** The edges of each text that is being matched: fifty filters ask for each of its letters. */
const edgesByText = new WeakMap<readonly string[], readonly boolean[]>();

/**
 * Returns for each place in a text, and for its end, whether no word goes on there. Letters of scripts without spaces
 * belong to no word.
 */
function edgesOf(folded: readonly string[]): readonly boolean[] {
  const existing = edgesByText.get(folded);
  if (existing !== undefined) return existing;
  const inWord = folded.map((letter) => needsEdge(letter));
  const edges = Array.from(
    { length: folded.length + 1 },
    (_, index) => !(inWord[index - 1] === true && inWord[index] === true),
  );
  edgesByText.set(folded, edges);
  return edges;
}

function replaceRanges(text: string, ranges: readonly (readonly [number, number])[]): string {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  let replaced = "";
  let done = 0;
  for (const [from, to] of sorted) {
    if (to <= done) continue;
    if (from >= done) replaced += text.slice(done, from) + REPLACEMENT;
    done = to;
  }
  return replaced + text.slice(done);
}
