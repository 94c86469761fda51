import type { RoomEvent } from "../../chat-server/event.ts";
import type { QueryAnswers, SearchRequest } from "../../chat-server/server-ports.ts";
import { threadUrl } from "../disk/thread-url.ts";

/** A cold disk delivers some gigabytes in this time. */
const SEARCH_MS_MAX = 10_000;
/**
 * Enough for a large team at once; further searches are answered as failed, and can be tried again.
 */
const SEARCHES_MAX = 64;
/** A thread takes about 20 MB: it ends after this long without a search. */
const IDLE_MS = 60_000;
const FAILED: QueryAnswers["search"] = { events: null, complete: true };

/** Message from the main thread to the search worker. */
export type SearchJob =
  | {
      readonly kind: "search";
      readonly id: number;
      readonly root: string;
      readonly request: SearchRequest;
    }
  | { readonly kind: "go on" | "stop"; readonly id: number };

/** Message from the search worker to the main thread. */
export type SearchReport =
  | { readonly kind: "slice"; readonly id: number }
  | {
      readonly kind: "found";
      readonly id: number;
      readonly events: readonly RoomEvent[];
      /** How long the search ran, without what ran in between. */
      readonly searchMs: number;
    }
  | { readonly kind: "failed"; readonly id: number; readonly why: string };

/** Options of a {@link Searcher}. */
interface SearcherOptions {
  /** Receives problems, as sentences for the server's log. */
  readonly onProblem?: (text: string, cause: unknown) => void;
  /** Time limit of one search, in milliseconds. */
  readonly msMax?: number;
}

interface Running {
  readonly isWanted: () => boolean;
  readonly deadlineMs: number;
  /** Whether it was stopped early, so that the result is incomplete. */
  isCut: boolean;
  readonly done: (answer: QueryAnswers["search"]) => void;
}

/**
 * Owns the search worker thread, and the searches that run in it. The thread starts with the first
 * search.
 */
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
   * Searches for messages; `events` are oldest first, `null` if the search failed or too many are
   * running, and `complete` is false if it was cut short. Never rejects.
   *
   * @param isWanted asked about fifty times a second; the search ends once it returns false
   */
  search(request: SearchRequest, isWanted: () => boolean): Promise<QueryAnswers["search"]> {
    if (this.#running.size >= SEARCHES_MAX) return Promise.resolve(FAILED);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const deadlineMs = performance.now() + this.#msMax;
      this.#running.set(id, { isWanted, deadlineMs, isCut: false, done: resolve });
      this.#send({ kind: "search", id, root: this.#root, request });
    });
  }

  /** Ends all searches, which answer as failed, and the thread. */
  close(): void {
    this.#endThread();
    for (const { done } of this.#running.values()) done(FAILED);
    this.#running.clear();
  }

  #send(job: SearchJob): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#thread ??= this.#newThread();
    this.#thread.postMessage(job);
  }

  #onReport(report: SearchReport): void {
    const { id } = report;
    const running = this.#running.get(id);
    if (running === undefined) return;
    switch (report.kind) {
      case "slice":
        running.isCut = !running.isWanted() || performance.now() > running.deadlineMs;
        return this.#send({ kind: running.isCut ? "stop" : "go on", id });
      case "found":
        return this.#end(id, {
          ...{ events: report.events, searchMs: report.searchMs },
          complete: !running.isCut,
        });
      case "failed":
        this.#onProblem(`A search failed: ${report.why}.`, undefined);
        return this.#end(id, FAILED);
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
    const thread = new Worker(threadUrl("search/search-worker"));
    thread.onmessage = ({ data }: { readonly data: SearchReport }) => this.#onReport(data);
    thread.onerror = ({ message }) => {
      this.#onProblem(`The search thread failed: ${message}.`, undefined);
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
