import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DISK, type Disk } from "../../lib/file-manager/disk/disk.ts";
import {
  formatJournalLine,
  type JournalFormat,
  openJournal,
  readJournal,
} from "../../lib/file-manager/disk/journal.ts";
import {
  replaceFile,
  replaceFileSync,
  temporaryOf,
} from "../../lib/file-manager/disk/replace-file.ts";
import { string } from "../../lib/protocol/json-decoder.ts";

const TEXTS: JournalFormat<string> = { key: "text", decode: string };

/** Lines of a journal of texts, as they are in its file. */
const lines = (...texts: string[]): string =>
  texts.map((text, index) => formatJournalLine(TEXTS, index + 1, text)).join("");

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  path = join(folder, "tea.journal");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function opened(disk?: Disk, folded = 0) {
  const journal = openJournal(path, TEXTS, folded, disk);
  if ("refused" in journal) throw new Error(journal.refused);
  return { ...journal, texts: journal.lines.map(({ content }) => content) };
}

function refusal(): string {
  const journal = openJournal(path, TEXTS, 0);
  if (!("refused" in journal)) throw new Error("it was opened");
  return journal.refused;
}

describe("a journal", () => {
  test("returns the appended lines, in order, and is private", () => {
    const { journal, texts } = opened();
    expect(texts).toEqual([]);
    expect(journal.append("hello")).toBeNull();
    expect(journal.append("차 한 잔", "two\nlines")).toBeNull();
    expect(journal.append()).toBeNull();
    journal.close();
    expect(readFileSync(path, "utf8")).toBe(
      '{"n":1,"text":"hello"}\n{"n":2,"text":"차 한 잔"}\n{"n":3,"text":"two\\nlines"}\n',
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = opened();
    expect(again.texts).toEqual(["hello", "차 한 잔", "two\nlines"]);
    expect(again.journal.mark()).toEqual({ number: 3, bytes: statSync(path).size });
    again.journal.close();
  });

  test("torn at any byte of its last line keeps the lines before, and can be appended to", () => {
    const whole = Buffer.from(lines("하나", "둘"));
    const first = Buffer.byteLength(lines("하나"));
    for (let cut = first + 1; cut < whole.length - 1; cut += 1) {
      writeFileSync(path, whole.subarray(0, cut));
      const { journal, texts, torn } = opened();
      expect(texts).toEqual(["하나"]);
      expect(torn).toBe(cut - first);
      journal.append("셋");
      journal.close();
      expect(readFileSync(path, "utf8")).toBe(lines("하나", "셋"));
    }
  });

  test("without its last newline is complete, and gets the newline", () => {
    writeFileSync(path, lines("a", "b").trimEnd());
    const { journal, texts, torn } = opened();
    expect(texts).toEqual(["a", "b"]);
    expect(torn).toBe(0);
    journal.append("c");
    journal.close();
    expect(readFileSync(path, "utf8")).toBe(lines("a", "b", "c"));
  });

  test("with a tail of zeros, as after a loss of power, loses only the tail", () => {
    writeFileSync(path, `${lines("a")}\0\0\0\0\0\0`);
    const { journal, texts, torn } = opened();
    expect(texts).toEqual(["a"]);
    expect(torn).toBe(6);
    journal.close();
    expect(readFileSync(path, "utf8")).toBe(lines("a"));
  });

  test("damaged in the middle is refused with path and line, and isn't changed", () => {
    for (const damage of ["{oops}", '{"n":2,"other":1}', '{"text":"b"}', "null"]) {
      const content = `${lines("a")}${damage}\n${lines("c")}{"te`;
      writeFileSync(path, content);
      expect(refusal()).toContain(`${path} is damaged at line 2.`);
      expect(readFileSync(path, "utf8")).toBe(content);
    }
  });

  test("that cannot be opened is refused with the reason", () => {
    path = join(folder, "nowhere", "tea.journal");
    expect(refusal()).toContain("the file or its folder does not exist");
  });

  test("read by readJournal isn't changed", () => {
    const content = `${lines("a")}{"te`;
    writeFileSync(path, content);
    expect(readJournal(path, TEXTS)).toMatchObject({ lines: [{ content: "a" }], torn: 4 });
    expect(readFileSync(path, "utf8")).toBe(content);
  });

  test("is synced, and refuses lines after it was closed", async () => {
    const { journal } = opened();
    journal.append("a");
    await journal.sync();
    journal.close();
    expect(journal.append("late")).not.toBeNull();
  });

  test("is written anew at its next sync when another program has removed or moved it", async () => {
    const { journal } = opened();
    journal.append("one");
    await journal.sync();
    rmSync(path);
    journal.append("two");
    await journal.sync();
    expect(readFileSync(path, "utf8")).toBe(lines("one", "two"));
    renameSync(path, join(folder, "elsewhere"));
    journal.append("three");
    await journal.sync();
    journal.close();
    expect(readFileSync(path, "utf8")).toBe(lines("one", "two", "three"));
  });

  test("that can't be written anew says at its sync that it isn't safe", async () => {
    const { journal } = opened();
    rmSync(folder, { recursive: true });
    journal.append("one");
    await expect(journal.sync()).rejects.toThrow("ENOENT");
    mkdirSync(folder);
    await journal.sync();
    journal.close();
    expect(readFileSync(path, "utf8")).toBe(lines("one"));
  });

  test("rewound to a mark has no later lines", () => {
    const { journal } = opened();
    journal.append("a");
    const mark = journal.mark();
    journal.append("b", "c");
    journal.rewind(mark);
    journal.append("d");
    journal.close();
    expect(readFileSync(path, "utf8")).toBe(lines("a", "d"));
  });

  test("folded keeps the lines after the previous snapshot, also after a restart", async () => {
    const { journal } = opened();
    journal.append("a", "b");
    await journal.fold(journal.mark());
    journal.append("c");
    journal.close();
    const again = opened(undefined, 2);
    expect(again.texts).toEqual(["c"]);
    await again.journal.fold(again.journal.mark());
    again.journal.append("d");
    await again.journal.sync();
    again.journal.close();
    expect(readFileSync(path, "utf8")).toBe(
      lines("a", "b", "c", "d").split("\n").slice(2).join("\n"),
    );
    expect(opened(undefined, 3).texts).toEqual(["d"]);
  });
});

test("a fold never closes the file of a sync that begins at its last step", async () => {
  for (let delay = 0; delay < 40; delay += 1) {
    rmSync(path, { force: true });
    let sync: Promise<void> | null = null;
    const disk: Disk = {
      ...DISK,
      async sync(fd) {
        const inode = fstatSync(fd).ino;
        if (sync === null && inode !== statSync(path).ino) {
          // The copy is synced, and the fold is about to end.
          let begin = Promise.resolve();
          for (let step = 0; step < delay; step += 1) begin = begin.then(() => {});
          sync = begin.then(() => {
            journal.append("c");
            return journal.sync();
          });
          return;
        }
        await new Promise((resolve) => setImmediate(resolve));
        expect([delay, fstatSync(fd).ino]).toEqual([delay, inode]);
      },
    };
    const { journal } = opened(disk);
    journal.append("a");
    await journal.fold(journal.mark());
    journal.append("b");
    await journal.fold(journal.mark());
    await sync;
    journal.close();
    expect(readFileSync(path, "utf8")).toBe(lines("a", "b", "c").split("\n").slice(1).join("\n"));
  }
});

describe("a full disk", () => {
  test("writes a part of a line, which is cut off again", () => {
    let room = Buffer.byteLength(lines("fits")) + 5;
    const full: Disk = {
      ...DISK,
      write(fd, bytes, start) {
        if (room === 0) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
        const written = DISK.write(fd, bytes.subarray(0, start + room), start);
        room -= written;
        return written;
      },
    };
    const { journal } = opened(full);
    expect(journal.append("fits")).toBeNull();
    expect(journal.append("does not")).not.toBeNull();
    expect(readFileSync(path, "utf8")).toBe(lines("fits"));
    room = 100;
    expect(journal.append("again")).toBeNull();
    journal.close();
    expect(readFileSync(path, "utf8")).toBe(lines("fits", "again"));
  });

  test("that refuses even the truncation gets no line after the incomplete one", () => {
    let isBroken = true;
    const worse: Disk = {
      ...DISK,
      write(fd, bytes, start) {
        if (!isBroken) return DISK.write(fd, bytes, start);
        DISK.write(fd, bytes.subarray(0, 5), 0);
        throw new Error("broken");
      },
      truncate(fd, bytes) {
        if (isBroken) throw new Error("broken");
        DISK.truncate(fd, bytes);
      },
    };
    const { journal } = opened(worse);
    expect(journal.append("one")).not.toBeNull();
    expect(readFileSync(path, "utf8")).toBe('{"n":');
    isBroken = false;
    expect(journal.append("two")).toBeNull();
    journal.close();
    expect(readFileSync(path, "utf8")).toBe(lines("two"));
  });
});

describe("a file replaced whole", () => {
  test("replaces the old one and leaves no temporary file", async () => {
    replaceFileSync(path, "old");
    await replaceFile(path, ["new ", Buffer.from("찻잔")]);
    expect(readFileSync(path, "utf8")).toBe("new 찻잔");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(temporaryOf(path))).toBe(false);
  });

  test("overwrites the leftovers of a crash", () => {
    writeFileSync(temporaryOf(path), "half of", { mode: 0o644 });
    replaceFileSync(path, "whole");
    expect(readFileSync(path, "utf8")).toBe("whole");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("stays unchanged when writing fails", async () => {
    replaceFileSync(path, "old");
    function* pieces() {
      yield "half";
      throw new Error("no more");
    }
    const failure = await replaceFile(path, pieces()).catch((error: Error) => error.message);
    expect(failure).toBe("no more");
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(existsSync(temporaryOf(path))).toBe(false);
  });
});
