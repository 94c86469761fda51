import type { AccountId } from "../../protocol/account-id.ts";
import { type Network, parseNetwork } from "../../protocol/address.ts";
import { fold } from "../../protocol/names.ts";
import type { UserIdentity } from "../event.ts";
import type { ServerBan } from "../snapshot/snapshot.ts";
import { banMaskMatcher, foldIdentity } from "./ban-masks.ts";

/** Each registration is checked against every ban: 1000 masks take a tenth of a millisecond. */
export const SERVER_BANS_MAX = 1000;

/** A ban, and its target in the form that is matched: one of the two. */
interface BanEntry {
  readonly ban: ServerBan;
  readonly network: Network | null;
  readonly matches: ReturnType<typeof banMaskMatcher> | null;
}

/**
 * Owns the bans from the server, by mask (KLINE) or by address (DLINE). They are stored in the people's journal
 * and in the snapshot. Changed by commands/server/kline-dline.ts, and at the start by snapshot/.
 */
export class ServerBans {
  readonly #bans = new Map<string, BanEntry>();
  /** The bans by address, by the length of their network and its first bits: each connection looks here. */
  readonly #byNetwork = new Map<Network["bits"], Map<number, Map<bigint, Set<BanEntry>>>>();

  /** Adds a ban. Replaces one with the same target. */
  set(ban: ServerBan): void {
    const network = ban.of === "address" ? parseNetwork(ban.target) : null;
    const matches = ban.of === "mask" ? banMaskMatcher({ ...ban, mask: ban.target }) : null;
    const entry: BanEntry = { ban, network, matches };
    this.lift(ban.of, ban.target);
    this.#bans.set(keyOf(ban.of, ban.target), entry);
    if (network !== null) this.#indexNetwork(network, entry);
  }

  /** Removes a ban, if there is one. */
  lift(of: ServerBan["of"], target: string): void {
    const key = keyOf(of, target);
    const entry = this.#bans.get(key);
    this.#bans.delete(key);
    if (entry !== undefined && entry.network !== null) this.#unindexNetwork(entry.network, entry);
  }

  /** Returns the ban with this target, or else the one that means this account; `null` if there is none in force. */
  find(
    of: ServerBan["of"],
    target: string,
    account: AccountId | null,
    now: number,
  ): ServerBan | null {
    const ban = this.#bans.get(keyOf(of, target))?.ban;
    if (ban !== undefined && isInForce(ban, now)) return ban;
    const isMeant = (each: ServerBan) => account !== null && each.account === account;
    return this.all(now).find(isMeant) ?? null;
  }

  /** Returns whether a ban with this target is in force. `now` is in ms since 1970, here and below. */
  has(of: ServerBan["of"], target: string, now: number): boolean {
    const entry = this.#bans.get(keyOf(of, target));
    return entry !== undefined && isInForce(entry.ban, now);
  }

  /** Returns the bans that are in force, and drops the expired ones. */
  all(now: number): ServerBan[] {
    for (const { ban } of this.#bans.values()) {
      if (!isInForce(ban, now)) this.lift(ban.of, ban.target);
    }
    return [...this.#bans.values()].map(({ ban }) => ban);
  }

  /** Returns the ban that covers an IP address, or `null`. */
  ofAddress(address: string, now: number): ServerBan | null {
    if (this.#bans.size === 0) return null;
    const host = parseNetwork(address);
    if (host === null) return null;
    for (const [prefix, networks] of this.#byNetwork.get(host.bits) ?? []) {
      for (const { ban } of networks.get(firstBits(host, prefix)) ?? []) {
        if (isInForce(ban, now)) return ban;
      }
    }
    return null;
  }

  /** Returns the ban whose mask matches an identity, or `null`. */
  ofPerson(identity: UserIdentity, now: number): ServerBan | null {
    if (this.#bans.size === 0) return null;
    const folded = foldIdentity(identity);
    for (const { ban, matches } of this.#bans.values()) {
      if (matches !== null && isInForce(ban, now) && matches(folded)) return ban;
    }
    return null;
  }

  #indexNetwork({ bits, prefix, value }: Network, entry: BanEntry): void {
    const byPrefix = this.#byNetwork.get(bits) ?? new Map<number, Map<bigint, Set<BanEntry>>>();
    const networks = byPrefix.get(prefix) ?? new Map<bigint, Set<BanEntry>>();
    const first = firstBits({ bits, value }, prefix);
    this.#byNetwork.set(bits, byPrefix.set(prefix, networks));
    networks.set(first, (networks.get(first) ?? new Set<BanEntry>()).add(entry));
  }

  #unindexNetwork({ bits, prefix, value }: Network, entry: BanEntry): void {
    const networks = this.#byNetwork.get(bits)?.get(prefix);
    const first = firstBits({ bits, value }, prefix);
    const entries = networks?.get(first);
    entries?.delete(entry);
    if (entries?.size === 0) networks?.delete(first);
    if (networks?.size === 0) this.#byNetwork.get(bits)?.delete(prefix);
  }
}

function firstBits({ bits, value }: Pick<Network, "bits" | "value">, prefix: number): bigint {
  return value >> BigInt(bits - prefix);
}

/** Returns the sentence that is sent to a banned user. */
export function banSentence({ reason }: ServerBan): string {
  const sentence = "You are banned from this server";
  return reason === "" ? sentence : `${sentence}: ${reason}`;
}

function isInForce({ until }: ServerBan, now: number): boolean {
  return until === null || until > now;
}

function keyOf(of: ServerBan["of"], target: string): string {
  return `${of} ${fold(target)}`;
}
