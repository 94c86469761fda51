import type { Figures } from "./meter.ts";

/** One run of one scenario against one server. */
export interface Run {
  readonly server: string;
  readonly scenario: string;
  /** Why there are no figures; null when there are. */
  readonly failed: string | null;
  readonly figures: Figures | null;
}

const HEAD = [
  "what",
  "server",
  "CPU/unit",
  "units/s",
  "p50",
  "p99",
  "max",
  "memory",
  "gen",
  "notes",
];

/** A table of runs in the order given, for people. */
export function formatTable(runs: readonly Run[]): string {
  const rows = runs.map(({ server, scenario, failed, figures }) =>
    figures === null
      ? [scenario, server, "-", "-", "-", "-", "-", "-", "-", failed ?? "not measured"]
      : [
          figures.name,
          server,
          figures.cpuUsPerUnit === null ? "-" : `${round(figures.cpuUsPerUnit)} µs/${figures.unit}`,
          round(figures.perSecond),
          ...(["p50", "p99", "max"] as const).map((key) => ms(figures.latencyUs?.[key])),
          figures.memoryBytes === null ? "-" : megabytes(figures.memoryBytes),
          `${Math.round(figures.generatorBusy * 100)} %`,
          notes(figures),
        ],
  );
  return layOut([HEAD, ...rows]);
}

/**
 * What each thing costs with `ours` as a multiple of what it costs with the better rival in that
 * figure: below 1 ours is cheaper.
 */
export function formatRatios(runs: readonly Run[], ours: string): string {
  const names = [...new Set(runs.flatMap(({ figures }) => figures?.name ?? []))];
  const rows = names.map((name) => {
    type Value = (figures: Figures) => number | null | undefined;
    const of = (isMeant: (server: string) => boolean, value: Value) =>
      runs
        .filter((run) => isMeant(run.server) && run.figures?.name === name)
        .flatMap(({ figures }) => (figures === null ? [] : (value(figures) ?? [])));
    const ratio = (server: string, value: Value) => {
      const [own] = of((one) => one === server, value);
      const rivals = of((one) => one !== ours && one !== BARE && !isWithGateways(one), value);
      return own === undefined || rivals.length === 0 ? "-" : round(own / Math.min(...rivals));
    };
    const cpu: Value = (figures) => figures.cpuUsPerUnit;
    return [
      name,
      ratio(ours, cpu),
      ratio(ours, (figures) => figures.latencyUs?.p50),
      ratio(ours, (figures) => figures.latencyUs?.p99),
      ratio(ours, (figures) => figures.memoryBytes),
      ratio(ours, (figures) => figures.more["bytesPerConnection"]),
      ratio(BARE, cpu),
    ];
  });
  const columns = ["CPU", "p50", "p99", "memory", "B/conn", `CPU of ${BARE}`];
  return layOut([[`${ours} / better rival`, ...columns], ...rows]);
}

/**
 * What Sodam with gateways, and with NATS, costs beside one process: the median over the rounds, in each of which they
 * were measured one after the other. `in all` and the parts are multiples of the one process's CPU.
 */
export function formatGatewayRatios(runs: readonly Run[]): string {
  const names = [...new Set(runs.flatMap(({ figures }) => figures?.name ?? []))];
  const of = (server: string, name: string) =>
    runs.flatMap((run) =>
      run.server === server && run.figures?.name === name ? [run.figures] : [],
    );
  const rows = names.flatMap((name) =>
    WITH_GATEWAYS.flatMap((server) => {
      const alone = of("sodam", name);
      const pairs = of(server, name).flatMap((figures, round) => {
        const single = alone[round];
        return single === undefined ? [] : [{ figures, single }];
      });
      return pairs.length === 0 ? [] : [[name, server, ...besideOne(pairs)]];
    }),
  );
  const parts = ["in all", "leader", "gateways", "NATS", "added p50", "rounds"];
  return layOut([["beside one process", "server", ...parts], ...rows]);
}

interface RoundPair {
  readonly figures: Figures;
  readonly single: Figures;
}

function besideOne(pairs: readonly RoundPair[]): string[] {
  const middle = (value: (pair: RoundPair) => number) => {
    const values = pairs
      .map(value)
      .filter(Number.isFinite)
      .sort((a, b) => a - b);
    return values.length === 0 ? "-" : round(values[(values.length - 1) >> 1] ?? 0);
  };
  const cpu = ({ cpuUsPerUnit }: Figures) => cpuUsPerUnit ?? Number.NaN;
  const part = (role: string) =>
    middle(({ figures, single }) => (figures.more[`${role}CpuUs`] ?? Number.NaN) / cpu(single));
  const p50 = ({ latencyUs }: Figures) => latencyUs?.p50 ?? Number.NaN;
  return [
    middle(({ figures, single }) => cpu(figures) / cpu(single)),
    ...[part("leader"), part("gateway"), part("nats")],
    `${middle(({ figures, single }) => (p50(figures) - p50(single)) / 1000)} ms`,
    String(pairs.length),
  ];
}

/** Sodam with gateways, on one machine and with NATS, which is measured beside one process. */
export const WITH_GATEWAYS = ["sodam-gateways", "sodam-nats", "sodam-nats-3"] as const;

export function isWithGateways(server: string): boolean {
  return WITH_GATEWAYS.some((name) => name === server);
}

/** No rival, but the least that a server on Bun can cost: see bare.ts. */
const BARE = "bare";

/** Of several runs of the same thing, the one with the middle CPU cost (or latency without one). */
export function median(runs: readonly Run[]): Run[] {
  const groups = Map.groupBy(runs, (run) => `${run.server} ${run.figures?.name ?? run.scenario}`);
  return [...groups.values()].flatMap((group) => {
    const cost = (run: Run) => run.figures?.cpuUsPerUnit ?? run.figures?.latencyUs?.p50 ?? Infinity;
    const sorted = group.toSorted((a, b) => cost(a) - cost(b));
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? [];
  });
}

function notes({ lost, dropped, generatorBusy, more }: Figures): string {
  return [
    ...(lost > 0 ? [`LOST ${lost} deliveries`] : []),
    ...(dropped > 0 ? [`${dropped} connections dropped`] : []),
    ...(generatorBusy > 0.9 ? ["the generator was the limit"] : []),
    ...Object.entries(more)
      .filter(([key, value]) => key !== "membersMiscounted" || value > 0)
      .map(([key, value]) =>
        key.endsWith("Bytes") ? `${key} ${megabytes(value)}` : `${key} ${round(value)}`,
      ),
  ].join(", ");
}

function ms(us: number | undefined): string {
  return us === undefined ? "-" : `${round(us / 1000)} ms`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Three digits that mean something. */
function round(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => Bun.stringWidth(row[column] ?? ""))),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - Bun.stringWidth(cell)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
