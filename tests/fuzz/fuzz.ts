import { parseArgs } from "node:util";
import { fuzzSessions } from "./fuzz-sessions.ts";
import { fuzzParsers } from "./parsers.ts";

/**
 * Fuzzes sessions and parsers for long: `bun tests/fuzz/fuzz.ts --lines 10000000 --seed 1`. Half of the lines are
 * said to servers, half are given to parsers. Prints what failed with its seed, and goes on with the next one.
 */

const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "both" },
  },
});
const BATCH = 5000;
/** No batch takes a second of CPU; one that takes so many has met an input that takes for ever. */
const BATCH_SECONDS_MAX = 30;
const PROGRESS_EVERY = 500_000;

const total = Number(values.lines);
let seed = Number(values.seed);
let done = 0;
let failures = 0;
let nextProgress = PROGRESS_EVERY;
const startedAt = process.cpuUsage();

while (done < total) {
  const before = process.cpuUsage();
  if (values.only !== "parsers") done += attempt("sessions", () => fuzzSessions(seed));
  if (values.only !== "sessions") {
    done += attempt("parsers", () => {
      fuzzParsers(seed, BATCH);
      return BATCH;
    });
  }
  const seconds = secondsOf(process.cpuUsage(before));
  if (seconds > BATCH_SECONDS_MAX) report("time", `the batch took ${seconds.toFixed(1)} s of CPU`);
  if (done >= nextProgress) {
    nextProgress += PROGRESS_EVERY;
    print(
      `${done} lines, ${failures} failures, ${secondsOf(process.cpuUsage(startedAt)).toFixed(0)} s of CPU`,
    );
  }
  seed += 1;
}
print(`${done} lines to seed ${seed - 1}: ${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;

/** Returns how many lines were run; after a failure the whole batch counts. */
function attempt(what: string, run: () => number): number {
  try {
    return run();
  } catch (error) {
    report(what, reasonOf(error));
    return BATCH;
  }
}

function report(what: string, why: string): void {
  failures += 1;
  print(`--- ${what}, seed ${seed}\n${why}`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? (error.stack ?? "") : reasonOf(error.cause);
  return `${error.message.slice(0, 3000)}\n${cause}`;
}

function secondsOf({ user, system }: { readonly user: number; readonly system: number }): number {
  return (user + system) / 1e6;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
