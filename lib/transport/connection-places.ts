import type { Standing } from "../chat-server/server-ports.ts";
import { addressBlockOf } from "../protocol/address.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import type { ConnectionThrottle } from "./connection-throttle.ts";

/** The share of all places, and of those of an address, that only members and their devices can have. */
const MEMBERS_SHARE = 1 / 4;
/** The share that guests leave to people who are about to log in. */
const NEWCOMERS_SHARE = 1 / 10;
/** A guest who was silent for this long gives way to somebody else. */
const GUEST_IDLE_MS = 10 * 60_000;
/** Of so many of the oldest strangers, whoever's address has most of them gives way. */
const VICTIMS_LOOKED_AT = 16;
/** Connections that were told to go, and have yet to, at most; and as a share of all. One more is cut off. */
const LEAVING_MAX = 64;
const LEAVING_SHARE = 1 / 8;

/** Addresses that are remembered because a member logged in there, about 1 MB: the latest ones. */
const MEMBERS_ADDRESSES_MAX = 10_000;

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

interface Place {
  readonly holder: PlaceHolder;
  /** Where it counts: its address, unless that is exempt, and the server. */
  readonly groups: readonly PlaceGroup[];
  readonly blockKey: string;
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
  readonly #places = new Map<PlaceHolder, Place>();
  readonly #leaving = new Set<PlaceHolder>();
  /** Where members have logged in, the longest ago first. */
  readonly #membersAddresses = new Set<string>();
  readonly #elapsed: () => ElapsedMs;
  readonly #isExempt: (address: string) => boolean;

  readonly #throttle: ConnectionThrottle | null;

  /**
   * @param isExempt whether the connections from an address are not limited
   * @param throttle limits how fast connections are made; `null`: that isn't limited
   */
  constructor(
    max: number,
    perAddressMax: number,
    elapsed: () => ElapsedMs,
    isExempt: (address: string) => boolean,
    throttle: ConnectionThrottle | null = null,
  ) {
    this.#all = new PlaceGroup(max);
    this.#perAddressMax = perAddressMax;
    this.#leavingMax = Math.min(LEAVING_MAX, Math.ceil(max * LEAVING_SHARE));
    this.#elapsed = elapsed;
    this.#isExempt = isExempt;
    this.#throttle = throttle;
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
    const now = this.#elapsed();
    if (!isExempt && !this.#makeRoom(block, now)) return "address-full";
    if (!this.#makeRoom(this.#all, now)) return "full";
    const groups = isExempt ? [this.#all] : [block, this.#all];
    const place: Place = { holder, groups, blockKey, standing: "stranger", sinceElapsedMs: now };
    this.#places.set(holder, place);
    for (const group of groups) group.put(place);
    if (!isExempt) this.#byBlock.set(blockKey, block);
    return "in";
  }

  /**
   * Changes a connection's standing. A guest who is one already has said something, and counts as active. Returns
   * `false` when guests have all the places that they can have: then nothing has changed.
   */
  setStanding(holder: PlaceHolder, standing: Standing): boolean {
    const place = this.#places.get(holder);
    if (place === undefined) return false;
    const now = this.#elapsed();
    const isNewGuest = standing === "guest" && place.standing !== "guest";
    for (const group of isNewGuest ? place.groups : []) {
      if (!group.areGuestsFull) continue;
      const idle = group.idleGuest(now);
      if (idle === null) return false;
      this.#evict(idle);
    }
    if (standing === "member") this.#noteMember(place.blockKey);
    for (const group of place.groups) group.take(place);
    place.standing = standing;
    place.sinceElapsedMs = now;
    for (const group of place.groups) group.put(place);
    return true;
  }

  /** Returns whether a member has logged in from an address since the server started. */
  isMembers(address: string): boolean {
    return this.#membersAddresses.has(addressBlockOf(address));
  }

  /** Returns whether a connection is a member's, or may become one: a member has logged in from its address. */
  goesFirst(holder: PlaceHolder): boolean {
    const place = this.#places.get(holder);
    if (place === undefined || place.standing === "guest") return false;
    return place.standing === "member" || this.#membersAddresses.has(place.blockKey);
  }

  /** Takes a connection that has ended out of the counts. */
  leave(holder: PlaceHolder): void {
    this.#leaving.delete(holder);
    const place = this.#places.get(holder);
    if (place !== undefined) this.#take(place);
  }

  /** Returns how full it is for a connection, from 0 to 1: the share of strangers' places that are taken. */
  pressureOn(holder: PlaceHolder): number {
    const groups = this.#places.get(holder)?.groups ?? [this.#all];
    return Math.max(...groups.map(({ pressure }) => pressure));
  }

  #noteMember(blockKey: string): void {
    this.#membersAddresses.delete(blockKey);
    this.#membersAddresses.add(blockKey);
    const [oldest] = this.#membersAddresses;
    if (this.#membersAddresses.size > MEMBERS_ADDRESSES_MAX && oldest !== undefined) {
      this.#membersAddresses.delete(oldest);
    }
  }

  #makeRoom(group: PlaceGroup, now: ElapsedMs): boolean {
    if (!group.isFull) return true;
    const victim = this.#crowdedStranger(group) ?? group.idleGuest(now);
    if (victim === null) return false;
    this.#evict(victim);
    return true;
  }

  /** Returns one of the oldest strangers, whose address has most strangers here. */
  #crowdedStranger(group: PlaceGroup): Place | null {
    let victim: Place | null = null;
    let most = 0;
    let looked = 0;
    for (const place of group.strangers) {
      const count = this.#byBlock.get(place.blockKey)?.strangers.size ?? 1;
      if (count > most) [victim, most] = [place, count];
      looked += 1;
      if (looked >= VICTIMS_LOOKED_AT) break;
    }
    return victim;
  }

