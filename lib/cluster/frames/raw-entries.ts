import { type FrameEntry, type FrameWriter, NUMBER_BYTES } from "./frame.ts";

/*
 * What frames say of links that carry a file: see `Link.takeRaw`. They are in frames of their own, which leave at once, so
 * that a file is in no turn. Each side sends no more than the other has room for, and says how much of it it has passed on.
 * A raw link ends with its leader: a gateway keeps nothing of it for the next one.
 */

/** So much of one raw link may be under way to the other side, in each direction. */
export const RAW_WINDOW_BYTES = 256 << 10;

/** What one side tells the other of a raw link. */
export type RawEntry =
  /** The leader takes a link raw: the gateway may send so many bytes of it at first. */
  | { readonly kind: "begin"; readonly link: number; readonly bytes: number }
  | { readonly kind: "data"; readonly link: number; readonly bytes: Uint8Array }
  /** So many bytes were passed on: as many more may be sent. */
  | { readonly kind: "credit"; readonly link: number; readonly bytes: number };

/** The numbers of the kinds on the wire in both directions, which are apart from all others. */
const KINDS = { begin: 48, data: 49, credit: 50 } as const;

/** Adds what is told of a raw link to a frame. */
export function writeRaw(frame: FrameWriter, { kind, link, bytes }: RawEntry): void {
  frame.begin(KINDS[kind]);
  frame.number(link);
  if (typeof bytes === "number") frame.number(bytes);
  else frame.bytes(bytes);
  frame.end();
}

/** Reads what is told of a raw link. `null`: a kind that isn't one of these, or what can't be read. */
export function readRaw(entry: FrameEntry): RawEntry | null {
  const { kind, length } = entry;
  if (length < NUMBER_BYTES) return null;
  if (kind === KINDS.data) {
    return { kind: "data", link: entry.number(0), bytes: entry.bytes(NUMBER_BYTES) };
  }
  if ((kind !== KINDS.begin && kind !== KINDS.credit) || length < 2 * NUMBER_BYTES) return null;
  return {
    kind: kind === KINDS.begin ? "begin" : "credit",
    ...{ link: entry.number(0), bytes: entry.number(NUMBER_BYTES) },
  };
}
