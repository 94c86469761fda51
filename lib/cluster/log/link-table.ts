import type { ConsumedBytes } from "./record.ts";

/** Which link. */
type LinkName = Pick<ConsumedBytes, "gateway" | "link">;

/** What the log says of one link: see link-notes.ts. `undefined`: nothing. */
interface LinkEntry {
  /** Counts up. */
  readonly order: number;
  /** The newest values of its two parts. */
  opened: unknown;
  pace: unknown;
  /** Up to where its input is consumed. */
  position: ConsumedBytes | undefined;
}

/**
 * What the log says of links. They are found by their numbers: the keys of their parts would take as much memory as the
 * parts themselves, with tens of thousands of links, and a turn names hundreds, for which no keys are put together.
 */
export class LinkTable {
  readonly #gateways = new Map<string, Map<number, LinkEntry>>();
  #count = 0;

  /** Returns what is known of a link. */
  get({ gateway, link }: LinkName): Readonly<LinkEntry> | undefined {
    return this.#gateways.get(gateway)?.get(link);
  }

  /** Sets a part of a link, or removes it: `null`. Of a link that isn't opened no position is known. */
  set({ gateway, link }: LinkName, part: "opened" | "pace", value: unknown): void {
    const links = this.#gateways.get(gateway) ?? new Map<number, LinkEntry>();
    const entry = links.get(link) ?? this.#newEntry();
    entry[part] = value ?? undefined;
    if (entry.opened === undefined) entry.position = undefined;
    if (entry.opened === undefined && entry.pace === undefined) links.delete(link);
    else links.set(link, entry);
    if (links.size === 0) this.#gateways.delete(gateway);
    else this.#gateways.set(gateway, links);
  }

  /** Notes up to where the input of a link is consumed. */
  consume(bytes: ConsumedBytes): void {
    const entry = this.#gateways.get(bytes.gateway)?.get(bytes.link);
    if (entry?.opened !== undefined) entry.position = bytes;
  }

  /** Returns all links, in the order in which they came first. */
  all(): (readonly [LinkName, Readonly<LinkEntry>])[] {
    const all = [...this.#gateways].flatMap(([gateway, links]) =>
      [...links].map(([link, entry]) => [{ gateway, link }, entry] as const),
    );
    return all.sort(([, a], [, b]) => a.order - b.order);
  }

  #newEntry(): LinkEntry {
    this.#count += 1;
    return { order: this.#count, opened: undefined, pace: undefined, position: undefined };
  }
}
