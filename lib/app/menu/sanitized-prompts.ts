import { sanitize, sanitizeLines } from "../../terminal/sanitize.ts";
import type { Choice, Prompts } from "./prompts.ts";

/**
 * The same questions, in which nothing that a server or another person wrote is obeyed by the terminal:
 * whoever puts such a text into a sentence or a menu may have forgotten to sanitize it.
 */
export function sanitizedPrompts(prompts: Prompts): Prompts {
  const lines = (text: string): string => sanitizeLines(text).join("\n");
  return {
    select: (message, choices, initial, renewal) => {
      const shown = choices.map(cleanChoice);
      if (renewal === undefined) return prompts.select(lines(message), shown, initial);
      return prompts.select(lines(message), shown, initial, (show) =>
        renewal((others) => show(others.map(cleanChoice))),
      );
    },
    text: (message, options) => prompts.text(lines(message), options),
    password: (message, problem) => prompts.password(lines(message), problem),
    confirm: (message, yes, no, initial) =>
      prompts.confirm(lines(message), sanitize(yes), sanitize(no), initial),
    begin: (title) => prompts.begin(sanitize(title)),
    say: (text) => prompts.say(lines(text)),
    good: (text) => prompts.good(lines(text)),
    bad: (text) => prompts.bad(lines(text)),
    box: (title, text) => prompts.box(sanitize(title), lines(text)),
    end: (text) => prompts.end(sanitize(text)),
  };
}

function cleanChoice<Value>({ value, label, hint }: Choice<Value>): Choice<Value> {
  const shown = { value, label: sanitize(label) };
  return hint === undefined ? shown : { ...shown, hint: sanitize(hint) };
}
