import { expect, test } from "bun:test";
import { ACTION_GROUPS, rowsOfStyle } from "../../lib/app/chat-screen/keys/key-table.ts";
import { type KeyName, showKeys } from "../../lib/terminal/key-names.ts";
import { tableOf } from "./keys-page.ts";

/** docs/keys.md has every key of the table, and every action; the READMEs have the everyday ones. */

const page = await Bun.file(new URL("../../docs/keys.md", import.meta.url)).text();
const sectionOf = (title: string): string =>
  page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";

test.each([
  ["sodam", "The usual keys"],
  ["slack", '`keys = "slack"`'],
  ["weechat", '`keys = "weechat"`'],
] as const)("the page has the keys of %s, and no other", (style, title) => {
  const rows = sectionOf(title)
    .split("\n")
    .filter((row) => row.startsWith("| ") && !/^\| (?:key|---)/.test(row));
  expect(rows).toEqual(tableOf(style));
});

test("the page names every action", () => {
  const missing = Object.keys(ACTION_GROUPS).filter(
    (action) => !page.includes(`\`${action}\``) && action !== "self-insert-space",
  );
  expect(missing).toEqual([]);
});

test("the short tables of the READMEs have keys that are in the table", async () => {
  const usual = new Set(Object.keys(rowsOfStyle("sodam")).map((key) => showKeys(key as KeyName)));
  for (const name of ["README.md", "README.ko.md"]) {
    const text = await Bun.file(new URL(`../../${name}`, import.meta.url)).text();
    const rows = text.split("\n").filter((row) => /^\| (?:Ctrl-|Alt-|F1|Tab|↑)/.test(row));
    const keys = rows
      .flatMap((row) => row.split("|")[1]?.split(",") ?? [])
      .map((key) => key.trim());
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter((key) => !usual.has(key))).toEqual([]);
  }
});
