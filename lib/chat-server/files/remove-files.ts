import { query, runSteps, type Steps } from "../command.ts";
import type { State } from "../state.ts";

/** As many paths in one query: a room that is closed may have had thousands of files. */
const PATHS_PER_QUERY = 500;

/**
 * Deletes from now on, in the background, the bytes of files that no message names any more. What a crash leaves of them
 * is swept at the next start.
 */
export function removeUnreferenced(state: State): void {
  const { files } = state.rooms;
  files.onUnreferenced = (paths) => state.runInBackground(runSteps(remove(state, paths)));
}

function* remove(state: State, paths: readonly string[]): Steps {
  for (let start = 0; start < paths.length; start += PATHS_PER_QUERY) {
    const group = paths.slice(start, start + PATHS_PER_QUERY);
    const { done } = yield* query({ kind: "remove-files", paths: group });
    // Who follows a server in the same folder leaves it to that one.
    if (!done && !state.isFollowing) {
      state.ports.note("warn", "some files that nobody can fetch any more could not be deleted");
    }
  }
}
