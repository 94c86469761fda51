/** Performs what the keys on a selected message ask for. */
import type { ChatLine } from "../../chat-client/client-state.ts";
import type { Folded } from "../../protocol/names.ts";
import type { ChatController } from "./chat-controller.ts";
import type { Effect } from "./keys/key-context.ts";
import { selectedLine } from "./message-actions.ts";
import { composeReply, editMessage, openThread } from "./slash-host.ts";

/** An effect on one message. */
export type MessageEffectOfKey = Extract<
  Effect,
  { kind: "reply" | "edit" | "redact" | "react" | "pin" | "open-thread" | "retry-line" }
>;

/** Performs an effect; does nothing where the message or its conversation is gone. */
export function performOnMessage(controller: ChatController, effect: MessageEffectOfKey): void {
  const { session } = controller.connection;
  const { key } = effect;
  switch (effect.kind) {
    case "reply": {
      const line = lineOf(controller, key, effect.lineKey);
      if (line !== null) composeReply(controller, key, line);
      return;
    }
    case "edit":
      return editMessage(controller, key, effect.msgid, effect.text);
    case "redact":
      return session.commands.redact(key, effect.msgid);
    case "react":
      return effect.isOn
        ? session.commands.react(key, effect.msgid, effect.reaction)
        : session.commands.unreact(key, effect.msgid, effect.reaction);
    case "pin": {
      const room = session.state.conversations.get(key);
      if (room !== undefined) session.commands.pin(room.name, effect.text);
      return;
    }
    case "open-thread": {
      const conversation = session.state.conversations.get(key);
      const line = lineOf(controller, key, effect.lineKey);
      if (conversation !== undefined && line !== null) openThread(controller, conversation, line);
      return;
    }
    case "retry-line":
      controller.connection.retryNow();
      session.commands.retry(key, effect.lineKey);
  }
}

function lineOf(controller: ChatController, key: Folded, lineKey: string): ChatLine | null {
  const conversation = controller.connection.session.state.conversations.get(key);
  return conversation === undefined ? null : selectedLine(conversation, lineKey);
}
