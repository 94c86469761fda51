import { describe, expect, test } from "bun:test";
import {
  type FoundingClaim,
  LogFounding,
  readClaim,
  writeClaim,
} from "../../lib/cluster/log/log-founding.ts";

const claim = (node: string, reached: number, led = false): FoundingClaim => ({
  node,
  reached,
  led,
});

/** The verdicts of a node each second, as long as others say what they have. */
function verdicts(own: FoundingClaim, others: readonly FoundingClaim[], seconds: number): string[] {
  const founding = new LogFounding(own, 0);
  return Array.from({ length: seconds + 1 }, (_, second) => {
    for (const other of others) founding.heard(other, second * 1000);
    return founding.verdict(second * 1000).kind;
  });
}

describe("the log is made anew", () => {
  test("by the node that led last, when others had time to say that they have more", () => {
    expect(verdicts(claim("a", 150, true), [claim("b", 149)], 3)).toEqual([
      "wait",
      "wait",
      "wait",
      "make",
    ]);
  });

  test("by the one that has more, though another one led before", () => {
    expect(verdicts(claim("a", 140, true), [claim("b", 150)], 3)).toEqual(
      Array(4).fill("give-way"),
    );
    expect(verdicts(claim("b", 150), [claim("a", 140, true)], 3).at(-1)).toBe("wait-for-leader");
  });

  test("by one of those that have as much as the last leader", () => {
    expect(verdicts(claim("a", 150), [claim("b", 150, true)], 3).at(-1)).toBe("make");
    expect(verdicts(claim("b", 150, true), [claim("a", 150)], 3).at(-1)).toBe("give-way");
  });

  test("by another one after half a minute, when the last leader doesn't come", () => {
    const seen = verdicts(claim("a", 150), [], 30);
    expect(seen.lastIndexOf("wait-for-leader")).toBe(29);
    expect(seen.at(-1)).toBe("make");
  });

  test("at once by the first node of a cluster", () => {
    expect(verdicts(claim("a", 0), [], 1)).toEqual(["wait", "make"]);
  });
});

test("a log that is there is replaced only when its leader has surely ended", () => {
  const founding = new LogFounding(claim("a", 150, true), 0, true);
  expect(founding.verdict(14_900).kind).toBe("wait");
  expect(founding.verdict(15_000).kind).toBe("make");
});

test("a node waits as long as somebody says that it leads", () => {
  const founding = new LogFounding(claim("a", 150, true), 0);
  founding.heardLeader(2900);
  expect(founding.verdict(3000).kind).toBe("wait");
  expect(founding.verdict(5900).kind).toBe("make");
});

test("a node that has more and is silent is waited for no longer", () => {
  const founding = new LogFounding(claim("a", 150, true), 0);
  founding.heard(claim("b", 151), 2000);
  expect(founding.verdict(3900).kind).toBe("give-way");
  expect(founding.verdict(4000).kind).toBe("make");
});

test("what is no claim is none", () => {
  expect(readClaim(writeClaim(claim("a", 1)))).toEqual(claim("a", 1));
  expect(readClaim(new TextEncoder().encode("{}"))).toBeNull();
});
