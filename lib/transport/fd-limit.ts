/** Files that a server has open besides its connections: at most 256 histories, and ample space for the rest. */
const FILES_RESERVED = 320;

/**
 * Returns how many connections the limit of open files allows, at most `connectionsMax`. With more, the system
 * would refuse each new connection but leave it in the queue, and wake the process for it again and again: 45 % of
 * a core for nothing.
 *
 * @param limit as {@link fdLimit} returns it
 */
export function connectionsWithinFdLimit(limit: number | null, connectionsMax: number): number {
  if (limit === null) return connectionsMax;
  return Math.min(connectionsMax, Math.max(limit - FILES_RESERVED, Math.ceil(limit / 2)));
}

/**
 * Returns how many files and sockets this process may have open (Bun raises the soft limit to the hard one at the
 * start), or `null` if there is no limit or it is unknown.
 */
export function fdLimit(): number | null {
  try {
    const { userLimits }: LimitsReport = process.report.getReport();
    const soft = userLimits?.open_files?.soft;
    return typeof soft === "number" ? soft : null;
  } catch {
    return null;
  }
}

interface LimitsReport {
  readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } };
}
