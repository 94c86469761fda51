import { cpuUsByRole, residentBytes } from "./procfs.ts";

/** One row of a measurement. Times in µs, memory in bytes; null where it was not asked or not to be had. */
export interface Figures {
  /** The scenario's name, or a part of it when one scenario measures two things. */
  readonly name: string;
  /** The unit of `cpuUsPerUnit` and `perSecond`: "delivery", "connection" … */
  readonly unit: string;
  readonly units: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** User and system time of the server. */
  readonly cpuUsPerUnit: number | null;
  readonly latencyUs: Latency | null;
  /** Resident memory of the server when the run ended. */
  readonly memoryBytes: number | null;
  /** Deliveries that never came; anything but 0 makes the other figures worthless. */
  readonly lost: number;
  /** Connections that the server ended and that were to stay. */
  readonly dropped: number;
  /** Share of one core that the generator itself used; near 1 it measures itself. */
  readonly generatorBusy: number;
  /** Results that only this scenario has. */
  readonly more: Readonly<Record<string, number>>;
}

export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Runs from its making until `read`; `pause` and `resume` leave out what is not to be measured. */
export class Meter {
  readonly #pid: number | null;
  #cpu = 0;
  /** The same by role, for a server of several processes. */
  readonly #cpuByRole = new Map<string, number>();
  #own = 0;
  #ms = 0;
  #from: { cpu: Readonly<Record<string, number>>; own: number; ms: number } | null = null;

  constructor(pid: number | null) {
    this.#pid = pid;
    this.resume();
  }

  resume(): void {
    this.#from = this.#now();
  }

  pause(): void {
    if (this.#from === null) return;
    const now = this.#now();
    for (const [role, cpu] of Object.entries(now.cpu)) {
      const spent = cpu - (this.#from.cpu[role] ?? 0);
      this.#cpu += spent;
      this.#cpuByRole.set(role, (this.#cpuByRole.get(role) ?? 0) + spent);
    }
    this.#own += now.own - this.#from.own;
    this.#ms += now.ms - this.#from.ms;
    this.#from = null;
  }

  /** Ends the measurement, and tells what each of `units` cost. */
  read(what: {
    name: string;
    unit: string;
    units: number;
    latency?: readonly number[];
    lost?: number;
    dropped?: number;
    more?: Record<string, number>;
  }): Figures {
    this.pause();
    const seconds = this.#ms / 1000;
    return {
      name: what.name,
      unit: what.unit,
      units: what.units,
      seconds,
      perSecond: what.units / seconds,
      cpuUsPerUnit: this.#pid === null ? null : this.#cpu / what.units,
      latencyUs: what.latency === undefined ? null : summarize(what.latency),
      memoryBytes: this.#pid === null ? null : residentBytes(this.#pid),
      lost: what.lost ?? 0,
      dropped: what.dropped ?? 0,
      generatorBusy: this.#own / 1000 / this.#ms,
      more: { ...this.#parts(what.units), ...what.more },
    };
  }

  /** What each role cost a unit, where there are several. */
  #parts(units: number): Record<string, number> {
    if (this.#cpuByRole.size < 2) return {};
    return Object.fromEntries(
      [...this.#cpuByRole].map(([role, cpu]) => [`${role}CpuUs`, Math.max(0, cpu) / units]),
    );
  }

  #now() {
    const { user, system } = process.cpuUsage();
    const cpu = this.#pid === null ? {} : cpuUsByRole(this.#pid);
    return { cpu, own: user + system, ms: performance.now() };
  }
}

/** p50, p99 and the largest of some values; null of none. */
export function summarize(values: readonly number[]): Latency | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
