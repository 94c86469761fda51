import { query, type Steps } from "./command.ts";
import type { State } from "./state.ts";

/**
 * Reads the settings again and applies them, also if the session that asked for it has closed. `tell` is called
 * for each setting that is wrong or needs a restart, and last with the outcome. Returns whether they were applied.
 */
export function* rehash(
  state: State,
  tell: (sentence: string, level: "info" | "warn") => void,
): Steps<boolean> {
  const { options, messages } = yield* query({ kind: "settings" }, (answer) => {
    if (answer.options !== null) state.applyOptions(answer.options);
  });
  for (const sentence of messages) tell(sentence, "warn");
  tell(options === null ? "Everything stays as it was" : "The settings are in force", "info");
  return options !== null;
}
