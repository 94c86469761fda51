/**
 * Keys into what they do: the next UiState, and effects for the world. Pure; chat-screen.ts carries the
 * effects out.
 */
import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import {
  clearSent,
  complete,
  EMPTY_EDITOR,
  edit,
  insert,
  replaceText,
} from "../../../terminal/editor.ts";
import { type SubmitInput, submitStep } from "../../../terminal/ime-submit.ts";
import type { Key } from "../../../terminal/keys.ts";
import { switcherChoices } from "../draw/switcher.ts";
import type { Effect } from "../effect.ts";
import { type UiState, viewOf, withView } from "../ui-state.ts";
import { candidatesFor } from "./completion.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";
import { goToConversation, goToNext, goToNumber, goToUnread } from "./navigation.ts";
import { scrollBy, toBottom } from "./scrolling.ts";
import { openSearch, pressInSearch } from "./search-keys.ts";

/** More lines than this are asked about before they are put in. */
const PASTE_LINES_FREE = 3;
/** Rows that a turn of the wheel moves. */
const WHEEL_ROWS = 3;

/** One key, or the time that an Enter was held for is over. */
export function handleKey(scene: KeyContext, key: Key | "timeout"): KeyResult {
  const { ui } = scene;
  if (ui.submit.kind === "held" || isEnter(key)) {
    const inLine = ui.paste === null && ui.switcher === null && ui.search === null;
    if (inLine) return pressEnter(scene, key);
  }
  return key === "timeout" ? just(ui) : pressOther(scene, key);
}

/** Enter, or whatever comes while an Enter is held. */
function pressEnter(scene: KeyContext, key: Key | "timeout"): KeyResult {
  const { ui } = scene;
  const look = viewOf(ui, ui.current);
  const step = submitStep(ui.submit, submitInput(key, look.editor.text), scene.holdSubmit);
  const waiting: KeyResult = {
    ui: { ...ui, submit: step.submit },
    effects: step.holdMs === 0 ? [] : [{ kind: "hold-submit", ms: step.holdMs }],
  };
  const done = step.send === null ? waiting : submit(scene.state, waiting.ui, step.send);
  if (step.consumed || key === "timeout") return done;
  const after = pressOther({ ...scene, ui: done.ui }, key);
  return { ui: after.ui, effects: [...done.effects, ...after.effects] };
}

function submitInput(key: Key | "timeout", text: string): SubmitInput {
  if (key === "timeout") return { kind: "timeout" };
  if (isEnter(key)) return { kind: "enter", text };
  return key.kind === "text" ? { kind: "text", text: key.text } : { kind: "other" };
}

function isEnter(key: Key | "timeout"): boolean {
  return (
    key !== "timeout" &&
    key.kind === "key" &&
    key.name === "enter" &&
    !key.alt &&
    !key.ctrl &&
    !key.shift
  );
}

/** The line is sent: as a command, an edit, an answer, or as it is. */
function submit(state: ClientState, ui: UiState, text: string): KeyResult {
  const { current } = ui;
  const look = viewOf(ui, current);
  if (text.trim() === "") return just(ui);
  const editor = clearSent(replaceText(look.editor, text));
  const isCommand = text.startsWith("/") && !text.startsWith("//");
  const one = state.conversations.get(current);
  if (isCommand) {
    const next = withView(ui, current, { editor, notes: [] });
    return { ui: next, effects: [{ kind: "slash", text }] };
  }
  if (one === undefined) return just(ui);
  const said = text.startsWith("//") ? text.slice(1) : text;
  const next = withView(ui, current, {
    ...{ editor, composeMode: null, anchor: null, highlighted: null, readAt: null, notes: [] },
  });
  const { composeMode } = look;
  const effect: Effect =
    composeMode?.kind === "edit"
      ? { kind: "edit", key: current, msgid: composeMode.msgid, text: said }
      : { kind: "say", key: current, text: said, replyTo: composeMode?.msgid ?? look.thread };
  const release: Effect[] =
    look.anchor === null ? [] : [{ kind: "hold-lines", key: current, held: false }];
  return { ui: next, effects: [effect, ...release] };
}

