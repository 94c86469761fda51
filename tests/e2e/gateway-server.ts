/** A server with gateways, and its processes. */
import { readdirSync, readFileSync } from "node:fs";
import { type Running, startServer } from "./house.ts";
import type { Folder } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** The processes of a supervisor, by what they are. */
export interface Processes {
  readonly leader: number;
  /** By their numbers. */
  readonly gateways: readonly number[];
}

/** Starts a server with two gateways, and waits until it listens. */
export function startWithGateways(
  folder: Folder,
  args: readonly string[] = [],
  command?: readonly string[],
): Promise<Running> {
  return startServer(folder, ["--gateways", "2", "--guests", ...args], command);
}

/** Returns the processes of a supervisor that run now. */
export function processesOf(supervisor: number): Processes {
  const roles = childrenOf(supervisor).map((pid) => ({ pid, ...roleOf(pid) }));
  const gateways = roles.filter(({ kind }) => kind === "gateway");
  return {
    leader: roles.find(({ kind }) => kind === "leader")?.pid ?? 0,
    gateways: gateways.sort((a, b) => a.number - b.number).map(({ pid }) => pid),
  };
}

/** Resolves when a process is gone, or waits to be buried by whoever started it. */
export async function isGone(pid: number): Promise<void> {
  for (;;) {
    const state = statOf(pid)?.state;
    if (state === undefined || state === "Z") return;
    await Bun.sleep(5);
  }
}

/** Resolves when a condition holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await Bun.sleep(5);
}

/** Connects a guest and waits for the welcome. */
export async function guest(port: number, nick: string, tls = true): Promise<Stranger> {
  const stranger = await Stranger.connect(port, { tls });
  stranger.says("CAP LS 302");
  stranger.says(`NICK ${nick}`);
  stranger.says(`USER ${nick} 0 * :${nick}`);
  stranger.says("CAP END");
  await stranger.hears(/ (376|422) /);
  return stranger;
}

/** The path of the socket between a leader and its gateways. */
export function socketOf(leader: number): string {
  return roleOf(leader).socket;
}

/** The processes that another one has started, and that run now. */
export function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && statOf(pid)?.parent === parent);
}

function statOf(pid: number): { readonly state: string; readonly parent: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", parent = ""] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

function roleOf(pid: number): {
  readonly kind: string;
  readonly number: number;
  readonly socket: string;
} {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    const text = environment.find((line) => line.startsWith("SODAM_PROCESS="));
    return JSON.parse(text?.slice(text.indexOf("=") + 1) ?? "");
  } catch {
    return { kind: "", number: 0, socket: "" };
  }
}
