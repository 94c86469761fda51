/**
 * The questions of the menus, line by line: nothing is drawn twice and the cursor never goes back.
 * For screen readers and for terminals that can do no more.
 */
import { createInterface, type Interface } from "node:readline";
import { onInterrupt, type Stdin, type Stdout } from "../terminal/tty.ts";
import type { Choice, Prompts, TextOptions } from "./prompt.ts";
import type { Words } from "./words.ts";

/** An empty line takes what is in brackets; in a menu 0 goes one step back, as Ctrl-C does everywhere. */
export function plainPrompts(stdin: Stdin, stdout: Stdout, words: () => Words): Prompts {
  const print = (text: string): void => void stdout.write(`${text}\n`);

  /** One line as it was typed, or null when the person stepped back. `secret`: it isn't shown. */
  const read = (question: string, secret = false): Promise<string | null> => {
    stdout.write(question);
    const shown = secret ? { terminal: true, output: silent(stdout) } : { terminal: false };
    const lines: Interface = createInterface({ input: stdin, ...shown });
    return new Promise((resolve) => {
      let answer: string | null = null;
      // Told by readline while it reads a password key by key, and otherwise by the driver.
      lines.on("SIGINT", () => lines.close());
      const stop = onInterrupt(() => lines.close());
      lines.once("line", (typed) => {
        answer = typed.normalize("NFC");
        lines.close();
      });
      lines.once("close", () => {
        stop();
        if (secret || answer === null) stdout.write("\n");
        resolve(answer);
      });
    });
  };

  const select = async <Value>(
    message: string,
    choices: readonly Choice<Value>[],
    initial?: Value,
  ): Promise<Value | null> => {
    const preset =
      Math.max(
        0,
        choices.findIndex((choice) => choice.value === initial),
      ) + 1;
    for (const [at, { label, hint }] of choices.entries()) {
      print(`${at + 1}. ${label}${hint === undefined ? "" : ` (${hint})`}`);
    }
    for (;;) {
      const typed = await read(`${message} ${words().plain.number(choices.length, preset)} `);
      if (typed === null || typed.trim() === "0") return null;
      const choice = choices[(typed.trim() === "" ? preset : Number(typed)) - 1];
      if (choice !== undefined) return choice.value;
      print(words().plain.noSuchNumber(choices.length));
    }
  };

  const ask = async (
    message: string,
    { initial, problem }: TextOptions,
    secret = false,
  ): Promise<string | null> => {
    const preset = initial === undefined || initial === "" ? "" : ` [${initial}]`;
    for (;;) {
      const typed = await read(`${message}${preset}: `, secret);
      if (typed === null) return null;
      const answer = typed === "" ? (initial ?? "") : typed;
      const wrong = problem?.(answer) ?? null;
      if (wrong === null) return secret ? answer : answer.trim();
      print(wrong);
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
    begin: print,
    say: print,
    good: print,
    bad: print,
    box: (title, text) => print(`${title}\n${text}`),
    end: (text) => print(text || words().menu.goodbye),
  };
}

/** Where readline echoes to while a password is typed: nowhere. */
function silent(stdout: Stdout): NodeJS.WritableStream {
  return Object.create(stdout, { write: { value: () => true } }) as NodeJS.WritableStream;
}
