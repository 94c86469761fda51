import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { passwordOf, serverLink, signUp, startServer } from "./house.ts";
import { CLIENT, Folder, run } from "./program.ts";
import { usesScripts } from "./script-folder.ts";

test("scripts take part in the chat, and one that fails leaves it alone", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  await usesScripts(server, folder);
}, 60_000);

test("a pipe command loads no script", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, ["--sign-up", "open"]);
  await using mina = await signUp(server, "mina");
  mina.says("JOIN #ops");
  await mina.hears(/ 366 /);
  const path = join(folder.at("config"), "scripts");
  mkdirSync(path, { recursive: true, mode: 0o700 });
  writeFileSync(join(path, "bad.ts"), "process.exit(99);\n", { mode: 0o600 });
  const args = ["send", "#ops", "hello", "--account", "mina", "--config-dir", folder.at("config")];
  const sent = await run([...CLIENT, serverLink(server), ...args], {
    cwd: folder.path,
    env: { SODAM_PASSWORD: passwordOf("mina") },
  });
  expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
}, 60_000);
