import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Seal } from "../../lib/cluster/seal.ts";
import type { JoinOptions } from "../../lib/cluster/transfer/join-folder.ts";
import type { ListedFile } from "../../lib/cluster/transfer/transfer-ports.ts";
import type { TransferProgress } from "../../lib/cluster/transfer/transfer-progress.ts";
import { checkFolder } from "../../lib/file-manager/check-folder.ts";
import { openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { lockFolder } from "../../lib/file-manager/disk/lock.ts";
import { runMaintenance } from "../../lib/file-manager/maintenance/maintenance.ts";
import { openJoiningFolder } from "../../lib/file-manager/transfer/joining-data-folder.ts";
import { SentDataFolder } from "../../lib/file-manager/transfer/sent-data-folder.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { Life, openData, SeededWorld, signUp } from "../crash/stage.ts";
import { busOfVersion } from "../other-version-bus.ts";
import { readFolder } from "../sim/transfer-folders.ts";
import { FolderTransfer } from "./folder-transfer.ts";

/** A data folder that comes from another node, and what is made of it on the disk. */

let root: string;
let leader: string;
let node: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "joining-"));
  [leader, node] = [join(root, "leader", "data"), join(root, "node", "data")];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const DAY = "history/room.tea.1/2026-11-22.jsonl";
const FILES = {
  "format.json": '{"format":2}\n',
  "users.json": '{"format":2}\n',
  "rooms.json": '{"format":2}\n',
  "people.journal": '{"n":1}\n',
  "audit.jsonl": '{"time":"2026-11-22"}\n',
  [DAY]: '{"at":1}\n{"at":2}\n',
  "gone/room.lunch.2/2026-11-21.jsonl": '{"at":1}\n',
};

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: 0o600 });
  }
}

async function joinLeader(
  options: Partial<JoinOptions> = {},
  each?: (ms: number) => void,
  transfer = new FolderTransfer(leader),
) {
  const opened = await openJoiningFolder(node, { replaces: existsSync(join(node, "users.json")) });
  if ("refused" in opened) throw new Error(opened.refused);
  const outcome = await transfer.join(opened.folder, options, each);
  await opened.folder.close();
  return outcome;
}

const texts = (folder: string): Record<string, string> => Object.fromEntries(readFolder(folder));

async function refusals(): Promise<string[]> {
  const opened = await openDataFolder(node, {
    ...{ makeStore: AccountStore.of, passwordCost: "test", history: true, onProblem() {} },
  });
  const checked = await checkFolder(node, { makeStore: AccountStore.of, now: 0 });
  const sentences = [opened, checked].map((each) => ("refused" in each ? each.refused : "none"));
  const unused = () => {
    throw new Error("not needed");
  };
  for (const name of ["doctor", "backup", "forget", "mend-dates", "export"] as const) {
    const ports = { data: node, certs: join(root, "certs"), makeStore: AccountStore.of };
    const result = await runMaintenance(
      { name, words: [join(root, "somewhere"), ""], mend: false },
      { ...ports, newRoomId: unused, newId: unused, now: () => 0, user: "root" },
    );
    sentences.push(result.lines.join(" "));
  }
  return sentences;
}

test("a node gets the leader's data, and nothing else of the leader's folder", async () => {
  write(leader, FILES);
  chmodSync(join(leader, "users.json"), 0o640);
  write(leader, {
    ...{ "records.journal": "R", "records.reader-7": "R", "cluster.key": "K", "last-backup": "B" },
    ...{ ".rooms.json.new": "N", ".upgrade/ready.json": "U", "before-format-2/users.json": "O" },
    ...{ "history/room.tea.1/.2026-11-22.jsonl.new": "N", "history/room.tea.1/notes.txt": "T" },
    ...{ "history/.trash/2026-11-22.jsonl": "T", "history/file.txt": "T", "audit.txt": "T" },
    "joining/0.part": "P",
  });
  const locked = await lockFolder(leader);
  write(node, { "cluster.key": "own" });
  expect(await joinLeader()).toEqual({ sequence: 1 });
  expect(texts(node)).toEqual({ ...FILES, "cluster.key": "own" });
  expect(existsSync(join(node, "joining"))).toBe(false);
  expect(statSync(join(node, "users.json")).mode & 0o777).toBe(0o640);
  expect(statSync(join(node, DAY)).mode & 0o777).toBe(0o600);
  expect(statSync(join(node, "history")).mode & 0o777).toBe(0o700);
  if ("lock" in locked) locked.lock.release();
});

