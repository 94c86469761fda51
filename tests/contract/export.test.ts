import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ExportFormat,
  type ExportOptions,
  type ExportRecord,
  exportToFile,
  formatExport,
} from "../../lib/file-manager/export.ts";
import { exportHistory } from "../../lib/file-manager/room-export.ts";
import { MemoryRoomLog } from "./memory-room-log.ts";
import { DAY_MS, NOON, Talk, TEA } from "./room-log-events.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "export-"));
  folders.push(folder);
  return join(folder, "tea.txt");
}

function said(text: string, more: Partial<ExportRecord> = {}): ExportRecord {
  return { time: NOON, nick: "민수", kind: "said", text, ...more };
}

function format(
  kind: ExportFormat,
  records: readonly ExportRecord[],
  options: ExportOptions = {},
): string {
  return [...formatExport(kind, records, options)].join("");
}

const TALK: ExportRecord[] = [
  said("안녕하세요", { msgid: "a1", account: "민수" }),
  said("", { kind: "joined", nick: "지원" }),
  said("waves", { kind: "action" }),
  said("lunch?", { kind: "notice" }),
  said("one\ntwo"),
  said("tea", { kind: "topic", time: NOON + DAY_MS }),
];

test("text has a heading for each day and one person's words on a line", () => {
  expect(format("text", TALK)).toBe(
    [
      "── 2026-11-22 ──",
      "[2026-11-22 12:00] <민수> 안녕하세요",
      "[2026-11-22 12:00] * 지원 joined",
      "[2026-11-22 12:00] * 민수 waves",
      "[2026-11-22 12:00] -민수- lunch?",
      "[2026-11-22 12:00] <민수> one",
      "    two",
      "",
      "── 2026-11-23 ──",
      "[2026-11-23 12:00] * 민수 set the topic: tea",
      "",
    ].join("\n"),
  );
});

test("Markdown has a heading for each day and one person's words in an item", () => {
  expect(format("markdown", TALK)).toBe(
    [
      "## 2026-11-22",
      "",
      "- 12:00 **민수** 안녕하세요",
      "- 12:00 지원 joined",
      "- 12:00 **민수** waves",
      "- 12:00 **민수** (notice) lunch?",
      "- 12:00 **민수** one  ",
      "  two",
      "",
      "## 2026-11-23",
      "",
      "- 12:00 민수 set the topic: tea",
      "",
    ].join("\n"),
  );
});

test("JSON lines are one record each, in UTC", () => {
  const lines = format("jsonl", TALK, { minutesEast: () => 540 })
    .trimEnd()
    .split("\n");
  expect(lines).toHaveLength(TALK.length);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    time: "2026-11-22T12:00:00.000Z",
    msgid: "a1",
    kind: "said",
    nick: "민수",
    account: "민수",
    text: "안녕하세요",
  });
});

test("days and clocks are those of the place that was asked for", () => {
  expect(format("text", [said("late")], { minutesEast: () => 13 * 60 })).toBe(
    "── 2026-11-23 ──\n[2026-11-23 01:00] <민수> late\n",
  );
});

test("nothing that a terminal would obey is written", () => {
  const nasty = "a\x1b[31mb\x07c\u202ed\u009b2Je\x0304,12f\x02g\rh\u2028i\tj\x7f";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  const obeyed = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]/;
  for (const kind of ["text", "markdown", "jsonl"] as const) {
    const written = format(kind, [said(nasty, { nick: `x\x1b]0;y\n` })]);
    expect([kind, obeyed.test(written)]).toEqual([kind, false]);
  }
  expect(format("text", [said(nasty)])).toEndWith("> a[31mbcd2Jefghij\n");
  expect(JSON.parse(format("jsonl", [said(nasty)])).text).toBe(nasty);
  const page = format("html", [said(nasty)], { title: `#tea\x1b]0;y\u009b` });
  expect(page).toContain("<title>#tea]0;y</title>");
  expect(obeyed.test(page)).toBe(false);
});

test("nobody's words pass for a line or a nick of somebody else's", () => {
  const forged = format("text", [said("hi\n[2026-11-22 12:00] <지원> yes", { nick: "a\n<b>" })]);
  expect(forged.split("\n").filter((line) => line.startsWith("["))).toHaveLength(1);
});

