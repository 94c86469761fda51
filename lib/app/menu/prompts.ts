/**
 * The questions of the menus, drawn by @clack/prompts: no other file knows that package. A question that was left
 * by Ctrl-C or Escape resolves to null, and the caller goes one step back.
 */
import * as clack from "@clack/prompts";
import type { Keyboard } from "../../terminal/ime-submit.ts";
import { clackStreams } from "../../terminal/prompt-tty.ts";
import type { Stdin, Stdout } from "../../terminal/restore-on-exit.ts";
import { cellsOf } from "../../terminal/width.ts";
import type { Words } from "../i18n/words.ts";
import { type MenuUpdate, UpdatingMenu } from "./updating-menu.ts";

/** One line of a menu. `hint` is shown while the choice is selected; with plain prompts always. */
export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
  /** Whether it ends the program or the session. Such a choice is never selected before the user has moved to it. */
  readonly leaves?: boolean;
}

/** Questions and messages in the menus. Each question resolves to null when the user left it. */
export interface Prompts {
  /** Asks for one of the choices. `update` can replace them while the menu is open. */
  select<Value>(
    message: string,
    choices: readonly Choice<Value>[],
    initial?: Value,
    update?: MenuUpdate<Value>,
  ): Promise<Value | null>;
  /** Asks for a line. Resolves to it trimmed and in NFC. */
  text(message: string, options?: TextOptions): Promise<string | null>;
  /** Asks for a line that isn't shown. Resolves to it as typed. */
  password(message: string, problem?: (typed: string) => string | null): Promise<string | null>;
  /**
   * Asks for yes or no. `initial`: which of the two is selected at first; yes if not given. A question whether to leave
   * is {@link Prompts.askLeave}'s.
   */
  confirm(message: string, yes: string, no: string, initial?: boolean): Promise<boolean | null>;
  /**
   * Asks whether to leave. To stay is selected at first, and what Escape answers; Ctrl-C leaves. Resolves to whether to
   * leave.
   */
  askLeave(message: string, leave: string, stay: string): Promise<boolean>;
  /**
   * Drops what is typed until `work` is done: it would answer a question that nobody has seen yet. Missing where keys
   * can't be dropped.
   */
  ignoreKeys?<Value>(work: Promise<Value>): Promise<Value>;
  /** Prints the title above everything else. */
  intro(title: string): void;
  info(text: string): void;
  success(text: string): void;
  warn(text: string): void;
  note(title: string, text: string): void;
  /**
   * Prints a text with nothing beside it, so that its lines can be selected, wrapped at words. The line `copied` is for
   * the terminal to wrap: it is one line again when it is pasted.
   */
  forCopying(text: string, copied: string): void;
  /** Prints the last line. */
  outro(text: string): void;
}

/** `initial`: the text in the field at first; `hint`: shown while the field is empty. */
export interface TextOptions {
  readonly initial?: string;
  readonly hint?: string;
  /** Returns a sentence while the text can't be accepted, else null. */
  readonly problem?: (typed: string) => string | null;
}

/** Cells of the bar in front of a sentence, and one behind it. */
const BAR_CELLS = 4;
/** Cells of the box of a note, beside its text or its title. */
const BOX_CELLS = 6;
/** A sentence is wrapped at no fewer cells, even in a narrower window. */
const WRAP_CELLS_MIN = 20;
const COLUMNS_DEFAULT = 80;
/** The package moves in a menu by these letters. People type them there to find a name that begins so. */
const VIM_KEYS = "hjkl";
/** Rows of a menu; with more choices it scrolls. */
const CHOICES_SHOWN_MAX = 12;

/**
 * Makes prompts that draw on a terminal. Call it only where `isInteractive` is true: elsewhere a question would
 * wait forever. `words` is called at each use, since the language may change. `background`: asks for the terminal's,
 * before the chat needs it.
 */
