import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signUp, startServer } from "./house.ts";
import { Folder, Program, run, SERVER } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** The server script: first run, refused starts, flags that only print, signals. */

const LOOPBACK = ["--host", "127.0.0.1", "--password-cost", "test"] as const;

describe("the first run", () => {
  test("creates a certificate with a private key, and prints the owner's link", async () => {
    using folder = new Folder();
    // As many as any machine has room for: with more, some would be warned of.
    await using server = await startServer(folder, ["--max-connections", "100"]);
    expect(server.invitation).not.toBeNull();
    expect(server.program.stdout).toContain(`  bun client.ts ${server.link}\n`);
    expect(statSync(folder.at("certs", "key.pem")).mode & 0o777).toBe(0o600);
    expect(statSync(folder.at("certs")).mode & 0o777).toBe(0o700);
    expect(statSync(folder.at("data", "users.json")).mode & 0o777).toBe(0o600);
    expect(server.program.stderr).toBe("");
  });

  test("without an owner a second start has a new link, and the fingerprint stays", async () => {
    using folder = new Folder();
    const first = await startServer(folder);
    await first[Symbol.asyncDispose]();
    await using second = await startServer(folder);
    expect(second.fingerprint).toBe(first.fingerprint);
    expect(second.invitation).not.toBeNull();
    expect(second.invitation).not.toBe(first.invitation);
  });

  test("after an owner signed up, the link has no invitation", async () => {
    using folder = new Folder();
    const first = await startServer(folder);
    await using owner = await signUp(first, "mina");
    owner.says("INVITATION CREATE 1 1");
    await owner.hears(/INVITATION CREATED/);
    await first[Symbol.asyncDispose]();
    await using second = await startServer(folder);
    expect(second.invitation).toBeNull();
    expect(second.link).toBe(`sodam://127.0.0.1:${second.port}/fp-${first.fingerprint}`);
    await using jun = await Stranger.connect(second.port);
    jun.says("CAP LS 302");
    jun.says("CAP REQ draft/account-registration");
    jun.says("NICK jun");
    jun.says("REGISTER * * :jun-password");
    await jun.hears(/FAIL REGISTER INVITATION_REQUIRED/);
  });
});

