/** Dropped files, and keys while something is asked about a file in place of the input line. */
import { FILES_CAP } from "../../../protocol/file-facts.ts";
import { hangulToLatin } from "../../../protocol/hangul-layout.ts";
import { insert } from "../../../terminal/editor.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import { droppedPaths } from "../../files/dropped-paths.ts";
import type { LocalFile } from "../../files/local-files-port.ts";
import { isCommandLine } from "../../slash/slash-command.ts";
import { type FileQuestion, type UiState, viewOf, withView } from "../ui-state.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";
import { stopSelecting } from "./selection.ts";

/**
 * Returns the question whether a pasted text is to be sent as the files that it names; null where it is a text. Behind a
 * command, and while a message is edited, it is one.
 */
export function askAboutDrop(context: KeyContext, text: string): UiState | null {
  const { ui, state, fileAt } = context;
  const view = viewOf(ui, ui.current);
  const conversation = state.conversations.get(ui.current);
  const mayBeSent = conversation !== undefined && conversation.kind !== "server";
  if (!mayBeSent || fileAt === undefined || !state.caps.has(FILES_CAP)) return null;
  if (view.editTarget !== null || isCommandLine(view.editor.text)) return null;
  for (const paths of droppedPaths(text)) {
    const files = filesAt(paths, fileAt);
    if (files !== null) return { ...ui, fileQuestion: { kind: "dropped", files, text } };
  }
  return null;
}

function filesAt(
  paths: readonly string[],
  fileAt: NonNullable<KeyContext["fileAt"]>,
): readonly LocalFile[] | null {
  const files: LocalFile[] = [];
  for (const path of paths) {
    const file = fileAt(path);
    if (file === null) return null;
    files.push(file);
  }
  return files;
}

/** Handles a key in an open question about files. */
export function pressInFileQuestion(
  context: KeyContext,
  question: FileQuestion,
  key: Key,
): KeyResult {
  const { ui } = context;
  const closed: UiState = { ...ui, fileQuestion: null };
  const letter = key.kind === "text" ? hangulToLatin(key.text).toLowerCase() : "";
  const isKey = key.kind === "key";
  const isYes = letter === "y" || (isKey && key.name === "enter" && !key.alt && !key.ctrl);
  const isNo = isKey && (key.name === "escape" || (key.ctrl && key.name === "c"));
  switch (question.kind) {
    case "dropped":
      if (isYes) return only(attach(closed, question.files));
      if (letter === "t") return only(typeText(closed, question.text));
      return only(isNo || letter === "n" ? closed : ui);
    case "shrink": {
      const { key: place, files, caption, replyTo } = question;
      if (isNo) return only(takeBack(closed, question));
      if (!isYes && letter !== "n") return only(ui);
      const shrink = isYes;
      const send = { kind: "send-files", key: place, files, caption, replyTo, shrink } as const;
      const value = isYes ? "yes" : "no";
      return { ui: closed, effects: [{ kind: "shrink-pictures", value }, send] };
    }
    case "open": {
      const { key: place, lineKey } = question;
      if (!isYes) return only(isNo || letter === "n" ? closed : ui);
      const save = { kind: "save-file", key: place, lineKey, isOpened: true } as const;
      // The message is let go: what comes of it is told at the bottom.
      const { ui: left, effects } = stopSelecting({ ...context, ui: closed });
      return { ui: left, effects: [...effects, save] };
    }
  }
}

/** Adds files to those that the next Enter sends. */
export function attach(ui: UiState, files: readonly LocalFile[], key = ui.current): UiState {
  const { attachments } = viewOf(ui, key);
  return withView(ui, key, { attachments: [...attachments, ...files] });
}

function typeText(ui: UiState, text: string): UiState {
  const { editor } = viewOf(ui, ui.current);
  return withView(ui, ui.current, { editor: insert(editor, text.trim()) });
}

/** Puts files that aren't sent, and their caption, back to where they were. */
function takeBack(
  ui: UiState,
  { key, files, caption }: FileQuestion & { kind: "shrink" },
): UiState {
  const next = attach(ui, files, key);
  const { editor } = viewOf(next, key);
  return editor.text === "" ? withView(next, key, { editor: insert(editor, caption) }) : next;
}

function only(ui: UiState): KeyResult {
  return { ui, effects: [] };
}
