import { Fleet } from "./scale-fleet.ts";
import { leaderBytes } from "./scale-leader.ts";
import { BOUNDS, type Limit, play, type Reading } from "./scale-model.ts";
import { gatewayMachines, LARGE_WORKSPACE, MACHINE, NATS, type Plan } from "./scale-plans.ts";
import { HERE_BY_HOUR, storedMessages, TRAFFIC } from "./scale-traffic.ts";
import { roomsOf, sum, type World } from "./scale-world.ts";
import { type Costs, encodedSizes, UNIT_COSTS } from "./unit-costs.ts";

/*
 * The tables of docs/scale.md.
 */

const GB = 1e9;
/** Machines aren't filled to the brim. */
const MEMORY_SHARE = 0.8;
const MACHINES_MIN = 3;
/** How long history is kept. */
const DAYS = 365;
/** A day of talk has as many messages as so many of its busiest hours. */
const BUSY_HOURS = sum(HERE_BY_HOUR, (here) => here);
/** How far a plan is scaled while what breaks first is looked for, and by how much each time. */
const GROWTH = { least: 1 / 16, most: 16, step: 2 ** 0.25 } as const;
const BREAKS_SHOWN = 3;
/** More of these is better. */
const RATES: ReadonlySet<string> = new Set<keyof Costs>(["logRecords", "handshakes"]);
const AUDIENCES = [1000, 10_000, 100_000, 1_000_000] as const;
/** Half of what a gateway can have. */
const LINKS_OF_GATEWAY = 20_000;

/** The unit costs, with where each comes from. */
export function costsTable(): string {
  const sizes = encodedSizes();
  const source = "encoded by `unit-costs.ts` itself";
  const rows = Object.values(UNIT_COSTS).map((cost) => [
    cost.what,
    `${number(cost.value)} ${cost.unit}`,
    cost.source,
  ]);
  rows.push(
    ["log and disk: a message of 120 letters", `${sizes.storedMessage} bytes`, source],
    ["log: a read marker", `${sizes.storedMarker} bytes`, source],
    ["network: a message's line", `${sizes.sentMessage} bytes`, source],
  );
  return table(["what", "cost", "from"], rows);
}

/** The assumptions about people. */
export function trafficTable(): string {
  const rows = Object.entries(TRAFFIC).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    number(value),
  ]);
  return table(["assumption", "value"], rows);
}

/** A plan, and the workspaces that were drawn for it. */
export interface Service {
  readonly plan: Plan;
  readonly world: World;
}

/** What each plan consists of. */
export function machinesTable(services: readonly Service[], costs: Costs): string {
  const rows = services.map(({ plan, world }) => {
    const { leaders, copies, gateways, directories, logGroups, design } = plan;
    const links = world.people * TRAFFIC.linksPerPerson;
    const rooms = world.people * world.perPerson((people) => roomsOf(people) / people);
    const ofLeaders =
      copies *
      (leaders * costs.process +
        world.workspaces * costs.workspace +
        leaderBytes(world.people, rooms * design.roomsInMemory, costs));
    const ofGateways = gateways * costs.process + links * costs.gatewayLink;
    const accounts = world.people * TRAFFIC.accountsPerPersonHere;
    const ofDirectories =
      directories === 0 ? 0 : copies * (directories * costs.process + accounts * costs.account);
    const memory = ofLeaders + ofGateways + ofDirectories;
    const apart = copies * (world.workspaces - leaders) * costs.process;
    const cores =
      gatewayMachines(gateways) * MACHINE.cores +
      (leaders + directories) * copies +
      logGroups * NATS.servers * NATS.cores;
    const messages = storedMessages(plan, world.people) * BUSY_HOURS;
    const markers = world.people * TRAFFIC.markersPerHour * BUSY_HOURS;
    const log =
      messages * (costs.storedMessage + costs.recordHead) +
      markers * (costs.storedMarker + costs.recordHead);
    const disk = messages * DAYS * costs.storedMessage * copies;
    const lines = new Fleet(plan, world, costs).writes(1);
    const said = lines / (1 + TRAFFIC.typingPerMessage);
    const network =
      lines * costs.packet + said * costs.sentMessage + (lines - said) * costs.otherLine;
    const machines = Math.max(
      MACHINES_MIN,
      Math.ceil(cores / MACHINE.cores),
      Math.ceil(memory / MEMORY_SHARE / MACHINE.memoryBytes),
      Math.ceil(disk / MACHINE.diskBytes),
    );
    return [
      plan.name,
      number(world.workspaces),
      number(leaders),
      number(gateways),
      number(directories),
      number(logGroups * NATS.servers),
      number(cores),
      `${number(memory / GB)} GB`,
      `${number((memory + apart) / GB)} GB`,
      `${number(disk / 1000 / GB)} TB`,
      `${number(log / GB)} GB`,
      `${number((network * 8) / GB)} Gbit/s`,
      number(machines),
    ];
  });
  const head = ["plan", "workspaces", "leaders", "gateways", "directories", "NATS servers"];
  return table(
    [
      ...head,
      "cores",
      "memory",
      "with a process for each workspace",
      "disk, a year",
      "log, a day",
      "network",
      "machines",
    ],
    rows,
  );
}