describe("a start is refused", () => {
  test("on a data folder that another server uses", async () => {
    using folder = new Folder();
    await using server = await startServer(folder);
    const second = await run([...SERVER, ...LOOPBACK, "--port", "0"], { cwd: folder.path });
    expect(second).toMatchObject({ code: 1, stdout: "" });
    expect(oneLine(second.stderr)).toContain(`${server.program.pid}`);
  });

  test("but not --check, which reads the data folder that the other server uses", async () => {
    using folder = new Folder();
    await using server = await startServer(folder);
    const check = await run([...SERVER, "--check"], { cwd: folder.path });
    expect(check).toMatchObject({ code: 0, stderr: "" });
    expect(check.stdout).toContain(
      `Settings and certificate are good. A server (process ${server.program.pid})`,
    );
    expect(check.stdout).toContain("The history was not checked");
    const wrong = await run([...SERVER, "--check", "--sign-up", "maybe"], { cwd: folder.path });
    expect(wrong.code).toBe(2);
    writeFileSync(folder.at("data/rooms.json"), "{");
    const damaged = await run([...SERVER, "--check"], { cwd: folder.path });
    expect(damaged).toMatchObject({ code: 1, stdout: "" });
    expect(oneLine(damaged.stderr)).toContain("rooms.json");
  });

  test("on a port that is taken", async () => {
    using folder = new Folder();
    await using server = await startServer(folder);
    const args = ["--port", `${server.port}`, "--data", "other"];
    const second = await run([...SERVER, ...LOOPBACK, ...args], { cwd: folder.path });
    expect(second).toMatchObject({ code: 1, stdout: "" });
    expect(oneLine(second.stderr)).toContain(`port ${server.port}`);
    // And the data folder is free again.
    const check = await run([...SERVER, "--data", "other", "--check"], { cwd: folder.path });
    expect(check.code).toBe(0);
  });

  test("with an STS policy and a self-signed certificate", async () => {
    using folder = new Folder();
    const started = await run([...SERVER, "--sts-days", "30", "--port", "0"], { cwd: folder.path });
    expect(started).toMatchObject({ code: 1, stdout: "" });
    expect(oneLine(started.stderr)).toMatch(/--sts-days.*authority/);
  });

  test("with an unknown setting, and the nearest known one is named", async () => {
    using folder = new Folder();
    const flag = await run([...SERVER, "--prot", "1"], { cwd: folder.path });
    expect(flag).toMatchObject({ code: 2, stdout: "" });
    expect(oneLine(flag.stderr)).toMatch(/--prot.*--port/);
    writeFileSync(folder.at("sodam.toml"), 'sing-up = "open"\n');
    const file = await run([...SERVER], { cwd: folder.path });
    expect(file).toMatchObject({ code: 2, stdout: "" });
    expect(oneLine(file.stderr)).toMatch(/sing-up.*sign-up/);
    expect(readdirSync(folder.path)).toEqual(["sodam.toml"]);
  });

  test("on a damaged users.json, which it names and doesn't change", async () => {
    await refuses((folder) => {
      const path = folder.at("data", "users.json");
      writeFileSync(path, readFileSync(path, "utf8").slice(0, -20));
      return "users.json";
    });
  });

  test("on a users.json of a newer format", async () => {
    await refuses((folder) => {
      const path = folder.at("data", "users.json");
      const { format, ...users } = JSON.parse(readFileSync(path, "utf8"));
      writeFileSync(path, JSON.stringify({ format: format + 1, ...users }));
      return "users.json";
    });
  });

  test("on a rooms.json of a newer format", async () => {
    await refuses((folder) => {
      writeFileSync(folder.at("data", "rooms.json"), '{"format":99}');
      return "rooms.json";
    });
  });

  test("on a certificate without its key", async () => {
    await refuses((folder) => {
      writeFileSync(folder.at("certs", "key.pem"), "");
      return "key.pem";
    });
  });
});

describe("flags that only print", () => {
  test("--help, --version and --check answer and end with 0", async () => {
    using folder = new Folder();
    const help = await run([...SERVER, "--help"], { cwd: folder.path });
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("--sign-up invite|open|closed");
    expect(help.stdout.split("\n").every((line) => line.length <= 80)).toBe(true);
    const version = await run([...SERVER, "--version"], { cwd: folder.path });
    expect(version).toMatchObject({ code: 0, stderr: "" });
    expect(version.stdout).toMatch(/^sodam \d+\.\d+\.\d+\n$/);
    expect(readdirSync(folder.path)).toEqual([]);
    const check = await run([...SERVER, "--check"], { cwd: folder.path });
    expect(check).toMatchObject({ code: 0, stderr: "" });
    expect(check.stdout).toContain("good");
  });
});

