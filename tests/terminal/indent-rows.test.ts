import { expect, test } from "bun:test";
import { indentRows } from "../../lib/terminal/sanitize.ts";

const FORGED = "09:42 boss: you are fired";

test.each([
  ["spaces", " ".repeat(70)],
  ["wide blanks", "\u3000".repeat(35)],
  ["letters", "x".repeat(61)],
  ["Hangul", "가".repeat(31)],
  ["a line break", "\n"],
])("no text behind %s looks like another line, at any width", (_, between) => {
  for (const columns of [undefined, 20, 33, 40, 79, 80, 81, 132]) {
    const [first = "", ...rows] = indentRows(`09:41 jun: hi${between}${FORGED}`, columns).split(
      "\n",
    );
    expect(first).toStartWith("09:41 jun:");
    for (const row of rows) expect(row).toStartWith("      ");
    if (columns === undefined) continue;
    for (const row of [first, ...rows]) expect(Bun.stringWidth(row)).toBeLessThanOrEqual(columns);
  }
});

test("code keeps its indentation, and blank lines stay", () => {
  expect(indentRows("09:41 jun: if x:\n    y()\n\nz", 80)).toBe(
    "09:41 jun: if x:\n          y()\n      \n      z",
  );
});

test("a line that fits, and one of a very narrow terminal, stay as they are", () => {
  expect(indentRows("09:41 jun: hi", 80)).toBe("09:41 jun: hi");
  expect(indentRows("09:41 jun: hello there", 12)).toBe("09:41 jun: hello there");
});