function pressOther(scene: KeyContext, key: Key): KeyResult {
  const { ui } = scene;
  if (key.kind === "focus") return just(focused(scene, key.on));
  if (key.kind === "mouse") return pressMouse(scene, key);
  if (key.kind === "cursor") return just(ui);
  if (ui.paste !== null) return answerPaste(scene, ui.paste, key);
  if (ui.switcher !== null) return pressInSwitcher(scene, key);
  if (ui.search !== null) return pressInSearch(scene, ui.search, key);
  if (key.kind === "paste" && key.text.replace(/\n$/, "").split("\n").length > PASTE_LINES_FREE) {
    return just({ ...ui, paste: key.text.replace(/\n$/, "") });
  }
  return (key.kind === "key" ? pressNamed(scene, key) : null) ?? type(scene, key);
}

type NamedKey = Extract<Key, { kind: "key" }>;

/** Keys that belong to the screen; null: the key is the editor's. */
function pressNamed(scene: KeyContext, key: NamedKey): KeyResult | null {
  if (key.alt && !key.ctrl) return pressAlt(scene, key);
  if (key.ctrl && !key.alt) return pressCtrl(scene, key);
  return pressPlain(scene, key);
}

function pressAlt(scene: KeyContext, { name }: NamedKey): KeyResult | null {
  const { state, ui } = scene;
  if (/^[0-9]$/.test(name)) return just(goToNumber(state, ui, Number(name) || 10));
  switch (name) {
    case "up":
      return just(goToNext(state, ui, -1));
    case "down":
      return just(goToNext(state, ui, 1));
    case "a":
      return just(goToUnread(state, ui));
    case "f":
      // With text behind the cursor Alt-f goes over a word, as it does everywhere.
      return hasTextBehind(ui) ? null : just(openSearch(ui));
    case "k":
      return just(openSwitcher(ui));
    case "r":
      return { ui, effects: [{ kind: "retry", key: ui.current }] };
    case "pageup":
      return scrollBy(scene, WHEEL_ROWS);
    case "pagedown":
      return scrollBy(scene, -WHEEL_ROWS);
    case "end":
      return toBottom(scene);
    default:
      return null;
  }
}

function pressCtrl(scene: KeyContext, { name }: NamedKey): KeyResult | null {
  const { ui } = scene;
  switch (name) {
    case "k":
      // With text behind the cursor Ctrl-K cuts it, as it does everywhere.
      return hasTextBehind(ui) ? null : just(openSwitcher(ui));
    case "l":
      return { ui, effects: [{ kind: "redraw" }] };
    case "c": {
      const { editor, composeMode } = viewOf(ui, ui.current);
      return editor.text === "" && composeMode === null ? stepBack(scene) : cleared(scene);
    }
    case "home":
      return scrollBy(scene, Number.MAX_SAFE_INTEGER);
    case "end":
      return toBottom(scene);
    default:
      return null;
  }
}

function pressPlain(scene: KeyContext, key: NamedKey): KeyResult | null {
  const look = viewOf(scene.ui, scene.ui.current);
  const page = Math.max(1, scene.view.pageRows - 1);
  switch (key.name) {
    case "pageup":
      return scrollBy(scene, page);
    case "pagedown":
      return scrollBy(scene, -page);
    case "home":
      return look.editor.text === "" ? scrollBy(scene, Number.MAX_SAFE_INTEGER) : null;
    case "end":
      return look.anchor !== null ? toBottom(scene) : null;
    case "tab":
      return pressTab(scene, key.shift ? -1 : 1);
    case "escape":
      return look.composeMode === null ? stepBack(scene) : cleared(scene);
    default:
      return null;
  }
}

function hasTextBehind(ui: UiState): boolean {
  const { cursor, text } = viewOf(ui, ui.current).editor;
  return cursor < text.length;
}

function openSwitcher(ui: UiState): UiState {
  return { ...ui, switcher: { editor: EMPTY_EDITOR, index: 0 } };
}

/** Out of the answers to one message into the room, back to the newest, and then into the menu. */
function stepBack({ ui, state }: KeyContext): KeyResult {
  const inRoom = viewOf(ui, ui.current).thread === null;
  const inPast = (state.conversations.get(ui.current)?.detached ?? null) !== null;
  if (inRoom && !inPast) return { ui, effects: [{ kind: "menu" }] };
  return just(withView(ui, ui.current, { thread: null, anchor: null, highlighted: null }));
}

