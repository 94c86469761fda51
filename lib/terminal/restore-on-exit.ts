/** Leaves the terminal as it was, whatever ends the process. */
import { quietly } from "./suspend.ts";

/** The process's stdin, as a terminal. */
export type Stdin = NodeJS.ReadStream;
/** The process's stdout, as a terminal. */
export type Stdout = NodeJS.WriteStream;

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 } as const;
/**
 * Restores modes without moving the cursor or changing the screen: harmless wherever it is written.
 */
const RESTORE_MODES = "\x1b[?2026l\x1b[?2004l\x1b[?1004l\x1b[?1000l\x1b[?1006l\x1b[0m\x1b[?25h";

/**
 * Restores the terminal whenever the process ends: by exit, error, SIGINT, SIGQUIT, SIGTERM, SIGHUP or a
 * crash, also within a prompt. A crash is reported on stderr *after* that, in the words of
 * `explain`, unless `isDealtWith` says that it was none of the program's own. Call it once, first in the process. Returns a function that undoes it.
 */
export function restoreOnExit(
  stdin: Stdin,
  stdout: Stdout,
  explain: (error: unknown) => string,
  isDealtWith: (error: unknown) => boolean = () => false,
): () => void {
  const restore = (): void => {
    if (stdin.isTTY) quietly(() => stdin.setRawMode(false));
    if (stdout.isTTY) quietly(() => stdout.write(RESTORE_MODES));
  };
  const crash = (error: unknown): void => {
    if (isDealtWith(error)) return;
    // Listeners of "exit" run in order: this one comes after every open screen's.
    process.once("exit", () => quietly(() => process.stderr.write(`${explain(error)}\n`)));
    process.exit(1);
  };
  const signals = (["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"] as const).map((name) => {
    const end = (): void => process.exit(128 + SIGNAL_NUMBERS[name]);
    process.on(name, end);
    return () => process.off(name, end);
  });
  // An open screen ends the chat by itself, and saves what is to be saved.
  const onTerminalGone = (): void => {
    if (stdout.listenerCount("error") === 1) process.exit(128 + SIGNAL_NUMBERS.SIGHUP);
  };
  stdin.on("error", onTerminalGone);
  stdout.on("error", onTerminalGone);
  process.on("exit", restore);
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  return () => {
    stdin.off("error", onTerminalGone);
    stdout.off("error", onTerminalGone);
    for (const off of signals) off();
    process.off("exit", restore);
    process.off("uncaughtException", crash);
    process.off("unhandledRejection", crash);
  };
}

/**
 * Runs `action` on Ctrl-C in place of ending the program, while lines are read in the terminal
 * driver's own mode. The last caller takes effect. Returns a function that undoes it.
 */
export function onInterrupt(action: () => void): () => void {
  const previous = process.listeners("SIGINT");
  process.removeAllListeners("SIGINT");
  process.on("SIGINT", action);
  return () => {
    process.off("SIGINT", action);
    for (const listener of previous) process.on("SIGINT", listener);
  };
}

/**
 * Returns to the shell's screen with the usual modes. Not by 1049, which moves the cursor to where
 * it was saved, perhaps nowhere; 1047 does nothing where the shell's screen is shown already. After a
 * `clear` on a screen that was left behind, the cursor is above what the shell's screen shows: that
 * goes, or the menu would be drawn among it.
 */
const RESTORE_SCREEN = `\x1b[?1047l\x1b[?7h\x1b[?1007l${RESTORE_MODES}\x1b[J`;

/**
 * Restores the terminal after a program that was killed: it could not do so itself, but the next
 * one can. Harmless everywhere else.
 */
export function restoreTerminal(stdout: Stdout): void {
  if (stdout.isTTY) stdout.write(RESTORE_SCREEN);
}

/** Returns whether stdin and stdout are both terminals. Otherwise a prompt would wait forever. */
export function isInteractive(stdin: Stdin, stdout: Stdout): boolean {
  return stdin.isTTY === true && stdout.isTTY === true;
}
