import { describe, expect, test } from "bun:test";
import {
  type AppendOutcome,
  type FrameBus,
  type LogEntry,
  type LogFacts,
  type RecordLog,
  subjectOf,
} from "../../lib/cluster/engine.ts";
import { PieceJoiner } from "../../lib/cluster/log/pieces.ts";
import { RecordAppender } from "../../lib/cluster/log/record-appender.ts";

/* What engine.ts says, for every engine. */

/** One node's end of an engine. */
export interface EngineEnd {
  readonly log: RecordLog;
  /** `null` where the engine has no bus. */
  readonly bus: FrameBus | null;
}

/** An engine on its stage. */
export interface EngineStage {
  /** Opens an end. Where there can only be one writer, it is the same log each time. */
  open(): Promise<EngineEnd>;
  /** Resolves when the condition holds. Rejects when it doesn't in a long time. */
  until(holds: () => boolean): Promise<void>;
  /** Lets what is under way arrive. */
  settle(): Promise<void>;
  /** Cuts an end off, or joins it again. Left out where there is no way between them. */
  setConnected?(end: EngineEnd, isConnected: boolean): Promise<void>;
  /** Lets the answer to the next append of an end get lost, once. */
  loseNextAnswer?(end: EngineEnd): void;
  /** Closes the log and opens it again, as after a restart. */
  reopen(end: EngineEnd): Promise<EngineEnd>;
  close(): Promise<void>;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Follows a log, and notes what comes. */
class Reader {
  readonly entries: LogEntry[] = [];
  readonly ends: number[] = [];
  lostBy: LogFacts | null = null;
  readonly stop: () => void;

  constructor(log: RecordLog, after = 0) {
    this.stop = log.follow(after, {
      entry: (entry) => this.entries.push({ ...entry, bytes: entry.bytes.slice() }),
      atEnd: (last) => this.ends.push(last),
      lost: (facts) => {
        this.lostBy = facts;
      },
    });
  }

