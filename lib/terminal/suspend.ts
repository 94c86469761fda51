/** Stopping the process by Ctrl-Z or SIGTSTP, and going on: the terminal is handed back meanwhile. */
import type { Stdin, Stdout } from "./restore-on-exit.ts";

/**
 * Stops the process as Ctrl-Z does where the terminal isn't raw: with its whole process group, so that the shell
 * notices also when another program has started this one.
 */
export function suspend(): void {
  process.kill(0, "SIGTSTP");
}

/**
 * Calls `leave` before the process stops (Ctrl-Z, SIGTSTP), and `enter` when it goes on, also after SIGSTOP, which can't
 * be noticed. Returns a function that undoes it.
 */
export function onSuspend(leave: () => void, enter: () => void): () => void {
  let isStopped = false;
  const stop = (): void => {
    // Ctrl-Z was pressed several times: these signals were waiting while the process was stopped by the first.
    if (isStopped) return;
    isStopped = true;
    quietly(leave);
    process.kill(process.pid, "SIGSTOP");
  };
  const goOn = (): void => {
    isStopped = false;
    quietly(enter);
  };
  process.on("SIGTSTP", stop);
  process.on("SIGCONT", goOn);
  return () => {
    process.off("SIGTSTP", stop);
    process.off("SIGCONT", goOn);
  };
}

/**
 * Sets the raw mode also where the shell has set its own meanwhile, in which a typed password would be seen: a mode that
 * was set before is not set again.
 */
export function setRawModeAnew(stdin: Stdin): void {
  stdin.setRawMode(false);
  stdin.setRawMode(true);
}

/**
 * Reads the window's size again. The signal of a resize goes to the job in the foreground, so a stopped process misses
 * it. Emits "resize" on `stdout` if the size is another one.
 */
export function refreshSize(stdout: Stdout): void {
  (stdout as { _refreshSize?(): void })._refreshSize?.();
}

/** Ignores errors: the terminal may be gone. */
export function quietly(action: () => void): void {
  try {
    action();
  } catch {}
}
