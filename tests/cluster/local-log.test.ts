import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppendOutcome, RecordLog } from "../../lib/cluster/engine.ts";
import { DISK, type Disk } from "../../lib/file-manager/disk/disk.ts";
import { lockFolder } from "../../lib/file-manager/disk/lock.ts";
import {
  type LocalLogOptions,
  type OpenedLocalLog,
  openLocalLog,
  readLocalLog,
} from "../../lib/file-manager/record-log/local-log.ts";
import { LoggedChangesReader } from "../../lib/file-manager/record-log/logged-changes.ts";
import { RecordIndex } from "../../lib/file-manager/record-log/record-index.ts";
import { describeEngine, type EngineStage } from "./engine-contract.ts";

/** A sync may take long on a busy disk. */
const WAIT_MS_MAX = 20_000;
const NO_LOCK = { release: () => {} };
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sodam-local-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (): string => join(folder, "records.journal");
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function open(options: LocalLogOptions = {}): OpenedLocalLog {
  const opened = openLocalLog(folder, NO_LOCK, options);
  if ("refused" in opened) throw new Error(opened.refused);
  return opened;
}

/** Appends, to a log that answers at once. */
function append(log: RecordLog, after: number, text: string, id = `n-${after + 1}`): AppendOutcome {
  const outcomes: AppendOutcome[] = [];
  log.append({ id, bytes: bytesOf(text), after }, (outcome) => outcomes.push(outcome));
  if (outcomes[0] === undefined) throw new Error("no answer at once");
  return outcomes[0];
}

function readAll(log: Pick<RecordLog, "follow">, after = 0): string[] {
  const said: string[] = [];
  const entry = ({ sequence, bytes }: { sequence: number; bytes: Uint8Array }) =>
    void said.push(`${sequence} ${new TextDecoder().decode(bytes)}`);
  log.follow(after, { entry })();
  return said;
}

/** Returns what has read the file to its end, as a process does that is to write it next. */
function readerOfAll(): LoggedChangesReader {
  // What the file has here are no records.
  const reader = LoggedChangesReader.open(path(), []);
  if (reader === null) throw new Error("no log");
  for (const _ of reader.records());
  return reader;
}

