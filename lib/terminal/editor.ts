/**
 * The line that a person is typing, as a value: `edit(state, key)` gives the next one, so that a
 * draft, an undo and a snapshot are the same thing. Positions are UTF-16 offsets that always stand
 * between two graphemes; the text is NFC, and its lines are parted by "\n".
 */

import type { Key } from "./keys.ts";
import { graphemesOf } from "./width.ts";

export interface EditorState {
  readonly text: string;
  readonly at: number;
  /** What was sent before, oldest first. */
  readonly history: readonly string[];
  /** Where in the history the person looks, and what they were typing before they looked. */
  readonly looking: { readonly index: number; readonly draft: string } | null;
  readonly past: readonly Moment[];
  /** Whether the last change was typing, which one undo takes back as a whole. */
  readonly typing: boolean;
  readonly kills: readonly string[];
  /** Where the last yank stands and which kill it was: Alt-y replaces it by the one before. */
  readonly yank: { readonly start: number; readonly index: number } | null;
  /** Whether the last key killed: kills in a row are one. */
  readonly killing: boolean;
  readonly completion: Completion | null;
}

interface Moment {
  readonly text: string;
  readonly at: number;
}

/** What Tab goes through: `options[0]` is the word as it was typed. */
interface Completion {
  readonly start: number;
  readonly options: readonly string[];
  readonly index: number;
}

/** The longest text in UTF-16 units: forty pages. More is a file, and every key costs its length. */
export const INPUT_UNITS_MAX = 20_000;
/** A day of talking; the file of a room remembers the rest. */
export const HISTORY_MAX = 500;
/** Steps back that anybody takes; each keeps a copy of the text. */
const UNDO_MAX = 100;
/** Cuts that can be brought back by Alt-y. */
const KILLS_MAX = 20;

export const EMPTY_EDITOR: EditorState = {
  text: "",
  at: 0,
  history: [],
  looking: null,
  past: [],
  typing: false,
  kills: [],
  yank: null,
  killing: false,
  completion: null,
};

/**
 * The state after a key. Keys that mean nothing in a line give the same object back, Enter and Tab
 * among them: what those do is decided by who owns the line (`sent`, `completeRegistration`).
 */
export function edit(state: EditorState, key: Key): EditorState {
  if (key.kind === "text" || key.kind === "paste") return insert(state, key.text, key.kind);
  if (key.kind !== "key") return state;
  if (key.ctrl && key.alt) return state;
  const name = key.name;
  if (key.ctrl) return CTRL[name]?.(state) ?? state;
  if (key.alt) return ALT[name]?.(state) ?? state;
  if (name === "enter" && key.shift) return insert(state, "\n");
  return PLAIN[name]?.(state) ?? state;
}

/** `text` put in at the cursor: composed, tabs as spaces, no controls and no bidi overrides. */
export function insert(
  state: EditorState,
  text: string,
  how: "text" | "paste" = "paste",
): EditorState {
  const room = INPUT_UNITS_MAX - state.text.length;
  const put = typeable(text).slice(0, Math.max(0, room)).toWellFormed();
  if (put === "") return state;
  const head = (state.text.slice(0, state.at) + put).normalize("NFC");
  const next = changed(state, head + state.text.slice(state.at), head.length);
  return how === "text" && state.typing
    ? { ...next, past: state.past, typing: true }
    : { ...next, typing: how === "text" };
}

/** A line with other text in it, the cursor at its end: for a draft or an edit of a message. */
export function withText(state: EditorState, text: string): EditorState {
  const put = typeable(text).slice(0, INPUT_UNITS_MAX).toWellFormed().normalize("NFC");
  return put === state.text ? state : changed(state, put, put.length);
}

/** The line after its text was sent: empty, and the text remembered unless it repeats the last. */
export function sent(state: EditorState): EditorState {
  const text = state.text;
  const remember = text.trim() !== "" && text !== state.history.at(-1);
  const history = remember ? [...state.history, text].slice(-HISTORY_MAX) : state.history;
  return { ...EMPTY_EDITOR, history, kills: state.kills };
}

