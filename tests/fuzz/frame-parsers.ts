import {
  readChildOrder,
  readChildReport,
  writeChildOrder,
  writeChildReport,
} from "../../lib/cluster/frames/child-entries.ts";
import {
  type FrameEntry,
  FrameError,
  FrameReader,
  FrameWriter,
} from "../../lib/cluster/frames/frame.ts";
import {
  readOrder,
  readReport,
  writeOrder,
  writeReport,
} from "../../lib/cluster/frames/gateway-entries.ts";
import {
  readCandidateWord,
  readLeaderWord,
  writeCandidateWord,
  writeLeaderWord,
} from "../../lib/cluster/frames/handover-entries.ts";
import {
  readDown,
  readUp,
  SendReader,
  SendWriter,
  writeDown,
  writeUp,
} from "../../lib/cluster/frames/link-entries.ts";
import { readRaw, writeRaw } from "../../lib/cluster/frames/raw-entries.ts";
import {
  readLeaderReport,
  readSupervisorWord,
  writeLeaderReport,
  writeSupervisorWord,
} from "../../lib/cluster/frames/supervisor-entries.ts";
import {
  readDownMark,
  readUpMark,
  writeDownMark,
  writeUpMark,
} from "../../lib/cluster/frames/takeover-entries.ts";
import type { Prng } from "../prng.ts";
import { claim, type ParserTarget, same } from "./parser-target.ts";

const ENTRIES = "lib/cluster/frames/link-entries.ts";
const RAW_ENTRIES = "lib/cluster/frames/raw-entries.ts";
const TAKEOVER_ENTRIES = "lib/cluster/frames/takeover-entries.ts";
const HANDOVER_ENTRIES = "lib/cluster/frames/handover-entries.ts";
const SUPERVISOR_ENTRIES = "lib/cluster/frames/supervisor-entries.ts";
const CHILD_ENTRIES = "lib/cluster/frames/child-entries.ts";
const GATEWAY_ENTRIES = "lib/cluster/frames/gateway-entries.ts";

/** Returns the bytes of a frame. */
function frameOf(write: (frame: FrameWriter) => void): Uint8Array {
  const frame = new FrameWriter();
  write(frame);
  return frame.take().slice();
}

const UP = frameOf((frame) => {
  const facts = { address: "192.0.2.1", secure: true, certificate: null, validity: null };
  writeUp(frame, { kind: "open", link: 1, ...facts });
  writeUp(frame, { kind: "data", link: 1, bytes: Buffer.from("NICK mina\r\nUSER m 0 * :m\r\n") });
  writeUp(frame, { kind: "backlog", link: 1, bytes: 70_000 });
  writeUp(frame, { kind: "drained", link: 1 });
  writeUp(frame, { kind: "overflow", link: 1 });
  writeRaw(frame, { kind: "begin", link: 3, bytes: 262_144 });
  writeRaw(frame, { kind: "data", link: 3, bytes: Buffer.from([0, 255, 7]) });
  writeRaw(frame, { kind: "credit", link: 3, bytes: 65_536 });
  writeUp(frame, { kind: "ended", link: 1, why: "Connection lost" });
  writeReport(frame, { kind: "refused", address: "192.0.2.1", why: "too many" });
  writeReport(frame, { kind: "log", level: "warn", text: "no room" });
  writeUpMark(frame, { kind: "hello", gateway: "9f3c", record: 2 ** 33 });
  writeUp(frame, { kind: "open", link: 2, since: 700, ...facts });
  writeUpMark(frame, { kind: "given", link: 2 });
  writeUpMark(frame, { kind: "ready" });
  writeRaw(frame, { kind: "data", link: 1, bytes: Buffer.from("a file") });
  writeCandidateWord(frame, { kind: "follow", pid: 4711, version: "1.5.0" });
  writeCandidateWord(frame, { kind: "take" });
  writeSupervisorWord(frame, { kind: "ping" });
  writeSupervisorWord(frame, { kind: "retire", gateways: [1, 2] });
  writeSupervisorWord(frame, { kind: "upgraded", outcome: "failed", how: "code 1" });
  const loopDelay = { meanMs: 0.1, maxMs: 3 };
  const state = { isListening: true, isLeaving: false, links: 3, leader: "n1", isReached: true };
  const gateway = { ...state, memoryBytes: 70_000_000, loopDelay };
  writeChildReport(frame, { kind: "child", pid: 4711 });
  writeChildReport(frame, { kind: "alive", silentMs: 15_000, gateway });
  writeChildReport(frame, { kind: "alive", silentMs: 15_000, gateway: null });
  writeChildReport(frame, { kind: "upgrade", part: "gateways" });
});
const DOWN = frameOf((frame) => {
  const sends = new SendWriter(frame);
  const [hello, bye] = [Buffer.from("hello\r\n"), Buffer.from("bye\r\n")];
  for (const link of [1, 2, 3, 4]) sends.send(link, link % 2 === 0 ? hello : bye);
  sends.end();
  writeDown(frame, { kind: "reading", link: 1, on: false });
  writeDown(frame, { kind: "standing", link: 2, standing: "member" });
  writeDown(frame, { kind: "close", link: 1, lastWords: bye });
  writeDown(frame, { kind: "drop", link: 2 });
  writeOrder(frame, { kind: "stop" });
  writeOrder(frame, { kind: "retire" });
  writeLeaderWord(frame, { kind: "quiet" });
  writeLeaderWord(frame, { kind: "yours" });
  writeLeaderWord(frame, { kind: "refused", why: "Not now." });
  writeLeaderReport(frame, { kind: "alive", gateways: [1, 2] });
  writeLeaderReport(frame, { kind: "upgrade", part: "leader" });
  writeChildOrder(frame, { kind: "retire" });
  writeChildOrder(frame, { kind: "upgraded", outcome: "failed", how: null });
  writeDownMark(frame, { kind: "consumed", offsets: new Map([[1, 700]]) });
  writeDownMark(frame, { kind: "record", sequence: 2 ** 33 });
  writeDownMark(frame, { kind: "lead" });
  writeRaw(frame, { kind: "begin", link: 1, bytes: 1 << 18 });
  writeRaw(frame, { kind: "credit", link: 1, bytes: 70_000 });
});

