import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { passwordOf, pipe, type Running, serverLink, signUp, startServer } from "./house.ts";
import { CLIENT, Folder, Program, run } from "./program.ts";
import { Pty } from "./pty.ts";
import type { Stranger } from "./stranger.ts";

/** The pipe commands against a real server over TLS. */

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

describe("send", () => {
  test("each line of standard input is sent as a message, and all have arrived when it ends", async () => {
    const sent = await pipe(
      server,
      folder,
      "민수",
      ["send", "#ops"],
      "deployed\n\n안녕하세요 여러분\nno end",
    );
    expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
    await mina.isAnswered();
    const heard = mina.lines.filter((line) => line.includes("PRIVMSG #ops")).map(textOf);
    expect(heard).toEqual(["deployed", "안녕하세요 여러분", "no end"]);
  });

  test("a text can be an argument, and a user the target", async () => {
    const sent = await pipe(server, folder, "민수", ["send", "mina", "psst", "you"]);
    expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(textOf(await mina.hears(/PRIVMSG mina/))).toBe("psst you");
  });

  test("a note to oneself arrives", async () => {
    const sent = await pipe(server, folder, "mina", ["send", "mina", "milk"]);
    expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
    await mina.hears(/PRIVMSG mina :milk/);
  });

  test("two hundred lines arrive in order", async () => {
    const lines = Array.from({ length: 200 }, (_, at) => `line ${at}`);
    mina.says("JOIN #many");
    await mina.hears(/ 366 \S+ #many/);
    const sent = await pipe(server, folder, "민수", ["send", "#many"], lines.join("\n"));
    expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
    const heard = mina.lines.filter((line) => line.includes("PRIVMSG #many")).map(textOf);
    expect(heard).toEqual(lines);
  }, 60_000);

  test("a line longer than the protocol allows arrives whole, in one message or several", async () => {
    const long = "가나다라마바사 ".repeat(100).trim();
    const sent = await pipe(server, folder, "민수", ["send", "#ops"], long);
    expect(sent.code).toBe(0);
    const { stdout } = await pipe(server, folder, "mina", ["export", "#ops", "--format", "jsonl"]);
    const records = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records.map(({ text }) => text).join("")).toContain(long);
  });

  test("a room that doesn't exist is not created: exit code 1", async () => {
    const sent = await pipe(server, folder, "민수", ["send", "#opps", "hello"]);
    expect(sent.code).toBe(1);
    expect(sent.stderr).toContain("There is no room #opps");
    mina.says("LIST #opps");
    await mina.hears(/ 323 /);
    expect(mina.lines.some((line) => / 322 \S+ #opps/.test(line))).toBe(false);
  });

  test("a hidden room by invitation is entered by who was invited, and by nobody else", async () => {
    mina.says("JOIN #den");
    mina.says("MODE #den +is");
    await mina.hears(/MODE #den \+\S*s/);
    const before = await pipe(server, folder, "민수", ["send", "#den", "hello"]);
    expect([before.code, before.stderr.split(",")[0]]).toEqual([1, "There is no room #den"]);
    mina.says("INVITE 민수 #den");
    await mina.hears(/ 341 /);
    const sent = await pipe(server, folder, "민수", ["send", "#den", "hello"]);
    expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
    await mina.hears(/PRIVMSG #den :hello/);
  });

  test("a room in which one may not speak: exit code 1", async () => {
    mina.says("JOIN #quiet");
    mina.says("MODE #quiet +m");
    await mina.hears(/MODE #quiet \+m/);
    const sent = await pipe(server, folder, "민수", ["send", "#quiet", "hello"]);
    expect(sent).toEqual({
      code: 1,
      stdout: "",
      stderr: "Only speakers and those above them may speak in #quiet.\n",
    });
  });

  test("a nick that nobody has: exit code 1", async () => {
    const sent = await pipe(server, folder, "민수", ["send", "nobody-here", "hello"]);
    expect(sent).toEqual({ code: 1, stdout: "", stderr: "There is nobody called nobody-here.\n" });
  });

  test("a server that stops meanwhile: exit code 1, and how many lines may not have arrived", async () => {
    using other = new Folder();
    await using first = await startServer(other, ["--sign-up", "open"]);
    await using sora = await signUp(first, "sora");
    sora.says("JOIN #ops");
    await sora.hears(/ 366 /);
    await using sending = new Program(
      [...CLIENT, serverLink(first), "send", "#ops", "--account", "sora"],
      { cwd: other.path, env: { SODAM_PASSWORD: passwordOf("sora") }, stdin: "open" },
    );
    sending.type("one\n");
    await sora.hears(/PRIVMSG #ops :one$/);
    first.program.kill("SIGKILL");
    await sora.closed;
    // Its input stays open: it doesn't wait for another line, which may never come.
    expect(await sending.exited).toBe(1);
    expect(sending.stderr).toContain("The connection broke");
  });

  test("the password can be in a file", async () => {
    writeFileSync(folder.at("secret"), `${passwordOf("mina")}\nmore\n`);
    const args = ["send", "#ops", "by file", "--account", "mina", "--password-file", "secret"];
    const sent = await run([...CLIENT, serverLink(server), ...args], { cwd: folder.path });
    expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("a wrong password: exit code 3", async () => {
    writeFileSync(folder.at("wrong"), "not-the-password\n");
    const args = ["send", "#ops", "x", "--account", "mina", "--password-file", "wrong"];
    const sent = await run([...CLIENT, serverLink(server), ...args], { cwd: folder.path });
    expect(sent.code).toBe(3);
    expect(sent.stderr).toBe("Wrong ID or password. Try again.\n");
  });

  test("missing credentials or a wrong target: exit code 2", async () => {
    const bare = [...CLIENT, serverLink(server), "send", "#ops", "x"];
    const nobody = await run(bare, { cwd: folder.path });
    expect(nobody.code).toBe(2);
    expect(nobody.stderr).toContain("--account");
    const noFile = await run([...bare, "--account", "mina", "--password-file", "none"], {
      cwd: folder.path,
    });
    expect(noFile).toEqual({
      code: 2,
      stdout: "",
      stderr: "none can't be read, or its first line is empty.\n",
    });
    const noTarget = await pipe(server, folder, "mina", ["send", "#a b", "x"]);
    expect(noTarget.code).toBe(2);
    const noServer = await run([...CLIENT, "send", "#ops", "x", "--config-dir", "empty"], {
      cwd: folder.path,
    });
    expect(noServer.code).toBe(2);
    const link = "sodam://tea.example/#fp=1b63&invite=6sjz";
    const cut = await run([...CLIENT, link, "send", "#ops", "x"], { cwd: folder.path });
    // The log of a script is no place for the invitation.
    expect([cut.code, cut.stderr]).toEqual([
      2,
      expect.stringContaining('"sodam://tea.example…" is missing: copy all of it'),
    ]);
  });

  test("a server that takes no guests says so to a command without an account: exit code 3", async () => {
    const args = ["--guest", "visitor", "send", "#ops", "hi"];
    const sent = await run([...CLIENT, serverLink(server), ...args], { cwd: folder.path });
    expect([sent.code, sent.stdout]).toEqual([3, ""]);
    expect(sent.stderr).toContain("doesn't take guests");
  });

  test("an unknown server is refused with the command that trusts it", async () => {
    using stranger = new Folder();
    const args = [`127.0.0.1:${server.port}`, "send", "#ops", "x", "--account", "mina"];
    const options = { cwd: stranger.path, env: { SODAM_PASSWORD: passwordOf("mina") } };
    const sent = await run([...CLIENT, ...args], options);
    expect(sent.code).toBe(3);
    const again = `bun client.ts --account mina ${serverLink(server)}`;
    expect(sent.stderr).toContain(`${again} send "#ops"`);
    const wanted = ["get", "file-abcdefghijklmnop", "-o", "-", "--account", "mina"];
    const fetched = await run([...CLIENT, `127.0.0.1:${server.port}`, ...wanted], options);
    expect(fetched.stderr).toContain(`${again} get file-abcdefghijklmnop -o -`);
    // After it was trusted once, the host name is enough.
    expect((await run([...CLIENT, serverLink(server), ...args.slice(1)], options)).code).toBe(0);
    expect((await run([...CLIENT, ...args], options)).code).toBe(0);
  });

  test("a link comes from a file, from standard input or from the environment", async () => {
    const link = serverLink(server);
    const args = ["send", "#ops", "by file", "--account", "mina"];
    const env = { SODAM_PASSWORD: passwordOf("mina") };
    writeFileSync(folder.at("link"), `Here it is:\n${link}\n`);
    for (const [flags, more, stdin] of [
      [["--link-file", folder.at("link")], {}, ""],
      [["--link-file", "-"], {}, link],
      [[], { SODAM_LINK: link }, ""],
    ] as const) {
      using stranger = new Folder();
      const options = { cwd: stranger.path, env: { ...env, ...more }, stdin };
      const sent = await run([...CLIENT, ...flags, ...args], options);
      expect(sent).toMatchObject({ code: 0, stderr: "" });
    }
    const options = { cwd: folder.path, env };
    const missing = await run([...CLIENT, "--link-file", folder.at("none"), ...args], options);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("can't be read")]);
    const both = await run([...CLIENT, "--link-file", "-", "send", "#ops"], options);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("standard input")]);
  });

  test("a port where nothing listens: exit code 3", async () => {
    const closed = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { port } = closed;
    closed.stop(true);
    const link = `sodam://127.0.0.1:${port}/#fp=${server.fingerprint}`;
    const sent = await run([...CLIENT, link, "send", "#ops", "x", "--account", "mina"], {
      cwd: folder.path,
      env: { SODAM_PASSWORD: "xxxxxxxx" },
    });
    expect(sent.code).toBe(3);
    expect(sent.stderr).toContain("refuses the connection: nothing listens there");
  });
});

describe("tail", () => {
  test("prints history and then new messages as JSON lines; SIGINT ends it with exit code 0", async () => {
    jun.says("JOIN #tail");
    await jun.hears(/ 366 \S+ #tail/);
    for (const text of ["one", "two", "three"]) jun.says(`PRIVMSG #tail :${text}`);
    await jun.hears(/PRIVMSG #tail :three/);
    await using tail = tailing("mina", ["tail", "#tail", "--json", "--lines", "2"]);
    await tail.sees(/"three"/);
    jun.says("PRIVMSG #tail :넷\x1b[31m");
    await tail.sees(/넷/);
    tail.kill("SIGINT");
    expect(await tail.exited).toBe(0);
    const records = tail.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records.map(({ text }) => text)).toEqual(["two", "three", "넷\x1b[31m"]);
    expect(records[2]).toMatchObject({ nick: "민수", account: "민수", kind: "said" });
    expect(tail.stderr).toBe("");
  });

  test("leaves out what blocked people write, in history and live", async () => {
    await using sora = await signUp(server, "sora");
    for (const who of [sora, jun]) who.says("JOIN #hush");
    await sora.hears(/ 366 \S+ #hush/);
    mina.says("SILENCE +민수");
    await mina.hears(/SILENCE \+/);
    jun.says("PRIVMSG #hush :loud");
    await jun.hears(/PRIVMSG #hush :loud/);
    sora.says("PRIVMSG #hush :before");
    await sora.hears(/PRIVMSG #hush :before/);
    await using tail = tailing("mina", ["tail", "#hush"]);
    await tail.sees(/sora before/);
    jun.says("PRIVMSG #hush :louder");
    await jun.hears(/PRIVMSG #hush :louder/);
    sora.says("PRIVMSG #hush :after");
    await tail.sees(/sora after/);
    expect(tail.stdout).not.toContain("loud");
    mina.says("SILENCE -민수");
    await mina.hears(/SILENCE -/);
  });

  test("without --json a line is the time, the nick and the text", async () => {
    await using tail = tailing("mina", ["tail", "#tail", "-n", "0"]);
    // tail prints nothing when it has joined, so the message is repeated until it is seen.
    const told = tail.sees(/^\d\d:\d\d 민수 다섯$/m);
    const talking = setInterval(() => jun.says("PRIVMSG #tail :다섯"), 200);
    await told;
    clearInterval(talking);
    expect(tail.stdout).not.toContain("three");
  });

  test("text from others can't steer the terminal", async () => {
    const command = [...CLIENT, serverLink(server), "tail", "#tail", "--account", "mina"];
    const screen = new Pty(command, {
      SODAM_PASSWORD: passwordOf("mina"),
      XDG_CONFIG_HOME: folder.at(".config"),
    });
    try {
      await screen.sees("민수 넷␛[31m");
      expect(screen.written).not.toContain("\x1b[31m");
      expect(screen.written).toContain("\x1b[1m민수\x1b[22m");
      screen.type("\x03");
      expect(await screen.exited).toBe(0);
    } finally {
      screen.end();
    }
  });

  test("colours appear in a terminal only, and not with --no-colour", async () => {
    const command = [...CLIENT, serverLink(server), "tail", "#tail", "--account", "mina"];
    const screen = new Pty([...command, "--no-colour"], {
      SODAM_PASSWORD: passwordOf("mina"),
      XDG_CONFIG_HOME: folder.at(".config"),
    });
    try {
      await screen.sees("민수 넷");
      expect(screen.written).not.toContain("\x1b[");
    } finally {
      screen.end();
    }
  });

  test("text from others can't steer the terminal at the end of a pipe either", async () => {
    await using tail = tailing("mina", ["tail", "#tail"]);
    await tail.sees("민수 넷␛[31m");
    expect(tail.stdout).not.toContain("\x1b[31m");
  });

  test("reconnects after the server was killed, and prints what it missed once", async () => {
    using other = new Folder();
    const first = await startServer(other, ["--sign-up", "open"]);
    const port = `${first.port}`;
    const sora = await signUp(first, "sora");
    sora.says("JOIN #tail");
    sora.says("PRIVMSG #tail :before");
    await sora.hears(/PRIVMSG #tail :before/);
    await using tail = new Program(
      [...CLIENT, serverLink(first), "tail", "#tail", "--account", "sora"],
      { cwd: other.path, env: { SODAM_PASSWORD: passwordOf("sora") } },
    );
    await tail.sees("before");
    await first[Symbol.asyncDispose]();
    await using again = await startServer(other, ["--sign-up", "open", "--port", port]);
    expect((await pipe(again, other, "sora", ["send", "#tail", "meanwhile"])).code).toBe(0);
    await tail.sees("meanwhile");
    expect((await pipe(again, other, "sora", ["send", "#tail", "after"])).code).toBe(0);
    await tail.sees("after");
    tail.kill("SIGINT");
    expect(await tail.exited).toBe(0);
    expect(tail.stdout.match(/before|meanwhile|after/g)).toEqual(["before", "meanwhile", "after"]);
  }, 60_000);

  test("a reader that closes the pipe ends it at the next line", async () => {
    const link = serverLink(server);
    const talking = setInterval(() => jun.says("PRIVMSG #tail :more"), 200);
    const head = await run(
      ["sh", "-c", `${CLIENT.join(" ")} '${link}' tail '#tail' --account mina | head -1`],
      { cwd: folder.path, env: { SODAM_PASSWORD: passwordOf("mina") } },
    );
    clearInterval(talking);
    expect(head).toMatchObject({ code: 0, stderr: "" });
    expect(head.stdout).toContain("민수");
  }, 60_000);
});

describe("export", () => {
  test("exports a whole room over several pages, oldest first", async () => {
    const { code, stdout, stderr } = await pipe(server, folder, "mina", [
      "export",
      "#many",
      "--format",
      "jsonl",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const texts = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).text);
    expect(texts).toEqual(Array.from({ length: 200 }, (_, at) => `line ${at}`));
  });

  test("writes a file, and overwrites it only with --force", async () => {
    const args = ["export", "#tail", "--format", "markdown", "--output", "tail.md"];
    expect((await pipe(server, folder, "mina", args)).code).toBe(0);
    const written = readFileSync(folder.at("tail.md"), "utf8");
    expect(written).toMatch(/^# \\#tail\n\n## \d{4}-\d\d-\d\d\n/);
    expect(written).toContain("**민수** three");
    const again = await pipe(server, folder, "mina", args);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("tail.md already exists");
    expect((await pipe(server, folder, "mina", [...args, "--force"])).code).toBe(0);
  });

  test("~ is the home folder where no shell has expanded it", async () => {
    const args = ["export", "#tail", "--output", "~/home.md", "--account", "mina"];
    const { code, stderr } = await run([...CLIENT, serverLink(server), ...args], {
      cwd: folder.path,
      env: { SODAM_PASSWORD: passwordOf("mina"), HOME: folder.path },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(readFileSync(folder.at("home.md"), "utf8")).toContain("three");
  });

  test("a file that can't be written is reported in the user's language", async () => {
    const args = ["export", "#tail", "--output", "nowhere/tail.md", "--lang"];
    const [english, korean] = [
      await pipe(server, folder, "mina", [...args, "en"]),
      await pipe(server, folder, "mina", [...args, "ko"]),
    ];
    expect(english).toMatchObject({
      code: 1,
      stderr: "nowhere/tail.md couldn't be written: the folder doesn't exist.\n",
    });
    expect(korean.stderr).toBe("nowhere/tail.md에 저장하지 못했습니다. 폴더가 없습니다.\n");
  });

  test("shows progress in a terminal", async () => {
    const args = ["export", "#many", "--output", folder.at("many.txt"), "--account", "mina"];
    const screen = new Pty([...CLIENT, serverLink(server), ...args], {
      SODAM_PASSWORD: passwordOf("mina"),
      XDG_CONFIG_HOME: folder.at(".config"),
    });
    try {
      await screen.sees("200 lines in ");
      expect(await screen.exited).toBe(0);
      expect(screen.written).toMatch(/[█░]{20} +\d+ % 200 lines, up to \d{4}-\d\d-\d\d/);
    } finally {
      screen.end();
    }
  });

  test("exports the results of a search in one room or everywhere", async () => {
    const inRoom = ["export", "#many", "--search", '"line 19"', "--format", "jsonl"];
    const { code, stdout, stderr } = await pipe(server, folder, "mina", inRoom);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ text }) => text)).toEqual([
      "line 19",
      ...Array.from({ length: 10 }, (_, at) => `line 19${at}`),
    ]);
    // Several pages, and several conversations.
    const all = ["export", "--by", "민수", "--format", "jsonl"];
    const found = (await pipe(server, folder, "mina", all)).stdout.trim().split("\n");
    expect(found.length).toBeGreaterThan(200);
    const places = new Set(found.map((line) => JSON.parse(line).where));
    expect([...places]).toEqual(expect.arrayContaining(["#ops", "#many", "민수"]));
    const ids = found.map((line) => JSON.parse(line).msgid);
    expect(new Set(ids).size).toBe(ids.length);
  }, 60_000);

  test("a nick exports the direct messages with that person", async () => {
    const { code, stdout } = await pipe(server, folder, "민수", ["export", "mina"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/<민수> psst you\n/);
    const nothing = await pipe(server, folder, "민수", ["export", "nobody-here"]);
    expect(nothing).toMatchObject({ code: 1, stdout: "" });
  });

  test("a reader that closes the pipe ends it", async () => {
    const link = serverLink(server);
    const command = `${CLIENT.join(" ")} '${link}' export '#many' --account mina | head -1`;
    const options = { cwd: folder.path, env: { SODAM_PASSWORD: passwordOf("mina") } };
    const { stdout, stderr } = await run(["sh", "-c", command], options);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^── \d{4}-\d\d-\d\d ──\n$/);
  });

  test("a range of days excludes messages outside it", async () => {
    // The message's own day: by now it may be another.
    const all = await pipe(server, folder, "mina", ["export", "#tail", "--format", "jsonl"]);
    const line = all.stdout.split("\n").find((json) => json.includes('"three"')) ?? "{}";
    const day = String(JSON.parse(line).time).slice(0, 10);
    expect(day).toMatch(/^\d{4}-\d\d-\d\d$/);
    const within = await pipe(server, folder, "mina", [
      "export",
      "#tail",
      "--from",
      day,
      "--to",
      day,
    ]);
    expect(within.stdout).toContain("three");
    const before = await pipe(server, folder, "mina", ["export", "#tail", "--to", "2020-01-01"]);
    expect(before).toEqual({ code: 0, stdout: "", stderr: "" });
    const after = await pipe(server, folder, "mina", ["export", "#tail", "--from", "2999-01-01"]);
    expect(after).toEqual({ code: 0, stdout: "", stderr: "" });
    const never = await pipe(server, folder, "mina", [
      "export",
      "#tail",
      "--from",
      "2025-02-01",
      "--to",
      "2025-01-01",
    ]);
    expect(never.code).toBe(2);
  });
});

function tailing(name: string, args: readonly string[]): Program {
  return new Program([...CLIENT, serverLink(server), ...args, "--account", name], {
    cwd: folder.path,
    env: { SODAM_PASSWORD: passwordOf(name) },
  });
}

function textOf(line: string): string {
  return /(?:PRIVMSG|NOTICE) \S+ :?(.*)$/.exec(line)?.[1] ?? "";
}

describe("my-data", () => {
  test("writes everything that the server stores about the account as JSON lines, and nothing else", async () => {
    const { code, stderr } = await pipe(server, folder, "민수", ["my-data", folder.at("me.jsonl")]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = readFileSync(folder.at("me.jsonl"), "utf8").trim().split("\n");
    const things = lines.map((line) => JSON.parse(line));
    expect(things[0]).toMatchObject({ kind: "account", name: "민수", owner: false });
    expect(things).toContainEqual(expect.objectContaining({ kind: "room", room: "#ops" }));
    expect(things).toContainEqual(expect.objectContaining({ kind: "direct", with: "mina" }));
    const said = things.filter(({ kind }) => kind === "message");
    expect(said.length).toBeGreaterThan(200);
    expect(said.every(({ nick }) => nick === "민수")).toBe(true);
    expect(said).toContainEqual(expect.objectContaining({ where: "mina", text: "psst you" }));
    expect(lines.join()).not.toContain("argon2");
    const again = await pipe(server, folder, "민수", ["my-data", folder.at("me.jsonl")]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("already exists")]);
  }, 60_000);
});
