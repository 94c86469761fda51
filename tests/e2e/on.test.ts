import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { passwordOf, pipe, type Running, serverLink, signUp, startServer } from "./house.ts";
import { CLIENT, Folder, Program, run } from "./program.ts";
import type { Stranger } from "./stranger.ts";

/** The pipe command `on` against a real server, with real commands. */

const folder = new Folder();
let server: Running;
let mina: Stranger;
let jun: Stranger;

beforeAll(async () => {
  server = await startServer(folder, ["--sign-up", "open", "--no-flood-control"]);
  mina = await signUp(server, "mina");
  jun = await signUp(server, "jun");
  await (await signUp(server, "deploybot"))[Symbol.asyncDispose]();
  mina.says("JOIN #ops");
  await mina.hears(/ 366 \S+ #ops/);
  jun.says("JOIN #ops");
  await jun.hears(/ 366 \S+ #ops/);
  script("say.sh", "cat > /dev/null; echo hello $SODAM_NICK");
});

afterAll(async () => {
  await mina[Symbol.asyncDispose]();
  await jun[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Writes a shell script into the folder of the test. */
function script(name: string, text: string): void {
  writeFileSync(folder.at(name), `#!/bin/sh\n${text}\n`);
  chmodSync(folder.at(name), 0o755);
}

async function listening(args: readonly string[], name = "deploybot"): Promise<Program> {
  const program = new Program(
    [...CLIENT, serverLink(server), "on", ...args.slice(0, 1), "--account", name, ...args.slice(1)],
    { cwd: folder.path, env: { SODAM_PASSWORD: passwordOf(name) } },
  );
  await program.sees(/Listening to/);
  return program;
}

/** What the bot has said to a room or person, as `who` has heard it. */
function answersOf(who: Stranger, bot: string, target: string): string[] {
  return who.lines
    .filter((line) => line.includes(`:${bot}!`) && line.includes(` PRIVMSG ${target} `))
    .map((line) => line.slice(line.indexOf(" :", line.indexOf("PRIVMSG")) + 2));
}

describe("a command for each message", () => {
  test("gets the message as JSON and in its environment, and its output is said as a reply", async () => {
    script(
      "tell.sh",
      'cat > input.json; env | grep ^SODAM_ | sort > vars; echo "deploying $SODAM_MATCH_1"',
    );
    await using bot = await listening([
      "#ops",
      "--match",
      "^!deploy (\\w+)( now)?",
      "--",
      "./tell.sh",
    ]);
    jun.says("PRIVMSG #ops :!deploy web; rm -rf ~ $(id)");
    const reply = await mina.hears(/PRIVMSG #ops :deploying web$/);
    const asked = await mina.hears(/PRIVMSG #ops :!deploy web/);
    const msgid = /msgid=([^;\s]+)/.exec(asked)?.[1] ?? "";
    expect(reply).toContain(`+reply=${msgid}`);
    await bot.sees(/jun: !deploy web → done in \d+\.\d s/);
    const text = "!deploy web; rm -rf ~ $(id)";
    const vars = Object.fromEntries(
      readFileSync(folder.at("vars"), "utf8")
        .trim()
        .split("\n")
        .map((line) => line.split(/=(.*)/s)),
    );
    expect(vars).toEqual({
      ...{ SODAM_TEXT: text, SODAM_NICK: "jun", SODAM_ACCOUNT: "jun", SODAM_ROOM: "#ops" },
      ...{ SODAM_MSGID: msgid, SODAM_TIME: expect.stringMatching(/^\d{4}-.*Z$/) },
      ...{ SODAM_MATCH_0: "!deploy web", SODAM_MATCH_1: "web", SODAM_MATCH_2: "" },
    });
    expect(JSON.parse(readFileSync(folder.at("input.json"), "utf8"))).toMatchObject({
      ...{ text, nick: "jun", account: "jun", kind: "said", where: "#ops", msgid },
      match: ["!deploy web", "web", null],
    });
    bot.kill("SIGTERM");
    expect(await bot.exited).toBe(0);
  });

  test("its arguments are those of the command line, and the groups behind them only where asked for", async () => {
    script("args.sh", 'echo "$# $*"');
    await using plain = await listening(["#ops", "--match", "^!a (.*)", "--", "./args.sh", "one"]);
    await using asked = await listening([
      "#ops",
      "--match",
      "^!b (\\S+) (\\S+)",
      "--arguments",
      "--",
      "./args.sh",
      "one",
    ]);
    jun.says("PRIVMSG #ops :!a $(id) *");
    await mina.hears(/PRIVMSG #ops :1 one$/);
    jun.says("PRIVMSG #ops :!b * $(id)");
    await mina.hears(/PRIVMSG #ops :3 one \* \$\(id\)$/);
    jun.says("PRIVMSG #ops :!b --force x");
    await asked.sees(/--force x → not run: an argument would begin with -/);
    plain.kill("SIGTERM");
    expect(await plain.exited).toBe(0);
  });

  test("several lines are one message where the server has multiline, without colours and controls", async () => {
    script(
      "lines.sh",
      "printf '\\n\\033[31mred\\033[0m\\tone\\r\\n\\001ACTION two\\001\\002\\n\\n'",
    );
    await using bot = await listening(["#ops", "--match", "^!lines", "--", "./lines.sh"]);
    jun.says("PRIVMSG #ops :!lines");
    await bot.sees(/!lines → done/);
    await mina.hears(/PRIVMSG #ops :ACTION two$/);
    const { stdout } = await pipe(server, folder, "mina", ["export", "#ops", "--format", "jsonl"]);
    const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    expect(last).toMatchObject({ nick: "deploybot", text: "red    one\nACTION two" });
    bot.kill("SIGTERM");
    expect(await bot.exited).toBe(0);
  });

  test("one that writes nothing says nothing, and one that fails without a word says that", async () => {
    script("exit.sh", "exit $SODAM_MATCH_1");
    await using bot = await listening(["#ops", "--match", "^!exit (\\d)", "--", "./exit.sh"]);
    const before = answersOf(mina, "deploybot", "#ops").length;
    jun.says("PRIVMSG #ops :!exit 0");
    jun.says("PRIVMSG #ops :!exit 3");
    await mina.hears(/PRIVMSG #ops :That failed \(exit code 3\)\.$/);
    expect(answersOf(mina, "deploybot", "#ops").length).toBe(before + 1);
    await bot.sees(/!exit 3 → exit code 3/);
  });

  test("one that takes too long is stopped, and everything that it has started with it", async () => {
    script("slow.sh", "trap '' TERM\nsleep 600 &\necho $! > child; echo begun; wait; sleep 600");
    await using bot = await listening([
      "#ops",
      "--match",
      "^!slow",
      "--timeout",
      "1",
      "--",
      "./slow.sh",
    ]);
    jun.says("PRIVMSG #ops :!slow");
    await mina.hears(/PRIVMSG #ops :Stopped: it took longer than 1 s\.$/);
    expect(answersOf(mina, "deploybot", "#ops").at(-2)).toBe("begun");
    expect(isRunning(readFileSync(folder.at("child"), "utf8").trim())).toBe(false);
    await bot.sees(/!slow → stopped: longer than 1 s/);
  }, 30_000);

  test("one that leaves something in the background is not waited for", async () => {
    script("background.sh", "sleep 600 &\necho $! > left; echo ready");
    await using bot = await listening(["#ops", "--match", "^!background", "--", "./background.sh"]);
    jun.says("PRIVMSG #ops :!background");
    await mina.hears(/PRIVMSG #ops :ready$/);
    expect(isRunning(readFileSync(folder.at("left"), "utf8").trim())).toBe(false);
    await bot.sees(/!background → done/);
  });

  test("one that writes without end is stopped", async () => {
    await using bot = await listening([
      "#ops",
      "--match",
      "^!yes",
      "--max-output",
      "10",
      "--",
      "yes",
      "abcd",
    ]);
    jun.says("PRIVMSG #ops :!yes");
    await mina.hears(/PRIVMSG #ops :… \(there was more\)$/);
    expect(answersOf(mina, "deploybot", "#ops").slice(-3)).toEqual([
      "abcd",
      "abcd",
      "… (there was more)",
    ]);
    await bot.sees(/!yes → stopped: more output than 10 bytes/);
  }, 30_000);

  test("they run one at a time, in order, and too many are refused with a sentence", async () => {
    script(
      "one.sh",
      "mkdir lock || echo twice; [ $SODAM_MATCH_1 = 0 ] && while [ ! -e go ]; do sleep 0.1; done; echo $SODAM_MATCH_1 >> order; rmdir lock",
    );
    await using bot = await listening(["#ops", "--match", "^!one (\\d+)", "--", "./one.sh"]);
    for (let number = 0; number <= 23; number += 1) jun.says(`PRIVMSG #ops :!one ${number}`);
    await mina.hears(/PRIVMSG #ops :Too much is waiting already/);
    await bot.sees(/!one 23 → not run: too many are waiting/);
    writeFileSync(folder.at("go"), "");
    await bot.sees(/!one 20 → done/);
    const order = readFileSync(folder.at("order"), "utf8").trim().split("\n").map(Number);
    expect(order).toEqual(Array.from({ length: 21 }, (_, number) => number));
    const refusals = answersOf(mina, "deploybot", "#ops").filter((text) =>
      text.startsWith("Too much"),
    );
    expect(refusals.length).toBe(1);
    expect(mina.lines.some((line) => line.endsWith(":twice"))).toBe(false);
  }, 60_000);
});

describe("what never starts it", () => {
  test("what was said before, its own messages, notices, actions and what bots say", async () => {
    jun.says("PRIVMSG #ops :!echo before");
    await mina.hears(/!echo before/);
    // It says what starts it, and so would never end.
    await using bot = await listening([
      "#ops",
      "--match",
      "!echo (\\w+)",
      "--",
      "printenv",
      "SODAM_TEXT",
    ]);
    jun.says("NOTICE #ops :!echo notice");
    jun.says("PRIVMSG #ops :\x01ACTION !echo action\x01");
    jun.says("MODE jun +B");
    jun.says("PRIVMSG #ops :!echo robot");
    jun.says("MODE jun -B");
    jun.says("PRIVMSG #ops :!echo person");
    await bot.sees(/jun: !echo person → done/);
    jun.says("PRIVMSG #ops :!echo again");
    await bot.sees(/jun: !echo again → done/);
    const started = bot.stderr.match(/!echo (\w+) →/g);
    expect(started).toEqual(["!echo person →", "!echo again →"]);
  });

  test("people whom --from and --ops don't name", async () => {
    await using bot = await listening([
      "#ops",
      "--match",
      "^!who",
      "--ops",
      "--from",
      "mina",
      "--",
      "./say.sh",
    ]);
    await using everybody = await listening([
      "#ops",
      "--match",
      "^!who",
      "--from",
      "JUN",
      "--",
      "./say.sh",
    ]);
    jun.says("PRIVMSG #ops :!who");
    await everybody.sees(/jun: !who → done/);
    mina.says("PRIVMSG #ops :!who");
    await bot.sees(/mina: !who → done/);
    mina.says("MODE #ops -o mina");
    mina.says("MODE #ops -q mina");
    mina.says("PRIVMSG #ops :!who 2");
    jun.says("PRIVMSG #ops :!who 3");
    await everybody.sees(/jun: !who → done[\s\S]*jun: !who → done/);
    expect(bot.stderr.match(/→ done/g)).toHaveLength(1);
  });

  test("two that answer each other under the accounts of people soon stop", async () => {
    await (await signUp(server, "sora"))[Symbol.asyncDispose]();
    mina.says("JOIN #loop");
    await mina.hears(/ 366 \S+ #loop/);
    const answers = ["#loop", "--", "printenv", "SODAM_TEXT"];
    await using one = await listening(answers, "deploybot");
    await using two = await listening(answers, "sora");
    mina.says("PRIVMSG #loop :begin");
    await Promise.race([one, two].map((bot) => bot.sees(/twenty times in a minute/)));
    expect(answersOf(mina, "sora", "#loop").length).toBeLessThan(50);
  }, 60_000);

  test("an expression can't explode, whatever is said", async () => {
    await using bot = await listening(["#ops", "--match", "^(a+)+$", "--", "./say.sh"]);
    jun.says(`PRIVMSG #ops :${"a".repeat(300)}!`);
    jun.says("PRIVMSG #ops :aaa");
    await bot.sees(/jun: aaa → done/);
  });
});

describe("direct messages", () => {
  test("of one person, or of everybody", async () => {
    await using one = await listening(["@mina", "--", "./say.sh"]);
    jun.says("PRIVMSG deploybot :for nobody");
    mina.says("PRIVMSG deploybot :hello");
    await mina.hears(/PRIVMSG mina :hello mina$/);
    one.kill("SIGTERM");
    expect(await one.exited).toBe(0);
    expect(one.stderr).not.toContain("jun");
    await using all = await listening(["@", "--match", "^hi", "--", "./say.sh"]);
    jun.says("PRIVMSG #ops :hi room");
    jun.says("PRIVMSG deploybot :hi");
    await jun.hears(/PRIVMSG jun :hello jun$/);
    expect(all.stderr.match(/→/g)).toHaveLength(1);
  });
});

test("it goes on after a lost connection, and what was said meanwhile isn't run", async () => {
  using other = new Folder();
  const args = ["--sign-up", "open", "--no-flood-control"];
  const first = await startServer(other, args);
  const port = `${first.port}`;
  const sora = await signUp(first, "sora");
  await (await signUp(first, "bot"))[Symbol.asyncDispose]();
  sora.says("JOIN #ops");
  await sora.hears(/ 366 /);
  await using bot = new Program(
    [
      ...[...CLIENT, serverLink(first), "on", "#ops", "--account", "bot"],
      ...["--", "printenv", "SODAM_TEXT"],
    ],
    { cwd: other.path, env: { SODAM_PASSWORD: passwordOf("bot") } },
  );
  await bot.sees(/Listening/);
  sora.says("PRIVMSG #ops :one");
  await sora.hears(/:bot!.*PRIVMSG #ops :one$/);
  // It can't be back before the next server has heard that.
  bot.kill("SIGSTOP");
  await first[Symbol.asyncDispose]();
  await using again = await startServer(other, [...args, "--port", port]);
  expect((await pipe(again, other, "sora", ["send", "#ops", "meanwhile"])).code).toBe(0);
  bot.kill("SIGCONT");
  await bot.sees(/Reconnected/);
  expect((await pipe(again, other, "sora", ["send", "#ops", "two"])).code).toBe(0);
  await bot.sees(/two → done/);
  bot.kill("SIGTERM");
  expect(await bot.exited).toBe(0);
  expect([...bot.stderr.matchAll(/sora: (\w+) →/g)].map(([, text]) => text)).toEqual([
    "one",
    "two",
  ]);
}, 60_000);

test.each(["SIGTERM", "SIGHUP"] as const)(
  "%s ends a command that runs, and then itself with 0",
  async (signal) => {
    script("long.sh", 'echo "its process is $$" >&2; sleep 600');
    await using bot = await listening(["#ops", "--match", "^!long", "--", "./long.sh"]);
    jun.says("PRIVMSG #ops :!long");
    const [, pid = ""] = await bot.sees(/its process is (\d+)\n/);
    bot.kill(signal);
    expect(await bot.exited).toBe(0);
    expect(isRunning(pid)).toBe(false);
  },
  30_000,
);

test("whoever removes it from the room ends it: exit code 1", async () => {
  mina.says("JOIN #kick");
  await mina.hears(/ 366 \S+ #kick/);
  await using bot = await listening(["#kick", "--", "./say.sh"]);
  mina.says("KICK #kick deploybot :enough");
  expect(await bot.exited).toBe(1);
  expect(bot.stderr).toContain("You were removed from #kick");
});

test.each([
  [["#ops", "--match", "(?=x)"], ["./say.sh"], /can't be read/],
  [["#ops"], ["./none.sh"], /\.\/none\.sh isn't there/],
  [["#ops"], ["no-such-program"], /isn't there/],
  [["#ops", "--from", "a b"], ["./say.sh"], /neither a nick nor an account/],
  [["#ops"], [], /the command behind --/],
])(
  "%j -- %j is wrong usage: exit code 2, before anything is sent",
  async (args, command, sentence) => {
    const words = ["on", ...args, "--account", "deploybot", "--", ...command];
    const result = await run([...CLIENT, serverLink(server), ...words], { cwd: folder.path });
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(sentence);
  },
);

function isRunning(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    // A zombie that nobody has waited for yet runs nothing.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
