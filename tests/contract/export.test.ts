import { afterEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportName, exportToFile } from "../../lib/file-manager/export/export-file.ts";
import {
  type ExportFormat,
  type ExportOptions,
  type ExportRecord,
  formatExport,
} from "../../lib/file-manager/export/export-format.ts";
import { exportHistory } from "../../lib/file-manager/export/room-export.ts";
import { saveExport, saveLines } from "../../lib/file-manager/export/save-export.ts";
import { readJsonlLog } from "../../lib/file-manager/import/irc/jsonl-log.ts";
import { MemoryRoomLog } from "./memory-room-log.ts";
import { DAY_MS, EventScript, NOON, TEA } from "./room-log-events.ts";

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

test("text has a heading for each day and one message per line", () => {
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

test("Markdown has a heading for each day and one message per list item", () => {
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

const ANSWERED: ExportRecord[] = [
  said("green *tea*?\nor coffee", { msgid: "q" }),
  said("tea", { nick: "지원", msgid: "a", replyTo: "q", edited: true }),
  said("👍", { nick: "지원", kind: "reacted", replyTo: "q" }),
  said("why?", { replyTo: "older" }),
];

test("text shows quotes of replies, reactions, and edits", () => {
  expect(format("text", ANSWERED)).toBe(
    [
      "── 2026-11-22 ──",
      "[2026-11-22 12:00] <민수> green *tea*?",
      "    or coffee",
      "[2026-11-22 12:00] <지원> tea (edited)",
      "    ↳ 민수: green *tea*? …",
      "[2026-11-22 12:00] * 지원 reacted: 👍",
      "    ↳ 민수: green *tea*? …",
      "[2026-11-22 12:00] <민수> why?",
      "    ↳ an earlier message",
      "",
    ].join("\n"),
  );
});

test("so has Markdown, under the room's name", () => {
  const written = format("markdown", ANSWERED, { title: "#tea" });
  expect(written).toStartWith("# \\#tea\n\n## 2026-11-22\n\n");
  expect(written).toContain("**지원** tea (edited)  \n  ↳ 민수: green \\*tea\\*? …\n");
  expect(written).toContain("지원 reacted: 👍  \n  ↳ 민수: green");
});

test("so has a page of HTML", () => {
  const page = format("html", ANSWERED, { title: "#tea" });
  expect(page).toContain(
    '<b>지원</b> tea<span class="deed"> (edited)</span><small>↳ 민수: green *tea*? …</small></p>',
  );
  expect(page).toContain("<b>지원</b> reacted: 👍<small>↳ 민수");
});

test("so have JSON lines, by msgid", () => {
  const [, answer] = format("jsonl", ANSWERED).split("\n");
  expect(JSON.parse(answer ?? "")).toMatchObject({ replyTo: "q", edited: true, text: "tea" });
});

test("only the latest messages can be quoted in replies", () => {
  const many = Array.from({ length: 20_001 }, (_, n) => said(`${n}`, { msgid: `m${n}` }));
  const written = format("text", [
    ...many,
    said("0?", { replyTo: "m0" }),
    said("1?", { replyTo: "m1" }),
  ]);
  expect(written).toEndWith(
    "0?\n    ↳ an earlier message\n[2026-11-22 12:00] <민수> 1?\n    ↳ 민수: 1\n",
  );
});

test("a message with a msgid that no server gives isn't kept for quotes", () => {
  const msgid = "m".repeat(8000);
  const written = format("text", [said("0", { msgid }), said("0?", { replyTo: msgid })]);
  expect(written).toEndWith("0?\n    ↳ an earlier message\n");
});

test("a file is named for the room and the search words, and no two titles share a name", () => {
  expect(exportName("#개발팀 안녕", "jsonl")).toBe("개발팀+안녕.jsonl");
  expect(exportName('#tea "two sugars" ../x', "text")).toBe("tea+%22two+sugars%22+..%2fx.txt");
  expect(exportName("#", "html")).toBe("%.html");
  // A room, a person, a search in the room and a search everywhere.
  const titles = ["#tea", "tea", "#tea tea", "tea tea", " tea", "#tea.tea", "#tea/tea", "#tea-tea"];
  expect(new Set(titles.map((title) => exportName(title, "text"))).size).toBe(titles.length);
  expect(new TextEncoder().encode(exportName("가".repeat(400), "text")).length).toBeLessThan(200);
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

test("days and times are in the given time zone", () => {
  expect(format("text", [said("late")], { minutesEast: () => 13 * 60 })).toBe(
    "── 2026-11-23 ──\n[2026-11-23 01:00] <민수> late\n",
  );
});

test("invisible characters and a terminal's pictures aren't written, and emoji are", () => {
  const nasty = "mi\u3164na\u{e0041}\u{10eeee}\u034f 👨‍👩‍👧";
  for (const kind of ["text", "markdown", "html"] as const) {
    expect(format(kind, [said(nasty)])).toContain("mina 👨‍👩‍👧");
  }
  const json = format("jsonl", [said(nasty)]);
  expect(json).toContain('"mi\\u3164na\\udb40\\udc41\\udbfb\\udeee\\u034f 👨‍👩‍👧"');
  expect(JSON.parse(json).text).toBe(nasty);
});

test("control characters aren't written", () => {
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

test("no text can imitate another user's line or nick", () => {
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

test("an existing file isn't overwritten, except with force", async () => {
  const path = newPath();
  writeFileSync(path, "mine");
  expect(await exportToFile(path, "text", TALK, { force: false })).toEqual({
    refused: `${path} exists already. Choose another name.`,
    problem: "taken",
  });
  expect(readFileSync(path, "utf8")).toBe("mine");
  expect(await exportToFile(path, "text", TALK, { force: true })).toEqual({ records: 6 });
  expect(readFileSync(path, "utf8")).toBe(format("text", TALK));
  expect(readdirSync(join(path, ".."))).toEqual(["tea.txt"]);
});

test("force replaces the file that a symbolic link leads to, and the link stays", async () => {
  const path = newPath();
  const link = join(path, "..", "link.txt");
  writeFileSync(path, "mine");
  symlinkSync("tea.txt", link);
  expect(await exportToFile(link, "text", TALK, { force: true })).toEqual({ records: 6 });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(path, "utf8")).toBe(format("text", TALK));
});

test.skipIf(process.platform === "win32")(
  "a pipe is written to, and not replaced by a file",
  async () => {
    const path = newPath();
    expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
    expect(await exportToFile(path, "text", TALK, { force: false })).toMatchObject({
      problem: "taken",
    });
    const reader = Bun.spawn(["cat", path]);
    expect(await exportToFile(path, "text", TALK, { force: true })).toEqual({ records: 6 });
    expect(lstatSync(path).isFIFO()).toBe(true);
    expect(await new Response(reader.stdout).text()).toBe(format("text", TALK));
  },
);

test("a file that appears during the export isn't overwritten either", async () => {
  const path = newPath();
  function* records() {
    yield said("one");
    writeFileSync(path, "mine");
  }
  const answer = await exportToFile(path, "text", records(), { force: false });
  expect("refused" in answer && answer.refused).toStartWith(`${path} exists already.`);
  expect(readFileSync(path, "utf8")).toBe("mine");
  expect(readdirSync(join(path, ".."))).toEqual(["tea.txt"]);
});

test("of two simultaneous exports to one file one is whole, and the other fails", async () => {
  const path = newPath();
  /** A started export, which continues when a line is written to its standard input. */
  const begin = async (text: string) => {
    const [begun, going] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const records = async function* (): AsyncGenerator<ExportRecord> {
      yield said(text.repeat(100_000));
      begun.resolve();
      await going.promise;
      yield said(text);
    };
    const done = exportToFile(path, "text", records(), { force: false });
    await begun.promise;
    return () => {
      going.resolve();
      return done;
    };
  };
  const [first, second] = [await begin("a"), await begin("b")];
  expect(await first()).toEqual({ records: 2 });
  const written = readFileSync(path, "utf8");
  expect(await second()).toEqual({
    refused: `${path} exists already. Choose another name.`,
    problem: "taken",
  });
  expect(readFileSync(path, "utf8")).toBe(written);
  expect(written).toBe(format("text", [said("a".repeat(100_000)), said("a")]));
  expect(readdirSync(join(path, ".."))).toEqual(["tea.txt"]);
});

test("a failing source leaves no file, and a missing folder is named in the error", async () => {
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
    problem: "no-folder",
  });
  const folder = join(path, "..");
  expect(await exportToFile(folder, "text", TALK, { force: true })).toMatchObject({
    problem: "is-folder",
  });
});

describe("an interrupted export leaves no file", () => {
  const module = join(import.meta.dir, "../../lib/file-manager/export/export-file.ts");
  /** A process that writes a file and says so, with `before` done first. */
  const begin = async (before = "") => {
    const path = newPath();
    const script = `${before}
      import { linesToFile } from ${JSON.stringify(module)};
      async function* lines() {
        yield "one\\n".repeat(100_000);
        console.log("begun");
        await new Promise((resolve) => process.stdin.once("data", resolve));
      }
      await linesToFile(${JSON.stringify(path)}, lines(), false);`;
    const command = [process.execPath, "-e", script];
    const child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    const { value } = await child.stdout.getReader().read();
    expect(Buffer.from(value ?? []).toString()).toBe("begun\n");
    const there = () => readdirSync(join(path, ".."));
    expect(there()).toEqual([expect.stringMatching(/^\.tea\.txt\..+\.new$/)]);
    return { child, there };
  };

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    test(`${signal} ends the process as usual`, async () => {
      const { child, there } = await begin();
      child.kill(signal);
      await child.exited;
      expect(child.signalCode).toBe(signal);
      expect(there()).toEqual([]);
    });
  }

  test("a process that exits in its signal handler removes the file as well", async () => {
    const { child, there } = await begin('process.on("SIGINT", () => process.exit(3));');
    child.kill("SIGINT");
    expect(await child.exited).toBe(3);
    expect(there()).toEqual([]);
  });

  test("a process that ignores the signal completes the file", async () => {
    const { child, there } = await begin('process.on("SIGINT", () => {});');
    child.kill("SIGINT");
    child.stdin.write("go on\n");
    child.stdin.end();
    expect(await child.exited).toBe(0);
    expect(there()).toEqual(["tea.txt"]);
  });
});

test("a whole history is exported in order, a page at a time", async () => {
  const log = new MemoryRoomLog();
  const talk = new EventScript();
  log.append(talk.created());
  for (let n = 0; n < 1200; n += 1) log.append(talk.said(`line ${n}`));
  log.append(talk.said("\x01ACTION waves\x01"));
  const path = newPath();
  const history = exportHistory(log, TEA);
  expect(await exportToFile(path, "text", history, { force: false })).toEqual({ records: 1201 });
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(1202);
  expect(lines[1]).toEndWith("<민수> line 0");
  expect(lines.at(-1)).toEndWith("* 민수 waves");
});

test("a history is exported with its reactions, replies and edits, and without joins and parts", async () => {
  const log = new MemoryRoomLog();
  const talk = new EventScript();
  log.append(talk.created());
  const question = talk.said("tea?");
  log.append(question);
  log.append(talk.next({ kind: "joined" }));
  const reply = { "+draft/reply": question.msgid };
  log.append(talk.next({ kind: "said", verb: "PRIVMSG", text: "yes", tags: reply }));
  for (const tag of ["+draft/react", "+draft/unreact", "+draft/persist"]) {
    const tags = { ...reply, [tag]: "👍" };
    log.append(talk.next({ kind: "said", verb: "TAGMSG", text: "", tags }));
  }
  log.append(talk.next({ kind: "edited", target: question.msgid, text: "green tea?" }));
  const records = await Array.fromAsync(exportHistory(log, TEA));
  const shown = records.map(({ kind, text, replyTo, edited }) => [kind, text, replyTo, edited]);
  expect(shown).toEqual([
    ["said", "green tea?", undefined, true],
    ["said", "yes", question.msgid, undefined],
    ["reacted", "👍", question.msgid, undefined],
    ["unreacted", "👍", question.msgid, undefined],
  ]);
});

test("an action is exported without its CTCP marks, and imported again", async () => {
  const log = new MemoryRoomLog();
  const talk = new EventScript();
  for (const event of [talk.created(), talk.said("\x01ACTION waves\x01")]) log.append(event);
  const records = await Array.fromAsync(exportHistory(log, TEA));
  expect(records.map(({ kind, text }) => [kind, text])).toEqual([["action", "waves"]]);
  const text = format("jsonl", records);
  const file = { name: "tea.jsonl", bytes: Buffer.from(text), text: () => text };
  const [first] = readJsonlLog(file);
  expect(first).toMatchObject({ kind: "message", message: { text: "\x01ACTION waves\x01" } });
});

test("a page of HTML has no external resources, and users' texts are escaped", () => {
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

test("a page written to a file has its start and end, also without records", async () => {
  const path = newPath();
  expect(await exportToFile(path, "html", [], { force: false, title: "#tea" })).toEqual({
    records: 0,
  });
  expect(readFileSync(path, "utf8")).toMatch(
    /^<!doctype html>[\s\S]*<h1>#tea<\/h1>\n<\/body>\n<\/html>\n$/,
  );
});

test("records of several conversations name theirs, in every format", () => {
  const found = { ...said("tea?"), where: "#t*a" };
  expect(format("text", [found])).toContain("] #t*a <민수> tea?\n");
  expect(format("markdown", [found])).toContain(" #t\\*a **민수** tea?\n".replace("#", "\\#"));
  expect(format("html", [found])).toContain("<b>#t*a 민수</b> tea?");
  expect(JSON.parse(format("jsonl", [found]))).toMatchObject({ where: "#t*a", text: "tea?" });
});

test("an export without an end stops at its limit, and leaves no file", async () => {
  async function* endless() {
    for (;;) yield said("tea ".repeat(100));
  }
  async function* endlessLines() {
    for (;;) yield `${"tea ".repeat(100)}\n`;
  }
  const path = newPath();
  const options = { force: false, minutesEast: () => 0, bytesMax: 1 << 20 };
  const failed = { kind: "failed", path, why: "endless" } as const;
  expect(await saveExport(path, "#tea", "text", endless(), options)).toEqual(failed);
  expect(await saveLines(path, endlessLines(), false, 1 << 20)).toEqual(failed);
  expect(readdirSync(join(path, ".."))).toEqual([]);
});
