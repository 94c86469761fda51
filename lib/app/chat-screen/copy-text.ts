/** What leaves the screen: texts for the clipboard, and addresses for the browser. */
import { clipboardSequence, isInTmux } from "../../terminal/multiplexer.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import type { Terminal } from "../../terminal/tty.ts";
import type { App } from "../app-context.ts";
import type { ChatController } from "./chat-controller.ts";

/** Puts a text on the clipboard, as far as the terminal allows, and says so. */
export function copyText(
  controller: ChatController,
  terminal: Terminal,
  text: string,
  sentence = copiedSentence(controller.app),
): void {
  terminal.write(clipboardSequence(text, controller.app.ports.environment));
  controller.note(sentence);
}

/** Opens an address in the browser; where there is none, for example through ssh, it is copied. */
export function openOrCopyLink(controller: ChatController, terminal: Terminal, link: string): void {
  const { ports, words } = controller.app;
  const copy = (): void =>
    copyText(controller, terminal, link, words.pointing.notOpened(sanitize(link)));
  ports.openLink(link).then((isOpened) => {
    if (!isOpened) copy();
  }, copy);
}

/** Returns the sentence that says that a text was copied, and what may be in its way. */
export function copiedSentence({ words, ports }: App): string {
  return isInTmux(ports.environment) ? words.pointing.copiedInTmux : words.pointing.copied;
}
