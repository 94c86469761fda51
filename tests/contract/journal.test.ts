import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DISK, type Disk, openJournal, readJournal } from "../../lib/file-manager/disk/journal.ts";
import {
  replaceFile,
  replaceFileSync,
  temporaryOf,
} from "../../lib/file-manager/disk/replace-file.ts";

interface Said {
  readonly text: string;
}

function decodeSaid(value: unknown): Said | null {
  if (typeof value !== "object" || value === null || !("text" in value)) return null;
  return typeof value.text === "string" ? { text: value.text } : null;
}

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  path = join(folder, "tea.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function opened(disk?: Disk) {
  const journal = openJournal(path, decodeSaid, disk);
  if ("refused" in journal) throw new Error(journal.refused);
  return journal;
}

function refusal(): string {
  const journal = openJournal(path, decodeSaid);
  if (!("refused" in journal)) throw new Error("it was opened");
  return journal.refused;
}

const texts = (values: readonly Said[]): string[] => values.map((value) => value.text);

describe("a journal", () => {
  test("gives back what was appended, in order, and is private", () => {
    const { journal, values } = opened();
    expect(values).toEqual([]);
    expect(journal.append({ text: "hello" })).toBeNull();
    expect(journal.appendAll([{ text: "차 한 잔" }, { text: "two\nlines" }])).toBeNull();
    journal.close();
    expect(readFileSync(path, "utf8")).toBe(
      '{"text":"hello"}\n{"text":"차 한 잔"}\n{"text":"two\\nlines"}\n',
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = opened();
    expect(texts(again.values)).toEqual(["hello", "차 한 잔", "two\nlines"]);
    expect(again.journal.bytes).toBe(statSync(path).size);
    again.journal.close();
  });

  test("torn at any byte of its last line keeps the lines before, and goes on", () => {
    const whole = Buffer.from('{"text":"하나"}\n{"text":"둘"}\n');
    const first = Buffer.byteLength('{"text":"하나"}\n');
    for (let cut = first + 1; cut < whole.length - 1; cut += 1) {
      writeFileSync(path, whole.subarray(0, cut));
      const { journal, values, torn } = opened();
      expect(texts(values)).toEqual(["하나"]);
      expect(torn).toBe(cut - first);
      journal.append({ text: "셋" });
      journal.close();
      expect(readFileSync(path, "utf8")).toBe('{"text":"하나"}\n{"text":"셋"}\n');
    }
  });

  test("without its last newline is whole, and gets it", () => {
    writeFileSync(path, '{"text":"a"}\n{"text":"b"}');
    const { journal, values, torn } = opened();
    expect(texts(values)).toEqual(["a", "b"]);
    expect(torn).toBe(0);
    journal.append({ text: "c" });
    journal.close();
    expect(readFileSync(path, "utf8")).toBe('{"text":"a"}\n{"text":"b"}\n{"text":"c"}\n');
  });

  test("with a tail of zeros, as a loss of power leaves it, loses the tail alone", () => {
    writeFileSync(path, '{"text":"a"}\n\0\0\0\0\0\0');
    const { journal, values, torn } = opened();
    expect(texts(values)).toEqual(["a"]);
    expect(torn).toBe(6);
    journal.close();
    expect(readFileSync(path, "utf8")).toBe('{"text":"a"}\n');
  });

  test("damaged in the middle is refused by path and line, and stays as it is", () => {
    for (const damage of ["{oops}", '{"other":1}', "null"]) {
      const content = `{"text":"a"}\n${damage}\n{"text":"b"}\n{"te`;
      writeFileSync(path, content);
      expect(refusal()).toContain(`${path} is damaged at line 2.`);
      expect(readFileSync(path, "utf8")).toBe(content);
    }
  });

  test("that cannot be opened is refused with the reason", () => {
    path = join(folder, "nowhere", "tea.jsonl");
    expect(refusal()).toContain("the file or its folder does not exist");
  });

  test("read from outside is left as it is", () => {
    writeFileSync(path, '{"text":"a"}\n{"te');
    const read = readJournal(path, decodeSaid);
    expect(read).toMatchObject({ values: [{ text: "a" }], torn: 4 });
    expect(readFileSync(path, "utf8")).toBe('{"text":"a"}\n{"te');
  });

  test("is synced both ways", async () => {
    const { journal } = opened();
    journal.append({ text: "a" });
    await journal.sync();
    journal.syncNow();
    journal.close();
    expect(journal.append({ text: "late" })).not.toBeNull();
  });
});

describe("a full disk", () => {
  test("takes a part of a line, which is cut off again", () => {
    let room = 20;
    const full: Disk = {
      ...DISK,
      write(fd, bytes, at) {
        if (room === 0) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
        const taken = DISK.write(fd, bytes.subarray(0, at + room), at);
        room -= taken;
        return taken;
      },
    };
    const { journal } = opened(full);
    expect(journal.append({ text: "fits" })).toBeNull();
    expect(journal.append({ text: "does not" })).not.toBeNull();
    expect(readFileSync(path, "utf8")).toBe('{"text":"fits"}\n');
    room = 100;
    expect(journal.append({ text: "again" })).toBeNull();
    journal.close();
    expect(readFileSync(path, "utf8")).toBe('{"text":"fits"}\n{"text":"again"}\n');
  });

  test("that refuses even the cut gets no line behind the ragged one", () => {
    let broken = true;
    const worse: Disk = {
      ...DISK,
      write(fd, bytes, at) {
        if (!broken) return DISK.write(fd, bytes, at);
        DISK.write(fd, bytes.subarray(0, 5), 0);
        throw new Error("broken");
      },
      truncate(fd, bytes) {
        if (broken) throw new Error("broken");
        DISK.truncate(fd, bytes);
      },
    };
    const { journal } = opened(worse);
    expect(journal.append({ text: "one" })).not.toBeNull();
    expect(readFileSync(path, "utf8")).toBe('{"tex');
    broken = false;
    expect(journal.append({ text: "two" })).toBeNull();
    journal.close();
    expect(readFileSync(path, "utf8")).toBe('{"text":"two"}\n');
  });
});

describe("a file put in place whole", () => {
  test("replaces the old one and leaves no temporary file", async () => {
    replaceFileSync(path, "old");
    await replaceFile(path, ["new ", Buffer.from("찻잔")]);
    expect(readFileSync(path, "utf8")).toBe("new 찻잔");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(temporaryOf(path))).toBe(false);
  });

  test("is written over what a crash left behind", () => {
    writeFileSync(temporaryOf(path), "half of", { mode: 0o644 });
    replaceFileSync(path, "whole");
    expect(readFileSync(path, "utf8")).toBe("whole");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("stays the old one when its making fails", async () => {
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