/** The word before the cursor, and where it begins: what a completion looks for. */
export function wordBefore(state: EditorState): { start: number; word: string } {
  const start = /\S*$/.exec(state.text.slice(0, state.at))?.index ?? state.at;
  return { start, word: state.text.slice(start, state.at) };
}

/**
 * Tab. The first time the word before the cursor becomes the first of `candidates` (whole
 * replacements, with whatever should stand after them); each further time (while nothing else was
 * typed, see `state.completion`) the next one, and after the last the word as it was. `step` is -1
 * for Shift-Tab. No candidates: the same state.
 */
export function complete(
  state: EditorState,
  candidates: readonly string[],
  step: 1 | -1 = 1,
): EditorState {
  const { start, word } = wordBefore(state);
  const begun = state.completion ?? { start, options: [word, ...candidates], index: 0 };
  if (begun.options.length < 2) return state;
  const index = (begun.index + step + begun.options.length) % begun.options.length;
  const head = state.text.slice(0, begun.start) + (begun.options[index] ?? "");
  const next = changed(state, head + state.text.slice(state.at), head.length);
  const past = state.completion === null ? next.past : state.past;
  return { ...next, past, completion: { ...begun, index } };
}

type Move = (state: EditorState) => EditorState;

const left: Move = (state) => moved(state, before(state.text, state.at));
const right: Move = (state) => moved(state, after(state.text, state.at));
const home: Move = (state) => moved(state, lineStart(state.text, state.at));
const end: Move = (state) => moved(state, lineEnd(state.text, state.at));
const wordLeft: Move = (state) => moved(state, wordStart(state.text, state.at));
const wordRight: Move = (state) => moved(state, wordEnd(state.text, state.at));
const backspace: Move = (state) => removed(state, before(state.text, state.at), state.at);
const remove: Move = (state) => removed(state, state.at, after(state.text, state.at));

/** Up: the line above in a text of several lines, and from the first line the history. */
const up: Move = (state) => vertical(state, -1) ?? look(state, -1);
const down: Move = (state) => vertical(state, 1) ?? look(state, 1);

const killToEnd: Move = (state) => {
  const stop = lineEnd(state.text, state.at);
  return killed(state, state.at, stop === state.at ? after(state.text, state.at) : stop);
};
const killToStart: Move = (state) => {
  const start = lineStart(state.text, state.at);
  return killed(state, start === state.at ? before(state.text, state.at) : start, state.at);
};
/** Ctrl-W takes everything back to a space, Alt-Backspace only the letters of one word. */
const killBlank: Move = (state) => {
  const start = /\S*\s*$/.exec(state.text.slice(0, state.at))?.index ?? 0;
  return killed(state, start, state.at);
};
const killWordBack: Move = (state) => killed(state, wordStart(state.text, state.at), state.at);
const killWord: Move = (state) => killed(state, state.at, wordEnd(state.text, state.at));

const yank: Move = (state) => {
  const index = state.kills.length - 1;
  const text = state.kills[index];
  if (text === undefined) return state;
  const next = insert(state, text);
  return next === state ? state : { ...next, yank: { start: state.at, index } };
};
const yankBefore: Move = (state) => {
  if (state.yank === null || state.kills.length < 2) return state;
  const index = (state.yank.index - 1 + state.kills.length) % state.kills.length;
  const head = state.text.slice(0, state.yank.start) + (state.kills[index] ?? "");
  const next = changed(state, head + state.text.slice(state.at), head.length);
  return { ...next, past: state.past, yank: { start: state.yank.start, index } };
};
const undo: Move = (state) => {
  const moment = state.past.at(-1);
  return moment === undefined
    ? state
    : { ...settled(state), ...moment, past: state.past.slice(0, -1) };
};

const PLAIN: Readonly<Record<string, Move>> = {
  ...{ left, right, home, end, up, down, backspace, delete: remove },
  space: (state) => insert(state, " ", "text"),
};
const CTRL: Readonly<Record<string, Move>> = {
  ...{ a: home, e: end, b: left, f: right, p: up, n: down, d: remove, h: backspace },
  ...{ k: killToEnd, u: killToStart, w: killBlank, y: yank, _: undo, z: undo },
  ...{ left: wordLeft, right: wordRight, backspace: killWordBack, delete: killWord },
};
const ALT: Readonly<Record<string, Move>> = {
  ...{ b: wordLeft, f: wordRight, d: killWord, y: yankBefore, backspace: killWordBack },
  enter: (state) => insert(state, "\n"),
};

