import { describe, expect, test } from "bun:test";
import type { AppendOutcome } from "../../lib/cluster/engine.ts";
import { Leadership, type LeadershipAction } from "../../lib/cluster/leadership.ts";

const FENCED: AppendOutcome = { kind: "fenced" };
const appended = (sequence: number): AppendOutcome => ({ kind: "appended", sequence });
const lead = (node: string) => ({ kind: "lead", node }) as const;
const yielded = (term: number, to: string | null) =>
  ({ kind: "yield", term, number: 9, to }) as const;

/** A node "a" that has read a log of seven entries, in which "b" leads. */
function standby(): Leadership {
  const node = new Leadership("a", 0, 0);
  node.entryRead(5, 0);
  node.recordRead(5, lead("b"));
  node.entryRead(7, 0);
  node.endReached();
  return node;
}

/** The same node, which leads by the entry 8 since 5000. */
function leader(): Leadership {
  const node = standby();
  quiet(node, 0, 5000);
  node.leadAnswered(appended(8), 5000);
  return node;
}

/** Ticks until a time. Returns what the node did, with the times. */
function quiet(node: Leadership, fromMs: number, toMs: number): string[] {
  const done: string[] = [];
  for (let now = fromMs; now <= toMs; now += 250) {
    done.push(...node.tick(now).map((action) => `${now} ${textOf(action)}`));
  }
  return done;
}

function textOf(action: LeadershipAction): string {
  switch (action.kind) {
    case "write-lead":
      return `lead behind ${action.after}`;
    case "write-yield":
      return `yield to ${action.to}`;
    case "lead":
    case "follow":
      return `${action.kind} ${action.term}`;
    case "beat":
    case "stop":
      return action.kind;
  }
}

const texts = (actions: readonly LeadershipAction[]): string[] => actions.map(textOf);

describe("a standby", () => {
  test("tries to lead when the log was silent for four seconds, once", () => {
    expect(quiet(standby(), 0, 20_000)).toEqual(["4000 lead behind 7"]);
  });

  test("waits as long again after anything in the log", () => {
    const node = standby();
    quiet(node, 0, 3000);
    node.entryRead(8, 3000);
    expect(quiet(node, 3250, 8000)).toEqual(["7000 lead behind 8"]);
  });

  test("doesn't try before it has read what the log had, or while there is no connection", () => {
    const node = new Leadership("a", 3, 0);
    expect(quiet(node, 0, 9000)).toEqual([]);
    node.endReached();
    node.connectionChanged(false, 9000);
    expect(quiet(node, 9250, 20_000)).toEqual([]);
    node.connectionChanged(true, 20_000);
    expect(quiet(node, 20_250, 25_000)).toEqual(["24000 lead behind 3"]);
  });

  test("leads an empty log at once", () => {
    const node = new Leadership("a", 0, 0);
    node.endReached();
    expect(texts(node.tick(0))).toEqual(["lead behind 0"]);
    expect(texts(node.leadAnswered(appended(1), 10))).toEqual(["lead 1"]);
  });

  test("listens first when it has slept", () => {
    const node = standby();
    quiet(node, 0, 1000);
    expect(quiet(node, 3_600_000, 3_603_750)).toEqual([]);
    expect(texts(node.tick(3_604_000))).toEqual(["lead behind 7"]);
  });

  test("follows who won, and tries again when that one is silent", () => {
    const node = standby();
    quiet(node, 0, 4000);
    expect(node.leadAnswered(FENCED, 4100)).toEqual([]);
    node.entryRead(8, 4200);
    expect(texts(node.recordRead(8, lead("c")))).toEqual(["follow 8"]);
    expect([node.role, node.term, node.leader]).toEqual(["standby", 8, "c"]);
    expect(quiet(node, 4250, 9000)).toEqual(["8250 lead behind 8"]);
  });

  test("tries again when its record was refused", () => {
    const node = standby();
    quiet(node, 0, 4000);
    node.leadAnswered({ kind: "refused", why: "full" }, 4000);
    expect(quiet(node, 4000, 8500)).toEqual(["8000 lead behind 7"]);
  });

  test("doesn't lead by an answer that comes after somebody took over behind it", () => {
    const node = standby();
    quiet(node, 0, 4000);
    node.entryRead(8, 9000);
    expect(node.recordRead(8, lead("a"))).toEqual([]);
    node.entryRead(9, 9000);
    expect(texts(node.recordRead(9, lead("c")))).toEqual(["follow 9"]);
    expect(node.leadAnswered(appended(8), 9100)).toEqual([]);
    expect([node.role, node.term, node.leader]).toEqual(["standby", 9, "c"]);
  });

  test("takes over at once when the leader hands over to it, or to whoever is first", () => {
    for (const [to, expected] of [
      ["a", ["500 lead behind 8"]],
      [null, ["500 lead behind 8"]],
      ["c", []],
    ] as const) {
      const node = standby();
      node.entryRead(8, 400);
      node.recordRead(8, yielded(5, to));
      expect(quiet(node, 500, 3000)).toEqual([...expected]);
    }
    const node = standby();
    node.recordRead(8, yielded(2, "a"));
    expect(quiet(node, 0, 1000)).toEqual([]);
  });
});

