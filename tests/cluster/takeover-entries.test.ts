import { expect, test } from "bun:test";
import { type FrameEntry, FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import { readOrder, readReport } from "../../lib/cluster/frames/gateway-entries.ts";
import { readDown, readUp } from "../../lib/cluster/frames/link-entries.ts";
import {
  type DownMark,
  readDownMark,
  readUpMark,
  type UpMark,
  writeDownMark,
  writeUpMark,
} from "../../lib/cluster/frames/takeover-entries.ts";

const UP: readonly UpMark[] = [
  { kind: "hello", gateway: "9f3c", record: 0 },
  { kind: "hello", gateway: "한글", record: 2 ** 40 + 7 },
  { kind: "ready" },
  { kind: "heard", record: 7 },
  { kind: "given", link: 2 ** 32 - 1 },
];
const DOWN: readonly DownMark[] = [
  { kind: "consumed", offsets: new Map([[1, 2 ** 32 - 1]]) },
  { kind: "consumed", offsets: new Map(Array.from({ length: 300 }, (_, n) => [n, n * 3])) },
  { kind: "record", sequence: 2 ** 40 + 7 },
  { kind: "lead" },
];

function entriesOf(write: (frame: FrameWriter) => void): readonly FrameEntry[] {
  const frame = new FrameWriter();
  write(frame);
  return new FrameReader().push(frame.take()).flat();
}

const up = entriesOf((frame) => {
  for (const mark of UP) writeUpMark(frame, mark);
});
const down = entriesOf((frame) => {
  for (const mark of DOWN) writeDownMark(frame, mark);
});

test("what is said around a takeover comes out as it went in", () => {
  expect(up.map(readUpMark)).toEqual([...UP]);
  expect(down.map(readDownMark)).toEqual([...DOWN]);
});

test("it is taken for nothing that is said of links or gateways", () => {
  expect([...up.map(readUp), ...up.map(readReport)]).toEqual(Array(2 * up.length).fill(null));
  expect([...down.map(readDown), ...down.map(readOrder)].every((read) => read === null)).toBe(true);
});

test("what is too short, or of another kind, is passed over", () => {
  const short = entriesOf((frame) => {
    for (const kind of [32, 33, 34, 99]) frame.add(kind, new Uint8Array(7));
    frame.add(35, new Uint8Array(3));
  });
  const consumed: DownMark = { kind: "consumed", offsets: new Map() };
  expect(short.slice(0, 4).map(readDownMark)).toEqual([consumed, null, { kind: "lead" }, null]);
  expect(short.map(readUpMark)).toEqual([null, { kind: "ready" }, null, null, null]);
});
