import { describe, expect, test } from "bun:test";
import type { RoomEvent } from "../../../lib/chat-server/event.ts";
import type { TurnChange } from "../../../lib/cluster/log/turn-recorder.ts";
import { LogTrim } from "../../../lib/cluster/nodes/log-trim.ts";
import type { ElapsedMs } from "../../../lib/protocol/time.ts";

/** What leaves the log of a cluster, and when. */

const HOUR_MS = 3_600_000;

/** The cast: only the kind is looked at. */
const event = (kind: RoomEvent["kind"]): TurnChange => ({
  kind: "event",
  event: { kind } as RoomEvent,
});
const REDACTED = event("redacted");

class Stage {
  nowMs = 0;
  first = 1;
  last = 0;
  fails = false;
  readonly erased: number[] = [];
  readonly trim: LogTrim;

  constructor(position = 0) {
    this.last = position;
    this.trim = new LogTrim(
      {
        facts: async () => ({ first: this.first, last: this.last, bytes: 0 }),
        erase: async (sequences) => {
          if (!this.fails) this.erased.push(...sequences);
          return !this.fails;
        },
        cut: async (upTo) => {
          if (!this.fails) this.first = upTo + 1;
          return !this.fails;
        },
      },
      position,
      () => this.nowMs as ElapsedMs,
    );
  }

  log(count: number, bytes = 500): void {
    for (let index = 0; index < count; index += 1) this.trim.entryLogged(++this.last, bytes);
  }

  /** Lets time pass, and trims. */
  async after(ms: number, savedByAll: number, heard = Number.MAX_SAFE_INTEGER): Promise<void> {
    this.nowMs += ms;
    await this.trim.trim({ savedByAll, heard });
  }
}

describe("what was taken back", () => {
  test("leaves the log once every folder has it saved and every gateway has heard of it", async () => {
    const stage = new Stage();
    stage.log(10);
    stage.trim.recorded([event("said"), REDACTED], 8);
    await stage.after(1000, 7);
    await stage.after(1000, 9, 7);
    expect(stage.first).toBe(1);
    await stage.after(1000, 9);
    expect(stage.first).toBe(10);
    expect(stage.erased).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(stage.trim.takenBack).toBe(0);
  });

  test("is an edit, a deletion, an erasure, a deleted account and a handled report, and nothing else", () => {
    // The casts: only the kinds are looked at.
    const back: TurnChange[] = [
      ...[event("edited"), REDACTED, event("forgotten")],
      { kind: "accounts", changes: [{ kind: "graded" }, { kind: "deleted" }] as never },
      { kind: "person", change: { kind: "forgotten" } as never },
      { kind: "person", change: { kind: "report-closed" } as never },
    ];
    const others: TurnChange[] = [
      ...[event("said"), event("left")],
      { kind: "accounts", changes: [{ kind: "graded" }] as never },
      { kind: "person", change: { kind: "seen" } as never },
    ];
    const { trim } = new Stage();
    trim.recorded(others, 3);
    expect(trim.takenBack).toBe(0);
    for (const [index, change] of back.entries()) {
      trim.recorded([change], index + 4);
      expect(trim.takenBack).toBe(index + 4);
    }
  });

  test("is known to the node that leads next, also after a restart, until it is gone", async () => {
    const [leader, next] = [new Stage(), new Stage()];
    leader.log(10);
    leader.trim.recorded([REDACTED], 8);
    const told = leader.trim.takeParts();
    expect(leader.trim.takeParts()).toEqual([]);
    next.trim.follow(told);
    expect(next.trim.takenBack).toBe(8);
    await leader.after(1000, 9);
    next.trim.follow(leader.trim.takeParts());
    expect(next.trim.takenBack).toBe(0);
  });

  test("stays to be removed when the log can't be reached, or more was taken back meanwhile", async () => {
    const stage = new Stage();
    stage.log(10);
    stage.trim.recorded([REDACTED], 8);
    stage.fails = true;
    await stage.after(1000, 9);
    expect(stage.trim.takenBack).toBe(8);
    stage.fails = false;
    const cutting = stage.after(10_000, 9);
    stage.trim.recorded([REDACTED], 12);
    await cutting;
    expect([stage.first, stage.trim.takenBack]).toEqual([10, 12]);
  });

  test("is overwritten some thousand entries at a time, before the log is cut", async () => {
    const stage = new Stage();
    stage.log(9000);
    stage.trim.recorded([REDACTED], 9000);
    await stage.after(1000, 9000);
    expect([stage.erased.length, stage.first]).toEqual([4000, 1]);
    await stage.after(6000, 9000);
    await stage.after(6000, 9000);
    expect([stage.erased.length, stage.first]).toEqual([9000, 9001]);
  });

  test("isn't overwritten so far back that whole files of NATS go, nor where the leader only said that it is there", async () => {
    const stage = new Stage();
    stage.log(1);
    stage.log(50, 100);
    stage.log(40, 1 << 20);
    stage.trim.recorded([REDACTED], 91);
    await stage.after(1000, 91);
    expect(stage.erased).toHaveLength(16);
    expect(Math.min(...stage.erased)).toBe(76);
  });

  test("may be in what was in the log before this process read it", async () => {
    const stage = new Stage(100);
    stage.first = 60;
    stage.log(3);
    stage.trim.recorded([REDACTED], 102);
    await stage.after(1000, 103);
    expect(Math.min(...stage.erased)).toBe(60);
    expect(stage.erased).toHaveLength(43);
  });

  test("lets nodes save before their minute is over, and not all the time", () => {
    const { trim } = new Stage();
    expect(trim.isSaveDue(0, 5)).toBe(false);
    expect(trim.isSaveDue(8, 8)).toBe(false);
    expect([trim.isSaveDue(8, 5), trim.isSaveDue(9, 5)]).toEqual([true, false]);
  });
});

describe("what is older than a day", () => {
  test("leaves the log as far as every folder has it, and the rest stays for nodes that were away", async () => {
    const stage = new Stage();
    for (let hour = 0; hour < 30; hour += 1) {
      stage.log(10);
      await stage.after(HOUR_MS, stage.last);
    }
    expect(stage.first).toBeGreaterThan(50);
    expect(stage.first).toBeLessThan(80);
    expect(stage.erased).toEqual([]);
    const { first } = stage;
    for (let hour = 0; hour < 30; hour += 1) {
      stage.log(10);
      await stage.after(HOUR_MS, first);
    }
    expect(stage.first).toBe(first);
  });
});
