import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId, EventBody, RoomEvent } from "../../lib/chat-server/event.ts";
import type { HistoryRequest, SearchRequest } from "../../lib/chat-server/server-ports.ts";
import { snapshotSource } from "../../lib/chat-server/snapshot/snapshot-source.ts";
import type { MessageRewrite } from "../../lib/file-manager/history/pending-rewrites.ts";
import { formatStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import type { AccountChange } from "../../lib/member-server/account.ts";
import { type AccountName, fold } from "../../lib/protocol/names.ts";
import { makeIds } from "../../lib/transport/ids.ts";
import { accountId } from "../account-ids.ts";
import { Life, SeededWorld } from "../crash/stage.ts";
import { Prng } from "../prng.ts";
import { LARGE, makeFolder, textOf, whoIs } from "./files-folder.ts";
import { LoopProbe, ownNow } from "./loop-probe.ts";
import { summarize } from "./meter.ts";

/**
 * Measures the file work of a running server: how long each task takes, and for how long it blocks the event loop, in
 * a room with a million messages and with 100,000 accounts: `bun tests/bench/files.ts [MESSAGES [ACCOUNTS]]`.
 * One JSON line for each thing goes to standard output, a table to standard error.
 */

const SIZE = {
  messages: Number(process.argv[2] ?? 1_000_000),
  accounts: Number(process.argv[3] ?? 100_000),
  rooms: 1000,
};
const DAY_MS = 86_400_000;
/** Folders of closed rooms. */
const ABANDONED = 12_000;

interface Row {
  readonly what: string;
  readonly count: number;
  /** Durations, ms. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The longest time for which the event loop was held, ms. */
  readonly held: number;
}

const rows: Row[] = [];
const prng = new Prng(7);
const random = makeIds();
const folder = mkdtempSync(join(tmpdir(), "bench-files-"));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true });
}