describe("a leader", () => {
  test("beats when it has appended nothing for a second, and not while a record is under way", () => {
    const node = leader();
    expect(quiet(node, 5000, 5000)).toEqual(["5000 beat"]);
    node.appendBegan(5000);
    expect(quiet(node, 5250, 7000)).toEqual([]);
    node.appendAnswered(appended(9));
    expect(quiet(node, 7250, 7250)).toEqual(["7250 beat"]);
    node.appendBegan(7250);
    node.appendAnswered(appended(10));
    expect(quiet(node, 7500, 8250)).toEqual(["8250 beat"]);
  });

  test("stops when its record is fenced or refused, or isn't answered for ten seconds", () => {
    const fenced = leader();
    fenced.appendBegan(5100);
    expect(fenced.appendAnswered(FENCED)).toEqual([
      { kind: "stop", why: "This node leads no more: another node leads now.", isReplaced: true },
    ]);
    expect([fenced.role, fenced.mayAnswer(5200)]).toEqual(["stopped", false]);
    expect(quiet(fenced, 5250, 30_000)).toEqual([]);

    const refused = leader();
    refused.appendBegan(5100);
    expect(texts(refused.appendAnswered({ kind: "refused", why: "full" }))).toEqual(["stop"]);

    const late = leader();
    late.appendBegan(5100);
    expect(quiet(late, 5250, 16_000)).toEqual(["15250 stop"]);
    expect(late.appendAnswered(appended(9))).toEqual([]);
  });

  test("stops when it reads that another node leads", () => {
    const node = leader();
    node.entryRead(9, 6000);
    expect(texts(node.recordRead(9, lead("c")))).toEqual(["stop"]);
    expect(node.role).toBe("stopped");
  });

  test("takes its own record in the log for no other leader's", () => {
    const node = leader();
    node.entryRead(8, 6000);
    expect(node.recordRead(8, lead("a"))).toEqual([]);
    expect(node.role).toBe("leader");
  });

  test("answers nothing without a record when it didn't get through for four seconds", () => {
    const node = leader();
    node.appendBegan(6000);
    node.appendAnswered(appended(9));
    expect([node.mayAnswer(9999), node.mayAnswer(10_000)]).toEqual([true, false]);
    node.appendBegan(20_000);
    expect(node.mayAnswer(20_001)).toBe(false);
    node.appendAnswered(appended(10));
    expect(node.mayAnswer(20_001)).toBe(true);
  });

  test("that hands over leads until its last record is in the log, and no longer", () => {
    const node = leader();
    expect(texts(node.yieldTo("b"))).toEqual(["yield to b"]);
    expect(node.yieldTo("c")).toEqual([]);
    node.appendBegan(5100);
    expect(node.role).toBe("leader");
    expect(texts(node.yieldAnswered(appended(9)))).toEqual(["stop"]);
    expect(node.role).toBe("stopped");
    expect(standby().yieldTo(null)).toEqual([]);
  });
});
