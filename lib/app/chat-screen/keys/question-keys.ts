/** Keys while a question about the selected message is open: delete it, which emoji, what to open. */
import type { ChatLine, ClientConversation } from "../../../chat-client/client-state.ts";
import { hangulToLatin } from "../../../protocol/hangul-layout.ts";
import { edit } from "../../../terminal/editor.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import { reactionChoices } from "../emoji.ts";
import { openTargets } from "../messages/message-actions.ts";
import type { Selection } from "../ui-state.ts";
import type { KeyContext, KeyResult } from "./key-context.ts";
import { endWith, isEmoji, open, react } from "./message-keys.ts";
import { withQuestion } from "./selection.ts";

type ReactQuestion = Extract<Selection["question"], { kind: "react" }>;

/** Handles a key in an open question. Escape takes the question back; the message stays selected. */
export function pressInQuestion(
  context: KeyContext,
  conversation: ClientConversation,
  line: ChatLine,
  selection: Selection,
  key: Key,
): KeyResult {
  const { ui } = context;
  const { question } = selection;
  const closed: KeyResult = { ui: withQuestion(ui, selection, null), effects: [] };
  const isKey = key.kind === "key";
  if (question === null || (isKey && (key.name === "escape" || (key.ctrl && key.name === "c")))) {
    return closed;
  }
  const isEnter = isKey && key.name === "enter";
  switch (question.kind) {
    case "delete": {
      const isYes = isEnter || (key.kind === "text" && /^[dy]$/.test(hangulToLatin(key.text)));
      if (!isYes || line.msgid === null) return isYes || key.kind === "text" ? closed : stay(ui);
      return endWith(context, { kind: "redact", key: conversation.key, msgid: line.msgid });
    }
    case "open": {
      const number = isEnter ? 1 : key.kind === "text" ? Number(key.text) : 0;
      const target = openTargets(line, context.state)[number - 1];
      if (target === undefined) return stay(ui);
      return open({ ...context, ui: closed.ui }, conversation.key, line, target);
    }
    case "react":
      return pressInReactions(context, conversation, line, selection, question, key);
  }
}

function pressInReactions(
  context: KeyContext,
  conversation: ClientConversation,
  line: ChatLine,
  selection: Selection,
  question: ReactQuestion,
  key: Key,
): KeyResult {
  const { ui } = context;
  const choices = reactionChoices(question.editor.text);
  const pick = (reaction: string | undefined): KeyResult =>
    reaction === undefined ? stay(ui) : react(context, conversation, line, reaction);
  if (key.kind === "text" && isEmoji(key.text)) return pick(key.text);
  if (key.kind === "text" && question.editor.text === "" && /^[1-9]$/.test(key.text)) {
    return pick(choices[Number(key.text) - 1]);
  }
  if (key.kind === "key") {
    if (key.name === "enter") return pick(choices[question.index] ?? choices[0]);
    const isBack = key.name === "left" || key.name === "up" || (key.name === "tab" && key.shift);
    const isOn = key.name === "right" || key.name === "down" || key.name === "tab";
    if (isBack || isOn) {
      const count = Math.max(1, choices.length);
      const index = (question.index + (isBack ? -1 : 1) + count) % count;
      return { ui: withQuestion(ui, selection, { ...question, index }), effects: [] };
    }
  }
  const editor = edit(question.editor, key);
  if (editor === question.editor) return stay(ui);
  return { ui: withQuestion(ui, selection, { kind: "react", editor, index: 0 }), effects: [] };
}

function stay(ui: KeyContext["ui"]): KeyResult {
  return { ui, effects: [] };
}