test("no text becomes markup", () => {
  const cases: [string, string][] = [
    ["*bold* _it_ `code`", "\\*bold\\* \\_it\\_ \\`code\\`"],
    ["[a](b) <b> # | ~ \\ &amp;", "\\[a\\](b) \\<b\\> \\# \\| \\~ \\\\ \\&amp;"],
    ["- item", "\\- item"],
    ["1. one\n2) two", "1\\. one  \n  2\\) two"],
    ["x\n===", "x  \n  \\==="],
    ["a-b 1.5", "a-b 1.5"],
  ];
  for (const [text, written] of cases) {
    expect(format("markdown", [said(text)])).toEndWith(`**민수** ${written}\n`);
  }
});

test("a file that is there is left alone, unless it may be replaced", async () => {
  const path = newPath();
  writeFileSync(path, "mine");
  expect(await exportToFile(path, "text", TALK, { force: false })).toEqual({
    refused: `${path} is there already. Choose another name, or say that it may be replaced.`,
  });
  expect(readFileSync(path, "utf8")).toBe("mine");
  expect(await exportToFile(path, "text", TALK, { force: true })).toEqual({ records: 6 });
  expect(readFileSync(path, "utf8")).toBe(format("text", TALK));
  expect(readdirSync(join(path, ".."))).toEqual(["tea.txt"]);
});

test("a file that comes there while it is written is left alone, too", async () => {
  const path = newPath();
  function* records() {
    yield said("one");
    writeFileSync(path, "mine");
  }
  const answer = await exportToFile(path, "text", records(), { force: false });
  expect("refused" in answer && answer.refused).toStartWith(`${path} is there already.`);
  expect(readFileSync(path, "utf8")).toBe("mine");
  expect(readdirSync(join(path, ".."))).toEqual(["tea.txt"]);
});

test("records that break off leave no file, and a folder that isn't there is named", async () => {
  const path = newPath();
  function* records() {
    yield said("one");
    throw new Error("broken off");
  }
  await expect(exportToFile(path, "text", records(), { force: false })).rejects.toThrow("broken");
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(join(path, ".."))).toEqual([]);
  const nowhere = join(path, "..", "no", "tea.txt");
  expect(await exportToFile(nowhere, "text", TALK, { force: false })).toEqual({
    refused: `${nowhere} cannot be written: the file or its folder does not exist. Choose another place, or put that right.`,
  });
});

test("a whole history is exported in order, a page at a time", async () => {
  const log = new MemoryRoomLog();
  const talk = new Talk();
  log.append(talk.created());
  for (let n = 0; n < 1200; n += 1) log.append(talk.said(`line ${n}`));
  log.append(talk.said("\x01ACTION waves\x01"));
  const path = newPath();
  const history = exportHistory(log, TEA, "messages");
  expect(await exportToFile(path, "text", history, { force: false })).toEqual({ records: 1201 });
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(1202);
  expect(lines[1]).toEndWith("<민수> line 0");
  expect(lines.at(-1)).toEndWith("* 민수 waves");
});

test("a page of HTML stands alone, and whatever people wrote is text in it", () => {
  const evil = `<script>alert("1")</script> & 'x'`;
  const page = format("html", [said(evil, { nick: "<b>" }), ...TALK], { title: "#tea <&>" });
  expect(page).toStartWith("<!doctype html>");
  expect(page).toEndWith("</html>\n");
  expect(page).toContain("<title>#tea &#60;&#38;&#62;</title>");
  expect(page).toContain(
    "<b>&#60;b&#62;</b> &#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; &#39;x&#39;</p>",
  );
  expect(page).not.toMatch(/<script|<img|<link|src=|href=|https?:|url\(/);
  expect(page).toContain("default-src 'none'");
  expect(page).toContain("<h2>2026-11-23</h2>");
  expect(page).toContain('<p class="deed"><time>12:00</time><b>지원</b> joined</p>');
});

test("a page written to a file begins and ends as it should, also without a line", async () => {
  const path = newPath();
  expect(await exportToFile(path, "html", [], { force: false, title: "#tea" })).toEqual({
    records: 0,
  });
  expect(readFileSync(path, "utf8")).toMatch(
    /^<!doctype html>[\s\S]*<h1>#tea<\/h1>\n<\/body>\n<\/html>\n$/,
  );
});

test("records of several places say which, in every form", () => {
  const found = { ...said("tea?"), where: "#t*a" };
  expect(format("text", [found])).toContain("] #t*a <민수> tea?\n");
  expect(format("markdown", [found])).toContain(" #t\\*a **민수** tea?\n".replace("#", "\\#"));
  expect(format("html", [found])).toContain("<b>#t*a 민수</b> tea?");
  expect(JSON.parse(format("jsonl", [found]))).toMatchObject({ where: "#t*a", text: "tea?" });
});
