/** Counts what the disk does, so that a world's time stands still meanwhile. */
export class DiskWork {
  /** What failed that nobody waits for. */
  readonly failures: unknown[];
  #underWay = 0;
  #isAbandoned = false;
  readonly #parts = new Set<DiskWork>();

  constructor(failures: unknown[] = []) {
    this.failures = failures;
  }

  /** Returns the work of one process. */
  part(): DiskWork {
    const part = new DiskWork(this.failures);
    this.#parts.add(part);
    return part;
  }

  /** The process of a part is gone: nobody waits for its work. */
  abandon(part: DiskWork): void {
    this.#parts.delete(part);
    part.#isAbandoned = true;
  }

  get isBusy(): boolean {
    return this.#underWay > 0 || [...this.#parts].some(({ isBusy }) => isBusy);
  }

  /** Resolves when nothing is under way, and everything that follows from it has happened. */
  async rests(): Promise<void> {
    for (let left = 1; left > 0; left -= 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.isBusy) left = 3;
    }
  }

  track<T>(work: Promise<T>): Promise<T> {
    this.#underWay += 1;
    return work.finally(() => {
      this.#underWay -= 1;
    });
  }

  /** Waits for something else than the disk, in the middle of work that is tracked. */
  async paused(work: () => Promise<void>): Promise<void> {
    this.#underWay -= 1;
    await work();
    this.#underWay += 1;
  }

  /** Does something whose result nobody waits for. */
  begin(work: () => Promise<unknown>): void {
    this.track(work()).catch((error: unknown) => {
      if (!this.#isAbandoned) this.failures.push(error);
    });
  }

  /** Returns an object whose promises are tracked, and those of the objects that it returns. */
  tracked<T extends object>(object: T): T {
    const wrap = (value: unknown): unknown => {
      if (value instanceof Promise) return this.track(value).then(wrap);
      const isObject = typeof value === "object" && value !== null;
      return isObject && !ArrayBuffer.isView(value) && !Array.isArray(value)
        ? this.tracked(value)
        : value;
    };
    return new Proxy(object, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => wrap(value.apply(target, given));
      },
    });
  }
}
