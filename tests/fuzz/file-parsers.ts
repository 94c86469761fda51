import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, normalize } from "node:path";
import { strToU8, zipSync } from "fflate";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import { readUserFile } from "../../lib/file-manager/accounts/user-file.ts";
import {
  decodeAccount,
  decodeAccountChanges,
  decodeInvitation,
  decodeRestingName,
} from "../../lib/file-manager/accounts/user-record.ts";
import { type ExportFormat, formatExport } from "../../lib/file-manager/export/export-format.ts";
import {
  decodeMentions,
  decodeStoredFile,
} from "../../lib/file-manager/history/decode-event-body.ts";
import {
  formatStoredEvent,
  parseRawLine,
  parseStoredEvent,
} from "../../lib/file-manager/history/stored-event.ts";
import { decodeLog, parseEncoding } from "../../lib/file-manager/import/input/decode-log.ts";
import { isZip, unzip } from "../../lib/file-manager/import/input/unzip.ts";
import { LOG_FORMATS } from "../../lib/file-manager/import/log-formats.ts";
import { readLog } from "../../lib/file-manager/import/read-log.ts";
import {
  parseDate,
  parseStamp,
  readStamp,
} from "../../lib/file-manager/import/timestamps/log-stamp.ts";
import {
  makeLocalTime,
  parseTimeZone,
} from "../../lib/file-manager/import/timestamps/time-zone.ts";
import { readPeopleFile } from "../../lib/file-manager/snapshot/people-file.ts";
import { readSnapshot } from "../../lib/file-manager/snapshot/snapshot-file.ts";
import {
  decodeConversation,
  decodePerson,
  decodeReport,
  decodeSentFile,
  decodeServerBan,
} from "../../lib/file-manager/snapshot/snapshot-record.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { previewPath } from "../../lib/protocol/file-paths.ts";
import { isJsonObject } from "../../lib/protocol/json-decoder.ts";
import { decodeRoomFieldChange, decodeRoomFields } from "../../lib/protocol/room-fields.ts";
import { Scene } from "../scene.ts";
import { claim, claimHarmless, type ParserTarget, same } from "./parser-target.ts";

/** What a server writes: made once by a small play, so that examples are always of the present format. */
const PLAY = playedRecords();
const IMPORT = "lib/file-manager/import";
const MESSAGES_MAX_LENGTH_FACTOR = 8;

const LOGS: readonly string[] = [
  '{"time":"2026-11-22T10:02:03.000Z","nick":"mina","kind":"said","text":"hello","msgid":"id7"}',
  '{"timestamp":"2026-11-22T10:02:03.000Z","source":"mina","text":"hi"}',
  "2026-11-22 10:02:03\t@mina\thello\n2026-11-22 10:02:04\t-->\tjun has joined #tea",
  "**** BEGIN LOGGING AT Sun Nov 22 10:00:00 2026\nNov 22 10:02:03 <jun>\tMoin\nNov 22 10:02:03 *\tjun waves",
  "--- Log opened Sun Nov 22 10:01:00 2026\n10:02 <@mina> hello\n--- Day changed Mon Nov 23 2026\n00:01 -!- jun [u@h] has joined #tea",
  "[10:02:03] <mina> hello\n[10:02:04] *** Joins: jun (u@h)\n[10:02:05] * mina waves",
  "수다방 님과 카카오톡 대화\n저장한 날짜 : 2026-11-24 09:00:00\n\n--------------- 2026년 11월 22일 일요일 ---------------\n[민수] [오전 10:02] 안녕",
  'Date,User,Message\n2026-11-22 10:02:03,"민수","안녕\n둘째 줄"\n2026-11-22 10:02:04,"지영","""네"""',
  "2026년 11월 22일 오전 10:02, 민수 : 안녕\n2026. 11. 22. 10:03, 지영 : 네",
  '[{"type":"message","ts":"1700000000.000100","user":"U1","text":"hi <@U2> &amp; <http://x|y>"}]',
];
const SLACK: Readonly<Record<string, unknown>> = {
  "users.json": [{ id: "U1", name: "mina", profile: { display_name: "민아" } }],
  "channels.json": [{ id: "C1", name: "tea", members: ["U1"] }],
  "tea/2023-11-14.json": [
    { type: "message", ts: "1700000000.000100", user: "U1", text: "hi <@U2> <#C1|tea> *b* :tea:" },
    {
      type: "message",
      subtype: "message_changed",
      message: { ts: "1700000000.000100", user: "U1", text: "x" },
    },
    { type: "message", subtype: "message_deleted", deleted_ts: "1700000000.000100" },
    {
      type: "message",
      ts: "1700000001.000100",
      user: "U1",
      text: "",
      files: [{ name: "a.png", title: "a" }],
    },
  ],
};