export function makePrompts(
  stdin: Stdin,
  stdout: Stdout,
  { colour, holdSubmit }: { readonly colour: boolean; readonly holdSubmit: boolean },
  keyboard: Keyboard,
  words: () => Words,
  background: Pick<Parameters<typeof clackStreams>[2], "backgroundQuery" | "onBackground"> = {},
): Prompts {
  for (const letter of VIM_KEYS) clack.settings.aliases.delete(letter);
  const common = clackStreams(stdin, stdout, {
    ...{ colour, lateSyllable: holdSubmit, keyboard },
    ...background,
  });
  const { output } = common;
  const wrap = (text: string): string => wrapFor(stdout, text);
  /** The package draws its bar before a question's first line only, but for `confirm`. */
  const question = (text: string): string => wrap(text).replaceAll("\n", `\n${clack.S_BAR}  `);
  return {
    async select<Value>(
      message: string,
      choices: readonly Choice<Value>[],
      initial?: Value,
      update?: MenuUpdate<Value>,
    ) {
      const menu = new UpdatingMenu(choices, common);
      const selection = clack.select<Value>({
        ...common,
        message: question(message),
        // The package's type asks for a label only where the value isn't a string; these always have one.
        options: menu.options as Parameters<typeof clack.select<Value>>[0]["options"],
        maxItems: CHOICES_SHOWN_MAX,
        showInstructions: false,
        ...(initial === undefined ? {} : { initialValue: initial }),
      });
      const stopUpdates = update?.((changed) => menu.show(changed));
      try {
        return answerOf(await selection);
      } finally {
        stopUpdates?.();
      }
    },
    async text(message, options = {}) {
      const typed = await clack.text({
        ...common,
        message: question(message),
        ...(options.initial === undefined ? {} : { initialValue: options.initial }),
        ...(options.hint === undefined ? {} : { placeholder: options.hint }),
        ...validation(wrap, options.problem),
      });
      const text = answerOf(typed === undefined ? "" : typed);
      return text?.normalize("NFC").trim() ?? null;
    },
    async password(message, problem) {
      const typed = await clack.password({
        ...common,
        message: question(message),
        ...validation(wrap, problem),
      });
      return answerOf(typed === undefined ? "" : typed);
    },
    async confirm(message, yes, no, initial = true) {
      const options = { active: yes, inactive: no, initialValue: initial };
      return answerOf(await clack.confirm({ ...common, message: wrap(message), ...options }));
    },
    async askLeave(message, leave, stay) {
      const options = { active: leave, inactive: stay, initialValue: false };
      const answer = await clack.confirm({ ...common, message: wrap(message), ...options });
      return clack.isCancel(answer) ? common.input.wasInterrupted : answer;
    },
    async ignoreKeys(work) {
      common.input.ignoreKeys(true);
      try {
        return await work;
      } finally {
        common.input.ignoreKeys(false);
      }
    },
    intro: (title) => clack.intro(title, { output }),
    info: (text) => clack.log.message(wrap(text), { output }),
    success: (text) => clack.log.success(wrap(text), { output }),
    warn: (text) => clack.log.warn(wrap(text), { output }),
    note(title, text) {
      if (cellsOf(title) + BOX_CELLS > columnsOf(stdout)) {
        clack.log.step(wrap(title), { output });
        return clack.log.message(wrap(text), { output });
      }
      const rows = wrapFor(stdout, text, BOX_CELLS);
      clack.note(rows, title, { output, format: (line) => line });
    },
    forCopying(text, copied) {
      const wrapLine = (line: string) => (line === copied ? line : wrapFor(stdout, line, 0));
      stdout.write(`\n${text.split("\n").map(wrapLine).join("\n")}\n\n`);
    },
    outro: (text) => clack.outro(text || words().menu.goodbye, { output }),
  };
}

/** Wraps at words between the bar and the window's edge; the package would let the terminal cut words. */
function wrapFor(stdout: Stdout, text: string, frameCells = BAR_CELLS): string {
  const columns = Math.max(WRAP_CELLS_MIN, columnsOf(stdout) - frameCells);
  return Bun.wrapAnsi(text, columns, { hard: true });
}

function columnsOf(stdout: Stdout): number {
  return stdout.columns || COLUMNS_DEFAULT;
}

/** Returns null when the user left the question. */
function answerOf<Value>(value: Value | typeof clack.CANCEL_SYMBOL): Value | null {
  return clack.isCancel(value) ? null : (value as Value);
}

function validation(
  wrap: (text: string) => string,
  problem: ((typed: string) => string | null) | undefined,
) {
  if (problem === undefined) return {};
  const validate = (typed: string | undefined) => {
    const sentence = problem((typed ?? "").normalize("NFC"));
    // The package draws it behind the end of its bar, and lets the terminal cut words.
    return sentence === null ? undefined : wrap(sentence).replaceAll("\n", "\n   ");
  };
  return { validate };
}
