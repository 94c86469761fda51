/** What the system calls an error, as "ECONNREFUSED"; `undefined` when it has no name for it. */
export function codeOf(error: unknown): string | undefined {
  const hasCode = error instanceof Error && "code" in error;
  return hasCode && typeof error.code === "string" ? error.code : undefined;
}
