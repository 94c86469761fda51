import { expect, test } from "bun:test";
import type { DataFolder } from "../../lib/file-manager/data-folder.ts";
import { Autosave } from "../../lib/file-manager/snapshot/autosave.ts";

/** An autosave whose minutes pass when the test says so, and what it asks of its data folder. */
function autosaveByHand() {
  const done: string[] = [];
  const intervals: (() => void)[] = [];
  const data = {
    save: async () => void done.push("save"),
    prune: async () => void done.push("prune"),
    close: async () => void done.push("close"),
  } as Partial<DataFolder> as DataFolder;
  const autosave = new Autosave(data, {
    fsync: "always",
    takeSnapshot: () => ({ conversations: [], people: [], bans: [] }),
    applyRetention: () => ({ byDefault: null, byConversation: new Map() }),
    every(ms, work) {
      expect(ms).toBe(60_000);
      intervals.push(work);
      return { stop() {} };
    },
    onProblem: () => {},
  });
  /** Lets minutes pass. Returns what was done in them. */
  const minutes = async (count: number): Promise<string[]> => {
    for (let minute = 0; minute < count; minute += 1) {
      for (const work of intervals) work();
      // Whatever the work awaits here resolves at once, so a turn is enough.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return done.splice(0);
  };
  return { autosave, done, minutes };
}

test("old days are deleted a minute after a start, and then every hour", async () => {
  const { autosave, done, minutes } = autosaveByHand();
  expect(await minutes(1)).toEqual(["save", "prune"]);
  expect(await minutes(59)).toEqual(Array.from({ length: 59 }, () => "save"));
  expect(await minutes(1)).toEqual(["save", "prune"]);
  await autosave.close();
  expect(done).toEqual(["save", "close"]);
});

test("a snapshot that can't be written is reported with its path", async () => {
  const problems: string[] = [];
  const data = {
    snapshotPath: "/srv/chat/rooms.json",
    save: async () => {
      throw Object.assign(new Error("injected"), { code: "ENOSPC" });
    },
    close: async () => {},
  } as Partial<DataFolder> as DataFolder;
  const autosave = new Autosave(data, {
    fsync: "always",
    takeSnapshot: () => ({ conversations: [], people: [], bans: [] }),
    applyRetention: () => ({ byDefault: null, byConversation: new Map() }),
    every: () => ({ stop() {} }),
    onProblem: (text) => problems.push(text),
  });
  await autosave.close();
  expect(problems).toEqual(["/srv/chat/rooms.json cannot be written: the disk is full."]);
});

test("a save that is wanted soon waits for no minute, and begins none beside one that is under way", async () => {
  const { autosave, done } = autosaveByHand();
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  autosave.saveSoon();
  await Promise.resolve();
  autosave.saveSoon();
  await turn();
  expect(done.splice(0)).toEqual(["save"]);
  autosave.saveSoon();
  await turn();
  expect(done).toEqual(["save"]);
});
