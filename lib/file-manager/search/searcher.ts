import type { RoomEvent } from "../../chat-server/event.ts";
import type { QueryAnswers, SearchRequest } from "../../chat-server/server-ports.ts";

/** What the main thread tells the one that searches. */
export type SearchJob =
  | {
      readonly kind: "search";
      readonly id: number;
      readonly root: string;
      readonly request: SearchRequest;
    }
  | { readonly kind: "go on" | "stop"; readonly id: number };

/** What it hears. */
export type SearchReport =
  | { readonly kind: "slice"; readonly id: number }
  | { readonly kind: "found"; readonly id: number; readonly events: readonly RoomEvent[] }
  | { readonly kind: "failed"; readonly id: number; readonly why: string };

export interface SearcherOptions {
  /** Hears what went wrong, in words for the owner's log. */
  readonly onProblem?: (text: string, cause: unknown) => void;
  /** How long one search may take. */
  readonly msMax?: number;
}

/** A disk that must be read from the start gives some gigabytes in this time. */
const SEARCH_MS_MAX = 10_000;
/** Everybody of a large team at once; whoever comes later is told to try again. */
const SEARCHES_MAX = 64;
/** A thread costs some 20 MB: it goes when nobody has searched for a while. */
const IDLE_MS = 60_000;

interface Running {
  readonly isWanted: () => boolean;
  readonly until: number;
  /** Told to stop before it was through. */
  isCut: boolean;
  readonly done: (answer: QueryAnswers["search"]) => void;
}

/** Searches a history in a thread of its own, which begins with the first search. */
export class Searcher {
  readonly #root: string;
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #msMax: number;
  readonly #running = new Map<number, Running>();
  #thread: Worker | null = null;
  #idle: ReturnType<typeof setTimeout> | null = null;
  #lastId = 0;

  constructor(root: string, options: SearcherOptions = {}) {
    this.#root = root;
    this.#onProblem = options.onProblem ?? (() => {});
    this.#msMax = options.msMax ?? SEARCH_MS_MAX;
  }

  /**
   * Messages that answer to a request, oldest first. Never rejects.
   *
   * @param isWanted asked some fifty times a second; once it says no, the search ends
   */
  search(request: SearchRequest, isWanted: () => boolean): Promise<QueryAnswers["search"]> {
    if (this.#running.size >= SEARCHES_MAX) return Promise.resolve(NOTHING);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((done) => {
      const until = performance.now() + this.#msMax;
      this.#running.set(id, { isWanted, until, isCut: false, done });
      this.#order({ kind: "search", id, root: this.#root, request });
    });
  }

  /** Ends all searches, and the thread. */
  close(): void {
    this.#endThread();
    for (const { done } of this.#running.values()) done(NOTHING);
    this.#running.clear();
  }

  #order(order: SearchJob): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#thread ??= this.#newThread();
    this.#thread.postMessage(order);
  }

  #hear(report: SearchReport): void {
    const { id } = report;
    const running = this.#running.get(id);
    if (running === undefined) return;
    switch (report.kind) {
      case "slice":
        running.isCut = !running.isWanted() || performance.now() > running.until;
        return this.#order({ kind: running.isCut ? "stop" : "go on", id });
      case "found":
        return this.#end(id, { events: report.events, complete: !running.isCut });
      case "failed":
        this.#onProblem(`A search failed: ${report.why}.`, undefined);
        return this.#end(id, NOTHING);
    }
  }

  #end(id: number, answer: QueryAnswers["search"]): void {
    this.#running.get(id)?.done(answer);
    this.#running.delete(id);
    if (this.#running.size > 0) return;
    this.#idle = setTimeout(() => this.#endThread(), IDLE_MS);
    this.#idle.unref();
  }

  #newThread(): Worker {
    const thread = new Worker(threadAddress());
    thread.onmessage = ({ data }: { readonly data: SearchReport }) => this.#hear(data);
    thread.onerror = ({ message }) => {
      this.#onProblem(`The thread that searches has failed: ${message}.`, undefined);
      this.close();
    };
    thread.unref();
    return thread;
  }

  #endThread(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#thread?.terminate();
    this.#thread = null;
  }
}

const NOTHING: QueryAnswers["search"] = { events: null, complete: true };

/** In a binary everything lies in one file, and the thread's beside it, where .ci/build.ts names it. */
function threadAddress(): URL {
  const own = import.meta.url;
  const isScript = own.endsWith(".ts");
  return new URL(isScript ? "search-worker.ts" : "lib/file-manager/search/search-worker.js", own);
}
