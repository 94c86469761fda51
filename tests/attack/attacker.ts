import { keepToGeneratorCore } from "../bench/cores.ts";
import { ATTACKS, type AttackOrder } from "./attacks.ts";
import { attackFor } from "./crowd.ts";

/** A process of attackers: reads its order from standard input, attacks, and prints what it did. */
async function main(): Promise<void> {
  const order = (await Bun.stdin.json()) as AttackOrder;
  keepToGeneratorCore();
  const attackers = ATTACKS[order.attack]?.attackers(order) ?? [];
  const counts = await attackFor(order.seconds, attackers);
  process.stdout.write(`${JSON.stringify(counts)}\n`);
}

await main();
process.exit(0);
