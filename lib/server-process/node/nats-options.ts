import type { NatsOptions } from "../../cluster/nats/nats-stream.ts";
import { readSettings } from "../../file-manager/disk/text-file.ts";

/** How the settings, or a supervisor, say where NATS is. */
interface NatsPlace {
  readonly nats: readonly string[];
  /** Files: credentials, and certificates of an authority. */
  readonly natsCreds: string | null;
  readonly natsCa: string | null;
  /** The cluster's name. */
  readonly cluster: string;
}

/** Returns how to reach NATS, or a sentence when a file that is named can't be read. */
export function natsOptions(
  { nats, natsCreds, natsCa, cluster }: NatsPlace,
  onProblem: (text: string, cause: unknown) => void,
): NatsOptions | { readonly refused: string } {
  const texts: (string | null)[] = [];
  for (const [flag, path] of [
    ["--nats-creds", natsCreds],
    ["--nats-ca", natsCa],
  ] as const) {
    const text = path === null ? null : readSettings(path);
    if (path !== null && typeof text !== "string") {
      const why = text === null ? "there is no such file" : text.unreadable;
      return { refused: `${flag} ${path} cannot be read: ${why}.` };
    }
    texts.push(typeof text === "string" ? text : null);
  }
  const [credentials = null, authority = null] = texts;
  return {
    ...{ urls: nats, name: cluster, authority, onProblem },
    credentials: credentials === null ? null : new TextEncoder().encode(credentials),
  };
}
