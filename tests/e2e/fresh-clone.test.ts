import { expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Folder } from "./program.ts";

/** A project of one package, from its own folder, so that no registry is asked. */
function clone(folder: Folder, test: string): string {
  const root = folder.at("clone");
  mkdirSync(join(root, "tests"), { recursive: true });
  mkdirSync(join(root, "greeting"));
  writeFileSync(
    join(root, "package.json"),
    JSON.stringify({ dependencies: { greeting: "file:./greeting" }, devDependencies: {} }),
  );
  writeFileSync(join(root, "greeting/package.json"), '{"name":"greeting","version":"1.0.0"}');
  writeFileSync(join(root, "greeting/index.js"), 'export const greeting = "hello";');
  writeFileSync(join(root, "tests/greeting.test.ts"), test);
  const ours = resolve(import.meta.dir, "../..");
  cpSync(join(ours, "bunfig.toml"), join(root, "bunfig.toml"));
  cpSync(join(ours, "tests/preload.ts"), join(root, "tests/preload.ts"));
  expect(Bun.spawnSync([process.execPath, "install", "--silent"], { cwd: root }).exitCode).toBe(0);
  rmSync(join(root, "node_modules"), { recursive: true });
  return root;
}

function bunTest(cwd: string, ...args: string[]) {
  // As in a run that began by installing this project's own packages.
  const env = { ...process.env, SODAM_TEST_PACKAGES_INSTALLED: resolve(import.meta.dir, "../..") };
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "test", ...args], { cwd, env });
  return { exitCode, output: stderr.toString() };
}

const TESTS = `import { expect, test } from "bun:test";
import { greeting } from "greeting";
test("says hello", () => expect(greeting).toBe("hello"));
test("says good bye", () => expect(greeting).toBe("good bye"));
`;

test("bun test installs what is missing and runs the same command line again", () => {
  using folder = new Folder();
  const root = clone(folder, TESTS);
  const named = bunTest(root, "./tests/greeting.test.ts", "-t", "says hello");
  expect(named.output).toContain("1 pass");
  expect(named.exitCode).toBe(0);
  rmSync(join(root, "node_modules"), { recursive: true });
  const all = bunTest(root);
  expect(all.output).toContain("1 pass\n 1 fail");
  expect(all.exitCode).toBe(1);
});

test("bun test prints the command to type where packages can't be installed", () => {
  using folder = new Folder();
  const root = clone(folder, TESTS);
  rmSync(join(root, "greeting"), { recursive: true });
  const run = bunTest(root);
  expect(run.output).toContain("Type `bun install` where a package registry can be reached");
  expect(run.exitCode).toBe(1);
});

test("each file's tests have the preload's timeout, unless --timeout is set", () => {
  using folder = new Folder();
  const never = `import { test } from "bun:test";
test("never ends", () => new Promise(() => {}));
`;
  const root = clone(folder, never);
  writeFileSync(join(root, "tests/second.test.ts"), never);
  const preload = join(root, "tests/preload.ts");
  writeFileSync(preload, readFileSync(preload, "utf8").replace("= 60_000", "= 70"));
  expect(bunTest(root).output.match(/timed out after 70ms/g)).toHaveLength(2);
  expect(bunTest(root, "--timeout", "90").output.match(/timed out after 90ms/g)).toHaveLength(2);
  // By workers of several files at once.
  const two = ["--parallel=2", "--no-isolate"];
  expect(bunTest(root, ...two).output.match(/timed out after 70ms/g)).toHaveLength(2);
  expect(bunTest(root, ...two, "--timeout=90").output.match(/timed out after 90ms/g)).toHaveLength(
    2,
  );
});
