import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import { openRoomLog } from "../../lib/file-manager/history/room-log.ts";
import { type ImportRequest, importLog } from "../../lib/file-manager/import/import-log.ts";
import { LOG_FORMATS } from "../../lib/file-manager/import/log-formats.ts";
import { examine } from "../../lib/file-manager/maintenance/doctor.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { timeOfId } from "../../lib/protocol/timestamped-id.ts";
import { OWNER, writeOwner } from "./import-reading.ts";

/** An imported log becomes a room, whatever its content. */

const NOW = Date.UTC(2026, 10, 22, 12);

let data: string;
let logs: string;
let rooms = 0;
let ids = 0;
beforeEach(() => {
  [rooms, ids] = [0, 0];
  logs = mkdtempSync(join(tmpdir(), "logs-"));
  data = mkdtempSync(join(tmpdir(), "import-"));
  writeOwner(data);
});
afterEach(() => {
  for (const folder of [data, logs]) rmSync(folder, { recursive: true, force: true });
});

/** Imports a log of our own format, and resolves to the result's sentences. */
function brought(...lines: object[]): Promise<string> {
  return importAs("jsonl", ...lines.map((line) => JSON.stringify(line)));
}

async function importAs(format: string, ...lines: string[]): Promise<string> {
  return (await importFrom(format, logFile("tea.log", ...lines))).said;
}

async function importFrom(
  format: string,
  file: string,
  options: Partial<ImportRequest> = {},
): Promise<{ readonly ok: boolean; readonly said: string }> {
  const request = {
    format,
    file,
    room: "#tea",
    encoding: "",
    timezone: "UTC",
    channel: "",
    dryRun: false,
  };
  const result = await importLog(
    { ...request, ...options },
    {
      data,
      makeStore: AccountStore.of,
      newRoomId: () => `tea-${++rooms}` as ConversationId,
      newId: () => `id${++ids}`,
      now: () => NOW,
    },
  );
  return { ok: result.ok, said: result.lines.join("\n") };
}

