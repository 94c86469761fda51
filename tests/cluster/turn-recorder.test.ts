import { describe, expect, test } from "bun:test";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import type { AppendOutcome, AppendRequest } from "../../lib/cluster/engine.ts";
import { type ConsumedBytes, decodeRecord, type TurnRecord } from "../../lib/cluster/log/record.ts";
import { RecordAppender } from "../../lib/cluster/log/record-appender.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";
import {
  type TurnChange,
  TurnRecorder,
  type TurnSoftState,
} from "../../lib/cluster/log/turn-recorder.ts";
import type { AccountId } from "../../lib/protocol/account-id.ts";

const MINA = "mina-id" as AccountId;
const NOTHING: TurnSoftState = { parts: [], told: [], upMs: 1 };

/** The cast: all that the recorder looks at is there. */
const event = (text: string) =>
  ({ conversation: "room.tea" as ConversationId, text }) as unknown as RoomEvent;

/** A recorder whose log answers when the test says so, and what happens in which order. */
function recorder(isLate = false) {
  const happened: string[] = [];
  const records: TurnRecord<unknown, unknown>[] = [];
  let answer: (() => void) | null = null;
  const world = {
    ...{ consumed: [] as ConsumedBytes[] },
    ...{ happened, records, softState: NOTHING, roomBytes: Number.POSITIVE_INFINITY },
    ...{ isFolderFailing: false, outcome: null as AppendOutcome | null, scheduled: 0 },
    ...{ formatted: 0, lines: [] as (string | undefined)[] },
    answers: () => answer?.(),
  };
  const append = ({ bytes }: AppendRequest, done: (outcome: AppendOutcome) => void): void => {
    answer = () => {
      const decoded = decodeRecord(bytes, null);
      if (!("unreadable" in decoded) && decoded.record.kind === "turn")
        records.push(decoded.record);
      happened.push("record");
      done(world.outcome ?? { kind: "appended", sequence: 7 + records.length });
    };
    if (!isLate) answer();
  };
  const turnRecorder = new TurnRecorder({
    appender: new RecordAppender({ entryBytesMax: 1 << 20, append }, 7),
    log: { hasRoom: (bytes) => bytes < world.roomBytes },
    ...{ term: 7, seal: null, takeConsumed: () => world.consumed, soft: new SoftParts() },
    numbers: { people: 3, accounts: 1 },
    formatEvent: (stored) => {
      world.formatted += 1;
      return `${JSON.stringify(stored)}\n`;
    },
    takeSoftState: () => world.softState,
    canStore: () => !world.isFolderFailing,
    store: (changes: readonly TurnChange[], sequence) => {
      happened.push(`files ${changes.map(({ kind }) => kind)} ${sequence}`);
      for (const change of changes) if (change.kind === "event") world.lines.push(change.line);
    },
    failed: ({ kind }) => void happened.push(`failed: ${kind}`),
    schedule: () => {
      world.scheduled += 1;
    },
  });
  return { world, happened, records, turnRecorder };
}

describe("a turn's record", () => {
  test("has what was stored, in that order, and is in the log before the files have it", () => {
    const { world, happened, records, turnRecorder } = recorder();
    expect(turnRecorder.append(event("a"))).toBe(true);
    expect(turnRecorder.appendPerson({ kind: "nick", account: MINA, nick: "mina" })).toBe(true);
    turnRecorder.append(event("b"));
    expect(happened).toEqual([]);
    expect(turnRecorder.record()).toBeUndefined();
    expect(happened).toEqual(["record", "files event,person,event 8"]);
    expect(records[0]?.changes.map(({ kind }) => kind)).toEqual(["event", "person", "event"]);
    expect([turnRecorder.lastSequence, world.scheduled]).toEqual([8, 1]);
  });

  test("has the line of an event, which is made once and handed on to the files", () => {
    const { world, records, turnRecorder } = recorder();
    turnRecorder.append(event("a"));
    void turnRecorder.record();
    const line = '{"conversation":"room.tea","text":"a"}';
    expect(records[0]?.changes).toMatchObject([{ kind: "event", stored: line }]);
    expect([world.lines, world.formatted]).toEqual([[`${line}\n`], 1]);
  });

  test("is written when it is asked for, and tells when the files have it", () => {
    const { happened, records, turnRecorder } = recorder();
    turnRecorder.recordTurn(() => void happened.push("done"));
    expect(turnRecorder.record()).toBeUndefined();
    expect(happened).toEqual(["record", "files  8", "done"]);
    expect(records[0]?.changes).toEqual([]);
  });

  test("isn't written when nothing has happened", () => {
    const { happened, turnRecorder } = recorder();
    expect(turnRecorder.record()).toBeUndefined();
    expect(happened).toEqual([]);
  });

  test("is written when nothing but what people were told has happened", () => {
    const { world, records, turnRecorder } = recorder();
    world.softState = { ...NOTHING, told: [{ event: "quit" }] };
    expect(turnRecorder.record()).toBeUndefined();
    expect(records.map(({ told }) => told)).toEqual([[{ event: "quit" }]]);
  });

  test("holds what waits for it back, until a log that is far away has it", async () => {
    const { world, happened, records, turnRecorder } = recorder(true);
    turnRecorder.saveAccounts([{ kind: "address-key", key: "k" }], (isSaved) =>
      happened.push(`saved ${isSaved}`),
    );
    turnRecorder.whenStored(() => happened.push("read"));
    const stored = turnRecorder.record();
    turnRecorder.append(event("next turn"));
    expect(happened).toEqual([]);
    world.answers();
    await stored;
    expect(happened).toEqual(["record", "files accounts 8", "saved true", "read"]);
    expect(records.map(({ changes }) => changes.length)).toEqual([1]);
  });

  test("is written for what is asked while another one is under way", async () => {
    const { world, happened, turnRecorder } = recorder(true);
    turnRecorder.append(event("a"));
    const first = turnRecorder.record();
    turnRecorder.seal();
    turnRecorder.whenStored(() => happened.push("read"));
    expect(world.scheduled).toBe(2);
    world.answers();
    await first;
    const second = turnRecorder.record();
    world.answers();
    await second;
    expect(happened).toEqual(["record", "files event 8", "record", "files  9", "read"]);
    turnRecorder.whenStored(() => happened.push("read at once"));
    expect(happened.at(-1)).toBe("read at once");
  });

  test("numbers follow each other without gaps", () => {
    const { records, turnRecorder } = recorder();
    for (const text of ["a", "b", "c"]) {
      turnRecorder.append(event(text));
      void turnRecorder.record();
    }
    expect(records.map(({ term, number }) => [term, number])).toEqual([
      [7, 1],
      [7, 2],
      [7, 3],
    ]);
  });
});

