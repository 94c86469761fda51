/**
 * The line that a person is typing, as an immutable value: `edit(state, key)` returns the next one,
 * so that a draft, an undo step and a snapshot are the same thing. Positions are UTF-16 offsets that
 * always stand between two graphemes. The text is in NFC, with "\n" between lines.
 */
import { EDITOR_KEYS, type EditorCommand } from "./editor-keys.ts";
import { keyName, withoutShift } from "./key-names.ts";
import type { Key } from "./key-reader.ts";
import { graphemesOf } from "./width.ts";

/**
 * The longest text in UTF-16 units: forty pages. More is a file, and each key costs time by the
 * length.
 */
export const INPUT_UNITS_MAX = 20_000;
/** Sent texts that Up brings back: a day of talking. The room's own history has the rest. */
export const HISTORY_MAX = 500;
/** Steps back that anybody takes; each keeps a copy of the text. */
const UNDO_MAX = 100;
/** Kills that Alt-y can bring back. */
const KILLS_MAX = 20;
const TAB_SPACES = "    ";
/** Controls, and bidi overrides and isolates. */
const NOT_TYPEABLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;
const WORD_BEFORE = /[\p{L}\p{N}\p{M}_]*[^\p{L}\p{N}\p{M}_]*$/u;
const WORD_AFTER = /^[^\p{L}\p{N}\p{M}_]*[\p{L}\p{N}\p{M}_]*/u;

/** The line, its cursor, and what undo, history, yank and completion need. */
export interface EditorState {
  readonly text: string;
  readonly cursor: number;
  /** Texts sent before, oldest first. */
  readonly history: readonly string[];
  /** The index of the shown history entry, and the unfinished text before it; null for none. */
  readonly recall: { readonly index: number; readonly draft: string } | null;
  /** Oldest first. */
  readonly undoSteps: readonly UndoStep[];
  /** Whether the last change was typing, which one undo reverts as a whole. */
  readonly isTyping: boolean;
  /** Killed (cut) texts, oldest first. */
  readonly kills: readonly string[];
  /** Where the last yank starts, and which kill it was: Alt-y replaces it by the one before. */
  readonly yank: { readonly start: number; readonly index: number } | null;
  /** Whether the last key killed: consecutive kills are joined. */
  readonly isKilling: boolean;
  readonly completion: Completion | null;
}

interface UndoStep {
  readonly text: string;
  readonly cursor: number;
}

/** The completions that Tab cycles through: `options[0]` is the word as it was typed. */
interface Completion {
  readonly start: number;
  readonly options: readonly string[];
  readonly index: number;
}

/** An empty line without a history: what a new editor starts from. */
export const EMPTY_EDITOR: EditorState = {
  text: "",
  cursor: 0,
  history: [],
  recall: null,
  undoSteps: [],
  isTyping: false,
  kills: [],
  yank: null,
  isKilling: false,
  completion: null,
};

/**
 * Returns the state after a key. Keys without a meaning in a line return the same object, Enter and
 * Tab among them: their owner calls `clearSent` and `complete`.
 */
export function edit(state: EditorState, key: Key): EditorState {
  if (key.kind === "text" || key.kind === "paste") return insert(state, key.text, key.kind);
  const name = keyName(key);
  if (name === null) return state;
  const command = EDITOR_KEYS[name] ?? EDITOR_KEYS[withoutShift(name)];
  return command === undefined ? state : runEditorCommand(state, command);
}

/** Returns the state after a command by its name: a key that is bound to it gives the same. */
export function runEditorCommand(state: EditorState, command: EditorCommand): EditorState {
  return COMMANDS[command](state);
}

/**
 * Inserts `text` at the cursor: in NFC, tabs as spaces, without controls and bidi overrides. `how`:
 * consecutive typed texts are one undo step, each paste is its own.
 */
export function insert(
  state: EditorState,
  text: string,
  how: "text" | "paste" = "paste",
): EditorState {
  const space = INPUT_UNITS_MAX - state.text.length;
  const inserted = toTypeable(text).slice(0, Math.max(0, space)).toWellFormed();
  if (inserted === "") return state;
  const head = (state.text.slice(0, state.cursor) + inserted).normalize("NFC");
  const next = changeText(state, head + state.text.slice(state.cursor), head.length);
  return how === "text" && state.isTyping
    ? { ...next, undoSteps: state.undoSteps, isTyping: true }
    : { ...next, isTyping: how === "text" };
}

/**
 * Replaces the whole text and puts the cursor at its end, as for a draft or an edit of a message.
 */
export function replaceText(state: EditorState, text: string): EditorState {
  const replaced = toTypeable(text).slice(0, INPUT_UNITS_MAX).toWellFormed().normalize("NFC");
  return replaced === state.text ? state : changeText(state, replaced, replaced.length);
}

/**
 * Empties the line after its text was sent, and adds the text to the history unless it repeats the
 * last. A text that is a secret leaves no trace: not there, and not in what was cut.
 */
