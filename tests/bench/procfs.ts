import { readdirSync, readFileSync } from "node:fs";
import { processRole } from "../../lib/server-process/process-role.ts";

/** Linux tells times in `/proc/PID/stat` in hundredths of a second, whatever the kernel's own tick is. */
const TICK_US = 10_000;

/** CPU time in µs of `pid` and all of its descendants, by what they are: see {@link roleOf}. */
export function cpuUsByRole(pid: number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of family(pid)) {
    const role = roleOf(one);
    sums[role] = (sums[role] ?? 0) + cpuUsOf(one);
  }
  return sums;
}

/** The same of resident memory in bytes. */
export function residentBytesByRole(pid: number): Map<string, number> {
  const sums = new Map<string, number>();
  for (const one of family(pid)) {
    const role = roleOf(one);
    sums.set(role, (sums.get(role) ?? 0) + statusBytes(one, "VmRSS"));
  }
  return sums;
}

/** What a supervisor made of a process, "nats" for a nats-server, and "server" for all others. */
function roleOf(pid: number): string {
  if (readOr(`/proc/${pid}/comm`)?.trim() === "nats-server") return "nats";
  const variables = (readOr(`/proc/${pid}/environ`) ?? "").split("\0");
  const pairs = variables.map((variable) => {
    const equals = variable.indexOf("=");
    return [variable.slice(0, equals), variable.slice(equals + 1)];
  });
  const role = processRole(Object.fromEntries(pairs));
  return role === null || "refused" in role ? "server" : role.kind;
}

/** Returns the first of a process and its descendants that has a role; `null` if none has. */
export function pidOfRole(pid: number, role: string): number | null {
  return family(pid).find((one) => roleOf(one) === role) ?? null;
}

/** Resident memory of `pid` and all of its descendants in bytes; 0 when it has gone. */
export function residentBytes(pid: number): number {
  return family(pid).reduce((sum, one) => sum + statusBytes(one, "VmRSS"), 0);
}

/** The most resident memory that `pid` alone ever had, in bytes. */
export function peakBytes(pid: number): number {
  return statusBytes(pid, "VmHWM");
}

/**
 * User and system ticks out of a line of `/proc/PID/stat`, in µs. The name of the process stands in
 * brackets and may hold spaces and brackets itself, so fields are counted from the last one.
 */
export function parseStat(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** The value of a `kB` row of `/proc/PID/status`, in bytes; 0 when there is no such row. */
export function parseStatus(status: string, row: string): number {
  const found = new RegExp(`^${row}:\\s+(\\d+) kB$`, "m").exec(status);
  return found === null ? 0 : Number(found[1]) * 1024;
}

/**
 * CPU time of `pid` alone in µs; 0 when it has gone.
 *
 * Threads' `schedstat` counts nanoseconds, but a thread that has ended takes its time with it;
 * `stat` keeps that time, in coarse ticks. The larger of the two is right to within a tick.
 */
export function cpuUsOf(pid: number): number {
  const ticks = readOr(`/proc/${pid}/stat`);
  if (ticks === null) return 0;
  const coarse = parseStat(ticks);
  const exact = threads(pid).reduce((sum, thread) => {
    const line = readOr(`/proc/${pid}/task/${thread}/schedstat`);
    return sum + (line === null ? 0 : Number(line.split(" ")[0]) / 1000);
  }, 0);
  return exact >= coarse - TICK_US * 2 ? exact : coarse;
}

/** CPU time in µs of the thread that a process began with: that of a program's own code, where Bun has others for the rest. */
export function mainThreadUs(pid: number): number {
  const line = readOr(`/proc/${pid}/task/${pid}/schedstat`) ?? "0";
  return Number(line.split(" ")[0]) / 1000;
}

/** Returns the process and all of its descendants. */
export function family(pid: number): number[] {
  const found = [pid];
  for (const one of found) {
    for (const thread of threads(one)) {
      const children = readOr(`/proc/${one}/task/${thread}/children`) ?? "";
      for (const child of children.split(" ")) if (child !== "") found.push(Number(child));
    }
  }
  return found;
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function statusBytes(pid: number, row: string): number {
  return parseStatus(readOr(`/proc/${pid}/status`) ?? "", row);
}

/** A process may end between being named and being read; that is ordinary here. */
function readOr(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
