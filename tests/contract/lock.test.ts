import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FolderLock, lockFolder, lockHolder } from "../../lib/file-manager/disk/lock.ts";

let folder: string;
const takers: Taker[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
});
afterEach(async () => {
  for (const taker of takers.splice(0)) await taker.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Another process that wants the folder. */
class Taker {
  readonly #child;
  readonly #out;
  #heard = "";

  constructor() {
    this.#child = Bun.spawn(["bun", join(import.meta.dir, "lock-taker.ts"), folder], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#out = this.#child.stdout.getReader();
    takers.push(this);
  }

  get pid(): number {
    return this.#child.pid;
  }

  async hears(): Promise<string> {
    while (!this.#heard.includes("\n")) {
      const { value, done } = await this.#out.read();
      if (done) throw new Error("the taker has ended");
      this.#heard += Buffer.from(value).toString();
    }
    const [line = "", ...rest] = this.#heard.split("\n");
    this.#heard = rest.join("\n");
    return line;
  }

  says(): void {
    this.#child.stdin.write("go\n");
    this.#child.stdin.flush();
  }

  /** Takes the folder, or says why not. */
  async takes(): Promise<string> {
    await this.hears();
    this.says();
    return this.hears();
  }

  stop(): void {
    this.#child.kill("SIGSTOP");
  }

  async leaves(): Promise<void> {
    this.says();
    await this.#child.exited;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }
}

async function taken(place = folder): Promise<FolderLock> {
  const lock = await lockFolder(place);
  if (!("lock" in lock)) throw new Error(JSON.stringify(lock));
  return lock.lock;
}

describe("the lock on a data folder", () => {
  test("tells a second server the pid of the first", async () => {
    const first = new Taker();
    expect(await first.takes()).toBe("taken");
    expect(await lockFolder(folder)).toEqual({ heldBy: first.pid });
    await first.leaves();
    const lock = await taken();
    const late = new Taker();
    expect(await late.takes()).toBe(JSON.stringify({ heldBy: process.pid }));
    lock.release();
  });

  test("is free again when it is released, and leaves no files", async () => {
    for (let i = 0; i < 3; i += 1) {
      const lock = await taken();
      expect(await lockFolder(folder)).toEqual({ heldBy: process.pid });
      lock.release();
      expect(readdirSync(join(folder, "lock"))).toEqual([]);
    }
  });

  test("is taken over from a server that was killed, and its files are removed", async () => {
    const first = new Taker();
    expect(await first.takes()).toBe("taken");
    await first.kill();
    const left = readdirSync(join(folder, "lock"));
    expect(left.length).toBe(2);
    const lock = await taken();
    expect(readdirSync(join(folder, "lock")).length).toBe(2);
    expect(readdirSync(join(folder, "lock"))).not.toEqual(left);
    lock.release();
  });

  test("holds while its server hangs", async () => {
    const first = new Taker();
    expect(await first.takes()).toBe("taken");
    first.stop();
    expect(await lockFolder(folder)).toEqual({ heldBy: first.pid });
  });

  test("goes to exactly one of several servers that start at once after a kill", async () => {
    const dead = new Taker();
    expect(await dead.takes()).toBe("taken");
    await dead.kill();
    for (let round = 0; round < 3; round += 1) {
      const crowd = Array.from({ length: 4 }, () => new Taker());
      await Promise.all(crowd.map((taker) => taker.hears()));
      for (const taker of crowd) taker.says();
      const answers = await Promise.all(crowd.map((taker) => taker.hears()));
      const winner = crowd[answers.indexOf("taken")];
      expect(answers.filter((answer) => answer === "taken").length).toBe(1);
      for (const answer of answers) {
        if (answer !== "taken") expect(answer).toBe(JSON.stringify({ heldBy: winner?.pid }));
      }
      for (const taker of crowd) await taker.kill();
    }
  }, 60_000);

  test("goes to exactly one of many takers in one process, repeatedly", async () => {
    for (let round = 0; round < 20; round += 1) {
      const crowd = await Promise.all(Array.from({ length: 8 }, () => lockFolder(folder)));
      const locks = crowd.flatMap((one) => ("lock" in one ? [one.lock] : []));
      expect(locks.length).toBe(1);
      expect(crowd.filter((one) => "heldBy" in one).length).toBe(7);
      locks[0]?.release();
    }
  });

  test("isn't given to a slow taker after others had and released it meanwhile", async () => {
    const lock = await taken();
    const place = join(folder, "lock");
    const living = readFileSync(join(place, "holder-1"), "utf8");
    writeFileSync(join(place, "holder-5"), '{"pid":1,"socket":"000000000000.sock"}');
    // It finds the fifth holder dead. Before it comes to make the sixth file, a seventh holder is there,
    // and has put away what was before it.
    const slow = lockFolder(folder);
    writeFileSync(join(place, "holder-7"), living);
    rmSync(join(place, "holder-5"));
    expect(await slow).toEqual({ heldBy: process.pid });
    expect(
      readdirSync(place)
        .filter((name) => name.startsWith("holder-"))
        .sort(),
    ).toEqual(["holder-1", "holder-7"]);
    lock.release();
  });

  test("isn't hindered by damaged files of a dead holder", async () => {
    mkdirSync(join(folder, "lock"));
    for (const damage of ["", "{", '{"pid":1,"socket":"../../etc/passwd"}']) {
      writeFileSync(join(folder, "lock", "holder-3"), damage);
      (await taken()).release();
    }
  });

  test("works at a path that is too long for a socket", async () => {
    const deep = join(folder, "아주-긴-이름의-폴더".repeat(6), "x".repeat(90));
    const before = temporaryLinks();
    const lock = await taken(deep);
    expect(await lockFolder(deep)).toEqual({ heldBy: process.pid });
    lock.release();
    expect(readdirSync(join(deep, "lock"))).toEqual([]);
    expect(temporaryLinks()).toEqual(before);
  });

  test("is refused where it can't be created, with the path and the reason", async () => {
    writeFileSync(join(folder, "file"), "");
    const refused = await lockFolder(join(folder, "file"));
    expect(refused).toHaveProperty("refused");
    if ("refused" in refused) expect(refused.refused).toStartWith(join(folder, "file", "lock"));
  });
});

function temporaryLinks(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("sodam-lock-"));
}

test("a look at who has a folder takes it from nobody, and makes nothing", async () => {
  expect(await lockHolder(join(folder, "none"))).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
  const locked = await lockFolder(folder);
  if (!("lock" in locked)) throw new Error("it is free");
  expect(await lockHolder(folder)).toBe(process.pid);
  expect(await lockHolder(folder)).toBe(process.pid);
  locked.lock.release();
  expect(await lockHolder(folder)).toBeNull();
});
