import { afterEach, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { restoreBackup } from "../../lib/file-manager/maintenance/backup.ts";
import { Guest, newFolder, Served, task } from "./served.ts";

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function folder(): string {
  const made = newFolder();
  cleanUps.push(() => made.remove());
  return made.path;
}

/** A server with Mina in #tea, who has sent `count` messages. */
async function teahouse(home: string, count: number): Promise<{ served: Served; mina: Guest }> {
  const served = await Served.start(home);
  cleanUps.push(() => served.end("SIGKILL"));
  const mina = await (await Guest.connect(served.port)).enters("mina", true, "echo-message");
  mina.says("JOIN #tea");
  for (let n = 1; n <= count; n += 1) mina.says(`PRIVMSG #tea :number ${n}`);
  await mina.hears((line) => line.endsWith(`:number ${count}`));
  return { served, mina };
}

async function said(port: number): Promise<string[]> {
  const guest = await (await Guest.connect(port)).enters(
    "mina",
    false,
    "draft/chathistory batch server-time",
  );
  guest.says("CHATHISTORY LATEST #tea * 200");
  const lines = await guest.hears((line) => line.includes(" BATCH -") || line.includes("FAIL"));
  return lines.flatMap((line) => /PRIVMSG #tea :(.*)$/.exec(line)?.[1] ?? []);
}

function dayFile(home: string): string {
  const root = join(home, "data", "history");
  const [room = ""] = readdirSync(root);
  const [day = ""] = readdirSync(join(root, room));
  return join(root, room, day);
}

test("a backup of a running server is consistent, and restores the same server", async () => {
  const home = folder();
  const { served, mina } = await teahouse(home, 50);
  for (let n = 51; n <= 150; n += 1) mina.says(`PRIVMSG #tea :number ${n}`);
  const copy = join(folder(), "copy");
  const { code, said: told } = await task(home, "backup", copy);
  expect([code, told]).toEqual([0, expect.stringContaining("is complete")]);
  await served.end("SIGTERM");
  const other = folder();
  expect((await task(other, "restore", copy)).code).toBe(0);
  expect(readFileSync(join(other, "certs", readdirSync(join(home, "certs"))[0] ?? ""))).toEqual(
    readFileSync(join(home, "certs", readdirSync(join(home, "certs"))[0] ?? "")),
  );
  const again = await Served.start(other);
  cleanUps.push(() => again.end("SIGKILL"));
  const texts = await said(again.port);
  expect(texts.length).toBeGreaterThanOrEqual(50);
  expect(texts).toEqual(texts.map((_, i) => `number ${i + 1}`));
}, 60_000);

test("backup refuses a folder that isn't empty and no backup, and restore a backup that was changed", async () => {
  const home = folder();
  const { served } = await teahouse(home, 3);
  await served.end("SIGTERM");
  const copy = join(folder(), "copy");
  expect((await task(home, "backup", copy)).code).toBe(0);
  expect((await task(home, "backup", copy)).code).toBe(0);
  expect(await task(home, "backup", join(home, "data"))).toEqual({
    code: 1,
    said: expect.stringContaining("is not empty"),
  });
  expect((await task(home, "restore", copy)).said).toContain("is not empty");
  appendFileSync(join(copy, "data", "users.json"), " ");
  expect(await task(folder(), "restore", copy)).toEqual({
    code: 1,
    said: expect.stringContaining("is not what was backed up"),
  });
  expect((await task(folder(), "restore", folder())).said).toContain("is no backup");
}, 60_000);

test("a file in place of a folder is reported, and a folder among the certificates is ignored", async () => {
  const home = folder();
  const { served } = await teahouse(home, 3);
  await served.end("SIGTERM");
  mkdirSync(join(home, "certs", "of-last-year"));
  const copy = join(folder(), "copy");
  expect((await task(home, "backup", copy)).code).toBe(0);
  const file = join(folder(), "file");
  writeFileSync(file, "");
  expect(await task(home, "backup", file)).toEqual({
    code: 1,
    said: `The backup in ${file} is not complete: a part of the path is not a folder.\n`,
  });
  const other = folder();
  writeFileSync(join(other, "data"), "");
  expect(await task(other, "restore", copy)).toEqual({
    code: 1,
    said: `The backup could not be put back: a part of the path is not a folder (${join(other, "data")}).\n`,
  });
}, 60_000);

test("a backup that names files which no backup has, or that have no end, is refused", async () => {
  const home = folder();
  const { served } = await teahouse(home, 3);
  await served.end("SIGTERM");
  const copy = join(folder(), "copy");
  // A pipe among the certificates would hold up the backup for ever.
  Bun.spawnSync(["mkfifo", join(home, "certs", "pipe")]);
  expect((await task(home, "backup", copy)).code).toBe(0);
  const manifest = readFileSync(join(copy, "backup.json"), "utf8");
  const text = "{}";
  const sha256 = new Bun.CryptoHasher("sha256").update(text).digest("hex");
  for (const path of [
    ...["../outside", "data/../outside", "data/./rooms.json", "data//rooms.json", "data", "certs/"],
    ...["data/.upgrade/ready.json", "data/lock/admin-socket", "data/lock/holder-9", "data/other"],
    ...["data/history/room/.2026-11-22.jsonl", "data/history/2026-11-22.jsonl"],
    ...["certs/.hidden", "certs/sub/cert.pem", "data/history/../2026-11-22.jsonl"],
  ]) {
    mkdirSync(join(copy, path, ".."), { recursive: true });
    if (!existsSync(join(copy, path))) writeFileSync(join(copy, path), text);
    const files = [...JSON.parse(manifest).files, { path, bytes: text.length, sha256 }];
    writeFileSync(join(copy, "backup.json"), JSON.stringify({ format: 1, files }));
    const other = folder();
    const places = { data: join(other, "data"), certs: join(other, "certs") };
    expect([path, restoreBackup(copy, places)]).toEqual([
      path,
      { refused: expect.stringContaining("backup.json is damaged") },
    ]);
    expect(readdirSync(other)).toEqual([]);
  }
  writeFileSync(join(copy, "backup.json"), manifest);
  // The plan of an interrupted upgrade would be carried out on what was put back.
  const emptied = folder();
  mkdirSync(join(emptied, "data/.upgrade"), { recursive: true });
  expect((await task(emptied, "restore", copy)).said).toContain("is not empty");
  rmSync(join(copy, "data/rooms.json"));
  Bun.spawnSync(["mkfifo", join(copy, "data/rooms.json")]);
  expect((await task(folder(), "restore", copy)).said).toContain("rooms.json is missing");
}, 60_000);

test("an incomplete restore isn't used as a data folder", async () => {
  const home = folder();
  const { served } = await teahouse(home, 3);
  await served.end("SIGTERM");
  const copy = join(folder(), "copy");
  expect((await task(home, "backup", copy)).code).toBe(0);
  const other = folder();
  // Nobody may make a folder there.
  const half = restoreBackup(copy, { data: join(other, "data"), certs: "/proc/certs" });
  expect(half).toEqual({ refused: expect.stringContaining("could not be put back") });
  expect(readdirSync(join(other, "data")).sort()).toEqual([
    "history",
    "people.journal",
    "rooms.json",
  ]);
  expect(await task(other, "--check")).toEqual({
    code: 1,
    said: expect.stringContaining("users.json is missing"),
  });
}, 60_000);

test("the doctor finds no problem after a server was killed or stopped", async () => {
  const home = folder();
  const { served } = await teahouse(home, 20);
  await served.end("SIGKILL");
  expect(await task(home, "doctor")).toEqual({
    code: 0,
    said: expect.stringContaining("as it should be"),
  });
}, 60_000);

test("the doctor reports a missing data folder", async () => {
  const home = folder();
  const said = await task(home, "doctor");
  expect(said.code).toBe(1);
  expect(said.said).toStartWith(`${join(home, "data")}: there is no such folder.`);
});

test("the doctor reports problems, changes nothing without --mend, and repairs what it can with it", async () => {
  const home = folder();
  const { served } = await teahouse(home, 5);
  await served.end("SIGTERM");
  const path = dayFile(home);
  const whole = readFileSync(path, "utf8").split("\n");
  const broken = [...whole.slice(0, 3), "no event", whole[2], ...whole.slice(3, -1), '{"at":9,'];
  writeFileSync(path, broken.join("\n"));
  chmodSync(join(home, "data", "rooms.json"), 0o644);
  writeFileSync(join(home, "data", ".rooms.json.new"), "half", { mode: 0o600 });
  const before = readFileSync(path, "utf8");
  const found = await task(home, "doctor");
  expect(found.code).toBe(1);
  for (const what of ["line 4 is damaged", "line 5 has position 3", "half a line", "may read it"]) {
    expect(found.said).toContain(what);
  }
  expect(found.said).toContain("5 problems found, 0 mended");
  expect(readFileSync(path, "utf8")).toBe(before);
  const mended = await task(home, "doctor", "--mend");
  expect([mended.code, mended.said]).toEqual([
    0,
    expect.stringContaining("5 problems found, 5 mended"),
  ]);
  expect(readFileSync(path, "utf8")).toBe(whole.join("\n"));
  expect(readdirSync(join(home, "data", "mended"))).toHaveLength(1);
  expect((await task(home, "doctor")).code).toBe(0);
}, 60_000);

test("a repeated msgid is reported, and replaced only with --mend", async () => {
  const home = folder();
  const { served } = await teahouse(home, 5);
  await served.end("SIGTERM");
  const path = dayFile(home);
  const whole = readFileSync(path, "utf8");
  const [first = "", second = ""] = [...whole.matchAll(/"msgid":"([^"]+)"/g)]
    .slice(-2)
    .map(([, msgid]) => msgid ?? "");
  const doubled = whole.replace(second, first);
  writeFileSync(path, doubled);
  const found = await task(home, "doctor");
  expect([found.code, found.said]).toEqual([1, expect.stringContaining("has the msgid of line")]);
  expect(readFileSync(path, "utf8")).toBe(doubled);
  expect((await task(home, "doctor", "--mend")).code).toBe(0);
  const ids = [...readFileSync(path, "utf8").matchAll(/"msgid":"([^"]+)"/g)].map(([, id]) => id);
  expect([new Set(ids).size, ids.length, ids.includes(first)]).toEqual([
    ids.length,
    ids.length,
    true,
  ]);
  expect((await task(home, "doctor")).code).toBe(0);
}, 60_000);

test("while a server runs the doctor only reports", async () => {
  const home = folder();
  await teahouse(home, 2);
  expect((await task(home, "doctor")).code).toBe(0);
  expect(await task(home, "doctor", "--mend")).toEqual({
    code: 1,
    said: expect.stringContaining("Stop it first"),
  });
}, 60_000);

test("an account's messages are erased from the files on request, and their positions stay", async () => {
  const home = folder();
  const { served } = await teahouse(home, 4);
  await served.end("SIGTERM");
  const lines = readFileSync(dayFile(home), "utf8").split("\n").length;
  expect((await task(home, "forget", "MINA")).said).toContain("4 messages of mina were erased");
  expect(readFileSync(dayFile(home), "utf8")).not.toContain("number");
  expect(readFileSync(dayFile(home), "utf8").split("\n")).toHaveLength(lines);
  expect((await task(home, "doctor")).code).toBe(0);
  const again = await Served.start(home);
  cleanUps.push(() => again.end("SIGKILL"));
  expect(await said(again.port)).toEqual([]);
}, 60_000);

test("the owner can export an account's data while the server runs, without other accounts' data", async () => {
  const home = folder();
  const { served, mina } = await teahouse(home, 4);
  const jun = await (await Guest.connect(served.port)).enters("jun", true, "echo-message");
  jun.says("JOIN #tea", "PRIVMSG #tea :not hers");
  await jun.hears((line) => line.endsWith(":not hers"));
  mina.says("PRIVMSG jun :psst", "JOIN #gone", "PRIVMSG #gone :to \u009b31mnobody", "PART #gone");
  await mina.hears((line) => line.includes(" PART #gone"));
  const file = join(home, "mina.jsonl");
  const { code, said: told } = await task(home, "export-account", "MINA", file);
  expect([code, told]).toEqual([0, expect.stringContaining("lines of mina")]);
  const text = readFileSync(file, "utf8");
  // Nothing of it steers the terminal on which the owner looks at it.
  expect(text).not.toContain("\u009b");
  const things = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(things[0]).toMatchObject({ kind: "account", name: "mina" });
  const messages = things.filter(({ kind }) => kind === "message");
  expect(messages.map((one) => one.text).sort()).toEqual([
    ...["number 1", "number 2", "number 3", "number 4", "psst", "to \u009b31mnobody"],
  ]);
  expect(text).not.toContain("argon2");
  expect(text).not.toContain("not hers");
  expect((await task(home, "export-account", "nobody", join(home, "x"))).code).toBe(1);
  expect((await task(home, "export-account", "mina", file)).said).toContain("exists already");
}, 60_000);

test("all messages of an account are erased from the files while the server runs, and stay erased after a start", async () => {
  const home = folder();
  const { served, mina } = await teahouse(home, 300);
  const jun = await (await Guest.connect(served.port)).enters("jun", true, "echo-message");
  jun.says("JOIN #tea", "PRIVMSG #tea :mine stays");
  await jun.hears((line) => line.endsWith(":mine stays"));
  mina.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT FORGET");
  const done = await mina.hears((line) => line.includes("ACCOUNT FORGOTTEN"));
  expect(done.join("\n")).toContain("FORGOTTEN mina 300 1");
  const text = readFileSync(dayFile(home), "utf8");
  expect(text).not.toContain("number");
  expect(text).toContain("mine stays");
  expect((await task(home, "doctor")).code).toBe(0);
  await served.end("SIGKILL");
  const again = await Served.start(home);
  cleanUps.push(() => again.end("SIGKILL"));
  expect(await said(again.port)).toEqual(["mine stays"]);
}, 60_000);

test("logs of other clients become a room, which the owner can join and search", async () => {
  const home = folder();
  const served = await Served.start(home);
  cleanUps.push(() => served.end("SIGKILL"));
  // Only a user of the owner's link owns the server; here the file is edited.
  await (await Guest.connect(served.port)).enters("mina", true);
  await served.end("SIGTERM");
  const users = join(home, "data", "users.json");
  for (const name of ["users.json", "users.journal"]) {
    const path = join(home, "data", name);
    writeFileSync(
      path,
      readFileSync(path, "utf8").replaceAll(/"owner":( ?)false/g, '"owner":$1true'),
    );
  }
  expect(readFileSync(users, "utf8").length).toBeGreaterThan(0);
  const log = join(home, "tea.log");
  writeFileSync(
    log,
    [
      "2024-05-01 10:02:03\t@jun\tgreen tea?",
      "2024-05-01 10:02:04\t-->\tyuna has joined #tea",
      "2024-05-02 09:00:00\t *\tyuna nods",
      "2024-05-02 09:00:00\tyuna\t녹차 좋아",
    ].join("\n"),
  );
  const made = await task(home, "import", "weechat", log, "#tea");
  expect(made).toEqual({
    code: 0,
    said: expect.stringContaining("#tea is a new room with 3 messages."),
  });
  const repeated = await task(home, "import", "weechat", log, "#Tea");
  expect(repeated).toEqual({ code: 0, said: expect.stringContaining("0 new messages") });
  expect((await task(home, "doctor")).code).toBe(0);
  const again = await Served.start(home);
  cleanUps.push(() => again.end("SIGKILL"));
  const mina = await (await Guest.connect(again.port)).enters("mina", false, "sodam.chat/unread");
  mina.says("PING told");
  // Who brought it has read it.
  expect(await mina.hears((line) => line.includes(" PONG "))).toContain(
    ":sodam.internal UNREAD #tea 0 0",
  );
  expect(await said(again.port)).toEqual(["green tea?", "\x01ACTION nods\x01", "녹차 좋아"]);
  await again.end("SIGTERM");
  // The room is in the server's snapshot now, and the log has grown.
  appendFileSync(log, "\n2024-05-03 09:00:00\tjun\tone more\n");
  const grown = await task(home, "import", "weechat", log, "#tea");
  expect(grown).toEqual({ code: 0, said: expect.stringContaining("#tea has 1 new message.") });
  expect((await task(home, "doctor")).code).toBe(0);
  const last = await Served.start(home);
  cleanUps.push(() => last.end("SIGKILL"));
  expect((await said(last.port)).at(-1)).toBe("one more");
  const yuna = await (await Guest.connect(last.port)).enters("yuna", true);
  yuna.says("JOIN #tea");
  await yuna.hears((line) => line.includes(" JOIN #tea"));
  await last.end("SIGTERM");
  appendFileSync(log, "2024-05-04 09:00:00\tjun\tbefore she came\n");
  const late = await task(home, "import", "weechat", log, "#tea");
  expect(late).toEqual({ code: 1, said: expect.stringContaining("1 message is older than") });
  const page = join(home, "tea.html");
  expect((await task(home, "export", "#tea", page)).code).toBe(0);
  expect(readFileSync(page, "utf8")).toContain("<b>jun</b> green tea?</p>");
}, 60_000);
