import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openChatLog } from "../../lib/file-manager/client/chat-log.ts";
import { StateFile } from "../../lib/file-manager/client/state-file.ts";

const folder = mkdtempSync(join(tmpdir(), "chat-log-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SEOUL = () => 540;
/** Half past nine in the evening in Seoul. */
const EVENING = Date.UTC(2026, 10, 22, 12, 30);

function said(text: string, time = EVENING) {
  return { time, nick: "민수", kind: "said", text } as const;
}

const HERE = { host: "chat.example", port: 6697 };

function openLog(path: string) {
  const opened = openChatLog(path, SEOUL);
  if ("refused" in opened) throw new Error(opened.refused);
  return opened.log;
}

test("each server and each room has a folder, and each local day a file", () => {
  const log = openLog(folder);
  log(HERE, "#수다방", said("안녕하세요"));
  log(HERE, "#수다방", said("두 줄\n이에요"));
  log(HERE, "#수다방", said("다음 날", EVENING + 3 * 3_600_000));
  log(HERE, "jun", said("hello"));
  log({ host: "::1", port: 7000 }, "#수다방", said("hello"));
  expect(readdirSync(folder).sort()).toEqual(["%3a%3a1_7000", "chat.example_6697"]);
  const server = join(folder, "chat.example_6697");
  expect(readdirSync(server).sort()).toEqual(["#수다방", "jun"]);
  expect(readFileSync(join(server, "#수다방", "2026-11-22.txt"), "utf8")).toBe(
    "[2026-11-22 21:30] <민수> 안녕하세요\n[2026-11-22 21:30] <민수> 두 줄\n    이에요\n",
  );
  expect(readFileSync(join(server, "#수다방", "2026-11-23.txt"), "utf8")).toBe(
    "[2026-11-23 00:30] <민수> 다음 날\n",
  );
});

test("rooms whose names differ by a sign, a room and a person, and two servers share no file", () => {
  const log = openLog(folder);
  const names = ["#dev.ops", "#dev_ops", "#dev/ops", "#dev-ops", "dev-ops", "#Dev Ops"];
  const servers = [HERE, { ...HERE, port: 6698 }, { ...HERE, host: "chat_example" }];
  for (const server of servers) {
    for (const name of names) log(server, name, said(`${server.host} ${server.port} ${name}`));
  }
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".txt"),
  );
  expect(files.length).toBe(servers.length * names.length);
  for (const file of files) {
    expect(readFileSync(join(folder, file), "utf8").trimEnd().split("\n")).toHaveLength(1);
  }
});

test("#Dev and #dev are one room, and so are composed and decomposed Hangul", () => {
  const log = openLog(folder);
  for (const name of ["#Dev", "#dev", "#방", "#방".normalize("NFD")])
    log(HERE, name, said("hello"));
  expect(readdirSync(join(folder, "chat.example_6697")).sort()).toEqual(["#dev", "#방"]);
});

test("files of the layout without servers are left as they are", () => {
  const log = openLog(folder);
  mkdirSync(join(folder, "#tea"));
  writeFileSync(join(folder, "#tea", "2026-11-22.txt"), "before\n");
  log(HERE, "#tea", said("now"));
  expect(readFileSync(join(folder, "#tea", "2026-11-22.txt"), "utf8")).toBe("before\n");
  expect(readdirSync(folder).sort()).toEqual(["#tea", "chat.example_6697"]);
});

test("no room name leads outside of the folder", () => {
  const log = openLog(join(folder, "logs"));
  for (const name of ["../../up", "/etc/passwd", "..", "a\0b"]) log(HERE, name, said("hello"));
  expect(readdirSync(folder)).toEqual(["logs"]);
  expect(readdirSync(join(folder, "logs"))).toEqual(["chat.example_6697"]);
  expect(readdirSync(join(folder, "logs", "chat.example_6697")).sort()).toEqual([
    "%2e%2e",
    "%2e.%2f..%2fup",
    "%2fetc%2fpasswd",
    "a%00b",
  ]);
});

test("a server that dates each message differently can't fill the disk with files", () => {
  const failed: string[] = [];
  const opened = openChatLog(folder, SEOUL, (path) => failed.push(path), 3);
  if ("refused" in opened) throw new Error(opened.refused);
  const day = 86_400_000;
  for (let days = 0; days < 5; days += 1)
    opened.log(HERE, "#tea", said("hi", EVENING + days * day));
  opened.log(HERE, "#tea", said("again"));
  const files = readdirSync(join(folder, "chat.example_6697", "#tea")).sort();
  expect(files).toEqual(["2026-11-22.txt", "2026-11-23.txt", "2026-11-24.txt"]);
  expect(failed).toEqual([folder, folder]);
});

test("a folder that can't be created is refused, with advice", () => {
  const file = join(folder, "file");
  openChatLog(folder, SEOUL);
  writeFileSync(file, "");
  expect(openChatLog(file, SEOUL)).toEqual({
    refused: `${file} can't be written to (something is there already): choose another folder for --log, or start without --log`,
  });
});

test("the state is restored in the next run; read and write errors are ignored", () => {
  const path = join(folder, "config", "kept.json");
  const kept = new StateFile(path);
  expect(kept.read()).toBeNull();
  kept.write({ server: "tea.example" });
  expect(new StateFile(path).read()).toEqual({ format: 1, server: "tea.example" });
  writeFileSync(path, "{ half");
  expect(kept.read()).toBeNull();
  new StateFile(join(path, "no-folder", "kept.json")).write({ server: "tea.example" });
  expect(kept.read()).toBeNull();
});
