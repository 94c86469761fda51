import { afterEach, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backUp, restoreBackup } from "../../lib/file-manager/maintenance/backup.ts";
import { runMaintenance } from "../../lib/file-manager/maintenance/maintenance.ts";
import { type Upgrade, upgradeFolder } from "../../lib/file-manager/upgrade.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const USERS = '{"format": 1, "accounts": []}';

/** A data folder of the first format. */
function oldFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "upgrade-"));
  folders.push(folder);
  mkdirSync(join(folder, "history", "tea-1"), { recursive: true });
  writeFileSync(join(folder, "users.json"), USERS);
  writeFileSync(join(folder, "rooms.json"), "old rooms");
  writeFileSync(join(folder, "gone.json"), "old");
  writeFileSync(join(folder, "history", "tea-1", "2026-11-22.jsonl"), "kept as it is");
  return folder;
}

const TO_2: Upgrade = {
  fromFormat: 1,
  *run(read) {
    yield ["rooms.json", `${read("rooms.json")?.replace("old", "newer")}`];
    yield ["gone.json", null];
    yield ["more/made.json", "made"];
  },
};
const TO_3: Upgrade = {
  fromFormat: 2,
  *run(read) {
    yield ["rooms.json", `${read("rooms.json")}!`];
    expect(read("gone.json")).toBeNull();
  },
};

function textsIn(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    files.flatMap((name) => {
      try {
        return [[name, readFileSync(join(folder, name), "utf8")]];
      } catch {
        return [];
      }
    }),
  );
}

const UPGRADED = {
  "before-format-2/gone.json": "old",
  "before-format-2/rooms.json": "old rooms",
  "format.json": '{"format":3}\n',
  "history/tea-1/2026-11-22.jsonl": "kept as it is",
  "more/made.json": "made",
  "rooms.json": "newer rooms!",
  "users.json": USERS,
};

test("a folder is upgraded through all formats to the newest, and its old files are kept", () => {
  const folder = oldFolder();
  const result = upgradeFolder(folder, [TO_2, TO_3]);
  expect(result).toEqual({ reports: [expect.stringContaining("brought to format 3")] });
  expect(textsIn(folder)).toEqual(UPGRADED);
  expect(upgradeFolder(folder, [TO_2, TO_3])).toEqual({ reports: [] });
});

test("a failed upgrade leaves every file unchanged", () => {
  const folder = oldFolder();
  const before = textsIn(folder);
  const broken: Upgrade = {
    fromFormat: 2,
    *run() {
      yield ["rooms.json", "half"];
      throw new Error("what was that?");
    },
  };
  expect(upgradeFolder(folder, [TO_2, broken])).toEqual({
    refused: expect.stringContaining("what was that?"),
  });
  expect(textsIn(folder)).toEqual(before);
});

test("a folder of a newer version is refused unchanged", () => {
  const folder = oldFolder();
  upgradeFolder(folder, [TO_2, TO_3]);
  expect(upgradeFolder(folder, [TO_2])).toEqual({ refused: expect.stringContaining("format 3") });
  expect(textsIn(folder)).toEqual(UPGRADED);
});

test("a crash at any point leaves the old folder, or one that the next start completes", () => {
  // Complete new files lie beside the old ones, as a crash right before the exchange leaves them.
  const staged = oldFolder();
  const old = textsIn(staged);
  const place = join(staged, ".upgrade", "files");
  mkdirSync(join(place, "more"), { recursive: true });
  writeFileSync(join(place, "rooms.json"), "newer rooms!");
  writeFileSync(join(place, "more", "made.json"), "made");
  writeFileSync(join(place, "format.json"), '{"format":3}\n');
  const unready = `${staged}-unready`;
  cpSync(staged, unready, { recursive: true });
  folders.push(unready);
  upgradeFolder(unready, []);
  expect(textsIn(unready)).toEqual(old);

  const paths = ["rooms.json", "gone.json", "more/made.json", "format.json"];
  const ready = { old: "before-format-2", paths, removed: ["gone.json"] };
  writeFileSync(join(staged, ".upgrade", "ready.json"), JSON.stringify(ready));
  mkdirSync(join(staged, "before-format-2"));
  mkdirSync(join(staged, "more"));
  const steps = [
    ["rooms.json", "before-format-2/rooms.json"],
    [".upgrade/files/rooms.json", "rooms.json"],
    ["gone.json", "before-format-2/gone.json"],
    [".upgrade/files/more/made.json", "more/made.json"],
    [".upgrade/files/format.json", "format.json"],
  ] as const;
  for (let done = 0; done <= steps.length; done += 1) {
    const crashed = `${staged}-${done}`;
    cpSync(staged, crashed, { recursive: true });
    folders.push(crashed);
    for (const [from, to] of steps.slice(0, done)) {
      renameSync(join(crashed, from), join(crashed, to));
    }
    expect(upgradeFolder(crashed, [TO_2, TO_3])).toEqual({ reports: [] });
    expect([done, textsIn(crashed)]).toEqual([done, UPGRADED]);
    expect(existsSync(join(crashed, ".upgrade"))).toBe(false);
  }
});

test("none of the owner's tasks reads or writes a folder of another format", async () => {
  const folder = oldFolder();
  writeFileSync(join(folder, "format.json"), '{"format":9}');
  const before = textsIn(folder);
  const never = (): never => {
    throw new Error("nobody asks for that");
  };
  const world = {
    data: folder,
    certs: folder,
    makeStore: never,
    newId: never,
    user: "owner",
    newRoomId: never,
  };
  for (const name of [
    "backup",
    "doctor",
    "forget",
    "import",
    "export",
    "export-account",
  ] as const) {
    const task = { name, words: ["mina", join(folder, "x.txt"), "#tea"], mend: true };
    const { lines, ok } = await runMaintenance(task, { ...world, now: Date.now });
    expect([ok, lines.join("\n")]).toEqual([
      false,
      `${folder} was written by a newer version (format 9; this one knows 2). Start that version, or put back a copy made before it; nothing was changed.`,
    ]);
  }
  expect(textsIn(folder)).toEqual(before);
  writeFileSync(join(folder, "format.json"), "rubbish");
  const damaged = await runMaintenance(
    { name: "doctor", words: [], mend: false },
    { ...world, now: Date.now },
  );
  expect([damaged.ok, damaged.lines[0]]).toEqual([
    false,
    expect.stringContaining("format.json cannot be read"),
  ]);
});

test("a backup has the format's number in it, so that it is not upgraded a second time", async () => {
  const folder = oldFolder();
  upgradeFolder(folder, [TO_2]);
  const [copy, back] = [join(folder, "copy"), join(folder, "back")];
  const places = { data: folder, certs: join(folder, "certs") };
  expect(await backUp(places, copy, "now", AccountStore.of)).toMatchObject({
    files: 4,
  });
  restoreBackup(copy, { data: back, certs: join(folder, "certs") });
  const restored = textsIn(back);
  expect(upgradeFolder(back, [TO_2])).toEqual({ reports: [] });
  expect(textsIn(back)).toEqual(restored);
});
