import { dirname } from "node:path";
import { removeSocketFolder } from "../file-manager/disk/socket-path.ts";
import type { ProcessRole } from "./process-role.ts";

/**
 * Ends this process when its supervisor is gone, however that came: the pipe between them, which is standard input,
 * breaks then. What is stored stays, as after a power cut.
 */
export function endWithSupervisor({ socket }: ProcessRole): void {
  const end = (): void => {
    removeSocketFolder(dirname(socket));
    process.exit(0);
  };
  process.stdin.on("end", end);
  process.stdin.on("error", end);
  process.stdin.resume();
}

/** Lets signals that are for the server as a whole pass: the supervisor and the leader act on them. */
export function ignoreSignals(...signals: readonly NodeJS.Signals[]): void {
  for (const signal of signals) process.on(signal, () => {});
}
