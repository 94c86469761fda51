/**
 * The key bindings of the chat screen. Pure: a key gives the next UiState and effects, which
 * ChatScreen and ChatController perform.
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
import {
  hasCjk,
  keyboardAfter,
  type SubmitInput,
  submitStep,
} from "../../../terminal/ime-submit.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import { graphemesOf } from "../../../terminal/width.ts";
import { isForService } from "../../saved/service-secrets.ts";
import { isCommandLine, messageOfLine } from "../../slash/slash-command.ts";
import { switcherChoices } from "../draw/switcher.ts";
import { closeThreadPlace, endEdit } from "../input-places.ts";
import { onlyServer } from "../listed-places.ts";
import { type Switcher, type UiState, viewOf, withView } from "../ui-state.ts";
import { completionCandidates } from "./completion.ts";
import type { Effect, KeyContext, KeyResult } from "./key-context.ts";
import { isEmoji } from "./message-keys.ts";
import { pressMouse, WHEEL_ROWS } from "./mouse.ts";
import { goToNext, goToNumber, goToPlace, goToUnread } from "./navigation.ts";
import { openHelp, pressInPage } from "./page-keys.ts";
import { scrollBy, scrollToBottom } from "./scrolling.ts";
import { openSearch, pressInSearch } from "./search-keys.ts";
import { pressSelected } from "./select-keys.ts";
import { startSelecting } from "./selection.ts";

/** A paste of more lines asks for confirmation. */
const UNCONFIRMED_PASTE_LINES_MAX = 3;

type NamedKey = Extract<Key, { kind: "key" }>;

const ENTER: NamedKey = { kind: "key", name: "enter", ctrl: false, alt: false, shift: false };

/**
 * Returns the next UiState and the effects of a key; changes nothing itself. "timeout" is the end of the
 * time that the effect "hold-submit" asked for.
 */
export function handleKey(context: KeyContext, key: Key | "timeout"): KeyResult {
  const ui = withTypedKey(context, key);
  const step = submitStep(ui.submit, submitInput(ui, key), context.holdSubmit && mayBeLate(ui));
  const effects: Effect[] = step.holdMs === 0 ? [] : [{ kind: "hold-submit", ms: step.holdMs }];
  let next: UiState = { ...ui, submit: step.submit };
  for (const part of step.order) {
    const pressed = part === "enter" ? ENTER : key;
    if (pressed === "timeout") continue;
    const result = pressKey({ ...context, ui: next }, pressed);
    next = result.ui;
    effects.push(...result.effects);
  }
  return { ui: next, effects };
}

function submitInput(ui: UiState, key: Key | "timeout"): SubmitInput {
  if (key === "timeout") return { kind: "timeout" };
  if (isEnter(key) && takesText(ui)) return { kind: "enter" };
  return key.kind === "text" ? { kind: "text", text: key.text } : { kind: "other" };
}

/** Whether Enter ends a text here, so that a syllable may be late: not in a question, a menu or a selection. */
function takesText(ui: UiState): boolean {
  if (ui.paste !== null) return false;
  if (ui.switcher !== null || ui.search !== null) return true;
  if (ui.page !== null) {
    return ui.page.kind === "help" || (ui.page.kind === "person" && ui.page.step.kind === "reason");
  }
  const { selection } = viewOf(ui, ui.current);
  return selection === null || selection.question?.kind === "react";
}

/** Returns whether a key is Enter, without modifiers. */
export function isEnter(key: Key | "timeout"): boolean {
  return (
    key !== "timeout" &&
    key.kind === "key" &&
    key.name === "enter" &&
    !key.alt &&
    !key.ctrl &&
    !key.shift
  );
}

/** Notes what a key shows: what is typed with this keyboard, and that the window has the focus. */
function withTypedKey(context: KeyContext, key: Key | "timeout"): UiState {
  if (key === "timeout" || key.kind === "mouse" || key.kind === "cursor") return context.ui;
  // The report of the focus may have been lost.
  const ui = context.ui.focused || key.kind === "focus" ? context.ui : withFocus(context, true);
  if (key.kind !== "text") return ui;
  return { ...ui, keyboard: keyboardAfter(ui.keyboard, key.text, false) };
}

