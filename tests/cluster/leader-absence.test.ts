import { expect, test } from "bun:test";
import { LeaderAbsence } from "../../lib/cluster/gateway/leader-absence.ts";

/** A gateway without a leader, on a clock of the test. */
function absence() {
  const told: string[] = [];
  const timers = new Map<() => void, number>();
  let nowMs = 0;
  const leaderAbsence = new LeaderAbsence({
    after(ms, run) {
      timers.set(run, nowMs + ms);
      return () => void timers.delete(run);
    },
    sendAll: (bytes) => void told.push(String(Buffer.from(bytes))),
    closeAll: (bytes) => void told.push(String(Buffer.from(bytes))),
  });
  /** Lets so many seconds pass. Returns what people were told meanwhile: its first word. */
  const pass = (seconds: number): string[] => {
    const endMs = nowMs + seconds * 1000;
    for (; nowMs <= endMs; nowMs += 500) {
      for (const [run, atMs] of timers) {
        if (atMs > nowMs) continue;
        timers.delete(run);
        run();
      }
    }
    return told.splice(0).map((line) => line.split(" ")[0] ?? "");
  };
  return { leaderAbsence, pass };
}

test("a leader that is replaced within seconds is not noticed", () => {
  const { leaderAbsence, pass } = absence();
  leaderAbsence.begin();
  expect(pass(4)).toEqual([]);
  leaderAbsence.end();
  expect(pass(500)).toEqual([]);
});

test("people are told once that there is none, and closed when none comes", () => {
  const { leaderAbsence, pass } = absence();
  leaderAbsence.begin();
  expect(pass(10)).toEqual(["NOTICE"]);
  expect(Object.keys(leaderAbsence.words)).toEqual(["notice"]);
  expect(pass(120)).toEqual(["ERROR"]);
  expect(Object.keys(leaderAbsence.words)).toEqual(["lastWords"]);
  leaderAbsence.end();
  expect(leaderAbsence.words).toEqual({});
});

test("leaders that come and can't take over make the time no longer", () => {
  const { leaderAbsence, pass } = absence();
  leaderAbsence.begin();
  const told: string[] = [];
  for (let n = 0; n < 12; n += 1) {
    told.push(...pass(10));
    leaderAbsence.begin();
  }
  expect(told).toEqual(["NOTICE", "ERROR"]);
});
