import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRoomLog } from "../../lib/file-manager/history/room-log.ts";
import { examine } from "../../lib/file-manager/maintenance/doctor.ts";
import { runMaintenance } from "../../lib/file-manager/maintenance/maintenance.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { EventScript, LUNCH, TEA } from "./room-log-events.ts";

/** The doctor finds the problems of a folder with two conversations, the second of which is unreachable. */

const NOW = Date.UTC(2026, 10, 23);

let folder: string;
let data: string;
let day: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "doctor-"));
  data = join(folder, "data");
  for (const [name, id] of [
    ["history", TEA],
    ["gone", LUNCH],
  ] as const) {
    const log = openRoomLog(join(data, name));
    if ("refused" in log) throw new Error(log.refused);
    const talk = new EventScript(id);
    for (const event of [talk.created(), talk.said("안녕"), talk.said("two")]) log.append(event);
    await log.close();
  }
  day = join(data, "history", TEA, "2026-11-22.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function findings() {
  return examine(data, AccountStore.of, NOW);
}

function problems(): string[] {
  return findings().map(({ path, problem }) => `${path.slice(data.length + 1)}: ${problem}`);
}

function repairAll(): void {
  for (const finding of findings()) finding.repair?.run();
}

/** The output of `doctor --mend`. */
function runDoctor() {
  const unused = () => {
    throw new Error("nobody asks for that here");
  };
  return runMaintenance(
    { name: "doctor", words: [], mend: true },
    {
      data,
      certs: folder,
      makeStore: AccountStore.of,
      newId: () => "new",
      user: "owner",
      newRoomId: unused,
      now: () => NOW,
    },
  );
}

test("a folder that the server wrote has no findings", () => {
  expect(problems()).toEqual([]);
});

test("an unreadable file is reported, and the files after it are examined", () => {
  mkdirSync(join(data, "history", TEA, "2026-11-21.jsonl"), { mode: 0o700 });
  symlinkSync(join(data, "nowhere"), join(data, "history", "link"));
  appendFileSync(day, "rubbish\n");
  expect(problems()).toEqual([
    `history/${TEA}/2026-11-21.jsonl: it cannot be read: it is a folder`,
    `history/${TEA}/2026-11-22.jsonl: line 4 is damaged`,
  ]);
});

test("the target of a symbolic link keeps its mode", () => {
  const theirs = join(folder, "theirs");
  mkdirSync(theirs, { mode: 0o755 });
  writeFileSync(join(theirs, "file"), "", { mode: 0o644 });
  chmodSync(theirs, 0o755);
  symlinkSync(theirs, join(data, "link"));
  symlinkSync(join(theirs, "file"), join(data, "file"));
  symlinkSync(data, join(data, "circle"));
  expect(problems()).toEqual([]);
  repairAll();
  expect(statSync(theirs).mode & 0o777).toBe(0o755);
});

test("an unfinished import is removed with all its files", () => {
  const half = join(data, "history", ".lunch-2.new");
  mkdirSync(half, { mode: 0o700 });
  writeFileSync(join(half, "2026-11-22.jsonl"), "", { mode: 0o600 });
  expect(problems()).toEqual(["history/.lunch-2.new: it was being written when the server ended"]);
  repairAll();
  expect(problems()).toEqual([]);
});

test("a folder with the same name anywhere else stays", () => {
  const own = [join(data, ".ideas.new"), join(data, "history", TEA, ".ideas.new")];
  for (const path of own) {
    mkdirSync(path, { mode: 0o700 });
    writeFileSync(join(path, "mine"), "", { mode: 0o600 });
  }
  expect(problems()).toEqual([]);
  repairAll();
  for (const path of own) expect(existsSync(join(path, "mine"))).toBe(true);
});

test("a failed repair is reported, and the others are done", async () => {
  writeFileSync(join(data, "mended"), "", { mode: 0o600 });
  appendFileSync(day, "rubbish\n");
  chmodSync(day, 0o644);
  const { lines, ok } = await runDoctor();
  expect(ok).toBe(false);
  expect(lines).toEqual([
    `${day}: line 4 is damaged.`,
    "  It could not be mended: a part of the path is not a folder.",
    `${day}: other users of this machine may read it.`,
    "  Mended: it becomes readable for its owner alone.",
    "2 problems found, 1 mended.",
  ]);
});

test("a problem that names its file isn't prefixed with it again", async () => {
  const users = join(data, "users.json");
  writeFileSync(users, "{", { mode: 0o600 });
  const { lines } = await runDoctor();
  expect(lines[0]).toStartWith(`${users} is damaged: it is no JSON`);
  expect(lines[0]).toEndWith("; nothing was changed.");
});

test("removed conversations are checked by the same rules", () => {
  const gone = join(data, "gone", LUNCH, "2026-11-22.jsonl");
  const whole = readFileSync(gone, "utf8");
  appendFileSync(gone, 'rubbish\n{"at":9,');
  expect(problems()).toEqual([
    `gone/${LUNCH}/2026-11-22.jsonl: line 4 is damaged`,
    `gone/${LUNCH}/2026-11-22.jsonl: it ends in half a line of 8 bytes`,
  ]);
  repairAll();
  expect(readFileSync(gone, "utf8")).toBe(whole);
  expect(problems()).toEqual([]);
});

test("a repaired day keeps the bytes of all other lines, and bytes that aren't UTF-8 are reported", () => {
  const lines = readFileSync(day, "latin1").split("\n");
  const odd = lines.map((line) => line.replace("two", "t\xffo"));
  writeFileSync(day, ["rubbish", ...odd].join("\n"), "latin1");
  expect(problems()).toEqual([
    `history/${TEA}/2026-11-22.jsonl: line 1 is damaged`,
    `history/${TEA}/2026-11-22.jsonl: line 4 has bytes that are no text (UTF-8)`,
  ]);
  repairAll();
  expect(readFileSync(day, "latin1")).toBe(odd.join("\n"));
});

test("a gap between rooms.json and people.journal is reported", () => {
  const line = { n: 5, change: { kind: "forgotten", account: "mina" } };
  const journal = join(data, "people.journal");
  writeFileSync(journal, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  expect(problems()).toEqual([
    "people.journal: it begins with change 5, and rooms.json ends at 0: the changes between are missing",
  ]);
});

test("a day with very many wrong lines is rewritten once, by the first of its repairs", () => {
  const whole = readFileSync(day, "utf8");
  const lines = whole.split("\n").slice(0, -1);
  const [first = ""] = lines;
  writeFileSync(day, `${whole}${"rubbish\n".repeat(20_000)}${first}\n${first}\n`);
  const found = findings();
  expect(found.length).toBe(20_002);
  found[0]?.repair?.run();
  expect(readFileSync(day, "utf8")).toBe(whole);
  const inode = statSync(day).ino;
  for (const { repair } of found) repair?.run();
  expect(statSync(day).ino).toBe(inode);
  const moved = readFileSync(join(data, "mended", `${TEA}.txt`), "utf8");
  expect(moved.match(/\n/g)?.length).toBe(20_002);
});