/** Writes a log into a folder of its own, and returns its path. */
function logFile(name: string, ...lines: string[]): string {
  const path = join(logs, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

/** The messages in the room's files, in order: "10:02:00.000 mina: hello". */
function said(): string[] {
  return days()
    .flatMap(stored)
    .filter(({ kind }) => kind === "said")
    .map(({ time, by, text }) => `${time.slice(11, -1)} ${by.nick}: ${text}`);
}

/** All files of the data folder, with their content. */
function snapshotOfData(): Record<string, string> {
  const files = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((path) => [path, readFileSync(path, "utf8")]));
}

function message(nick: string, text: string, time = "2026-11-21T10:00:00.000Z"): object {
  return { time, kind: "said", nick, text };
}

function days(): string[] {
  return readdirSync(join(data, "history", "tea-1")).sort();
}

interface StoredEvent {
  readonly time: string;
  readonly msgid: string;
  readonly by: { readonly nick: string };
  readonly kind: string;
  readonly verb?: string;
  readonly text: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly editedAt?: string;
}

function stored(day: string): StoredEvent[] {
  const text = readFileSync(join(data, "history", "tea-1", day), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("invalid and control characters in a nick are replaced", async () => {
  await brought(
    message("x PRIVMSG #tea :forged", "one"),
    message("jun!root@sodam", "two"),
    message("\n\u202e:민수", "three"),
    message("n".repeat(100), "four"),
  );
  const spoke = stored("2026-11-21.jsonl").filter(({ kind }) => kind === "said");
  expect(spoke.map(({ by }) => by.nick)).toEqual([
    "x_PRIVMSG__tea__forged",
    "jun_root_sodam",
    "___민수",
    "n".repeat(32),
  ]);
});

test("an author without a nick in a log gets the nick _", async () => {
  await importAs("weechat", "2026-11-20 10:00:00\t@\tone", "2026-11-20 10:00:01\t@jun\ttwo");
  const spoke = days()
    .flatMap(stored)
    .filter(({ kind }) => kind === "said");
  expect(spoke.map(({ by }) => by.nick)).toEqual(["_", "jun"]);
});

test("messages dated before 1970 or in the future are left out", async () => {
  const told = await brought(
    message("jun", "long ago", "0001-01-01T00:00:00.000Z"),
    message("jun", "one"),
    message("jun", "two"),
    message("jun", "in a year without end", "9999-12-31T23:59:59.999Z"),
    message("jun", "tomorrow", "2026-11-23T12:00:00.000Z"),
  );
  expect(told).toContain("2 messages dated in the future left out");
  expect(told).toContain("1 message dated before 1970 left out");
  expect(told).toEndWith("#tea is a new room with 2 messages.");
  expect(days()).toEqual(["2026-11-21.jsonl"]);
});

test("a failed import leaves no files", async () => {
  mkdirSync(join(data, "history", "tea-1", "in-the-way"), { recursive: true });
  expect(await brought(message("jun", "one"))).toContain("The room could not be written");
  expect(readdirSync(join(data, "history"))).toEqual(["tea-1"]);
  expect(existsSync(join(data, "people.journal"))).toBe(false);
});

test("a text larger than a message may be becomes several messages, without loss", async () => {
  const text = "녹차 ".repeat(5000).trimEnd();
  await brought(message("jun", text));
  const spoke = stored("2026-11-21.jsonl").filter(({ kind }) => kind === "said");
  for (const part of spoke) expect(Buffer.byteLength(part.text)).toBeLessThanOrEqual(8192);
  expect(spoke.map((part) => part.text).join("")).toBe(text);
});

test("a multiline message keeps its lines, and one with too many lines becomes several", async () => {
  const many = Array.from({ length: 150 }, (_, at) => `${at}`);
  await brought(message("jun", "one\r\ntwo\n\nfour"), message("jun", many.join("\n")));
  const spoke = stored("2026-11-21.jsonl").filter(({ kind }) => kind === "said");
  expect(spoke.map(({ text }) => text)).toEqual([
    "one\ntwo\n\nfour",
    many.slice(0, 100).join("\n"),
    many.slice(100).join("\n"),
  ]);
});

test("a second import of the same log adds nothing, and changes no file", async () => {
  const log = logFile(
    "tea.log",
    "--- Log opened Fri Nov 20 10:00:00 2026",
    "10:02 <mina> ok",
    "10:02 <mina> ok",
    "10:02 <jun> ok",
  );
  expect((await importFrom("irssi", log)).ok).toBe(true);
  expect(said()).toEqual([
    "10:02:00.000 mina: ok",
    "10:02:00.001 mina: ok",
    "10:02:00.002 jun: ok",
  ]);
  const before = snapshotOfData();
  const again = await importFrom("irssi", log);
  expect(again.said).toContain("3 messages are in #tea already.");
  expect(again.said).toEndWith("Nothing was added to #tea: 0 new messages.");
  expect(again.ok).toBe(true);
  expect(snapshotOfData()).toEqual(before);
});

test("a log that has grown adds what is new, also within the last minute and on a later day", async () => {
  const lines = ["--- Log opened Fri Nov 20 10:00:00 2026", "10:02 <mina> ok"];
  await importFrom("irssi", logFile("tea.log", ...lines));
  const more = ["10:02 <mina> ok", "--- Day changed Sat Nov 21 2026", "09:00 <jun> morning"];
  const grown = await importFrom("irssi", logFile("tea.log", ...lines, ...more));
  expect(grown.said).toEndWith("#tea has 2 new messages.");
  expect(said()).toEqual([
    "10:02:00.000 mina: ok",
    "10:02:00.001 mina: ok",
    "09:00:00.000 jun: morning",
  ]);
  expect(days()).toEqual(["2026-11-20.jsonl", "2026-11-21.jsonl"]);
  expect(examine(data, AccountStore.of, NOW)).toEqual([]);
});

test("a later log of another program goes into the same room, and an older one does not", async () => {
  await importFrom("weechat", logFile("b.log", "2026-11-20 10:00:00\tmina\ttwo"));
  await importFrom("znc", logFile("2026-11-21.log", "[10:00:00] <jun> three"));
  const before = snapshotOfData();
  const older = await importFrom("weechat", logFile("a.log", "2026-11-19 10:00:00\tmina\tone"));
  expect(older).toMatchObject({
    ok: false,
    said: expect.stringContaining("older than the newest"),
  });
  expect(snapshotOfData()).toEqual(before);
  expect(said()).toEqual(["10:00:00.000 mina: two", "10:00:00.000 jun: three"]);
});

test("a log makes no room that looks like one that exists", async () => {
  const log = logFile("a.log", "2026-11-20 10:00:00\tmina\tone");
  expect((await importFrom("weechat", log)).ok).toBe(true);
  expect(await importFrom("weechat", log, { room: "#tеa" })).toMatchObject({
    ok: false,
    said: expect.stringContaining("can't be a room's name"),
  });
  expect(await importFrom("weechat", log, { room: "#ТЕА" })).toEqual({
    ok: false,
    said: "#ТЕА looks like #tea, which exists. Name that one, or choose another name.",
  });
});

test("a log goes into the room that has the name now, and into a new one when the old one is gone", async () => {
  const first = logFile("a.log", "2026-11-19 10:00:00\tmina\tone");
  await importFrom("weechat", first, { room: "#old" });
  const conversation = "tea-1" as ConversationId;
  const by = {
    nick: "mina",
    user: "",
    host: "",
    account: "mina",
    accountId: OWNER.id,
    realname: "",
    bot: false,
  };
  const header = { conversation, time: NOW - 2, by } as unknown as Omit<RoomEvent, "kind">;
  const change = async (event: object): Promise<void> => {
    const log = openRoomLog(join(data, "history"));
    if ("refused" in log) throw new Error(log.refused);
    log.append({ ...header, ...event } as RoomEvent);
    await log.close();
  };
  await change({ position: 4, msgid: "r", kind: "renamed", name: "#tea", reason: "" });
  expect((await importFrom("weechat", first)).said).toContain("1 message is in #tea already");
  await change({ position: 5, msgid: "d", time: NOW - 1, kind: "dropped" });
  expect((await importFrom("weechat", first)).said).toEndWith("#tea is a new room with 1 message.");
});

test("a dry run says what would come in, and changes nothing", async () => {
  const log = logFile(
    "a.log",
    "2026-11-20 10:00:00\tmina\tone",
    "2026-11-20 10:00:01\tjun\ttwo",
    "?",
  );
  const before = snapshotOfData();
  const { ok, said } = await importFrom("weechat", log, { dryRun: true, timezone: "Asia/Seoul" });
  expect([ok, said.split("\n")]).toEqual([
    true,
    [
      "Read as WeeChat: UTF-8, times in Asia/Seoul.",
      "3 lines: 2 messages, 0 without a message (joins, days, empty lines), 1 not understood.",
      "  line 3: ?",
      "From 2026-11-20 10:00:00 to 2026-11-20 10:00:01 (Asia/Seoul).",
      "Speakers: mina (1), jun (1).",
      "  2026-11-20 10:00:00 mina: one",
      "  2026-11-20 10:00:01 jun: two",
      "#tea would be a new room with 2 messages. Nothing was changed.",
    ],
  ]);
  expect(snapshotOfData()).toEqual(before);
});

test("when less than half is understood the import fails, writes nothing, and names the likely format", async () => {
  const line = "2026-11-20 10:00:00\tmina\tone";
  const log = logFile("a.log", line, line, line, "* jun waves");
  const before = snapshotOfData();
  const result = await importFrom("znc", log);
  expect(result.ok).toBe(false);
  expect(result.said).toContain("line 1: 2026-11-20 10:00:00 mina one");
  expect(result.said).toEndWith(
    'so nothing was imported. This looks like a log of WeeChat: "import weechat".',
  );
  const binary = logFile("b.bin", "\x89P\t\x1aN 10:02\tG", "a\tb\tc");
  expect((await importFrom("irssi", binary)).said).toEndWith("so nothing was imported.");
  const junk = logFile("b.log", line, "?", "?");
  expect(await importFrom("weechat", junk)).toMatchObject({
    ok: false,
    said: expect.stringContaining("Less than half"),
  });
  expect(snapshotOfData()).toEqual(before);
});

test("each format recognizes its own log, and no other one is named for it", async () => {
  const samples = {
    weechat: "2026-11-22T01:02:03.123456Z\t@mina\thello",
    irssi: "--- Log opened Sun Nov 22 10:01:00 2026\n10:02 <mina> hello",
    hexchat: "**** BEGIN LOGGING AT Sun Nov 22 10:00:00 2026\n\nNov 22 10:02:03 <mina>\thello",
    znc: "[10:02:03] <mina> hello",
    jsonl: '{"time":"2026-11-22T10:02:03.456Z","kind":"said","nick":"mina","text":"hello"}',
    kakaotalk:
      "tea 님과 카카오톡 대화\n저장한 날짜 : 2026년 11월 22일 오후 3:05\n\n--------------- 2026년 11월 22일 일요일 ---------------\n[민수] [오전 10:02] 안녕",
    slack: '[{"type":"message","user":"U1","text":"hi","ts":"1795341723.000100"}]',
    halloy: '[{"received_at":1,"server_time":"2026-11-22T10:02:03.456Z"}]',
  };
  for (const [name, sample] of Object.entries(samples)) {
    expect(LOG_FORMATS.find((format) => format.recognizes(sample))?.name).toBe(name);
  }
});

test("a folder of ZNC's days becomes one room, and a folder with several rooms is refused", async () => {
  logFile("tea/2026-11-21.log", "[10:00:00] <jun> two");
  logFile("tea/2026-11-20.log", "[10:00:00] <mina> one");
  logFile("tea/notes.txt", "milk");
  const { said: told } = await importFrom("znc", join(logs, "tea"));
  expect(told).toContain("2 lines in 2 files");
  expect(told).toContain("1 other file passed over: notes.txt.");
  expect(said()).toEqual(["10:00:00.000 mina: one", "10:00:00.000 jun: two"]);
  logFile("coffee/2026-11-20.log", "[10:00:00] <mina> one");
  const mixed = await importFrom("znc", logs, { room: "#all" });
  expect(mixed).toMatchObject({ ok: false, said: expect.stringContaining("several rooms") });
});

test("files of days, months and years, and rotated ones, are parts of one room's log", async () => {
  for (const [name, stamp] of [
    ["irc.net.#tea.weechatlog", "2026-11-20"],
    ["irc.net.#tea.weechatlog.1", "2026-11-19"],
    ["2025/irc.net.#tea.2025-12.weechatlog", "2025-12-01"],
  ] as const) {
    logFile(`logs/${name}`, `${stamp} 10:00:00\tmina\tone`);
  }
  const { said: told } = await importFrom("weechat", join(logs, "logs"));
  expect(told).toEndWith("#tea is a new room with 3 messages.");
  expect(days()).toEqual(["2025-12-01.jsonl", "2026-11-19.jsonl", "2026-11-20.jsonl"]);
});

test("the same line in two files of a log is one message, and twice in one file is two", async () => {
  const line = "2026-11-20 10:00:00\tmina\tone";
  logFile("logs/tea.weechatlog", line, line);
  logFile("logs/tea.weechatlog.1", line);
  const { said: told } = await importFrom("weechat", join(logs, "logs"));
  expect(told).toContain("1 message of one file is in another, too.");
  expect(said()).toHaveLength(2);
});

test("a packed log is unpacked", async () => {
  const path = join(logs, "tea.weechatlog.1.gz");
  writeFileSync(path, gzipSync("2026-11-20 10:00:00\tmina\tone\n"));
  expect((await importFrom("weechat", path)).ok).toBe(true);
  writeFileSync(path, Buffer.from("\x1f\x8bno gzip", "latin1"));
  expect((await importFrom("weechat", path)).said).toContain("cannot be read");
});

test("replies, reactions and edits of a log are stored as our own", async () => {
  const line = (id: string, second: number, more: object): object => ({
    ...{
      time: `2026-11-20T10:00:0${second}.000Z`,
      kind: "said",
      nick: "mina",
      text: id,
      msgid: id,
    },
    ...more,
  });
  const log = [
    line("a", 1, { edited: true }),
    line("b", 2, { nick: "jun", replyTo: "a" }),
    line("c", 3, { kind: "reacted", nick: "jun", text: "👍", replyTo: "a" }),
    line("d", 4, { kind: "reacted", nick: "jun", text: "🎉", replyTo: "a" }),
    line("e", 5, { kind: "unreacted", nick: "jun", text: "🎉", replyTo: "a" }),
    line("f", 6, { replyTo: "unknown" }),
  ];
  await brought(...log);
  const events = stored("2026-11-20.jsonl").filter(({ kind }) => kind === "said");
  const target = events[0]?.msgid ?? "";
  expect(events.map(({ by, verb, text, tags }) => [by.nick, verb, text, tags])).toEqual([
    ["mina", undefined, "a", undefined],
    ["jun", "TAGMSG", "", { "+draft/reply": target, "+draft/react": "👍" }],
    ["jun", undefined, "b", { "+draft/reply": target }],
    ["mina", undefined, "f", undefined],
  ]);
  expect(events[0]?.editedAt).toBe("2026-11-20T10:00:01.000Z");
  expect(timeOfId(target)).toBe(Date.parse("2026-11-20T10:00:01.000Z"));
  expect(await brought(...log)).toContain("3 messages are in #tea already");
  expect(examine(data, AccountStore.of, NOW)).toEqual([]);
});

test("wrong words are refused, each with what to do", async () => {
  const log = logFile("a.log", "2026-11-20 10:00:00\tmina\tone");
  const refusals = [
    [await importFrom("wechat", log), "Did you mean weechat?"],
    [await importFrom("weechat", log, { timezone: "Asia/Seol" }), "Did you mean Asia/Seoul?"],
    [await importFrom("weechat", log, { encoding: "cp94" }), "Did you mean cp949?"],
    [await importFrom("weechat", log, { room: "tea" }), "can't be a room's name"],
    [await importFrom("weechat", join(logs, "none")), "does not exist"],
    [await importFrom("jsonl", logs), "There is no log of Sodam"],
  ] as const;
  for (const [{ ok, said }, hint] of refusals) {
    expect([ok, said]).toEqual([false, expect.stringContaining(hint)]);
  }
});
