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
import { join } from "node:path";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import { importLog } from "../../lib/file-manager/maintenance/import-log.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";

/** An imported log becomes a room, whatever its content. */

const NOW = Date.UTC(2026, 10, 22, 12);
const OWNER = { name: "mina", hash: "h", createdAt: 1, owner: true, email: null, certificates: [] };

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "import-"));
  const users = { format: 1, folded: 0, accounts: [OWNER], invitations: [] };
  writeFileSync(join(data, "users.json"), JSON.stringify(users));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

/** Imports a log of our own format, and resolves to the result's sentences. */
function brought(...lines: object[]): Promise<string> {
  return importAs("jsonl", ...lines.map((line) => JSON.stringify(line)));
}

async function importAs(format: string, ...lines: string[]): Promise<string> {
  const log = join(data, `log.${format}`);
  writeFileSync(log, lines.map((line) => `${line}\n`).join(""));
  let id = 0;
  const result = await importLog(format, log, "#tea", {
    data,
    makeStore: AccountStore.of,
    newRoomId: () => "tea-1" as ConversationId,
    newId: () => `id${++id}`,
    now: () => NOW,
  });
  return result.lines.join("\n");
}

function message(nick: string, text: string, time = "2026-11-21T10:00:00.000Z"): object {
  return { time, kind: "said", nick, text };
}

function days(): string[] {
  return readdirSync(join(data, "history", "tea-1")).sort();
}

function stored(day: string): { by: { nick: string }; kind: string; text: string }[] {
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
  expect(told).toBe("#tea has 2 messages now; 3 other lines were left out.");
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