test("a server starts on the folder that came, and knows what the leader's server knows", async () => {
  const [home, other] = [join(root, "leader"), join(root, "node")];
  const accounts = await openData(home);
  for (const name of ["mina", "jun"]) await signUp(accounts, name);
  await accounts.close();
  const world = new SeededWorld(48);
  const life = await Life.begin(home, world);
  const mina = await life.enter("mina", "", () => {});
  mina.says("JOIN #tea", "TOPIC #tea :green", "PRIVMSG #tea :hello", "PRIVMSG jun :psst");
  await life.data.save(() => life.server.snapshot());
  mina.says("JOIN #lunch", "PRIVMSG #tea :later", "METADATA * SET about :me");
  await life.settled();
  // People talk, and their snapshot is taken, while the node joins.
  let lines = 0;
  const outcome = await joinLeader({}, (ms) => {
    if (ms % 3 !== 0 || lines > 40) return;
    lines += 1;
    mina.says(`PRIVMSG #lunch :line ${lines}`);
    if (lines === 20) void life.data.save(() => life.server.snapshot());
  });
  expect(outcome).toEqual({ sequence: 1 });
  const copy = await Life.begin(other, new SeededWorld(49));
  const rooms = [...copy.server.snapshot().conversations].map(({ id, room }) => ({
    ...{ id, name: room?.name, topic: room?.topic?.text },
  }));
  const own = [...life.server.snapshot().conversations].map(({ id, room }) => ({
    ...{ id, name: room?.name, topic: room?.topic?.text },
  }));
  expect(rooms.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
    own.sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
  expect(own.length).toBe(3);
  const heard: string[] = [];
  const jun = await copy.enter("jun", "", (line) => heard.push(line));
  jun.says("JOIN #tea");
  expect(heard.filter((line) => line.includes("#tea"))).toContain(":tea.test 332 jun #tea green");
  for (const each of [life, copy]) await each.data.close();
});

test("no server, check or task touches a folder that isn't complete, and a later join completes it", async () => {
  write(leader, FILES);
  const opened = await openJoiningFolder(node);
  if ("refused" in opened) throw new Error(opened.refused);
  // Cut off in the middle of a file.
  const big = `${"x".repeat(200_000)}\n`;
  write(leader, { "history/room.tea.1/2026-11-23.jsonl": big });
  const file = { path: "history/room.tea.1/2026-11-23.jsonl", mode: 0o600 };
  const partial = await opened.folder.open({ ...file, size: big.length, hash: "0".repeat(64) });
  await partial.append(Buffer.from(big.slice(0, 150_000)));
  await opened.folder.close();
  for (const sentence of await refusals()) {
    expect(sentence).toContain(
      "is not complete: it was being fetched from the leader of a cluster",
    );
  }
  expect(await joinLeader()).toEqual({ sequence: 1 });
  expect(texts(node)).toEqual({ ...FILES, [file.path]: big });
  expect((await refusals()).filter((sentence) => sentence.includes("is not complete"))).toEqual([]);
});

test("a folder with data is fetched only when its owner says so, and is as it was until a leader answers", async () => {
  write(node, { ...FILES, [DAY]: '{"at":1}\n' });
  const before = texts(node);
  expect(await openJoiningFolder(node)).toEqual({
    refused: `${node} is not empty, and so it isn't fetched from the leader. Move it away, or choose another by --data.`,
  });
  const opened = await openJoiningFolder(node, { replaces: true });
  if ("refused" in opened) throw new Error(opened.refused);
  const again = await openJoiningFolder(node, { replaces: true });
  expect("refused" in again && again.refused).toContain(`(process ${process.pid}) uses`);
  await opened.folder.close();
  expect(texts(node)).toEqual(before);
});

test("of a folder that is fetched anew everything that fits is used, and the rest goes", async () => {
  const text = (day: number): string => `{"at":${day},"text":"${String(day).padEnd(9000, "x")}"}\n`;
  const days = (numbers: readonly number[]) =>
    Object.fromEntries(
      numbers.map((day) => [`history/room.tea.1/2026-11-${10 + day}.jsonl`, text(day)]),
    );
  write(leader, { ...FILES, ...days([1, 2, 3, 4]) });
  appendFileSync(join(leader, "history/room.tea.1/2026-11-14.jsonl"), '{"at":99}\n');
  write(node, { ...FILES, ...days([1, 2, 4, 5]) });
  write(node, {
    ...{ "history/room.old.9/2026-11-01.jsonl": "old\n", "audit-2026.jsonl": "old\n" },
    ...{ "records.journal": "old", ".upgrade/ready.json": "{}", "users.journal": "old\n" },
    // The same as the leader's day, before its room was left.
    "gone/room.tea.1/2026-11-13.jsonl": text(3),
    ...{ "before-format-2/users.json": "O", "notes.txt": "mine" },
  });
  let asked = 0;
  const transfer = new FolderTransfer(leader);
  const { connect } = transfer.engine;
  transfer.engine.connect = () => {
    const connection = connect.call(transfer.engine);
    const { publish } = connection;
    connection.publish = (subject, bytes) => {
      // Those that ask for bytes of a file have its hash.
      if (bytes.length > 150) asked += 1;
      return publish.call(connection, subject, bytes);
    };
    return connection;
  };
  expect(await joinLeader({}, undefined, transfer)).toEqual({ sequence: 1 });
  expect(texts(node)).toEqual({
    ...texts(leader),
    ...{ "before-format-2/users.json": "O", "notes.txt": "mine" },
  });
  expect(existsSync(join(node, "history/room.old.9"))).toBe(false);
  // The listing, and the end of the day that has grown.
  expect(asked).toBe(2);
});

describe("a folder that is too old", () => {
  const DAYS = [1, 2, 3].map((day) => `history/room.tea.1/2026-11-0${day}.jsonl`);
  const old = { ...FILES, [DAY]: "taken back\n", "users.journal": "old\n", "records.journal": "R" };
  const open = async () => {
    const opened = await openJoiningFolder(node, { replaces: true, keepsOld: true });
    if ("refused" in opened) throw new Error(opened.refused);
    return opened.folder;
  };
  const isWhole = async () =>
    (await refusals()).every((sentence) => !sentence.includes("is not complete"));

  /** Fetches until so many files are there. */
  async function fetchPartly(files: number) {
    const folder = await open();
    let opened = 0;
    const breaking = new Proxy(folder, {
      get(_, name) {
        const value: unknown = Reflect.get(folder, name, folder);
        if (typeof value !== "function") return value;
        return (...words: unknown[]): unknown => {
          if (name === "open") opened += 1;
          if (name === "open" && opened > files) return Promise.reject(new Error("killed"));
          return Reflect.apply(value, folder, words);
        };
      },
    });
    const outcome = await new FolderTransfer(leader).join(breaking);
    await folder.close();
    return outcome;
  }

  test("stays as it was until all of the new one is there, and is gone then", async () => {
    write(leader, { ...FILES, ...Object.fromEntries(DAYS.map((path) => [path, `${path}\n`])) });
    write(node, { ...old, "history/room.old.9/2026-11-01.jsonl": "old\n", "notes.txt": "mine" });
    write(node, { "cluster.key": "own" });
    const before = texts(node);
    expect(await fetchPartly(2)).toEqual({ refused: "killed" });
    const meanwhile = Object.entries(texts(node));
    expect(meanwhile.filter(([path]) => !path.startsWith("replacement/"))).toEqual(
      Object.entries(before),
    );
    expect(meanwhile.length).toBeGreaterThan(Object.keys(before).length);
    const folder = await open();
    const transfer = new FolderTransfer(leader);
    expect(await transfer.join(folder)).toEqual({ sequence: 1 });
    await folder.close();
    expect(texts(node)).toEqual({ ...texts(leader), "notes.txt": "mine", "cluster.key": "own" });
    expect(readdirSync(node).filter((name) => /replacement|joining|upgrade/.test(name))).toEqual(
      [],
    );
    expect(existsSync(join(node, "history/room.old.9"))).toBe(false);
  });

  test("is set aside as it was when it may have what nobody else has", async () => {
    write(leader, { ...FILES, ...Object.fromEntries(DAYS.map((path) => [path, `${path}\n`])) });
    const [same = ""] = DAYS;
    write(node, { ...old, [same]: `${same}\n`, "history/room.old.9/2026-11-01.jsonl": "old\n" });
    const before = Object.entries(texts(node));
    const options = { replaces: true, keepsOld: true, setAside: "old" };
    const opened = await openJoiningFolder(node, options);
    if ("refused" in opened) throw new Error(opened.refused);
    expect(await new FolderTransfer(leader).join(opened.folder)).toEqual({ sequence: 1 });
    await opened.folder.close();
    // What the server appends from now on is in the new file alone.
    appendFileSync(join(node, same), "more\n");
    expect(texts(node)).toEqual({
      ...texts(leader),
      [same]: `${same}\nmore\n`,
      ...Object.fromEntries(before.map(([path, text]) => [`old/${path}`, text])),
    });
    expect(await isWhole()).toBe(true);
  });

  test("goes on being used when nobody leads, and then what was fetched is dropped", async () => {
    write(leader, FILES);
    write(node, { "format.json": FILES["format.json"], [DAY]: "taken back\n" });
    await fetchPartly(1);
    expect(existsSync(join(node, "replacement"))).toBe(true);
    expect(await isWhole()).toBe(true);
    // A server has used it.
    expect(existsSync(join(node, "replacement"))).toBe(false);
    expect(readFileSync(join(node, DAY), "utf8")).toBe("taken back\n");
  });

  test("gives what is the same without its bytes, and what has grown with those that it had", async () => {
    const text = (day: number): string => `${String(day).padEnd(90_000, "x")}\n`;
    const days = Object.fromEntries(DAYS.map((path, day) => [path, text(day)]));
    write(leader, { ...FILES, ...days });
    write(node, { ...FILES, ...days, "users.journal": "old\n" });
    appendFileSync(join(leader, DAYS[0] ?? ""), "more\n");
    const inode = statSync(join(node, DAYS[1] ?? "")).ino;
    const folder = await open();
    let appended = 0;
    const counting = new Proxy(folder, {
      get(_, name) {
        const value: unknown = Reflect.get(folder, name, folder);
        if (name !== "open") return typeof value === "function" ? value.bind(folder) : value;
        return async (file: ListedFile) => {
          const partial = await folder.open(file);
          const { append } = partial;
          partial.append = (bytes) => {
            appended += bytes.length;
            return append.call(partial, bytes);
          };
          return partial;
        };
      },
    });
    expect(await new FolderTransfer(leader).join(counting)).toEqual({ sequence: 1 });
    await folder.close();
    expect(texts(node)).toEqual(texts(leader));
    expect(appended).toBe("more\n".length);
    expect(statSync(join(node, DAYS[1] ?? "")).ino).toBe(inode);
  });

  test("is the new one after a crash while that takes its place", async () => {
    write(leader, FILES);
    write(node, old);
    const folder = await open();
    // A folder where a file has to go: the change stops in the middle.
    mkdirSync(join(node, "rooms.json.d"));
    rmSync(join(node, "rooms.json"));
    renameSync(join(node, "rooms.json.d"), join(node, "rooms.json"));
    const outcome = await new FolderTransfer(leader).join(folder);
    expect(outcome).toHaveProperty("refused");
    await folder.close();
    rmSync(join(node, "rooms.json"), { recursive: true });
    const again = await open();
    expect(await new FolderTransfer(leader).join(again)).toEqual({ sequence: 1 });
    await again.close();
    expect(texts(node)).toEqual(FILES);
  });

  test("says that it needs room beside the old one, and how to do without", async () => {
    write(node, old);
    const folder = await open();
    expect(folder.spaceProblem(Number.MAX_SAFE_INTEGER)).toMatch(
      /no room .* beside the old, which stays until then\. .* restore --from-leader/,
    );
    await folder.close();
  });
});

test("a listing is of one moment: rooms.json and its journal stay as they were", async () => {
  write(leader, FILES);
  const sent = new SentDataFolder(leader);
  let sequence = 7;
  const listing = sent.list(
    () => sequence,
    [],
    () => {},
  );
  sequence = 8;
  for (const name of ["rooms.json", "people.journal"]) {
    writeFileSync(join(leader, ".new"), "another\n");
    renameSync(join(leader, ".new"), join(leader, name));
  }
  const listed = await listing;
  if ("failed" in listed) throw new Error(listed.failed);
  // rooms.json was replaced before the names were read: the pair that belongs together is listed.
  expect(listed.sequence).toBe(8);
  const read = async (path: string): Promise<string> => {
    const { hash, size } = listed.files.find((file) => file.path === path) ?? { hash: "", size: 0 };
    return Buffer.from((await listed.read(hash, 0, size)) ?? []).toString();
  };
  for (const name of ["rooms.json", "people.journal"]) {
    writeFileSync(join(leader, ".new"), "third\n");
    renameSync(join(leader, ".new"), join(leader, name));
    expect(await read(name)).toBe("another\n");
  }
  // What grew is read as far as it is listed; what moved is read where it is; what shrank is not as listed.
  appendFileSync(join(leader, DAY), '{"at":3}\n');
  expect(await read(DAY)).toBe(FILES[DAY] ?? "");
  renameSync(join(leader, "history/room.tea.1"), join(leader, "gone/room.tea.1"));
  const again = await sent.list(
    () => 9,
    [],
    () => {},
  );
  expect("files" in again && again.files.map(({ path }) => path)).toContain(
    "gone/room.tea.1/2026-11-22.jsonl",
  );
  listed.close();
  expect(await read(DAY)).toBe("");
  if ("close" in again) again.close();
});

test("half a line isn't listed, a pipe isn't opened, and a hash that proved wrong isn't believed again", async () => {
  write(leader, { ...FILES, [DAY]: '{"at":1}\n{"at":' });
  write(leader, { "history/room.tea.1/2026-11-20.jsonl": "no line" });
  Bun.spawnSync(["mkfifo", join(leader, "history/room.tea.1/2026-11-19.jsonl")]);
  symlinkSync(join(leader, "nowhere"), join(leader, "history/room.tea.1/2026-11-18.jsonl"));
  const sent = new SentDataFolder(leader);
  const list = async (wrong: readonly string[] = []) => {
    const listing = await sent.list(
      () => 1,
      wrong,
      () => {},
    );
    if ("failed" in listing) throw new Error(listing.failed);
    listing.close();
    return new Map(listing.files.map((file) => [file.path, file]));
  };
  const first = await list();
  expect(first.get(DAY)?.size).toBe(9);
  expect(first.get("history/room.tea.1/2026-11-20.jsonl")?.size).toBe(0);
  expect(first.has("history/room.tea.1/2026-11-19.jsonl")).toBe(false);
  expect(first.has("history/room.tea.1/2026-11-18.jsonl")).toBe(false);
  const hash = first.get(DAY)?.hash ?? "";
  expect(await list([hash])).toEqual(first);
  writeFileSync(join(leader, DAY), '{"at":2}\n{"at":');
  expect((await list()).get(DAY)?.hash).not.toBe(hash);
});

test("a leader whose folder can't be read says why, and the node says it to its owner", async () => {
  write(leader, FILES);
  rmSync(join(leader, "rooms.json"));
  symlinkSync("rooms.json", join(leader, "rooms.json"));
  expect(await joinLeader()).toEqual({
    refused: `The leader can't list its data folder: ${leader} cannot be read: its symbolic links lead in a circle.`,
  });
  expect(existsSync(join(node, "joining"))).toBe(false);
});

test.each([0, 2])(
  "a node whose messages are of version %d is refused in words on both sides",
  async (version) => {
    write(leader, FILES);
    const transfer = new FolderTransfer(leader);
    transfer.connect = () =>
      busOfVersion(transfer.engine.connect(), { known: 1, other: version, isOf: () => true });
    const differ = `in the form ${version}, and this version knows the form 1.`;
    expect(await joinLeader({}, undefined, transfer)).toEqual({
      refused: `The leader sends its data folder ${differ} Bring this node to the leader's version, then start it again.`,
    });
    expect(transfer.misfits).toEqual([
      `A node asks for the data folder ${differ} Bring that node to the leader's version, then start it again.`,
    ]);
    expect(existsSync(join(node, "joining"))).toBe(false);
  },
);

test("a node with another key is refused in words on both sides", async () => {
  write(leader, FILES);
  const transfer = new FolderTransfer(leader);
  const seal = new Seal(new Uint8Array(32).fill(8));
  expect(await joinLeader({ seal }, undefined, transfer)).toEqual({
    refused: expect.stringContaining("Copy cluster.key from a node of this cluster"),
  });
  expect(transfer.misfits).toEqual([expect.stringContaining("with another key than this one has")]);
});

test("a folder that can't be written is a sentence, and what is there stays", async () => {
  write(leader, { ...FILES, "history/room.tea.1/2026-11-23.jsonl": "x\n".repeat(9) });
  write(node, { history: "a file is where the folder should be" });
  rmSync(join(node, "history"));
  const opened = await openJoiningFolder(node);
  if ("refused" in opened) throw new Error(opened.refused);
  writeFileSync(join(node, "history"), "in the way");
  const outcome = await new FolderTransfer(leader).join(opened.folder);
  await opened.folder.close();
  expect("refused" in outcome && outcome.refused).toMatch(
    /cannot be used: .*Put that right, then start again: what is there isn't fetched again\.$/,
  );
  rmSync(join(node, "history"));
  expect(await joinLeader()).toEqual({ sequence: 1 });
});

test("a file reaches a folder that its owner has moved to another disk", async () => {
  write(leader, FILES);
  const away = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : root, "joining-"));
  try {
    write(node, { "users.json": "old\n" });
    symlinkSync(away, join(node, "history"));
    expect(await joinLeader()).toEqual({ sequence: 1 });
    expect(readFileSync(join(away, "room.tea.1/2026-11-22.jsonl"), "utf8")).toBe(FILES[DAY] ?? "");
    expect(readdirSync(join(away, "room.tea.1"))).toEqual(["2026-11-22.jsonl"]);
    expect(statSync(join(node, DAY)).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(away, { recursive: true });
  }
});

