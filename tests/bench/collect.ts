import { writeFileSync } from "node:fs";
import { join } from "node:path";

/*
 * Loaded into a Sodam before its own code (`bun --preload`): collects its garbage on SIGWINCH, and then says so by a
 * file, so that its resident memory can be read.
 */

/** What a collection frees is given back to the system by the next ones. */
const ROUNDS = 3;
const PAUSE_MS = 200;

process.on("SIGWINCH", () => void collect());

async function collect(): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    Bun.gc(true);
    await Bun.sleep(PAUSE_MS);
  }
  writeFileSync(join(process.env["BENCH_FOLDER"] ?? "", `collected-${process.pid}`), "");
}
