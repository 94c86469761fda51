import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replaceSharedFileSync } from "../../lib/file-manager/client/shared-file.ts";

const HOUR_SECONDS = 60 * 60;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sodam-shared-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a write takes nothing from another client that is just writing, and removes what one left that was killed", () => {
  const now = Date.now();
  const [old, fresh] = [now / 1000 - HOUR_SECONDS, now / 1000];
  const others = [".kept.json.new", ".7-0badcafe.kept.json.new", ".7-0badcafe.drafts.json.new"];
  for (const [time, left] of [
    [fresh, others],
    [old, [".7-0badcafe.drafts.json.new"]],
  ] as const) {
    for (const name of others) {
      writeFileSync(join(folder, name), "half of");
      utimesSync(join(folder, name), time, time);
    }
    replaceSharedFileSync(join(folder, "kept.json"), "{}");
    expect(readdirSync(folder).sort()).toEqual([...left, "kept.json"].sort());
  }
  expect(readFileSync(join(folder, "kept.json"), "utf8")).toBe("{}");
  expect(statSync(join(folder, "kept.json")).mode & 0o777).toBe(0o600);
});

test("two clients that write one file at the same time fail in no write, and leave one whole file", async () => {
  const path = join(folder, "kept.json");
  const module = join(import.meta.dir, "../../lib/file-manager/client/state-file.ts");
  const program = `
    import { StateFile } from ${JSON.stringify(module)};
    const file = new StateFile(${JSON.stringify(path)});
    let failures = 0;
    for (let round = 0; round < 150; round++) if (!file.write({ by: process.pid, round })) failures++;
    console.log(failures);
  `;
  const clients = [1, 2].map(() =>
    Bun.spawn([process.execPath, "-e", program], { stdout: "pipe", stderr: "inherit" }),
  );
  const outputs = await Promise.all(clients.map(({ stdout }) => new Response(stdout).text()));
  expect(outputs).toEqual(["0\n", "0\n"]);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ format: 1, round: 149 });
  expect(readdirSync(folder)).toEqual(["kept.json"]);
});
