import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalLog } from "../../lib/file-manager/record-log/local-log.ts";
import { Prng, seeds } from "../prng.ts";

/** A process that appends to the log and cuts it is killed with SIGKILL at any moment, and another one goes on. */

const LIVES = 4;
const WRITER = join(import.meta.dir, "log-writer.ts");

for (const seed of seeds(6)) {
  test(`killed at any moment, the log keeps what was acknowledged (SEED=${seed})`, async () => {
    const prng = new Prng(seed);
    const folder = mkdtempSync(join(tmpdir(), "sodam-record-log-"));
    try {
      let acknowledged = 0;
      let cut = 0;
      for (let life = 0; life < LIVES; life += 1) {
        const told = await liveAndDie(folder, seed % 2 === 0 ? "synced" : "", 20 + prng.below(400));
        for (const line of told) {
          const [word, count] = line.split(" ");
          if (word === "opened") expect(Number(count)).toBeGreaterThanOrEqual(acknowledged);
          if (word === "has") acknowledged = Number(count);
          if (word === "cuts") cut = Math.max(cut, Number(count));
        }
        checkLog(folder, acknowledged, cut);
      }
      expect(acknowledged).toBeGreaterThan(LIVES);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Runs a writer until it has written so many lines, and kills it. Returns its whole lines. */
async function liveAndDie(folder: string, mode: string, lines: number): Promise<string[]> {
  const writer = Bun.spawn([process.execPath, WRITER, folder, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of writer.stdout) {
    text += decoder.decode(bytes);
    if (text.split("\n").length > lines) writer.kill("SIGKILL");
  }
  await writer.exited;
  expect(writer.signalCode).toBe("SIGKILL");
  return text.split("\n").slice(0, -1);
}

/** Everything that was acknowledged and not cut is there, and nothing else comes between. */
function checkLog(folder: string, acknowledged: number, cut: number): void {
  const opened = openLocalLog(folder, { release: () => {} });
  if ("refused" in opened) throw new Error(opened.refused);
  const sequences: number[] = [];
  const entry = ({ sequence, bytes }: { sequence: number; bytes: Uint8Array }): void => {
    expect(Buffer.from(bytes).toString()).toStartWith(`entry ${sequence} x`);
    sequences.push(sequence);
  };
  opened.log.follow(cut, { entry })();
  expect(sequences[0]).toBe(cut + 1);
  expect(sequences.at(-1)).toBeGreaterThanOrEqual(acknowledged);
  expect(sequences.length).toBe((sequences.at(-1) ?? 0) - cut);
  expect(readdirSync(folder).filter((name) => name.startsWith("records"))).toEqual([
    "records.journal",
  ]);
}
