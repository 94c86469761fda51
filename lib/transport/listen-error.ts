import { errorCodeOf } from "./socket-link.ts";

/** Why a port can't be opened. */
export type ListenProblem =
  | "in-use"
  | "not-allowed"
  | "no-such-address"
  | "bad-certificate"
  | "other";

/** Thrown when a port can't be opened: `kind` says why, and `cause` is the system's error. */
export class ListenError extends Error {
  readonly kind: ListenProblem;
  readonly hostname: string;
  readonly port: number;
  constructor(
    kind: ListenProblem,
    { hostname, port }: { readonly hostname: string; readonly port: number },
    cause: unknown,
  ) {
    super(`can't listen on ${hostname} port ${port}: ${kind}`, { cause });
    this.kind = kind;
    this.hostname = hostname;
    this.port = port;
  }
}

/** Returns the system's reason of a `ListenError`. */
export function listenCauseOf(error: unknown): string {
  const cause = error instanceof ListenError ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

/** Returns what kind of problem the system's error is. */
export function listenProblemOf(error: unknown): ListenProblem {
  const code = errorCodeOf(error);
  if (code === "EADDRINUSE") return "in-use";
  if (code === "EACCES" || code === "EPERM") return "not-allowed";
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return "no-such-address";
  if (code?.startsWith("ERR_OSSL")) return "bad-certificate";
  // The error for an unknown host name has no code.
  return code === undefined ? "no-such-address" : "other";
}
