import { expect, test } from "bun:test";
import { parseAdminArguments } from "../../lib/admin/admin-arguments.ts";
import { adminWords } from "../../lib/admin/admin-words.ts";
import {
  adminHelp,
  answerToJson,
  formatAnswer,
  formatTable,
} from "../../lib/admin/format-answer.ts";
import {
  type AdminAnswer,
  formatAdminAnswer,
  formatAdminRequest,
  parseAdminAnswer,
  parseAdminRequest,
} from "../../lib/protocol/admin/admin-answer.ts";
import { ADMIN_COMMANDS } from "../../lib/protocol/admin/admin-commands.ts";
import { harmlessText } from "../../lib/protocol/harmful-characters.ts";

const ENGLISH = adminWords("en");
const KOREAN = adminWords("ko");

test("the help has every command, in 80 columns, in both languages", () => {
  for (const words of [ENGLISH, KOREAN]) {
    const lines = adminHelp("bun server.ts", words);
    expect(Math.max(...lines.map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(80);
    for (const name of Object.keys(ADMIN_COMMANDS)) {
      expect(
        lines.filter((line) => line.startsWith(`  ${name} `) || line === `  ${name}`),
      ).toHaveLength(1);
    }
  }
});

test("Korean explains every command and every field but TLS in Hangul", () => {
  for (const help of Object.values(KOREAN.help)) expect(help).toMatch(/\p{Script=Hangul}/u);
  for (const [field, title] of Object.entries(KOREAN.fields)) {
    if (field !== "tls") expect(title).toMatch(/\p{Script=Hangul}/u);
  }
  expect(Object.keys(KOREAN.sentences)).toEqual(Object.keys(ENGLISH.sentences));
});

test("a table lines up by what the terminal shows, and has the values in words", () => {
  const rows = [
    { name: "민수", createdAt: Date.UTC(2026, 10, 29, 18), owner: true, idleSeconds: 93_784 },
    { name: "mina", createdAt: null, owner: false, idleSeconds: 0 },
  ];
  expect(formatTable(rows, ENGLISH)).toEqual([
    "account  since                 owner  idle",
    "민수     2026-11-29 18:00:00Z  yes    1d 2h",
    "mina     -                     no     0s",
  ]);
  expect(formatTable(rows, KOREAN)[1]).toBe("민수  2026-11-29 18:00:00Z  예      1일 2시간");
  expect(formatTable([], ENGLISH)).toEqual(["There are none."]);
});

test("names of ours among the values are in the language, other people's text is as it is", () => {
  const rows = [
    { what: "rooms-per-account", now: 1 },
    { what: "(direct messages)", now: null },
    { what: "#tea", now: 2 },
  ];
  expect(formatTable(rows, KOREAN).slice(1)).toEqual([
    "한 계정의 방  1",
    "(1:1 대화)    -",
    "#tea          2",
  ]);
  expect(formatTable(rows, ENGLISH)[1]).toBe("rooms of one account  1");
  const session = { logInBy: "certificate", of: "mask", topic: "mask" };
  expect(formatTable([session], KOREAN)[1]).toBe("기기 인증서  마스크  mask");
});

test("JSON has each text as it is, with escapes for what a terminal could obey or nobody can see", () => {
  const text = "\x1b]0;x\x07\u202e\u3164\u2800\u034f\ud800 👩‍💻 줄\n";
  const json = answerToJson({ kind: "facts", facts: { text } }, ENGLISH);
  expect(JSON.parse(json)).toEqual({ text });
  expect(harmlessText(json)).toBe(json);
});

test("facts are one a line, with sizes and times that people read", () => {
  const facts = { memoryBytes: 54 * 2 ** 20, outboxBytes: 12, diskBytes: 2 ** 40, backupAt: null };
  expect(formatAnswer({ kind: "facts", facts }, ENGLISH)).toEqual([
    "memory       54.0 MB",
    "unsent       12 B",
    "disk         1.0 TB",
    "last backup  never",
  ]);
});

test("text of other people can't harm a terminal, in words and in JSON", () => {
  const harm = "\x1b[2J\u202egnp\u{e0041}\x07";
  const facts = { topic: harm, account: "민수 🍵" };
  const words = formatAnswer({ kind: "facts", facts }, ENGLISH).join("\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
  expect(words).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
  const json = answerToJson({ kind: "facts", facts }, ENGLISH);
  expect(json).not.toMatch(/[^\n\P{C}]/u);
  expect(json).toContain("민수 🍵");
  expect(JSON.parse(json)).toEqual(facts);
});

test("each sentence takes its values, in both languages", () => {
  const until = Date.UTC(2026, 10, 29, 18);
  const answer: AdminAnswer = {
    ...{ kind: "done", sentence: ["banned", "jun!*@*", until, 1], notes: ["one note"] },
  };
  expect(formatAnswer(answer, ENGLISH)).toEqual([
    "jun!*@* is banned until 2026-11-29 18:00:00Z; 1 connection was closed.",
    "  one note",
  ]);
  expect(formatAnswer(answer, KOREAN)[0]).toBe(
    "차단했습니다: jun!*@*, 2026-11-29 18:00:00Z까지. 끊은 연결: 1개.",
  );
  const newer = { kind: "done", sentence: ["brewed", "tea"], notes: [] } as unknown as AdminAnswer;
  expect(formatAnswer(newer as Exclude<AdminAnswer, { kind: "rows" }>, ENGLISH)).toEqual([
    "brewed tea",
  ]);
});

test("requests and answers survive the wire, and anything else is none", () => {
  const request = {
    command: "ban",
    words: ["민수", "2h"],
    options: { a: "b" },
    user: "root",
    skip: 0,
  };
  expect(parseAdminRequest(formatAdminRequest(request).trimEnd())).toEqual(request);
  const answers: AdminAnswer[] = [
    { kind: "rows", rows: [{ name: "a", owner: false, createdAt: null }], next: 200 },
    { kind: "refused", sentence: ["failed"], notes: [] },
    { kind: "log", line: "x\n" },
  ];
  for (const answer of answers) {
    expect(parseAdminAnswer(formatAdminAnswer(answer).trimEnd())).toEqual(answer);
  }
  const junk = ["", "{", "null", "[]", '{"sodam":1}', '{"sodam":1,"kind":"request","words":1}'];
  for (const line of [...junk, '{"sodam":2,"kind":"request","command":"status"}']) {
    expect(parseAdminRequest(line)).toBeNull();
    expect(parseAdminAnswer(line)).toBeNull();
  }
});

test("arguments are the command, its words and options; settings are left for finding the folder", () => {
  const argv = ["--data", "d", "ban", "jun", "--json", "-1", "--config=c.toml", "--", "--loud"];
  expect(parseAdminArguments(argv, ENGLISH)).toEqual({
    ...{ command: "ban", words: ["jun", "-1", "--loud"], options: {}, json: true },
    flags: ["--data", "d", "--config", "c.toml"],
  });
  expect(parseAdminArguments(["invite", "--uses=3", "--days", "2"], ENGLISH)).toMatchObject({
    options: { uses: "3", days: "2" },
  });
  expect(parseAdminArguments(["status", "--certs", "c"], ENGLISH)).toMatchObject({
    flags: ["--certs", "c"],
  });
  expect(parseAdminArguments(["status", "--uses", "3"], ENGLISH)).toHaveProperty("refused");
  expect(parseAdminArguments(["invite", "--uses"], ENGLISH)).toEqual({
    refused: "--uses needs a value.",
  });
  expect(parseAdminArguments(["invite", "--constructor", "x"], ENGLISH)).toHaveProperty("refused");
  expect(parseAdminArguments([], ENGLISH)).toMatchObject({ command: null });
  expect(parseAdminArguments(["ban", "--help"], ENGLISH)).toMatchObject({ command: null });
});
