/** Keys in a person's menu: an act is chosen, then for how long, then a reason is typed. */
import { type ClientConversation, isMessage } from "../../../chat-client/client-state.ts";
import { EMPTY_EDITOR, edit, insert } from "../../../terminal/editor.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import { visibleLines } from "../messages/message-lines.ts";
import {
  commandOf,
  commandWithReason,
  DURATIONS,
  type PersonAct,
  personActs,
  stepAfter,
} from "../people/person-actions.ts";
import {
  type PersonPage,
  type PersonStep,
  type ScreenPage,
  type UiState,
  viewOf,
  withView,
} from "../ui-state.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";
import { stopSelecting } from "./selection.ts";

/** Opens the menu of a person. */
export function openPerson(ui: UiState, nick: string): UiState {
  const page = { nick, profile: null, isMuted: false, index: 0, step: { kind: "act" } } as const;
  return { ...ui, page: { kind: "person", ...page } };
}

/** Opens the menu of the selected message's author, of the other person here, or of who wrote last. */
export function openProfile({ state, ui }: KeyContext): UiState {
  const conversation = state.conversations.get(ui.current);
  if (conversation === undefined || conversation.kind === "server") return ui;
  const { selection } = viewOf(ui, ui.current);
  const others = visibleLines(conversation).filter((line) => isMessage(line) && !line.own);
  const selected = others.find(({ key }) => key === selection?.lineKey);
  const peer = conversation.kind === "direct" ? conversation.name : others.at(-1)?.nick;
  const nick = selected?.nick ?? peer ?? "";
  return nick === "" ? ui : openPerson(ui, nick);
}

/** Handles a key in a person's menu: arrows and digits choose, Enter takes, Escape goes one step back. */
export function pressInPerson(context: KeyContext, page: PersonPage, key: Key): KeyResult {
  const { state, ui } = context;
  const conversation = state.conversations.get(ui.current);
  if (conversation === undefined) return { ui: { ...ui, page: null }, effects: [] };
  const isKey = key.kind === "key";
  if (isKey && (key.name === "escape" || (key.ctrl && key.name === "c"))) {
    return { ui: { ...ui, page: stepBack(context, conversation, page) }, effects: [] };
  }
  const { step } = page;
  if (step.kind === "about") {
    const isBack = isKey && key.name === "enter";
    return {
      ui: isBack ? { ...ui, page: stepBack(context, conversation, page) } : ui,
      effects: [],
    };
  }
  if (step.kind === "reason") {
    if (isKey && key.name === "enter" && !key.alt && !key.shift) {
      return run(context, commandWithReason(page.nick, step, step.editor.text));
    }
    const editor = edit(step.editor, key);
    return { ui: { ...ui, page: { ...page, step: { ...step, editor } } }, effects: [] };
  }
  const count = choiceCount(context, conversation, page);
  const move = isKey ? (key.name === "up" ? -1 : key.name === "down" ? 1 : 0) : 0;
  if (move !== 0) {
    const index = Math.max(0, Math.min(count - 1, page.index + move));
    return { ui: { ...ui, page: { ...page, index } }, effects: [] };
  }
  const digit = key.kind === "text" && /^[1-9]$/.test(key.text) ? Number(key.text) - 1 : null;
  const index = isKey && key.name === "enter" ? page.index : digit;
  if (index === null || index >= count) return { ui, effects: [] };
  return chooseInPerson(context, page, index);
}

/** Takes the choice with this index, counted from 0. */
export function chooseInPerson(context: KeyContext, page: PersonPage, index: number): KeyResult {
  const { state, ui } = context;
  const { nick, step } = page;
  const conversation = state.conversations.get(ui.current);
  if (conversation === undefined) return { ui, effects: [] };
  if (step.kind === "duration") {
    const duration = DURATIONS[step.act][index];
    if (duration === undefined) return { ui, effects: [] };
    return ask(ui, page, { kind: "reason", act: step.act, duration, editor: EMPTY_EDITOR });
  }
  const act = personActs(nick, conversation, state, page.isMuted)[index];
  if (step.kind !== "act" || act === undefined) return { ui, effects: [] };
  if (act === "mention") return mention(context, nick);
  if (act === "about") return ask(ui, page, { kind: "about" });
  const next = stepAfter(act, state);
  if (next === "duration" && (act === "mute" || act === "ban")) {
    return ask(ui, page, { kind: "duration", act });
  }
  if (next === "reason" && act === "kick") {
    return ask(ui, page, { kind: "reason", act, duration: "", editor: EMPTY_EDITOR });
  }
  const command = commandOf(act satisfies PersonAct, nick, conversation, state.fold);
  return command === null ? { ui, effects: [] } : run(context, command);
}

function choiceCount(
  { state }: KeyContext,
  conversation: ClientConversation,
  { nick, step, isMuted }: PersonPage,
): number {
  if (step.kind === "duration") return DURATIONS[step.act].length;
  return personActs(nick, conversation, state, isMuted).length;
}

function ask(ui: UiState, page: PersonPage, step: PersonStep): KeyResult {
  return { ui: { ...ui, page: { ...page, index: 0, step } }, effects: [] };
}

/** Runs a command, and shows the conversation again, where its outcome is. */
function run(context: KeyContext, text: string): KeyResult {
  const { ui, effects } = stopSelecting(context);
  return { ui: { ...ui, page: null }, effects: [...effects, { kind: "slash", text }] };
}

/** Writes the name into the input line. */
function mention(context: KeyContext, nick: string): KeyResult {
  const { ui, effects } = stopSelecting(context);
  const { editor } = viewOf(ui, ui.current);
  const change = { editor: insert(editor, `@${nick} `) };
  return { ui: withView({ ...ui, page: null }, ui.current, change), effects };
}

/** Returns the page of the step before, at the entry that led here. */
function stepBack(
  { state }: KeyContext,
  conversation: ClientConversation,
  page: PersonPage,
): ScreenPage | null {
  const { step, nick, isMuted } = page;
  const atAct = (act: PersonAct): ScreenPage => {
    const index = personActs(nick, conversation, state, isMuted).indexOf(act);
    return { ...page, index: Math.max(0, index), step: { kind: "act" } };
  };
  switch (step.kind) {
    case "act":
      return null;
    case "about":
      return atAct("about");
    case "duration":
      return atAct(step.act);
    case "reason": {
      const { act, duration } = step;
      if (act === "kick") return atAct("kick");
      const index = Math.max(0, DURATIONS[act].indexOf(duration));
      return { ...page, index, step: { kind: "duration", act } };
    }
  }
}
