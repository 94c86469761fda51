/** What the keys on a selected message do: replies, edits, reactions, threads, pins, copies and links. */

import type { ChatLine, ClientConversation } from "../../../chat-client/client-state.ts";
import { relaysTag } from "../../../chat-client/registration/capability-requests.ts";
import type { Folded } from "../../../protocol/names.ts";
import { pinnedTextOf } from "../../../protocol/pinned-text.ts";
import { EMPTY_EDITOR } from "../../../terminal/editor.ts";
import { sanitize, sanitizeLines } from "../../../terminal/sanitize.ts";
import { graphemesOf } from "../../../terminal/width.ts";
import { openableByName } from "../../files/openable.ts";
import { beginEdit } from "../input-places.ts";
import {
  followTarget,
  type MessageAction,
  type OpenTarget,
  openTargets,
} from "../messages/message-actions.ts";
import { visibleLines } from "../messages/message-lines.ts";
import { viewOf, withView } from "../ui-state.ts";
import type { Effect, KeyContext, KeyResult } from "./key-context.ts";
import { openPerson } from "./person-keys.ts";
import { selectLine, stopSelecting, withQuestion } from "./selection.ts";

/** Messages that stay open in one conversation; with more, the first ones are folded again. */
const OPENED_MAX = 200;
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|^[0-9#*]\ufe0f?\u20e3/u;

/** Returns whether a typed text is one emoji. */
export function isEmoji(text: string): boolean {
  return EMOJI.test(text) && graphemesOf(text).length === 1;
}

/** Does an action that the message allows; for some it first asks a question in the row of choices. */
export function actOnMessage(
  context: KeyContext,
  conversation: ClientConversation,
  line: ChatLine,
  action: MessageAction,
): KeyResult {
  const { ui } = context;
  const { key } = conversation;
  const { selection } = viewOf(ui, key);
  const ask = (question: Parameters<typeof withQuestion>[2]): KeyResult => ({
    ui: selection === null ? ui : withQuestion(ui, selection, question),
    effects: [],
  });
  switch (action) {
    case "expand":
      return openLine(context, conversation, line.key, true);
    case "collapse":
      return openLine(context, conversation, line.key, false);
    case "follow":
      return followFrom(context, conversation, line);
    case "reply":
      return endWith(context, { kind: "reply", key, lineKey: line.key });
    case "retry":
      return endWith(context, { kind: "retry-line", key, lineKey: line.key });
    case "edit": {
      const ended = stopSelecting(context);
      const view = viewOf(ended.ui, key);
      return {
        ...ended,
        ui: withView(ended.ui, key, beginEdit(view, line.msgid ?? "", line.text)),
      };
    }
    case "delete":
      return ask({ kind: "delete" });
    case "react":
      return ask({ kind: "react", editor: EMPTY_EDITOR, index: 0 });
    case "thread":
      return { ui, effects: [{ kind: "open-thread", key, lineKey: line.key }] };
    case "pin":
      return endWith(context, { kind: "pin", key, text: pinnedTextOf(line) });
    case "unpin":
      return endWith(context, { kind: "pin", key, text: "" });
    case "copy":
      // What is pasted into a shell must not hold what a terminal obeys or hides.
      return endWith(context, { kind: "copy", text: sanitizeLines(line.text).join("\n") });
    case "save":
      return endWith(context, { kind: "save-file", key, lineKey: line.key, isOpened: false });
    case "open": {
      const [target, ...others] = openTargets(line, context.state);
      if (target === undefined || others.length > 0) return ask({ kind: "open" });
      return open(context, key, line, target);
    }
    case "view":
      return { ui: { ...ui, page: { kind: "picture", lineKey: line.key } }, effects: [] };
    case "details": {
      const isOpened = viewOf(ui, key).opened.has(line.key);
      const page = { kind: "details", lineKey: line.key, isOpened, top: 0 } as const;
      return { ui: { ...ui, page }, effects: [] };
    }
    case "person":
      return { ui: openPerson(ui, line.nick), effects: [] };
  }
}

/** Opens something of a message; a file only after another question. */
export function open(
  context: KeyContext,
  key: Folded,
  line: ChatLine,
  target: OpenTarget,
): KeyResult {
  if (target.kind === "file") return askToOpen(context, key, line);
  return endWith(context, { kind: "open-link", link: target.link });
}

/** Asks whether the file of a message is opened; one that isn't opened is told. */
export function askToOpen(context: KeyContext, key: Folded, line: ChatLine): KeyResult {
  const name = line.file?.name ?? "";
  const as = openableByName(name);
  if (as === null) {
    const text = context.words.files.notOpenable(sanitize(name));
    return endWith(context, { kind: "note", text });
  }
  const fileQuestion = { kind: "open", key, lineKey: line.key, name, as } as const;
  return { ui: { ...context.ui, fileQuestion }, effects: [] };
}

/** Shows a message whole, or folds it again, and selects it. */
export function openLine(
  context: KeyContext,
  conversation: ClientConversation,
  lineKey: string,
  isOpened: boolean,
): KeyResult {
  const { key } = conversation;
  const opened = new Set(viewOf(context.ui, key).opened);
  opened.delete(lineKey);
  if (isOpened) opened.add(lineKey);
  const ui = withView(context.ui, key, { opened: new Set([...opened].slice(-OPENED_MAX)) });
  return selectLine({ ...context, ui }, conversation, lineKey);
}

/** Adds the user's reaction to a message; the same one again takes it back. */
export function react(
  context: KeyContext,
  { key }: ClientConversation,
  { msgid, reactions }: ChatLine,
  reaction: string,
): KeyResult {
  const { me, fold } = context.state;
  if (msgid === null || !relaysTag(context.state, "+draft/react")) {
    return { ui: context.ui, effects: [] };
  }
  const nicks = reactions.get(reaction) ?? [];
  const isOn = !nicks.some((nick) => fold(nick) === fold(me.nick));
  return endWith(context, { kind: "react", key, msgid, reaction, isOn });
}

/** Goes from a message into its thread, or to the message that it quotes. */
export function followFrom(
  context: KeyContext,
  conversation: ClientConversation,
  line: ChatLine,
): KeyResult {
  const { key } = conversation;
  const target = followTarget(line, conversation, viewOf(context.ui, key).thread);
  if (target === null) return { ui: context.ui, effects: [] };
  if (target.kind === "thread") {
    return { ui: context.ui, effects: [{ kind: "open-thread", key, lineKey: line.key }] };
  }
  const { msgid } = target;
  const quoted = visibleLines(conversation).find((candidate) => candidate.msgid === msgid);
  if (quoted !== undefined) return selectLine(context, conversation, quoted.key);
  // When it was said isn't known, but it was before its answer.
  const effect: Effect = { kind: "jump-to-message", key, msgid, time: line.time };
  return endWith(context, effect);
}

/** Does something to the message, and ends selecting it. */
export function endWith(context: KeyContext, effect: Effect): KeyResult {
  const ended = stopSelecting(context);
  return { ui: ended.ui, effects: [...ended.effects, effect] };
}
