import type { GatewayFacts, ProcessFacts } from "../process-ports.ts";
import type { State } from "../state.ts";
import { serverGauges } from "./server-gauges.ts";

/** One value of a metric, with its labels. */
interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with all of its values. */
interface Metric {
  /** Without the prefix; a counter's ends in `_total`, and a unit is seconds or bytes. */
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly Sample[];
}

const PREFIX = "sodam_";

/**
 * Returns the metrics of a running server in Prometheus's text format, for node_exporter's textfile collector. One that
 * follows another tells of its process alone: the rest would be counted twice.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function metricsText(state: State, facts: ProcessFacts): string {
  const ofServer = state.isFollowing ? [] : serverMetrics(state);
  return [...ofServer, ...processMetrics(state, facts)].map(formatMetric).join("");
}

/** Formats one metric: HELP, TYPE, and a line for each value. */
export function formatMetric({ name, type, help, samples }: Metric): string {
  const full = PREFIX + name;
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    return `${full}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${formatNumber(value)}\n`;
  });
  const text = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${full} ${text}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function formatNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

function serverMetrics(state: State): Metric[] {
  const { counters } = state;
  const gauges = serverGauges(state);
  return [
    gauge("accounts", "Accounts.", gauges.accounts),
    {
      ...{ name: "people", type: "gauge", help: "People who are connected." },
      samples: [
        { labels: { kind: "member" }, value: gauges.membersOnline },
        { labels: { kind: "guest" }, value: gauges.guests },
      ],
    },
    {
      ...{ name: "sessions", type: "gauge", help: "Connections by whom they belong to." },
      samples: [
        { labels: { kind: "member" }, value: gauges.memberSessions },
        { labels: { kind: "guest" }, value: gauges.guestSessions },
        { labels: { kind: "unregistered" }, value: gauges.unregistered },
      ],
    },
    gauge("rooms", "Rooms.", gauges.rooms),
    gauge("direct_conversations", "Conversations of two accounts.", gauges.directConversations),
    gauge("files", "Files that messages name.", state.rooms.files.size),
    gauge("file_bytes", "What they take on the disk.", state.rooms.files.bytes),
    gauge("bans", "Bans from the server.", gauges.bans),
    gauge("held_lines", "Received lines that wait.", gauges.heldLines),
    gauge("queries", "Slow queries that wait for their answers.", gauges.queries),
    gauge("outbox_bytes", "Bytes that wait for readers.", gauges.outboxBytes),
    {
      ...{ name: "log_ins_total", type: "counter", help: "Attempts to log in or prove a right." },
      samples: [...counters.logIns].map(([key, value]) => {
        const [method = "", result = ""] = key.split(" ");
        return { labels: { method, result }, value };
      }),
    },
    counter("sign_ups_total", "New accounts.", counters.signUps),
    counts("messages_total", "Stored messages.", "verb", counters.messages),
    counter("lines_received_total", "Lines from clients.", counters.linesIn),
    counts("refusals_total", "Refused commands.", "cause", counters.refusals),
    counts("sessions_closed_total", "Closed sessions.", "cause", counters.closedSessions),
  ];
}

function processMetrics(state: State, facts: ProcessFacts): Metric[] {
  const { disk, backupAt, traffic, loopDelay } = facts;
  const uptimeMs = state.elapsedMs - state.startedElapsedMs;
  return [
    gauge("start_time_seconds", "When the server started.", (state.now - uptimeMs) / 1000),
    gauge("memory_bytes", "Memory that is in use.", facts.memoryBytes),
    {
      ...{ name: "loop_delay_seconds", type: "gauge" },
      help: "How late the event loop ran timers in the last minute.",
      samples: [
        { labels: { value: "mean" }, value: loopDelay.meanMs / 1000 },
        { labels: { value: "max" }, value: loopDelay.maxMs / 1000 },
      ],
    },
    ...gatewayMetrics(facts.gateways),
    gauge("passwords_waiting", "Passwords that wait to be checked.", facts.passwordsWaiting),
    counter("append_failures_total", "What the disk refused to store.", facts.appendFailures),
    counter("received_bytes_total", "Bytes from clients.", traffic.bytesIn),
    counter("sent_bytes_total", "Bytes to clients.", traffic.bytesOut),
    counter("lines_sent_total", "Lines to clients.", traffic.linesOut),
    counts("connections_refused_total", "Connections that never began.", "cause", traffic.refused),
    ...(disk === null
      ? []
      : [
          gauge("disk_free_bytes", "Free space on the data folder's disk.", disk.freeBytes),
          gauge("disk_size_bytes", "Size of that disk.", disk.sizeBytes),
        ]),
    ...(backupAt === null
      ? []
      : [
          gauge("backup_age_seconds", "Time since the last backup.", (state.now - backupAt) / 1000),
        ]),
  ];
}

/** The processes that hold the connections; nothing when the server's own does. */
function gatewayMetrics(gateways: ProcessFacts["gateways"]): Metric[] {
  if (gateways.length === 0) return [];
  const each = (read: (facts: GatewayFacts) => number): Sample[] =>
    gateways.map((facts) => ({
      labels: gatewayLabels(facts),
      value: read(facts),
    }));
  const delays = gateways.flatMap((facts) => {
    const { meanMs, maxMs } = facts.loopDelay;
    return [
      { labels: { ...gatewayLabels(facts), value: "mean" }, value: meanMs / 1000 },
      { labels: { ...gatewayLabels(facts), value: "max" }, value: maxMs / 1000 },
    ];
  });
  return [
    {
      ...{ name: "gateway_connections", type: "gauge", help: "Connections of each gateway." },
      samples: each(({ links }) => links),
    },
    {
      ...{ name: "gateway_memory_bytes", type: "gauge", help: "Memory of each gateway." },
      samples: each(({ memoryBytes }) => memoryBytes),
    },
    {
      ...{ name: "gateway_loop_delay_seconds", type: "gauge" },
      help: "How late each gateway's event loop ran timers in the last minute.",
      samples: delays,
    },
  ];
}

/** Two machines have a gateway 1 each. */
function gatewayLabels({ number, node }: GatewayFacts): Readonly<Record<string, string>> {
  return { gateway: String(number), ...(node !== undefined && { node }) };
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, type: "gauge", help, samples: [{ value }] };
}

function counter(name: string, help: string, value: number): Metric {
  return { name, type: "counter", help, samples: [{ value }] };
}

function counts(
  name: string,
  help: string,
  label: string,
  values: ReadonlyMap<string, number>,
): Metric {
  const samples = [...values].map(([key, value]) => ({ labels: { [label]: key }, value }));
  return { name, type: "counter", help, samples };
}
