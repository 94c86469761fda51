import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Folder } from "./program.ts";

/**
 * Carries out the recipes of CONTRIBUTING.md in a copy of the tree. A recipe is a `###` heading under "Recipes". Its
 * code blocks consist of edits, and a line says where each goes:
 *
 *     // tests/commands/shrug.test.ts               a new file
 *     // lib/chat-server/x.ts, below: START         under the one line that begins with START
 *     // lib/chat-server/x.ts, above: START         over it
 *     // lib/chat-server/x.ts, in place of: START   instead of it
 *
 * Then the compiler runs, Biome on the files that changed, and the tests among them.
 */

const ROOT = resolve(import.meta.dir, "../..");
const PAGE = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
const PLACE = /^\/\/ ((?:lib|tests|docs)\/[\w./-]+)(?:, (below|above|in place of): (.*))?$/;

interface Edit {
  readonly path: string;
  /** The line that is edited; `null` for a new file. */
  readonly place: { readonly side: string; readonly start: string } | null;
  readonly text: string;
}

interface Recipe {
  readonly name: string;
  readonly edits: readonly Edit[];
}

function recipesOf(page: string): Recipe[] {
  const start = page.indexOf("\n## Recipes\n");
  const end = page.indexOf("\n## ", start + 4);
  const sections = page
    .slice(start, end === -1 ? undefined : end)
    .split("\n### ")
    .slice(1);
  return sections.map((section) => ({
    name: section.slice(0, section.indexOf("\n")),
    edits: [...section.matchAll(/^( *)```ts\n([\s\S]*?)^ *```$/gm)].flatMap(
      ([, indent = "", block = ""]) =>
        editsOf(block.replaceAll(new RegExp(`^${indent}`, "gm"), "")),
    ),
  }));
}

/** A block whose first line says no place is an illustration, and is no edit. */
function editsOf(block: string): Edit[] {
  const edits: { path: string; place: Edit["place"]; lines: string[] }[] = [];
  for (const line of block.trimEnd().split("\n")) {
    const [, path, side = "", start = ""] = PLACE.exec(line) ?? [];
    if (path === undefined) edits.at(-1)?.lines.push(line);
    else edits.push({ path, place: side === "" ? null : { side, start }, lines: [] });
  }
  return edits.map(({ path, place, lines }) => ({ path, place, text: lines.join("\n").trimEnd() }));
}

function applyEdit(root: string, { path, place, text }: Edit): void {
  const file = join(root, path);
  if (place === null) {
    mkdirSync(dirname(file), { recursive: true });
    return writeFileSync(file, `${text}\n`, { flag: "wx" });
  }
  const { side, start } = place;
  const lines = readFileSync(file, "utf8").split("\n");
  const matching = lines.flatMap((line, index) => (line.trim().startsWith(start) ? [index] : []));
  expect(matching, `lines of ${path} that begin with "${start}"`).toHaveLength(1);
  const index = (matching[0] ?? 0) + (side === "below" ? 1 : 0);
  lines.splice(index, side === "in place of" ? 1 : 0, text);
  writeFileSync(file, lines.join("\n"));
}

/** Copies the project without what a server or a build left there, and links the packages. */
function copyTree(folder: Folder): string {
  const root = folder.at("copy");
  const left = ["node_modules", ".git", "data", "dist"].map((name) => join(ROOT, name));
  cpSync(ROOT, root, { recursive: true, filter: (path) => !left.includes(path) });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  return root;
}

describe("the recipes of CONTRIBUTING.md", () => {
  const recipes = recipesOf(PAGE);

  test("exist for everything that contributors add", () => {
    const names = recipes.map(({ name }) => name.toLowerCase()).join("; ");
    for (const what of [
      "command",
      "capability",
      "event kind",
      "field",
      "slash command",
      "setting",
      "sentence",
      "stored text",
    ]) {
      expect(names).toContain(what);
    }
  });

  // All of them in one tree: the compiler takes as long for one as for all.
  test("hold", () => {
    using folder = new Folder();
    const root = copyTree(folder);
    for (const { name, edits } of recipes) {
      expect(
        edits.filter(({ path }) => path.endsWith(".test.ts") || path === "docs/protocol.md"),
        `tests of "${name}"`,
      ).not.toEqual([]);
      for (const edit of edits) applyEdit(root, edit);
    }
    const paths = [...new Set(recipes.flatMap(({ edits }) => edits.map(({ path }) => path)))];
    const tests = [
      ...paths.filter((path) => path.endsWith(".test.ts")),
      "tests/protocol-page.test.ts",
    ];
    const run = (...command: string[]) => {
      const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: root });
      return { exitCode, output: exitCode === 0 ? "" : `${stdout}${stderr}` };
    };
    const holds = { exitCode: 0, output: "" };
    expect(run("node_modules/.bin/tsc", "--noEmit")).toEqual(holds);
    const sources = paths.filter((path) => path.endsWith(".ts"));
    expect(run("node_modules/.bin/biome", "check", "--error-on-warnings", ...sources)).toEqual(
      holds,
    );
    expect(run(process.execPath, "test", ...tests.map((path) => `./${path}`))).toEqual(holds);
  }, 120_000);
});