export function clearSent(state: EditorState, isSecret = false): EditorState {
  const { text, history: before } = state;
  if (isSecret) return { ...EMPTY_EDITOR, history: before };
  const isNew = text.trim() !== "" && text !== before.at(-1);
  const history = isNew ? [...before, text].slice(-HISTORY_MAX) : before;
  return { ...EMPTY_EDITOR, history, kills: state.kills };
}

/** Returns the word before the cursor and its start: what a completion looks up. */
export function wordBefore(state: EditorState): { start: number; word: string } {
  const start = /\S*$/.exec(state.text.slice(0, state.cursor))?.index ?? state.cursor;
  return { start, word: state.text.slice(start, state.cursor) };
}

/**
 * Handles Tab. The first time, the word before the cursor becomes the first of `candidates` (whole
 * replacements, with whatever follows them). Each further time, while `state.completion` is set, it
 * becomes the next one, and after the last the word as it was typed. `step` is -1 for Shift-Tab.
 * Returns the same state if there are no candidates.
 */
export function complete(state: EditorState, candidates: readonly string[], step = 1): EditorState {
  const { start, word } = wordBefore(state);
  const completion = state.completion ?? { start, options: [word, ...candidates], index: 0 };
  const { options } = completion;
  if (options.length < 2) return state;
  const index = (completion.index + step + options.length) % options.length;
  const head = state.text.slice(0, completion.start) + (options[index] ?? "");
  const next = changeText(state, head + state.text.slice(state.cursor), head.length);
  const undoSteps = state.completion === null ? next.undoSteps : state.undoSteps;
  return { ...next, undoSteps, completion: { ...completion, index } };
}

/** Returns whether Tab has several candidates for the word, and nothing was typed since. */
export function isChoosing({ completion }: EditorState): boolean {
  // The first option is the word as it was typed.
  return completion !== null && completion.options.length > 2;
}

/** Puts the word that {@link complete} has replaced back as it was typed, and forgets the candidates. */
export function takeBackCompletion(state: EditorState): EditorState {
  if (state.completion === null) return state;
  const typed = complete(state, [], -state.completion.index);
  return { ...typed, completion: null };
}

type Command = (state: EditorState) => EditorState;

const left: Command = (state) => moveTo(state, graphemeBefore(state.text, state.cursor));
const right: Command = (state) => moveTo(state, graphemeAfter(state.text, state.cursor));
const home: Command = (state) => moveTo(state, lineStart(state.text, state.cursor));
const end: Command = (state) => moveTo(state, lineEnd(state.text, state.cursor));
const wordLeft: Command = (state) => moveTo(state, wordStart(state.text, state.cursor));
const wordRight: Command = (state) => moveTo(state, wordEnd(state.text, state.cursor));
const backspace: Command = (state) =>
  remove(state, graphemeBefore(state.text, state.cursor), state.cursor);
const deleteNext: Command = (state) =>
  remove(state, state.cursor, graphemeAfter(state.text, state.cursor));

/** Up: the line above in a text of several lines; from the first line, the history. */
const up: Command = (state) => moveByLine(state, -1) ?? recallSent(state, -1);
const down: Command = (state) => moveByLine(state, 1) ?? recallSent(state, 1);

const killToEnd: Command = (state) => {
  const stop = lineEnd(state.text, state.cursor);
  const isAtEnd = stop === state.cursor;
  return kill(state, state.cursor, isAtEnd ? graphemeAfter(state.text, state.cursor) : stop);
};
const killToStart: Command = (state) => {
  const start = lineStart(state.text, state.cursor);
  const isAtStart = start === state.cursor;
  return kill(state, isAtStart ? graphemeBefore(state.text, state.cursor) : start, state.cursor);
};
/** Ctrl-W kills back to a space, Alt-Backspace only the letters of one word. */
const killToSpace: Command = (state) => {
  const start = /\S*\s*$/.exec(state.text.slice(0, state.cursor))?.index ?? 0;
  return kill(state, start, state.cursor);
};
const killWordBefore: Command = (state) =>
  kill(state, wordStart(state.text, state.cursor), state.cursor);
const killWordAfter: Command = (state) =>
  kill(state, state.cursor, wordEnd(state.text, state.cursor));

const yank: Command = (state) => {
  const index = state.kills.length - 1;
  const text = state.kills[index];
  if (text === undefined) return state;
  const next = insert(state, text);
  return next === state ? state : { ...next, yank: { start: state.cursor, index } };
};
const yankPrevious: Command = (state) => {
  if (state.yank === null || state.kills.length < 2) return state;
  const index = (state.yank.index - 1 + state.kills.length) % state.kills.length;
  const head = state.text.slice(0, state.yank.start) + (state.kills[index] ?? "");
  const next = changeText(state, head + state.text.slice(state.cursor), head.length);
  return { ...next, undoSteps: state.undoSteps, yank: { start: state.yank.start, index } };
};
const undo: Command = (state) => {
  const step = state.undoSteps.at(-1);
  if (step === undefined) return state;
  return { ...endGestures(state), ...step, undoSteps: state.undoSteps.slice(0, -1) };
};

