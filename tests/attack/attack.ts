import { join } from "node:path";
import { parseArgs } from "node:util";
import { keepToGeneratorCore } from "../bench/cores.ts";
import { residentBytes } from "../bench/procfs.ts";
import { ATTACKS, type AttackOrder } from "./attacks.ts";
import { type HonestFigures, HonestPeople } from "./honest-people.ts";
import type { AttackCounts } from "./hostile-connection.ts";
import {
  makeFolder,
  removeFolder,
  type ServerUnderAttack,
  startServer,
} from "./server-under-attack.ts";
import { makeTown, prepareTown } from "./town.ts";
import { HEADER, judge, type Phase, phaseLine } from "./verdict.ts";

const USAGE = `bun tests/attack/attack.ts [--full] [--attack NAME]… [--rounds N]

Attacks a real server that has its usual limits, each attack three times, while twenty honest people talk. Prints
what they had of it before, during and after. Without --full it takes two minutes and fails only on gross breaches;
with it there are 20,000 hostile connections, and the verdict is strict.`;

/** The length of a phase in seconds, and how many strangers come. */
const SIZES = {
  short: { quiet: 3, during: 5, after: 1, strangers: 3000 },
  full: { quiet: 20, during: 40, after: 10, strangers: 20_000 },
} as const;

/** The most connections of one process of attackers, below the usual limit of open files. */
const STRANGERS_PER_PROCESS = 5000;
const MEMORY_EVERY_MS = 200;

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Bun.argv.slice(2),
    options: {
      full: { type: "boolean", default: false },
      attack: { type: "string", multiple: true },
      rounds: { type: "string", default: "3" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return tell(USAGE);
  const names = values.attack ?? Object.keys(ATTACKS);
  const unknown = names.filter((name) => !Object.hasOwn(ATTACKS, name));
  if (unknown.length > 0) return tell(`No attack is called ${unknown}.`, 2);
  const size = values.full ? SIZES.full : SIZES.short;

  keepToGeneratorCore();
  const folder = makeFolder();
  process.once("exit", () => removeFolder(folder));
  const town = makeTown();
  const unlimited = await startServer(folder, false);
  await prepareTown(unlimited.tls, town);
  await unlimited.stop();
  const server = await startServer(folder, true);
  const honest = await HonestPeople.arrive(server.tls, town.people);
  const phases: Phase[] = [];
  const note = (phase: Phase): void => {
    phases.push(phase);
    tell(phaseLine(phase));
  };
  tell(HEADER);
  for (const attack of names) {
    tell(`${attack}: ${ATTACKS[attack]?.what}`);
    note({ attack, round: 0, when: "before", ...(await measure(server, honest, size.quiet)) });
    for (let round = 1; round <= Number(values.rounds); round += 1) {
      const seconds = size.during;
      const order = { ...server, attack, seconds, hostile: town.hostile, gang: town.gang };
      const attackers = startAttackers(order, attack === "strangers" ? size.strangers : 0);
      note({ attack, round, when: "during", ...(await measure(server, honest, seconds)) });
      for (const child of attackers) tell(`  ${await summaryOf(child)}`);
      note({ attack, round, when: "after", ...(await measure(server, honest, size.after)) });
    }
  }
  await server.stop();
  const problems = judge(phases, values.full);
  for (const problem of problems) tell(problem);
  tell(problems.length === 0 ? "The server held." : `The server did not hold: ${problems.length}.`);
  return problems.length === 0 ? 0 : 1;
}

/** Lets the honest people talk, and watches the server's memory. */
async function measure(
  { pid }: ServerUnderAttack,
  honest: HonestPeople,
  seconds: number,
): Promise<{ readonly honest: HonestFigures; readonly memoryBytes: number }> {
  let memoryBytes = 0;
  const look = (): void => {
    memoryBytes = Math.max(memoryBytes, residentBytes(pid));
  };
  const ticks = setInterval(look, MEMORY_EVERY_MS);
  const figures = await honest.talkFor(seconds);
  look();
  clearInterval(ticks);
  return { honest: figures, memoryBytes };
}

/** Starts the processes of the attackers. They give way to the honest people, whose latency is measured. */
function startAttackers(
  order: Omit<AttackOrder, "count" | "first">,
  strangers: number,
): Bun.Subprocess<"pipe", "pipe", "inherit">[] {
  const { attack, tls, proxy, seconds, hostile, gang } = order;
  const children = Math.max(1, Math.ceil(strangers / STRANGERS_PER_PROCESS));
  return Array.from({ length: children }, (_, n) => {
    const count = Math.ceil(strangers / children);
    const child = Bun.spawn(
      ["nice", "-n", "19", process.execPath, join(import.meta.dir, "attacker.ts")],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    );
    process.once("exit", () => child.kill("SIGKILL"));
    const part = { count, first: n * count };
    const whole: AttackOrder = { attack, tls, proxy, seconds, hostile, gang, ...part };
    child.stdin.write(JSON.stringify(whole));
    child.stdin.end();
    return child;
  });
}

async function summaryOf(child: Bun.Subprocess<"pipe", "pipe", "inherit">): Promise<string> {
  const text = await new Response(child.stdout).text();
  if (text === "") return "these attackers were gone before the end";
  const { opened, closed, refused, bytesSent } = JSON.parse(text) as AttackCounts;
  return `opened ${opened}, of which the server closed ${closed}; refused ${refused}; ${(bytesSent / 1e6).toFixed(1)} MB sent`;
}

function tell(text: string, code = 0): number {
  process.stderr.write(`${text}\n`);
  return code;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
process.exit(await main());