test("names in letters of any script are the same however the disk writes them", async () => {
  const [composed, decomposed] = ["점심-2", "점심-3"].map((id) => `history/${id}/2026-11-22.jsonl`);
  write(leader, { ...FILES, [composed ?? ""]: "a\n", [decomposed?.normalize("NFD") ?? ""]: "b\n" });
  expect(await joinLeader()).toEqual({ sequence: 1 });
  expect(texts(node)).toEqual(texts(leader));
});

test("a disk without room is said before it is full", async () => {
  write(leader, FILES);
  const opened = await openJoiningFolder(node);
  if ("refused" in opened) throw new Error(opened.refused);
  expect(opened.folder.spaceProblem(1)).toBe(null);
  expect(opened.folder.spaceProblem(Number.MAX_SAFE_INTEGER)).toContain("has no room for all");
  await opened.folder.close();
});

test("a file whose bytes aren't those of its hash is hashed again by the leader, and fetched again", async () => {
  write(leader, FILES);
  const folder = new SentDataFolder(leader);
  const wrongs: (readonly string[])[] = [];
  const transfer = new FolderTransfer({
    async list(sequence, wrong, onProgress) {
      wrongs.push(wrong);
      const listing = await folder.list(sequence, wrong, onProgress);
      if ("failed" in listing || wrong.length > 0) return listing;
      const files = listing.files.map((file) =>
        file.path === DAY ? { ...file, hash: "0".repeat(64) } : file,
      );
      const day = listing.files.find(({ path }) => path === DAY)?.hash ?? "";
      return {
        ...{ files, sequence: listing.sequence, close: () => listing.close() },
        read: (hash, ...rest) => listing.read(hash.startsWith("000") ? day : hash, ...rest),
      };
    },
  });
  expect(await joinLeader({}, undefined, transfer)).toEqual({ sequence: 1 });
  expect(wrongs).toEqual([[], ["0".repeat(64)]]);
  expect(texts(node)).toEqual(FILES);
});

