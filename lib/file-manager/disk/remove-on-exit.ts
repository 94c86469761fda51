import { rmSync } from "node:fs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Removes a file when the process ends, also by one of the usual signals (not by SIGKILL). A signal without other
 * listeners ends the process as usual; otherwise its listeners decide. Returns a function that leaves the file
 * alone from then on.
 *
 * @example
 * const keepFile = removeOnExit(temporary);
 * // … written and renamed, or removed
 * keepFile();
 */
export function removeOnExit(path: string): () => void {
  const remove = (): void => {
    try {
      rmSync(path, { force: true });
    } catch {
      // The process ends anyway.
    }
  };
  const stopListening = SIGNALS.map((name) => {
    const onSignal = (): void => {
      if (process.listenerCount(name) > 1) return;
      remove();
      keepFile();
      process.kill(process.pid, name);
    };
    process.on(name, onSignal);
    return () => process.off(name, onSignal);
  });
  process.on("exit", remove);
  const keepFile = (): void => {
    process.off("exit", remove);
    for (const stop of stopListening) stop();
  };
  return keepFile;
}
