/**
 * The questions of the menus, line by line: nothing is drawn twice and the cursor never goes back.
 * For screen readers and for terminals that can do no more.
 */
import { createInterface, type Interface } from "node:readline";
import { onInterrupt, type Stdin, type Stdout } from "../../terminal/tty.ts";
import type { Words } from "../i18n/words.ts";
import type { Choice, Prompts, TextOptions } from "./prompts.ts";
import type { MenuUpdate } from "./updating-menu.ts";

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
    renewal?: MenuUpdate<Value>,
  ): Promise<Value | null> => {
    let shown = choices;
    let preset =
      Math.max(
        0,
        choices.findIndex((choice) => choice.value === initial),
      ) + 1;
    const list = (): void => {
      for (const [at, { label, hint }] of shown.entries()) {
        print(`${at + 1}. ${label}${hint === undefined ? "" : ` (${hint})`}`);
      }
    };
    const question = (): string => `${message} ${words().plain.number(shown.length, preset)} `;
    list();
    const stop = renewal?.((others) => {
      // Each number that grows would be read out again: only what wasn't there before is news.
      if (others.every(({ value }) => shown.some((one) => one.value === value))) return;
      const { value } = shown[preset - 1] ?? {};
      shown = others;
      preset =
        Math.max(
          0,
          shown.findIndex((one) => one.value === value),
        ) + 1;
      print("");
      list();
      stdout.write(question());
    });
    try {
      for (;;) {
        const typed = await read(question());
        if (typed === null || typed.trim() === "0") return null;
        const choice = shown[(typed.trim() === "" ? preset : Number(typed)) - 1];
        if (choice !== undefined) return choice.value;
        print(words().plain.noSuchNumber(shown.length));
      }
    } finally {
      stop?.();
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