async function main(): Promise<void> {
  const data = join(folder, "data");
  const large = await makeFolder(data, SIZE, Date.now());
  // What was written must not be under way to the disk while something else is measured.
  Bun.spawnSync(["sync"]);
  let life = await restarted("restart");
  const happen = (happening: EventBody): RoomEvent => {
    const { state } = life.server;
    const room = state.rooms.byId(LARGE);
    const by = whoIs(`user${prng.below(50)}`);
    const event = room === null ? null : state.commit(room, by, happening, null);
    if (event === null) throw new Error("it was not kept");
    return event;
  };
  const talk = () => {
    happen({ kind: "said", verb: "PRIVMSG", text: textOf(prng), tags: {} });
  };
  await many("keeping and applying a message", 20_000, talk);
  await life.data.sync();

  const page = async (request: Partial<HistoryRequest>): Promise<void> => {
    const usual = { direction: "latest", from: { kind: "latest" }, to: null, limit: 100 } as const;
    const whole = { ...usual, since: 0, kinds: "messages", ...request } as const;
    const answer = await life.data.answer({ kind: "history", conversation: LARGE, request: whole });
    if (!("events" in answer) || (answer.events?.length ?? 0) === 0) throw new Error("no page");
  };
  const dated = large.places.filter(({ isDated }) => isDated);
  const undated = large.places.filter(({ isDated }) => !isDated);
  const msgid = () => ({ kind: "msgid", msgid: prng.pick(dated).msgid }) as const;
  const time = () => ({ kind: "time", time: prng.pick(large.places).time + 1 }) as const;
  await many("page: the first one, from a msgid", 1, () =>
    page({ direction: "before", from: msgid() }),
  );
  await many("page: latest", 300, () => page({}));
  for (const direction of ["before", "after", "around"] as const) {
    await many(`page: ${direction} a time`, 300, () => page({ direction, from: time() }));
    await many(`page: ${direction} a msgid`, 300, () => page({ direction, from: msgid() }));
  }
  await many("page: between two times", 300, () => {
    const [from, to] = [prng.below(large.places.length - 2), large.places.length - 1];
    const at = (n: number) => ({ kind: "time", time: large.places[n]?.time ?? 0 }) as const;
    return page({ direction: "between", from: at(from), to: at(to) });
  });
  const old = () => ({ kind: "msgid", msgid: prng.pick(undated).msgid }) as const;
  await many("page: the first from an older version's msgid", 1, () => {
    return page({ direction: "before", from: old() });
  });
  await many("page: from an older version's msgid", 300, () => {
    return page({ direction: "before", from: old() });
  });

  const correct = async (what: "edited" | "redacted"): Promise<void> => {
    const target = prng.pick(large.inLargeDay);
    const event =
      what === "edited"
        ? happen({ kind: what, target, text: "something else" })
        : happen({ kind: what, target, reason: "" });
    await life.data.answer({ kind: "rewrite", event: event as MessageRewrite });
  };
  await many("edit in a day of 100,000", 10, () => correct("edited"));
  await many("redaction in a day of 100,000", 10, () => correct("redacted"));
  await amidTalk("edit in a day of 100,000, amid talk", 5, () => correct("edited"), talk);

  const signUp = (n: number): AccountChange => ({
    kind: "signed-up",
    id: accountId(`newcomer${n}`),
    name: `newcomer${n}` as AccountName,
    hash: "h".repeat(97),
    email: null,
    owner: false,
    time: 1,
  });
  // Some 5000 fill the journal: it is folded, and shortened by the next one. At the pace of a long day's.
  await many("sign-ups with two folds, by the hundred", 150, async (n) => {
    const group = Array.from({ length: 100 }, (_, i) => signUp(n * 100 + i));
    await Promise.all(
      group.map((one) => life.data.answer({ kind: "save-accounts", changes: [one] })),
    );
    await Bun.sleep(20);
  });
  const mark = (n: number): void => {
    const account = accountId(`user${n % SIZE.accounts}`);
    const conversation = LARGE;
    life.data.appendPerson({
      kind: "marked",
      account,
      conversation,
      time: n,
      at: n,
      read: n,
      named: 0,
    });
  };
  for (const what of ["snapshot of 1000 rooms", "snapshot, and the people's journal cut"]) {
    for (let n = 0; n < 100_000; n += 1) mark(n);
    talk();
    await life.data.sync();
    await many(what, 1, () => life.data.save(() => snapshotSource(life.server.state)));
  }
  await amidTalk(
    "snapshot amid talk",
    1,
    () => life.data.save(() => snapshotSource(life.server.state)),
    talk,
  );
  await amidTalk("backup amid talk", 1, backup, talk);

  await searches(() => life);
  const since = large.time - 200 * DAY_MS;
  await many("retention: 100 days and 1000 rooms", 1, () =>
    life.data.prune({ byDefault: since, byConversation: new Map([[LARGE, since]]) }),
  );
  await many("retention: nothing to do", 1, () =>
    life.data.prune({ byDefault: since, byConversation: new Map([[LARGE, since]]) }),
  );
  await life.data.save(() => snapshotSource(life.server.state));
  await life.data.close();

  abandon(data);
  life = await restarted(`restart with ${ABANDONED} abandoned rooms`);
  for (const what of ["abandoned rooms noted", "abandoned rooms put aside"]) {
    talk();
    await many(what, 1, () => life.data.save(() => snapshotSource(life.server.state)));
  }
  await life.data.close();
  life = await restarted("restart after that");
  await life.data.close();
  process.stderr.write(`${table()}\n`);
}

async function restarted(what: string): Promise<Life> {
  const begun = ownNow();
  const life = await Life.begin(folder, new SeededWorld(1));
  const ms = ownNow() - begun;
  tell({ what, count: 1, p50: ms, p99: ms, max: ms, held: ms });
  return life;
}

async function searches(of: () => Life): Promise<void> {
  const kinds: readonly [string, Partial<SearchRequest>][] = [
    ["a Latin word that is nowhere", { words: ["zebra"] }],
    ["a Korean part of a word that is nowhere", { words: ["없는말"] }],
    ["a common word", { words: ["TEA"] }],
    ["a Korean part of a word", { words: ["먹을"] }],
    ["a phrase", { words: ["tea coffee milk deploy"] }],
    ["a word from one user", { words: ["zebra"], from: { kind: "name", name: fold("user7") } }],
    ["from nobody", { from: { kind: "name", name: fold("nobody") } }],
    [
      "a word in ten days",
      {
        words: ["zebra"],
        after: Date.UTC(2026, 3, 1),
        before: Date.UTC(2026, 3, 10),
      },
    ],
    ["a word in every line's names", { words: ["user"] }],
    ["a word in every line's keys", { words: ["account"] }],
    ["in all rooms", { words: ["zebra"], in: everywhere(of()) }],
  ];
  for (const [what, request] of kinds) {
    await many(`search: ${what}`, 5, async () => {
      const usual = { in: [LARGE], words: [], from: null, after: null, before: null, limit: 100 };
      const isWanted = () => true;
      await of().data.answer({ kind: "search", request: { ...usual, ...request }, isWanted });
    });
  }
}

