/**
 * Switches conversations after the server's replies: shows a room once it is joined, and closes a room that
 * was left and direct messages to a nick that no user has. Owns the awaited and the previous conversation.
 */
import type { Folded } from "../../protocol/names.ts";
import { sanitize, sanitizeLines } from "../../terminal/sanitize.ts";
import type { ChatController } from "./chat-controller.ts";
import { syncCurrent } from "./keys/navigation.ts";
import { unsentToUnknownRecipient } from "./messages/message-lines.ts";

/** Performs these switches for a ChatController. */
export class ConversationSwitching {
  readonly #controller: ChatController;
  /** The conversation to show as soon as it is joined. */
  #awaited: Folded | null = null;
  /** The conversation that was on screen before the last command that switches. */
  #cameFrom: Folded | null = null;

  constructor(controller: ChatController) {
    this.#controller = controller;
  }

  /** Shows a conversation by its name, now or as soon as it is joined. */
  goToWhenJoined(name: string, cameFrom: Folded): void {
    this.#cameFrom = cameFrom;
    this.#awaited = this.#controller.connection.session.state.fold(name);
    this.goIfJoined();
  }

  onConversationMoved(oldKey: Folded, newKey: Folded): void {
    if (this.#awaited === oldKey) this.#awaited = newKey;
    if (this.#cameFrom === oldKey) this.#cameFrom = newKey;
  }

  /** Shows the awaited conversation if it is joined by now. */
  goIfJoined(): void {
    if (this.#awaited === null) return;
    const conversation = this.#find(this.#awaited);
    if (conversation?.joined !== true) return;
    this.#awaited = null;
    this.#controller.goTo(conversation.key);
  }

  /** Removes from the list a room that the user has left. */
  closeLeftRoom(key: Folded): void {
    this.#later(() => this.#controller.connection.session.commands.closeConversation(key));
  }

  /**
   * Closes direct messages to a nick that no user has, so that a typing error leaves nothing on the
   * list. Goes back to the previous conversation, with a note that contains the unsent text.
   */
  closeUnknownRecipient(key: Folded): void {
    if (this.#unsentTo(key) === null) return;
    this.#later(() => {
      const controller = this.#controller;
      const { words } = controller.app;
      const { session } = controller.connection;
      const unsent = this.#unsentTo(key);
      if (unsent === null) return;
      if (controller.ui.current === key && this.#cameFrom !== null) controller.goTo(this.#cameFrom);
      session.commands.closeConversation(key);
      controller.ui = syncCurrent(session.state, controller.ui);
      const reason = words.failures["401"](sanitize(unsent.name));
      const text = sanitizeLines(unsent.texts.join("\n")).join("\n");
      controller.note(`${reason}\n${words.screen.notSent(text)}`, "bad");
    });
  }

  #unsentTo(key: Folded): { readonly name: string; readonly texts: readonly string[] } | null {
    const conversation = this.#find(key);
    const texts = conversation === undefined ? null : unsentToUnknownRecipient(conversation);
    return conversation === undefined || texts === null ? null : { name: conversation.name, texts };
  }

  #find(key: Folded) {
    return this.#controller.connection.session.state.conversations.get(key);
  }

  /** Runs an action on a later turn: the session is still emitting the event now. */
  #later(action: () => void): void {
    this.#controller.app.ports.after(0, action);
  }
}
