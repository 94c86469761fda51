import { type FrameEntry, type FrameWriter, NUMBER_BYTES } from "./frame.ts";

/*
 * What frames say so that another leader can take the links over. Each link's input is a stream of bytes with offsets,
 * which count modulo 2^32. A gateway has a link's bytes until the leader says that they are consumed: a new leader gets
 * the rest again.
 *
 *     hello (up): the last record that was heard of | the gateway's id
 *     ready (up): nothing
 *     heard (up): the last record that was heard of
 *     given (up), behind its link: the link's number
 *     consumed (down): the links' numbers and offsets, one after the other
 *     record (down): the sequence of a record
 *     lead (down): nothing
 *     part (down), last in its frame: nothing
 */

/** What a gateway tells a leader when it connects, around its links, and now and then. */
export type UpMark =
  /** `gateway` is drawn by chance for each process. `record`: see {@link DownMark}; 0 for none. */
  | { readonly kind: "hello"; readonly gateway: string; readonly record: number }
  /** All links were told. */
  | { readonly kind: "ready" }
  /** What a record told has arrived: it needn't be told again. */
  | { readonly kind: "heard"; readonly record: number }
  /** Another leader was given what comes of this link, or some of it, and has not consumed it. */
  | { readonly kind: "given"; readonly link: number };

/** What the leader tells a gateway at the end of a turn, or once. */
export type DownMark =
  | { readonly kind: "consumed"; readonly offsets: ReadonlyMap<number, number> }
  /** What was sent so far belongs to this record of the log and those before it. */
  | { readonly kind: "record"; readonly sequence: number }
  /** The leader has taken over: it hears all links, and speaks to them. */
  | { readonly kind: "lead" }
  /** The turn goes on in the next frame: what this one says holds together with that. */
  | { readonly kind: "part" };

/** The numbers of the kinds on the wire, which are apart from those of link-entries.ts and gateway-entries.ts. */
const UP = { hello: 32, ready: 33, heard: 34, given: 35 } as const;
const DOWN = { consumed: 32, record: 33, lead: 34, part: 35 } as const;

const SEQUENCE_BYTES = 2 * NUMBER_BYTES;
const NUMBER_VALUES = 2 ** 32;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** Adds what a gateway tells a new leader to a frame. */
export function writeUpMark(frame: FrameWriter, mark: UpMark): void {
  frame.begin(UP[mark.kind]);
  if (mark.kind === "given") frame.number(mark.link);
  else if (mark.kind !== "ready") writeSequence(frame, mark.record);
  if (mark.kind === "hello") frame.bytes(ENCODER.encode(mark.gateway));
  frame.end();
}

/** Reads what a gateway tells a new leader. `null`: a kind that isn't one of these, or what can't be read. */
export function readUpMark(entry: FrameEntry): UpMark | null {
  if (entry.kind === UP.ready) return { kind: "ready" };
  if (entry.kind === UP.given) {
    return entry.length < NUMBER_BYTES ? null : { kind: "given", link: entry.number(0) };
  }
  if (entry.kind === UP.heard) {
    return entry.length < SEQUENCE_BYTES ? null : { kind: "heard", record: readSequence(entry) };
  }
  if (entry.kind !== UP.hello || entry.length <= SEQUENCE_BYTES) return null;
  const gateway = DECODER.decode(entry.bytes(SEQUENCE_BYTES));
  return { kind: "hello", gateway, record: readSequence(entry) };
}

/** Adds what the leader tells at the end of a turn to a frame. */
export function writeDownMark(frame: FrameWriter, mark: DownMark): void {
  frame.begin(DOWN[mark.kind]);
  if (mark.kind === "record") writeSequence(frame, mark.sequence);
  else if (mark.kind === "consumed") {
    for (const [link, offset] of mark.offsets) {
      frame.number(link);
      frame.number(offset);
    }
  }
  frame.end();
}

/** Reads what the leader tells at the end of a turn. `null`: a kind that isn't one of these, or what can't be read. */
export function readDownMark(entry: FrameEntry): DownMark | null {
  if (entry.kind === DOWN.lead) return { kind: "lead" };
  if (entry.kind === DOWN.part) return { kind: "part" };
  if (entry.kind === DOWN.record) {
    if (entry.length < SEQUENCE_BYTES) return null;
    return { kind: "record", sequence: readSequence(entry) };
  }
  if (entry.kind !== DOWN.consumed) return null;
  const offsets = new Map<number, number>();
  for (let start = 0; start + 2 * NUMBER_BYTES <= entry.length; start += 2 * NUMBER_BYTES) {
    offsets.set(entry.number(start), entry.number(start + NUMBER_BYTES));
  }
  return { kind: "consumed", offsets };
}

function writeSequence(frame: FrameWriter, sequence: number): void {
  frame.number(sequence % NUMBER_VALUES);
  frame.number(Math.floor(sequence / NUMBER_VALUES));
}

function readSequence(entry: FrameEntry): number {
  return entry.number(0) + entry.number(NUMBER_BYTES) * NUMBER_VALUES;
}
