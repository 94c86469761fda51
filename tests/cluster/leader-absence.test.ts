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
  });
  /** Lets so many seconds pass. Returns what people were told meanwhile. */
  const pass = (seconds: number): string[] => {
    const endMs = nowMs + seconds * 1000;
    for (; nowMs <= endMs; nowMs += 500) {
      for (const [run, atMs] of timers) {
        if (atMs > nowMs) continue;
        timers.delete(run);
        run();
      }
    }
    return told.splice(0);
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

test("people are told once that there is none, however long, and once that there is one again", () => {
  const { leaderAbsence, pass } = absence();
  leaderAbsence.begin();
  const [waiting = "", ...others] = pass(24 * 3600).filter((line) => !line.startsWith("PING"));
  expect([waiting.slice(0, 43), others]).toEqual([
    "NOTICE * :The server can't answer at the mo",
    [],
  ]);
  expect(String(Buffer.from(leaderAbsence.notice ?? []))).toBe(waiting);
  leaderAbsence.end();
  expect(leaderAbsence.notice).toBeNull();
  expect(pass(500)).toEqual(["NOTICE * :The server answers again.\r\n"]);
});

test("people are sent a PING each half minute, so that their clients don't take the connection for dead", () => {
  const { leaderAbsence, pass } = absence();
  leaderAbsence.begin();
  const told = pass(300).map((line) => line.split(" ")[0]);
  expect(told).toEqual(["NOTICE", ...Array(9).fill("PING")]);
  leaderAbsence.end();
  expect(pass(300)).toHaveLength(1);
});

test("leaders that come and can't take over tell nobody anything", () => {
  const { leaderAbsence, pass } = absence();
  leaderAbsence.begin();
  const told: string[] = [];
  for (let n = 0; n < 12; n += 1) {
    told.push(...pass(10));
    leaderAbsence.begin();
  }
  expect(told.filter((line) => line.startsWith("NOTICE"))).toHaveLength(1);
});

test("a gateway that ends says nothing of its leader", () => {
  const { leaderAbsence, pass } = absence();
  leaderAbsence.begin();
  expect(pass(6)).toHaveLength(1);
  leaderAbsence.cancel();
  expect(pass(500)).toEqual([]);
});
