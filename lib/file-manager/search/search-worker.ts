import type { RoomEvent } from "../../chat-server/event.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { searchHistory } from "./search-scan.ts";
import type { SearchJob, SearchReport } from "./searcher.ts";

/*
 * The worker thread that runs the searches, one time slice of each in turn. After a slice it asks
 * the main thread whether the result is still wanted; the answer is "go on" or "stop".
 */

/** The worker's side of the channel to the main thread. */
declare const self: {
  onmessage: ((event: { readonly data: SearchJob }) => void) | null;
  postMessage(report: SearchReport): void;
};

/** Short compared with the time that a user waits; long enough that the question costs nothing. */
const SLICE_MS = 20;

interface Running {
  readonly steps: ReturnType<typeof searchHistory>;
  soFar: () => RoomEvent[];
  searchMs: number;
}

const running = new Map<number, Running>();

self.onmessage = ({ data }) => {
  switch (data.kind) {
    case "search":
      running.set(data.id, {
        steps: searchHistory(data.root, data.request),
        soFar: () => [],
        searchMs: 0,
      });
      return step(data.id);
    case "go on":
      return step(data.id);
    case "stop":
      return stop(data.id);
  }
};

function step(id: number): void {
  const search = running.get(id);
  if (search === undefined) return;
  const begun = performance.now();
  try {
    for (;;) {
      const next = search.steps.next();
      if (next.done === true) {
        running.delete(id);
        const searchMs = search.searchMs + performance.now() - begun;
        return self.postMessage({ kind: "found", id, events: next.value, searchMs });
      }
      search.soFar = next.value;
      const sliceMs = performance.now() - begun;
      if (sliceMs <= SLICE_MS) continue;
      search.searchMs += sliceMs;
      return self.postMessage({ kind: "slice", id });
    }
  } catch (error) {
    running.delete(id);
    self.postMessage({ kind: "failed", id, why: fsErrorText(error) });
  }
}

/** Ends a search, which closes its file, and reports its results so far. */
function stop(id: number): void {
  const search = running.get(id);
  if (search === undefined) return;
  running.delete(id);
  search.steps.return([]);
  const { searchMs } = search;
  self.postMessage({ kind: "found", id, events: search.soFar(), searchMs });
}
