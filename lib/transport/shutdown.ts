import { harmlessText } from "../protocol/harmful-characters.ts";

/** How long a clean stop may take after a signal, in ms. Then the process ends anyway: below five seconds in all. */
const STOP_MS = 4_000;

/** On SIGTERM or SIGINT, calls `stop` once and ends the process: with code 0, or as a crash if it rejects. */
export function stopOnSignal(stop: () => Promise<void>): void {
  let isStopping = false;
  const end = (): void => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(0), STOP_MS).unref();
    stop().then(() => process.exit(0), crash);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

/**
 * Keeps SIGHUP, which asks for the settings to be read again, from ending a process that is still starting: systemd takes
 * that for a clean stop. Returns how to set the handler, which also gets one that came before.
 */
export function holdSighup(): (handler: () => void) => void {
  let handle: (() => void) | null = null;
  let hasCome = false;
  process.on("SIGHUP", () => {
    if (handle === null) hasCome = true;
    else handle();
  });
  return (handler) => {
    handle = handler;
    if (hasCome) handler();
  };
}

/** Prints why the process failed, and sets its exit code. Does not end it. */
export function exitWithError(sentences: readonly string[], code: number): void {
  for (const sentence of sentences) writeError(sentence);
  process.exitCode = code;
}

/** Makes every uncaught error and unhandled rejection {@link crash} the process. */
export function exitOnFault(): void {
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}

/** Prints an error with its stack and ends the process with code 70. Nothing stored is lost. */
export function crash(error: unknown): never {
  writeError(`sodam: ${error instanceof Error ? error.stack : String(error)}`);
  process.exit(70);
}

/** Nobody may be reading: that must neither hide the exit code nor count as another error. */
function writeError(text: string): void {
  try {
    if (process.stderr.listenerCount("error") === 0) process.stderr.on("error", () => {});
    process.stderr.write(`${harmlessText(text)}\n`);
  } catch {
    // There is no other place to say it.
  }
}
