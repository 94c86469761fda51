/** Result of one of the owner's tasks. */
export interface MaintenanceResult {
  /** Sentences for the owner, printed one a line. */
  readonly lines: readonly string[];
  /** Whether the process exits with success. */
  readonly ok: boolean;
}

/** Returns a successful result with one sentence. */
export function succeeded(sentence: string): MaintenanceResult {
  return { lines: [sentence], ok: true };
}

/** Returns a failure with one sentence. */
export function failed(sentence: string): MaintenanceResult {
  return { lines: [sentence], ok: false };
}
