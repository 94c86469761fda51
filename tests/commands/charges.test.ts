import { describe, expect, test } from "bun:test";
import type { Link, Query } from "../../lib/chat-server/server-ports.ts";
import { MICROSECONDS, WorkMeter } from "../../lib/chat-server/sessions/charges.ts";
import { buildWorld, MISSING, WORST_CASES } from "../bench/worst-cases.ts";
import type { Actor } from "../scene.ts";

/**
 * What every command is charged at its worst, against what it did: by counting, so that it holds on any machine.
 * What the work costs is measured by tests/bench/charges.ts.
 */

const CROWD = 40;
const world = buildWorld(CROWD, 100);
const { scene } = world;
const { meter } = scene.server.state.budgets;

/** What left the server, and what was read and written, as seen from outside. */
const seen = { pieces: 0, askerBytes: 0, events: 0, stores: 0 };
const append = scene.log.append.bind(scene.log);
scene.log.append = (event) => {
  seen.stores += 1;
  append(event);
};
for (const name of ["page", "search"] as const) {
  const read = scene.log[name].bind(scene.log) as (...request: unknown[]) => { length: number };
  Object.assign(scene.log, {
    [name]: (...request: unknown[]) => {
      const events = read(...request);
      seen.events += events.length;
      return events;
    },
  });
}

/** What the asker was refused: a refusal costs little, and says nothing about the command. */
const refusals: string[] = [];
/** A numeric from 400 on is an error, but for log-ins and metadata; 263 is "try again". */
const REFUSAL = /^(?:@\S+ )?:\S+ (?:FAIL \S+ \S+|263|[45]\d\d|90[24567])(?= |$)/;

function watch(link: Link, asker: Link): void {
  link.send = (bytes) => {
    seen.pieces += 1;
    if (link !== asker) return;
    seen.askerBytes += bytes.length;
    const lines = Buffer.from(bytes).toString("utf8").split("\r\n");
    refusals.push(...lines.filter((line) => REFUSAL.test(line)));
  };
}

test("every command has a worst case", () => {
  expect(MISSING).toEqual([]);
});

describe.each(WORST_CASES.map((row) => [`${row.verb} ${row.what ?? ""}`.trim(), row] as const))(
  "%s",
  (_, row) => {
    test("is done, and charged for every line that it sends, and for all that it reads and stores", () => {
      row.before?.(world, 1);
      const actor = row.by?.(world, 1) ?? world.owner;
      const lines = row.lines(world, 1);
      for (const { link } of scene.server.state.sessions) watch(link, actor.session.link);
      const peopleBefore = scene.people.length;
      Object.assign(seen, { pieces: 0, askerBytes: 0, events: 0, stores: 0 });
      refusals.length = 0;
      const before = meter.counts();
      const sumBefore = meter.microseconds;
      actor.says(...lines);
      const after = meter.counts();
      expect(refusals.map((line) => line.split(" ").slice(1, 4).join(" "))).toEqual([
        ...(row.refused ?? []),
      ]);
      const work = (kind: keyof typeof before) => after[kind] - before[kind];
      expect(work("commands")).toBe(lines.length);
      expect(work("sends") + work("lines")).toBeGreaterThanOrEqual(seen.pieces);
      expect(work("events")).toBe(seen.events);
      expect(work("stores")).toBe(seen.stores + scene.people.length - peopleBefore);
      expect(work("bytes")).toBeGreaterThanOrEqual(seen.askerBytes);
      expect(meter.microseconds - sumBefore).toBeGreaterThan(
        lines.length * MICROSECONDS.commands +
          seen.pieces * MICROSECONDS.sends +
          seen.stores * MICROSECONDS.stores -
          1,
      );
    });
  },
);

test("a page of long messages is charged by its bytes, and a full room by its readers", () => {
  const cost = (actor: Actor, line: string): number => {
    const before = meter.microseconds;
    actor.says(line);
    return meter.microseconds - before;
  };
  const { owner, member } = world;
  owner.says("JOIN #empty", "JOIN #long", "JOIN #short");
  member.says("JOIN #long", "JOIN #short");
  for (let n = 0; n < 50; n += 1) {
    owner.says(`PRIVMSG #long :${"long ".repeat(80)}`, "PRIVMSG #short :tea");
  }
  const [long, short] = ["#long", "#short"].map((room) => cost(member, `HISTORY ${room} 50`));
  expect((long ?? 0) / (short ?? 1)).toBeGreaterThan(1.5);
  const [full, empty] = ["#big", "#empty"].map((room) => cost(owner, `PRIVMSG ${room} :tea`));
  expect((full ?? 0) - (empty ?? 0)).toBeGreaterThan(CROWD * MICROSECONDS.sends);
});

test("edits, redactions and erasures are charged for what was looked through and copied", () => {
  for (const kind of ["rewrite", "authored-lines", "erase-unreachable"] as const) {
    const meter = new WorkMeter();
    const read = { events: 0, bytes: 10_000_000 };
    meter.addAnswer({ kind } as Query, { done: true, lines: null, read } as never);
    expect([kind, meter.microseconds > 5000]).toEqual([kind, true]);
  }
});

test("a long message to a full room is charged for each copy of its bytes", () => {
  const copied = (text: string): number => {
    const before = meter.sentBytes;
    world.owner.says(`PRIVMSG #big :${text}`);
    return meter.sentBytes - before;
  };
  expect(copied("x".repeat(400)) - copied("x")).toBeGreaterThanOrEqual((CROWD - 1) * 399);
});
