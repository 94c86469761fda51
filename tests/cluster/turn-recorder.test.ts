import { describe, expect, test } from "bun:test";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import type { AppendOutcome, AppendRequest } from "../../lib/cluster/engine.ts";
import { decodeRecord, type TurnRecord } from "../../lib/cluster/record.ts";
import { RecordAppender } from "../../lib/cluster/record-appender.ts";
import {
  type TurnChange,
  TurnRecorder,
  type TurnSoftState,
} from "../../lib/cluster/turn-recorder.ts";
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
    ...{ happened, records, softState: NOTHING, roomBytes: Number.POSITIVE_INFINITY },
    ...{ isFolderFailing: false, outcome: null as AppendOutcome | null, scheduled: 0 },
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
    ...{ term: 7, seal: null, takeConsumed: () => [], numbers: { people: 3, accounts: 1 } },
    formatEvent: (stored) => `${JSON.stringify(stored)}\n`,
    takeSoftState: () => world.softState,
    canStore: () => !world.isFolderFailing,
    store: (changes: readonly TurnChange[], sequence) =>
      void happened.push(`files ${changes.map(({ kind }) => kind)} ${sequence}`),
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

  test("isn't written when nothing has happened", () => {
    const { happened, turnRecorder } = recorder();
    expect(turnRecorder.record()).toBeUndefined();
    expect(happened).toEqual([]);
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