async function localStage(isSynced: boolean): Promise<EngineStage> {
  const own = mkdtempSync(join(tmpdir(), "sodam-local-log-"));
  const locked = await lockFolder(own);
  if (!("lock" in locked)) throw new Error("no lock");
  const openLog = () => {
    const opened = openLocalLog(own, locked.lock, { isSynced });
    if ("refused" in opened) throw new Error(opened.refused);
    return { log: opened.log, bus: null };
  };
  let end = openLog();
  return {
    open: async () => end,
    async until(holds) {
      const end = performance.now() + WAIT_MS_MAX;
      while (!holds()) {
        if (performance.now() > end) throw new Error("it doesn't come");
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    settle: () => new Promise((resolve) => setImmediate(resolve)),
    async reopen() {
      await end.log.close();
      end = openLog();
      return end;
    },
    async close() {
      await end.log.close();
      locked.lock.release();
      rmSync(own, { recursive: true, force: true });
    },
  };
}

describeEngine("a local file", () => localStage(false));
describeEngine("a local file, synced", () => localStage(true));

/** A disk with so many bytes left, which takes what it can. */
function smallDisk(left: number): Disk & { left: number; canTruncate: boolean } {
  return {
    ...DISK,
    left,
    canTruncate: true,
    write(fd, bytes, start, offset) {
      const isRoom = offset !== undefined && statSync(path()).size >= offset + bytes.length - start;
      const count = isRoom ? bytes.length : Math.min(this.left, bytes.length - start);
      if (count === 0) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      if (!isRoom) this.left -= count;
      return DISK.write(fd, bytes.subarray(0, start + count), start, offset);
    },
    truncate(fd, bytes) {
      if (!this.canTruncate) throw Object.assign(new Error("EIO"), { code: "EIO" });
      DISK.truncate(fd, bytes);
    },
  };
}

describe("the local log", () => {
  test("answers at once, by one write, into a file that nobody else may read", () => {
    let writes = 0;
    const write: Disk["write"] = (...args) => {
      writes += 1;
      return DISK.write(...args);
    };
    const { log } = open({ disk: { ...DISK, write } });
    expect(append(log, 0, "a")).toEqual({ kind: "appended", sequence: 1 });
    expect(writes).toBe(1);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  test("holds what was acknowledged when it is killed at any byte of the next write", () => {
    const { log } = open();
    for (let n = 0; n < 3; n += 1) append(log, n, `e${n + 1}`);
    const before = readFileSync(path());
    append(log, 3, "half of this entry\nis written");
    const after = readFileSync(path());
    for (let length = before.length; length < after.length; length += 1) {
      for (const room of [0, 5000]) {
        writeFileSync(path(), Buffer.concat([after.subarray(0, length), Buffer.alloc(room)]));
        const { log: again, torn } = open();
        expect(torn).toBe(length - before.length);
        expect(readAll(again)).toEqual(["1 e1", "2 e2", "3 e3"]);
        expect(append(again, 3, "x")).toEqual({ kind: "appended", sequence: 4 });
        expect(readAll(open().log).at(-1)).toBe("4 x");
      }
    }
  });

  test("isn't taken in by an entry with a wrong byte", () => {
    const { log } = open();
    for (const n of [0, 1, 2]) append(log, n, `entry ${n + 1}`);
    const bytes = readFileSync(path());
    bytes[bytes.lastIndexOf("entry 3") + 6] = 0;
    writeFileSync(path(), bytes);
    expect(readAll(open().log)).toEqual(["1 entry 1", "2 entry 2"]);
  });

  test("passes over what a later version adds to an entry's line, and cuts nothing off", () => {
    const { log } = open();
    for (const n of [0, 1, 2]) append(log, n, `entry ${n + 1}`);
    const text = readFileSync(path(), "utf8").replace(/("seq":2,.*)\}/, '$1,"weather":{"rain":1}}');
    expect(text).toContain("weather");
    writeFileSync(path(), text);
    const { log: again, torn } = open();
    expect([torn, readAll(again)]).toEqual([0, ["1 entry 1", "2 entry 2", "3 entry 3"]]);
    expect(append(again, 3, "entry 4")).toEqual({ kind: "appended", sequence: 4 });
  });

  test("refuses on a full disk, cuts off what was half written, and goes on", () => {
    const problems: string[] = [];
    const disk = smallDisk(170);
    const { log } = open({ disk, onProblem: (text) => problems.push(text) });
    append(log, 0, "fits");
    const size = statSync(path()).size;
    const outcome = append(log, 1, "x".repeat(500));
    expect(outcome.kind).toBe("refused");
    expect(statSync(path()).size).toBe(size);
    expect(problems).toEqual([outcome.kind === "refused" ? outcome.why : ""]);
    expect(problems[0]).toContain("the disk is full");
    disk.left = 10_000;
    expect(append(log, 1, "again")).toEqual({ kind: "appended", sequence: 2 });
    expect(readAll(log)).toEqual(["1 fits", "2 again"]);
  });

  test("appends nothing behind half an entry that it couldn't cut off", () => {
    const disk = smallDisk(90);
    const { log } = open({ disk });
    append(log, 0, "fits");
    disk.canTruncate = false;
    expect(append(log, 1, "x".repeat(500)).kind).toBe("refused");
    disk.left = 10_000;
    expect(append(log, 1, "still").kind).toBe("refused");
    disk.canTruncate = true;
    expect(append(log, 1, "again").kind).toBe("appended");
    expect(readAll(open().log)).toEqual(["1 fits", "2 again"]);
  });

  test("has room for what it said that it had, also when the disk is full by then", () => {
    const disk = smallDisk(3 << 20);
    const { log } = open({ disk });
    expect(log.hasRoom(50_000)).toBe(true);
    disk.left = 0;
    expect(log.hasRoom(50_000)).toBe(true);
    expect(append(log, 0, "x".repeat(50_000)).kind).toBe("appended");
    expect(log.hasRoom(8 << 20)).toBe(false);
    expect(readAll(open().log).length).toBe(1);
  });

  test("gives the room back when it is closed", async () => {
    const { log } = open();
    append(log, 0, "a");
    log.hasRoom(1);
    expect(statSync(path()).size).toBeGreaterThan(1 << 20);
    await log.close();
    expect(statSync(path()).size).toBeLessThan(100);
  });

  test("is refused with a sentence when its file can't be opened", () => {
    const opened = openLocalLog(join(folder, "none"), NO_LOCK);
    expect("refused" in opened && opened.refused).toContain("records.journal cannot be opened:");
  });

  test("goes on behind the folder's position when it lost its end with the power", () => {
    const { log } = open();
    for (let n = 0; n < 4; n += 1) append(log, n, `e${n + 1}`);
    expect(readAll(open({ position: 4 }).log).length).toBe(4);
    const { log: later } = open({ position: 9 });
    expect(append(later, 9, "e10")).toEqual({ kind: "appended", sequence: 10 });
    expect(readAll(open({ position: 9 }).log, 9)).toEqual(["10 e10"]);
  });

  test("goes on from where this process has read its file, whose beginning isn't read again", async () => {
    const { log } = open();
    for (let n = 0; n < 3; n += 1) append(log, n, `e${n + 1}`);
    const reader = readerOfAll();
    append(log, 3, "e4");
    const bytes = readFileSync(path());
    bytes.write("x", bytes.indexOf("e1"));
    writeFileSync(path(), bytes);
    const { log: next, last, torn } = open({ read: reader.read });
    expect({ last, torn }).toEqual({ last: 4, torn: 0 });
    expect(append(next, 4, "e5")).toEqual({ kind: "appended", sequence: 5 });
    expect(readAll(next, 2)).toEqual(["3 e3", "4 e4", "5 e5"]);
    expect(await next.cut(3)).toBe(true);
    expect(readAll(open().log, 3)).toEqual(["4 e4", "5 e5"]);
  });

  test("reads its file from the beginning if that isn't what this process has read", async () => {
    const { log } = open();
    for (let n = 0; n < 3; n += 1) append(log, n, `e${n + 1}`);
    const { read } = readerOfAll();
    expect(await log.erase([1])).toBe(true);
    append(log, 3, "e4");
    expect(open({ read }).last).toBe(4);

    const again = readerOfAll();
    // A writer takes back what couldn't be synced.
    const bytes = readFileSync(path());
    truncateSync(path(), bytes.lastIndexOf('{"seq"'));
    const { log: next, last } = open({ read: again.read });
    expect(last).toBe(3);
    expect(append(next, 3, "other", "other-4")).toEqual({ kind: "appended", sequence: 4 });
    expect(open({ read: again.read }).last).toBe(4);
    expect(readAll(open().log, 3)).toEqual(["4 other"]);
    expect(open({ read: { inode: statSync(path()).ino, index: new RecordIndex() } }).last).toBe(4);
  });

  test("takes an entry back that couldn't be synced", async () => {
    let isFailing = true;
    const disk: Disk = {
      ...DISK,
      sync: (fd) => (isFailing ? Promise.reject(new Error("EIO")) : DISK.sync(fd)),
    };
    const { log } = open({ disk, isSynced: true });
    const appendLater = (after: number, text: string) =>
      new Promise<AppendOutcome>((done) => {
        log.append({ id: text, bytes: bytesOf(text), after }, done);
      });
    expect((await appendLater(0, "lost")).kind).toBe("refused");
    isFailing = false;
    expect(await appendLater(0, "safe")).toEqual({ kind: "appended", sequence: 1 });
    expect(readAll(open().log)).toEqual(["1 safe"]);
  });
});

describe("cutting the local log", () => {
  test("leaves the old file or the new one whole when it fails at any step", async () => {
    for (let failing = 1; ; failing += 1) {
      const { log: full } = open();
      for (let n = 0; n < 5; n += 1) append(full, n, `e${n + 1}`);
      await full.close();
      let calls = 0;
      const fails = (): void => {
        calls += 1;
        if (calls === failing) throw Object.assign(new Error("EIO"), { code: "EIO" });
      };
      const disk: Disk = {
        ...DISK,
        write: (...args) => {
          fails();
          return DISK.write(...args);
        },
        sync: async (fd) => {
          fails();
          return DISK.sync(fd);
        },
      };
      const { log } = open({ disk });
      const isCut = await log.cut(3);
      expect(readAll(log, 3)).toEqual(["4 e4", "5 e5"]);
      expect(append(open().log, 5, "e6").kind).toBe("appended");
      expect(readAll(open().log, 3)).toEqual(["4 e4", "5 e5", "6 e6"]);
      expect(readdirSync(folder)).toEqual(["records.journal"]);
      rmSync(path());
      if (isCut) return expect(failing).toBeGreaterThan(3);
    }
  });

  test("keeps what is appended meanwhile", async () => {
    const { log } = open();
    for (let n = 0; n < 2000; n += 1) append(log, n, `entry ${n + 1}`);
    const cut = log.cut(500);
    for (let n = 2000; n < 2100; n += 1) {
      append(log, n, `entry ${n + 1}`);
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await cut).toBe(true);
    for (const each of [log, open().log]) {
      const said = readAll(each, 500);
      expect([said.length, said[0], said.at(-1)]).toEqual([
        1600,
        "501 entry 501",
        "2100 entry 2100",
      ]);
    }
    expect(statSync(path()).size).toBe((await log.facts())?.bytes ?? 0);
  });

  test("takes what was erased off the disk", async () => {
    const { log } = open();
    for (const [n, text] of ["one", "a secret", "three"].entries()) append(log, n, text);
    expect(await log.erase([2])).toBe(true);
    expect(readFileSync(path(), "utf8")).not.toContain("secret");
    expect(append(log, 3, "four").kind).toBe("appended");
    expect(await log.erase([1, 4])).toBe(true);
    expect(await log.cut(2)).toBe(true);
    expect(append(log, 4, "five").kind).toBe("appended");
    expect(readAll(open().log, 2)).toEqual(["3 three", "5 five"]);
  });
});

describe("reading the local log beside its writer", () => {
  function reader(after = 0) {
    const opened = readLocalLog(folder);
    if ("refused" in opened) throw new Error(opened.refused);
    const said: string[] = [];
    const ends: number[] = [];
    const following = opened.reader.follow(after, {
      entry: ({ sequence, bytes }) => said.push(`${sequence} ${new TextDecoder().decode(bytes)}`),
      atEnd: (last) => ends.push(last),
    });
    return { reader: opened.reader, said, ends, following };
  }

  test("brings each entry once, and none of which only a part is written", () => {
    const { log } = open();
    append(log, 0, "first");
    const { said, ends, following, reader: opened } = reader();
    log.hasRoom(1);
    append(log, 1, "second");
    following.poll();
    const whole = readFileSync(path());
    append(log, 2, "third, which is longer");
    const later = readFileSync(path());
    const end = later.lastIndexOf("longer") + 7;
    for (let length = whole.lastIndexOf("second") + 7; length < end; length += 1) {
      writeFileSync(path(), Buffer.concat([later.subarray(0, length), whole.subarray(length)]));
      following.poll();
      expect(said).toEqual(["1 first", "2 second"]);
    }
    writeFileSync(path(), later);
    following.poll();
    expect([said.at(-1), ends]).toEqual(["3 third, which is longer", [1]]);
    opened.close();
  });

  test("keeps the log from being cut, until the reader closes or has died", async () => {
    const { log } = open();
    for (let n = 0; n < 4; n += 1) append(log, n, `e${n + 1}`);
    const { reader: opened } = reader();
    expect(await log.cut(3)).toBe(false);
    opened.close();
    // Process ids go round: one of a reader that has ended may be somebody else's by now.
    writeFileSync(join(folder, `records.reader-${process.pid}-1-0123456789ab`), "");
    expect(await log.cut(3)).toBe(process.platform === "linux");
    expect(readdirSync(folder)).toEqual(["records.journal"]);
  });

  test("comes by itself, and goes on when the file couldn't be read for a while", async () => {
    const problems: string[] = [];
    const opened = readLocalLog(folder, (text) => problems.push(text));
    if ("refused" in opened) throw new Error(opened.refused);
    const said: number[] = [];
    // A folder can be opened, but not read.
    mkdirSync(path());
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await new Promise((resolve) => setImmediate(resolve));
    };
    opened.reader.follow(0, { entry: ({ sequence }) => said.push(sequence) });
    await until(() => problems.length === 1);
    expect(problems[0]).toContain("records.journal cannot be read");
    rmSync(path(), { recursive: true });
    const { log } = open();
    append(log, 0, "a");
    await until(() => said.length === 1);
    append(log, 1, "b");
    await until(() => said.length === 2);
    opened.reader.close();
  });

  test("goes on in the new file when the log was erased from", async () => {
    const { log } = open();
    for (let n = 0; n < 3; n += 1) append(log, n, `e${n + 1}`);
    const { said, following, reader: opened } = reader(1);
    append(log, 3, "e4");
    await log.erase([2]);
    append(log, 4, "e5");
    following.poll();
    expect(said).toEqual(["2 e2", "3 e3", "4 e4", "5 e5"]);
    opened.close();
  });

  test("begins before there is a log, and goes on after the writer's file was cut short by a crash", () => {
    const { said, following, reader: opened } = reader();
    const { log } = open();
    append(log, 0, "first");
    append(log, 1, "x".repeat(200_000));
    following.poll();
    truncateSync(path(), statSync(path()).size);
    append(open().log, 2, "third");
    following.poll();
    expect(said.map((each) => each.slice(0, 8))).toEqual(["1 first", "2 xxxxxx", "3 third"]);
    opened.close();
  });
});