function everywhere(life: Life): ConversationId[] {
  return [...life.server.state.rooms.conversations()].map(({ id }) => id);
}

async function backup(): Promise<void> {
  const script = join(import.meta.dir, "../../server.ts");
  const child = Bun.spawn(
    [process.execPath, script, "backup", join(folder, "copy"), "--data", join(folder, "data")],
    { stdout: "ignore", stderr: "inherit" },
  );
  await child.exited;
}

/** Rooms that were created and left; some of them have messages. */
function abandon(data: string): void {
  for (let n = 0; n < ABANDONED; n += 1) {
    const id = `room.gone.${n}` as ConversationId;
    const by = whoIs(`user${n}`);
    const place = { conversation: id, by };
    const events: object[] = [
      { kind: "created", room: "#gone", pair: null },
      { kind: "joined" },
      ...(n % 10 === 0
        ? [{ kind: "said", verb: "PRIVMSG", text: "is anybody there", tags: {} }]
        : []),
      { kind: "left", how: "part", reason: "" },
      { kind: "dropped" },
    ];
    const lines = events.map((event, index) => {
      const time = Date.UTC(2026, 5, 1) + index;
      return formatStoredEvent({
        ...place,
        position: index + 1,
        time,
        msgid: random.id(time),
        ...event,
      } as RoomEvent);
    });
    mkdirSync(join(data, "history", id));
    writeFileSync(join(data, "history", id, "2026-06-01.jsonl"), lines.join(""));
  }
}

/** Runs a task `count` times in sequence, and measures the loop meanwhile. */
async function many(what: string, count: number, once: (n: number) => unknown): Promise<void> {
  Bun.gc(true);
  // The cost of garbage collection isn't the files'.
  await Bun.sleep(20);
  const probe = new LoopProbe();
  await Bun.sleep(2);
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const begun = ownNow();
    const done = once(n);
    if (done instanceof Promise) await done;
    times.push(ownNow() - begun);
    // A turn of life has few of what takes no waiting.
    if (done instanceof Promise || n % 20 === 0)
      await new Promise((resolve) => setImmediate(resolve));
  }
  await Bun.sleep(2);
  const held = probe.read();
  tell({ what, count, ...(summarize(times) ?? { p50: 0, p99: 0, max: 0 }), held });
}

/** The same while a message is appended every 2 ms; also reports how long each append takes. */
async function amidTalk(
  what: string,
  count: number,
  once: () => Promise<unknown>,
  talk: () => void,
): Promise<void> {
  const kept: number[] = [];
  const talking = setInterval(() => {
    const begun = ownNow();
    talk();
    kept.push(ownNow() - begun);
  }, 2);
  await many(what, count, once);
  clearInterval(talking);
  const times = summarize(kept) ?? { p50: 0, p99: 0, max: 0 };
  tell({ what: "  the messages meanwhile", count: kept.length, ...times, held: times.max });
}

function tell(row: Row): void {
  rows.push(row);
  process.stdout.write(`${JSON.stringify(row)}\n`);
}

function table(): string {
  const head = ["what", "count", "p50", "p99", "max", "loop held"];
  const cells = rows.map(({ what, count, p50, p99, max, held }) => [
    what,
    String(count),
    ...[p50, p99, max, held].map(inMs),
  ]);
  const all = [head, ...cells];
  const widths = head.map((_, i) => Math.max(...all.map((row) => Bun.stringWidth(row[i] ?? ""))));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function inMs(ms: number): string {
  return ms < 1 ? `${(ms * 1000).toFixed(ms < 0.01 ? 1 : 0)} µs` : `${ms.toFixed(1)} ms`;
}
