import { fingerprintRows } from "../../protocol/fingerprint.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import { type App, hostOf } from "../app-context.ts";
import type { ConnectOutcome } from "../app-ports.ts";
import type { ConnectTrouble } from "./server-connection.ts";

/** Returns the sentence for a failed attempt to connect. */
export function connectFailureSentence(
  app: Pick<App, "words">,
  link: ServerLink,
  outcome: Exclude<ConnectOutcome, { kind: "connected" }>,
): string {
  const { words } = app;
  const host = hostOf(link);
  switch (outcome.kind) {
    case "unknown":
      return words.connection.untrusted(host);
    case "changed": {
      const { known, fingerprint, source } = outcome;
      return `${words.changed.title}\n\n${words.changed[source](host, fingerprintRows(known), fingerprintRows(fingerprint))}`;
    }
    case "failed":
      return words.connection[outcome.problem](host);
    case "refused-file":
      return outcome.text;
  }
}

/**
 * Returns the sentence for a connection that can't be restored after a loss. It differs from the one for a first
 * connection, whose advice to ask the sender of the link doesn't fit: the user was logged in before.
 */
export function lossSentence(
  { words }: Pick<App, "words">,
  link: ServerLink,
  trouble: ConnectTrouble,
): string {
  const host = hostOf(link);
  switch (trouble.kind) {
    case "unknown":
      return words.changed.unknown(host, fingerprintRows(trouble.fingerprint));
    case "changed":
      return words.changed.meanwhile(
        host,
        fingerprintRows(trouble.known),
        fingerprintRows(trouble.fingerprint),
      );
    case "refused-file":
      return trouble.text;
  }
}
