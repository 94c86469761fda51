import type { Standing } from "../chat-server/server-ports.ts";
import { addressBlockOf, widerNetworkOf } from "../protocol/address.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import type { ConnectionThrottle } from "./connection-throttle.ts";
import { MembersAddresses } from "./members-addresses.ts";

/** The share of all places, and of those of an address, that only members and their devices can have. */
const MEMBERS_SHARE = 1 / 4;
/** The share that guests leave to people who are about to log in. */
const NEWCOMERS_SHARE = 1 / 10;
/** The share of the server's places that strangers can have: ten thousand people come back a few hundred a second. */
const STRANGERS_SHARE = 1 / 8;
const STRANGERS_MIN = 256;
/** A guest who was silent for this long gives way to somebody else. */
const GUEST_IDLE_MS = 10 * 60_000;
/** When a guest last said something is known to the second. */
const SAME_STANDING_MS = 1000;
/** Of so many of the oldest strangers, whoever's network has most of them gives way. */
const VICTIMS_LOOKED_AT = 16;
/** Connections that were told to go, and have yet to, at most; and as a share of all. One more is cut off. */
const LEAVING_MAX = 64;
const LEAVING_SHARE = 1 / 8;
/** Connections that have lost their place and wait to be told: then whoever else comes is not admitted. */
const EVICTIONS_MAX = 256;
/** How many of them are told in one job. */
const EVICTIONS_PER_JOB = 8;

const NOT_LOGGED_IN =
  "The server is full, and you have not logged in. Connect again when you are about to";
const IDLE =
  "The server is full, and you were silent for the longest time. Come back when you like";

/** A connection, as it holds a place. */
export interface PlaceHolder {
  readonly address: string;
  /** Ends the connection: with a sentence if it can be sent and `isPatient`, otherwise at once. */
  evict(sentence: string, isPatient: boolean): void;
}

/** The bounds of {@link ConnectionPlaces}, and what it needs. */
interface ConnectionPlacesOptions {
  /** The most connections. */
  readonly max: number;
  /** The most connections from one IPv4 address or IPv6 network. */
  readonly perAddressMax: number;
  /** Reads the monotonic clock. */
  elapsed(): ElapsedMs;
  /** Whether the connections from an address are not limited. */
  isExempt(address: string): boolean;
  /** Limits how fast connections are made. Without it, that isn't limited. */
  readonly throttle?: ConnectionThrottle | null;
  /** Runs a job among others. Without it, connections are evicted at once. */
  later?(job: () => void): void;
}

interface Place {
  readonly holder: PlaceHolder;
  /** Where it counts: its address, unless that is exempt, and the server. */
  readonly groups: readonly PlaceGroup[];
  readonly blockKey: string;
  readonly network: string;
  standing: Standing;
  /** When it connected, or a guest last said something. */
  sinceElapsedMs: ElapsedMs;
}

/**
 * Owns who has a place on the server. A newcomer takes the place of a stranger when all that strangers can have
 * are taken: so strangers can't keep anybody out by staying, and members aren't put out by anybody.
 */
export class ConnectionPlaces {
  readonly #all: PlaceGroup;
  readonly #perAddressMax: number;
  readonly #leavingMax: number;
  readonly #byBlock = new Map<string, PlaceGroup>();
  /** How many strangers a network has, above 0. */
  readonly #strangersOfNetwork = new Map<string, number>();
  readonly #places = new Map<PlaceHolder, Place>();
  readonly #leaving = new Set<PlaceHolder>();
  /** Who lost a place and has yet to be told, in that order. */
  #evictions: Place[] = [];
  readonly #membersAddresses = new MembersAddresses();
  /** Reads the monotonic clock. */
  readonly elapsed: () => ElapsedMs;
  readonly #isExempt: (address: string) => boolean;
  readonly #throttle: ConnectionThrottle | null;
  readonly #later: (job: () => void) => void;

