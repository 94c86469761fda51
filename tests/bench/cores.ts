import { availableParallelism } from "node:os";

/**
 * The server has one core and the generator the other: on a shared one each would pay for how often the other
 * is woken. Nothing is bound where there are no two cores, or no `taskset` (util-linux).
 */
const CAN_BIND = availableParallelism() >= 2 && Bun.which("taskset") !== null;

/** The command, to be run on the server's core. */
export function onServerCore(command: readonly string[]): string[] {
  return CAN_BIND ? ["taskset", "-c", "0", ...command] : [...command];
}

/** The command, to be run on the generator's core. */
export function onGeneratorCore(command: readonly string[]): string[] {
  return CAN_BIND ? ["taskset", "-c", "1", ...command] : [...command];
}

/** Keeps this process, and its threads so far, to the generator's core. Servers that it starts have theirs. */
export function keepToGeneratorCore(): void {
  if (CAN_BIND) Bun.spawnSync(["taskset", "-a", "-c", "-p", "1", String(process.pid)]);
}
