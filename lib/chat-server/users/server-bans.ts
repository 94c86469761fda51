import { isWithin, type Network, parseNetwork } from "../../protocol/address.ts";
import { fold } from "../../protocol/names.ts";
import type { UserIdentity } from "../event.ts";
import type { ServerBan } from "../snapshot/snapshot.ts";
import { matchesBanMask } from "./ban-masks.ts";

/** Each registration is checked against every ban; 1000 masks take a millisecond. */
export const SERVER_BANS_MAX = 1000;

/**
 * Owns the bans from the server, by mask (KLINE) or by address (DLINE). They are stored in the people's journal
 * and in the snapshot. Changed by commands/server/kline-dline.ts, and at the start by snapshot/.
 */
export class ServerBans {
  readonly #bans = new Map<string, { ban: ServerBan; network: Network | null }>();

  /** Adds a ban. Replaces one with the same target. */
  set(ban: ServerBan): void {
    const network = ban.of === "address" ? parseNetwork(ban.target) : null;
    this.#bans.set(keyOf(ban.of, ban.target), { ban, network });
  }

  /** Removes a ban, if there is one. */
  lift(of: ServerBan["of"], target: string): void {
    this.#bans.delete(keyOf(of, target));
  }

  /** Returns whether a ban with this target is in force. `now` is in ms since 1970, here and below. */
  has(of: ServerBan["of"], target: string, now: number): boolean {
    const entry = this.#bans.get(keyOf(of, target));
    return entry !== undefined && isInForce(entry.ban, now);
  }

  /** Returns the bans that are in force, and drops the expired ones. */
  all(now: number): ServerBan[] {
    for (const [key, { ban }] of this.#bans) if (!isInForce(ban, now)) this.#bans.delete(key);
    return [...this.#bans.values()].map(({ ban }) => ban);
  }

  /** Returns the ban that covers an IP address, or `null`. */
  ofAddress(address: string, now: number): ServerBan | null {
    if (this.#bans.size === 0) return null;
    const host = parseNetwork(address);
    if (host === null) return null;
    for (const { ban, network } of this.#bans.values()) {
      if (network !== null && isInForce(ban, now) && isWithin(network, host)) return ban;
    }
    return null;
  }

  /** Returns the ban whose mask matches an identity, or `null`. */
  ofPerson(identity: UserIdentity, now: number): ServerBan | null {
    for (const { ban } of this.#bans.values()) {
      if (
        ban.of === "mask" &&
        isInForce(ban, now) &&
        matchesBanMask({ ...ban, mask: ban.target }, identity)
      )
        return ban;
    }
    return null;
  }
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
