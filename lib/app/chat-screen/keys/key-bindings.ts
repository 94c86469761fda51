/**
 * The key bindings of the chat screen. Pure: a key gives the next UiState and effects, which
 * ChatScreen and ChatController perform.
 */
import type { ClientConversation } from "../../../chat-client/client-state.ts";
import {
  clearSent,
  type EditorState,
  edit,
  insert,
  replaceText,
  runEditorCommand,
} from "../../../terminal/editor.ts";
import { isEditorCommand } from "../../../terminal/editor-keys.ts";
import {
  hasCjk,
  keyboardAfter,
  type SubmitInput,
  submitStep,
} from "../../../terminal/ime-submit.ts";
import { type KeyName, keyName, letterName } from "../../../terminal/key-names.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import { graphemesOf } from "../../../terminal/width.ts";
import { isForService } from "../../saved/service-secrets.ts";
import { expandLine } from "../../slash/alias.ts";
import { isCommandLine, messageOfLine } from "../../slash/slash-command.ts";
import { endEdit } from "../input-places.ts";
import { type UiState, viewOf, withView } from "../ui-state.ts";
import { askAboutDrop, pressInFileQuestion } from "./file-question-keys.ts";
import type { Effect, KeyContext, KeyResult } from "./key-context.ts";
import { targetOfKey } from "./key-map.ts";
import type { KeyTarget } from "./key-table.ts";
import { isEmoji } from "./message-keys.ts";
import { pressMouse } from "./mouse.ts";
import { pressInPage } from "./page-keys.ts";
import { holds, runScreenAction } from "./screen-actions.ts";
import { pressInSearch } from "./search-keys.ts";
import { pressSelected } from "./select-keys.ts";
import { pressInSwitcher } from "./switcher-keys.ts";

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
  const input = submitInput({ ...context, ui }, key);
  const step = submitStep(ui.submit, input, context.holdSubmit && mayBeLate(ui));
  const effects: Effect[] = step.holdMs === 0 ? [] : [{ kind: "hold-submit", ms: step.holdMs }];
  let next: UiState = { ...ui, submit: step.submit };
  for (const part of step.order) {
    if (part !== "enter" && key === "timeout") continue;
    const now = { ...context, ui: next };
    const result = part === "enter" ? pressSubmit(now) : pressKey(now, key as Key);
    next = result.ui;
    effects.push(...result.effects);
  }
  return { ui: next, effects };
}

function submitInput(context: KeyContext, key: Key | "timeout"): SubmitInput {
  if (key === "timeout") return { kind: "timeout" };
  if (isSubmitKey(context, key)) return { kind: "enter" };
  return key.kind === "text" ? { kind: "text", text: key.text } : { kind: "other" };
}

/** Returns whether a key ends the text that is being typed: in the input line what is bound to `send`, elsewhere Enter. */
export function isSubmitKey(context: KeyContext, key: Key | "timeout"): boolean {
  const { ui } = context;
  const { keyMap } = context.input;
  if (key === "timeout" || !takesText(ui)) return false;
  if (!isInInputLine(ui)) return isEnter(key);
  const name = ui.keyPrefix === null ? keyName(key) : null;
  return name !== null && targetOfKey(keyMap, name, (when) => holds(ui, when)) === "send";
}

function pressSubmit(context: KeyContext): KeyResult {
  return isInInputLine(context.ui) ? submit(context) : pressKey(context, ENTER);
}

function isInInputLine(ui: UiState): boolean {
  const isAsked = ui.paste !== null || ui.fileQuestion !== null;
  const isCovered = isAsked || ui.switcher !== null || ui.search !== null;
  return !isCovered && ui.page === null && viewOf(ui, ui.current).selection === null;
}

/** Whether Enter ends a text here, so that a syllable may be late: not in a question, a menu or a selection. */
function takesText(ui: UiState): boolean {
  if (ui.paste !== null || ui.fileQuestion !== null) return false;
  if (ui.switcher !== null || ui.search !== null) return true;
  if (ui.page !== null) {
    return (
      ui.page.kind === "help" ||
      ui.page.kind === "files" ||
      (ui.page.kind === "person" && ui.page.step.kind === "reason")
    );
  }
  const { selection } = viewOf(ui, ui.current);
  return selection === null || selection.question?.kind === "react";
}

