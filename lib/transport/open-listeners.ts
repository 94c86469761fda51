import type { Gate } from "./gate.ts";
import type { Handlers } from "./link.ts";
import { type CertificatePair, type Listener, listen } from "./listen.ts";

export interface Places {
  readonly host: string;
  readonly port: number;
  /** Where plain text is spoken, or `null`. */
  readonly plain: { readonly host: string; readonly port: number } | null;
}

/** Listens everywhere, or nowhere: rejects with a `ListenError`, and then nothing is left open. */
export async function openListeners(
  { host, port, plain }: Places,
  tls: CertificatePair,
  gate: Gate,
  handlers: Handlers,
): Promise<readonly [Listener, ...Listener[]]> {
  const first = listen({ hostname: host, port, tls, gate }, handlers);
  if (plain === null) return [first];
  try {
    return [first, listen({ hostname: plain.host, port: plain.port, gate }, handlers)];
  } catch (error) {
    await first.stop();
    throw error;
  }
}
