import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseServerArguments } from "../../lib/settings/server-settings.ts";

/** docs/cluster.md and its Korean version. */

const DOCS = join(import.meta.dir, "../../docs");
const ENGLISH = page("cluster.md");
const KOREAN = page("cluster.ko.md");

function page(name: string): string {
  return readFileSync(join(DOCS, name), "utf8");
}

/** Headings, rows of tables, code and list items. */
function structure(text: string): string[] {
  return text.split("\n").flatMap((line) => /^(#+ |\d+\. |- |```\w*|\|)/.exec(line)?.[1] ?? []);
}

/** The lines of blocks of code, without comments. */
function codeIn(text: string): string[] {
  return [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, code = ""]) =>
    code.split("\n").map((line) => line.replace(/\s*#.*/, "")),
  );
}

test("both have the same headings, tables, lists and code", () => {
  expect(structure(KOREAN)).toEqual(structure(ENGLISH));
  const isCommand = (line: string) => !/──|폴더|folder/.test(line);
  expect(codeIn(KOREAN).filter(isCommand)).toEqual(codeIn(ENGLISH).filter(isCommand));
});

test("its settings and flags are those of the server", () => {
  const files = [...ENGLISH.matchAll(/^```toml\n([\s\S]*?)^```/gm)].map(([, text = ""]) => text);
  expect(files.length).toBeGreaterThan(0);
  for (const text of files) {
    const parsed = parseServerArguments(["--config", "sodam.toml"], (path) =>
      path === "sodam.toml" ? text : "",
    );
    expect(parsed).toHaveProperty("settings.nats.length", 3);
    expect(parsed).toHaveProperty("warnings", []);
  }
  const lines = codeIn(ENGLISH).flatMap((line) => /^bun server\.ts (--.*)/.exec(line)?.[1] ?? []);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    expect(parseServerArguments(line.trim().split(/ +/), () => null)).toHaveProperty("settings");
  }
});

test("the files to which it leads are there", () => {
  for (const [, name = ""] of ENGLISH.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
    expect([name, existsSync(join(DOCS, name))]).toEqual([name, true]);
  }
});
