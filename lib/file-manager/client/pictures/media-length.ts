import type { PictureSource } from "./picture-decoder.ts";

/** Some files have to be read to their end for their length; who sends one waits for that. */
const READ_MS_MAX = 5000;
/** A length that nothing has: a damaged header. */
const SECONDS_MAX = 10_000_000;

/**
 * Returns the length of a film or sound in whole seconds, at least one; null where the file doesn't say, or is of
 * another kind. Never rejects: a film without its length is still sent.
 *
 * @param load imports the reader, which takes longer than the client's start; it rejects where a version that was
 *   pulled beneath a client that runs has a package more than is installed
 */
export async function mediaSeconds(
  source: PictureSource,
  load = () => import("music-metadata"),
): Promise<number | null> {
  const seconds = await Promise.race([
    readSeconds(source, load).catch(() => null),
    Bun.sleep(READ_MS_MAX).then(() => null),
  ]);
  if (seconds === null || !(seconds > 0 && seconds < SECONDS_MAX)) return null;
  return Math.max(1, Math.round(seconds));
}

async function readSeconds(
  source: PictureSource,
  load: () => Promise<typeof import("music-metadata")>,
): Promise<number> {
  const { parseBuffer, parseFile } = await load();
  const options = { duration: true, skipCovers: true, skipPostHeaders: true };
  const { format } = await (typeof source === "string"
    ? parseFile(source, options)
    : parseBuffer(source, {}, options));
  return longest([format.duration, ...format.trackInfo.map(({ duration }) => duration)]);
}

/** A film without sound has a length only by its tracks. */
function longest(seconds: readonly (number | undefined)[]): number {
  return Math.max(0, ...seconds.map((each) => each ?? 0));
}
