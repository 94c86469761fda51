import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { en } from "../../lib/app/i18n/en.ts";
import { ko } from "../../lib/app/i18n/ko.ts";
import type { Words } from "../../lib/app/i18n/words.ts";
import { makePrompts } from "../../lib/app/menu/prompts.ts";
import type { Stdin, Stdout } from "../../lib/terminal/restore-on-exit.ts";
import { cellsOf } from "../../lib/terminal/width.ts";

/** Prompts in a window of so many columns, and what was drawn since the last look. */
function open(columns: number, words: Words) {
  const ends = { isTTY: true, columns, rows: 24, setRawMode: () => {}, ref() {}, unref() {} };
  const output = new PassThrough();
  const [stdin, stdout] = [new PassThrough(), output].map((end) => Object.assign(end, ends));
  const options = { colour: false, holdSubmit: false };
  const prompts = makePrompts(
    stdin as unknown as Stdin,
    stdout as unknown as Stdout,
    options,
    "latin",
    () => words,
  );
  const drawn = (): string[] => {
    let written = "";
    for (let part = output.read(); part !== null; part = output.read()) written += String(part);
    return Bun.stripANSI(written).split(/\r?\n/);
  };
  return { prompts, stdin, drawn };
}

/** The rows of a note in a window of so many columns. */
function rowsOf(title: string, text: string, columns: number, words: Words): string[] {
  const { prompts, drawn } = open(columns, words);
  prompts.note(title, text);
  return drawn();
}

test.each([60, 40])(
  "what is wrong with an answer fits %d columns, and cuts no word",
  async (columns) => {
    const { prompts, stdin, drawn } = open(columns, en);
    const problem = en.elsewhere.nickLetters;
    const answer = prompts.text("Name", {
      problem: (typed) => (typed === "mina" ? null : problem),
    });
    stdin?.write("1\r");
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    const rows = drawn();
    expect(rows.filter((row) => cellsOf(row) > columns)).toEqual([]);
    expect(rows.join(" ").replace(/\s+/g, " ")).toContain(problem);
    stdin?.write("\x7fmina\r");
    expect(await answer).toBe("mina");
  },
);

for (const [name, words] of [
  ["English", en],
  ["Korean", ko],
] as const) {
  test.each([100, 60, 40])(`a warning fits a window of %d columns (${name})`, (columns) => {
    const { title, explain } = words.plainText;
    const rows = rowsOf(title, explain("irc.example:6667"), columns, words);
    expect(rows.filter((row) => cellsOf(row) > columns)).toEqual([]);
    const text = rows.map((row) => row.replace(/^[│◇├]\s*|\s*[│╮╯]?$/g, "")).join(" ");
    expect(text.replace(/[─\s]+/g, " ")).toContain(`${title} ${explain("irc.example:6667")}`);
    // No row of the text begins with the space between two words.
    expect(rows.filter((row) => /^│ {3}\S/.test(row))).toEqual([]);
  });
}

test("text to be copied is wrapped at words, but what is copied stays on one line", () => {
  const { prompts, drawn } = open(20, en);
  const copied = `bun client.ts sodam://example.org/${"a".repeat(30)}`;
  prompts.forCopying(`This line leads to this server.\n\n${copied}`, copied);
  expect(drawn()).toEqual(["", "This line leads to", "this server.", "", copied, "", ""]);
});
