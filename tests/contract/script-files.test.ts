import { afterEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ScriptFiles } from "../../lib/file-manager/client/script-files.ts";

const parents: string[] = [];

afterEach(() => {
  for (const parent of parents.splice(0)) rmSync(parent, { recursive: true, force: true });
});

function open(sources: Record<string, string> = {}) {
  const parent = mkdtempSync(join(tmpdir(), "sodam-scripts-"));
  parents.push(parent);
  const files = new ScriptFiles(parent);
  mkdirSync(files.folder, { mode: 0o700 });
  const path = (name: string): string => join(files.folder, name);
  const write = (name: string, text: string): void =>
    writeFileSync(path(name), text, { mode: 0o600 });
  for (const [name, text] of Object.entries(sources)) write(name, text);
  return { files, parent, path, write };
}

const ONE = "export default (): number => 1;\n";

describe("files of scripts", () => {
  test("are those whose names end in .ts, without the types", () => {
    const { files, path } = open({
      "b.ts": ONE,
      "시계.ts": ONE,
      "sodam.d.ts": "export interface Sodam {}",
      "notes.md": "",
      ".hidden.ts": ONE,
      "two words.ts": ONE,
    });
    mkdirSync(path("lib"));
    expect(files.list()).toMatchObject([
      { name: "b", problem: null },
      { name: "시계", problem: null },
    ]);
    expect(new ScriptFiles("/nowhere/at/all").list()).toEqual([]);
  });

  test("are refused when others can change one, its folder, or the folder above", () => {
    const { files, parent, path } = open({ "a.ts": ONE, "b.ts": ONE });
    const problems = () => files.list().map(({ problem }) => problem);
    chmodSync(path("a.ts"), 0o620);
    expect(problems()).toEqual(["writable", null]);
    chmodSync(path("a.ts"), 0o602);
    expect(problems()).toEqual(["writable", null]);
    chmodSync(path("a.ts"), 0o644);
    expect(problems()).toEqual([null, null]);
    chmodSync(files.folder, 0o770);
    expect(problems()).toEqual(["writable", "writable"]);
    chmodSync(files.folder, 0o700);
    chmodSync(parent, 0o777);
    expect(problems()).toEqual(["writable", "writable"]);
  });

  test.if(process.getuid?.() === 0)("are refused when they belong to somebody else", async () => {
    const { chownSync } = await import("node:fs");
    const { files, path } = open({ "a.ts": ONE, "b.ts": ONE });
    chownSync(path("a.ts"), 12_345, 12_345);
    expect(files.list().map(({ problem }) => problem)).toEqual(["foreign", null]);
  });

  test("are looked at where a link leads", () => {
    const { files, path } = open();
    const { path: elsewhere, files: others } = open({ "real.ts": ONE });
    symlinkSync(elsewhere("real.ts"), path("linked.ts"));
    expect(files.list()).toMatchObject([{ name: "linked", problem: null }]);
    expect(files.list()[0]?.path).toBe(others.list()[0]?.path);
    chmodSync(elsewhere("real.ts"), 0o666);
    expect(files.list()).toMatchObject([{ name: "linked", problem: "writable" }]);
  });

  test("are loaded anew each time, with what they import", async () => {
    const { files, write } = open({
      "a.ts":
        'import { n } from "./lib.ts";\nenum Tea { Green = 7 }\nexport default (): number => n + Tea.Green;\n',
      "lib.ts": "export const n: number = 1;\n",
    });
    const result = async () => ((await files.load("a")) as () => number)();
    expect(await result()).toBe(8);
    write("lib.ts", "export const n: number = 2;\n");
    expect(await result()).toBe(9);
    write("a.ts", "export default (): number => 0;\n");
    expect(await result()).toBe(0);
  });

  test("reject with what is wrong with them", async () => {
    const { files, write } = open({
      "a.ts": "export default () => {\n  const = 3;\n};\n",
      "b.ts": 'throw new Error("top");\n',
    });
    await expect(files.load("a")).rejects.toMatchObject({
      errors: [{ position: { line: 2 } }, {}, {}],
    });
    await expect(files.load("b")).rejects.toThrow("top");
    await expect(files.load("c")).rejects.toThrow();
    write("d.ts", "export const nothing = 1;\n");
    expect(await files.load("d")).toBeUndefined();
  });

  test("have what they store beside them, which only the user can read", () => {
    const { files, parent } = open();
    expect(files.readStore("a")).toBeNull();
    files.writeStore("a", { values: { n: 1 } });
    expect(files.readStore("a")).toEqual({ format: 1, values: { n: 1 } });
    expect(statSync(join(parent, "script-stores", "a.json")).mode & 0o777).toBe(0o600);
    expect(files.list()).toEqual([]);
  });

  test("get the types, and a folder if there is none", () => {
    const { files, parent } = open();
    rmSync(files.folder, { recursive: true });
    expect(files.writeTypes("export interface Sodam {}\n")).toEqual({
      path: join(files.folder, "sodam.d.ts"),
      why: null,
    });
    expect(readFileSync(join(files.folder, "sodam.d.ts"), "utf8")).toContain("interface Sodam");
    expect(statSync(files.folder).mode & 0o777).toBe(0o700);
    rmSync(files.folder, { recursive: true });
    writeFileSync(join(parent, "scripts"), "no folder");
    expect(files.writeTypes("").why).not.toBeNull();
  });
});