/** Returns whether a key is Enter, without modifiers. */
function isEnter(key: Key): boolean {
  return key.kind === "key" && key.name === "enter" && !key.alt && !key.ctrl && !key.shift;
}

/** Notes what a key shows: what is typed with this keyboard, and that the window has the focus. */
function withTypedKey(context: KeyContext, key: Key | "timeout"): UiState {
  if (key === "timeout" || key.kind === "mouse" || isAnswer(key)) return context.ui;
  // The report of the focus may have been lost.
  const ui = context.ui.focused || key.kind === "focus" ? context.ui : withFocus(context, true);
  if (key.kind !== "text") return ui;
  return { ...ui, keyboard: keyboardAfter(ui.keyboard, key.text, false) };
}

/** Whether the terminal answered a question: nobody pressed anything. */
function isAnswer({ kind }: Key): boolean {
  return kind === "cursor" || kind === "background" || kind === "answer";
}

/** Whether a syllable may come after Enter. The first Enter of a session waits until more is known. */
function mayBeLate(ui: UiState): boolean {
  if (ui.keyboard !== "latin") return true;
  const { editor } = ui.switcher ?? ui.search ?? viewOf(ui, ui.current);
  return hasCjk(editor.text);
}

/** Sends the input line as a command, a reply or a message. */
function submit({ state, ui: before, input }: KeyContext): KeyResult {
  const { current } = before;
  const view = viewOf(before, current);
  const { text } = view.editor;
  const ui = { ...before, keyboard: keyboardAfter(before.keyboard, text, true) };
  if (view.attachments.length > 0 && !isCommandLine(text))
    return sendAttached(ui, messageOfLine(text));
  if (text.trim() === "") return only(ui);
  const name = state.conversations.get(current)?.name ?? "";
  if (view.editTarget !== null && !isCommandLine(text)) {
    const { msgid } = view.editTarget;
    const ended = withView(ui, current, endEdit(view));
    return {
      ui: ended,
      effects: [{ kind: "edit", key: current, msgid, text: messageOfLine(text) }],
    };
  }
  const lines = isCommandLine(text) ? expandLine(input.aliases, text, () => true) : [];
  const isSecret = [text, ...("kind" in lines ? [] : lines)].some((line) =>
    isForService(line, name),
  );
  const editor = clearSent(replaceText(view.editor, text), isSecret);
  if (isCommandLine(text)) {
    // Also in place of a changed message: a password on its way to services must not be what it says.
    const next = withView(ui, current, { editor, ...endEdit({ ...view, editor }) });
    return { ui: next, effects: [{ kind: "slash", text }] };
  }
  if (!state.conversations.has(current)) return only(ui);
  const message = messageOfLine(text);
  const next = withView(ui, current, {
    ...{ editor, replyTarget: null, anchor: null, highlighted: null, readAt: null },
  });
  const replyTo = view.replyTarget?.msgid ?? view.thread;
  const say: Effect = { kind: "say", key: current, text: message, replyTo };
  const release: Effect[] =
    view.anchor === null ? [] : [{ kind: "hold-lines", key: current, held: false }];
  return { ui: next, effects: [say, ...release] };
}

/** Sends the files that are attached, with what is typed as their caption. */
function sendAttached(ui: UiState, caption: string): KeyResult {
  const { current: key } = ui;
  const { editor, attachments: files, replyTarget, thread } = viewOf(ui, key);
  const replyTo = replyTarget?.msgid ?? thread;
  const cleared = { editor: clearSent(editor), attachments: [], replyTarget: null };
  const next = withView(ui, key, { ...cleared, anchor: null, highlighted: null, readAt: null });
  return {
    ui: next,
    effects: [{ kind: "send-files", key, files, caption, replyTo, shrink: null }],
  };
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
  if (isAnswer(key)) return only(ui);
  const covered = pressOverInput(
    ui.keyPrefix === null ? context : { ...context, ui: { ...ui, keyPrefix: null } },
    key,
  );
  if (covered !== null) return covered;
  const name = keyName(key);
  if (name !== null) return pressBound(context, name);
  if (key.kind === "text" && ui.keyPrefix !== null) return typeBehindPrefix(context, key.text);
  if (key.kind === "paste") {
    const question = askAboutDrop(context, key.text);
    if (question !== null) return only(question);
    const paste = key.text.replace(/\n$/, "");
    if (paste.split("\n").length > UNCONFIRMED_PASTE_LINES_MAX) return only({ ...ui, paste });
  }
  return changeText(context, (editor) => edit(editor, key));
}

