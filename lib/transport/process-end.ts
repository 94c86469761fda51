/** Signal → a clean end within five seconds, whatever a peer does. */
const STOP_MS = 4_000;

/** Ends the process cleanly when it is told to, and with its cause on the screen when it is wrong. */
export function endBySignal(stop: () => Promise<void>): void {
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
export function onHangUp(work: () => void): void {
  process.on("SIGHUP", work);
}

/** A supervisor starts it again, and nothing that was kept is lost. */
export function crash(error: unknown): never {
  process.stderr.write(`sodam: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(70);
}
