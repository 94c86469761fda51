import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { passwordOf, type Running, serverLink, signUp, startServer } from "./house.ts";
import { CLIENT, Folder, run } from "./program.ts";

/** Raw lines of the two scripts: the server's on standard error, the client's in a file. */

const folder = new Folder();
let server: Running;

beforeAll(async () => {
  writeFileSync(folder.at("sodam.toml"), 'sign-up = "open"\nlog-level = "debug"\n');
  server = await startServer(folder);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Sets the log level of the running server by its settings file and SIGHUP. */
async function setLevel(level: string): Promise<void> {
  writeFileSync(folder.at("sodam.toml"), `sign-up = "open"\nlog-level = "${level}"\n`);
  const from = server.program.stderr.length;
  server.program.kill("SIGHUP");
  await server.program.sees(new RegExp(`^[^]{${from}}[^]*info: The settings are in force`));
}

test("at log level debug the server writes every line, without passwords and texts", async () => {
  await using mina = await signUp(server, "mina");
  mina.says("JOIN #tea");
  await mina.hears(/ 366 /);
  mina.says("PRIVMSG #tea :green \u0002leaves");
  mina.says(`PRIVMSG NickServ :IDENTIFY ${passwordOf("mina")}`);
  await mina.isAnswered();
  await server.program.sees(" in: PRIVMSG NickServ ***\n");
  const log = server.program.stderr;
  expect(log).toMatch(/^\d{4}-\S+Z debug: settings \{"host":"127\.0\.0\.1",/m);
  expect(log).toMatch(/^\d{4}-\S+Z debug session \d+ open: TLS$/m);
  expect(log).toMatch(/^\d{4}-\S+Z debug session \d+ in: JOIN #tea$/m);
  expect(log).toMatch(/^\d{4}-\S+Z debug session \d+ out: \S+ 366 mina #tea :/m);
  expect(log).toContain(" in: PRIVMSG #tea :<13 bytes>\n");
  expect(log).not.toContain("leaves");
  expect(log).not.toContain(passwordOf("mina"));
}, 60_000);

test("at log level trace the server writes the texts as well, and no password", async () => {
  await using hana = await signUp(server, "hana");
  await setLevel("trace");
  hana.says("PRIVMSG hana :black \u0002leaves");
  hana.says(`PRIVMSG NickServ :IDENTIFY ${passwordOf("hana")}`);
  await hana.isAnswered();
  await server.program.sees(" in: PRIVMSG NickServ ***\n");
  await server.program.sees(" in: PRIVMSG hana :black \\u{2}leaves\n");
  expect(server.program.stderr).not.toContain(passwordOf("hana"));
  await setLevel("debug");
}, 60_000);

test("SIGHUP turns the trace off and on for connected sessions", async () => {
  await using jun = await signUp(server, "jun");
  await setLevel("info");
  jun.says("PING quiet");
  await jun.hears(/PONG .*quiet/);
  await setLevel("debug");
  jun.says("PING loud");
  await jun.hears(/PONG .*loud/);
  await server.program.sees(/debug session \d+ in: PING loud\n/);
  expect(server.program.stderr).not.toContain("PING quiet");
}, 60_000);

test("a client's command writes its lines to the file that --debug-log names", async () => {
  await using _sora = await signUp(server, "sora");
  const path = folder.at("debug.log");
  const password = passwordOf("sora");
  const send = [...CLIENT, serverLink(server), "send", "sora", "leaves", "--account", "sora"];
  const options = { cwd: folder.path, env: { SODAM_PASSWORD: password } };
  const done = await run([...send, "--log-level", "debug", "--debug-log", path], options);
  expect(done).toEqual({ code: 0, stdout: "", stderr: "" });
  const trace = readFileSync(path, "utf8");
  expect(trace).toMatch(
    /^.* holds what people said\..*\n\d{4}-\S+Z debug session 1 open: 127\.0\.0\.1 \d+\n/,
  );
  expect(trace).toMatch(/debug session 1 out: (@\S+ )?PRIVMSG sora :<6 bytes>\n/);
  expect(trace).not.toContain("leaves");
  expect(trace).toContain(" out: AUTHENTICATE ***\n");
  expect(trace).not.toContain(password);
  expect(trace).not.toContain(Buffer.from(`\0sora\0${password}`).toString("base64"));
  expect(statSync(path).mode & 0o777).toBe(0o600);

  const nowhere = join(folder.path, "none", "debug.log");
  const refused = await run([...send, "--debug-log", nowhere], options);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("choose another file for --debug-log");
  const settings = join(folder.path, "settings");
  mkdirSync(settings);
  writeFileSync(join(settings, "client.toml"), `debug-log = "${nowhere}"\n`);
  const inFile = await run([...send, "--config-dir", settings], options);
  expect(inFile.stderr).toContain(`debug-log stands in ${join(settings, "client.toml")}`);
  const nameless = await run([...send, "--log-level", "debug"], options);
  expect(nameless).toMatchObject({ code: 2, stdout: "" });
  expect(nameless.stderr).toContain("--log-level debug needs --debug-log FILE");
}, 60_000);