describe("what can't be stored is refused before anybody is told", () => {
  test("when the log has no room for it", () => {
    const { world, happened, turnRecorder } = recorder();
    world.roomBytes = 300_000;
    expect(turnRecorder.append(event("x".repeat(30_000)))).toBe(true);
    expect(turnRecorder.append(event("x".repeat(30_000)))).toBe(false);
    turnRecorder.saveAccounts(
      Array.from({ length: 10 }, () => ({ kind: "address-key", key: "k" })),
      (isSaved) => happened.push(`saved ${isSaved}`),
    );
    expect(happened).toEqual(["saved false"]);
    void turnRecorder.record();
    expect(turnRecorder.append(event("x".repeat(30_000)))).toBe(true);
  });

  test("when the folder's disk fails", () => {
    const { world, turnRecorder } = recorder();
    world.isFolderFailing = true;
    expect(turnRecorder.append(event("a"))).toBe(false);
    expect(turnRecorder.appendPerson({ kind: "nick", account: MINA, nick: "mina" })).toBe(false);
  });
});

test("a leader whose record the log doesn't take says nothing any more", async () => {
  const { world, happened, turnRecorder } = recorder();
  world.outcome = { kind: "fenced" };
  turnRecorder.append(event("a"));
  const held = [turnRecorder.record(), turnRecorder.record()];
  expect(happened).toEqual(["record", "failed: fenced"]);
  expect(turnRecorder.append(event("b"))).toBe(false);
  const first = await Promise.race([...held, Promise.resolve("held")]);
  expect(first).toBe("held");
});

describe("before the log is cut", () => {
  test("says everything again that is in memory alone, so that what came before can be cut", () => {
    const { world, records, turnRecorder } = recorder();
    const parts = Array.from({ length: 500 }, (_, n) => ({ key: `user:${n}`, value: n }));
    const link = { key: "link:g:1", value: { note: 1 } };
    world.softState = { parts: [...parts, link], told: [], upMs: 1 };
    world.consumed = [{ gateway: "g", link: 1, offset: 12 }];
    void turnRecorder.record();
    world.softState = { parts: [{ key: "user:3", value: null }], told: [], upMs: 2 };
    world.consumed = [];
    void turnRecorder.record();
    world.softState = NOTHING;
    let cutUpTo: number | null = null;
    turnRecorder.restate((upTo) => {
      cutUpTo = upTo;
    });
    for (let turn = 0; turn < 10 && cutUpTo === null; turn += 1) void turnRecorder.record();
    expect(cutUpTo as number | null).toBe(9);
    const soft = new SoftParts();
    for (const record of records.slice(2)) soft.follow(record);
    expect(soft.keys().length).toBe(500);
    expect(soft.again("user:4")).toEqual({ part: { key: "user:4", value: 4 } });
    expect(soft.again("link:g:1")?.consumed?.offset).toBe(12);
    expect(records.length).toBeLessThan(2 + 5);
  });

  test("says nothing again that has ended meanwhile", () => {
    const { world, records, turnRecorder } = recorder();
    const parts = Array.from({ length: 500 }, (_, n) => ({ key: `user:${n}`, value: n }));
    world.softState = { parts, told: [], upMs: 1 };
    void turnRecorder.record();
    world.softState = NOTHING;
    let isOver = false;
    turnRecorder.restate(() => {
      isOver = true;
    });
    void turnRecorder.record();
    world.softState = { parts: [{ key: "user:499", value: null }], told: [], upMs: 2 };
    while (!isOver) {
      void turnRecorder.record();
      world.softState = NOTHING;
    }
    const soft = new SoftParts();
    for (const record of records.slice(1)) soft.follow(record);
    expect(soft.again("user:499")).toBeNull();
    expect(soft.keys().length).toBe(499);
  });
});

test("a link that was closed and is open again, since its gateway came late, counts as open", () => {
  const soft = new SoftParts();
  const key = "link:gateway:4";
  for (const value of [{ note: 1 }, null]) {
    soft.follow({ consumed: [], parts: [{ key, value }], upMs: 0 });
  }
  expect(soft.closed).toEqual([{ gateway: "gateway", link: 4 }]);
  soft.follow({ consumed: [], parts: [{ key, value: { note: 2 } }], upMs: 0 });
  expect(soft.closed).toEqual([]);
});
