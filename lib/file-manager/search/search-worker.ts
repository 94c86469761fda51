import type { RoomEvent } from "../../chat-server/event.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { searchHistory } from "./search-scan.ts";
import type { SearchJob, SearchReport } from "./searcher.ts";

/*
 * The thread in which searches run, one slice of each in turn. After a slice it asks whether anybody still
 * waits; the main thread answers by "go on" or "stop".
 */

/** What a thread has of the other side. */
declare const self: {
  onmessage: ((event: { readonly data: SearchJob }) => void) | null;
  postMessage(report: SearchReport): void;
};

/** Short beside the time that a person waits; long enough that asking costs nothing. */
const SLICE_MS = 20;

interface Running {
  readonly search: ReturnType<typeof searchHistory>;
  soFar: () => RoomEvent[];
}

const running = new Map<number, Running>();

self.onmessage = ({ data }) => {
  switch (data.kind) {
    case "search":
      running.set(data.id, {
        search: searchHistory(data.root, data.request),
        soFar: () => [],
      });
      return step(data.id);
    case "go on":
      return step(data.id);
    case "stop":
      return stop(data.id);
  }
};

function step(id: number): void {
  const one = running.get(id);
  if (one === undefined) return;
  const begun = performance.now();
  try {
    for (;;) {
      const next = one.search.next();
      if (next.done === true) {
        running.delete(id);
        return self.postMessage({ kind: "found", id, events: next.value });
      }
      one.soFar = next.value;
      if (performance.now() - begun > SLICE_MS) return self.postMessage({ kind: "slice", id });
    }
  } catch (error) {
    running.delete(id);
    self.postMessage({ kind: "failed", id, why: fsErrorText(error) });
  }
}

/** Closes the file at which it was, and tells what it had found by then. */
function stop(id: number): void {
  const one = running.get(id);
  if (one === undefined) return;
  running.delete(id);
  one.search.return([]);
  self.postMessage({ kind: "found", id, events: one.soFar() });
}
