import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Folder } from "./program.ts";

/**
 * Carries out the recipes of CONTRIBUTING.md in a copy of the tree: a recipe is a heading under "Recipes", and
 * each of its code blocks says on its first line where it goes:
 *
 *     // tests/commands/shrug.test.ts            a new file
 *     // lib/chat-server/x.ts, below: SOME LINE  under the one line that reads so
 *     // lib/chat-server/x.ts, above: SOME LINE  over it
 *
 * Then the compiler runs, and the recipe's tests: the new files under tests/.
 */

const ROOT = resolve(import.meta.dir, "../..");
const PAGE = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");

interface Block {
  readonly path: string;
  readonly place: { readonly side: "below" | "above"; readonly line: string } | null;
  readonly text: string;
}

interface Recipe {
  readonly name: string;
  readonly blocks: readonly Block[];
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
    blocks: [...section.matchAll(/^( *)```(?:ts|md|json)\n([\s\S]*?)^ *```$/gm)].flatMap(
      ([, indent = "", block = ""]) =>
        blockOf(block.replaceAll(new RegExp(`^${indent}`, "gm"), "")),
    ),
  }));
}

function blockOf(block: string): Block[] {
  const [first = "", ...rest] = block.split("\n");
  const head = /^(?:\/\/|<!--) ([\w./-]+)(?:, (below|above): (.*?))?(?: -->)?$/.exec(first);
  if (head === null) return [];
  const [, path = "", side, line = ""] = head;
  const text = rest.join("\n");
  if (side !== "below" && side !== "above") return [{ path, place: null, text }];
  return [{ path, place: { side, line: line.trim() }, text }];
}

function carryOutBlock(root: string, { path, place, text }: Block): void {
  const file = join(root, path);
  if (place === null) {
    mkdirSync(dirname(file), { recursive: true });
    return writeFileSync(file, text, { flag: "wx" });
  }
  const lines = readFileSync(file, "utf8").split("\n");
  const matching = lines.flatMap((line, index) => (line.trim() === place.line ? [index] : []));
  expect(matching, `lines of ${path} that read "${place.line}"`).toHaveLength(1);
  const index = (matching[0] ?? 0) + (place.side === "below" ? 1 : 0);
  lines.splice(index, 0, ...text.replace(/\n$/, "").split("\n"));
  writeFileSync(file, lines.join("\n"));
}

/** Copies what git has, and the packages. */
function copyTree(folder: Folder): string {
  const root = folder.at("copy");
  const listed = Bun.spawnSync(["git", "ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
  });
  for (const path of listed.stdout.toString().trim().split("\n")) {
    cpSync(join(ROOT, path), join(root, path));
  }
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

  for (const { name, blocks } of recipes) {
    test(`"${name}" holds`, () => {
      using folder = new Folder();
      const root = copyTree(folder);
      for (const block of blocks) carryOutBlock(root, block);
      const tests = blocks.flatMap(({ path, place }) =>
        place === null && path.endsWith(".test.ts") ? [`./${path}`] : [],
      );
      expect(tests.length).toBeGreaterThan(0);
      const run = (...command: string[]) => {
        const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: root });
        return { exitCode, output: exitCode === 0 ? "" : `${stdout}${stderr}` };
      };
      expect(run("node_modules/.bin/tsc", "--noEmit")).toEqual({ exitCode: 0, output: "" });
      expect(run(process.execPath, "test", ...tests)).toEqual({ exitCode: 0, output: "" });
    });
  }
});
