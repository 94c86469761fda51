import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { en } from "../../lib/app/i18n/en.ts";
import { ko } from "../../lib/app/i18n/ko.ts";
import type { Words } from "../../lib/app/i18n/words.ts";
import { makePrompts } from "../../lib/app/menu/prompts.ts";
import type { Stdin, Stdout } from "../../lib/terminal/tty.ts";
import { cellsOf } from "../../lib/terminal/width.ts";

/** The rows of a note in a window of so many columns. */
function rowsOf(title: string, text: string, columns: number, words: Words): string[] {
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
  prompts.note(title, text);
  let written = "";
  for (let part = output.read(); part !== null; part = output.read()) written += String(part);
  return Bun.stripANSI(written).split(/\r?\n/);
}

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
