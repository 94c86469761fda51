import { describe, expect, test } from "bun:test";
import { LOGIN_LIMITS, LoginThrottle } from "../../lib/member-server/login-throttle.ts";
import { fold } from "../../lib/protocol/names.ts";
import { elapsedMs } from "../elapsed.ts";

const LIMITS: typeof LOGIN_LIMITS = {
  address: { attempts: 5, everyMs: 100 },
  account: { attempts: 3, everyMs: 1000 },
  known: { attempts: 2, everyMs: 1000 },
  knownForMs: 50_000,
  entriesMax: 4,
};
const NOW = elapsedMs(1_000_000);
const mina = fold("mina");

/** Charges attempts until one is refused; returns how many were allowed. */
function guesses(
  guessing: LoginThrottle,
  address: string,
  account: string | null,
  now = NOW,
): number {
  for (let count = 0; count < 1000; count += 1) {
    const { waitMs } = guessing.charge(address, account === null ? null : fold(account), now);
    if (waitMs > 0) return count;
  }
  throw new Error("no attempt is throttled");
}

describe("guessing", () => {
  test("is throttled per address, for all accounts together, until the wait is over", () => {
    const guessing = new LoginThrottle(LIMITS);
    for (let i = 0; i < 5; i += 1) {
      expect(guessing.charge("192.0.2.1", fold(`n${i}`), NOW)).toEqual({ waitMs: 0 });
    }
    expect(guessing.charge("192.0.2.1", fold("n5"), NOW)).toEqual({ waitMs: 100 });
    expect(guessing.charge("192.0.2.1", null, elapsedMs(NOW + 99))).toEqual({ waitMs: 1 });
    expect(guessing.charge("192.0.2.1", null, elapsedMs(NOW + 100))).toEqual({ waitMs: 0 });
    expect(guessing.charge("192.0.2.1", null, elapsedMs(NOW + 100))).toEqual({ waitMs: 100 });
    expect(guessing.charge("192.0.2.2", null, NOW)).toEqual({ waitMs: 0 });
  });

  test("is throttled per account, for all addresses together", () => {
    const guessing = new LoginThrottle(LIMITS);
    for (let i = 0; i < 3; i += 1) {
      expect(guessing.charge(`192.0.2.${i}`, mina, NOW)).toEqual({ waitMs: 0 });
    }
    expect(guessing.charge("192.0.2.9", mina, NOW)).toEqual({ waitMs: 1000 });
    expect(guessing.charge("192.0.2.9", fold("jun"), NOW)).toEqual({ waitMs: 0 });
  });

  test("is not charged when it is refused", () => {
    const guessing = new LoginThrottle(LIMITS);
    expect(guesses(guessing, "192.0.2.1", null)).toBe(5);
    for (let i = 0; i < 50; i += 1) guessing.charge("192.0.2.1", null, NOW);
    expect(guessing.charge("192.0.2.1", null, elapsedMs(NOW + 100))).toEqual({ waitMs: 0 });
  });

  test("is forgotten after a while", () => {
    const guessing = new LoginThrottle(LIMITS);
    expect(guesses(guessing, "192.0.2.1", null)).toBe(5);
    expect(guesses(guessing, "192.0.2.1", null, elapsedMs(NOW + 5 * 100))).toBe(5);
  });

  test("is charged while it is verified, and refunded if it succeeds", () => {
    const guessing = new LoginThrottle(LIMITS);
    expect(guesses(guessing, "192.0.2.1", null)).toBe(5);
    const office = new LoginThrottle(LIMITS);
    for (let i = 0; i < 50; i += 1) {
      const person = fold(`n${i}`);
      expect(office.charge("192.0.2.1", person, NOW)).toEqual({ waitMs: 0 });
      office.succeeded("192.0.2.1", person, NOW);
    }
    const busy = new LoginThrottle(LIMITS);
    for (let i = 0; i < 50; i += 1) {
      expect(busy.charge("192.0.2.1", mina, NOW)).toEqual({ waitMs: 0 });
      busy.refund("192.0.2.1", mina, NOW);
    }
  });

  test("by strangers doesn't lock a user out at an address where they logged in before", () => {
    const guessing = new LoginThrottle(LIMITS);
    guessing.charge("192.0.2.1", mina, NOW);
    guessing.succeeded("192.0.2.1", mina, NOW);
    expect(guesses(guessing, "192.0.2.66", "mina")).toBe(3);
    expect(guessing.charge("192.0.2.1", mina, NOW)).toEqual({ waitMs: 0 });
    guessing.succeeded("192.0.2.1", mina, NOW);
    // A known address has its own few attempts, and doesn't stay known forever.
    expect(guesses(guessing, "192.0.2.1", "mina")).toBe(2);
    expect(guesses(guessing, "192.0.2.66", "mina", elapsedMs(NOW + 50_001))).toBe(3);
    expect(guesses(guessing, "192.0.2.1", "mina", elapsedMs(NOW + 50_001))).toBe(0);
  });

  test("from one IPv6 /64 network counts as one address, and IPv4 in IPv6 as IPv4", () => {
    const guessing = new LoginThrottle({ ...LIMITS, entriesMax: 100 });
    const net = [
      "2001:db8:0:1::1",
      "2001:db8:0:1:ffff::2",
      "2001:db8:0:1:1:2:3:4",
      "2001:db8:0:1::",
    ];
    for (const address of net) guessing.charge(address, null, NOW);
    expect(guesses(guessing, "2001:db8:0:1:a::", null)).toBe(1);
    expect(guesses(guessing, "2001:db8:0:2::1", null)).toBe(5);
    expect(guesses(guessing, "2001:db8::1", null)).toBe(5);
    expect(guesses(guessing, "::ffff:192.0.2.7", null)).toBe(5);
    expect(guesses(guessing, "192.0.2.7", null)).toBe(0);
  });

  test("of more names than the table's limit drops the oldest", () => {
    const guessing = new LoginThrottle(LIMITS);
    expect(guesses(guessing, "192.0.2.1", null)).toBe(5);
    for (let i = 0; i < 4; i += 1) guessing.charge(`198.51.100.${i}`, null, NOW);
    expect(guesses(guessing, "192.0.2.1", null)).toBe(5);
    expect(guesses(guessing, "198.51.100.3", null)).toBe(4);
  });

  test("of an account is limited to about 3000 attempts a day", () => {
    const guessing = new LoginThrottle();
    let looked = 0;
    for (let second = 0; second < 86_400; second += 1) {
      const address = `10.${second >> 16}.${(second >> 8) & 255}.${second & 255}`;
      const { waitMs } = guessing.charge(address, mina, elapsedMs(NOW + second * 1000));
      if (waitMs === 0) looked += 1;
      expect(waitMs).toBeLessThanOrEqual(LOGIN_LIMITS.account.everyMs);
    }
    expect(looked).toBeGreaterThan(2800);
    expect(looked).toBeLessThan(3000);
  });
});
