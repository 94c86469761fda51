/**
 * Measures what the interactive client costs before its first question, in a real pty:
 * `bun tests/bench/first-menu.ts [ROUNDS]`. Prints the median CPU time of its main thread and of all its threads, and that
 * of Bun itself, which an empty program takes. Linux only.
 */
import { en } from "../../lib/app/i18n/en.ts";
import { CLIENT, Folder } from "../e2e/program.ts";
import { Pty } from "../e2e/pty.ts";
import { cpuUsOf, mainThreadUs } from "./procfs.ts";

const ROUNDS_DEFAULT = 11;
const EMPTY_PROGRAM = "process.stdout.write('ready\\n'); setTimeout(() => {}, 60_000);";

/** CPU time in ms. */
interface Cost {
  readonly main: number;
  readonly all: number;
}

/** Starts a program with nothing remembered, and returns what it took until `text` is on the screen. */
async function costUntil(command: readonly string[], text: string): Promise<Cost> {
  using folder = new Folder();
  const program = new Pty(command, { XDG_CONFIG_HOME: folder.path, HOME: folder.path });
  program.resize(100, 30);
  await program.sees(text);
  const cost = { main: mainThreadUs(program.pid) / 1000, all: cpuUsOf(program.pid) / 1000 };
  program.end();
  return cost;
}

function median(costs: readonly Cost[], part: keyof Cost): string {
  const sorted = costs.map((cost) => cost[part]).sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(0);
}

const empty: Cost[] = [];
const client: Cost[] = [];
for (let round = Number(process.argv[2] ?? ROUNDS_DEFAULT); round > 0; round--) {
  empty.push(await costUntil([process.execPath, "-e", EMPTY_PROGRAM], "ready"));
  client.push(await costUntil([...CLIENT, "--lang", "en"], en.menu.askServer));
}
for (const [name, costs] of Object.entries({ "an empty program": empty, "the client": client })) {
  const [main, all] = [median(costs, "main"), median(costs, "all")];
  process.stdout.write(`${name}: ${main} ms in the main thread, ${all} ms in all\n`);
}
