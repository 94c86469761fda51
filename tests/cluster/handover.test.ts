import { describe, expect, test } from "bun:test";
import { FrameReader, FrameWriter } from "../../lib/cluster/frames/frame.ts";
import {
  readCandidateWord,
  readLeaderWord,
  writeCandidateWord,
  writeLeaderWord,
} from "../../lib/cluster/frames/handover-entries.ts";
import {
  CandidateHandover,
  type CandidateWord,
  LeaderHandover,
  type LeaderWord,
} from "../../lib/cluster/supervisor/handover.ts";

/** How a leader hands over: every order in which words arrive, work is done, and one of both disappears. */

/** What can happen next. */
type Step =
  | "word arrives at the leader"
  | "word arrives at the candidate"
  | "files are quiet"
  | "candidate has read"
  | "leader has given"
  | "giving fails"
  | "leader is killed"
  | "candidate is killed"
  | "leader hears that the candidate is gone"
  | "candidate hears that the leader is gone"
  | "time is over";

/** A leader and a candidate between whom words travel one by one. */
class Handover {
  readonly candidate = {};
  readonly notes: string[] = [];
  /** What each has done, in order. */
  readonly done: string[] = [];
  isLeaderAlive = true;
  isCandidateAlive = true;
  /** How often files were made quiet, and let go. */
  quiets = 0;
  goOns = 0;
  isGiven = false;
  readonly #up: CandidateWord[] = [];
  readonly #down: LeaderWord[] = [];
  #quiet: (() => void) | null = null;
  #give: { resolve(): void; reject(error: Error): void } | null = null;
  #isReading = false;
  #hasLeaderHeard = false;
  #hasCandidateHeard = false;
  readonly #timers = new Set<() => void>();
  readonly leader = new LeaderHandover<object>({
    tell: (_, word) => void this.#down.push(word),
    quiet: () => {
      this.quiets += 1;
      return new Promise((resolve) => {
        this.#quiet = resolve;
      });
    },
    goOn: () => {
      this.goOns += 1;
    },
    give: () => {
      this.done.push("leader gives");
      return new Promise((resolve, reject) => {
        this.#give = { resolve, reject };
      });
    },
    end: () => {
      this.done.push("leader ends");
      this.isLeaderAlive = false;
    },
    after: (_, run) => {
      this.#timers.add(run);
      return () => void this.#timers.delete(run);
    },
    note: (_, text) => void this.notes.push(text),
  });
  readonly taker = new CandidateHandover({
    tell: (word) => void this.#up.push(word),
    quiet: () => {
      this.#isReading = true;
    },
    yours: () => void this.done.push("candidate leads"),
    failed: (why) => {
      this.done.push(why === null ? "candidate ends" : `candidate ends: ${why}`);
      this.isCandidateAlive = false;
    },
  });

  constructor() {
    this.taker.begin(4711, "1.5.0");
  }

