import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseTrace, playOf } from "../trace-to-play.ts";
import { type Running, signUp, startServer } from "./house.ts";
import { Folder, run } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** A trace of a real server, and the play that is made of it. */

const ROOT = resolve(import.meta.dir, "../..");

async function joins(server: Running, nick: string): Promise<Stranger> {
  const stranger = await Stranger.connect(server.port);
  stranger.says("CAP LS 302");
  stranger.says(
    "CAP REQ :message-tags server-time batch labeled-response draft/chathistory draft/message-redaction",
  );
  stranger.says(`NICK ${nick}`);
  stranger.says(`USER ${nick} 0 * :${nick}`);
  stranger.says("CAP END");
  await stranger.hears(/ (376|422) /);
  return stranger;
}

/** Runs a play as `bun test` does. */
async function plays(folder: Folder, source: string) {
  const path = folder.at("bug.test.ts");
  writeFileSync(path, source);
  return run([process.execPath, "test", path], { cwd: ROOT });
}

/** Two guests, twelve commands: with labels, batches, msgids, times, hosts and room keys in the answers. */
async function talk(server: Running): Promise<void> {
  await using mina = await joins(server, "mina");
  await using jun = await joins(server, "jun");
  mina.says("JOIN #tea");
  await mina.hears(/ 366 mina #tea /);
  jun.says("JOIN #tea");
  await mina.hears(/:jun!\S+ JOIN #tea/);
  mina.says("PRIVMSG #tea :green \u0002leaves\u0002 or <time>?");
  const said = await jun.hears(/PRIVMSG #tea :green/);
  jun.says(`@+draft/reply=${/msgid=([^;\s]+)/.exec(said)?.[1]} PRIVMSG #tea :green, please`);
  const answer = await mina.hears(/PRIVMSG #tea :green, please/);
  mina.says("TOPIC #tea :Green or black");
  await jun.hears(/ TOPIC #tea /);
  mina.says("MODE #tea +k kettle");
  await jun.hears(/ MODE #tea \+k kettle/);
  jun.says("@label=w1 WHOIS mina");
  await jun.hears(/BATCH -/);
  jun.says(`@label=h1 CHATHISTORY AFTER #tea timestamp=${/time=([^;\s]+)/.exec(said)?.[1]} 10`);
  await jun.hears(/label=h1.*chathistory/);
  await jun.isAnswered();
  mina.says(`REDACT #tea ${/msgid=([^;\s]+)/.exec(answer)?.[1]} :not that one`);
  await jun.hears(/ REDACT #tea /);
  jun.says("WHO #tea");
  await jun.hears(/ 315 jun #tea /);
  mina.says("KICK #tea jun :the kettle is empty");
  await jun.hears(/ KICK #tea jun /);
  jun.says("JOIN #tea pot");
  await jun.hears(/ 475 jun #tea /);
  jun.says("NOSUCH command");
  await jun.hears(/ 421 jun /);
  jun.says("QUIT :bye");
  await jun.closed;
}

test("a play made from a trace passes, and fails when a reply is altered", async () => {
  using folder = new Folder();
  const server = await startServer(folder, ["--guests", "--log-level", "trace"]);
  await talk(server);
  // Is told that the server stops, which that of the play doesn't.
  await using sora = await joins(server, "sora");
  server.program.kill("SIGTERM");
  await sora.hears(/^ERROR :The server is going down/);
  await server.program.exited;
  const play = playOf(parseTrace(server.program.stderr), join(ROOT, "tests/replay.ts"));

  const untouched = await plays(folder, play);
  expect(untouched, play).toMatchObject({ code: 0, stderr: expect.stringContaining(" 1 pass") });

  // One line each: a text, a number in a reply, a msgid that was another message's, an answer that never came.
  for (const [line, altered] of [
    ["green, please", "black, please"],
    [" 315 jun #tea ", " 316 jun #tea "],
    [/REDACT #tea <id \d+> :not/, "REDACT #tea <id 1> :not"],
    [/^.* 366 mina #tea .*\n/m, ""],
  ] as const) {
    const other = alterLast(play, line, altered);
    expect(other).not.toBe(play);
    expect(await plays(folder, other)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(" 1 fail"),
    });
  }
}, 120_000);

/** Alters the last match, which is in an expected reply: the sent lines come before it. */
function alterLast(text: string, place: string | RegExp, altered: string): string {
  const pattern = new RegExp(typeof place === "string" ? RegExp.escape(place) : place.source, "gm");
  const last = [...text.matchAll(pattern)].at(-1);
  if (last === undefined) throw new Error(`the play has no ${pattern}`);
  return text.slice(0, last.index) + altered + text.slice(last.index + last[0].length);
}

test("sign-ups and log-ins are replayed with test passwords", async () => {
  using folder = new Folder();
  const server = await startServer(folder, ["--log-level", "debug"]);
  const owner = await signUp(server, "mina");
  owner.says("JOIN #tea");
  await owner.hears(/ 366 /);
  const phone = await Stranger.connect(server.port);
  phone.says("CAP REQ :sasl");
  phone.says("AUTHENTICATE PLAIN");
  await phone.hears(/AUTHENTICATE \+/);
  phone.says(`AUTHENTICATE ${Buffer.from("\0mina\0mina-password").toString("base64")}`);
  await phone.hears(/ 903 /);
  phone.says("NICK mina");
  phone.says("USER mina 0 * :Mina");
  phone.says("CAP END");
  await phone.hears(/ 366 mina #tea /);
  owner.says("ACCOUNT CONFIRM mina-password");
  await owner.hears(/CONFIRMED/);
  phone.leaves();
  owner.leaves();
  await server[Symbol.asyncDispose]();
  const play = playOf(parseTrace(server.program.stderr), join(ROOT, "tests/replay.ts"));
  const done = await plays(folder, play);
  expect(done, `${play}\n${done.stderr}`).toMatchObject({ code: 0 });
}, 120_000);

test("a file that is no trace is refused in a sentence", async () => {
  using folder = new Folder();
  writeFileSync(folder.at("log"), "2026-11-29T18:00:00.123Z info: all is well\n");
  const tool = [process.execPath, join(ROOT, "tests/trace-to-play.ts")];
  const done = await run([...tool, folder.at("log")], { cwd: ROOT });
  expect(done).toMatchObject({ code: 1, stdout: "" });
  expect(done.stderr).toContain("--log-level trace");
  writeFileSync(folder.at("log"), "2026-11-29T18:00:00.123Z debug session 1 open: h 6697\n");
  const clients = await run([...tool, folder.at("log")], { cwd: ROOT });
  expect(clients).toMatchObject({ code: 1, stdout: "" });
  expect(clients.stderr).toContain("a play needs the server's");
  expect((await run(tool, { cwd: ROOT })).stderr).toStartWith("Usage: ");
  const missing = await run([...tool, folder.at("none")], { cwd: ROOT });
  expect(missing).toMatchObject({ code: 1, stderr: `There is no file ${folder.at("none")}\n` });
});
