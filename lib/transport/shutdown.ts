/** Signal → a clean end within five seconds, whatever a peer does. */
const STOP_MS = 4_000;

/** Ends the process cleanly when it is told to. */
export function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(0), STOP_MS).unref();
    stop().then(() => process.exit(0), crash);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

/** What a supervisor asks for when its settings have changed. */
export function onSighup(work: () => void): void {
  process.on("SIGHUP", work);
}

/** The process can't do what it is asked: why not, and a code for whoever started it. */
export function exitWithError(sentences: readonly string[], code: number): void {
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  process.exitCode = code;
}

/** What nobody caught ends the process, whatever it was. */
export function exitOnFault(): void {
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}

/** Ends the process with the cause on the screen: a supervisor starts it again, and nothing kept is lost. */
export function crash(error: unknown): never {
  process.stderr.write(`sodam: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(70);
}