  /** What can happen now. */
  get next(): Step[] {
    const leads = this.done.includes("candidate leads");
    const can: readonly (readonly [Step, boolean])[] = [
      ["word arrives at the leader", this.isLeaderAlive && this.#up.length > 0],
      ["word arrives at the candidate", this.isCandidateAlive && this.#down.length > 0],
      ["files are quiet", this.isLeaderAlive && this.#quiet !== null],
      ["candidate has read", this.isCandidateAlive && this.#isReading],
      ["leader has given", this.isLeaderAlive && this.#give !== null],
      ["giving fails", this.isLeaderAlive && this.#give !== null],
      ["leader is killed", this.isLeaderAlive],
      ["candidate is killed", this.isCandidateAlive && !leads],
      [
        "leader hears that the candidate is gone",
        this.isLeaderAlive && !this.isCandidateAlive && !this.#hasLeaderHeard,
      ],
      [
        "candidate hears that the leader is gone",
        // What was written before is read before.
        this.isCandidateAlive &&
          !this.isLeaderAlive &&
          !this.#hasCandidateHeard &&
          this.#down.length === 0,
      ],
      ["time is over", this.isLeaderAlive && this.#timers.size > 0],
    ];
    return can.flatMap(([happening, isPossible]) => (isPossible ? [happening] : []));
  }

  async happens(what: Step): Promise<void> {
    switch (what) {
      case "word arrives at the leader":
        this.leader.hear(this.candidate, this.#up.shift() as CandidateWord);
        break;
      case "word arrives at the candidate":
        this.taker.hear(this.#down.shift() as LeaderWord);
        break;
      case "files are quiet":
        this.#quiet?.();
        this.#quiet = null;
        break;
      case "candidate has read":
        this.#isReading = false;
        this.taker.take();
        break;
      case "leader has given":
        this.isGiven = true;
        this.#give?.resolve();
        this.#give = null;
        break;
      case "giving fails":
        this.#give?.reject(new Error("the disk is full"));
        this.#give = null;
        break;
      case "leader is killed":
        this.isLeaderAlive = false;
        break;
      case "candidate is killed":
        this.isCandidateAlive = false;
        break;
      case "leader hears that the candidate is gone":
        this.#hasLeaderHeard = true;
        this.#up.length = 0;
        this.leader.lost(this.candidate);
        break;
      case "candidate hears that the leader is gone":
        this.#hasCandidateHeard = true;
        this.taker.lost();
        break;
      case "time is over":
        for (const run of [...this.#timers]) {
          this.#timers.delete(run);
          run();
        }
    }
    // What waits for a promise goes on.
    for (let n = 0; n < 4; n += 1) await Promise.resolve();
  }
}

/** Plays every order of happenings to its end, and calls `check` after each step and at each end. */
async function playAll(check: (handover: Handover, isOver: boolean) => void): Promise<number> {
  let ends = 0;
  const orders: Step[][] = [[]];
  for (let order = orders.pop(); order !== undefined; order = orders.pop()) {
    const handover = new Handover();
    for (const what of order) await handover.happens(what);
    const { next } = handover;
    const isOver = next.every((what) => / is killed$/.test(what));
    check(handover, isOver);
    if (isOver) ends += 1;
    for (const what of next) orders.push([...order, what]);
  }
  return ends;
}

describe("in every order", () => {
  test("one of them leads at the end, unless both were killed, and never both", async () => {
    const outcomes = new Set<string>();
    const ends = await playAll((handover, isOver) => {
      const { done, leader, isLeaderAlive, isCandidateAlive } = handover;
      if (done.includes("candidate leads")) expect(!isLeaderAlive || leader.isGiving).toBe(true);
      if (!isOver) return;
      const leads = done.includes("candidate leads") && isCandidateAlive;
      expect(isLeaderAlive && leads).toBe(false);
      outcomes.add(isLeaderAlive ? "the old one" : leads ? "the new one" : "nobody");
    });
    expect(ends).toBeGreaterThan(50);
    expect([...outcomes].sort()).toEqual(["nobody", "the new one", "the old one"]);
  });

  test("a leader that isn't asked for its place leads on, and saves its files again", async () => {
    await playAll((handover) => {
      const { done, leader, isLeaderAlive, quiets, goOns } = handover;
      if (done.includes("leader gives")) return;
      expect(done).not.toContain("leader ends");
      if (!isLeaderAlive) return;
      expect(leader.isGiving).toBe(false);
      expect(quiets - goOns).toBeLessThanOrEqual(1);
    });
  });

  test("the place is free when the new one is told so", async () => {
    await playAll(({ done, isGiven, isLeaderAlive }) => {
      if (done.includes("candidate leads")) expect(isGiven || !isLeaderAlive).toBe(true);
    });
  });
});

describe("a candidate", () => {
  /** Up to where it reads the folder. */
  async function reading(): Promise<Handover> {
    const handover = new Handover();
    await handover.happens("word arrives at the leader");
    await handover.happens("files are quiet");
    await handover.happens("word arrives at the candidate");
    expect(handover.next).toContain("candidate has read");
    return handover;
  }

  test("takes over when it has read", async () => {
    const handover = await reading();
    await handover.happens("candidate has read");
    await handover.happens("word arrives at the leader");
    await handover.happens("leader has given");
    await handover.happens("word arrives at the candidate");
    expect(handover.done).toEqual(["leader gives", "leader ends", "candidate leads"]);
    expect(handover.notes).toEqual([
      "process 4711 (1.5.0) reads the data folder, and takes over then",
    ]);
    expect(handover.goOns).toBe(0);
  });

  test("that disappears lets the leader save again", async () => {
    const handover = await reading();
    await handover.happens("candidate is killed");
    await handover.happens("leader hears that the candidate is gone");
    expect(handover.goOns).toBe(1);
    expect(handover.notes.at(-1)).toBe("the new leader has ended before it could take over");
  });

  test("that disappears before the files are quiet lets the leader save again as well", async () => {
    const handover = new Handover();
    await handover.happens("word arrives at the leader");
    await handover.happens("candidate is killed");
    await handover.happens("leader hears that the candidate is gone");
    expect(handover.goOns).toBe(0);
    await handover.happens("files are quiet");
    expect(handover.goOns).toBe(1);
  });

  test("that never takes over is told so after a minute, and the leader saves again", async () => {
    const handover = await reading();
    await handover.happens("time is over");
    await handover.happens("word arrives at the candidate");
    expect(handover.done).toEqual(["candidate ends: It was not ready in 60 seconds."]);
    expect(handover.goOns).toBe(1);
    expect(handover.isLeaderAlive).toBe(true);
  });

  test("that comes while another one reads is refused", async () => {
    const handover = await reading();
    handover.leader.hear({}, { kind: "follow", pid: 4712, version: "1.5.0" });
    await handover.happens("word arrives at the candidate");
    expect(handover.done).toEqual(["candidate ends: Another process is taking over already."]);
  });

  test("that asks for the place without having followed is passed over", async () => {
    const handover = await reading();
    handover.leader.hear({}, { kind: "take" });
    expect(handover.done).toEqual([]);
  });

  test("can come again after one that failed", async () => {
    const handover = await reading();
    handover.leader.lost(handover.candidate);
    const second = {};
    handover.leader.hear(second, { kind: "follow", pid: 4712, version: "1.5.0" });
    await handover.happens("files are quiet");
    handover.leader.hear(second, { kind: "take" });
    expect(handover.done).toEqual(["leader gives"]);
    expect(handover.quiets).toBe(2);
  });
});

test("a leader whose files can't be given ends all the same, and the new one reads what is there", async () => {
  const handover = new Handover();
  await handover.happens("word arrives at the leader");
  await handover.happens("files are quiet");
  await handover.happens("word arrives at the candidate");
  await handover.happens("candidate has read");
  await handover.happens("word arrives at the leader");
  await handover.happens("giving fails");
  await handover.happens("candidate hears that the leader is gone");
  expect(handover.done).toEqual(["leader gives", "leader ends", "candidate leads"]);
  expect(handover.notes.at(-1)).toBe("handing over failed: Error: the disk is full");
});

describe("words in frames", () => {
  test("are read as they were written, and others are passed over", () => {
    const candidate: CandidateWord[] = [
      { kind: "follow", pid: 4711, version: "1.5.0" },
      { kind: "take" },
    ];
    const leader: LeaderWord[] = [
      { kind: "quiet" },
      { kind: "yours" },
      { kind: "refused", why: "No." },
    ];
    const frame = new FrameWriter();
    for (const word of candidate) writeCandidateWord(frame, word);
    frame.addJson(120, { kind: "of a newer version" });
    frame.addJson(96, { pid: "x" });
    const [entries = []] = new FrameReader().push(frame.take().slice());
    expect(entries.flatMap((entry) => readCandidateWord(entry) ?? [])).toEqual(candidate);
    for (const word of leader) writeLeaderWord(frame, word);
    frame.addJson(120, { kind: "of a newer version" });
    const [answers = []] = new FrameReader().push(frame.take().slice());
    expect(answers.flatMap((entry) => readLeaderWord(entry) ?? [])).toEqual(leader);
  });
});
