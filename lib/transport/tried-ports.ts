import { type CertificatePair, type Listener, type ListenOptions, listen } from "./listen.ts";
import { listenCauseOf } from "./listen-error.ts";

/*
 * Ports that are opened to see whether they can be, and closed again.
 */

const NOBODY = { open() {}, data() {}, close() {} };

/**
 * Makes sure that ports are free, and returns their numbers: one that others share as well is refused. Throws a
 * `ListenError`.
 */
export async function claimPorts(
  wanted: readonly Pick<ListenOptions, "hostname" | "port">[],
): Promise<number[]> {
  const claimed: Listener[] = [];
  try {
    // All are open at once, so that none gets another's free port.
    for (const { hostname, port } of wanted) claimed.push(listen({ hostname, port }, NOBODY));
    return claimed.map(({ port }) => port);
  } finally {
    for (const listener of claimed) await listener.stop();
  }
}

/** Returns why a certificate and key can't be used, or `null`. Tries them on a free port. */
export function certificateProblem(hostname: string, tls: CertificatePair): string | null {
  try {
    void listen({ hostname, port: 0, tls }, NOBODY).stop();
    return null;
  } catch (error) {
    return listenCauseOf(error);
  }
}
