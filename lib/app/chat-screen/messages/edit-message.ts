/** A long message in the user's editor program ($VISUAL, $EDITOR). */
import { replaceText } from "../../../terminal/editor.ts";
import { onInterrupt } from "../../../terminal/restore-on-exit.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import type { EditOutcome } from "../../app-ports.ts";
import type { Words } from "../../i18n/words.ts";
import type { ChatController } from "../chat-controller.ts";
import { viewOf, withView } from "../ui-state.ts";

/**
 * Opens the input line in the user's editor program, which needs the terminal: no screen may be open. Resolves when the
 * program has ended: to true when its text is in the input line, to false when a note says why it isn't. Never rejects.
 */
export async function editMessage(controller: ChatController): Promise<boolean> {
  const { ports, words } = controller.app;
  const key = controller.ui.current;
  const { text } = viewOf(controller.ui, key).editor;
  // Ctrl-C in the editor program is not for this one.
  const stopInterrupt = onInterrupt(() => {});
  const outcome = await ports.editText(text);
  stopInterrupt();
  if (outcome.kind !== "edited") {
    controller.note(editorProblem(outcome, words), "bad");
    return false;
  }
  // The conversation that it was written for may not be the one on screen any more.
  const { editor } = viewOf(controller.ui, key);
  const edited = replaceText(editor, outcome.text.replace(/\n+$/, ""));
  controller.ui = withView(controller.ui, key, { editor: edited });
  return true;
}

function editorProblem(outcome: Exclude<EditOutcome, { kind: "edited" }>, words: Words): string {
  switch (outcome.kind) {
    case "none":
      return words.editor.none;
    case "missing":
      return words.editor.missing(sanitize(outcome.program));
    case "failed":
      return words.editor.failed(sanitize(outcome.program));
    case "no-file":
      return words.notWritten[outcome.why](sanitize(outcome.path));
  }
}
