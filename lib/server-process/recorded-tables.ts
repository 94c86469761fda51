import type { RecordedPart } from "../cluster/log/record.ts";
import type { SoftParts } from "../cluster/log/soft-parts.ts";
import type { SoftTable } from "../member-server/soft-table.ts";
import type { ElapsedMs } from "../protocol/time.ts";

/** How often the tables' changes are written. */
const TABLES_EVERY_MS = 1000;

/** When the service has started, and now, by the monotonic clock of this process. */
interface ServiceTimes {
  readonly startedElapsedMs: ElapsedMs;
  readonly elapsedMs: ElapsedMs;
}

/** Tables of limits that the log hands to the next leader: a part for each entry. */
export class RecordedTables {
  readonly #tables: readonly (readonly [name: string, table: SoftTable])[];
  /** What differed from the log when the tables were restored. */
  #different: readonly RecordedPart[] = [];
  #takenElapsedMs = Number.NEGATIVE_INFINITY;

  constructor(tables: Readonly<Record<string, SoftTable>>) {
    this.#tables = Object.entries(tables);
  }

  /**
   * Returns what has changed, once a second at most.
   *
   * @param isComplete whether all of it is to be returned, at once
   */
  take({ startedElapsedMs, elapsedMs }: ServiceTimes, isComplete: boolean): RecordedPart[] {
    if (!isComplete && elapsedMs - this.#takenElapsedMs < TABLES_EVERY_MS) return [];
    this.#takenElapsedMs = elapsedMs;
    const different = this.#different;
    this.#different = [];
    return different.concat(
      this.#tables.flatMap(([name, table]) =>
        Array.from(table.takeChanges(startedElapsedMs, elapsedMs, isComplete), ([key, value]) => ({
          key: `${name}:${key}`,
          value,
        })),
      ),
    );
  }

  /** Sets the tables to what the log has of them, which {@link take} doesn't return again. */
  restore(soft: SoftParts, { startedElapsedMs, elapsedMs }: ServiceTimes): void {
    this.#different = this.#tables.flatMap(([name, table]) => {
      // What is there already may be newer than the log. From here on, the table notes what changes.
      const different = new Map(table.takeChanges(startedElapsedMs, elapsedMs, true));
      const logged = new Set<string>();
      for (const [key, value] of soft.partsOf(name)) {
        logged.add(key);
        table.restore(key, value, startedElapsedMs, elapsedMs);
      }
      for (const [key, value] of table.takeChanges(startedElapsedMs, elapsedMs, true)) {
        different.set(key, value);
      }
      return [...different].flatMap(([key, value]) =>
        value === null || !logged.has(key) ? { key: `${name}:${key}`, value } : [],
      );
    });
  }
}
