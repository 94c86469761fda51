import { isWithin, type Network, parseNetwork } from "../../protocol/address.ts";
import { fold } from "../../protocol/names.ts";
import type { UserIdentity } from "../event.ts";
import type { ServerBan } from "../snapshot/snapshot.ts";
import { matchesBanMask } from "./masks.ts";

/** Every newcomer is held against each of them; 1000 masks take a millisecond. */
export const SERVER_BANS_MAX = 1000;

/**
 * Owns who is kept out of the server: by mask (KLINE) or by address (DLINE). Kept in the people's journal
 * and in the snapshot; changed by commands/server-ban.ts, and after a start by history/restore.ts and
 * history/person-change.ts.
 */
export class ServerBans {
  readonly #bans = new Map<string, { ban: ServerBan; network: Network | null }>();

  /** One that was there for the same target is replaced. */
  set(ban: ServerBan): void {
    const network = ban.of === "address" ? parseNetwork(ban.target) : null;
    this.#bans.set(keyOf(ban.of, ban.target), { ban, network });
  }

  lift(of: ServerBan["of"], target: string): void {
    this.#bans.delete(keyOf(of, target));
  }

  has(of: ServerBan["of"], target: string, now: number): boolean {
    const known = this.#bans.get(keyOf(of, target));
    return known !== undefined && isGood(known.ban, now);
  }

  /** Those that hold now. What is over is forgotten on the way. */
  all(now: number): ServerBan[] {
    for (const [key, { ban }] of this.#bans) if (!isGood(ban, now)) this.#bans.delete(key);
    return [...this.#bans.values()].map(({ ban }) => ban);
  }

  /** What keeps a connection from this address out, or `null`. */
  ofAddress(address: string, now: number): ServerBan | null {
    if (this.#bans.size === 0) return null;
    const from = parseNetwork(address);
    if (from === null) return null;
    for (const { ban, network } of this.#bans.values()) {
      if (network !== null && isGood(ban, now) && isWithin(network, from)) return ban;
    }
    return null;
  }

  /** What keeps this person out, or `null`. */
  ofPerson(who: UserIdentity, now: number): ServerBan | null {
    for (const { ban } of this.#bans.values()) {
      if (ban.of === "mask" && isGood(ban, now) && matchesBanMask(ban.target, who)) return ban;
    }
    return null;
  }
}

/** What somebody who is kept out reads. */
export function banSentence({ reason }: ServerBan): string {
  const sentence = "You are banned from this server";
  return reason === "" ? sentence : `${sentence}: ${reason}`;
}

function isGood({ until }: ServerBan, now: number): boolean {
  return until === null || until > now;
}

function keyOf(of: ServerBan["of"], target: string): string {
  return `${of} ${fold(target)}`;
}
