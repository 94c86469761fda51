import { describe, expect, test } from "bun:test";
import { PasswordQueue, TEST_COST } from "../../lib/file-manager/accounts/password-queue.ts";
import type { PasswordPlace } from "../../lib/member-server/account-ports.ts";

const quick = () => new PasswordQueue({ cost: TEST_COST });

async function hashed(passwords: PasswordQueue, password: string): Promise<string> {
  const hash = await passwords.hash(password);
  if (hash === null) throw new Error("busy");
  return hash;
}

describe("a password", () => {
  test("is verified only by its own hash", async () => {
    const passwords = quick();
    const hash = await hashed(passwords, "보리차 한 잔");
    expect(hash).toStartWith("$argon2id$v=19$m=8,t=1,p=1$");
    expect(await passwords.verify("보리차 한 잔", hash)).toBe(true);
    expect(await passwords.verify("보리차 두 잔", hash)).toBe(false);
    expect(await hashed(passwords, "보리차 한 잔")).not.toBe(hash);
  });

  test("is the same in every normalization form and with every kind of space", async () => {
    const passwords = quick();
    const hash = await hashed(passwords, "각 é".normalize("NFC"));
    expect(await passwords.verify("각 é".normalize("NFD"), hash)).toBe(true);
    expect(await passwords.verify("각\u3000é", hash)).toBe(true);
    expect(await passwords.verify("각\u00a0é", hash)).toBe(true);
    expect(await passwords.verify("각é", hash)).toBe(false);
  });

  test("with a character that OpaqueString refuses is verified only in the earlier form", async () => {
    const passwords = quick();
    const password = "a cup of \u2764\ufe0f";
    expect(await passwords.hash(password)).toBeNull();
    // What the earlier form made of it: only spaces and NFC.
    const hash = await Bun.password.hash(password, { algorithm: "argon2id", ...TEST_COST });
    expect(await passwords.verify("a\u3000cup of \u2764\ufe0f", hash)).toBe(true);
    expect(await passwords.verify(password, hash, "opaque")).toBe(false);
  });

  test("is verified once, in whichever form, right or wrong or impossible", async () => {
    const verify = Bun.password.verify;
    let runs = 0;
    Bun.password.verify = (...parameters) => {
      runs += 1;
      return verify(...parameters);
    };
    try {
      const passwords = quick();
      const hash = await hashed(passwords, "보리차 한 잔");
      for (const form of ["opaque", undefined] as const) {
        for (const typed of ["보리차 한 잔".normalize("NFD"), "홍차", "tea\u200b"]) {
          for (const stored of [hash, null]) await passwords.verify(typed, stored, form);
        }
      }
    } finally {
      Bun.password.verify = verify;
    }
    expect(runs).toBe(12);
  });

  test("that is empty or too long is refused without hashing", async () => {
    const passwords = new PasswordQueue({ cost: TEST_COST, atOnceMax: 0, waitingMax: 0 });
    // With no place to work, whatever needs work is busy.
    expect(await passwords.verify("something", null)).toBeNull();
    for (const none of ["", "x".repeat(301), "각".repeat(101), "x".repeat(1_000_000)]) {
      expect(await passwords.verify(none, null)).toBe(false);
      expect(await passwords.hash(none)).toBeNull();
    }
    expect(await passwords.verify("각".repeat(100), null)).toBeNull();
  });

  test("without a hash, or with an invalid one, is wrong", async () => {
    const passwords = quick();
    for (const hash of [null, "", "junk", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$!$!"]) {
      expect(await passwords.verify("something", hash)).toBe(false);
    }
  });

  test("without a hash is verified against one of the same cost", async () => {
    const costs: string[] = [];
    const verify = Bun.password.verify;
    Bun.password.verify = (password, hash, ...rest) => {
      costs.push(String(hash).replace(/\$[^$]+\$[^$]+$/, ""));
      return verify(password, hash, ...rest);
    };
    try {
      const passwords = new PasswordQueue();
      const hash = await hashed(passwords, "something");
      expect(await passwords.verify("something", hash)).toBe(true);
      expect(await passwords.verify("something", null)).toBe(false);
    } finally {
      Bun.password.verify = verify;
    }
    const cost = "$argon2id$v=19$m=19456,t=2,p=1";
    expect(costs).toEqual([cost, cost]);
  });
});

describe("a queue of passwords", () => {
  test("reports busy when too many wait, and answers those that it accepted", async () => {
    const passwords = new PasswordQueue({ cost: TEST_COST, atOnceMax: 1, waitingMax: 6 });
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => passwords.verify("something", null)),
    );
    expect(answers).toEqual([false, false, false, false, null, null]);
    expect(await passwords.verify("something", null)).toBe(false);
  });

  test("refuses what can wait when a quarter of its places is taken", async () => {
    const passwords = new PasswordQueue({ cost: TEST_COST, atOnceMax: 1, waitingMax: 4 });
    const verified = [1, 2].map(() => passwords.verify("something", null));
    const later = { priority: "nobody" } as const;
    expect(await passwords.hash("something", later)).toBeNull();
    expect(await passwords.hash("something")).not.toBeNull();
    await Promise.all(verified);
    expect(await passwords.hash("something", later)).not.toBeNull();
  });

  /** Fills the queue with strangers' passwords, and returns who is answered, in order. */
  async function answeredOf(places: readonly (readonly [string, PasswordPlace])[]) {
    const passwords = new PasswordQueue({ cost: TEST_COST, atOnceMax: 1, waitingMax: 8 });
    const answered: string[] = [];
    const asked = places.map(async ([name, place]) => {
      const answer = await passwords.verify("something", null, undefined, place);
      answered.push(answer === null ? `${name} busy` : name);
    });
    await Promise.all(asked);
    return answered;
  }

  const stranger = (from: string) => ({ priority: "stranger", from }) as const;
  const member = { priority: "member", from: "home" } as const;

  test("keeps places for members, who go first, and lets a stranger in after three", async () => {
    const names = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
    const answered = await answeredOf([
      ...names("s", 7).map((name) => [name, stranger("a")] as const),
      ...names("m", 4).map((name) => [name, member] as const),
    ]);
    expect(answered.filter((name) => name.endsWith("busy"))).toEqual(["s6 busy", "s7 busy"]);
    const done = answered.filter((name) => !name.endsWith("busy"));
    expect(done).toEqual(["s1", "m1", "m2", "m3", "s2", "m4", "s3", "s4", "s5"]);
  });

  test("takes a place from the address with most when strangers have all of theirs", async () => {
    const answered = await answeredOf([
      ...["a1", "a2", "a3", "a4", "a5"].map((name) => [name, stranger("a")] as const),
      ["b1", stranger("b")],
      ["b2", stranger("b")],
      ["b3", stranger("b")],
    ]);
    expect(answered.filter((name) => name.endsWith("busy"))).toEqual([
      "a5 busy",
      "a4 busy",
      "b3 busy",
    ]);
    expect(answered.filter((name) => !name.endsWith("busy"))).toEqual([
      "a1",
      "a2",
      "b1",
      "a3",
      "b2",
    ]);
  });

  test("works on at most its limit at once, in order", async () => {
    const passwords = new PasswordQueue({ cost: TEST_COST, atOnceMax: 2 });
    const verify = Bun.password.verify;
    const order: string[] = [];
    let working = 0;
    let workingMax = 0;
    Bun.password.verify = async (password) => {
      order.push(String(password));
      working += 1;
      workingMax = Math.max(workingMax, working);
      await Promise.resolve();
      working -= 1;
      if (password === "p3") throw new Error("broken");
      return false;
    };
    try {
      const all = Array.from({ length: 8 }, (_, i) => passwords.verify(`p${i}`, null));
      const results = await Promise.allSettled(all);
      expect(results.map(({ status }) => status).indexOf("rejected")).toBe(3);
    } finally {
      Bun.password.verify = verify;
    }
    expect(order).toEqual(["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"]);
    expect(workingMax).toBe(2);
  });
});
