import { expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { FileStore } from "../../lib/file-manager/files/file-store.ts";
import { accountId } from "../account-ids.ts";
import { signUp, startServer } from "./house.ts";
import { Folder, SERVER } from "./program.ts";
import type { Stranger } from "./stranger.ts";

/** A full disk: the sender gets an error, the message isn't relayed, and the server keeps running. */

test("with a file that can't grow, the sender gets an error", async () => {
  using folder = new Folder();
  // A limit on each file's size fails as a full disk does, and needs no rights.
  const limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "sh", ...SERVER];
  await using server = await startServer(
    folder,
    ["--sign-up", "open", "--no-flood-control"],
    limited,
  );
  await using mina = await signUp(server, "mina");
  await using jun = await signUp(server, "jun");
  await enter(mina, jun);
  const refused = await speaksUntilRefused(mina);
  await jun.isAnswered();
  expect(jun.lines.some((line) => line.includes(`:${refused} `))).toBe(false);
  expect(jun.lines.some((line) => line.includes(`:${refused - 1} `))).toBe(true);
  await mina.isAnswered();
}, 60_000);

/** Mounts a small file system in the data folder; false where this machine doesn't allow it. */
function mount(path: string): boolean {
  mkdirSync(path, { recursive: true });
  const command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", path];
  return Bun.which("mount") !== null && Bun.spawnSync(command).exitCode === 0;
}

function unmount(path: string): void {
  Bun.spawnSync(["umount", "-l", path]);
}

function canMount(): boolean {
  using folder = new Folder();
  if (!mount(folder.at("trial"))) return false;
  unmount(folder.at("trial"));
  return true;
}

test.if(canMount())(
  "after a full disk has space again, messages are stored again, without a gap",
  async () => {
    using folder = new Folder();
    const data = folder.at("data");
    expect(mount(data)).toBe(true);
    try {
      await using server = await startServer(folder, ["--sign-up", "open", "--no-flood-control"]);
      await using mina = await signUp(server, "mina");
      await using jun = await signUp(server, "jun");
      await enter(mina, jun);
      fill(folder.at("data", "filling"));
      const refused = await speaksUntilRefused(mina);
      for (let more = 0; more < 20; more += 1) mina.says(`PRIVMSG #tea :${more} ${FILLING}`);
      await mina.isAnswered();
      // One line for all of them, with the cause and without a stack.
      expect(server.program.stderr.match(/cannot be written: the disk is full\./g)).toHaveLength(1);
      expect(server.program.stderr).not.toMatch(/^\s+at |busy/m);
      rmSync(folder.at("data", "filling"));
      mina.says("PRIVMSG #tea :there is room again");
      await jun.hears(/:there is room again$/);
      server.program.kill("SIGTERM");
      expect(await server.program.exited).toBe(0);

      await using again = await startServer(folder, ["--sign-up", "open"]);
      await using reader = await signUp(again, "reader");
      reader.says("JOIN #tea");
      await reader.hears(/ 366 /);
      reader.says("CHATHISTORY LATEST #tea * 2");
      await reader.hears(/BATCH -/);
      const texts = reader.lines.flatMap((line) => / PRIVMSG #tea :(\S+)/.exec(line)?.[1] ?? []);
      expect(texts).toEqual([`${refused - 1}`, "there"]);
    } finally {
      unmount(data);
    }
  },
  30_000,
);

const FILLING = "x".repeat(300);

async function enter(...people: Stranger[]): Promise<void> {
  for (const person of people) {
    person.says("JOIN #tea");
    await person.hears(/ 366 /);
  }
}

/** Gives the number of the first message that was refused. */
async function speaksUntilRefused(person: Stranger): Promise<number> {
  for (let at = 0; ; at += 1) {
    const from = person.lines.length;
    person.says(`PRIVMSG #tea :${at} ${FILLING}`);
    const answer = await person.hears(new RegExp(`PRIVMSG #tea :${at} |FAIL | 40[0-9] `), from);
    if (!answer.includes(`PRIVMSG #tea :${at} `)) return at;
  }
}

function fill(path: string): void {
  for (let bytes = 512 << 10; bytes >= 1; bytes >>= 1) {
    try {
      writeFileSync(path, new Uint8Array(bytes), { flag: "a" });
    } catch {
      // Half as much may still fit.
    }
  }
}

test.if(canMount())("a disk that is full is told from one that refuses", async () => {
  using folder = new Folder();
  const path = folder.at("files");
  expect(mount(path)).toBe(true);
  const store = new FileStore(path, () => {});
  try {
    const bytes = Buffer.alloc(1 << 20, "more than it takes");
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    const upload = {
      account: accountId("mina"),
      sha256,
      size: bytes.length,
      preview: 0,
      offset: 0,
    };
    const file = store.receive(upload);
    expect(await file.opened).toBe(true);
    file.write(bytes);
    expect(await file.finish()).toBe("full");
  } finally {
    store.close();
    unmount(path);
  }
});