/** Reads bytes as frames: `null` for what no gateway or leader sends. */
function readFrames(pieces: readonly Uint8Array[]): FrameEntry[][] | null {
  const reader = new FrameReader();
  try {
    return pieces.flatMap((piece) =>
      reader
        .push(piece)
        // They are valid until the next piece comes.
        .map((entries) => entries.map(({ kind, payload }) => entryOf(kind, payload))),
    );
  } catch (error) {
    if (error instanceof FrameError) return null;
    throw error;
  }
}

function entryOf(kind: number, payload: Uint8Array): FrameEntry {
  const [[entry] = []] = new FrameReader().push(frameOf((frame) => frame.add(kind, payload)));
  return entry as FrameEntry;
}

/** Claims that what was read is written and read the same. */
function readsAgain<Read>(
  entry: FrameEntry,
  read: (entry: FrameEntry) => Read | null,
  write: (frame: FrameWriter, read: Read) => void,
): void {
  const first = read(entry);
  if (first === null) return;
  const [[again] = []] = new FrameReader().push(frameOf((frame) => write(frame, first)));
  same(read(again as FrameEntry), first, "an entry is read as it was written");
}

function sendsOf(entries: readonly FrameEntry[]): string[] {
  const reader = new SendReader();
  reader.beginFrame();
  const sends: string[] = [];
  const send = (link: number, bytes: Uint8Array): void => {
    sends.push(`${link} ${Buffer.from(bytes).toString("hex")}`);
  };
  for (const entry of entries) reader.read(entry, send);
  return sends;
}

function cut(bytes: Uint8Array, prng: Prng): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = start + 1 + prng.below(40);
    pieces.push(bytes.slice(start, end));
    start = end;
  }
  return pieces;
}

/** What gateways and leader send each other. */
export const FRAME_PARSERS: readonly ParserTarget[] = [
  {
    parsers: [
      ...[`${ENTRIES} readUp`, `${ENTRIES} readDown`],
      ...[`${GATEWAY_ENTRIES} readOrder`, `${GATEWAY_ENTRIES} readReport`],
      ...[`${HANDOVER_ENTRIES} readCandidateWord`, `${HANDOVER_ENTRIES} readLeaderWord`],
      ...[`${CHILD_ENTRIES} readChildReport`, `${CHILD_ENTRIES} readChildOrder`],
      ...[`${SUPERVISOR_ENTRIES} readSupervisorWord`, `${SUPERVISOR_ENTRIES} readLeaderReport`],
      "lib/cluster/frames/raw-entries.ts readRaw",
      ...[`${TAKEOVER_ENTRIES} readUpMark`, `${TAKEOVER_ENTRIES} readDownMark`],
      `${RAW_ENTRIES} readRaw`,
    ],
    kind: "bytes",
    examples: [UP, DOWN, Buffer.concat([UP, UP, DOWN]), Buffer.concat([DOWN, DOWN])],
    check(bytes, prng) {
      const frames = readFrames([bytes]);
      const pieces = readFrames(cut(bytes, prng));
      claim((frames === null) === (pieces === null), "bytes are junk however they are cut");
      for (const [index, entries] of (frames ?? []).entries()) {
        const facts = (entry: FrameEntry) => [entry.kind, entry.payload];
        same(pieces?.[index]?.map(facts), entries.map(facts), "frames are cut anywhere");
        same(sendsOf(pieces?.[index] ?? []), sendsOf(entries), "links are sent the same");
        for (const entry of entries) {
          readsAgain(entry, readUp, writeUp);
          readsAgain(entry, readDown, writeDown);
          readsAgain(entry, readOrder, writeOrder);
          readsAgain(entry, readReport, writeReport);
          readsAgain(entry, readCandidateWord, writeCandidateWord);
          readsAgain(entry, readLeaderWord, writeLeaderWord);
          readsAgain(entry, readChildReport, writeChildReport);
          readsAgain(entry, readChildOrder, writeChildOrder);
          readsAgain(entry, readSupervisorWord, writeSupervisorWord);
          readsAgain(entry, readLeaderReport, writeLeaderReport);
          readsAgain(entry, readUpMark, writeUpMark);
          readsAgain(entry, readDownMark, writeDownMark);
          readsAgain(entry, readRaw, writeRaw);
        }
      }
    },
  },
];
