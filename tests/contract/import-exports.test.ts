import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { strToU8, zipSync } from "fflate";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import { parseStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { type ImportRequest, importLog } from "../../lib/file-manager/import/import-log.ts";
import { LOG_FORMATS } from "../../lib/file-manager/import/log-formats.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { writeOwner } from "./import-reading.ts";

/** Exports of KakaoTalk and Slack become rooms, from a file, a folder or a zip. */

/** Windows' text of a chat, with one message ("안녕 똠방각하 햏" and "둘째 줄"), in Windows-949. */
const WINDOWS_949 = Buffer.from(
  [
    "vPa02bnmILTUsPogxKvEq7/AxeUgtOvIrQ0KwPrA5cfRILOvwqUgOiAyMDI2LTExLTI0IDA5OjAwOjAwDQoNCi0t",
    "LS0tLS0tLS0tLS0tLSAyMDI2s+IgMTG/+SAyMsDPIMDPv+TAzyAtLS0tLS0tLS0tLS0tLS0NClu5zrz2XSBbv8DA",
    "/CAxMDowMl0gvsiz5yCMY7nmsKLHzyDBZA0KtdHCsCDB2Q0K",
  ].join(""),
  "base64",
);

const SLACK_FILES = {
  "users.json": [
    { id: "U1", name: "mina", profile: { display_name: "민아" } },
    { id: "U2", name: "jun", profile: { display_name: "" } },
  ],
  "channels.json": [
    { id: "C1", name: "tea", is_archived: false, members: ["U1", "U2"] },
    { id: "C2", name: "random" },
  ],
  "tea/2026-11-21.json": [
    {
      ...{ type: "message", user: "U1", text: "안녕 <@U2>", ts: "1795255200.000100" },
      ...{ thread_ts: "1795255200.000100", edited: { user: "U1", ts: "1795255201.0" } },
      reactions: [{ name: "tada", users: ["U2"], count: 1 }],
    },
    { type: "message", subtype: "channel_join", user: "U2", text: "joined", ts: "1795255201.0" },
  ],
  "tea/2026-11-22.json": [
    {
      ...{ type: "message", user: "U2", text: "hi", ts: "1795341600.000100" },
      thread_ts: "1795255200.000100",
    },
  ],
  "random/2026-11-21.json": [{ type: "message", user: "U1", text: "random", ts: "1795255300.0" }],
};
const NOW = Date.UTC(2026, 10, 24);

let folder: string;
let ids = 0;
beforeEach(() => {
  ids = 0;
  folder = mkdtempSync(join(tmpdir(), "exports-"));
  mkdirSync(join(folder, "data"));
  writeOwner(join(folder, "data"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** Imports into #tea; resolves to the report's sentences, the last one last. */
async function bring(
  format: string,
  file: string,
  options: Partial<ImportRequest> = {},
): Promise<{ readonly ok: boolean; readonly said: readonly string[] }> {
  const result = await importLog(
    {
      ...{ format, file, room: "#tea", encoding: "", timezone: "Asia/Seoul" },
      ...{ dryRun: false, channel: "" },
      ...options,
    },
    {
      data: join(folder, "data"),
      makeStore: AccountStore.of,
      newRoomId: () => "tea-1" as ConversationId,
      newId: () => `id${++ids}`,
      now: () => NOW,
    },
  );
  return { ok: result.ok, said: result.lines };
}

/** What was said in the room, in order: "2026-11-21T10:00:00.000Z mina: hello". */
function stored() {
  const room = join(folder, "data/history/tea-1");
  return readdirSync(room)
    .sort()
    .flatMap((day) => readFileSync(join(room, day), "utf8").trimEnd().split("\n"))
    .flatMap((line) => {
      const read = parseStoredEvent(line, "tea-1" as ConversationId);
      return read.kind === "event" && read.event.kind === "said" ? [read.event] : [];
    });
}

function texts(): string[] {
  return stored().map(
    ({ time, by, text }) => `${new Date(time).toISOString()} ${by.nick}: ${text}`,
  );
}

const slackZip = (files: Readonly<Record<string, unknown>> = SLACK_FILES) =>
  zipSync(
    Object.fromEntries(
      Object.entries(files).map(([name, value]) => [
        `My export/${name}`,
        strToU8(JSON.stringify(value)),
      ]),
    ),
  );

test("a chat that Windows wrote in Windows-949 comes in as in Korea's time", async () => {
  const { ok, said } = await bring("kakaotalk", write("chat.txt", WINDOWS_949));
  expect(said[0]).toBe(
    "Read as KakaoTalk: Windows-949 (CP949, EUC-KR), guessed (--encoding sets another), times in Asia/Seoul.",
  );
  expect(ok).toBe(true);
  expect(texts()).toEqual(["2026-11-22T01:02:00.000Z 민수: 안녕 똠방각하 햏\n둘째 줄"]);
});

test("a longer export of a chat adds what is new, and the same one nothing", async () => {
  const first = [
    "2026. 11. 21. 오전 9:00, 민수 : 하나",
    "2026. 11. 21. 오전 9:00, 민수 : 하나",
    "2026. 11. 21. 오전 9:01, 지영 : 둘",
  ];
  await bring("kakaotalk", write("Talk_2026.11.21 10:00-1.txt", first.join("\r\n")));
  const again = write("Talk_2026.11.22 10:00-1.txt", `\ufeff${first.join("\n")}`);
  expect((await bring("kakaotalk", again)).said.at(-1)).toBe(
    "Nothing was added to #tea: 0 new messages.",
  );
  const longer = [...first, "2026. 11. 21. 오전 9:01, 지영 : 셋"].join("\n");
  await bring("kakaotalk", write("Talk_2026.11.23 10:00-1.txt", longer));
  expect(stored().map(({ text }) => text)).toEqual(["하나", "하나", "둘", "셋"]);
});

test("the parts of a long chat are one room, in the order of their times", async () => {
  write("chat/Talk_2026.11.21 10:00-1.txt", "2026. 11. 20. 오전 9:00, 민수 : 하나");
  write("chat/Talk_2026.11.21 10:00-2.txt", "2026. 11. 20. 오전 9:01, 민수 : 둘");
  write("chat/Talk_2026.11.21 10:00-10.txt", "2026. 11. 20. 오전 9:02, 민수 : 셋");
  write("chat/photo.jpg", "jpg");
  const { said } = await bring("kakaotalk", join(folder, "chat"));
  expect(said).toContain("1 other file passed over: photo.jpg.");
  expect(stored().map(({ text }) => text)).toEqual(["하나", "둘", "셋"]);
});

test("a chat of which less than half is understood is not imported", async () => {
  const lines = ["--------------- 22.11.2026г. ---------------", "[민수] [오전 10:02] 안녕"];
  const { ok, said } = await bring("kakaotalk", write("chat.txt", lines.join("\n")));
  expect(ok).toBe(false);
  expect(said).toEqual([
    "Read as KakaoTalk: UTF-8, times in Asia/Seoul.",
    "2 lines: 0 messages, 0 without a message (joins, days, empty lines), 2 not understood.",
    `  line 1: ${lines[0]}`,
    `  line 2: ${lines[1]}`,
    expect.stringContaining("so nothing was imported."),
  ]);
});

test("a zip or folder of Slack brings threads, reactions and edits", async () => {
  for (const [name, value] of Object.entries(SLACK_FILES))
    write(`slack/${name}`, JSON.stringify(value));
  await bring("slack", write("export.zip", slackZip()));
  const [first, reaction, reply, ...others] = stored();
  expect(others).toEqual([]);
  expect(first).toMatchObject({ text: "안녕 @jun", time: 1_795_255_200_000, by: { nick: "민아" } });
  expect(first?.editedAt).toBeDefined();
  expect(reaction).toMatchObject({
    ...{ verb: "TAGMSG", by: { nick: "jun" } },
    tags: { "+draft/react": "🎉", "+draft/reply": first?.msgid ?? "" },
  });
  expect(reply).toMatchObject({ text: "hi", tags: { "+draft/reply": first?.msgid ?? "" } });
  expect((await bring("slack", join(folder, "slack"))).said.at(-1)).toBe(
    "Nothing was added to #tea: 0 new messages.",
  );
});

test("--channel names another channel of the export, and a log of one room has none", async () => {
  const zip = write("export.zip", slackZip());
  expect(await bring("slack", zip, { channel: "nope" })).toEqual({
    ok: false,
    said: ['There is no channel "nope" in the export. Name one with --channel: random, tea.'],
  });
  await bring("slack", zip, { channel: "#random" });
  expect(stored().map(({ text }) => text)).toEqual(["random"]);
  expect(await bring("irssi", zip, { channel: "random" })).toMatchObject({ ok: false });
});

test("what isn't understood in an export is named by its file", async () => {
  const files = {
    ...SLACK_FILES,
    "tea/2026-11-23.json": [{ type: "message", subtype: "new_kind", ts: "1795428000.0" }],
  };
  const { said } = await bring("slack", write("export.zip", slackZip(files)));
  expect(said[2]).toStartWith('  My export/tea/2026-11-23.json line 1: {"type":"message"');
});

test("damaged zips, and zips of something else, are refused", async () => {
  const cut = write("cut.zip", slackZip().slice(0, -30));
  expect(await bring("slack", cut)).toEqual({
    ok: false,
    said: [`${cut} is no zip, damaged, or locked with a password. Unpack it yourself.`],
  });
  const other = write("other.zip", zipSync({ "a.txt": strToU8("hello") }));
  expect((await bring("slack", other)).said).toEqual([`There is no log of Slack in ${other}.`]);
});

test("only their own format recognizes exports of KakaoTalk and Slack", () => {
  const starts = {
    kakaotalk: [
      "수다방 님과 카카오톡 대화\n저장한 날짜 : 2026-11-24 09:00:00\n",
      "--------------- Sunday, November 22, 2026 ---------------\n[jun] [10:02 AM] hi\n",
      "2026년 11월 22일 오전 10:02, 민수 : 안녕\n",
      "Nov 22, 2026 at 10:02, jun : hi\n",
      'Date,User,Message\n2026-11-22 10:02:03,"민수","안녕"\n',
    ],
    slack: Object.values(SLACK_FILES).map((value) => JSON.stringify(value, null, 4)),
  };
  for (const [name, texts] of Object.entries(starts)) {
    for (const start of texts) {
      const formats = LOG_FORMATS.filter(({ recognizes }) => recognizes(start));
      expect([start, formats.map((format) => format.name)]).toEqual([start, [name]]);
    }
  }
});
