import { writeSync } from "node:fs";
import { lockFolder } from "../../lib/file-manager/disk/lock.ts";
import { openLocalLog } from "../../lib/file-manager/record-log/local-log.ts";

/* A leader for record-log.test.ts: appends for as long as it lives, and writes what was acknowledged or cut to stdout. */

const [folder = "", mode = ""] = process.argv.slice(2);
const locked = await lockFolder(folder);
if (!("lock" in locked)) throw new Error(JSON.stringify(locked));
const opened = openLocalLog(folder, locked.lock, { isSynced: mode === "synced" });
if ("refused" in opened) throw new Error(opened.refused);
const { log } = opened;

const tell = (line: string): void => void writeSync(1, `${line}\n`);
let after = (await log.facts())?.last ?? 0;
tell(`opened ${after}`);

const textOf = (n: number): string => `entry ${n} ${"x".repeat((n * 37) % 5000)}`;
const append = (): Promise<void> =>
  new Promise((resolve) => {
    log.hasRoom(5000);
    log.append(
      { id: `n-${after + 1}`, bytes: Buffer.from(textOf(after + 1)), after },
      (outcome) => {
        if (outcome.kind !== "appended") throw new Error(JSON.stringify(outcome));
        after = outcome.sequence;
        tell(`has ${after}`);
        resolve();
      },
    );
  });

for (;;) {
  for (let n = 0; n < 20; n += 1) await append();
  if (after % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
  // Cuts and appends go on at the same time.
  const upTo = after - 30;
  if (upTo > 0 && after % 40 === 0) {
    tell(`cuts ${upTo}`);
    void log.cut(upTo);
  }
}
