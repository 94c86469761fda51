/** A real client takes a second or two; a busy machine many more. Nothing waits that long unless it is broken. */
export const DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 60;

/**
 * Looks again and again until something is there, and answers it. Fails, with what `explain` tells, when the
 * deadline passes before that.
 */
export async function until<T>(
  look: () => T | null | Promise<T | null>,
  explain: () => string | Promise<string>,
): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline) throw new Error(await explain());
    await Bun.sleep(LOOK_EVERY_MS);
  }
}