test("a folder is listed once more when the log no longer has what came behind it", async () => {
  write(leader, FILES);
  const transfer = new FolderTransfer(leader);
  const asked: number[] = [];
  const outcome = await joinLeader(
    {
      async canFollow(sequence) {
        asked.push(sequence);
        transfer.sequence = 50;
        appendFileSync(join(leader, DAY), '{"at":3}\n');
        return asked.length > 1;
      },
    },
    undefined,
    transfer,
  );
  expect([outcome, asked]).toEqual([{ sequence: 50 }, [1, 50]]);
  expect(readFileSync(join(node, DAY), "utf8")).toBe('{"at":1}\n{"at":2}\n{"at":3}\n');
});

test("progress counts files and bytes up to all of them, with another leader in the middle", async () => {
  const days = Array.from({ length: 30 }, (_, day) => [
    `history/room.tea.${day}/2026-11-22.jsonl`,
    `${String(day).padEnd(2000, "x")}\n`,
  ]);
  write(leader, { ...FILES, ...Object.fromEntries(days) });
  const transfer = new FolderTransfer(leader);
  Object.assign(transfer.engine.faults, { bytesMax: 1000, delayMs: 20 });
  const progresses: TransferProgress[] = [];
  const outcome = await joinLeader(
    { onProgress: (progress) => progresses.push(progress), windowBytesMax: 1 },
    (ms) => {
      if (ms === 1500) transfer.lead(leader);
    },
    transfer,
  );
  expect(outcome).toEqual({ sequence: 1 });
  const fetching = progresses.filter(({ stage }) => stage === "fetching");
  expect(fetching.length).toBeGreaterThan(2);
  for (const { bytes, bytesInAll, files, filesInAll } of fetching) {
    expect([bytes <= bytesInAll, files <= filesInAll, filesInAll]).toEqual([true, true, 36]);
  }
  expect(fetching.some(({ msLeft }) => msLeft !== null)).toBe(true);
  const last = progresses.at(-1);
  expect(last).toMatchObject({ stage: "finishing", files: 36, bytes: last?.bytesInAll ?? -1 });
});
