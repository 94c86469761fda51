import { afterEach, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ExportFormat,
  type ExportRecord,
  formatExport,
} from "../../lib/file-manager/export/export-format.ts";
import { exportRoom } from "../../lib/file-manager/export/room-export.ts";
import { saveExport } from "../../lib/file-manager/export/save-export.ts";
import { formatStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { readJsonlLog } from "../../lib/file-manager/import/irc/jsonl-log.ts";
import type { SharedFile } from "../../lib/protocol/file-facts.ts";
import { EventScript, NOON } from "./room-log-events.ts";
import { fileOf, newFolder, removeFolders, sentDataFolder } from "./sent-data-folder.ts";

/** Files in exports: what they are called and how large they are, and pictures beside a page. */

afterEach(removeFolders);

function formatted(format: ExportFormat, text: string, name: string): string {
  const { path: _, ...file } = fileOf("x.txt", { name, size: 1_234_567 });
  const record = { time: NOON, nick: "민수", kind: "said", text, msgid: "m1", file } as const;
  const reply = { time: NOON, nick: "지원", kind: "said", text: "thanks", replyTo: "m1" } as const;
  return [...formatExport(format, [record, reply])].join("");
}

test("a message's file has its name and size in each format", () => {
  expect(formatted("text", "", "회의록.txt")).toContain(
    "<민수> 📎 회의록.txt (1.2 MB)\n[2026-11-22 12:00] <지원> thanks\n    ↳ 민수: 📎 회의록.txt\n",
  );
  expect(formatted("text", "for you", "a.txt")).toContain("<민수> for you 📎 a.txt (1.2 MB)\n");
  expect(formatted("markdown", "for you", "a_b.txt")).toContain(
    "**민수** for you 📎 a\\_b.txt (1.2 MB)\n",
  );
  const page = formatted("html", "for you", "<a>.png");
  expect(page).toContain("for you<small>📎 &#60;a&#62;.png (1.2 MB)</small>");
  expect(page).not.toContain("<img src");
  const [line = ""] = formatted("jsonl", "for you", "a.txt").split("\n");
  expect(JSON.parse(line)).toMatchObject({
    text: "for you",
    file: { id: "xtxt000000000000", name: "a.txt", size: 1_234_567, type: "text/plain" },
  });
});

test("a file's name forges no line and obeys no terminal", () => {
  const text = formatted("text", "", "a\n[2026-11-22 12:00] <지원> yes\u001b[2J.txt");
  expect(text.split("\n").filter((line) => line.includes("yes"))).toHaveLength(1);
  expect(text).toContain("<민수> 📎 a [2026-11-22 12:00] <지원> yes");
  expect(text).not.toContain("\u001b");
});

test("a page has the pictures beside it, under names of ours, and only what browsers show", async () => {
  const { data, sent } = await sentDataFolder();
  const picture = sent[1]?.file;
  if (picture === undefined) throw new Error("none");
  const target = join(newFolder(), "tea.html");
  const day = join(data, "history/tea-1/2026-11-22.jsonl");
  const lines = readFileSync(day, "utf8");
  await Bun.write(
    day,
    lines.replace(
      `"type":"text/plain","path":"${picture.path}"`,
      `"type":"image/png","path":"${picture.path}"`,
    ),
  );
  const { lines: told } = await exportRoom("#tea", target, data);
  const beside = target.replace(".html", ".files");
  expect(told).toEqual([`${target} has 4 lines of #tea. 1 picture of it: in ${beside}.`]);
  expect(readdirSync(beside)).toEqual([`${picture.id}.png`]);
  expect(readFileSync(join(beside, `${picture.id}.png`), "utf8")).toBe("b.png");
  const page = readFileSync(target, "utf8");
  expect(page).toContain(`<img src="tea.files/${picture.id}.png"`);
  expect(page.match(/<img/g)).toHaveLength(1);
  // What isn't on the disk any more is told by its name.
  rmSync(join(data, "files", picture.path));
  const other = join(newFolder(), "tea.html");
  await exportRoom("#tea", other, data);
  expect(readFileSync(other, "utf8")).not.toContain("<img src");
  expect(existsSync(other.replace(".html", ".files"))).toBe(false);
});

test("the client's page has the pictures beside it that can be fetched, each once", async () => {
  const target = join(newFolder(), "차 방.html");
  const picture = (id: string, type: string): SharedFile => ({
    ...{ id, type, name: "<b>.png", size: 5, sha256: "0".repeat(64) },
  });
  const said = (file: SharedFile): ExportRecord => ({
    ...{ time: 0, nick: "jun", kind: "said", text: "look", file },
  });
  const fetched: string[] = [];
  const options = {
    ...{ force: false, minutesEast: () => 0 },
    fetchPicture: async (file: SharedFile, path: string) => {
      fetched.push(file.id);
      if (file.id === "gone") return false;
      writeFileSync(path, "bytes");
      return true;
    },
  };
  const records = [
    ...[said(picture("one", "image/png")), said(picture("one", "image/png"))],
    ...[said(picture("gone", "image/jpeg")), said(picture("drawing", "image/svg+xml"))],
  ];
  expect(await saveExport(target, "차 방", "html", records, options)).toMatchObject({ count: 4 });
  expect(fetched).toEqual(["one", "gone"]);
  expect(readdirSync(target.replace(".html", ".files"))).toEqual(["one.png"]);
  const page = readFileSync(target, "utf8");
  expect(page.split('<img src="%EC%B0%A8%20%EB%B0%A9.files/one.png"').length - 1).toBe(2);
  expect(page.split("<img").length - 1).toBe(2);
  // Other formats have names.
  const text = target.replace(".html", ".txt");
  expect(await saveExport(text, "차 방", "text", records, options)).toMatchObject({ count: 4 });
  expect(fetched).toHaveLength(2);
});

test("an import keeps what a file was called", () => {
  const importOf = (text: string) => {
    const items = readJsonlLog({ name: "tea.jsonl", bytes: Buffer.from(text), text: () => text });
    return [...items].flatMap((item) => (item.kind === "message" ? item.message.text : []));
  };
  expect(importOf(formatted("jsonl", "for you", "a.txt"))).toEqual([
    "for you 📎 a.txt (1.2 MB)",
    "thanks",
  ]);
  const script = new EventScript();
  const said = {
    kind: "said",
    verb: "PRIVMSG",
    text: "",
    tags: {},
    file: fileOf("b.txt"),
  } as const;
  expect(importOf(formatStoredEvent(script.next(said)))).toEqual(["📎 b.txt (5 B)"]);
});
