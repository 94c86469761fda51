/** The mouse: clicks on rooms, people, messages and choices, and the wheel. */
import { isMessage } from "../../../chat-client/client-state.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import { selectedLine } from "../messages/message-actions.ts";
import { viewOf } from "../ui-state.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";
import { followFrom, openLine } from "./message-keys.ts";
import { goToPlace } from "./navigation.ts";
import { chooseInPerson, openPerson } from "./person-keys.ts";
import { scrollBy } from "./scrolling.ts";
import { pressSelected } from "./select-keys.ts";
import { selectLine, stopSelecting } from "./selection.ts";

/** Rows per turn of the mouse wheel. */
export const WHEEL_ROWS = 3;

type MouseKey = Extract<Key, { kind: "mouse" }>;

/** Handles the wheel, and a press of the left button. */
export function pressMouse(context: KeyContext, key: MouseKey): KeyResult {
  const isWheel = key.action === "wheel-up" || key.action === "wheel-down";
  // What is under the mouse is meant, as with a click.
  if (isWheel && context.chatView.clickTarget(key.row, key.column)?.kind === "other-pane") {
    return { ui: context.ui, effects: [{ kind: "go-over" }] };
  }
  switch (key.action) {
    case "wheel-up":
      return scrollBy(context, WHEEL_ROWS);
    case "wheel-down":
      return scrollBy(context, -WHEEL_ROWS);
    case "press":
      return key.button === 0 ? click(context, key.row, key.column) : stay(context);
    case "release":
    case "drag":
      return stay(context);
  }
}

function click(context: KeyContext, row: number, column: number): KeyResult {
  const { state, ui, chatView } = context;
  const target = chatView.clickTarget(row, column);
  switch (target?.kind) {
    case undefined:
      return stay(context);
    case "conversation":
      return goToPlace({ state, ui: { ...ui, page: null } }, target.place);
    case "member": {
      const uncovered = { ...ui, switcher: null, search: null };
      return { ui: openPerson(uncovered, target.nick), effects: [] };
    }
    case "person-choice":
      return ui.page?.kind === "person"
        ? chooseInPerson(context, ui.page, target.index)
        : stay(context);
    case "other-pane":
      return { ui, effects: [{ kind: "go-over" }] };
    case "choice":
      return clickChoice(context, target.key);
    case "message":
      return clickMessage(context, target);
  }
}

/** A click on a choice is the press of its key. */
function clickChoice(context: KeyContext, name: string): KeyResult {
  const { selection } = viewOf(context.ui, context.ui.current);
  if (selection === null) return stay(context);
  const modifiers = { ctrl: false, alt: false, shift: false };
  const key: Key =
    name === "enter" || name === "escape"
      ? { kind: "key", name, ...modifiers }
      : { kind: "text", text: name };
  return pressSelected(context, selection, key) ?? stay(context);
}

function clickMessage(
  context: KeyContext,
  target: Extract<ReturnType<KeyContext["chatView"]["clickTarget"]>, { kind: "message" }>,
): KeyResult {
  const { state, ui } = context;
  const { lineKey, nick, part } = target;
  const conversation = state.conversations.get(ui.current);
  const line = conversation === undefined ? null : selectedLine(conversation, lineKey);
  if (conversation === undefined || line === null || !isMessage(line)) return stay(context);
  if (part === "quote" || part === "thread") return followFrom(context, conversation, line);
  if (part === "fold") return openLine(context, conversation, lineKey, true);
  if (part === "name" && nick !== "") return { ui: openPerson(ui, nick), effects: [] };
  const { selection } = viewOf(ui, ui.current);
  // The second click on a message lets it go.
  if (selection?.lineKey === lineKey) return stopSelecting(context);
  return selectLine(context, conversation, lineKey);
}

function stay({ ui }: KeyContext): KeyResult {
  return { ui, effects: [] };
}
