import { sanitize, sanitizeLines } from "../../terminal/sanitize.ts";
import type { Choice, Prompts } from "./prompts.ts";

/**
 * Wraps prompts so that every text is sanitized before it reaches the terminal. A caller that puts a name or a
 * server's text into a sentence may have forgotten to do so.
 */
export function sanitizedPrompts(prompts: Prompts): Prompts {
  const lines = (text: string): string => sanitizeLines(text).join("\n");
  return {
    select: (message, choices, initial, update) => {
      const shown = choices.map(cleanChoice);
      if (update === undefined) return prompts.select(lines(message), shown, initial);
      return prompts.select(lines(message), shown, initial, (show) =>
        update((changed) => show(changed.map(cleanChoice))),
      );
    },
    text: (message, options) => prompts.text(lines(message), options),
    password: (message, problem) => prompts.password(lines(message), problem),
    confirm: (message, yes, no, initial) =>
      prompts.confirm(lines(message), sanitize(yes), sanitize(no), initial),
    intro: (title) => prompts.intro(sanitize(title)),
    info: (text) => prompts.info(lines(text)),
    success: (text) => prompts.success(lines(text)),
    warn: (text) => prompts.warn(lines(text)),
    note: (title, text) => prompts.note(sanitize(title), lines(text)),
    outro: (text) => prompts.outro(sanitize(text)),
  };
}

function cleanChoice<Value>({ value, label, hint }: Choice<Value>): Choice<Value> {
  const shown = { value, label: sanitize(label) };
  return hint === undefined ? shown : { ...shown, hint: sanitize(hint) };
}
