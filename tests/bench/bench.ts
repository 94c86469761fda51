import { parseArgs } from "node:util";
import { keepToGeneratorCore } from "./cores.ts";
import { connect, Peer, type Target } from "./load.ts";
import {
  formatGatewayRatios,
  formatRatios,
  formatTable,
  isWithGateways,
  median,
  type Run,
  WITH_GATEWAYS,
} from "./report.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import {
  clear,
  collectGarbage,
  isServerName,
  prepare,
  SERVERS,
  type ServerName,
  start,
} from "./servers.ts";
import type { Subject } from "./subject.ts";

const USAGE = `bun tests/bench/bench.ts [--server sodam|inspircd|ngircd|HOST:PORT] [--pid N] [--plain]
                         [--scenario NAME]… [--repeat N] [--compare]
                         [--gateways N] [--nats 1|3]… [--links N] [--data FOLDER] [--list]

Measures an IRC server from outside. One JSON line a run goes to standard output, a table to
standard error. --compare measures every server that this machine has, scenario by scenario, and
tells what Sodam's costs are as a multiple of the better rival's. --server may be given several times.
--gateways measures Sodam with N gateways as well, and tells what that costs beside one process; --nats does so
with one NATS server, or three. --links is how many links idle-links and takeovers open.
--data is a data folder that Sodam begins with: it is copied for each run.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Bun.argv.slice(2),
    options: {
      server: { type: "string", multiple: true },
      pid: { type: "string" },
      plain: { type: "boolean", default: false },
      scenario: { type: "string", multiple: true },
      repeat: { type: "string", default: "1" },
      compare: { type: "boolean", default: false },
      gateways: { type: "string" },
      nats: { type: "string", multiple: true, default: [] },
      links: { type: "string", default: "2000" },
      data: { type: "string" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return tell(USAGE);
  if (values.list) {
    return tell(
      Object.entries(SCENARIOS)
        .map(([name, { what }]) => `${name.padEnd(16)} ${what}`)
        .join("\n"),
    );
  }
  const names = values.scenario ?? Object.keys(SCENARIOS);
  const unknown = names.filter((name) => !Object.hasOwn(SCENARIOS, name));
  if (unknown.length > 0) return tell(`No scenario is called ${unknown}. --list names them.`, 2);
  const gateways = values.gateways === undefined ? null : Number(values.gateways);
  const servers = (values.compare ? Object.keys(SERVERS) : (values.server ?? ["sodam"])).filter(
    (server) => !values.compare || !isWithGateways(server),
  );
  const add = (server: ServerName) => servers.includes(server) || servers.push(server);
  if (gateways !== null) add("sodam-gateways");
  if (values.nats.includes("1")) add("sodam-nats");
  if (values.nats.includes("3")) add("sodam-nats-3");
  const pid = values.pid === undefined ? null : Number(values.pid);

  keepToGeneratorCore();
  const runs: Run[] = [];
  // Scenario by scenario and server by server, so that a noisy minute troubles all of them alike.
  for (const name of names) {
    for (let round = 0; round < Number(values.repeat); round++) {
      for (const server of servers) {
        const options = {
          pid,
          plain: values.plain,
          gateways: gateways ?? 1,
          links: Number(values.links),
          data: values.data ?? null,
        };
        const came = await measure(server, options, name, SCENARIOS[name] as Scenario);
        for (const run of came) process.stdout.write(`${JSON.stringify(run)}\n`);
        runs.push(...came);
      }
    }
  }
  const shown = median(runs);
  tell(formatTable(shown));
  const hasRival = servers.some((server) => server !== "sodam" && !isWithGateways(server));
  if (servers.includes("sodam") && hasRival) tell(`\n${formatRatios(shown, "sodam")}`);
  if (servers.some(isWithGateways)) tell(`\n${formatGatewayRatios(runs)}`);
  return runs.some(isWrong) ? 1 : 0;
}

interface MeasureOptions {
  readonly pid: number | null;
  readonly plain: boolean;
  readonly gateways: number;
  readonly links: number;
  readonly data: string | null;
}

const SODAM: readonly ServerName[] = ["sodam", ...WITH_GATEWAYS];

/** One scenario against one server, which is started for it and ended after it when it is ours to start. */
async function measure(
  server: string,
  options: MeasureOptions,
  name: string,
  scenario: Scenario,
): Promise<Run[]> {
  const { pid, plain } = options;
  const run = { server: plain ? `${server} (plain)` : server, scenario: name };
  try {
    const found = isServerName(server)
      ? await withStarted(server, scenario, options, (subject) => scenario.run(name, subject))
      : await scenario.run(name, { ...elsewhere(server, pid, plain), links: options.links });
    if (found.length === 0) return [{ ...run, failed: null, figures: null }];
    return found.map((figures) => ({ ...run, failed: null, figures }));
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    return [{ ...run, failed, figures: null }];
  }
}

async function withStarted<T>(
  server: ServerName,
  { collects = false, hashes = false }: Scenario,
  { plain, gateways, links, data }: MeasureOptions,
  work: (subject: Subject) => Promise<T>,
): Promise<T> {
  const { burstMax } = SERVERS[server];
  const isSodam = SODAM.includes(server);
  const options = { gateways, collects: collects && isSodam, data: isSodam ? data : null, hashes };
  const place = prepare(server, options);
  let running = await start(server, place).catch((error: unknown) => {
    clear(place);
    throw error;
  });
  const target = plain ? running.plain : running.tls;
  const startAgainMs = async () => {
    await running.stop();
    const from = performance.now();
    running = await start(server, place);
    const peer = new Peer("first");
    await connect(target, peer);
    const took = performance.now() - from;
    peer.terminate();
    return took;
  };
  try {
    const { pid } = running;
    const collect = place.collects ? () => collectGarbage(place, pid) : null;
    const facts = { name: server, target, pid, burstMax, links, folder: place.folder };
    return await work({ ...facts, startAgainMs, collectGarbage: collect });
  } finally {
    await running.stop();
    clear(place);
  }
}

function elsewhere(address: string, pid: number | null, plain: boolean): Omit<Subject, "links"> {
  const [, host = "", port = ""] = /^\[?(.+?)\]?:(\d+)$/.exec(address) ?? [];
  if (host === "") throw new Error(`${address} is neither a known server nor HOST:PORT`);
  const target: Target = { host, port: Number(port), tls: !plain };
  return {
    name: address,
    target,
    pid,
    folder: null,
    burstMax: Infinity,
    startAgainMs: null,
    collectGarbage: null,
  };
}

/** A run that failed, or whose counts do not add up. */
function isWrong({ failed, figures }: Run): boolean {
  return failed !== null || (figures?.lost ?? 0) + (figures?.more["membersMiscounted"] ?? 0) > 0;
}

function tell(text: string, code = 0): number {
  process.stderr.write(`${text}\n`);
  return code;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
// Connections of a run that failed are still open, and would keep the process.
process.exit(await main());