describe("the end", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`${signal} sends ERROR to all clients, and ends with 0 within five seconds`, async () => {
      using folder = new Folder();
      await using server = await startServer(folder, ["--sign-up", "open"]);
      await using mina = await signUp(server, "mina");
      await using jun = await signUp(server, "jun");
      // A client that stopped reading must not delay the shutdown.
      await using deaf = await signUp(server, "deaf");
      deaf.stopsReading();
      mina.says("JOIN #tea");
      await mina.hears(/ 366 /);
      const began = performance.now();
      server.program.kill(signal);
      await Promise.all([mina.hears(/^ERROR /), jun.hears(/^ERROR /)]);
      await Promise.all([mina.closed, jun.closed]);
      expect(await server.program.exited).toBe(0);
      expect(performance.now() - began).toBeLessThan(5000);
      expect(readFileSync(folder.at("data", "rooms.json"), "utf8")).toContain("#tea");
      expect(server.program.stderr.replace(/^\S+ info: log-in: .*\n/gm, "")).toBe("");
      expect(server.program.stdout).toEndWith(
        "The server is going down; 3 sessions were told so.\n",
      );
    }, 60_000);
  }

  test("messages echoed before kill -9 are in the history afterwards, once and in order", async () => {
    using folder = new Folder();
    const server = await startServer(folder, ["--sign-up", "open"]);
    const people: Stranger[] = [];
    for (const name of ["mina", "jun", "sora"]) people.push(await signUp(server, name));
    for (const person of people) person.says("JOIN #tea");
    await Promise.all(people.map((person) => person.hears(/ 366 /)));
    const [mina] = people;
    const talking = people.map(async (person, index) => {
      for (let n = 0; person.isOpen && n < 500; n += 1) {
        person.says(`PRIVMSG #tea :${index}-${n}`);
        await person.hears(new RegExp(`PRIVMSG #tea :?${index}-${n}$`)).catch(() => null);
      }
    });
    await mina?.hears(/PRIVMSG #tea :?0-30$/);
    server.program.kill("SIGKILL");
    await Promise.all(talking);
    const echoed = people.map((person) => said(person.lines));

    await using again = await startServer(folder, ["--sign-up", "open"]);
    await using reader = await signUp(again, "reader");
    reader.says("JOIN #tea");
    await reader.hears(/ 366 /);
    const stored = await history(reader, "#tea");
    expect(new Set(stored).size).toBe(stored.length);
    for (const lines of echoed) {
      expect(lines.length).toBeGreaterThan(30);
      expect(stored.slice(0, lines.length)).toEqual(lines);
    }
    const files = readdirSync(folder.at("data", "history"), { recursive: true, encoding: "utf8" });
    const days = files.filter((path) => path.endsWith(".jsonl"));
    for (const path of days) {
      const text = readFileSync(join(folder.at("data", "history"), path), "utf8");
      expect(text.endsWith("\n")).toBe(true);
    }
  }, 60_000);
});

/** Starts once, spoils a file, and expects a second start to name it, change nothing and end with 1. */
async function refuses(spoil: (folder: Folder) => string): Promise<void> {
  using folder = new Folder();
  const server = await startServer(folder, ["--sign-up", "open"]);
  const mina = await signUp(server, "mina");
  server.program.kill("SIGTERM");
  await server.program.exited;
  await mina[Symbol.asyncDispose]();
  const file = spoil(folder);
  const before = bytesOf(folder.path);
  const start = new Program([...SERVER, ...LOOPBACK, "--port", "0"], { cwd: folder.path });
  expect(await start.exited).toBe(1);
  expect(start.stdout).toBe("");
  expect(oneLine(start.stderr)).toContain(file);
  expect(bytesOf(folder.path)).toEqual(before);
}

/** Every file under a folder by its bytes. */
function bytesOf(path: string): Map<string, string> {
  const files = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  const plain = files.filter(
    (name) => existsSync(join(path, name)) && statSync(join(path, name)).isFile(),
  );
  return new Map(plain.map((name) => [name, readFileSync(join(path, name)).toString("hex")]));
}

/** Returns the one sentence of the text; fails when it is a stack trace or several lines. */
function oneLine(text: string): string {
  expect(text).toMatch(/^[^\n]+\n$/);
  expect(text).not.toMatch(/\bat .*:\d+:\d+/);
  return text.trim();
}

function said(lines: readonly string[]): string[] {
  return lines.flatMap((line) => / PRIVMSG #tea :?(\d+-\d+)$/.exec(line)?.[1] ?? []);
}

/** All messages of a room, page by page. */
async function history(reader: Stranger, room: string): Promise<string[]> {
  const texts: string[] = [];
  let from = "timestamp=1970-01-01T00:00:00.000Z";
  for (;;) {
    const start = reader.lines.length;
    reader.says(`@label=h${start} CHATHISTORY AFTER ${room} ${from} 100`);
    const opened = await reader.hears(new RegExp(`label=h${start}\\b`), start);
    const name = /BATCH \+(\S+)/.exec(opened)?.[1] ?? "";
    await reader.hears(new RegExp(`BATCH -${name}$`), start);
    const page = reader.lines.slice(start).filter((line) => line.includes(" PRIVMSG "));
    texts.push(...said(page));
    const last = /msgid=([^; ]+)/.exec(page.at(-1) ?? "")?.[1];
    if (last === undefined) return texts;
    from = `msgid=${last}`;
  }
}