/** Handles a key in what covers the input line, and the mouse; null where the key is for the input line. */
function pressOverInput(context: KeyContext, key: Key): KeyResult | null {
  const { ui } = context;
  const { selection } = viewOf(ui, ui.current);
  if (key.kind === "mouse") return pressMouse(context, key);
  if (ui.fileQuestion !== null) return pressInFileQuestion(context, ui.fileQuestion, key);
  if (ui.paste !== null) return confirmPaste(context, ui.paste, key);
  if (ui.switcher !== null) return pressInSwitcher(context, ui.switcher, key);
  if (ui.search !== null) return pressInSearch(context, ui.search, key);
  if (ui.page !== null) return pressInPage(context, ui.page, key);
  return selection === null ? null : pressSelected(context, selection, key);
}

/** Takes the first letter as a part of what is bound, and types the others. */
function typeBehindPrefix(context: KeyContext, text: string): KeyResult {
  const [letter = "", ...others] = graphemesOf(text);
  const name = letterName(letter);
  const ui = { ...context.ui, keyPrefix: null };
  const first = name === null ? null : pressAfterPrefix(context, name);
  if (first === null) return pressKey({ ...context, ui }, { kind: "text", text });
  if (others.length === 0) return first;
  const rest = pressKey({ ...context, ui: first.ui }, { kind: "text", text: others.join("") });
  return { ui: rest.ui, effects: [...first.effects, ...rest.effects] };
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

/** Does what a key is bound to, if it is. */
function pressBound(context: KeyContext, name: KeyName): KeyResult {
  const { ui } = context;
  const { keyMap } = context.input;
  if (ui.keyPrefix !== null) {
    const result = pressAfterPrefix(context, name);
    if (result !== null) return result;
    // Behind a beginning that it doesn't belong to, a key does what it does by itself.
    return pressBound({ ...context, ui: { ...ui, keyPrefix: null } }, name);
  }
  if (keyMap.prefixes.has(name)) return only({ ...ui, keyPrefix: name });
  const target = targetOfKey(keyMap, name, (when) => holds(ui, when));
  return target === null ? only(ui) : runTarget(context, target);
}

/** Does what several keys in a row are bound to, or waits for the next of them; null: they aren't bound. */
function pressAfterPrefix(context: KeyContext, name: KeyName): KeyResult | null {
  const { ui } = context;
  const { keyMap } = context.input;
  const keys = `${ui.keyPrefix} ${name}` as KeyName;
  if (keyMap.prefixes.has(keys)) return only({ ...ui, keyPrefix: keys });
  const target = targetOfKey(keyMap, keys, (when) => holds(ui, when));
  if (target === null) return null;
  return runTarget({ ...context, ui: { ...ui, keyPrefix: null } }, target);
}

function runTarget(context: KeyContext, target: KeyTarget): KeyResult {
  const { ui } = context;
  if (target === "none") return only(ui);
  if (target === "send") return submit(context);
  if (isCommandTarget(target)) return { ui, effects: [{ kind: "slash", text: target }] };
  if (isEditorCommand(target)) {
    return changeText(context, (editor) => runEditorCommand(editor, target));
  }
  return runScreenAction(context, target);
}

function isCommandTarget(target: KeyTarget): target is `/${string}` {
  return target.startsWith("/");
}

/** Changes the input line, and sends a typing notification. */
function changeText(
  { ui, state }: KeyContext,
  change: (editor: EditorState) => EditorState,
): KeyResult {
  const { current } = ui;
  const { editor } = viewOf(ui, current);
  const edited = change(editor);
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

function only(ui: UiState): KeyResult {
  return { ui, effects: [] };
}