/** Whether a syllable may come after Enter. The first Enter of a session waits until more is known. */
function mayBeLate(ui: UiState): boolean {
  if (ui.keyboard !== "latin") return true;
  const { editor } = ui.switcher ?? ui.search ?? viewOf(ui, ui.current);
  return hasCjk(editor.text);
}

/** Sends the input line as a command, a reply or a message. */
function submit(state: ClientState, before: UiState): KeyResult {
  const { current } = before;
  const view = viewOf(before, current);
  const { text } = view.editor;
  const ui = { ...before, keyboard: keyboardAfter(before.keyboard, text, true) };
  if (text.trim() === "") return only(ui);
  const name = state.conversations.get(current)?.name ?? "";
  if (view.editTarget !== null) {
    const { msgid } = view.editTarget;
    const ended = withView(ui, current, endEdit(view));
    return { ui: ended, effects: [{ kind: "edit", key: current, msgid, text }] };
  }
  const editor = clearSent(replaceText(view.editor, text), isForService(text, name));
  if (isCommandLine(text)) {
    const next = withView(ui, current, { editor, notes: [] });
    return { ui: next, effects: [{ kind: "slash", text }] };
  }
  if (!state.conversations.has(current)) return only(ui);
  const message = messageOfLine(text);
  const next = withView(ui, current, {
    ...{ editor, replyTarget: null, anchor: null, highlighted: null, readAt: null, notes: [] },
  });
  const replyTo = view.replyTarget?.msgid ?? view.thread;
  const say: Effect = { kind: "say", key: current, text: message, replyTo };
  const release: Effect[] =
    view.anchor === null ? [] : [{ kind: "hold-lines", key: current, held: false }];
  return { ui: next, effects: [say, ...release] };
}

function pressKey(context: KeyContext, key: Key): KeyResult {
  const { ui } = context;
  const { selection } = viewOf(ui, ui.current);
  const isPointing = selection !== null && selection.question?.kind !== "react";
  if (key.kind === "text" && isPointing && !isEmoji(key.text)) {
    // Each letter is a key of its own, and those behind one that ends selecting are typed into the input line.
    const [letter = "", ...others] = graphemesOf(key.text);
    if (others.length > 0) return pressEach(context, [letter, others.join("")]);
  }
  if (key.kind === "focus") return only(withFocus(context, key.on));
  if (key.kind === "mouse") return pressMouse(context, key);
  if (key.kind === "cursor") return only(ui);
  if (ui.paste !== null) return confirmPaste(context, ui.paste, key);
  if (ui.switcher !== null) return pressInSwitcher(context, ui.switcher, key);
  if (ui.search !== null) return pressInSearch(context, ui.search, key);
  if (ui.page !== null) return pressInPage(context, ui.page, key);
  if (selection !== null) {
    const result = pressSelected(context, selection, key);
    if (result !== null) return result;
  }
  if (isEnter(key)) return submit(context.state, ui);
  if (key.kind === "paste") {
    const paste = key.text.replace(/\n$/, "");
    if (paste.split("\n").length > UNCONFIRMED_PASTE_LINES_MAX) return only({ ...ui, paste });
  }
  return (key.kind === "key" ? pressNamed(context, key) : null) ?? typeKey(context, key);
}

/** Handles texts as if they had been typed one after the other. */
function pressEach(context: KeyContext, texts: readonly string[]): KeyResult {
  const effects: Effect[] = [];
  let { ui } = context;
  for (const text of texts) {
    const result = pressKey({ ...context, ui }, { kind: "text", text });
    ui = result.ui;
    effects.push(...result.effects);
  }
  return { ui, effects };
}

