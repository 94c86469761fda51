import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { plainPrompts } from "../../lib/app/menu/plain-prompts.ts";
import type { Stdin, Stdout } from "../../lib/terminal/restore-on-exit.ts";

/** Prompts with a reader who collects what is printed and types the next answer at each question. */
function reader(...answers: string[]) {
  const input = new PassThrough();
  const heard: string[] = [];
  const output = {
    write(text: string) {
      heard.push(text);
      // A question ends in a space, a sentence in a line feed.
      const answer = text.endsWith(" ") ? answers.shift() : undefined;
      if (answer !== undefined) queueMicrotask(() => input.write(`${answer}\n`));
      return true;
    },
    // The prompts use nothing else of a terminal.
  } as unknown as Stdout;
  const words = wordsFor("en");
  const prompts = plainPrompts(input as unknown as Stdin, output, () => words);
  const type = (text: string) => input.write(`${text}\n`);
  return { prompts, heard, type };
}

const FRUIT = [
  { value: "apple", label: "An apple" },
  { value: "pear", label: "A pear", hint: "ripe" },
];

test("choices are numbered; an empty line takes the one in brackets, 0 goes back", async () => {
  const { prompts, heard } = reader("", "9", "1", "0");
  expect(await prompts.select("Which?", FRUIT, "pear")).toBe("pear");
  expect(heard).toEqual(["1. An apple\n", "2. A pear (ripe)\n", "Which? (1-2, 0: back) [2] "]);
  expect(await prompts.select("Which?", FRUIT)).toBe("apple");
  expect(heard).toContain("Type a number from 1 to 2, or 0 to go back.\n");
  expect(await prompts.select("Which?", FRUIT)).toBeNull();
});

test("asks again for a text that can't be accepted, and draws nothing twice", async () => {
  const { prompts, heard } = reader("x", "mina", "2");
  const problem = (typed: string) => (typed.length < 2 ? "Longer, please." : null);
  expect(await prompts.text("Name", { problem })).toBe("mina");
  expect(heard).toEqual(["Name: ", "Longer, please.\n", "Name: "]);
  expect(await prompts.confirm("Sure?", "Yes", "No")).toBe(false);
  expect(heard.join("")).not.toContain("\x1b");
});

test("prints an open menu again for a new choice, and not for a changed label", async () => {
  const { prompts, heard, type } = reader();
  const pear = { value: "pear", label: "A pear" };
  let show: (choices: typeof FRUIT) => void = () => {};
  let isOver = false;
  const answer = prompts.select("Which?", FRUIT, "pear", (showChoices) => {
    show = showChoices;
    return () => {
      isOver = true;
    };
  });
  show([FRUIT[0] ?? pear, { ...pear, hint: "riper" }]);
  expect(heard).toHaveLength(3);
  show([{ value: "fig", label: "A fig" }, ...FRUIT]);
  expect(heard.slice(3)).toEqual([
    "\n",
    "1. A fig\n",
    "2. An apple\n",
    "3. A pear (ripe)\n",
    "Which? (1-3, 0: back) [3] ",
  ]);
  expect(isOver).toBe(false);
  type("1");
  expect(await answer).toBe("fig");
  expect(isOver).toBe(true);
});