/** The state with another text: one more step for undo, everything else of the moment settled. */
function changed(state: EditorState, text: string, at: number): EditorState {
  const past = [...state.past, { text: state.text, at: state.at }].slice(-UNDO_MAX);
  const whole = text.normalize("NFC");
  return { ...settled(state), text: whole, at: boundary(whole, at), past };
}

function moved(state: EditorState, asked: number): EditorState {
  const at = asked > state.at ? boundaryUp(state.text, asked) : boundary(state.text, asked);
  return at === state.at ? state : { ...settled(state), at };
}

/** What lasts only until the next key is over. */
function settled(state: EditorState): EditorState {
  return { ...state, typing: false, yank: null, killing: false, completion: null };
}

function removed(state: EditorState, start: number, stop: number): EditorState {
  if (start === stop) return state;
  return changed(state, state.text.slice(0, start) + state.text.slice(stop), start);
}

function killed(state: EditorState, from: number, to: number): EditorState {
  const start = boundary(state.text, from);
  const stop = boundaryUp(state.text, to);
  if (start === stop) return state;
  const text = state.text.slice(start, stop);
  const last = state.killing ? (state.kills.at(-1) ?? "") : "";
  const whole = start < state.at ? text + last : last + text;
  const others = state.killing ? state.kills.slice(0, -1) : state.kills;
  const kills = [...others, whole].slice(-KILLS_MAX);
  return { ...removed(state, start, stop), kills, killing: true };
}

function look(state: EditorState, step: 1 | -1): EditorState {
  const { index, draft } = state.looking ?? { index: state.history.length, draft: state.text };
  const next = index + step;
  if (next < 0 || next > state.history.length) return state;
  const text = state.history[next] ?? draft;
  const looking = next === state.history.length ? null : { index: next, draft };
  return { ...settled(state), text, at: text.length, past: [], looking };
}

/** The same place in the line above or below, counted in graphemes, or null when there is none. */
function vertical(state: EditorState, step: 1 | -1): EditorState | null {
  const start = lineStart(state.text, state.at);
  const target = step < 0 ? start - 1 : lineEnd(state.text, state.at) + 1;
  if (target < 0 || target > state.text.length) return null;
  const column = graphemesOf(state.text.slice(start, state.at)).length;
  const from = lineStart(state.text, target);
  const line = graphemesOf(state.text.slice(from, lineEnd(state.text, target)));
  return moved(state, from + line.slice(0, column).join("").length);
}

function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  const stop = text.indexOf("\n", at);
  return stop < 0 ? text.length : stop;
}

function before(text: string, at: number): number {
  return at - (graphemesOf(text.slice(0, at)).at(-1)?.length ?? 0);
}

function after(text: string, at: number): number {
  return at + (graphemesOf(text.slice(at))[0]?.length ?? 0);
}

function wordStart(text: string, at: number): number {
  return /[\p{L}\p{N}\p{M}_]*[^\p{L}\p{N}\p{M}_]*$/u.exec(text.slice(0, at))?.index ?? 0;
}

function wordEnd(text: string, at: number): number {
  return at + (/^[^\p{L}\p{N}\p{M}_]*[\p{L}\p{N}\p{M}_]*/u.exec(text.slice(at))?.[0].length ?? 0);
}

/** The last place at or before `at` that stands between two graphemes. */
function boundary(text: string, at: number): number {
  let place = 0;
  for (const grapheme of graphemesOf(text)) {
    if (place + grapheme.length > at) break;
    place += grapheme.length;
  }
  return place;
}

function boundaryUp(text: string, at: number): number {
  const place = boundary(text, at);
  return place === at ? at : after(text, place);
}

function typeable(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replaceAll("\t", "    ")
    .replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (letter) => (letter === "\n" ? "\n" : ""));
}
