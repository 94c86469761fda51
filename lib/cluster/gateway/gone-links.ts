import type { GatewayLink } from "./gateway-link.ts";

/** So many connections that have ended without a leader are told to the next one; of others it learns that they are gone. */
const GONE_MAX = 10_000;

/** A connection that has ended, with the reason. */
type GoneLink = GatewayLink & { readonly why: string };

/** Which connections have ended since the leader is gone, so that the next one gets their last bytes. */
export class GoneLinks {
  readonly #byNumber = new Map<number, GoneLink>();
  #bytes = 0;

  /** How much they have sent that no leader has consumed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Those that are remembered, in the order in which they ended. */
  get all(): Iterable<GoneLink> {
    return this.#byNumber.values();
  }

  get(number: number): GoneLink | undefined {
    return this.#byNumber.get(number);
  }

  /** Remembers one, and forgets the oldest when they are too many. */
  add(gone: GoneLink): void {
    this.#byNumber.set(gone.opened.link, gone);
    this.#bytes += gone.input.bytes;
    if (this.#byNumber.size <= GONE_MAX) return;
    const [oldest] = this.#byNumber.values();
    if (oldest === undefined) return;
    this.#byNumber.delete(oldest.opened.link);
    this.#bytes -= oldest.input.bytes;
  }

  clear(): void {
    this.#byNumber.clear();
    this.#bytes = 0;
  }
}
