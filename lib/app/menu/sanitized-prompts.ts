import { sanitize, sanitizeLines } from "../../terminal/sanitize.ts";
import { withoutKeys } from "../app-context.ts";
import type { Choice, Prompts, TextOptions } from "./prompts.ts";

/** More choices than anybody looks through. A server may list any number, and all of them are drawn at each key. */
const CHOICES_MAX = 500;
/** Those at the end of a longer list, which stay: the menus' own are there, such as the way back. */
const CHOICES_AT_END = 12;

/**
 * Wraps prompts so that every text is sanitized before it reaches the terminal. A caller that puts a name or a
 * server's text into a sentence may have forgotten to do so. A list of choices without end is cut. And whoever
 * presses Enter without having looked leaves nothing: no choice that leaves is selected at first.
 */
export function sanitizedPrompts(prompts: Prompts): Prompts {
  const lines = (text: string): string => sanitizeLines(text).join("\n");
  return {
    select: (message, choices, initial, update) => {
      const shown = cleanChoices(choices);
      const first = stayingInitial(choices, initial);
      if (update === undefined) return prompts.select(lines(message), shown, first);
      return prompts.select(lines(message), shown, first, (show) =>
        update((changed) => show(cleanChoices(changed))),
      );
    },
    text: (message, options) => prompts.text(lines(message), options && cleanOptions(options)),
    password: (message, problem) =>
      prompts.password(lines(message), problem && cleanProblem(problem)),
    confirm: (message, yes, no, initial) =>
      prompts.confirm(lines(message), sanitize(yes), sanitize(no), initial),
    askLeave: (message, leave, stay) =>
      prompts.askLeave(lines(message), sanitize(leave), sanitize(stay)),
    ignoreKeys: (work) => withoutKeys(prompts, work),
    intro: (title) => prompts.intro(sanitize(title)),
    info: (text) => prompts.info(lines(text)),
    success: (text) => prompts.success(lines(text)),
    warn: (text) => prompts.warn(lines(text)),
    note: (title, text) => prompts.note(sanitize(title), lines(text)),
    forCopying: (text, copied) => prompts.forCopying(lines(text), sanitize(copied)),
    outro: (text) => prompts.outro(sanitize(text)),
  };
}

/** Returns what is selected at first: what the caller wants, or else the first choice that doesn't leave. */
function stayingInitial<Value>(
  choices: readonly Choice<Value>[],
  initial: Value | undefined,
): Value | undefined {
  const selected = choices.find(({ value }) => value === initial) ?? choices[0];
  if (selected?.leaves !== true) return initial;
  return choices.find(({ leaves }) => leaves !== true)?.value ?? initial;
}

function cleanChoices<Value>(choices: readonly Choice<Value>[]): Choice<Value>[] {
  const isLong = choices.length > CHOICES_MAX;
  const shown = isLong
    ? [...choices.slice(0, CHOICES_MAX - CHOICES_AT_END), ...choices.slice(-CHOICES_AT_END)]
    : choices;
  return shown.map(cleanChoice);
}

function cleanChoice<Value>({ value, label, hint }: Choice<Value>): Choice<Value> {
  const shown = { value, label: sanitize(label) };
  return hint === undefined ? shown : { ...shown, hint: sanitize(hint) };
}

function cleanOptions({ initial, hint, problem }: TextOptions): TextOptions {
  return {
    ...(initial !== undefined && { initial: sanitize(initial) }),
    ...(hint !== undefined && { hint: sanitize(hint) }),
    ...(problem !== undefined && { problem: cleanProblem(problem) }),
  };
}

function cleanProblem(problem: (typed: string) => string | null): (typed: string) => string | null {
  return (typed) => {
    const sentence = problem(typed);
    return sentence === null ? null : sanitizeLines(sentence).join("\n");
  };
}
