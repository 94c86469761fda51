/* Reads the metrics by a parser of the format's grammar. */

/** A metric as its text has it. */
export interface ReadMetric {
  readonly type: string;
  readonly help: string;
  /** `{cause="x"}`, with the labels unescaped as JSON, → value. */
  readonly values: Map<string, number>;
}

/**
 * Reads the text format strictly: each metric has HELP, then TYPE, then its samples, all in one group.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
 */
export function readMetrics(text: string): Map<string, ReadMetric> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const metrics = new Map<string, ReadMetric>();
  let current: { name: string; help: string } | null = null;
  for (const line of text.slice(0, -1).split("\n")) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)*)$/.exec(line);
    if (help !== null) {
      const [, name = "", words = ""] = help;
      if (metrics.has(name)) throw new Error(`${name} comes twice`);
      current = { name, help: words };
      continue;
    }
    const type = /^# TYPE (\S+) (counter|gauge)$/.exec(line);
    if (type !== null) {
      if (type[1] !== current?.name) throw new Error(`TYPE without HELP: ${line}`);
      metrics.set(current?.name ?? "", {
        type: type[2] ?? "",
        help: current?.help ?? "",
        values: new Map(),
      });
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null || sample[1] !== current?.name) throw new Error(`no sample: ${line}`);
    const labels = parseLabels(sample[2] ?? "");
    const values = metrics.get(current?.name ?? "")?.values;
    if (values === undefined || values.has(labels)) throw new Error(`twice: ${line}`);
    const value = Number(sample[3]?.replace("Inf", "Infinity"));
    if (Number.isNaN(value)) throw new Error(`no number: ${line}`);
    values.set(labels, value);
  }
  return metrics;
}

function parseLabels(text: string): string {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== "") {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest);
    if (label === null) throw new Error(`no label: ${rest}`);
    const [all, name = "", value = ""] = label;
    labels[name] = value.replaceAll(/\\(.)/g, (_, letter) => (letter === "n" ? "\n" : letter));
    rest = rest.slice(all.length);
  }
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}
