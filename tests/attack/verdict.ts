import type { HonestFigures } from "./honest-people.ts";

/** One phase of an attack, as the honest people and the server's memory were in it. */
export interface Phase {
  readonly attack: string;
  readonly round: number;
  readonly when: "before" | "during" | "after";
  readonly honest: HonestFigures;
  /** The most resident memory in the phase. */
  readonly memoryBytes: number;
}

/** Honest talk may take this long during an attack, or twice as long as in quiet. */
const LATENCY_MS_MAX = 20;
const QUIET_FACTOR_MAX = 2;
const LOG_IN_MS_MAX = 1000;
const MEMORY_BYTES_MAX = 300 << 20;
/** What a later attack may add to the memory, as a share of what the first added; and what is only noise. */
const LATER_SHARE_MAX = 0.1;
const MEMORY_NOISE_BYTES = 16 << 20;
/**
 * In CI the machine is shared, and may stand still for a while: anything may be this many times worse. What these
 * attacks did before there were limits was worse by a factor of two hundred and more.
 */
const GROSS_FACTOR = 30;
/** Honest log-ins of a phase that may fail there, where passwords wait for a core that others use. */
const GROSS_REFUSED_MAX = 5;
const GROSS_MEMORY_FACTOR = 2;
/** Messages that may be later than the end of their phase by more than three seconds, where a machine stands still. */
const GROSS_LOST_SHARE = 0.05;

/** The head of the table of {@link phaseLine}. */
export const HEADER =
  "phase        p50 ms   p99 ms   max ms   lost  device ms  password ms  refused  own p99  memory MB";

/** Returns a phase as a line of the table. */
export function phaseLine({ round, when, honest, memoryBytes }: Phase): string {
  const name = round === 0 ? when : `${round} ${when}`;
  const { p50, p99, max, lost, deviceMs, passwordMs, refused, ownP99 } = honest;
  const cell = (value: number, width: number, digits = 0): string =>
    value.toFixed(digits).padStart(width);
  return (
    name.padEnd(10) +
    [cell(p50, 9, 1), cell(p99, 9, 1), cell(max, 9, 1), cell(lost, 7)].join("") +
    [cell(deviceMs, 11), cell(passwordMs, 13), cell(refused, 9), cell(ownP99, 9, 1)].join("") +
    cell(memoryBytes / (1 << 20), 11)
  );
}

/** Returns what the server must reach and did not, in sentences. */
export function judge(phases: readonly Phase[], isStrict: boolean): string[] {
  const factor = isStrict ? 1 : GROSS_FACTOR;
  const memoryFactor = isStrict ? 1 : GROSS_MEMORY_FACTOR;
  const problems: string[] = [];
  for (const attack of new Set(phases.map((phase) => phase.attack))) {
    const own = phases.filter((phase) => phase.attack === attack);
    const quiet = own.find(({ when }) => when === "before");
    if (quiet === undefined) continue;
    const during = own.filter(({ when }) => when === "during");
    for (const { round, honest, memoryBytes } of during) {
      const where = `${attack}, ${round}:`;
      const p99Max = factor * Math.max(LATENCY_MS_MAX, QUIET_FACTOR_MAX * quiet.honest.p99);
      // What the generator itself was late can't be told from the server's lateness.
      if (honest.p99 > p99Max + factor * honest.ownP99) {
        problems.push(`${where} p99 is ${honest.p99.toFixed(0)} ms, at most ${p99Max.toFixed(0)}`);
      }
      if (honest.lost > (isStrict ? 0 : honest.due * GROSS_LOST_SHARE)) {
        problems.push(`${where} ${honest.lost} messages did not arrive`);
      }
      if (honest.refused > (isStrict ? 0 : GROSS_REFUSED_MAX)) {
        problems.push(`${where} ${honest.refused} honest log-ins failed`);
      }
      if (honest.deviceMs > LOG_IN_MS_MAX * factor) {
        problems.push(`${where} a known device waited ${honest.deviceMs.toFixed(0)} ms`);
      }
      const added = memoryBytes - quiet.memoryBytes;
      if (added > MEMORY_BYTES_MAX * memoryFactor) {
        problems.push(`${where} memory grew by ${(added / (1 << 20)).toFixed(0)} MB`);
      }
    }
    if (isStrict) problems.push(...laterGrowth(attack, quiet, during));
  }
  return problems;
}

/** A server that leaks adds as much in each attack. */
function laterGrowth(attack: string, quiet: Phase, during: readonly Phase[]): string[] {
  const [first, ...later] = during;
  if (first === undefined) return [];
  const share = LATER_SHARE_MAX * Math.max(0, first.memoryBytes - quiet.memoryBytes);
  const addedMax = Math.max(share, MEMORY_NOISE_BYTES);
  let peak = first.memoryBytes;
  const problems: string[] = [];
  for (const { round, memoryBytes } of later) {
    const added = memoryBytes - peak;
    if (added > addedMax) {
      problems.push(`${attack}, ${round}: ${(added / (1 << 20)).toFixed(0)} MB more than before`);
    }
    peak = Math.max(peak, memoryBytes);
  }
  return problems;
}
