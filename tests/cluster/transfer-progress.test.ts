import { expect, test } from "bun:test";
import {
  formatTransferProgress,
  type TransferProgress,
  TransferSpeed,
} from "../../lib/cluster/transfer/transfer-progress.ts";

const HALF: TransferProgress = {
  ...{ stage: "fetching", files: 84, filesInAll: 2031 },
  ...{ bytes: 1_234_000_000, bytesInAll: 5_000_000_000, msLeft: 181_000 },
};

test.each([
  [{}, "got 1.2 of 5.0 GB, 84 of 2,031 files, 3 minutes left"],
  [{ msLeft: null }, "got 1.2 of 5.0 GB, 84 of 2,031 files"],
  [{ msLeft: 60_000 }, "got 1.2 of 5.0 GB, 84 of 2,031 files, 1 minute left"],
  [{ msLeft: 59_000 }, "got 1.2 of 5.0 GB, 84 of 2,031 files, less than a minute left"],
  [{ msLeft: 9_000_000 }, "got 1.2 of 5.0 GB, 84 of 2,031 files, 3 hours left"],
  [
    { files: 0, filesInAll: 1, bytes: 7, bytesInAll: 999, msLeft: null },
    "got 7 of 999 bytes, 0 of 1 file",
  ],
  [
    { files: 1_234_567, filesInAll: 1_234_568, bytes: 999, bytesInAll: 1000, msLeft: null },
    "got 1.0 of 1.0 kB, 1,234,567 of 1,234,568 files",
  ],
  [{ bytes: 0, bytesInAll: 0, msLeft: null }, "got 0 of 0 bytes, 84 of 2,031 files"],
  [{ stage: "waiting" }, "waits for the leader to answer"],
  [{ stage: "busy" }, "waits until the leader has sent its folder to other nodes"],
  [{ stage: "listing", files: 1 }, "the leader lists its data folder: 1 file so far"],
  [{ stage: "finishing" }, "makes everything safe on the disk"],
] as const)("how far a transfer is: %p", (change, text) => {
  expect(formatTransferProgress({ ...HALF, ...change })).toBe(text);
});

test("the time left is told from the last half minute", () => {
  const speed = new TransferSpeed();
  expect(speed.msFor(100)).toBe(null);
  speed.note(0, 0);
  expect(speed.msFor(100)).toBe(null);
  // Slow for a minute, then quick.
  for (let second = 1; second <= 60; second += 1) speed.note(second * 1000, second);
  expect(speed.msFor(10)).toBe(10_000);
  for (let second = 61; second <= 95; second += 1) speed.note(second * 1000, (second - 60) * 1000);
  expect(speed.msFor(10_000)).toBe(10_000);
  // Nothing comes any more.
  for (let second = 96; second <= 140; second += 1) speed.note(second * 1000, 35_000);
  expect(speed.msFor(1)).toBe(null);
});
