import { createCipheriv } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { formatStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { buildWorld, MISSING, readFromLines, WORST_CASES, type World } from "./worst-cases.ts";

/**
 * Compares what every command costs at its worst with what it is charged: `bun tests/bench/charges.ts [VERB]`.
 * Prints a table, and exits with 1 if a charge is less than half or more than twice of the cost. The speed of
 * the machine is taken out: the median of all ratios counts as 1. With `--gross`, for a machine that others use as
 * well, a charge may be off by five times.
 */

const RUNS = 60;
/** Runs at once of a query, which changes nothing. */
const REPEATS = 10;
const GATHERED = Buffer.alloc(16 << 10);
const NOWHERE = openSync("/dev/null", "w");
const TLS = createCipheriv("aes-128-gcm", Buffer.alloc(16), Buffer.alloc(12));
const WARM_UP_RUNS = 40;
const {
  values: { gross: IS_GROSS },
  positionals: [ONLY],
} = parseArgs({ options: { gross: { type: "boolean", default: false } }, allowPositionals: true });
const FACTOR_MAX = IS_GROSS ? 5 : 2;
/** A charge is right as well when it is off by no more than this: less than half of a message in a room of 300. */
const SLACK_MICROSECONDS = IS_GROSS ? 100 : 40;
const FITS = process.env["FIT"] !== undefined;

interface Measured {
  readonly name: string;
  readonly costMicroseconds: number;
  readonly chargeMicroseconds: number;
  /** The work of one run, by kind. */
  readonly counts: ReadonlyMap<string, number>;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Takes bytes as a link does: queues the chunk. The queue is emptied by the caller. */
function queueing(link: Link, queue: Uint8Array[]): void {
  link.send = (bytes) => void queue.push(bytes);
}

function measure(world: World, row: (typeof WORST_CASES)[number]): Measured {
  const { scene } = world;
  const { meter } = scene.server.state.budgets;
  const queue: Uint8Array[] = [];
  const counts = new Map<string, number>();
  const costs: number[] = [];
  let [charge, count] = [0, 0];
  const name = `${row.verb} ${row.what?.replace(row.verb, "").trim().slice(0, 30) ?? ""}`;
  for (let n = 0; n < RUNS + WARM_UP_RUNS; n += 1) {
    row.before?.(world, n);
    const actor = row.by?.(world, n) ?? world.owner;
    const lines = row.lines(world, n).map((line) => Buffer.from(`${line}\r\n`));
    for (const { link } of scene.server.state.sessions) queueing(link, queue);
    queueing(actor.session.link, queue);
    // What the preparation sent isn't the command's.
    queue.length = 0;
    const repeats = row.isQuery === true ? REPEATS : 1;
    const [chargeBefore, countsBefore] = [meter.microseconds, meter.counts()];
    const costBefore = cpuMicroseconds();
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      for (const line of lines) actor.sends(line);
    }
    deliver(queue);
    const spent = cpuMicroseconds() - costBefore;
    if (n < WARM_UP_RUNS) continue;
    costs.push(spent / repeats);
    charge += meter.microseconds - chargeBefore;
    count += repeats;
    for (const [kind, total] of Object.entries(meter.counts())) {
      const before = countsBefore[kind as keyof typeof countsBefore];
      counts.set(kind, (counts.get(kind) ?? 0) + total - before);
    }
  }
  for (const [kind, total] of counts) counts.set(kind, total / count);
  return { name, costMicroseconds: median(costs), chargeMicroseconds: charge / count, counts };
}

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Gathers the queued chunks, encrypts them and writes them out, as the links of a server under load do. */
function deliver(queue: Uint8Array[]): void {
  let bytes = 0;
  for (const chunk of queue) {
    for (let start = 0; start < chunk.length; ) {
      const piece = chunk.subarray(start, start + GATHERED.length - bytes);
      GATHERED.set(piece, bytes);
      start += piece.length;
      bytes += piece.length;
      if (bytes < GATHERED.length) continue;
      writeSync(NOWHERE, TLS.update(GATHERED));
      bytes = 0;
    }
  }
  if (bytes > 0) writeSync(NOWHERE, TLS.update(GATHERED.subarray(0, bytes)));
  queue.length = 0;
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), "bench-charges-"));
  const file = openSync(join(folder, "events.jsonl"), "a");
  const world = buildWorld(300, 1000);
  readFromLines(world);
  const append = world.scene.log.append.bind(world.scene.log);
  world.scene.log.append = (event) => {
    writeSync(file, formatStoredEvent(event));
    append(event);
  };
  const rows = WORST_CASES.filter(({ verb }) => ONLY === undefined || verb === ONLY).map((row) =>
    measure(world, row),
  );
  closeSync(file);
  rmSync(folder, { recursive: true });
  const speed = ONLY ? 1 : median(rows.map((row) => row.chargeMicroseconds / row.costMicroseconds));
  let bad = MISSING.length;
  for (const { name, costMicroseconds, chargeMicroseconds, counts } of rows) {
    if (FITS) process.stderr.write(`${JSON.stringify([name, costMicroseconds, [...counts]])}\n`);
    const ratio = chargeMicroseconds / costMicroseconds / speed;
    const isClose = Math.abs(chargeMicroseconds / speed - costMicroseconds) < SLACK_MICROSECONDS;
    const isBad = !isClose && (ratio > FACTOR_MAX || ratio < 1 / FACTOR_MAX);
    if (isBad) bad += 1;
    const figures = [costMicroseconds, chargeMicroseconds].map((n) => n.toFixed(0).padStart(8));
    process.stdout.write(
      `${name.padEnd(44)}${figures.join("")} ${ratio.toFixed(2).padStart(7)}${isBad ? "  <<<" : ""}\n`,
    );
  }
  for (const verb of MISSING) process.stdout.write(`${verb}: no worst case\n`);
  process.stdout.write(`charges are ${speed.toFixed(2)} times the cost; ${bad} out of bounds\n`);
  process.exit(bad === 0 ? 0 : 1);
}

main();
