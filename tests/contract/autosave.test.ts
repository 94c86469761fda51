import { expect, test } from "bun:test";
import type { DataFolder } from "../../lib/file-manager/data-folder.ts";
import { Autosave } from "../../lib/file-manager/snapshot/autosave.ts";

/** A keeper whose minutes pass when the test says so, and what it asks of its data folder. */
function kept() {
  const done: string[] = [];
  const works: (() => void)[] = [];
  const data = {
    save: async () => void done.push("save"),
    prune: async () => void done.push("prune"),
    close: async () => void done.push("close"),
  } as Partial<DataFolder> as DataFolder;
  const keeper = new Autosave(data, {
    fsync: "always",
    takeSnapshot: () => ({ conversations: [], people: [], bans: [] }),
    retain: () => ({ byDefault: null, byConversation: new Map() }),
    every(ms, work) {
      expect(ms).toBe(60_000);
      works.push(work);
      return { stop() {} };
    },
    onProblem: () => {},
  });
  /** Lets minutes pass; tells what was done in them. */
  const minutes = async (count: number): Promise<string[]> => {
    for (let minute = 0; minute < count; minute += 1) {
      for (const work of works) work();
      await Bun.sleep(0);
    }
    return done.splice(0);
  };
  return { keeper, done, minutes };
}

test("what is old goes a minute after a start, for a server that never runs an hour, and then each hour", async () => {
  const { keeper, done, minutes } = kept();
  expect(await minutes(1)).toEqual(["save", "prune"]);
  expect(await minutes(59)).toEqual(Array.from({ length: 59 }, () => "save"));
  expect(await minutes(1)).toEqual(["save", "prune"]);
  await keeper.close();
  expect(done).toEqual(["save", "close"]);
});
