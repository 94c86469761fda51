import { awaitQuery, type PendingQuery } from "./command.ts";
import type { State } from "./state.ts";

/**
 * Reads the settings again and applies them. Returns the query to wait for. `tell` is called for each setting
 * that is wrong or needs a restart, and last with the outcome.
 */
export function rehash(
  state: State,
  tell: (sentence: string, level: "info" | "warn") => void,
): PendingQuery {
  return awaitQuery(
    { kind: "settings" },
    ({ options, said }) => {
      for (const sentence of said) tell(sentence, "warn");
      tell(options === null ? "Everything stays as it was" : "The settings are in force", "info");
    },
    ({ options }) => {
      if (options !== null) state.applyOptions(options);
    },
  );
}
