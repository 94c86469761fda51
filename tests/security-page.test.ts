import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** docs/security.md names a test for each promise: a promise whose test has gone is none. */

const ROOT = join(import.meta.dir, "..");
const page = readFileSync(join(ROOT, "docs/security.md"), "utf8");
/** The rows of the table of promises: the promise, the test's file, and its title. */
const promises = [...page.matchAll(/^\| (.+?) \| `(tests\/[^`]+)`: (.+) \|$/gm)].map(
  ([, promise = "", file = "", title = ""]) => ({ promise, file, title }),
);

describe("docs/security.md", () => {
  test("names a test for each row of its table of promises", () => {
    const [, table = ""] = page.split("| promise | test |\n|---|---|\n");
    const rows = table.split("\n\n", 1)[0]?.split("\n") ?? [];
    const withTest = rows.filter((row) => !/^\| \*\*.*\*\* \| \|$/.test(row));
    expect(withTest).toHaveLength(promises.length);
    expect(promises.length).toBeGreaterThan(20);
  });

  for (const { promise, file, title } of promises) {
    test(`has a test for: ${promise}`, () => {
      expect(existsSync(join(ROOT, file))).toBe(true);
      const source = readFileSync(join(ROOT, file), "utf8");
      const quoted = ['"', "`"].map((quote) => `(${quote}${title}${quote}`);
      const isTest = quoted.some((text) => source.replaceAll(/\(\s+/g, "(").includes(text));
      expect(isTest).toBe(true);
    });
  }

  test("links to files that are there", () => {
    const links = [...page.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path = ""]) => path);
    expect(links.filter((path) => !existsSync(join(ROOT, "docs", path)))).toEqual([]);
  });
});