  get said(): string[] {
    return this.entries.map(({ sequence, bytes }) => `${sequence} ${textOf(bytes)}`);
  }
}

/** Runs the contract of an engine. */
export function describeEngine(name: string, makeStage: () => Promise<EngineStage>): void {
  /** Runs a play on a stage of its own. */
  const play = (
    sentence: string,
    act: (stage: EngineStage, tools: Tools) => Promise<void>,
    needs: (stage: EngineStage) => unknown = () => true,
  ): void => {
    test(sentence, async () => {
      const stage = await makeStage();
      try {
        if (needs(stage)) await act(stage, toolsOf(stage));
      } finally {
        await stage.close();
      }
    });
  };

  describe(`the log: ${name}`, () => {
    play("numbers its entries from 1, and begins empty", async (stage, { append }) => {
      const { log } = await stage.open();
      expect(await log.facts()).toMatchObject({ first: 1, last: 0 });
      expect(await append(log, 0, "a")).toEqual({ kind: "appended", sequence: 1 });
      expect(await append(log, 1, "b")).toEqual({ kind: "appended", sequence: 2 });
      expect(await log.facts()).toMatchObject({ first: 1, last: 2 });
    });

    play("refuses whoever doesn't know its last entry, and goes on", async (stage, { append }) => {
      const { log } = await stage.open();
      await append(log, 0, "a");
      for (const after of [0, 2, 7]) {
        expect(await append(log, after, `x${after}`)).toEqual({ kind: "fenced" });
      }
      expect(await append(log, 1, "b")).toEqual({ kind: "appended", sequence: 2 });
      const reader = new Reader(log);
      await stage.until(() => reader.entries.length === 2);
      expect(reader.said).toEqual(["1 a", "2 b"]);
    });

    play("takes one of two writers that know the same", async (stage, { append }) => {
      const [one, two] = [await stage.open(), await stage.open()];
      const outcomes = [await append(one.log, 0, "one"), await append(two.log, 0, "two")];
      expect(outcomes).toEqual([{ kind: "appended", sequence: 1 }, { kind: "fenced" }]);
      expect(await append(two.log, 1, "two again")).toEqual({ kind: "appended", sequence: 2 });
    });

    play("has an entry once that is appended again by its id", async (stage, { append }) => {
      const { log } = await stage.open();
      await append(log, 0, "a", "id-1");
      expect(await append(log, 0, "a", "id-1")).toEqual({ kind: "appended", sequence: 1 });
      expect(await append(log, 5, "a", "id-1")).toEqual({ kind: "appended", sequence: 1 });
      expect(await log.facts()).toMatchObject({ last: 1 });
    });

    play(
      "takes entries up to its limit, byte for byte, and refuses longer ones",
      async (stage, { append }) => {
        const { log } = await stage.open();
        const size = Math.min(log.entryBytesMax, 4 << 20);
        const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 31) % 256);
        expect(await append(log, 0, bytes)).toEqual({ kind: "appended", sequence: 1 });
        expect(await append(log, 1, new Uint8Array(0))).toEqual({ kind: "appended", sequence: 2 });
        const tooLong = new Uint8Array(log.entryBytesMax + (1 << 20));
        expect((await append(log, 2, tooLong)).kind).toBe("refused");
        expect(await append(log, 2, "\n\u0000{")).toEqual({ kind: "appended", sequence: 3 });
        const reader = new Reader(log);
        await stage.until(() => reader.entries.length === 3);
        expect(Buffer.from(reader.entries[0]?.bytes ?? []).equals(bytes)).toBe(true);
        expect(reader.said.slice(1)).toEqual(["2 ", "3 \n\u0000{"]);
      },
    );

    play(
      "hands over what is there and what comes, in order and once",
      async (stage, { append }) => {
        const { log } = await stage.open();
        for (let n = 0; n < 5; n += 1) await append(log, n, `e${n + 1}`);
        const readers = [
          new Reader(log),
          new Reader(log, 3),
          new Reader((await stage.open()).log, 5),
        ];
        await stage.until(() => readers.every(({ ends }) => ends.length > 0));
        for (let n = 5; n < 20; n += 1) await append(log, n, `e${n + 1}`, `id-${n + 1}`);
        await stage.until(() => readers.every(({ entries }) => entries.at(-1)?.sequence === 20));
        await stage.settle();
        for (const [index, from] of [1, 4, 6].entries()) {
          const sequences = Array.from({ length: 21 - from }, (_, n) => from + n);
          expect(readers[index]?.said).toEqual(sequences.map((each) => `${each} e${each}`));
        }
        expect(readers.map(({ ends }) => ends[0])).toEqual([5, 5, 5]);
        expect(readers[0]?.entries.at(-1)?.id).toBe("id-20");
      },
    );

    play("hands over nothing more to who has ended it", async (stage, { append }) => {
      const { log } = await stage.open();
      const [gone, reader] = [new Reader(log), new Reader(log)];
      await append(log, 0, "a");
      await stage.until(() => reader.entries.length === 1 && gone.entries.length === 1);
      gone.stop();
      await append(log, 1, "b");
      await stage.until(() => reader.entries.length === 2);
      await stage.settle();
      expect(gone.said).toEqual(["1 a"]);
    });

    play("is cut up to a sequence, and goes on counting", async (stage, { append }) => {
      const { log } = await stage.open();
      for (let n = 0; n < 6; n += 1) await append(log, n, `e${n + 1}`);
      expect(await log.cut(4)).toBe(true);
      expect(await log.facts()).toMatchObject({ first: 5, last: 6 });
      expect(await log.cut(2)).toBe(true);
      expect(await append(log, 6, "e7")).toEqual({ kind: "appended", sequence: 7 });
      const reader = new Reader(log, 4);
      await stage.until(() => reader.entries.length === 3);
      expect(reader.said).toEqual(["5 e5", "6 e6", "7 e7"]);
      expect(await log.cut(7)).toBe(true);
      expect(await log.facts()).toMatchObject({ first: 8, last: 7 });
      expect(await append(log, 7, "e8")).toEqual({ kind: "appended", sequence: 8 });
      await stage.until(() => reader.entries.length === 4);
    });

    play("tells a follower that what comes next was cut", async (stage, { append }) => {
      const { log } = await stage.open();
      for (let n = 0; n < 4; n += 1) await append(log, n, `e${n + 1}`);
      await log.cut(3);
      const readers = [new Reader(log), new Reader(log, 2), new Reader(log, 3)];
      await stage.until(() => readers[0]?.lostBy !== null && readers[1]?.lostBy !== null);
      await stage.until(() => readers[2]?.entries.length === 1);
      expect(readers[0]?.lostBy).toMatchObject({ first: 4, last: 4 });
      expect(readers.map(({ entries }) => entries.length)).toEqual([0, 0, 1]);
      expect(readers[2]?.lostBy).toBeNull();
    });

    play("tells a follower that it has more than the log", async (stage, { append }) => {
      const { log } = await stage.open();
      await append(log, 0, "a");
      const readers = [new Reader(log, 2), new Reader(log, 1)];
      await stage.until(() => readers[0]?.lostBy !== null && readers[1]?.ends.length === 1);
      expect(readers.map(({ lostBy }) => lostBy?.last)).toEqual([1, undefined]);
    });

    play("lets followers pass over what was erased", async (stage, { append }) => {
      const { log } = await stage.open();
      for (let n = 0; n < 6; n += 1) await append(log, n, `e${n + 1}`);
      expect(await log.erase([3, 5, 6, 99])).toBe(true);
      expect(await log.erase([3])).toBe(true);
      const reader = new Reader(log);
      await stage.until(() => reader.ends.length > 0);
      expect(reader.said).toEqual(["1 e1", "2 e2", "4 e4"]);
      expect(await append(log, 6, "e7")).toEqual({ kind: "appended", sequence: 7 });
      await stage.until(() => reader.entries.length === 4);
      expect([reader.said.at(-1), reader.lostBy]).toEqual(["7 e7", null]);
    });

    play("is the same after it was opened again", async (stage, { append }) => {
      const end = await stage.open();
      for (let n = 0; n < 4; n += 1) await append(end.log, n, `e${n + 1}`, `id-${n + 1}`);
      await end.log.cut(1);
      await end.log.erase([3]);
      const { log } = await stage.reopen(end);
      expect(await log.facts()).toMatchObject({ first: 2, last: 4 });
      expect(await append(log, 3, "e4", "id-4")).toEqual({ kind: "appended", sequence: 4 });
      expect(await append(log, 3, "late")).toEqual({ kind: "fenced" });
      const reader = new Reader(log, 1);
      expect(await append(log, 4, "e5")).toEqual({ kind: "appended", sequence: 5 });
      await stage.until(() => reader.entries.length === 3);
      expect(reader.said).toEqual(["2 e2", "4 e4", "5 e5"]);
    });

    play("carries records that are longer than an entry, in pieces", async (stage) => {
      const { log } = await stage.open();
      const appender = new RecordAppender(log, 0);
      const record = Buffer.alloc(2.5 * Math.min(log.entryBytesMax, 1 << 20), "소담 ");
      const outcomes: AppendOutcome[] = [];
      appender.append("7-1", record, (outcome) => outcomes.push(outcome));
      await stage.until(() => outcomes.length === 1);
      appender.append("7-2", bytesOf("short"), (outcome) => outcomes.push(outcome));
      await stage.until(() => outcomes.length === 2);
      const last = (await log.facts())?.last ?? 0;
      expect(outcomes.map(({ kind }) => kind)).toEqual(["appended", "appended"]);
      expect(outcomes[1]).toEqual({ kind: "appended", sequence: last });
      const reader = new Reader(log);
      await stage.until(() => reader.entries.length === last);
      const joiner = new PieceJoiner();
      const joined = reader.entries.map(({ bytes }) => joiner.push(bytes)).filter(Boolean);
      expect(joined.map((bytes) => bytes?.length)).toEqual([record.length, 5]);
      expect(record.equals(joined[0] ?? Buffer.alloc(0))).toBe(true);
    });

    play(
      "has an entry once whose answer was lost",
      async (stage, { append }) => {
        const end = await stage.open();
        await append(end.log, 0, "a");
        stage.loseNextAnswer?.(end);
        expect(await append(end.log, 1, "b")).toEqual({ kind: "appended", sequence: 2 });
        expect(await append(end.log, 2, "c")).toEqual({ kind: "appended", sequence: 3 });
        const reader = new Reader(end.log);
        await stage.until(() => reader.entries.length === 3);
        expect(reader.said).toEqual(["1 a", "2 b", "3 c"]);
      },
      ({ loseNextAnswer }) => loseNextAnswer,
    );

    play(
      "goes on for who was cut off: an append waits, and a follower gets the rest",
      async (stage, { append }) => {
        const [one, two] = [await stage.open(), await stage.open()];
        const reader = new Reader(two.log);
        await append(one.log, 0, "a");
        await stage.until(() => reader.entries.length === 1);
        await stage.setConnected?.(two, false);
        await append(one.log, 1, "b");
        const outcomes: AppendOutcome[] = [];
        two.log.append({ id: "late", bytes: bytesOf("x"), after: 1 }, (outcome) =>
          outcomes.push(outcome),
        );
        await stage.settle();
        expect([outcomes, reader.said, await two.log.facts()]).toEqual([[], ["1 a"], null]);
        await append(one.log, 2, "c");
        await stage.setConnected?.(two, true);
        await stage.until(() => outcomes.length === 1 && reader.entries.length === 3);
        await stage.settle();
        expect(outcomes).toEqual([{ kind: "fenced" }]);
        expect(reader.said).toEqual(["1 a", "2 b", "3 c"]);
      },
      ({ setConnected }) => setConnected,
    );
  });

  describe(`the bus: ${name}`, () => {
    const hasBus = (stage: EngineStage): unknown => stage.setConnected;
    const down = subjectOf("sodam", "t-1", "down", "g1");

    play(
      "carries messages in order to who listens, and to nobody else",
      async (stage) => {
        const [one, two, three] = [await stage.open(), await stage.open(), await stage.open()];
        const heard: string[][] = [[], []];
        two.bus?.subscribe(down, (bytes) => heard[0]?.push(textOf(bytes)));
        const end = three.bus?.subscribe(down, (bytes) => heard[1]?.push(textOf(bytes)));
        three.bus?.subscribe(subjectOf("sodam", "t-1", "down", "g2"), () => heard[1]?.push("?"));
        await stage.settle();
        for (let n = 0; n < 50; n += 1) expect(one.bus?.publish(down, bytesOf(`m${n}`))).toBe(true);
        const all = Array.from({ length: 50 }, (_, n) => `m${n}`);
        await stage.until(() => heard.every(({ length }) => length === 50));
        expect(heard).toEqual([all, all]);
        end?.();
        await stage.settle();
        one.bus?.publish(down, bytesOf("late"));
        await stage.until(() => heard[0]?.length === 51);
        await stage.settle();
        expect(heard[1]?.length).toBe(50);
      },
      hasBus,
    );

    play(
      "says when it is cut off and there again, and keeps nothing meanwhile",
      async (stage) => {
        const [one, two] = [await stage.open(), await stage.open()];
        const states: boolean[] = [];
        const heard: string[] = [];
        one.bus?.onConnection((isConnected) => states.push(isConnected));
        one.bus?.subscribe(down, (bytes) => heard.push(textOf(bytes)));
        await stage.settle();
        expect(one.bus?.isConnected).toBe(true);
        await stage.setConnected?.(one, false);
        await stage.until(() => states.length === 1);
        expect([one.bus?.isConnected, one.bus?.publish(down, bytesOf("gone"))]).toEqual([
          false,
          false,
        ]);
        two.bus?.publish(down, bytesOf("missed"));
        await stage.settle();
        await stage.setConnected?.(one, true);
        await stage.until(() => states.length === 2);
        await stage.settle();
        two.bus?.publish(down, bytesOf("back"));
        await stage.until(() => heard.length > 0);
        await stage.settle();
        expect([states, heard]).toEqual([[false, true], ["back"]]);
      },
      hasBus,
    );
  });
}

interface Tools {
  append(
    log: RecordLog,
    after: number,
    content: string | Uint8Array,
    id?: string,
  ): Promise<AppendOutcome>;
}

let appended = 0;

function toolsOf(stage: EngineStage): Tools {
  return {
    async append(log, after, content, id) {
      let outcome: AppendOutcome | null = null;
      appended += 1;
      const bytes = typeof content === "string" ? bytesOf(content) : content;
      log.append({ id: id ?? `n-${appended}`, bytes, after }, (answer) => {
        outcome = answer;
      });
      await stage.until(() => outcome !== null);
      return outcome as unknown as AppendOutcome;
    },
  };
}
