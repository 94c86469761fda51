import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MARK } from "./failing-system.ts";

/** The lock on a data folder, on disks without hard links, and without sockets. */

const TAKER = join(import.meta.dir, "../contract/lock-taker.ts");
const folders: string[] = [];
const takers: Taker[] = [];

afterEach(async () => {
  for (const taker of takers.splice(0)) await taker.kill();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), MARK));
  folders.push(folder);
  return folder;
}

/** A process that wants a folder, and for which all calls of one kind fail. */
class Taker {
  readonly #child;
  readonly #lines: AsyncIterator<string>;

  constructor(folder: string, call: string) {
    const preload = join(import.meta.dir, "failing-system.ts");
    this.#child = Bun.spawn([process.execPath, "--preload", preload, TAKER, folder], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
      env: { ...process.env, FAULT: JSON.stringify({ call, nth: null, code: "EPERM" }) },
    });
    this.#lines = linesOf(this.#child.stdout);
    takers.push(this);
  }

  get pid(): number {
    return this.#child.pid;
  }

  async hears(): Promise<string> {
    return (await this.#lines.next()).value;
  }

  goes(): void {
    this.#child.stdin.write("go\n");
    this.#child.stdin.flush();
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async leaves(): Promise<void> {
    this.goes();
    await this.#child.exited;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = "";
  for await (const bytes of stream) {
    text += Buffer.from(bytes).toString("utf8");
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
}

const ANY_SOCKET = "Bun.listen at any socket";
const CALLS =
  process.platform === "linux" ? ["fs.linkSync", "Bun.listen", ANY_SOCKET] : ["fs.linkSync"];

test.each(CALLS)(
  "without %s one of several processes gets the lock, and it is free after a kill",
  async (call) => {
    const folder = newFolder();
    for (let round = 0; round < 2; round += 1) {
      const crowd = Array.from({ length: 3 }, () => new Taker(folder, call));
      await Promise.all(crowd.map((taker) => taker.hears()));
      for (const taker of crowd) taker.goes();
      const answers = await Promise.all(crowd.map((taker) => taker.hears()));
      const winner = crowd[answers.indexOf("taken")];
      expect(answers.filter((answer) => answer === "taken").length).toBe(1);
      const heldBy = JSON.stringify({ heldBy: winner?.pid });
      expect(answers.filter((answer) => answer === heldBy).length).toBe(2);
      for (const taker of crowd) await taker.kill();
    }
  },
);

test.each(CALLS)("without %s a released lock leaves no files", async (call) => {
  const folder = newFolder();
  const taker = new Taker(folder, call);
  await taker.hears();
  taker.goes();
  expect(await taker.hears()).toBe("taken");
  await taker.leaves();
  expect(existsSync(join(folder, "lock"))).toBe(true);
  expect(readdirSync(join(folder, "lock"))).toEqual([]);
});

test.skipIf(process.platform !== "linux")(
  "a process without sockets doesn't take the lock of a living process with one",
  async () => {
    const folder = newFolder();
    const [first, second] = [new Taker(folder, "none"), new Taker(folder, ANY_SOCKET)];
    for (const taker of [first, second]) {
      await taker.hears();
      taker.goes();
      const answer = taker === first ? "taken" : JSON.stringify({ heldBy: first.pid });
      expect(await taker.hears()).toBe(answer);
    }
    await first.kill();
    const third = new Taker(folder, ANY_SOCKET);
    await third.hears();
    third.goes();
    expect(await third.hears()).toBe("taken");
  },
);
