import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

test("each room has a folder, and each local day a file", () => {
  const opened = openChatLog(folder, SEOUL);
  if ("refused" in opened) throw new Error(opened.refused);
  opened.log("#수다방", said("안녕하세요"));
  opened.log("#수다방", said("두 줄\n이에요"));
  opened.log("#수다방", said("다음 날", EVENING + 3 * 3_600_000));
  opened.log("jun", said("hello"));
  expect(readdirSync(folder).sort()).toEqual(["#수다방", "jun"]);
  expect(readFileSync(join(folder, "#수다방", "2026-11-22.txt"), "utf8")).toBe(
    "[2026-11-22 21:30] <민수> 안녕하세요\n[2026-11-22 21:30] <민수> 두 줄\n    이에요\n",
  );
  expect(readFileSync(join(folder, "#수다방", "2026-11-23.txt"), "utf8")).toBe(
    "[2026-11-23 00:30] <민수> 다음 날\n",
  );
});

test("no room name leads outside of the folder", () => {
  const opened = openChatLog(join(folder, "logs"), SEOUL);
  if ("refused" in opened) throw new Error(opened.refused);
  for (const name of ["../../up", "/etc/passwd", "..", "a\0b"]) opened.log(name, said("hello"));
  expect(readdirSync(folder)).toEqual(["logs"]);
  expect(readdirSync(join(folder, "logs")).sort()).toEqual([
    "__",
    "______up",
    "_etc_passwd",
    "a_b",
  ]);
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