const COMMANDS: Readonly<Record<EditorCommand, Command>> = {
  ...{ "backward-char": left, "forward-char": right },
  ...{ "backward-word": wordLeft, "forward-word": wordRight },
  ...{ "beginning-of-line": home, "end-of-line": end, "previous-line": up, "next-line": down },
  ...{ "delete-char": deleteNext, "backward-delete-char": backspace },
  ...{ "kill-line": killToEnd, "unix-line-discard": killToStart },
  ...{ "unix-word-rubout": killToSpace, "backward-kill-word": killWordBefore },
  ...{ "kill-word": killWordAfter, yank, "yank-pop": yankPrevious, undo },
  newline: (state) => insert(state, "\n"),
  "self-insert-space": (state) => insert(state, " ", "text"),
};

/** Returns the state with another text, one more undo step, and all gestures ended. */
function changeText(state: EditorState, text: string, cursor: number): EditorState {
  const undoSteps = [...state.undoSteps, { text: state.text, cursor: state.cursor }];
  const normalized = text.normalize("NFC");
  return {
    ...endGestures(state),
    text: normalized,
    cursor: boundaryBefore(normalized, cursor),
    undoSteps: undoSteps.slice(-UNDO_MAX),
  };
}

function moveTo(state: EditorState, target: number): EditorState {
  const cursor =
    target > state.cursor ? boundaryAfter(state.text, target) : boundaryBefore(state.text, target);
  return cursor === state.cursor ? state : { ...endGestures(state), cursor };
}

/** Ends what lasts only until the next key: typing, yanking, killing, completing. */
function endGestures(state: EditorState): EditorState {
  return { ...state, isTyping: false, yank: null, isKilling: false, completion: null };
}

function remove(state: EditorState, start: number, stop: number): EditorState {
  if (start === stop) return state;
  return changeText(state, state.text.slice(0, start) + state.text.slice(stop), start);
}

function kill(state: EditorState, from: number, to: number): EditorState {
  const start = boundaryBefore(state.text, from);
  const stop = boundaryAfter(state.text, to);
  if (start === stop) return state;
  const text = state.text.slice(start, stop);
  const previous = state.isKilling ? (state.kills.at(-1) ?? "") : "";
  const joined = start < state.cursor ? text + previous : previous + text;
  const others = state.isKilling ? state.kills.slice(0, -1) : state.kills;
  const kills = [...others, joined].slice(-KILLS_MAX);
  return { ...remove(state, start, stop), kills, isKilling: true };
}

/** Shows the previous (-1) or next (1) text of the history; behind the last, the draft. */
function recallSent(state: EditorState, step: 1 | -1): EditorState {
  const { index, draft } = state.recall ?? { index: state.history.length, draft: state.text };
  const next = index + step;
  if (next < 0 || next > state.history.length) return state;
  const text = state.history[next] ?? draft;
  const recall = next === state.history.length ? null : { index: next, draft };
  return { ...endGestures(state), text, cursor: text.length, undoSteps: [], recall };
}

/**
 * Moves to the same column, counted in graphemes, of the line above (-1) or below (1). Returns null
 * if there is none.
 */
function moveByLine(state: EditorState, step: 1 | -1): EditorState | null {
  const start = lineStart(state.text, state.cursor);
  const target = step < 0 ? start - 1 : lineEnd(state.text, state.cursor) + 1;
  if (target < 0 || target > state.text.length) return null;
  const column = graphemesOf(state.text.slice(start, state.cursor)).length;
  const targetStart = lineStart(state.text, target);
  const line = graphemesOf(state.text.slice(targetStart, lineEnd(state.text, target)));
  return moveTo(state, targetStart + line.slice(0, column).join("").length);
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const stop = text.indexOf("\n", offset);
  return stop < 0 ? text.length : stop;
}

function graphemeBefore(text: string, offset: number): number {
  return offset - (graphemesOf(text.slice(0, offset)).at(-1)?.length ?? 0);
}

function graphemeAfter(text: string, offset: number): number {
  return offset + (graphemesOf(text.slice(offset))[0]?.length ?? 0);
}

function wordStart(text: string, offset: number): number {
  return WORD_BEFORE.exec(text.slice(0, offset))?.index ?? 0;
}

function wordEnd(text: string, offset: number): number {
  return offset + (WORD_AFTER.exec(text.slice(offset))?.[0].length ?? 0);
}

/** Returns the last offset at or before `offset` that stands between two graphemes. */
function boundaryBefore(text: string, offset: number): number {
  let boundary = 0;
  for (const grapheme of graphemesOf(text)) {
    if (boundary + grapheme.length > offset) break;
    boundary += grapheme.length;
  }
  return boundary;
}

function boundaryAfter(text: string, offset: number): number {
  const boundary = boundaryBefore(text, offset);
  return boundary === offset ? offset : graphemeAfter(text, boundary);
}

function toTypeable(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replaceAll("\t", TAB_SPACES)
    .replace(NOT_TYPEABLE, (character) => (character === "\n" ? "\n" : ""));
}
