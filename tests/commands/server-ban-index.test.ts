import { expect, test } from "bun:test";
import type { ServerBan } from "../../lib/chat-server/snapshot/snapshot.ts";
import { ServerBans } from "../../lib/chat-server/users/server-bans.ts";
import { isWithin, parseNetwork } from "../../lib/protocol/address.ts";
import { Prng, seeds } from "../prng.ts";

/** Bans by address are found by an index. It agrees with a search through all bans, after every change. */

const TARGETS = [
  ...["192.0.2.1", "192.0.2.0/24", "192.0.0.0/16", "192.0.2.1/32", "0.0.0.0/0", "198.51.100.7"],
  ...["2001:db8::1", "2001:db8::/64", "2001:db8::/32", "::/0", "2001:db8:0:1::/64"],
];
const ADDRESSES = [
  "192.0.2.1",
  "192.0.2.9",
  "198.51.100.7",
  "203.0.113.5",
  "2001:db8::1",
  "2001:db9::1",
];

for (const seed of seeds(20)) {
  test(`the index agrees with all bans after every change of seed ${seed}`, () => {
    const prng = new Prng(seed);
    const bans = new ServerBans();
    const listed = new Map<string, ServerBan>();
    for (let now = 1; now < 200; now += 1) {
      const target = prng.pick(TARGETS);
      if (prng.chance(60)) {
        const until = prng.chance(30) ? now + prng.below(20) : null;
        const ban = { of: "address", target, by: "op", time: now, until, reason: "" } as const;
        bans.set(ban);
        listed.set(target, ban);
      } else if (prng.chance(80)) {
        bans.lift("address", target);
        listed.delete(target);
      } else bans.all(now);
      for (const address of ADDRESSES) {
        const host = parseNetwork(address);
        const isBanned = [...listed.values()].some(({ target: text, until }) => {
          const network = parseNetwork(text);
          const isInForce = until === null || until > now;
          return isInForce && network !== null && host !== null && isWithin(network, host);
        });
        expect([now, address, bans.ofAddress(address, now) !== null]).toEqual([
          ...[now, address, isBanned],
        ]);
      }
    }
  });
}
