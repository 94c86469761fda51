import { TRAFFIC } from "./scale-traffic.ts";

/*
 * Plans of machines for a service of a given size: the input of scale-model.ts. A plan is a claim that so many
 * processes are enough; the model looks for what breaks first.
 */

/** The machine that all plans count in. */
export const MACHINE = {
  cores: 16,
  memoryBytes: 64e9,
  diskBytes: 2e12,
  networkBytes: 1.25e9,
  /** Gateway processes of a machine that has nothing else. */
  gateways: 8,
  /** Leaders and standbys of a machine that has nothing else, and directories. */
  leaders: 12,
} as const;

/** A group of NATS servers, which holds logs three times and carries frames. */
export const NATS = { servers: 3, cores: 4 } as const;

/** How a service is built, where today's design has a successor. */
export interface Design {
  /** Who reads the pages of history for somebody who comes back. */
  readonly pages: "leader" | "standbys";
  /** What a frame names: each link that is to get a line, or the room, whose links the gateway knows. */
  readonly sends: "links" | "rooms";
  /** Rooms with more people here than this tell nobody who comes and goes, and list no names unasked. */
  readonly quietAbove: number;
  /** Which links a new leader takes up before it serves: all, or those that have something to say. */
  readonly takeUp: "all" | "active";
  /** To how many receivers a leader writes a line at most: all gateways, or the first level of a tree of them. */
  readonly receiversMax: number;
  /** Which machines verify passwords, with the cores that have nothing else to do: those of leaders, or of gateways. */
  readonly passwords: "leaders" | "gateways";
  /** The share of those who come back after a loss whose password is verified at full cost. */
  readonly passwordsAfterLoss: number;
  /** The share of the rooms whose newest events are in memory. */
  readonly roomsInMemory: number;
  /** Rooms of a workspace, at most. `null`: today's limit. */
  readonly roomsMax: number | null;
}

/** What is built now. */
export const TODAY: Design = {
  pages: "leader",
  sends: "links",
  quietAbove: Number.POSITIVE_INFINITY,
  takeUp: "all",
  receiversMax: Number.POSITIVE_INFINITY,
  passwords: "leaders",
  passwordsAfterLoss: TRAFFIC.passwordShare,
  roomsInMemory: 1,
  roomsMax: null,
};

/** What docs/scale.md describes for a workspace that is larger than a leader can be today. */
export const LARGE_WORKSPACE: Design = {
  pages: "standbys",
  sends: "rooms",
  quietAbove: 1000,
  takeUp: "active",
  receiversMax: 8,
  passwords: "gateways",
  passwordsAfterLoss: TRAFFIC.passwordShare,
  roomsInMemory: 0.05,
  roomsMax: Number.POSITIVE_INFINITY,
};

export interface Plan {
  readonly name: string;
  /** People who are here at once in the busiest hour. */
  readonly people: number;
  /** How many of them are in the largest workspace. */
  readonly largest: number;
  /** Processes that lead, each with any number of workspaces. */
  readonly leaders: number;
  /** The leader and its standbys, each of which has everything. */
  readonly copies: number;
  readonly gateways: number;
  /** Places, each with an equal part of everything, of which one may fail; 1: all is in one place. */
  readonly sites: number;
  /** Groups of three NATS servers. */
  readonly logGroups: number;
  /** How large the log of a leader may become, in GiB. */
  readonly logGiB: number;
  /** Processes that have a part of the accounts each; 0: the leader has them. */
  readonly directories: number;
  /** The share of the people who log in during the same half an hour of the morning. */
  readonly morningShare: number;
  readonly design: Design;
}

const ONE = {
  leaders: 1,
  sites: 1,
  copies: 3,
  logGroups: 1,
  directories: 0,
  morningShare: 0.8,
} as const;

/** Returns a plan with one workspace. */
function oneWorkspace(name: string, people: number, gateways: number, design: Design): Plan {
  const logGiB = design === TODAY ? 8 : 64;
  return { ...ONE, logGiB, name, people, largest: people, gateways, design };
}

const MILLIONS: Plan = {
  name: "100M in workspaces",
  people: 100_000_000,
  largest: 12_000,
  leaders: 8400,
  copies: 3,
  gateways: 5000,
  sites: 3,
  logGroups: 160,
  logGiB: 8,
  directories: 240,
  morningShare: 0.2,
  design: TODAY,
};

export const PLANS: readonly Plan[] = [
  oneWorkspace("10k in one workspace", 10_000, 4, TODAY),
  oneWorkspace("100k in one workspace", 100_000, 24, TODAY),
  oneWorkspace("100k in one, redesigned", 100_000, 24, LARGE_WORKSPACE),
  {
    name: "100k in workspaces",
    people: 100_000,
    largest: 10_000,
    leaders: 10,
    copies: 3,
    gateways: 24,
    sites: 1,
    logGroups: 1,
    logGiB: 8,
    directories: 2,
    morningShare: 0.8,
    design: TODAY,
  },
  {
    name: "1M in workspaces",
    people: 1_000_000,
    largest: 12_000,
    leaders: 84,
    copies: 3,
    gateways: 72,
    sites: 1,
    logGroups: 2,
    logGiB: 8,
    directories: 4,
    morningShare: 0.5,
    design: TODAY,
  },
  oneWorkspace("1M in one, redesigned", 1_000_000, 120, LARGE_WORKSPACE),
  MILLIONS,
  {
    ...MILLIONS,
    name: "100M, redesigned",
    design: {
      ...TODAY,
      passwords: "gateways",
      passwordsAfterLoss: 0.02,
      quietAbove: 1000,
      pages: "standbys",
    },
  },
];

/** A service goes on without one machine: its gateways are on three at least. */
const GATEWAY_MACHINES_MIN = 3;

/** Returns on how many machines so many gateways are. */
export function gatewayMachines(gateways: number): number {
  const enough = Math.ceil(gateways / MACHINE.gateways);
  return Math.max(Math.min(GATEWAY_MACHINES_MIN, gateways), enough);
}

/** Returns how many cores verify passwords at a time. */
export function passwordCores({ design, leaders, copies }: Plan, gateways: number): number {
  if (design.passwords === "gateways") {
    return gatewayMachines(gateways) * (MACHINE.cores - MACHINE.gateways);
  }
  // The only leader has gateways beside it, and its standbys are on other machines.
  if (leaders === 1) return MACHINE.cores - MACHINE.gateways;
  // A standby has the hashes as well, but nobody asks it.
  const machines = Math.ceil((leaders * copies) / MACHINE.leaders);
  return machines * (MACHINE.cores - MACHINE.leaders);
}
