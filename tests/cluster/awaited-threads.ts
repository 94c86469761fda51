/**
 * Lets a test whose time is its own wait for threads of files, so that none is overtaken by the clock: a thread is asked
 * a question after what it was told, and its answer says that all of that is done.
 */
import type { FileJob, FileReport } from "../../lib/file-manager/files/file-jobs.ts";

const NativeWorker = globalThis.Worker;
const threads = new Set<AwaitedThread>();
/** Other work that is under way, as reading a file is. */
let underWay = 0;

/** Begins to watch: threads that are made from now on are waited for. */
export function watchThreads(): void {
  globalThis.Worker = AwaitedThread;
}

/** Ends that. */
export function unwatchThreads(): void {
  globalThis.Worker = NativeWorker;
  threads.clear();
}

/** Waits for some work as well. */
export async function awaited<Value>(work: Promise<Value>): Promise<Value> {
  underWay += 1;
  try {
    return await work;
  } finally {
    underWay -= 1;
  }
}

/** Resolves when no thread has anything to do, and nothing else is under way. */
export async function threadsRest(): Promise<void> {
  for (;;) {
    const busy = [...threads].filter((thread) => thread.hasWork);
    if (busy.length === 0 && underWay === 0) return;
    await Promise.all(busy.map((thread) => thread.rests()));
    // What came of it may be more work.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

class AwaitedThread extends NativeWorker {
  hasWork = false;
  readonly #waiting = new Map<number, () => void>();
  #lastQuestion = 0;

  constructor(...options: ConstructorParameters<typeof NativeWorker>) {
    super(...options);
    threads.add(this);
    this.addEventListener("message", ({ data }: { readonly data: FileReport }) => {
      this.#waiting.get(data.id)?.();
      this.#waiting.delete(data.id);
    });
  }

  override postMessage(job: FileJob): void {
    this.hasWork = true;
    super.postMessage(job);
  }

  override terminate(): void {
    this.hasWork = false;
    threads.delete(this);
    for (const resolve of this.#waiting.values()) resolve();
    super.terminate();
  }

  /** Resolves when it has done all that it was told. */
  rests(): Promise<void> {
    this.hasWork = false;
    // Files and questions of the store have numbers above 0.
    this.#lastQuestion -= 1;
    const id = this.#lastQuestion;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      super.postMessage({ kind: "ask", id, query: { kind: "file-space" } } satisfies FileJob);
    });
  }
}
