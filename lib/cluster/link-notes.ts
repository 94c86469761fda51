import type { Link } from "../chat-server/server-ports.ts";
import {
  boolean,
  type Decoder,
  nullable,
  number,
  object,
  string,
} from "../protocol/json-decoder.ts";
import type { InputPosition } from "./line-offsets.ts";
import type { OpenedLink } from "./link-entries.ts";
import type { NotedLink } from "./link-takeover.ts";
import type { RecordedPart, TurnRecord } from "./record.ts";

/*
 * What the log has of links: two parts for each, and its position among the consumed bytes.
 *
 *     link:<gateway>:<number> = {…the link, "note": what its session's server wrote}
 *     pace:<gateway>:<number> = what changes with every line
 */

/** So many links that were closed are remembered: their gateways may not know it yet. */
const CLOSED_MAX = 10_000;
const START: InputPosition = { offset: 0, isInLine: false };

/** A link that a gateway has, or had. */
export interface GatewaysLink extends Link {
  readonly gateway: string | null;
  readonly number: number;
}

const decodeOpened: Decoder<Omit<OpenedLink, "link">> = object(
  {
    address: string,
    secure: boolean,
    certificate: nullable(string),
    validity: nullable(object({ from: number, until: number })),
  },
  { isUnlimited: boolean },
);

/** Returns the parts of a link whose session has changed: see `SessionChange`. None for a link that no gateway has. */
export function linkParts(
  link: GatewaysLink,
  { note, pace }: { readonly note?: unknown; readonly pace?: unknown },
): RecordedPart[] {
  const { gateway, number: numberOfLink, address, secure, certificate, isUnlimited } = link;
  if (gateway === null) return [];
  const of = `${gateway}:${numberOfLink}`;
  if (note === null) return [`link:${of}`, `pace:${of}`].map((key) => ({ key, value: null }));
  const parts: RecordedPart[] = [];
  if (note !== undefined) {
    const opened = { address, secure, certificate, validity: link.certificateValidity ?? null };
    const value = { ...opened, ...(isUnlimited === true && { isUnlimited }), note };
    parts.push({ key: `link:${of}`, value });
  }
  if (pace !== undefined) parts.push({ key: `pace:${of}`, value: pace });
  return parts;
}

/** What a log says of links, record by record. */
export class LinkNotes {
  /** In the order in which they were opened. */
  readonly #opened = new Map<string, Omit<OpenedLink, "link"> & { readonly note: unknown }>();
  readonly #paces = new Map<string, unknown>();
  readonly #positions = new Map<string, InputPosition>();
  readonly #closed = new Set<string>();

  /** The links that were open. `note` has the session's note and pace. */
  get noted(): NotedLink[] {
    return [...this.#opened].map(([key, { note, ...opened }]) => ({
      ...opened,
      ...linkOf(key),
      position: this.#positions.get(key) ?? START,
      note: { note, pace: this.#paces.get(key) ?? null },
    }));
  }

  /** Those that were closed last. */
  get closed(): { readonly gateway: string; readonly link: number }[] {
    return [...this.#closed].map(linkOf);
  }

  /** Takes the next record. Parts of other kinds are passed over. */
  follow({ consumed, parts }: Pick<TurnRecord<unknown, unknown>, "consumed" | "parts">): void {
    for (const { key, value } of parts) {
      const of = key.slice(key.indexOf(":") + 1);
      if (key.startsWith("pace:")) this.#setPace(of, value);
      else if (key.startsWith("link:")) this.#setLink(of, value);
    }
    for (const { gateway, link, offset, isInLine = false } of consumed) {
      const key = `${gateway}:${link}`;
      if (this.#opened.has(key)) this.#positions.set(key, { offset, isInLine });
    }
  }

  #setPace(of: string, value: unknown): void {
    if (value === null) this.#paces.delete(of);
    else this.#paces.set(of, value);
  }

  #setLink(of: string, value: unknown): void {
    const opened = decodeOpened(value);
    if (opened !== undefined) {
      // The cast: the decoder has seen that it is an object.
      this.#opened.set(of, { ...opened, note: (value as { note?: unknown }).note });
      return;
    }
    this.#opened.delete(of);
    this.#positions.delete(of);
    this.#closed.add(of);
    if (this.#closed.size > CLOSED_MAX) {
      const [oldest] = this.#closed;
      if (oldest !== undefined) this.#closed.delete(oldest);
    }
  }
}

function linkOf(key: string): { readonly gateway: string; readonly link: number } {
  const colon = key.lastIndexOf(":");
  return { gateway: key.slice(0, colon), link: Number(key.slice(colon + 1)) };
}
