/** What a server has open besides its connections: 256 histories at most, and ample room for the rest. */
const FILES_RESERVED = 320;

/**
 * As many of the `wanted` connections as there may be sockets. Beyond that the system would refuse each
 * newcomer without taking it off the queue, and the process would be told of it again and again: 45 % of a
 * core for nothing.
 *
 * @param openFiles what {@link fdLimit} says
 */
export function connectionsWithinFdLimit(openFiles: number | null, wanted: number): number {
  if (openFiles === null) return wanted;
  return Math.min(wanted, Math.max(openFiles - FILES_RESERVED, Math.ceil(openFiles / 2)));
}

/**
 * How many files and sockets this process may have open; Bun raises the soft limit to the hard one as it
 * starts. `null`: as many as it likes, or the system doesn't say.
 */
export function fdLimit(): number | null {
  const { userLimits }: LimitsReport = process.report.getReport();
  const soft = userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : null;
}

interface LimitsReport {
  readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } };
}
