import { formatMetric } from "../chat-server/metrics/metrics-text.ts";
import type { LogFacts } from "../cluster/engine.ts";
import { MetricsFile } from "../file-manager/metrics-file.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import { startTicks } from "../transport/clock.ts";
import { crash } from "../transport/shutdown.ts";

/** Writes the metrics file: at once, and again every `metrics-seconds`. */
export class MetricsWriter {
  readonly #file: MetricsFile;
  readonly #read: () => Promise<string>;
  readonly #ticks: { stop(): void };
  #isReading = false;

  private constructor(file: MetricsFile, everyMs: number, read: () => Promise<string>) {
    this.#file = file;
    this.#read = read;
    this.#ticks = startTicks(everyMs, () => this.write());
    this.write();
  }

  /**
   * Starts to write what `read` resolves to; returns `null` where the settings name no file.
   *
   * @param onProblem hears that the file can't be written
   */
  static start(
    { metricsFile, metricsSeconds }: Pick<ServerSettings, "metricsFile" | "metricsSeconds">,
    read: () => Promise<string>,
    onProblem: (text: string, cause: unknown) => void,
  ): MetricsWriter | null {
    if (metricsFile === null) return null;
    return new MetricsWriter(new MetricsFile(metricsFile, onProblem), metricsSeconds * 1000, read);
  }

  /** Writes the file now. Does nothing while the one before is made: NATS may take long to answer. */
  write(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    const written = this.#read().then((text) => this.#file.write(text));
    written
      .finally(() => {
        this.#isReading = false;
      })
      .catch(crash);
  }

  /** Removes the file. */
  close(): void {
    this.#ticks.stop();
    this.#file.close();
  }
}

/** Returns the metrics of a leader's log; nothing when it can't be reached. */
export function logMetrics(log: LogFacts | null): string {
  if (log === null) return "";
  const records = log.last - log.first + 1;
  return [
    { name: "log_records", help: "Records in the leader's log.", value: records },
    { name: "log_bytes", help: "Size of the leader's log.", value: log.bytes },
  ]
    .map(({ value, ...metric }) => formatMetric({ ...metric, type: "gauge", samples: [{ value }] }))
    .join("");
}
