import { rmSync } from "node:fs";

/**
 * Removes a file when the process ends, however it does that, but by force. A signal that nobody else listens to
 * ends it as it would have; where somebody does, they decide whether it ends. Answers how to leave the file be.
 *
 * @example
 * const finished = removeAtEnd(temporary);
 * // … written and renamed, or removed
 * finished();
 */
export function removeOnExit(path: string): () => void {
  const remove = (): void => {
    try {
      rmSync(path, { force: true });
    } catch {
      // The process ends all the same.
    }
  };
  const ends = SIGNALS.map((name) => {
    const end = (): void => {
      if (process.listenerCount(name) > 1) return;
      remove();
      finished();
      process.kill(process.pid, name);
    };
    process.on(name, end);
    return () => process.off(name, end);
  });
  process.on("exit", remove);
  const finished = (): void => {
    process.off("exit", remove);
    for (const off of ends) off();
  };
  return finished;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
