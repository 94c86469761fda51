import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { plainPrompts } from "../../lib/app/prompt-plain.ts";
import { wordsFor } from "../../lib/app/words.ts";
import type { Stdin, Stdout } from "../../lib/terminal/tty.ts";

/** Somebody who hears line after line, and answers each question. */
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
    // Questions need nothing else of a terminal.
  } as unknown as Stdout;
  const words = wordsFor("en");
  const prompts = plainPrompts(input as unknown as Stdin, output, () => words);
  return { prompts, heard };
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
  expect(heard).toContain("Please write a number from 1 to 2, or 0 to go back.\n");
  expect(await prompts.select("Which?", FRUIT)).toBeNull();
});

test("a text that won't do is asked for again, and nothing that was written is drawn twice", async () => {
  const { prompts, heard } = reader("x", "mina", "2");
  const problem = (typed: string) => (typed.length < 2 ? "Longer, please." : null);
  expect(await prompts.text("Name", { problem })).toBe("mina");
  expect(heard).toEqual(["Name: ", "Longer, please.\n", "Name: "]);
  expect(await prompts.confirm("Sure?", "Yes", "No")).toBe(false);
  expect(heard.join("")).not.toContain("\x1b");
});
