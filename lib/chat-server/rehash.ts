import { awaitQuery, type PendingQuery } from "./command.ts";
import type { State } from "./state.ts";

/**
 * Has the settings read again, and goes by them. `tell` hears what is wrong with them or takes a new start, and
 * last of all what became of it.
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