/** Handles the keys of the screen; returns null for a key of the editor. */
function pressNamed(context: KeyContext, key: NamedKey): KeyResult | null {
  if (key.alt && !key.ctrl) return pressAlt(context, key);
  if (key.ctrl && !key.alt) return pressCtrl(context, key);
  return pressPlain(context, key);
}

function pressAlt(context: KeyContext, { name }: NamedKey): KeyResult | null {
  const { ui } = context;
  if (/^[0-9]$/.test(name)) return goToNumber(context, Number(name) || 10);
  switch (name) {
    case "up":
      return goToNext(context, -1);
    case "down":
      return goToNext(context, 1);
    case "a":
      return goToUnread(context);
    case "f":
      // With text after the cursor Alt-f goes over a word, as in every editor.
      return hasTextAfterCursor(ui) ? null : only(openSearch(ui));
    case "k":
      return only(openSwitcher(ui));
    case "r":
      return { ui, effects: [{ kind: "retry", key: ui.current }] };
    case "pageup":
      return scrollBy(context, WHEEL_ROWS);
    case "pagedown":
      return scrollBy(context, -WHEEL_ROWS);
    case "end":
      return scrollToBottom(context);
    default:
      return null;
  }
}

function pressCtrl(context: KeyContext, { name }: NamedKey): KeyResult | null {
  const { ui } = context;
  switch (name) {
    case "k":
      // With text after the cursor Ctrl-K cuts it, as in every editor.
      return hasTextAfterCursor(ui) ? null : only(openSwitcher(ui));
    case "l":
      return { ui, effects: [{ kind: "redraw" }] };
    case "up":
      return startSelecting(context);
    case "c":
      return viewOf(ui, ui.current).editor.text === "" && !isComposing(ui)
        ? goBack(context)
        : clearInput(context);
    case "home":
      return scrollBy(context, Number.MAX_SAFE_INTEGER);
    case "end":
      return scrollToBottom(context);
    default:
      return null;
  }
}

function pressPlain(context: KeyContext, key: NamedKey): KeyResult | null {
  const view = viewOf(context.ui, context.ui.current);
  const pageRows = Math.max(1, context.chatView.pageRows - 1);
  switch (key.name) {
    case "pageup":
      return scrollBy(context, pageRows);
    case "pagedown":
      return scrollBy(context, -pageRows);
    case "home":
      return view.editor.text === "" ? scrollBy(context, Number.MAX_SAFE_INTEGER) : null;
    case "end":
      return view.anchor !== null ? scrollToBottom(context) : null;
    case "f1":
      return only(openHelp(context.ui, ""));
    case "up":
      return key.shift ? startSelecting(context) : null;
    case "tab":
      return pressTab(context, key.shift ? -1 : 1);
    case "escape":
      return isComposing(context.ui) ? clearInput(context) : goBack(context);
    default:
      return null;
  }
}

function hasTextAfterCursor(ui: UiState): boolean {
  const { cursor, text } = viewOf(ui, ui.current).editor;
  return cursor < text.length;
}

/** Whether a reply is being written, or a sent message changed. */
function isComposing(ui: UiState): boolean {
  const { replyTarget, editTarget } = viewOf(ui, ui.current);
  return replyTarget !== null || editTarget !== null;
}

/** Leaves an open thread, or else a detached part of the history, or else goes to the menu. */
function goBack({ ui, state }: KeyContext): KeyResult {
  const view = viewOf(ui, ui.current);
  if (view.thread !== null) return only(withView(ui, ui.current, closeThreadPlace(view)));
  const isDetached = (state.conversations.get(ui.current)?.detached ?? null) !== null;
  if (!isDetached) return { ui, effects: [{ kind: "menu" }] };
  return only(withView(ui, ui.current, { anchor: null, highlighted: null }));
}

/** Gives up an edit, or empties the input line and gives up a reply. */
function clearInput({ ui }: KeyContext): KeyResult {
  const view = viewOf(ui, ui.current);
  const change =
    view.editTarget === null
      ? { editor: replaceText(view.editor, ""), replyTarget: null }
      : endEdit(view);
  return withTyping(withView(ui, ui.current, change), "done");
}

