/**
 * Every question to a person goes through here: the one place that knows the menus' package. A
 * question that was left by Ctrl-C or Escape answers null: one step back.
 */
import * as clack from "@clack/prompts";
import { clackInput, clackOutput } from "../../terminal/prompt-tty.ts";
import type { Stdin, Stdout } from "../../terminal/tty.ts";
import type { Words } from "../i18n/words.ts";
import { type MenuUpdate, UpdatingMenu } from "./updating-menu.ts";

export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}

export interface Prompts {
  select<Value>(
    message: string,
    choices: readonly Choice<Value>[],
    initial?: Value,
    renewal?: MenuUpdate<Value>,
  ): Promise<Value | null>;
  /** `problem` answers a sentence while what was typed won't do. */
  text(message: string, options?: TextOptions): Promise<string | null>;
  password(message: string, problem?: (typed: string) => string | null): Promise<string | null>;
  confirm(message: string, yes: string, no: string, initial?: boolean): Promise<boolean | null>;
  /** A title above all that follows. */
  begin(title: string): void;
  say(text: string): void;
  good(text: string): void;
  bad(text: string): void;
  box(title: string, text: string): void;
  end(text: string): void;
}

export interface TextOptions {
  readonly initial?: string;
  readonly hint?: string;
  readonly problem?: (typed: string) => string | null;
}

/** What stands in front of a sentence, and a cell after it. */
const BAR_CELLS = 4;
/** Rows of a menu at most; more are scrolled. */
const CHOICES_SHOWN_MAX = 12;

/** Only where `isInteractive`: else a question would wait for ever. */
export function makePrompts(
  stdin: Stdin,
  stdout: Stdout,
  { colour, holdSubmit }: { readonly colour: boolean; readonly holdSubmit: boolean },
  words: () => Words,
): Prompts {
  const output = clackOutput(stdout, colour);
  const common = { input: clackInput(stdin, holdSubmit), output };
  const wrapped = (text: string): string => wrappedFor(stdout, text);
  return {
    async select<Value>(
      message: string,
      choices: readonly Choice<Value>[],
      initial?: Value,
      renewal?: MenuUpdate<Value>,
    ) {
      const menu = new UpdatingMenu(choices, common);
      const asked = clack.select<Value>({
        ...common,
        message,
        // The package wants labels only for values that aren't plain; ours always have one.
        options: menu.options as Parameters<typeof clack.select<Value>>[0]["options"],
        maxItems: CHOICES_SHOWN_MAX,
        showInstructions: false,
        ...(initial === undefined ? {} : { initialValue: initial }),
      });
      const stop = renewal?.((others) => menu.show(others));
      try {
        return answer(await asked);
      } finally {
        stop?.();
      }
    },
    async text(message, options = {}) {
      const typed = await clack.text({
        ...common,
        message,
        ...(options.initial === undefined ? {} : { initialValue: options.initial }),
        ...(options.hint === undefined ? {} : { placeholder: options.hint }),
        ...check(options.problem),
      });
      return (
        answer(typed === undefined ? "" : typed)
          ?.normalize("NFC")
          .trim() ?? null
      );
    },
    async password(message, problem) {
      const typed = await clack.password({ ...common, message, ...check(problem) });
      return answer(typed === undefined ? "" : typed);
    },
    async confirm(message, yes, no, initial = true) {
      const asked = { active: yes, inactive: no, initialValue: initial };
      return answer(await clack.confirm({ ...common, message, ...asked }));
    },
    begin: (title) => clack.intro(title, { output }),
    say: (text) => clack.log.message(wrapped(text), { output }),
    good: (text) => clack.log.success(wrapped(text), { output }),
    bad: (text) => clack.log.warn(wrapped(text), { output }),
    box: (title, text) => clack.note(text, title, { output, format: (line) => line }),
    end: (text) => clack.outro(text || words().menu.goodbye, { output }),
  };
}

/** Between the bar on the left and the window's end; the package would let the terminal cut words. */
function wrappedFor(stdout: Stdout, text: string): string {
  const columns = Math.max(20, (stdout.columns || 80) - BAR_CELLS);
  return Bun.wrapAnsi(text, columns, { hard: true });
}

/** null: the question was left. */
function answer<Value>(value: Value | typeof clack.CANCEL_SYMBOL): Value | null {
  return clack.isCancel(value) ? null : (value as Value);
}

function check(problem: ((typed: string) => string | null) | undefined) {
  if (problem === undefined) return {};
  const validate = (typed: string | undefined) =>
    problem((typed ?? "").normalize("NFC")) ?? undefined;
  return { validate };
}
