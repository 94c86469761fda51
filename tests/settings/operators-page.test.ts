import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ADMIN_COMMANDS, adminUsage } from "../../lib/protocol/admin/admin-commands.ts";

/** docs/operators.md and its Korean version. */

const ENGLISH = page("operators.md");
const KOREAN = page("operators.ko.md");

function page(name: string): string {
  return readFileSync(join(import.meta.dir, "../../docs", name), "utf8");
}

/** The lines that must be alike: headings by their level, rows of tables by their first cell, code, list items. */
function structure(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const marker = /^(#+ |\d+\. |- |```\w*|\|)/.exec(line)?.[1];
    return marker === undefined ? [] : [marker];
  });
}

test("both have the same headings, tables, lists and code, in the same order", () => {
  expect(structure(KOREAN)).toEqual(structure(ENGLISH));
  expect(structure(ENGLISH).filter((marker) => marker === "## ").length).toBeGreaterThan(10);
});

/** Section → how many paragraphs, lists, tables and blocks of code it has. */
function paragraphCounts(text: string): number[] {
  return text
    .split(/^## /mu)
    .map((section) => section.split(/\n\s*\n/u).filter((part) => part.trim() !== "").length);
}

test("each section has as many paragraphs in both", () => {
  expect(paragraphCounts(KOREAN)).toEqual(paragraphCounts(ENGLISH));
});

test("every link within a page leads to a heading of it", () => {
  for (const text of [ENGLISH, KOREAN]) {
    const anchors = [...text.matchAll(/^#+ (.*)$/gmu)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} -]/gu, "")
        .replaceAll(" ", "-"),
    );
    for (const [, anchor = ""] of text.matchAll(/\]\(#([^)]+)\)/gu))
      expect(anchors).toContain(anchor);
  }
});

test("both name the same settings and tasks", () => {
  const flags = (text: string) => [...new Set(text.match(/--[a-z][a-z-]+/g))].sort();
  expect(flags(KOREAN)).toEqual(flags(ENGLISH));
});

test("both have every command of the owner's console as it is typed", () => {
  for (const name of Object.keys(ADMIN_COMMANDS)) {
    const usage = adminUsage(name as keyof typeof ADMIN_COMMANDS);
    for (const text of [ENGLISH, KOREAN]) expect(text).toContain(`\`${usage}\``);
  }
});
