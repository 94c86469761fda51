import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { onServerCore } from "./cores.ts";
import { type IdlePeople, isReady, startPeople } from "./idle-links.ts";
import type { PeopleReport } from "./idle-people.ts";
import { type Figures, Meter } from "./meter.ts";
import { cpuUsOf, pidOfRole } from "./procfs.ts";
import { BENCH_CLUSTER, natsAddresses, sodamCommand } from "./servers.ts";
import type { Subject } from "./subject.ts";

/** Everybody asks so often whether the server is there: 2,000 of 10,000 a second. */
const PING_EVERY_MS = 5000;
const POLL_MS = 5;
const LATE_MS = 180_000;
/** For connections and answers before the leader goes. */
const CALM_MS = 2000;

/**
 * How long people wait for an answer while another leader takes the place of one that is killed, or hands over: all of
 * them, in rooms of twenty, of whom some ask at any time and all when the old leader is gone.
 */
export async function takeover(
  name: string,
  subject: Subject,
  how: "kill" | "planned",
): Promise<Figures[]> {
  const { pid, folder, links } = subject;
  const leader = pid === null ? null : pidOfRole(pid, "leader");
  if (pid === null || folder === null || leader === null) return [];
  const standby = existsSync(natsAddresses({ folder })) ? await startStandby(folder) : null;
  const people = startPeople(subject, PING_EVERY_MS);
  try {
    await inTime("to connect", Promise.all(people.map(isReady)));
    await Bun.sleep(CALM_MS);
    for (const some of people) begin(some);
    // Of one process that ends and another that begins there is no CPU to compare. What the next one takes says how long
    // the pause is on a machine that has nothing else to do.
    const meter = new Meter(null);
    const from = performance.now();
    if (how === "kill") process.kill(leader, "SIGKILL");
    else process.kill(supervisorOf(leader), "SIGUSR2");
    while (isRunning(leader)) await Bun.sleep(POLL_MS);
    const goneMs = performance.now() - from;
    const reports = await inTime("to be answered", Promise.all(people.map(measured)));
    const allMs = performance.now() - from;
    const pauseMs = Math.max(...reports.map(({ longestMs }) => longestMs));
    const dropped = reports.reduce((sum, { closed }) => sum + closed, 0);
    // That of a standby is mostly of following.
    const next = standby === null ? pidOfRole(pid, "leader") : null;
    const nextLeaderMs = next === null ? 0 : cpuUsOf(next) / 1000;
    const more = { pauseMs, goneMs, allMs, nextLeaderMs };
    return [meter.read({ name, unit: "link", units: links, dropped, more })];
  } finally {
    standby?.kill("SIGKILL");
    for (const some of people) some.kill("SIGKILL");
    await Promise.all(people.map((some) => some.exited));
  }
}

async function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  const late = Bun.sleep(LATE_MS).then(() => {
    throw new Error(`people waited ${what} for more than ${LATE_MS / 1000} seconds`);
  });
  return Promise.race([work, late]);
}

function begin(people: IdlePeople): void {
  people.stdin.write("begin\n");
  void people.stdin.flush();
}

/** Resolves when all have been answered. */
async function measured(people: IdlePeople): Promise<PeopleReport> {
  begin(people);
  const { value } = await people.lines.next();
  if (value === undefined) throw new Error("the people ended before they were answered");
  return JSON.parse(value) as PeopleReport;
}

/** Starts the other node of a cluster, and waits until it follows. */
async function startStandby(folder: string): Promise<Bun.Subprocess> {
  const own = join(folder, "standby");
  mkdirSync(join(own, "data"), { recursive: true });
  cpSync(join(folder, "certs"), join(own, "certs"), { recursive: true });
  cpSync(join(folder, "data", "cluster.key"), join(own, "data", "cluster.key"));
  const none = { collects: false, hashes: false, data: null };
  const place = { folder: own, tlsPort: 0, plainPort: 0, gateways: 1, ...none };
  const command = [
    ...[...sodamCommand(place), "--cluster", BENCH_CLUSTER, "--node", "standby"],
    ...["--nats", readFileSync(natsAddresses({ folder }), "utf8"), "--gateways", "1"],
  ];
  const log = Bun.file(join(own, "server.log"));
  const stdio = ["ignore", log, log] as const;
  const child = Bun.spawn(onServerCore(command), { cwd: own, stdio: [...stdio] });
  while (!existsSync(join(own, "data", "cluster.json"))) {
    if (child.exitCode !== null) throw new Error(await log.text());
    await Bun.sleep(POLL_MS);
  }
  await Bun.sleep(CALM_MS);
  return child;
}

function isRunning(pid: number): boolean {
  const state = /\) (\S)/.exec(readOr(`/proc/${pid}/stat`))?.[1];
  return state !== undefined && state !== "Z";
}

function supervisorOf(leader: number): number {
  const [, parent = ""] = /\) \S (\d+)/.exec(readOr(`/proc/${leader}/stat`)) ?? [];
  return Number(parent);
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
