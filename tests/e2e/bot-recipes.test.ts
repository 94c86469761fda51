import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Running, serverLink, signUp, startServer } from "./house.ts";
import { CLIENT, Folder, Program, ROOT, run } from "./program.ts";
import type { Stranger } from "./stranger.ts";

/** The recipes of docs/bots.md, as they stand there, with a bot's account and a real server. */

const PAGE = readFileSync(join(ROOT, "docs/bots.md"), "utf8");
const folder = new Folder();
let server: Running;
let mina: Stranger;

beforeAll(async () => {
  server = await startServer(folder, ["--sign-up", "open", "--no-flood-control"]);
  mina = await signUp(server, "mina");
  mina.says("JOIN #ops");
  await mina.hears(/ 366 \S+ #ops/);
  mina.says("ACCOUNT CONFIRM mina-password");
  mina.says("ACCOUNT BOT ADD ops-bot rooms=#ops rights=speak,read");
  const [, token = ""] = /BOT_TOKEN ops-bot (\S+)/.exec(await mina.hears(/BOT_TOKEN/)) ?? [];
  writeFileSync(folder.at("token"), `${token}\n`);
});

afterAll(async () => {
  await mina[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Returns the code blocks below a heading, with this server and this client in place of those of the page. */
function blocksOf(heading: string): string[] {
  const start = PAGE.indexOf(`\n### ${heading}\n`);
  expect(start, heading).toBeGreaterThan(0);
  const section = PAGE.slice(start + 4).split(/\n##+ /)[0] ?? "";
  return [...section.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, block = ""]) =>
    block
      .replaceAll("bun client.ts HOST", `${CLIENT.join(" ")} ${serverLink(server)}`)
      .replaceAll(/-- bun (?=\S+\.ts)/g, `-- ${process.execPath} `),
  );
}

function write(name: string, text: string): void {
  writeFileSync(folder.at(name), text);
  chmodSync(folder.at(name), 0o755);
}

/** Runs a line of the page as a shell does. */
async function listening(line: string): Promise<Program> {
  const program = new Program(["sh", "-c", `exec ${line}`], { cwd: folder.path });
  await program.sees(/Listening to #ops as ops-bot/);
  return program;
}

async function endsWith(program: Program, signal: NodeJS.Signals): Promise<void> {
  program.kill(signal);
  expect(await program.exited).toBe(0);
}

test("a script deploys by a message, and only what it knows", async () => {
  const [script = "", line = ""] = blocksOf("Deploy by a message");
  write("deploy.sh", script);
  await using bot = await listening(line);
  mina.says("PRIVMSG #ops :!deploy web");
  await mina.hears(/PRIVMSG #ops :Deploying \/srv\/web for mina …$/);
  await mina.hears(/PRIVMSG #ops :It will be back in a minute\.$/);
  mina.says("PRIVMSG #ops :!deploy root");
  await mina.hears(/PRIVMSG #ops :I know web and api\.$/);
  await endsWith(bot, "SIGTERM");
}, 30_000);

test("a bot in TypeScript reads the message from its input", async () => {
  const [script = "", line = ""] = blocksOf("A bot in TypeScript");
  write("dice.ts", script);
  await using bot = await listening(line);
  mina.says("PRIVMSG #ops :!roll 3d1");
  await mina.hears(/PRIVMSG #ops :mina rolls 1 \+ 1 \+ 1 = 3$/);
  await endsWith(bot, "SIGINT");
}, 30_000);

test("a script edits its own message as it goes on, and replies to it", async () => {
  const [script = ""] = blocksOf("A message that shows progress");
  write("backup.sh", script);
  mkdirSync(folder.at("notes"));
  const options = { cwd: folder.path, env: { SODAM_LINK: "" } };
  expect((await run(["./backup.sh"], options)).code).toBe(0);
  await mina.hears(/PRIVMSG #ops :Backup: running …$/);
  await mina.hears(/\(edited\) Backup: done\.$/);
  writeFileSync(folder.at("tar"), "#!/bin/sh\nexit 1\n");
  chmodSync(folder.at("tar"), 0o755);
  const env = { PATH: `${folder.path}:${process.env["PATH"]}` };
  expect((await run(["./backup.sh"], { ...options, env })).code).toBe(0);
  await mina.hears(/\(edited\) Backup: failed\.$/);
  await mina.hears(/\+reply=\S+ .*PRIVMSG #ops :Somebody has to look at it\.$/);
}, 30_000);

test("a log goes on where it ended, and misses nothing", async () => {
  const [script = ""] = blocksOf("A log that misses nothing");
  write("log.sh", script);
  const log = folder.at("ops.jsonl");
  for (const text of ["first", "second"]) {
    await using logging = new Program(["./log.sh"], { cwd: folder.path });
    mina.says(`PRIVMSG #ops :${text} while it is off or on`);
    // A file is watched by the system's own program.
    await using reading = new Program(["tail", "-n", "+1", "-F", log], { cwd: folder.path });
    await reading.sees(`"${text} while`);
    await endsWith(logging, "SIGTERM");
  }
  const ids = readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).msgid);
  expect(new Set(ids).size).toBe(ids.length);
  const exporting = [...CLIENT, serverLink(server), "export", "#ops", "--format", "jsonl"];
  const { stdout } = await run([...exporting, "--account", "ops-bot", "--password-file", "token"], {
    cwd: folder.path,
  });
  const all = stdout.trim().split("\n");
  expect(ids).toEqual(all.map((line) => JSON.parse(line).msgid));
}, 30_000);