  #evict(place: Place): void {
    const { holder, standing } = place;
    this.#take(place);
    const isPatient = this.#leaving.size < this.#leavingMax;
    this.#leaving.add(holder);
    holder.evict(standing === "guest" ? IDLE : NOT_LOGGED_IN, isPatient);
  }

  #take(place: Place): void {
    this.#places.delete(place.holder);
    for (const group of place.groups) group.take(place);
    if (this.#byBlock.get(place.blockKey)?.size === 0) this.#byBlock.delete(place.blockKey);
  }
}

/** Whether a connection was admitted, or which limit is reached. */
type Admission = "in" | Rejection;

/** Why a connection is not admitted: one too many, too many of its address, or too many in a short time. */
export type Rejection = "full" | "address-full" | "too-fast";

const ENCODER = new TextEncoder();

/** What a client on a port without TLS is told when it isn't admitted, and what the log says. */
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
  readonly #guests = new Set<Place>();
  readonly #max: number;
  readonly #nonMembersMax: number;
  readonly #guestsMax: number;
  #memberCount = 0;

  constructor(max: number) {
    this.#max = max;
    this.#nonMembersMax = max - Math.floor(max * MEMBERS_SHARE);
    this.#guestsMax = this.#nonMembersMax - Math.floor(max * NEWCOMERS_SHARE);
  }

  get size(): number {
    return this.#nonMemberCount + this.#memberCount;
  }

  /** Whether no further stranger has a place. */
  get isFull(): boolean {
    return this.size >= this.#max || this.#nonMemberCount >= this.#nonMembersMax;
  }

  get areGuestsFull(): boolean {
    return this.#guests.size >= this.#guestsMax;
  }

  get pressure(): number {
    return Math.min(1, Math.max(this.#nonMemberCount / this.#nonMembersMax, this.size / this.#max));
  }

  /** Returns the guest who was silent for the longest time, if that is long. */
  idleGuest(now: ElapsedMs): Place | null {
    const [idlest] = this.#guests;
    return idlest !== undefined && now - idlest.sinceElapsedMs >= GUEST_IDLE_MS ? idlest : null;
  }

  put(place: Place): void {
    if (place.standing === "stranger") this.strangers.add(place);
    else if (place.standing === "guest") this.#guests.add(place);
    else this.#memberCount += 1;
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
