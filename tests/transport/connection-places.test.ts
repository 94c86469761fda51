import { describe, expect, test } from "bun:test";
import { ConnectionPlaces, type PlaceHolder } from "../../lib/transport/connection-places.ts";
import { elapsedMs } from "../elapsed.ts";

/** A connection that leaves when it is told to, unless it is stubborn. */
class Holder implements PlaceHolder {
  evicted: string | null = null;
  wasPatient: boolean | null = null;
  readonly address: string;
  readonly #places: ConnectionPlaces;
  readonly #isStubborn: boolean;

  constructor(places: ConnectionPlaces, address: string, isStubborn = false) {
    this.#places = places;
    this.address = address;
    this.#isStubborn = isStubborn;
  }

  evict(sentence: string, isPatient: boolean): void {
    this.evicted = sentence;
    this.wasPatient = isPatient;
    if (!this.#isStubborn || !isPatient) this.#places.leave(this);
  }
}

function stage(
  max: number,
  perAddressMax: number,
  exempt: string[] = [],
  later?: (job: () => void) => void,
) {
  let now = 0;
  const places = new ConnectionPlaces({
    max,
    perAddressMax,
    elapsed: () => elapsedMs(now),
    isExempt: (address) => exempt.includes(address),
    ...(later === undefined ? {} : { later }),
  });
  const connects = (address: string, standing: "stranger" | "guest" | "member" = "stranger") => {
    const holder = new Holder(places, address);
    expect(places.admit(holder)).toBe("in");
    if (standing !== "stranger") expect(places.setStanding(holder, standing)).toBe(true);
    return holder;
  };
  const passes = (ms: number) => {
    now += ms;
  };
  return { places, connects, passes };
}

describe("places", () => {
  test("of strangers go to newcomers: first those of the address that has most", () => {
    const { places, connects } = stage(40, 40);
    const slow = connects("192.0.2.1");
    const crowd = Array.from({ length: 29 }, () => connects("198.51.100.1"));
    expect(places.count).toBe(30);
    const newcomer = connects("192.0.2.2");
    expect(crowd[0]?.evicted).toContain("you have not logged in");
    expect([slow.evicted, newcomer.evicted, crowd[1]?.evicted]).toEqual([null, null, null]);
    expect(places.count).toBe(30);
  });

  test("for members are kept: a quarter that strangers can't have, on the server and at an address", () => {
    const { places, connects } = stage(40, 8);
    for (let i = 0; i < 8; i += 1) connects("198.51.100.1");
    expect(places.count).toBe(6);
    for (let i = 0; i < 100; i += 1) connects(`10.0.0.${i}`);
    expect(places.count).toBe(30);
    // Members move out of the strangers' places, and then strangers come after them.
    const members = Array.from({ length: 10 }, (_, i) => connects(`203.0.113.${i}`, "member"));
    for (let i = 0; i < 100; i += 1) connects(`10.0.1.${i}`);
    expect(places.count).toBe(40);
    expect(members.every(({ evicted }) => evicted === null)).toBe(true);
  });

  test("that 10,000 strangers hold don't keep a member out, nor do 256 at the member's address", () => {
    const { places, connects } = stage(10_000, 256);
    for (let i = 0; i < 12_000; i += 1) connects(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    for (let i = 0; i < 300; i += 1) connects("192.0.2.1");
    const member = connects("192.0.2.1", "member");
    for (let i = 0; i < 12_000; i += 1) connects(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    for (let i = 0; i < 300; i += 1) connects("192.0.2.1");
    expect(member.evicted).toBeNull();
    expect(places.count).toBeLessThanOrEqual(7_501);
  });

  test("are refused only when members have all of them", () => {
    const { places, connects } = stage(4, 4);
    for (let i = 0; i < 4; i += 1) connects("192.0.2.1", "member");
    expect(places.admit(new Holder(places, "192.0.2.1"))).toBe("address-full");
    expect(places.admit(new Holder(places, "192.0.2.2"))).toBe("full");
    expect(places.count).toBe(4);
  });

  test("of guests leave some to newcomers, and go to others after ten idle minutes", () => {
    const { places, connects, passes } = stage(100, 100);
    const guests = Array.from({ length: 65 }, () => connects("192.0.2.1", "guest"));
    const more = connects("192.0.2.2");
    expect(places.setStanding(more, "guest")).toBe(false);
    passes(600_000);
    // The first has said something since.
    const [talker, silent] = guests;
    if (talker !== undefined) places.setStanding(talker, "guest");
    expect(places.setStanding(more, "guest")).toBe(true);
    expect([talker?.evicted, more.evicted]).toEqual([null, null]);
    expect(silent?.evicted).toContain("you were silent for the longest time");
  });

  test("of guests go to others by how long they were silent under another leader", () => {
    const { places, connects, passes } = stage(100, 100);
    passes(3_600_000);
    const guests = Array.from({ length: 65 }, (_, n) => {
      const holder = new Holder(places, "192.0.2.1");
      places.restore(holder);
      places.setStanding(holder, "guest", n === 40 ? 700_000 : n * 1000);
      return holder;
    });
    const [first, second] = [connects("192.0.2.2"), connects("192.0.2.2")];
    expect(places.setStanding(first, "guest")).toBe(true);
    expect(guests.filter(({ evicted }) => evicted !== null)).toEqual([guests[40] as Holder]);
    expect(places.setStanding(second, "guest")).toBe(false);
    passes(600_000 - 64_000);
    expect(places.setStanding(second, "guest")).toBe(true);
    expect(guests[64]?.evicted).toContain("you were silent for the longest time");
  });

  test("of members' addresses are the same under another leader, who has had none of them log in", () => {
    const [old, next] = [stage(4, 4), stage(400, 400)];
    const [origin, nextOrigin] = [elapsedMs(0), elapsedMs(-1000)];
    old.connects("192.0.2.1", "member");
    old.connects("2001:db8::1", "member");
    old.connects("192.0.2.3");
    const { "members-addresses": table } = old.places.tables;
    const parts = [...table.takeChanges(origin)];
    expect(parts).toHaveLength(2);
    expect([...table.takeChanges(origin)]).toEqual([]);
    const restored = next.places.tables["members-addresses"];
    for (const [key, value] of parts) restored.restore(key, value, nextOrigin);
    restored.restore("192.0.2.3", "not a time", nextOrigin);
    const addresses = ["192.0.2.1", "2001:db8::2", "192.0.2.3"];
    expect(addresses.map((address) => next.places.isMembers(address))).toEqual([true, true, false]);
  });

  test("of an exempt network, and of a proxy, have no limit by address", () => {
    const { places, connects } = stage(100, 2, ["192.0.2.1"]);
    for (let i = 0; i < 50; i += 1) connects("192.0.2.1");
    for (let i = 0; i < 20; i += 1) {
      expect(places.admit(new Holder(places, "127.0.0.1"), true)).toBe("in");
    }
    expect(places.count).toBe(70);
  });

  test("count an IPv6 /64 as one address", () => {
    const { places, connects } = stage(100, 4);
    for (let i = 0; i < 9; i += 1) connects(`2001:db8::${i}`);
    expect(places.count).toBe(3);
  });

  test("of those who don't leave are freed all the same, and too many of these are cut off", () => {
    const { places } = stage(4, 1000);
    const stubborn = Array.from({ length: 200 }, () => new Holder(places, "192.0.2.1", true));
    for (const holder of stubborn) expect(places.admit(holder)).toBe("in");
    expect(stubborn.filter(({ wasPatient }) => wasPatient === false)).toHaveLength(196);
    expect(places.count).toBe(4);
    for (const holder of stubborn) places.leave(holder);
    expect(places.count).toBe(0);
  });

  test("are counted back to nothing, whatever the order of things", () => {
    const { places, connects } = stage(10, 4);
    const holders = Array.from({ length: 30 }, (_, i) => connects(`192.0.2.${i % 3}`));
    for (const [i, holder] of holders.entries()) {
      if (i % 2 === 0) places.setStanding(holder, i % 4 === 0 ? "member" : "guest");
    }
    for (const holder of holders) places.leave(holder);
    for (const holder of holders) places.leave(holder);
    expect(places.count).toBe(0);
    const last = connects("192.0.2.1");
    expect(places.pressureOn(last)).toBeCloseTo(1 / 3);
  });

  test("of strangers are an eighth on a large server, however many guests and members there are", () => {
    const { places, connects } = stage(4000, 4000);
    for (let i = 0; i < 1500; i += 1) connects("192.0.2.1", "guest");
    const first = connects("203.0.113.1");
    for (let i = 0; i < 1000; i += 1) connects("192.0.2.3");
    expect(first.evicted).toBeNull();
    expect(places.count).toBe(2000);
    expect(places.pressureOn(first)).toBe(1);
    expect(places.pressureOn(connects("192.0.2.1", "guest"))).toBe(2000 / 3000);
  });

  test("go to newcomers from strangers of the network that has most, and last from members' addresses", () => {
    const { connects } = stage(2400, 2400);
    // In the network of the crowd.
    connects("198.51.100.255", "member");
    const atMembers = Array.from({ length: 3 }, () => connects("198.51.100.255"));
    const alone = connects("203.0.113.77");
    const crowd = Array.from({ length: 296 }, (_, n) => connects(`198.51.100.${n % 250}`));
    for (let n = 0; n < 100; n += 1) connects(`192.0.2.${n}`);
    expect([...atMembers, alone].map(({ evicted }) => evicted)).toEqual(Array(4).fill(null));
    expect(crowd.filter(({ evicted }) => evicted !== null)).toHaveLength(100);
  });

  test("are left in jobs among others; a flood isn't admitted meanwhile, except at members' addresses", () => {
    const jobs: (() => void)[] = [];
    const { places, connects } = stage(1024, 10_000, [], (job) => void jobs.push(job));
    connects("203.0.113.9", "member");
    const strangers = Array.from({ length: 256 }, () => connects("192.0.2.1"));
    const flood = Array.from({ length: 1000 }, () => new Holder(places, "198.51.100.1"));
    const admitted = flood.filter((holder) => places.admit(holder) === "in");
    expect(admitted).toHaveLength(256);
    expect(places.admit(new Holder(places, "203.0.113.9"))).toBe("in");
    expect(strangers.every(({ evicted }) => evicted === null)).toBe(true);
    jobs.shift()?.();
    const evictedCount = (): number =>
      [...strangers, ...flood].filter(({ evicted }) => evicted !== null).length;
    expect(evictedCount()).toBeWithin(1, 100);
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) job();
    expect(evictedCount()).toBe(257);
    expect(places.admit(new Holder(places, "198.51.100.1"))).toBe("in");
  });
});