function pressTab({ state, ui, commands }: KeyContext, step: 1 | -1): KeyResult {
  const { editor } = viewOf(ui, ui.current);
  const conversation = state.conversations.get(ui.current) ?? null;
  const candidates =
    editor.completion === null ? completionCandidates(editor, state, conversation, commands) : [];
  return only(withView(ui, ui.current, { editor: complete(editor, candidates, step) }));
}

/** Passes a key to the input line, and sends a typing notification. */
function typeKey({ ui, state }: KeyContext, key: Key): KeyResult {
  const { current } = ui;
  const { editor } = viewOf(ui, current);
  const edited = edit(editor, key);
  if (edited === editor) return only(ui);
  const next = withView(ui, current, { editor: edited });
  const sharesTyping = canShowTyping(state.conversations.get(current));
  if (edited.text === editor.text || !sharesTyping) return only(next);
  if (edited.text === "") return withTyping(next, "done");
  // A command isn't a message, so typing one sends no typing notification.
  return isCommandLine(edited.text) ? only(next) : withTyping(next, "active");
}

function withTyping(ui: UiState, status: "active" | "done"): KeyResult {
  return { ui, effects: [{ kind: "typing", key: ui.current, status }] };
}

function canShowTyping(conversation: ClientConversation | undefined): boolean {
  return conversation !== undefined && conversation.kind !== "server";
}

function withFocus(context: KeyContext, focused: boolean): UiState {
  const { state, ui } = context;
  const next = { ...ui, focused };
  const conversation = state.conversations.get(ui.current);
  if (focused || conversation === undefined || viewOf(ui, conversation.key).readAt !== null) {
    return next;
  }
  // Lines that come while the window has no focus belong below the read marker.
  const readAt = conversation.lines.at(-1)?.time;
  return readAt === undefined ? next : withView(next, conversation.key, { readAt });
}

function confirmPaste({ ui }: KeyContext, paste: string, key: Key): KeyResult {
  if (key.kind !== "key") return only(ui);
  const closed = { ...ui, paste: null };
  if (key.name === "enter") {
    const { editor } = viewOf(ui, ui.current);
    return only(withView(closed, ui.current, { editor: insert(editor, paste) }));
  }
  return key.name === "escape" || (key.ctrl && key.name === "c") ? only(closed) : only(ui);
}

/** Opens the switcher with an empty query. */
function openSwitcher(ui: UiState): UiState {
  return { ...ui, switcher: { editor: EMPTY_EDITOR, index: 0 } };
}

/** Handles a key in the open switcher: arrows choose, Enter goes there, Esc closes, all else is typed. */
function pressInSwitcher(context: KeyContext, switcher: Switcher, key: Key): KeyResult {
  const { ui } = context;
  const servers = context.servers ?? onlyServer(context.state);
  const choices = switcherChoices(servers, switcher.editor.text);
  const last = choices.length - 1;
  const closed = { ...ui, switcher: null };
  if (key.kind === "key") {
    const step = key.name === "up" ? 1 : key.name === "down" ? -1 : 0;
    if (step !== 0 && !key.alt) {
      const index = Math.max(0, Math.min(last, switcher.index + step));
      return only({ ...ui, switcher: { ...switcher, index } });
    }
    const isClose =
      key.name === "escape" ||
      ((key.alt || key.ctrl) && key.name === "k") ||
      (key.ctrl && key.name === "c");
    if (isClose) return only(closed);
    if (key.name === "enter") {
      const choice = choices[Math.min(switcher.index, last)];
      return goToPlace({ ...context, ui: closed }, choice ?? null);
    }
  }
  const editor = edit(switcher.editor, key);
  return only(editor === switcher.editor ? ui : { ...ui, switcher: { editor, index: 0 } });
}

function only(ui: UiState): KeyResult {
  return { ui, effects: [] };
}
