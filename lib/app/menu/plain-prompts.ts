/**
 * The menus line by line (`--append`): nothing is redrawn and the cursor never moves back. For screen readers
 * and for terminals without cursor control.
 */
import { createInterface, type Interface } from "node:readline";
import type { Stdin, Stdout } from "../../terminal/restore-on-exit.ts";
import { onInterrupt } from "../../terminal/restore-on-exit.ts";
import { onSuspend, setRawModeAnew, suspend } from "../../terminal/suspend.ts";
import type { Words } from "../i18n/words.ts";
import type { Choice, Prompts, TextOptions } from "./prompts.ts";
import type { MenuUpdate } from "./updating-menu.ts";

/** Makes prompts that read lines. An empty line accepts the default in brackets; 0 in a menu, and Ctrl-C, go back. */
export function plainPrompts(stdin: Stdin, stdout: Stdout, words: () => Words): Prompts {
  const print = (text: string): void => void stdout.write(`${text}\n`);

  /** Reads one line as it was typed; null when the user went back. `secret`: it isn't echoed. */
  const readLine = (question: string, secret = false): Promise<string | null> => {
    const mode = secret ? { terminal: true, output: silent(stdout) } : { terminal: false };
    const lines: Interface = createInterface({ input: stdin, ...mode });
    // Later than the mode: whoever sees the question may type, and the terminal must not show it.
    stdout.write(question);
    return new Promise((resolve) => {
      let answer: string | null = null;
      // Ctrl-C comes from readline while it reads a password key by key, and otherwise from the terminal driver.
      lines.on("SIGINT", () => lines.close());
      // Readline itself would stop the process, and not hear the keyboard when it goes on.
      lines.on("SIGTSTP", suspend);
      const stopSuspending = onSuspend(
        () => {
          if (secret) stdin.setRawMode(false);
        },
        () => {
          if (secret) setRawModeAnew(stdin);
          // The shell has written below the question, and the terminal driver has dropped what was typed.
          stdout.write(question);
        },
      );
      const stopInterrupt = onInterrupt(() => lines.close());
      lines.once("line", (typed) => {
        answer = typed.normalize("NFC");
        lines.close();
      });
      lines.once("close", () => {
        stopInterrupt();
        stopSuspending();
        if (secret || answer === null) stdout.write("\n");
        resolve(answer);
      });
    });
  };

  const select = async <Value>(
    message: string,
    choices: readonly Choice<Value>[],
    initial?: Value,
    update?: MenuUpdate<Value>,
  ): Promise<Value | null> => {
    let shown = choices;
    let defaultNumber = numberOf(shown, initial);
    const printChoices = (): void => {
      for (const [index, { label, hint }] of shown.entries()) {
        print(`${index + 1}. ${label}${hint === undefined ? "" : ` (${hint})`}`);
      }
    };
    const question = (): string =>
      `${message} ${words().plain.number(shown.length, defaultNumber)} `;
    printChoices();
    const stopUpdates = update?.((changed) => {
      // A screen reader would read out the menu again for each unread count that grows: only a new choice counts.
      const isShown = (value: Value): boolean => shown.some((choice) => choice.value === value);
      if (changed.every(({ value }) => isShown(value))) return;
      const defaultValue = shown[defaultNumber - 1]?.value;
      shown = changed;
      defaultNumber = numberOf(shown, defaultValue);
      print("");
      printChoices();
      stdout.write(question());
    });
    try {
      for (;;) {
        const typed = await readLine(question());
        if (typed === null || typed.trim() === "0") return null;
        const choice = shown[(typed.trim() === "" ? defaultNumber : Number(typed)) - 1];
        if (choice !== undefined) return choice.value;
        print(words().plain.noSuchNumber(shown.length));
      }
    } finally {
      stopUpdates?.();
    }
  };

  const ask = async (
    message: string,
    { initial, problem }: TextOptions,
    secret = false,
  ): Promise<string | null> => {
    const shownDefault = initial === undefined || initial === "" ? "" : ` [${initial}]`;
    for (;;) {
      const typed = await readLine(`${message}${shownDefault}: `, secret);
      if (typed === null) return null;
      const answer = typed === "" ? (initial ?? "") : typed;
      const sentence = problem?.(answer) ?? null;
      if (sentence === null) return secret ? answer : answer.trim();
      print(sentence);
    }
  };

  return {
    select,
    text: (message, options = {}) => ask(message, options),
    password: (message, problem) => ask(message, problem === undefined ? {} : { problem }, true),
    confirm: (message, yes, no, initial = true) => {
      const choices = [
        { value: true, label: yes },
        { value: false, label: no },
      ];
      return select(message, choices, initial);
    },
    async askLeave(message, leave, stay) {
      print(`1. ${leave}`);
      print(`2. ${stay}`);
      for (;;) {
        const typed = await readLine(`${message} ${words().plain.number(2, 2)} `);
        if (typed === null) return true;
        if (/^(?:0|2|)$/.test(typed.trim())) return false;
        if (typed.trim() === "1") return true;
        print(words().plain.noSuchNumber(2));
      }
    },
    intro: print,
    info: print,
    success: print,
    warn: print,
    note: (title, text) => print(`${title}\n${text}`),
    forCopying: (text) => print(`\n${text}\n`),
    outro: (text) => print(text || words().menu.goodbye),
  };
}

/** Returns the number of the choice with this value, or 1 if there is none. */
function numberOf<Value>(choices: readonly Choice<Value>[], value: Value | undefined): number {
  const index = choices.findIndex((choice) => choice.value === value);
  return Math.max(0, index) + 1;
}

/** Returns an output that drops what readline echoes while a password is typed. */
function silent(stdout: Stdout): NodeJS.WritableStream {
  return Object.create(stdout, { write: { value: () => true } }) as NodeJS.WritableStream;
}