/** A file of the index, as rooms.json has it. */
const SENT_FILE = {
  ...{ conversation: "room.tea.id1", position: 7, time: 1_795_307_400_000, msgid: "id7" },
  by: { nick: "mina", user: "u", host: "mina.account", account: "mina", accountId: "mina00000001" },
  file: {
    ...{ id: "file000000000001", name: "a b.png", size: 3, sha256: "0".repeat(64), width: 2 },
    ...{ type: "image/png", path: "room.tea.id1/2026-11-22/file000000000001-a b.png" },
  },
};

/** The parsers of stored files, of logs that are imported, and the writers of exports. */
export const FILE_PARSERS: readonly ParserTarget[] = [
  {
    kind: "json",
    parsers: [
      ...["parseStoredEvent", "parseRawLine"].map(
        (name) => `lib/file-manager/history/stored-event.ts ${name}`,
      ),
      "lib/file-manager/history/decode-event-body.ts decodeMentions",
    ],
    examples: PLAY.events.map((line): unknown => JSON.parse(line)),
    check(value) {
      const text = JSON.stringify(value);
      parseRawLine(text.slice(0, -1));
      const mentions = isJsonObject(value) ? decodeMentions(value) : {};
      const read = parseStoredEvent(text, "tea" as ConversationId);
      if (read.kind !== "event" || read.isErased) return;
      if (read.event.kind === "said")
        same(read.event.named, mentions.named, "a line mentions whom its event does");
      const again = parseStoredEvent(
        formatStoredEvent(read.event).trimEnd(),
        "tea" as ConversationId,
      );
      same(again, read, "an event is read as written");
    },
  },
  {
    kind: "json",
    parsers: [
      "lib/file-manager/snapshot/snapshot-record.ts decodeSentFile",
      "lib/file-manager/history/decode-event-body.ts decodeStoredFile",
    ],
    examples: [
      {
        ...{ conversation: "room.tea.id1", position: 3, time: 1_795_307_400_000, msgid: "id3" },
        by: { nick: "민수", user: "u", host: "h", account: null, accountId: null },
        file: {
          ...{ id: "k3fileabcdefghijkl", name: "회의록.txt", size: 5, sha256: "a".repeat(64) },
          ...{ type: "text/plain", path: "room.tea.id1/2026-11-22/k3fileabcdefghijkl-회의록.txt" },
          ...{ preview: 30, width: 2, height: 1 },
        },
      },
    ],
    check(value) {
      const sent = decodeSentFile(value);
      if (sent === undefined) return;
      same(decodeSentFile(JSON.parse(JSON.stringify(sent))), sent, "a file is read as written");
      same(decodeStoredFile(sent.file), sent.file, "the same of a message");
      for (const path of [sent.file.path, previewPath(sent.file)]) {
        const inside = normalize(path) === path && !path.startsWith("..") && !isAbsolute(path);
        claim(inside, "a path stays in the folder of files", path);
      }
    },
  },
  {
    kind: "json",
    parsers: [
      ...["decodeAccount", "decodeRestingName", "decodeInvitation", "decodeAccountChanges"].map(
        (name) => `lib/file-manager/accounts/user-record.ts ${name}`,
      ),
      ...[
        ...["decodeConversation", "decodePerson", "decodeReport", "decodeServerBan"],
        "decodeSentFile",
      ].map((name) => `lib/file-manager/snapshot/snapshot-record.ts ${name}`),
      "lib/protocol/room-fields.ts decodeRoomFields",
      "lib/protocol/room-fields.ts decodeRoomFieldChange",
    ],
    examples: [...PLAY.accounts, PLAY.changes, ...PLAY.conversations, ...PLAY.people, SENT_FILE],
    check(value) {
      const decoders = [decodeAccount, decodeRestingName, decodeInvitation, decodeAccountChanges];
      for (const decode of [
        ...decoders,
        decodeConversation,
        decodePerson,
        decodeReport,
        decodeServerBan,
        decodeSentFile,
      ]) {
        const record: unknown = decode(value);
        if (record === undefined) continue;
        same(decode(JSON.parse(JSON.stringify(record))), record, "a record is read as written");
      }
      decodeRoomFields(value);
      for (const field of Object.keys(Object(value))) {
        const change = decodeRoomFieldChange(field, (value as Record<string, unknown>)[field]);
        claim(
          change === null || change.field === field,
          "a change is of the field that it names",
          field,
        );
      }
    },
  },
  {
    kind: "bytes",
    parsers: [
      "lib/file-manager/accounts/user-file.ts readUserFile",
      "lib/file-manager/accounts/users-json.ts readUsersJson",
      "lib/file-manager/snapshot/snapshot-file.ts readSnapshot",
      "lib/file-manager/snapshot/people-file.ts readPeopleFile",
      "lib/file-manager/snapshot/people-file.ts decodePersonChange",
      "lib/file-manager/disk/versioned-json.ts readVersionedJson",
      "lib/file-manager/disk/journal.ts readJournal",
    ],
    isSlow: true,
    examples: [
      ...PLAY.changes.map((change, n) => JSON.stringify({ n: n + 1, changes: [change] })),
      ...PLAY.peopleChanges.map((change, n) => JSON.stringify({ n: n + 1, change })),
      JSON.stringify({
        format: 2,
        folded: 1,
        accounts: PLAY.accounts,
        resting: [],
        invitations: [],
      }),
      JSON.stringify({
        format: 2,
        peopleFolded: 1,
        conversations: PLAY.conversations,
        people: [],
        bans: [],
      }),
    ].map((line) => Buffer.from(`${line}\n`)),
    check(bytes) {
      const folder = mkdtempSync(join(tmpdir(), "sodam-fuzz-"));
      try {
        for (const name of ["users.json", "users.journal", "rooms.json", "people.journal"]) {
          writeFileSync(join(folder, name), bytes);
        }
        const reads = [
          readUserFile(folder, AccountStore.of),
          readSnapshot(join(folder, "rooms.json")),
          readPeopleFile(join(folder, "people.journal")),
        ];
        for (const read of reads) {
          if ("refused" in read)
            claim(read.refused.endsWith("."), "a refusal is a sentence", read.refused);
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  },
  {
    kind: "bytes",
    parsers: [
      `${IMPORT}/read-log.ts readLog`,
      `${IMPORT}/input/decode-log.ts decodeLog`,
      ...["halloy", "irssi", "znc", "weechat", "jsonl", "hexchat"].map(
        (name) =>
          `${IMPORT}/irc/${name}-log.ts read${name.replace(/^./, (letter) => letter.toUpperCase())}Log`,
      ),
      `${IMPORT}/irc/marked-days.ts readMarkedDays`,
      `${IMPORT}/irc/irc-line.ts readLines`,
      `${IMPORT}/irc/irc-line.ts parseIrcLine`,
      `${IMPORT}/kakaotalk/kakaotalk-csv.ts readKakaoTalkCsv`,
      `${IMPORT}/kakaotalk/kakaotalk-text.ts readKakaoTalk`,
      `${IMPORT}/kakaotalk/kakaotalk-lines.ts readLine`,
    ],
    isSlow: true,
    examples: LOGS.map((log) => Buffer.from(log)),
    check(bytes) {
      const decoded = decodeLog(bytes, null);
      for (const format of LOG_FORMATS) {
        format.recognizes(decoded.text.slice(0, 4096));
        const file = {
          name: "tea/2026-11-22.log",
          bytes,
          decoded: () => decoded,
          text: () => decoded.text,
        };
        checkReading(
          readLog(format, [file], "tea", () => makeLocalTime("Asia/Seoul")),
          bytes.length,
        );
      }
    },
  },
  {
    kind: "json",
    parsers: [
      `${IMPORT}/slack/slack-export.ts readSlackExport`,
      `${IMPORT}/slack/slack-message.ts readSlackRecord`,
      `${IMPORT}/slack/slack-users.ts readSlackUsers`,
    ],
    isSlow: true,
    examples: [SLACK],
    check(value) {
      const format = LOG_FORMATS.find(({ name }) => name === "slack");
      claim(format !== undefined, "there is a format for Slack");
      const files = Object.entries(Object(value)).map(([name, content]) => {
        const text = JSON.stringify(content);
        const bytes = Buffer.from(text);
        return { name, bytes, decoded: () => decodeLog(bytes, null), text: () => text };
      });
      const size = files.reduce((sum, { bytes }) => sum + bytes.length, 100);
      checkReading(
        readLog(format, files, "tea", () => makeLocalTime("UTC")),
        size,
      );
    },
  },
  {
    kind: "bytes",
    parsers: [`${IMPORT}/input/unzip.ts unzip`],
    isSlow: true,
    examples: [
      zipSync({
        "tea/1.json": strToU8("[]".repeat(100)),
        "수다/a.log": strToU8("[10:02:03] <mina> hi"),
      }),
      zipSync({ "a.log": strToU8("x".repeat(5000)) }, { level: 9 }),
    ],
    check(bytes) {
      isZip(bytes);
      const files = unzip(bytes, (name) => !name.includes("secret"), 10_000);
      if ("refused" in files) return claim(files.refused !== "", "a refusal says why");
      const total = [...(files as ReadonlyMap<string, Uint8Array>).values()].reduce(
        (sum, { length }) => sum + length,
        0,
      );
      claim(total <= 10_000, "a zip unpacks to no more than is allowed", total);
    },
  },
  {
    kind: "text",
    parsers: [
      ...["parseStamp", "readStamp", "parseDate"].map(
        (name) => `${IMPORT}/timestamps/log-stamp.ts ${name}`,
      ),
      `${IMPORT}/timestamps/time-zone.ts parseTimeZone`,
      `${IMPORT}/input/decode-log.ts parseEncoding`,
    ],
    examples: [
      ...[
        "22.11.2026 10:02:03",
        "11/22/26 10:02:03 AM",
        "Sun Nov 22 10:02:03 2026",
        "2026-11-22T19:02:03+0900",
      ],
      ...[
        "2026년 11월 22일 오후 10시 02분 03초",
        "[10:02:03] <mina> hello",
        "1795341723",
        "100203",
        "Asia/Seoul",
      ],
      ...["+09:00", "utf-8", "euc-kr", "22 nov. 2026 10:02:03"],
    ],
    check(text) {
      const stamp = readStamp(text);
      if (stamp !== null) claim(text.endsWith(stamp.rest), "the rest of a line is its end", stamp);
      parseStamp(text);
      parseDate(text);
      for (const read of [parseTimeZone(text), parseEncoding(text)]) {
        if (read !== null && typeof read !== "string")
          claim(read.refused.endsWith("."), "a sentence", read);
      }
    },
  },
  {
    kind: "text",
    parsers: [],
    examples: [
      "hello",
      "# x",
      "<i>hi</i>",
      "[a](b)",
      "=1+1",
      "🏴",
      "a\nb",
      "\x01ACTION waves\x01",
      "@everyone",
      "`x`",
    ],
    check(text) {
      const record = {
        time: 0,
        nick: text.slice(0, 20) || "mina",
        kind: "said",
        text,
        msgid: "id7",
        replyTo: "id7",
      } as const;
      for (const format of ["jsonl", "text", "markdown", "html"] satisfies ExportFormat[]) {
        const written = [...formatExport(format, [record, record], { title: text })].join("");
        // A page writes "<" and ">" by their numbers, behind which a variation selector has another meaning.
        claimHarmless(
          format === "html" ? decodeReferences(written) : written,
          `an export as ${format}`,
        );
        if (format === "jsonl") {
          const lines = written.trimEnd().split("\n");
          claim(lines.length === 2, "a record is one line", written);
          same(
            (JSON.parse(lines[0] ?? "") as { text: unknown }).text,
            text,
            "an export has the text",
          );
        }
        // The example's own tag, which no part of the page has.
        if (format === "html") claim(!/<i[ >]/.test(written), "no text is markup", written);
      }
    },
  },
];

function decodeReferences(page: string): string {
  return page.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

type Reading = ReturnType<typeof readLog>;

/** A log of so many bytes has no more in it, and each of its messages is one that the import can store. */
function checkReading(reading: Reading, byteLength: number): void {
  if ("refused" in reading) return;
  let letters = 0;
  for (const { time, nick, text } of reading.messages) {
    claim(Number.isFinite(time), "a message has a time", time);
    letters += nick.length + text.length;
  }
  claim(
    letters <= MESSAGES_MAX_LENGTH_FACTOR * byteLength + 1000,
    "a log isn't more than its bytes",
    letters,
  );
  claim(reading.lines >= reading.messages.length, "each message is a line at least", reading.lines);
}

/** Returns what a server stores of a little of everything. */
function playedRecords() {
  const scene = new Scene();
  scene.signUp("mina", true);
  const mina = scene.person(
    "mina",
    "draft/multiline",
    "batch",
    "message-tags",
    "draft/message-redaction",
    "sodam.chat/edit",
  );
  const jun = scene.person("jun", "message-tags");
  mina.says(
    "JOIN #tea",
    "TOPIC #tea :차",
    "MODE #tea +bI ~t:2h:~a:jun *!*@x",
    "MODE #tea +gW word 5",
    "CS MUTE #tea jun 1h loud",
  );
  jun.says(
    "JOIN #tea",
    "PRIVMSG mina :psst",
    "@+reply=x;+draft/react=👍 TAGMSG #tea",
    "METADATA * SET mood :ok",
  );
  mina.says(
    "BATCH +b draft/multiline #tea",
    "@batch=b PRIVMSG #tea :one jun",
    "@batch=b PRIVMSG #tea :two",
    "BATCH -b",
  );
  const said = scene.log.conversations().flatMap((id) => [...scene.log.all(id)]);
  const msgid = said.find(({ kind }) => kind === "said")?.msgid ?? "";
  mina.says(
    `EDIT #tea ${msgid} :better`,
    `REPORT #tea ${msgid} rude`,
    "KICK #tea jun :out",
    `REDACT #tea ${msgid}`,
  );
  mina.says(
    "INVITE jun #tea",
    "SILENCE +bob!*@*",
    "PREFERENCE #tea level mentions",
    "KLINE bad!*@* 1h :spam",
    "AWAY :x",
    "RENAME #tea #차 :better",
  );
  jun.says("PART #tea :bye", "QUIT :bye");
  const snapshot = scene.server.snapshot();
  const events = scene.log
    .conversations()
    .flatMap((id) => [...scene.log.all(id)].map(formatStoredEvent));
  const records = [...scene.members.accounts()];
  const [first] = records;
  const id = first?.id ?? "";
  return {
    events,
    accounts: records as readonly unknown[],
    changes: [
      {
        kind: "signed-up",
        id,
        name: "mina",
        hash: "h",
        email: null,
        owner: true,
        time: 1,
        passwordForm: "opaque",
      },
      {
        kind: "certificate-added",
        id,
        certificate: { fingerprint: "f", label: "phone", addedAt: 1 },
      },
      { kind: "renamed", id, name: "minah", time: 2 },
      { kind: "deleted", id, time: 3 },
    ] as readonly unknown[],
    conversations: snapshot.conversations as readonly unknown[],
    people: [
      ...snapshot.people,
      ...snapshot.bans,
      ...(snapshot.reports ?? []),
    ] as readonly unknown[],
    peopleChanges: scene.people,
  };
}
