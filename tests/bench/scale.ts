import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { PLANS, type Plan } from "./scale-plans.ts";
import {
  audienceTable,
  boundsTable,
  breaksTable,
  costsTable,
  doubtsTable,
  machinesTable,
  trafficTable,
} from "./scale-report.ts";
import { World } from "./scale-world.ts";
import { readCosts } from "./unit-costs.ts";

/*
 * What a service of a given size needs, and what breaks first: `bun tests/bench/scale.ts`. See docs/scale.md.
 */

const USAGE = `bun tests/bench/scale.ts [--seed N] [--plan FILE.json]… [--update]
Prints the tables of docs/scale.md. --update writes them into it. --plan plays another plan instead: JSON with the
fields of a Plan (tests/bench/scale-plans.ts) that differ from the plan whose name is in "like".`;
const PAGE = join(resolve(import.meta.dir, "../.."), "docs/scale.md");
const SEED = 48;

/** Returns the tables by the names that docs/scale.md has for their places. */
export function tables(plans: readonly Plan[] = PLANS, seed = SEED): Record<string, string> {
  const costs = readCosts();
  const services = plans.map((plan) => ({ plan, world: World.draw(plan, seed) }));
  return {
    costs: costsTable(),
    traffic: trafficTable(),
    machines: machinesTable(services, costs),
    audience: audienceTable(costs),
    bounds: boundsTable(services, costs, seed),
    breaks: breaksTable(services, costs, seed),
    doubts: doubtsTable(services, costs, seed),
  };
}

/** Returns a page with the tables put between its marks. Throws when the page has no place for one. */
export function withTables(page: string, byName: Readonly<Record<string, string>>): string {
  return Object.entries(byName).reduce((text, [name, table]) => {
    const begin = `<!-- table: ${name} -->\n`;
    const end = "\n<!-- end -->";
    const from = text.indexOf(begin);
    const until = text.indexOf(end, from);
    if (from === -1 || until === -1) throw new Error(`the page has no place for "${name}"`);
    return `${text.slice(0, from)}${begin}${table}${text.slice(until)}`;
  }, page);
}

/** Reads a plan of a file: what differs from one of ours. */
export async function planOf(path: string): Promise<Plan> {
  const { like, ...changes } = await Bun.file(path).json();
  const base = PLANS.find(({ name }) => name === like);
  if (base === undefined) {
    const names = PLANS.map(({ name }) => JSON.stringify(name)).join(", ");
    throw new Error(`${path}: "like" must be one of ${names}`);
  }
  const unknown = [
    ...Object.keys(changes).filter((name) => !(name in base)),
    ...Object.keys(changes.design ?? {}).filter((name) => !(name in base.design)),
  ];
  if (unknown.length > 0) throw new Error(`${path}: a plan has no ${unknown.join(", ")}`);
  return { ...base, ...changes, design: { ...base.design, ...changes.design } };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      plan: { type: "string", multiple: true },
      update: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return tell(USAGE);
  const plans = values.plan === undefined ? PLANS : await Promise.all(values.plan.map(planOf));
  const byName = tables(plans, Number(values.seed ?? SEED));
  if (values.update === true) {
    await Bun.write(PAGE, withTables(await Bun.file(PAGE).text(), byName));
    return;
  }
  tell(Object.values(byName).join("\n\n"));
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (import.meta.main) await main();
