/** Keys while a page is open over the chat: the help, a message's details, a person's menu, the files. */
import { hangulToLatin } from "../../../protocol/hangul-layout.ts";
import { EMPTY_EDITOR, edit, replaceText } from "../../../terminal/editor.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import { pageSections } from "../draw/help-page.ts";
import { linesWithPicture } from "../messages/message-lines.ts";
import { type HelpPart, type ScreenPage, type UiState, viewOf, withView } from "../ui-state.ts";
import { pressInFiles } from "./files-keys.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";
import { askToOpen, endWith } from "./message-keys.ts";
import { pressInPerson } from "./person-keys.ts";
import { scrollStep } from "./scrolling.ts";

/** Opens the help, or its keys alone, with what fits a query. */
export function openHelp(ui: UiState, query: string, part: HelpPart = "all"): UiState {
  const editor = replaceText(EMPTY_EDITOR, query);
  return { ...ui, page: { kind: "help", part, editor, index: 0 } };
}

/** Handles a key in an open page; Escape closes it, or goes one step back in a menu. */
export function pressInPage(context: KeyContext, page: ScreenPage, key: Key): KeyResult {
  const { ui } = context;
  const closed: KeyResult = { ui: { ...ui, page: null }, effects: [] };
  switch (page.kind) {
    case "person":
      return pressInPerson(context, page, key);
    case "help":
      return isClosing(key) ? closed : pressInHelp(context, page, key);
    case "picture":
      return pressInPicture(context, page, key) ?? closed;
    case "files":
      return isClosing(key) ? closed : pressInFiles(context, page, key);
    case "details": {
      const isAnswered = key.kind === "text" || (key.kind === "key" && key.name === "enter");
      if (isClosing(key) || isAnswered) return closed;
      const top = Math.max(0, page.top + scrollStep(key, context.chatView.pageRows));
      return { ui: { ...ui, page: { ...page, top } }, effects: [] };
    }
  }
}

/** Goes to the picture before or behind, saves it or asks to open it; null: the key closes the page. */
function pressInPicture(
  context: KeyContext,
  page: Extract<ScreenPage, { kind: "picture" }>,
  key: Key,
): KeyResult | null {
  const { state, ui } = context;
  if (key.kind !== "key" && key.kind !== "text") return { ui, effects: [] };
  const letter = key.kind === "text" ? hangulToLatin(key.text).toLowerCase() : "";
  const action = PICTURE_ACTIONS[letter];
  if (action !== undefined) return actOnPicture(context, page.lineKey, action);
  const step = key.kind === "key" && !key.alt && !key.ctrl ? PICTURE_STEPS[key.name] : undefined;
  if (step === undefined) return null;
  const conversation = state.conversations.get(ui.current);
  const lines = conversation === undefined ? [] : linesWithPicture(conversation);
  const index = lines.findIndex(({ key: lineKey }) => lineKey === page.lineKey);
  const line = index === -1 ? undefined : lines[index + step];
  return {
    ui: line === undefined ? ui : { ...ui, page: { kind: "picture", lineKey: line.key } },
    effects: [],
  };
}

/** What is said about it is written in the chat, so the page closes. */
function actOnPicture(
  context: KeyContext,
  lineKey: string,
  action: "save" | "open",
): KeyResult | null {
  const { state, ui } = context;
  const key = ui.current;
  const conversation = state.conversations.get(key);
  const line =
    conversation && linesWithPicture(conversation).find((candidate) => candidate.key === lineKey);
  if (line === undefined) return null;
  const behind = { ...context, ui: { ...ui, page: null } };
  return action === "save"
    ? endWith(behind, { kind: "save-file", key, lineKey, isOpened: false })
    : askToOpen(behind, key, line);
}

/** The same letters as on a selected message. */
const PICTURE_ACTIONS: Readonly<Record<string, "save" | "open">> = { s: "save", o: "open" };

/** Keys that lead from one picture of a conversation to another. */
const PICTURE_STEPS: Readonly<Record<string, number>> = { up: -1, left: -1, down: 1, right: 1 };

function isClosing(key: Key): boolean {
  return key.kind === "key" && (key.name === "escape" || (key.ctrl && key.name === "c"));
}

function pressInHelp(
  context: KeyContext,
  page: Extract<ScreenPage, { kind: "help" }>,
  key: Key,
): KeyResult {
  const { ui, chatView, words, input } = context;
  const entries = pageSections(page, words, input).flatMap((section) => section.entries);
  const step = scrollStep(key, Math.max(1, Math.floor(chatView.pageRows / 2)));
  if (step !== 0) {
    const index = Math.max(0, Math.min(entries.length - 1, page.index + step));
    return { ui: { ...ui, page: { ...page, index } }, effects: [] };
  }
  if (key.kind === "key" && key.name === "enter") {
    return {
      ui: useCommand({ ...ui, page: null }, entries[page.index]?.command ?? null),
      effects: [],
    };
  }
  const editor = edit(page.editor, key);
  const index = editor.text === page.editor.text ? page.index : 0;
  return { ui: { ...ui, page: { ...page, editor, index } }, effects: [] };
}

/** Puts a command into the input line, unless something is typed there. */
function useCommand(ui: UiState, command: string | null): UiState {
  const { editor } = viewOf(ui, ui.current);
  if (command === null || editor.text.trim() !== "") return ui;
  return withView(ui, ui.current, { editor: replaceText(editor, command) });
}
