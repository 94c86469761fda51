import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { DISK, type Disk } from "../../lib/file-manager/journal.ts";
import { MemberBook } from "../../lib/member-server/member-book.ts";
import { Talk } from "./room-log-events.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "data-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what the disk can't make safe is called safe only when it can", async () => {
  let refusals = 0;
  const disk: Disk = {
    ...DISK,
    async sync(fd) {
      if (refusals > 0) {
        refusals -= 1;
        throw Object.assign(new Error("no"), { code: "EIO" });
      }
      await DISK.sync(fd);
    },
  };
  const problems: string[] = [];
  const data = await openDataFolder(folder, {
    book: ({ accounts, invitations }) => new MemberBook(accounts, invitations),
    passwordCost: "test",
    history: true,
    onProblem: (text) => problems.push(text),
    disk,
  });
  if ("refused" in data) throw new Error(data.refused);
  refusals = 2;
  expect(data.append(new Talk().created())).toBe(true);
  await data.safe();
  expect(refusals).toBe(0);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toEndWith("may not be safe on disk: the disk reported an error.");
  await data.close();
});
