/** Between two collections: about what two ends of a transfer have under way anyway. */
const COLLECT_BYTES = 2 << 20;

let readBytes = 0;

/**
 * Tells that so many bytes of a file were read from a socket. Bun makes a buffer of each read, and collects them when
 * they are as many as all else in memory: tens of megabytes, of which each page is used for the first time, while a file
 * of any size needs two. Asked more often, it takes less time and memory: writing to memory that was in use a moment ago
 * costs less than collecting. It collects the young objects alone, on a thread of its own.
 */
export function noteFileBytes(bytes: number): void {
  readBytes += bytes;
  if (readBytes < COLLECT_BYTES) return;
  readBytes = 0;
  Bun.gc(false);
}
