import type { DnsListing } from "../chat-server/server-ports.ts";
import { addressBlockOf, isLoopback, parseNetwork } from "../protocol/address.ts";
import type { ElapsedMs } from "../protocol/time.ts";

/** How long a lookup may take. Then the address counts as not listed: a DNS that fails keeps nobody out. */
const LOOKUP_MS = 3_000;
/** Lookups under way at once. Further addresses count as not listed. */
const LOOKUPS_MAX = 256;
/** How long an answer is used. People who get off a list don't wait long; lists ask for this much caching. */
const LISTED_MS = 30 * 60_000;
const UNLISTED_MS = 10 * 60_000;
/** Answers that are cached, about 2 MB. The oldest is dropped. */
const ANSWERS_MAX = 10_000;

/** 127.0.0.1, which no list has. */
const NEVER_LISTED = "1.0.0.127";

/** A list of addresses in the DNS, and what happens to those that it has. */
export interface DnsblZone {
  readonly zone: string;
  readonly action: DnsListing["action"];
}

/** What lookups need of the world. */
export interface DnsblPorts {
  /** Resolves a name's IPv4 addresses; rejects where there is none. */
  resolve(name: string): Promise<readonly string[]>;
  elapsed(): ElapsedMs;
  /** Resolves after so many ms. */
  wait(ms: number): Promise<void>;
  /** Tells the owner of a list that can't be used. */
  note(text: string): void;
}

interface Answer {
  readonly listing: DnsListing | null;
  readonly until: number;
}

/**
 * Looks addresses up in DNS blocklists (RFC 5782). The first zone in the settings' order that lists an address
 * counts. Never rejects.
 *
 * @example
 * const dnsbl = new Dnsbl({ resolve: resolve4, elapsed, wait, note });
 * await dnsbl.lookUp("192.0.2.7", [{ zone: "bl.example.org", action: "refuse" }]);
 */
export class Dnsbl {
  readonly #ports: DnsblPorts;
  readonly #answers = new Map<string, Answer>();
  readonly #pending = new Map<string, Promise<DnsListing | null>>();
  /** Zone → until when it is known whether its answers mean something. */
  readonly #sound = new Map<string, { readonly isSound: boolean; readonly until: number }>();

  constructor(ports: DnsblPorts) {
    this.#ports = ports;
  }

  /** Resolves to the listing of an address, or `null`. This machine is never listed. */
  async lookUp(address: string, zones: readonly DnsblZone[]): Promise<DnsListing | null> {
    const label = reversedLabels(address);
    if (label === null || zones.length === 0 || isLoopback(address)) return null;
    const key = `${addressBlockOf(address)} ${zones.map(({ zone, action }) => zone + action)}`;
    const answer = this.#answers.get(key);
    if (answer !== undefined && answer.until > this.#ports.elapsed()) return answer.listing;
    const underWay = this.#pending.get(key);
    if (underWay !== undefined) return underWay;
    if (this.#pending.size >= LOOKUPS_MAX) return null;
    const lookup = this.#ask(label, zones);
    this.#pending.set(key, lookup);
    const listing = await lookup;
    this.#pending.delete(key);
    this.#remember(key, listing);
    return listing;
  }

  async #ask(label: string, zones: readonly DnsblZone[]): Promise<DnsListing | null> {
    const timedOut = this.#ports.wait(LOOKUP_MS).then(() => false);
    const answers = await Promise.all(
      zones.map(({ zone }) => Promise.race([this.#isListedBy(zone, label), timedOut])),
    );
    return zones[answers.indexOf(true)] ?? null;
  }

  async #isListedBy(zone: string, label: string): Promise<boolean> {
    return (await this.#isListed(`${label}.${zone}`)) && (await this.#isSound(zone));
  }

  /** Whether a zone lists some addresses only: one that was given up often has all of them (RFC 5782, section 5). */
  async #isSound(zone: string): Promise<boolean> {
    const known = this.#sound.get(zone);
    if (known !== undefined && known.until > this.#ports.elapsed()) return known.isSound;
    const isSound = !(await this.#isListed(`${NEVER_LISTED}.${zone}`));
    // Several may have asked at once.
    const isNews = this.#sound.get(zone) === known;
    this.#sound.set(zone, { isSound, until: this.#ports.elapsed() + LISTED_MS });
    if (!isSound && isNews)
      this.#ports.note(`the blocklist ${zone} lists every address: it is ignored`);
    return isSound;
  }

  async #isListed(name: string): Promise<boolean> {
    try {
      // 127.255.255.x says that the list doesn't answer this resolver, and not that it has the address.
      const addresses = await this.#ports.resolve(name);
      return addresses.some((text) => text.startsWith("127.") && !text.startsWith("127.255.255."));
    } catch {
      return false;
    }
  }

  #remember(key: string, listing: DnsListing | null): void {
    const until = this.#ports.elapsed() + (listing === null ? UNLISTED_MS : LISTED_MS);
    this.#answers.delete(key);
    this.#answers.set(key, { listing, until });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > ANSWERS_MAX && oldest !== undefined) this.#answers.delete(oldest);
  }
}

/**
 * Returns the labels under which lists have an address: the bytes of IPv4, or the 32 nibbles of IPv6, in reverse;
 * `null` for text that is no address.
 *
 * @example reversedLabels("192.0.2.7") // "7.2.0.192"
 */
function reversedLabels(address: string): string | null {
  const network = parseNetwork(address);
  if (network === null || address.includes("/")) return null;
  if (network.bits === 32) return address.split(".").map(Number).reverse().join(".");
  return [...network.value.toString(16).padStart(32, "0")].reverse().join(".");
}
