import type { InputPosition } from "../leader/line-offsets.ts";
import { linkOf, notedLink } from "../leader/link-notes.ts";
import type { NotedLink } from "../leader/link-takeover.ts";
import type { ConsumedBytes, RecordedPart, TurnRecord } from "./record.ts";

/** So many links that were closed are remembered: their gateways may not know it yet. */
const CLOSED_MAX = 10_000;
/** The key under which the log says whose gateways have the links. */
export const GATEWAYS_OF = "gateways-of:";
/** What nodes say to each other begins so. The chat server doesn't know of it. */
const NODE_PARTS = "node:";
const START: InputPosition = { offset: 0, isInLine: false };

/** Whether a part is the chat server's, and not of a link. */
function isServerPart(key: string): boolean {
  return key !== GATEWAYS_OF && !key.startsWith(NODE_PARTS) && linkOf(key) === null;
}

/** What a record says of soft state. */
type SoftRecord = Pick<TurnRecord<unknown, unknown>, "consumed" | "parts" | "upMs">;

/**
 * What the log says of what is in the leader's memory alone: the newest part of each key, and the positions of links. The
 * leader has it, to write it again before the log is cut, and so has whoever may take its place.
 */
export class SoftParts {
  /** In the order in which they came first: links in the order in which they were opened. */
  readonly #parts = new Map<string, unknown>();
  /** By the gateway and the link's number: a turn may name hundreds, for which no keys are put together. */
  readonly #positions = new Map<string, Map<number, ConsumedBytes>>();
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

  /** The parts of the chat server itself: see `SoftStateChanges.parts`. */
  get serverParts(): (readonly [key: string, value: unknown])[] {
    return [...this.#parts].flatMap(([key, value]) => this.serverPart({ key, value }));
  }

  /** Returns a part of a record if it is one of the chat server itself. */
  serverPart({ key, value }: RecordedPart): (readonly [key: string, value: unknown])[] {
    const opened = isServerPart(key) ? this.#open(value) : undefined;
    return opened === undefined ? [] : [[key, opened]];
  }

  /** The links that are open. `note` has the session's note and pace. */
  get noted(): NotedLink[] {
    return [...this.#parts].flatMap(([key, value]) => {
      const link = key.startsWith("link:") ? linkOf(key) : null;
      if (link === null) return [];
      const of = key.slice("link:".length);
      const { offset, isInLine = false } = this.#positionOf(link) ?? START;
      const position = { offset, isInLine };
      return notedLink(link, value, this.#parts.get(`pace:${of}`) ?? null, position) ?? [];
    });
  }

  /** Those that were closed last. */
  get closed(): { readonly gateway: string; readonly link: number }[] {
    return [...this.#closed].flatMap((of) => linkOf(`link:${of}`) ?? []);
  }

  /** What nodes say to each other: their parts begin with "node:". */
  get nodeParts(): RecordedPart[] {
    return [...this.#parts].flatMap(([key, value]) =>
      key.startsWith(NODE_PARTS) ? { key, value } : [],
    );
  }

  /** Takes the next record. */
  follow({ consumed, parts, upMs }: SoftRecord): void {
    for (const { key, value } of parts) {
      if (value !== null) this.#parts.set(key, value);
      else this.#remove(key);
    }
    for (const bytes of consumed) {
      const { gateway, link } = bytes;
      const links = this.#positions.get(gateway);
      if (links?.has(link)) links.set(link, bytes);
      else if (this.#parts.has(`link:${gateway}:${link}`)) {
        if (links === undefined) this.#positions.set(gateway, new Map([[link, bytes]]));
        else links.set(link, bytes);
      }
    }
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
    return [...this.#parts.keys()];
  }

  /** Returns what a record is to say so that all before it can be forgotten, as far as a key goes. */
  again(key: string): { readonly part: RecordedPart; readonly consumed?: ConsumedBytes } | null {
    const value = this.#parts.get(key);
    if (value === undefined) return null;
    const link = key.startsWith("link:") ? linkOf(key) : null;
    const consumed = link === null ? undefined : this.#positionOf(link);
    return { part: { key, value }, ...(consumed !== undefined && { consumed }) };
  }

  #remove(key: string): void {
    this.#parts.delete(key);
    if (!key.startsWith("link:")) return;
    const link = linkOf(key);
    if (link !== null) this.#forgetPosition(link);
    this.#closed.add(key.slice("link:".length));
    if (this.#closed.size <= CLOSED_MAX) return;
    const [oldest] = this.#closed;
    if (oldest !== undefined) this.#closed.delete(oldest);
  }

  #positionOf({ gateway, link }: LinkName): ConsumedBytes | undefined {
    return this.#positions.get(gateway)?.get(link);
  }

  #forgetPosition({ gateway, link }: LinkName): void {
    const links = this.#positions.get(gateway);
    links?.delete(link);
    if (links?.size === 0) this.#positions.delete(gateway);
  }
}

/** Which link. */
type LinkName = Pick<ConsumedBytes, "gateway" | "link">;
