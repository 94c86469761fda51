import type { NatsRefusal } from "./nats-stream.ts";

/* What goes wrong with NATS: its codes, and words for the owner. */

/** Between two attempts of the same thing. */
export const ANOTHER_TRY_MS = 200;

/** JetStream's error codes. */
export const WRONG_LAST_SEQUENCE = 10071;
export const STREAM_NOT_FOUND = 10059;
export const STREAM_EXISTS = 10058;
export const TOO_FEW_SERVERS = 10005;
/** A single server can't have copies. */
export const NO_REPLICAS = 10074;
export const NO_STORAGE: readonly number[] = [10023, 10047];
/** No room in the account, the server or the stream; an entry that is too long; a disk that fails. */
export const LOG_TAKES_NO_MORE: readonly number[] = [...NO_STORAGE, 10054, 10077];
export const NO_MESSAGE: readonly number[] = [10037, 10043, 10057];

/** Returns the code of an answer of JetStream that is an error; `null` for anything else, as no answer. */
export function codeOf(error: unknown): number | null {
  // Other errors have codes as well, of other kinds.
  if (!(error instanceof Error) || !("apiError" in error) || !("code" in error)) return null;
  return typeof error.code === "number" ? error.code : null;
}

/**
 * Names of the client's errors that pass when the network, or the other servers of NATS, are there. Those of a password or
 * of a server without JetStream don't.
 */
const PASSING = ["ConnectionError", "TimeoutError", "ClosedConnectionError", "RequestError"];
const OF_NATS = [...PASSING, "NoResponders", "JetStreamNotEnabled", "AuthorizationError"];
/** JetStream waits for the other servers of NATS. */
const NOT_AVAILABLE_YET: readonly number[] = [10008, 10009];

/** Returns what an error means for a start. */
export function refusalOf(urls: readonly string[], error: unknown): NatsRefusal {
  const passes =
    (error instanceof Error && PASSING.includes(error.name) && !isForbidden(error)) ||
    NOT_AVAILABLE_YET.includes(codeOf(error) ?? 0);
  return {
    why: passes ? "later" : "wrong",
    refused: `NATS at ${urls.join(", ")} cannot be used: ${reasonOf(error)}`,
  };
}

/** Whether an error is an answer of NATS, or that there was none: where it came up in this program says nothing more. */
export function isOfNats(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return OF_NATS.includes(error.name) || codeOf(error) !== null || isForbidden(error);
}

/** Whether the user of NATS may not do what was tried. */
export function isForbidden(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "PermissionViolationError" || isForbidden(error.cause);
}

/** Returns what went wrong, as the end of a sentence for the owner, with its full stop. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "NoRespondersError" || error.name === "JetStreamNotEnabled") {
    return "JetStream is not switched on there. Start nats-server with -js, or with a jetstream {} block.";
  }
  const { cause: reason } = error;
  const hasMore = reason instanceof Error && reason.message !== error.message;
  const cause = hasMore ? `: ${reason.message}` : "";
  return `${error.message}${cause}.`;
}