  constructor({ max, perAddressMax, elapsed, ...options }: ConnectionPlacesOptions) {
    this.#all = new PlaceGroup(max, STRANGERS_SHARE);
    this.#perAddressMax = perAddressMax;
    this.#leavingMax = Math.min(LEAVING_MAX, Math.ceil(max * LEAVING_SHARE));
    this.elapsed = elapsed;
    this.#isExempt = options.isExempt;
    this.#throttle = options.throttle ?? null;
    this.#later = options.later ?? ((job) => job());
  }

  /** Whether it is limited how fast connections are made. */
  get isThrottled(): boolean {
    return this.#throttle !== null;
  }

  /** How many connections there are, those in the TLS handshake and those that are leaving included. */
  get count(): number {
    return this.#places.size + this.#leaving.size;
  }

  /**
   * Gives a connection a stranger's place, if need be that of another; or returns which limit is reached. One that
   * is in must be taken out by {@link leave}, once.
   *
   * @param isExempt whether its address is not limited, whatever it is: a proxy's connection
   */
  admit(holder: PlaceHolder, isExempt = this.#isExempt(holder.address)): Admission {
    const blockKey = addressBlockOf(holder.address);
    const isMembers = this.#membersAddresses.has(blockKey);
    if (!isExempt && this.#throttle?.admit(holder.address, isMembers) === false) return "too-fast";
    const block = this.#byBlock.get(blockKey) ?? new PlaceGroup(this.#perAddressMax);
    const now = this.elapsed();
    if (!isExempt && !this.#makeRoom(block, now)) return "address-full";
    const isFlooded = this.#all.isFull && this.#evictions.length >= EVICTIONS_MAX;
    if (isFlooded && !isMembers) return "full";
    if (!this.#makeRoom(this.#all, now)) return "full";
    this.#place(holder, isExempt, block, now);
    return "in";
  }

  /** Gives a place to a connection that another server had let in: its limits were looked at then. */
  restore(holder: PlaceHolder, isExempt = this.#isExempt(holder.address)): void {
    const block =
      this.#byBlock.get(addressBlockOf(holder.address)) ?? new PlaceGroup(this.#perAddressMax);
    this.#place(holder, isExempt, block, this.elapsed());
  }

  #place(holder: PlaceHolder, isExempt: boolean, block: PlaceGroup, now: ElapsedMs): void {
    const blockKey = addressBlockOf(holder.address);
    const groups = isExempt ? [this.#all] : [block, this.#all];
    const network = widerNetworkOf(holder.address);
    const standing: Standing = "stranger";
    const place: Place = { holder, groups, blockKey, network, standing, sinceElapsedMs: now };
    this.#put(place);
    if (!isExempt) this.#byBlock.set(blockKey, block);
  }

  /**
   * Changes a connection's standing. A guest who is one already has said something, and counts as active. Returns
   * `false` when guests have all the places that they can have: then nothing has changed.
   *
   * @param idleMs for how long a guest has said nothing
   */
  setStanding(holder: PlaceHolder, standing: Standing, idleMs = 0): boolean {
    const place = this.#places.get(holder);
    if (place === undefined) return false;
    const now = this.elapsed();
    // A guest's standing is noted with each message.
    if (place.standing === standing && now - place.sinceElapsedMs < SAME_STANDING_MS) return true;
    const isNewGuest = standing === "guest" && place.standing !== "guest";
    for (const group of isNewGuest ? place.groups : []) {
      if (!group.areGuestsFull) continue;
      const idle = group.idleGuest(now);
      if (idle === null) return false;
      this.#evict(idle);
    }
    if (standing === "member") this.#membersAddresses.note(place.blockKey, now);
    this.#take(place);
    place.standing = standing;
    place.sinceElapsedMs = (now - idleMs) as ElapsedMs;
    this.#put(place);
    return true;
  }

  /** Returns whether a member has logged in from an address since the server started. */
  isMembers(address: string): boolean {
    return this.#membersAddresses.has(addressBlockOf(address));
  }

  /**
   * Returns whether a connection is a member's, or may become one: a member has logged in from its address. Without a
   * throttle all are.
   */
  goesFirst(holder: PlaceHolder): boolean {
    if (!this.isThrottled) return true;
    const place = this.#places.get(holder);
    if (place === undefined || place.standing === "guest") return false;
    return place.standing === "member" || this.#membersAddresses.has(place.blockKey);
  }

  /** Returns whether a connection's address is not limited. */
  isUnlimited(holder: PlaceHolder): boolean {
    return this.#places.get(holder)?.groups.length === 1;
  }

  /** Takes a connection out of its address's count: it carries a member's file, whose transfers have a limit of their own. */
  liftLimits(holder: PlaceHolder): void {
    if (!this.#places.has(holder)) return;
    this.leave(holder);
    this.restore(holder, true);
    this.setStanding(holder, "member");
  }

  /** Takes a connection that has ended out of the counts. */
  leave(holder: PlaceHolder): void {
    this.#leaving.delete(holder);
    const place = this.#places.get(holder);
    if (place !== undefined) this.#free(place);
  }

  /** Returns how full it is for a connection, from 0 to 1: the share of strangers' places that are taken. */
  pressureOn(holder: PlaceHolder): number {
    const place = this.#places.get(holder);
    const groups = place?.groups ?? [this.#all];
    const standing = place?.standing ?? "stranger";
    return Math.max(...groups.map((group) => group.pressureOn(standing)));
  }

  /** What another leader has to know besides the links: tables as `SoftTable` describes, by the first words of their keys. */
  get tables() {
    return {
      "members-addresses": this.#membersAddresses,
      ...(this.#throttle !== null && { "new-connections": this.#throttle }),
    };
  }

  #makeRoom(group: PlaceGroup, now: ElapsedMs): boolean {
    if (!group.isFull) return true;
    const victim = this.#crowdedStranger(group) ?? group.idleGuest(now);
    if (victim === null) return false;
    this.#evict(victim);
    return true;
  }

  /** Returns one of the oldest strangers, whose network has most; at members' addresses only if there is no other. */
  #crowdedStranger(group: PlaceGroup): Place | null {
    let victim: Place | null = null;
    let most = -1;
    let looked = 0;
    for (const place of group.strangers) {
      const isMembers = this.#membersAddresses.has(place.blockKey);
      const count = isMembers ? 0 : (this.#strangersOfNetwork.get(place.network) ?? 0);
      if (count > most) [victim, most] = [place, count];
      looked += 1;
      if (looked >= VICTIMS_LOOKED_AT) break;
    }
    return victim;
  }

  /** Takes a place away. Its holder is told later: closing hundreds at once would hold up everybody. */
  #evict(place: Place): void {
    this.#free(place);
    this.#leaving.add(place.holder);
    this.#evictions.push(place);
    if (this.#evictions.length === 1) this.#later(this.#evictSome);
  }

  #evictSome = (): void => {
    let waiting = this.#evictions.length;
    for (const { holder, standing } of this.#evictions.splice(0, EVICTIONS_PER_JOB)) {
      const isPatient = this.#leaving.size - waiting < this.#leavingMax;
      waiting -= 1;
      holder.evict(standing === "guest" ? IDLE : NOT_LOGGED_IN, isPatient);
    }
    if (this.#evictions.length > 0) this.#later(this.#evictSome);
  };

  #put(place: Place): void {
    this.#places.set(place.holder, place);
    for (const group of place.groups) group.put(place);
    this.#countStranger(place, 1);
  }

  #take(place: Place): void {
    this.#places.delete(place.holder);
    for (const group of place.groups) group.take(place);
    this.#countStranger(place, -1);
  }

  #free(place: Place): void {
    this.#take(place);
    if (this.#byBlock.get(place.blockKey)?.size === 0) this.#byBlock.delete(place.blockKey);
  }

  #countStranger({ standing, network }: Place, change: 1 | -1): void {
    if (standing !== "stranger") return;
    const count = (this.#strangersOfNetwork.get(network) ?? 0) + change;
    if (count > 0) this.#strangersOfNetwork.set(network, count);
    else this.#strangersOfNetwork.delete(network);
  }
}

/** Whether a connection was admitted, or which limit is reached. */
type Admission = "in" | Rejection;

/** Why a connection is not admitted: one too many, too many of its address, or too many in a short time. */
export type Rejection = "full" | "address-full" | "too-fast";

const ENCODER = new TextEncoder();

/** What a client is told when it isn't admitted (over TLS see `refusal-reserve.ts`), and what the log says. */
export const REJECTIONS: Readonly<
  Record<Rejection, { readonly line: Uint8Array; readonly why: string }>
> = {
  full: {
    line: ENCODER.encode("ERROR :The server is full: try again later\r\n"),
    why: "the server is full",
  },
  "address-full": {
    line: ENCODER.encode("ERROR :Too many connections from your address\r\n"),
    why: "too many connections",
  },
  "too-fast": {
    line: ENCODER.encode("ERROR :Too many new connections: try again in a minute\r\n"),
    why: "too many new connections in a short time",
  },
};

/** The places of the server or of one address. Sets are in the order in which their places began or were active. */
class PlaceGroup {
  readonly strangers = new Set<Place>();
  #guests = new Set<Place>();
  /** Those of another leader come in the order in which they were opened. */
  #areGuestsSorted = true;
  #latestElapsedMs = Number.NEGATIVE_INFINITY;
  readonly #max: number;
  readonly #nonMembersMax: number;
  readonly #guestsMax: number;
  readonly #strangersMax: number;
  #memberCount = 0;

  /** @param strangersShare the share of all places that strangers can have, if that isn't few */
  constructor(max: number, strangersShare = 1) {
    this.#max = max;
    this.#nonMembersMax = max - Math.floor(max * MEMBERS_SHARE);
    const strangersMax = Math.max(Math.ceil(max * strangersShare), STRANGERS_MIN);
    this.#strangersMax = Math.min(this.#nonMembersMax, strangersMax);
    this.#guestsMax = this.#nonMembersMax - Math.floor(max * NEWCOMERS_SHARE);
  }

  get size(): number {
    return this.#nonMemberCount + this.#memberCount;
  }

  /** Whether no further stranger has a place. */
  get isFull(): boolean {
    return (
      this.size >= this.#max ||
      this.#nonMemberCount >= this.#nonMembersMax ||
      this.strangers.size >= this.#strangersMax
    );
  }

  get areGuestsFull(): boolean {
    return this.#guests.size >= this.#guestsMax;
  }

  /** Returns the share of the places taken that somebody of this standing can have, from 0 to 1. */
  pressureOn(standing: Standing): number {
    const ofStrangers = standing === "stranger" ? this.strangers.size / this.#strangersMax : 0;
    const ofNonMembers = this.#nonMemberCount / this.#nonMembersMax;
    return Math.min(1, Math.max(ofStrangers, ofNonMembers, this.size / this.#max));
  }

  /** Returns the guest who was silent for the longest time, if that is long. */
  idleGuest(now: ElapsedMs): Place | null {
    if (!this.#areGuestsSorted) {
      const sorted = [...this.#guests].sort((a, b) => a.sinceElapsedMs - b.sinceElapsedMs);
      this.#guests = new Set(sorted);
      this.#areGuestsSorted = true;
    }
    const [idlest] = this.#guests;
    return idlest !== undefined && now - idlest.sinceElapsedMs >= GUEST_IDLE_MS ? idlest : null;
  }

  put(place: Place): void {
    if (place.standing === "stranger") this.strangers.add(place);
    else if (place.standing === "guest") {
      this.#guests.add(place);
      this.#areGuestsSorted &&= place.sinceElapsedMs >= this.#latestElapsedMs;
      this.#latestElapsedMs = Math.max(this.#latestElapsedMs, place.sinceElapsedMs);
    } else this.#memberCount += 1;
  }

  take(place: Place): void {
    if (place.standing === "stranger") this.strangers.delete(place);
    else if (place.standing === "guest") this.#guests.delete(place);
    else this.#memberCount -= 1;
  }

  get #nonMemberCount(): number {
    return this.strangers.size + this.#guests.size;
  }
}
