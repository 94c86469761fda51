import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Prng, seed } from "../prng.ts";
import { passwordOf, pipe, type Running, serverLink, signUp, startServer } from "./house.ts";
import { CLIENT, Folder, run } from "./program.ts";
import type { Stranger } from "./stranger.ts";

/** Files that scripts send and fetch, on a real server over TLS. */

const folder = new Folder();
let server: Running;
let mina: Stranger;
let jun: Stranger;

beforeAll(async () => {
  server = await startServer(folder, ["--sign-up", "open"]);
  mina = await signUp(server, "mina");
  jun = await signUp(server, "민수");
  mina.says("JOIN #ops");
  jun.says("JOIN #ops");
  await jun.hears(/ 366 /);
});

afterAll(async () => {
  await mina[Symbol.asyncDispose]();
  await jun[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** The link of the newest file, as a client without the capability is told. */
async function linkHeard(): Promise<string> {
  await mina.isAnswered();
  const text = mina.lines.findLast((line) => line.includes("/file-")) ?? "";
  return /sodam:\/\/\S+/.exec(text)?.[0] ?? "";
}

test("a file is sent with a caption, and fetched by the link that other clients show", async () => {
  const bytes = Buffer.alloc(3_000_000, "0123456789 소담\n");
  writeFileSync(join(folder.path, "보고서 3.txt"), bytes);
  const args = ["send", "#ops", "this week's", "--file", "보고서 3.txt"];
  expect(await pipe(server, folder, "민수", args)).toEqual({ code: 0, stdout: "", stderr: "" });
  const link = await linkHeard();
  const heard = mina.lines.findLast((line) => line.includes("/file-")) ?? "";
  expect(heard).toContain("this week's — 보고서 3.txt (3.0 MB)");
  const id = /file-(\w+)/.exec(link)?.[1] ?? "";
  const own = `${serverLink(server)}/file-${id}`;
  const fetched = await run([...CLIENT, "get", own, "--account", "mina", "-o", "got.txt"], {
    cwd: folder.path,
    env: { SODAM_PASSWORD: passwordOf("mina") },
  });
  expect(fetched).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(readFileSync(join(folder.path, "got.txt")).equals(bytes)).toBe(true);
  const again = await pipe(server, folder, "mina", ["get", `file-${id}`, "-o", "got.txt"]);
  expect([again.code, again.stderr]).toEqual([
    1,
    "got.txt already exists. Choose another name, or add --force.\n",
  ]);
  expect((await pipe(server, folder, "mina", ["get", id])).code).toBe(0);
  expect(readdirSync(folder.path)).toContain("보고서 3 (2).txt");
  expect(readdirSync(folder.path).filter((name) => name.endsWith(".part"))).toEqual([]);
}, 30_000);

test("standard input is sent under a name, and standard output gets what is fetched", async () => {
  const args = ["send", "#ops", "--file", "-", "--name", "build.log", "--json"];
  const sent = await pipe(server, folder, "민수", args, "all is well\n");
  expect([sent.code, sent.stderr]).toEqual([0, ""]);
  expect(JSON.parse(sent.stdout)).toMatchObject({ nick: "민수", kind: "said", text: "" });
  const id = /file-(\w+)/.exec(await linkHeard())?.[1] ?? "";
  const got = await pipe(server, folder, "mina", ["get", id, "-o", "-"]);
  expect(got).toEqual({ code: 0, stdout: "all is well\n", stderr: "" });
}, 30_000);

test("what can't be sent or fetched is said in a sentence, with exit codes", async () => {
  const outcome = async (name: string, args: string[]) => {
    const { code, stderr } = await pipe(server, folder, name, args);
    return [code, stderr.trim()];
  };
  expect(await outcome("민수", ["send", "#ops", "--file", "nowhere.txt"])).toEqual([
    1,
    "nowhere.txt: There is no such file.",
  ]);
  const elsewhere = await outcome("민수", ["send", "#opps", "--file", "nowhere.txt"]);
  expect([elsewhere[0], String(elsewhere[1]).split(",")[0]]).toEqual([1, "There is no room #opps"]);
  expect(await outcome("mina", ["get", "k3k3k3k3k3k3k3k3k3k3k3k3"])).toEqual([
    1,
    "There is no such file any more, or you may not see it.",
  ]);
  expect((await outcome("mina", ["get", "report.pdf"]))[0]).toBe(2);
  expect(existsSync(join(folder.path, "report.pdf"))).toBe(false);
}, 30_000);

/** Resolves when `check` is true after something in the folder changed, or when the process has ended. */
async function untilChanged(child: Bun.Subprocess, check: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(folder.path, () => {
    if (check()) resolve();
  });
  await Promise.race([promise, child.exited]);
  watcher.close();
}

test("a client that is killed at any byte leaves no file, and the next one goes on", async () => {
  const prng = new Prng(seed());
  const bytes = Buffer.from(Array.from({ length: 1 << 16 }, () => prng.below(256)));
  const whole = Buffer.concat(Array.from({ length: 320 }, () => bytes));
  writeFileSync(join(folder.path, "film.bin"), whole);
  expect((await pipe(server, folder, "민수", ["send", "#ops", "--file", "film.bin"])).code).toBe(0);
  const id = /file-(\w+)/.exec(await linkHeard())?.[1] ?? "";
  const target = join(folder.path, "film 2.bin");
  const partBytes = (): number => {
    const name = readdirSync(folder.path).find((each) => each.endsWith(".part"));
    return name === undefined ? 0 : statSync(join(folder.path, name)).size;
  };
  for (let kill = 0; kill < 3 && !existsSync(target); kill += 1) {
    const limit = partBytes() + prng.below(6 << 20);
    const child = Bun.spawn(
      [...CLIENT, serverLink(server), "get", id, "-o", target, "--account", "mina"],
      {
        ...{ cwd: folder.path, stdout: "ignore", stderr: "ignore" },
        env: {
          ...process.env,
          XDG_CONFIG_HOME: join(folder.path, ".config"),
          SODAM_PASSWORD: passwordOf("mina"),
        },
      },
    );
    await untilChanged(child, () => partBytes() > limit);
    child.kill("SIGKILL");
    await child.exited;
    if (existsSync(target)) expect(readFileSync(target).equals(whole)).toBe(true);
  }
  if (!existsSync(target)) {
    expect((await pipe(server, folder, "mina", ["get", id, "-o", target])).code).toBe(0);
  }
  expect(readFileSync(target).equals(whole)).toBe(true);
}, 60_000);