/** An empty line, and no purpose: what was begun is given up. */
function cleared({ ui }: KeyContext): KeyResult {
  const { editor } = viewOf(ui, ui.current);
  const next = withView(ui, ui.current, { editor: replaceText(editor, ""), composeMode: null });
  return telling(next, "done");
}

function pressTab({ state, ui, commands }: KeyContext, step: 1 | -1): KeyResult {
  const { editor } = viewOf(ui, ui.current);
  const one = state.conversations.get(ui.current) ?? null;
  const candidates = editor.completion === null ? candidatesFor(editor, state, one, commands) : [];
  return just(withView(ui, ui.current, { editor: complete(editor, candidates, step) }));
}

/** The key goes to the line, and the others learn that one types. */
function type({ ui, state }: KeyContext, key: Key): KeyResult {
  const { current } = ui;
  const { editor } = viewOf(ui, current);
  const next = edit(editor, key);
  if (next === editor) return just(ui);
  const changed = withView(ui, current, { editor: next });
  if (next.text === editor.text || !tellsTyping(state.conversations.get(current))) {
    return just(changed);
  }
  if (next.text === "") return telling(changed, "done");
  // A command is nobody's business until it is given.
  const isCommand = next.text.startsWith("/") && !next.text.startsWith("//");
  return isCommand ? just(changed) : telling(changed, "active");
}

function telling(ui: UiState, what: "active" | "done"): KeyResult {
  return { ui, effects: [{ kind: "typing", key: ui.current, what }] };
}

function tellsTyping(one: ClientConversation | undefined): boolean {
  return one !== undefined && one.kind !== "server";
}

function focused(scene: KeyContext, on: boolean): UiState {
  const { state, ui } = scene;
  const next = { ...ui, focused: on };
  const one = state.conversations.get(ui.current);
  if (on || one === undefined || viewOf(ui, one.key).readAt !== null) return next;
  // What comes while one is away stands under the read line.
  const last = one.lines.at(-1)?.time;
  return last === undefined ? next : withView(next, one.key, { readAt: last });
}

function answerPaste({ ui }: KeyContext, paste: string, key: Key): KeyResult {
  if (key.kind !== "key") return just(ui);
  const closed = { ...ui, paste: null };
  if (key.name === "enter") {
    const { editor } = viewOf(ui, ui.current);
    return just(withView(closed, ui.current, { editor: insert(editor, paste) }));
  }
  return key.name === "escape" || (key.ctrl && key.name === "c") ? just(closed) : just(ui);
}

function pressInSwitcher(scene: KeyContext, key: Key): KeyResult {
  const { state, ui } = scene;
  const { switcher } = ui;
  if (switcher === null) return just(ui);
  const choices = switcherChoices(state, switcher.editor.text);
  const closed = { ...ui, switcher: null };
  if (key.kind === "key") {
    const step = key.name === "up" ? 1 : key.name === "down" ? -1 : 0;
    if (step !== 0 && !key.alt) {
      const index = Math.max(0, Math.min(choices.length - 1, switcher.index + step));
      return just({ ...ui, switcher: { ...switcher, index } });
    }
    const isClose =
      key.name === "escape" ||
      ((key.alt || key.ctrl) && key.name === "k") ||
      (key.ctrl && key.name === "c");
    if (isClose) return just(closed);
    if (key.name === "enter") {
      const one = choices[Math.min(switcher.index, choices.length - 1)];
      return just(one === undefined ? closed : goToConversation(state, closed, one.key));
    }
  }
  const editor = edit(switcher.editor, key);
  return just(editor === switcher.editor ? ui : { ...ui, switcher: { editor, index: 0 } });
}

function pressMouse(scene: KeyContext, key: Extract<Key, { kind: "mouse" }>): KeyResult {
  const { state, ui, view } = scene;
  switch (key.action) {
    case "wheel-up":
      return scrollBy(scene, WHEEL_ROWS);
    case "wheel-down":
      return scrollBy(scene, -WHEEL_ROWS);
    case "press": {
      const target = key.button === 0 ? view.clickTarget(key.row, key.column) : null;
      return just(target === null ? ui : goToConversation(state, ui, target));
    }
    case "release":
    case "drag":
      return just(ui);
  }
}

function just(ui: UiState): KeyResult {
  return { ui, effects: [] };
}
