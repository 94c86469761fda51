import type { Link } from "../../chat-server/server-ports.ts";
import {
  boolean,
  type Decoder,
  nullable,
  number,
  object,
  string,
} from "../../protocol/json-decoder.ts";
import type { OpenedLink } from "../frames/link-entries.ts";
import type { RecordedPart } from "../log/record.ts";
import type { InputPosition } from "./line-offsets.ts";
import type { NotedLink } from "./link-takeover.ts";

/*
 * What the log has of links: two parts for each, and its position among the consumed bytes.
 *
 *     link:<gateway>:<number> = {…the link, "note": what its session's server wrote}
 *     pace:<gateway>:<number> = what changes with every line
 */

/** Where a gateway runs: the next process there takes its place. */
export interface GatewayPlace {
  /** The name of its machine's node; left out for the leader's own machine, without a cluster. */
  readonly node?: string;
  /** Its supervisor's number of it. */
  readonly number: number;
}

/** A link that a gateway has, or had. */
export interface GatewaysLink extends Link {
  readonly gateway: string | null;
  readonly number: number;
  /** Where its gateway runs; `null` before that is known. */
  readonly place: GatewayPlace | null;
}

const decodeOpened: Decoder<Omit<OpenedLink, "link"> & Pick<NotedLink, "place">> = object(
  {
    address: string,
    secure: boolean,
    certificate: nullable(string),
    validity: nullable(object({ from: number, until: number })),
  },
  { place: object({ number }, { node: string }) },
);

/** Returns the parts of a link whose session has changed: see `SessionChange`. None for a link that no gateway has. */
export function linkParts(
  link: GatewaysLink,
  { note, pace }: { readonly note?: unknown; readonly pace?: unknown },
): RecordedPart[] {
  const { gateway, number: numberOfLink, address, secure, certificate, place } = link;
  if (gateway === null) return [];
  const of = `${gateway}:${numberOfLink}`;
  if (note === null) return [`link:${of}`, `pace:${of}`].map((key) => ({ key, value: null }));
  const parts: RecordedPart[] = [];
  if (note !== undefined) {
    const opened = { address, secure, certificate, validity: link.certificateValidity ?? null };
    const value = {
      ...opened,
      ...(place !== null && { place }),
      note,
    };
    parts.push({ key: `link:${of}`, value });
  }
  if (pace !== undefined) parts.push({ key: `pace:${of}`, value: pace });
  return parts;
}

/** Returns a link as the log has it; `null` for what can't be read. */
export function notedLink(
  of: { readonly gateway: string; readonly link: number },
  value: unknown,
  pace: unknown,
  position: InputPosition,
): NotedLink | null {
  const opened = decodeOpened(value);
  if (opened === undefined) return null;
  // The cast: the decoder has seen that it is an object.
  const { note } = value as { note?: unknown };
  return { ...opened, ...of, position, note: { note, pace } };
}

/** Returns which link the key of a part is about; `null` for other keys. */
export function linkOf(key: string): { readonly gateway: string; readonly link: number } | null {
  if (!key.startsWith("link:") && !key.startsWith("pace:")) return null;
  const end = key.lastIndexOf(":");
  const gateway = key.slice("link:".length, end);
  const link = Number(key.slice(end + 1));
  return gateway === "" || !Number.isSafeInteger(link) ? null : { gateway, link };
}
