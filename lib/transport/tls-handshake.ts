import { X509Certificate } from "node:crypto";
import { errorCodeOf } from "./socket-link.ts";

/** Time for a TLS handshake, which takes two round trips. A proxy has as long for its header. */
export const HANDSHAKE_MS = 10_000;

/**
 * Appends a self-signed certificate to itself as its chain. Without a chain, TLS looks for the issuer among the
 * system's authorities, in four files at each handshake: 60 of a connection's 440 µs.
 */
export function chainOf(cert: string): string {
  const { subject, issuer } = new X509Certificate(cert);
  return subject === issuer ? `${cert.trimEnd()}\n${cert}` : cert;
}

/** Returns why a handshake failed, for the log. */
export function handshakeProblemOf(error: Error | null): string {
  const message = error?.message ?? "";
  if (message.includes("WRONG_VERSION_NUMBER")) return "plain text on the TLS port";
  if (message.includes("HTTP_REQUEST")) return "a web browser's plain text on the TLS port";
  if (message.includes("disconnected before")) return "left during the TLS handshake";
  return `TLS handshake failed: ${tlsProblemOf(message)}`;
}

/** Returns whether the first bytes of a connection are the beginning of a TLS handshake. */
export function isTlsHello(bytes: Uint8Array): boolean {
  return bytes[0] === 22 && (bytes[1] ?? 3) === 3;
}

/**
 * Returns why a socket failed if its peer or the network is the cause: what it sent isn't TLS any more, or the system
 * gave an error. `null` for any other error, which is ours.
 */
export function peerProblemOf(error: Error): string | null {
  if (error.message.includes("SSL routines")) return `TLS broke: ${tlsProblemOf(error.message)}`;
  const code = errorCodeOf(error);
  return code === undefined || !/^E[A-Z]+$/.test(code) ? null : code;
}

/** "error:1000008b:SSL routines:OPENSSL_internal:BAD_RECORD_MAC" → "BAD_RECORD_MAC". */
function tlsProblemOf(message: string): string {
  return message.split(":").at(-1) || message;
}
