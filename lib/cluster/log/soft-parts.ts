import { array, number, object, string } from "../../protocol/json-decoder.ts";
import type { NotedTrial } from "../leader/input-trials.ts";
import type { InputPosition } from "../leader/line-offsets.ts";
import { linkOf, notedLink } from "../leader/link-notes.ts";
import type { NotedLink } from "../leader/link-takeover.ts";
import { LinkTable } from "./link-table.ts";
import type { ConsumedBytes, RecordedPart, TurnRecord } from "./record.ts";

/** So many links that were closed are remembered: their gateways may not know it yet. */
const CLOSED_MAX = 10_000;
/** The key under which the log says whose gateways have the links. */
export const GATEWAYS_OF = "gateways-of:";
/** The key under which the log says whose input is tried: see input-trials.ts. */
export const TRIED = "tried:";
/** What nodes say to each other begins so. The chat server doesn't know of it. */
const NODE_PARTS = "node:";
const decodeTried = object(
  { gateway: string, link: number, since: number },
  { nodes: array(string) },
);
const START: InputPosition = { offset: 0, isInLine: false };

/** Whether a part is the chat server's, and not of a link. */
function isServerPart(key: string): boolean {
  return (
    key !== GATEWAYS_OF && key !== TRIED && !key.startsWith(NODE_PARTS) && linkOf(key) === null
  );
}

/** What a record says of soft state. */
type SoftRecord = Pick<TurnRecord<unknown, unknown>, "consumed" | "parts" | "upMs">;

/**
 * What the log says of what is in the leader's memory alone: the newest part of each key, and the positions of links. The
 * leader has it, to write it again before the log is cut, and so has whoever may take its place.
 */
export class SoftParts {
  /** In the order in which they came first. */
  readonly #parts = new Map<string, unknown>();
  /** The parts of links, which aren't among the others. */
  readonly #links = new LinkTable();
  readonly #closed = new Set<string>();
  #upMs = 0;
  readonly #open: (value: unknown) => unknown;

  /** @param open returns what a part says that is sealed; `undefined` when nobody can read it any more */
  constructor(open: (value: unknown) => unknown = (value) => value) {
    this.#open = open;
  }

  /** For how long the service has been up, in ms, as the last record has it. */
  get upMs(): number {
    return this.#upMs;
  }

  /** Whose gateways have the links: an id of the service that runs them, which they don't outlive. `null`: nobody's. */
  get gatewaysOf(): unknown {
    return this.#parts.get(GATEWAYS_OF) ?? null;
  }

  /** Whose input was tried when the last leader ended; `null` for nobody's. */
  get tried(): NotedTrial | null {
    return decodeTried(this.#parts.get(TRIED)) ?? null;
  }

  /** The parts of the chat server itself: see `SoftStateChanges.parts`. */
  get serverParts(): (readonly [key: string, value: unknown])[] {
    return [...this.#parts].flatMap(([key, value]) => this.serverPart({ key, value }));
  }

  /** Yields the parts whose keys begin with a word and a colon, by what follows. */
  *partsOf(word: string): Generator<readonly [key: string, value: unknown]> {
    const start = `${word}:`;
    for (const [key, value] of this.#parts) {
      if (key.startsWith(start)) yield [key.slice(start.length), value];
    }
  }

  /** Returns a part of a record if it is one of the chat server itself. */
  serverPart({ key, value }: RecordedPart): (readonly [key: string, value: unknown])[] {
    const opened = isServerPart(key) ? this.#open(value) : undefined;
    return opened === undefined ? [] : [[key, opened]];
  }

  /** The links that are open. `note` has the session's note and pace. */
  get noted(): NotedLink[] {
    return this.#links.all().flatMap(([link, { opened, pace, position }]) => {
      if (opened === undefined) return [];
      const { offset, isInLine = false } = position ?? START;
      return notedLink(link, opened, pace ?? null, { offset, isInLine }) ?? [];
    });
  }

  /** Those that were closed last. */
  get closed(): { readonly gateway: string; readonly link: number }[] {
    return [...this.#closed].flatMap((of) => linkOf(`link:${of}`) ?? []);
  }

  /** Takes the next record. */
  follow({ consumed, parts, upMs }: SoftRecord): void {
    for (const { key, value } of parts) {
      const link = linkOf(key);
      if (link !== null) this.#setLink(link, key, value);
      else if (value !== null) this.#parts.set(key, value);
      else this.#parts.delete(key);
    }
    for (const bytes of consumed) this.#links.consume(bytes);
    if (upMs > 0) this.#upMs = upMs;
  }

  /** Yields everything, as it is when it is asked for. */
  *entries(): Generator<NonNullable<ReturnType<SoftParts["again"]>>> {
    for (const key of this.keys()) {
      const again = this.again(key);
      if (again !== null) yield again;
    }
  }

  /** The keys of all parts, to write these again with {@link again}. */
  keys(): string[] {
    const ofLinks = this.#links
      .all()
      .flatMap(([{ gateway, link }, { opened, pace }]) => [
        ...(opened === undefined ? [] : [`link:${gateway}:${link}`]),
        ...(pace === undefined ? [] : [`pace:${gateway}:${link}`]),
      ]);
    return [...this.#parts.keys(), ...ofLinks];
  }

  /** Returns what a record is to say so that all before it can be forgotten, as far as a key goes. */
  again(key: string): { readonly part: RecordedPart; readonly consumed?: ConsumedBytes } | null {
    const name = linkOf(key);
    const link = name === null ? undefined : this.#links.get(name);
    const isPace = key.startsWith("pace:");
    const value = name === null ? this.#parts.get(key) : isPace ? link?.pace : link?.opened;
    if (value === undefined) return null;
    const consumed = isPace ? undefined : link?.position;
    return { part: { key, value }, ...(consumed !== undefined && { consumed }) };
  }

  #setLink(link: { readonly gateway: string; readonly link: number }, key: string, value: unknown) {
    const isPace = key.startsWith("pace:");
    this.#links.set(link, isPace ? "pace" : "opened", value);
    if (isPace) return;
    const of = key.slice("link:".length);
    // A gateway that came too late told of it as of a new one, since nothing of it was consumed before.
    if (value !== null) return void this.#closed.delete(of);
    this.#closed.add(of);
    if (this.#closed.size <= CLOSED_MAX) return;
    const [oldest] = this.#closed;
    if (oldest !== undefined) this.#closed.delete(oldest);
  }
}