/** What a message costs in a room whose readers are all here, named one by one and told by room and tree. */
export function audienceTable(costs: Costs): string {
  const { leaderMessage, leaderDelivery, leaderFrame, gatewaySend, sentMessage, packet } = costs;
  const rows = AUDIENCES.map((people) => {
    const links = people * TRAFFIC.linksPerPerson;
    const gateways = Math.max(2, Math.ceil(links / LINKS_OF_GATEWAY));
    const receivers = Math.min(gateways, LARGE_WORKSPACE.receiversMax);
    const today = leaderMessage + links * leaderDelivery + (gateways - 1) * leaderFrame;
    const byRoom = leaderMessage + (receivers - 1) * leaderFrame;
    const rate = (micros: number) => (BOUNDS["leader's core"] * 1e6) / micros;
    return [
      number(people),
      number(gateways),
      `${number(today / 1000)} ms, ${number(rate(today))} a second`,
      `${number(byRoom / 1000)} ms, ${number(rate(byRoom))} a second`,
      `${number((links * gatewaySend) / gateways / 1000)} ms`,
      `${number((links * (sentMessage + packet)) / 1e6)} MB`,
    ];
  });
  const head = ["people", "gateways", "leader, naming links", "leader, naming the room"];
  return table([...head, "each gateway", "network, in all"], rows);
}

/** How near each plan comes to each bound in its worst scene; above 100 % it breaks. */
export function boundsTable(services: readonly Service[], costs: Costs, seed: number): string {
  const worst = services.map(({ plan, world }) => worstOf(play(plan, world, costs, seed)));
  const limits = Object.keys(BOUNDS) as Limit[];
  const rows = limits.map((limit) => [
    limit,
    ...worst.map((readings) => {
      const reading = readings.get(limit);
      if (reading === undefined || reading.share < 0.001) return "–";
      const cell = percent(reading.share);
      return reading.share > 1 ? `**${cell}**, ${reading.scene}` : cell;
    }),
  ]);
  const bounds = rows.map(([limit = "", ...cells]) => [
    `${limit} ≤ ${number(BOUNDS[limit as Limit])}`,
    ...cells,
  ]);
  return table(["bound", ...services.map(({ plan }) => plan.name)], bounds);
}

/** With how many people each plan's machines break first, by what, and what would come next. */
export function breaksTable(services: readonly Service[], costs: Costs, seed: number): string {
  const rows = services.map((service) => {
    const breaks = firstBreaks(service, costs, seed, BREAKS_SHOWN);
    return [
      service.plan.name,
      ...Array.from({ length: BREAKS_SHOWN }, (_, index) => {
        const came = breaks[index];
        if (came === undefined) return "–";
        return `${number(came.people)}: ${withoutUnit(came.limit)}, ${came.scene}`;
      }),
    ];
  });
  return table(["machines of", "breaks first at", "then", "then"], rows);
}

/** Which costs would break each plan that holds, if they were twice as high (or a rate half as high). */
export function doubtsTable(services: readonly Service[], costs: Costs, seed: number): string {
  const names = Object.keys(costs) as (keyof Costs)[];
  const rows = services.flatMap(({ plan, world }) => {
    const brokenBy = (changed: Costs) =>
      [...worstOf(play(plan, world, changed, seed)).values()].filter(({ share }) => share > 1);
    if (brokenBy(costs).length > 0) return [];
    const doubts = names.flatMap((name) => {
      const factor = RATES.has(name) ? 0.5 : 2;
      const broken = brokenBy({ ...costs, [name]: costs[name] * factor });
      return broken.map(({ limit, scene }) => `\`${name}\` (${withoutUnit(limit)}, ${scene})`);
    });
    return [[plan.name, doubts.join("; ") || "none"]];
  });
  return table(["plan", "what would break it"], rows);
}

/** A bound, and with how many people it is crossed. */
export interface Break {
  readonly people: number;
  readonly limit: Limit;
  readonly scene: Reading["scene"];
}

/** Returns with how many people a plan's machines cross the first bounds: the earliest first, at most `most`. */
export function firstBreaks(
  { plan, world }: Service,
  costs: Costs,
  seed: number,
  most: number,
): Break[] {
  const breaks = new Map<Limit, Break>();
  for (let factor = GROWTH.least; factor <= GROWTH.most; factor *= GROWTH.step) {
    if (breaks.size >= most) break;
    const grown = world.grown(factor, plan.leaders);
    for (const [limit, { share, scene }] of worstOf(play(plan, grown, costs, seed))) {
      if (share > 1 && !breaks.has(limit))
        breaks.set(limit, { people: grown.people, limit, scene });
    }
  }
  return [...breaks.values()].slice(0, most);
}

/** Returns the highest reading of each limit. */
export function worstOf(readings: readonly Reading[]): Map<Limit, Reading> {
  const worst = new Map<Limit, Reading>();
  for (const reading of readings) {
    const known = worst.get(reading.limit);
    if (known === undefined || known.share < reading.share) worst.set(reading.limit, reading);
  }
  return worst;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

function withoutUnit(limit: Limit): string {
  return limit.replace(/, (?:s|GB|GiB)$/, "");
}

function percent(share: number): string {
  if (share >= 100) return "> 9,999 %";
  return `${number(share * 100)} %`;
}

/** Two digits are more than the figures are worth. Whole numbers below a thousand stay. */
function number(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 100_000) return value.toLocaleString("en");
  return Number(value.toPrecision(2)).toLocaleString("en", { maximumFractionDigits: 6 });
}
