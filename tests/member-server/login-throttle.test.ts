import { describe, expect, test } from "bun:test";
import { type Guess, LOGIN_LIMITS, LoginThrottle } from "../../lib/member-server/login-throttle.ts";
import { elapsedMs } from "../elapsed.ts";

const LIMITS: typeof LOGIN_LIMITS = {
  address: { attempts: 5, everyMs: 100 },
  newcomers: { attempts: 4, everyMs: 2000 },
  account: { attempts: 3, everyMs: 1000 },
  proven: { attempts: 2, everyMs: 1000 },
  confirm: { attempts: 3, everyMs: 1000 },
  code: { attempts: 3, everyMs: 1000 },
  entriesMax: 40,
};
const NOW = elapsedMs(1_000_000);

function guess(address: string, target: string, rest: Partial<Guess> = {}): Guess {
  return { kind: "account", target, exists: true, address, proof: null, ...rest };
}

/** Guesses until one is refused; returns how many were allowed. */
function guesses(throttle: LoginThrottle, attempt: Guess, now = NOW): number {
  for (let count = 0; count < 5000; count += 1) {
    if (throttle.charge(attempt, now).waitMs > 0) return count;
  }
  throw new Error("no attempt is throttled");
}

describe("guessing", () => {
  test("is throttled per address, for all accounts together, until the wait is over", () => {
    const throttle = new LoginThrottle(LIMITS);
    for (let i = 0; i < 5; i += 1) {
      expect(throttle.charge(guess("192.0.2.1", `n${i}`), NOW).waitMs).toBe(0);
    }
    const waitAt = (ms: number) => throttle.charge(guess("192.0.2.1", "n5"), elapsedMs(NOW + ms));
    expect(waitAt(0)).toEqual({ waitMs: 100 });
    expect(waitAt(99)).toEqual({ waitMs: 1 });
    expect(waitAt(100).waitMs).toBe(0);
    expect(waitAt(100)).toEqual({ waitMs: 100 });
    expect(throttle.charge(guess("192.0.2.2", "n5"), NOW).waitMs).toBe(0);
  });

  test("is throttled per account, for all addresses of a network together", () => {
    const throttle = new LoginThrottle(LIMITS);
    // The network's first try, and three more.
    for (let i = 0; i < 4; i += 1) {
      expect(throttle.charge(guess(`192.0.2.${i}`, "mina"), NOW).waitMs).toBe(0);
    }
    expect(throttle.charge(guess("192.0.2.9", "mina"), NOW)).toEqual({
      waitMs: 1000,
      byOthers: true,
    });
    expect(throttle.charge(guess("192.0.2.9", "jun"), NOW).waitMs).toBe(0);
  });

  test("from many networks leaves a new network its first try", () => {
    const throttle = new LoginThrottle(LIMITS);
    expect(guesses(throttle, guess("198.51.100.1", "mina"))).toBe(4);
    expect(guesses(throttle, guess("203.0.113.1", "mina"))).toBe(1);
    expect(throttle.charge(guess("192.0.2.1", "mina"), NOW).waitMs).toBe(0);
    expect(throttle.charge(guess("192.0.2.1", "mina"), NOW)).toEqual({
      waitMs: 1000,
      byOthers: true,
    });
  });

  test("is not charged when it is refused", () => {
    const throttle = new LoginThrottle(LIMITS);
    expect(guesses(throttle, guess("192.0.2.1", "mina"))).toBe(4);
    for (let i = 0; i < 50; i += 1) throttle.charge(guess("192.0.2.1", "mina"), NOW);
    expect(throttle.charge(guess("192.0.2.1", "mina"), elapsedMs(NOW + 1000)).waitMs).toBe(0);
  });

  test("is charged while it is verified, and refunded if it succeeds", () => {
    const office = new LoginThrottle(LIMITS);
    for (let i = 0; i < 50; i += 1) {
      const attempt = office.charge(guess("192.0.2.1", `n${i}`), NOW);
      if (!("refund" in attempt)) throw new Error("refused");
      attempt.refund(NOW);
    }
    expect(guesses(office, guess("192.0.2.1", "mina"))).toBe(4);
  });

  test("by strangers takes nothing from whoever has a proof, and gains nothing from theirs", () => {
    const throttle = new LoginThrottle(LIMITS);
    const proven = guess("192.0.2.1", "mina", { proof: "address 192.0.2.1" });
    expect(guesses(throttle, guess("192.0.2.1", "jun"))).toBe(4);
    expect(guesses(throttle, guess("192.0.2.1", "mina"))).toBe(1);
    expect(guesses(throttle, proven)).toBe(2);
    expect(guesses(throttle, guess("192.0.2.2", "mina"))).toBe(3);
  });

  test("one kind of password takes nothing from the others", () => {
    const throttle = new LoginThrottle(LIMITS);
    expect(guesses(throttle, guess("192.0.2.1", "boss"))).toBe(4);
    expect(guesses(throttle, guess("192.0.2.1", "boss", { kind: "oper" }))).toBe(4);
    expect(guesses(throttle, guess("192.0.2.1", "", { kind: "server-password" }))).toBe(5);
    expect(guesses(throttle, guess("192.0.2.1", "boss", { kind: "confirm" }))).toBe(3);
  });

  test("from one IPv6 /64 network counts as one address, and IPv4 in IPv6 as IPv4", () => {
    const throttle = new LoginThrottle(LIMITS);
    const password = (address: string) => guess(address, "", { kind: "server-password" });
    const network = ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:1:1:2:3:4"];
    for (const address of network) throttle.charge(password(address), NOW);
    expect(guesses(throttle, password("2001:db8:0:1:a::"))).toBe(2);
    expect(guesses(throttle, password("2001:db8:0:2::1"))).toBe(5);
    expect(guesses(throttle, password("::ffff:192.0.2.7"))).toBe(5);
    expect(guesses(throttle, password("192.0.2.7"))).toBe(0);
  });

  test("of more names than the table's limit drops the oldest", () => {
    const throttle = new LoginThrottle({ ...LIMITS, entriesMax: 4 });
    const password = (address: string) => guess(address, "", { kind: "server-password" });
    expect(guesses(throttle, password("192.0.2.1"))).toBe(5);
    for (let i = 0; i < 4; i += 1) throttle.charge(password(`198.51.100.${i}`), NOW);
    expect(guesses(throttle, password("192.0.2.1"))).toBe(5);
    expect(guesses(throttle, password("198.51.100.3"))).toBe(4);
  });

  test("at made-up names doesn't push an account out of the tables", () => {
    const throttle = new LoginThrottle({ ...LIMITS, entriesMax: 4 });
    expect(guesses(throttle, guess("192.0.2.1", "mina"))).toBe(4);
    for (let i = 0; i < 9; i += 1) {
      const madeUp = guess(`198.51.100.${i}`, `n${i}`, { exists: false });
      expect(throttle.charge(madeUp, NOW).waitMs).toBe(0);
    }
    expect(guesses(throttle, guess("192.0.2.2", "mina"))).toBe(0);
  });

  test("at an account from a thousand networks comes to at most 3000 tries on the first day, and fewer later", () => {
    const throttle = new LoginThrottle();
    const perDay = [0, 0, 0];
    for (const day of perDay.keys()) {
      for (let second = 0; second < 86_400; second += 1) {
        const network = second % 1000;
        const address = `10.${network >> 8}.${network & 255}.${second & 255}`;
        const elapsed = elapsedMs(NOW + (day * 86_400 + second) * 1000);
        const { waitMs } = throttle.charge(guess(address, "mina"), elapsed);
        if (waitMs === 0) perDay[day] = (perDay[day] ?? 0) + 1;
        else expect(waitMs).toBeLessThanOrEqual(LOGIN_LIMITS.account.everyMs);
      }
    }
    const [first = 0, second = 0, third = 0] = perDay;
    expect(first).toBeGreaterThan(1500);
    expect(first).toBeLessThan(3000);
    expect(second).toBeLessThan(2300);
    expect(third).toBeLessThan(1750);
  });
});
