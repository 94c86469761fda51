import { clientCommand } from "../protocol/server-link.ts";
import type { ServerSettings } from "./server-settings.ts";
import { VERSION } from "./version.ts";

/** A port that is listened on. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

/**
 * What the server says when it is there for everybody.
 *
 * @param link for a client; with an invitation in it when `isInviting`
 */
export function startupMessage(
  tls: ListenAddress,
  plain: ListenAddress | undefined,
  link: string,
  isInviting: boolean,
): string {
  const lines = [`Sodam ${VERSION} is listening on ${tls.hostname} port ${tls.port} (TLS).`];
  if (plain !== undefined) lines.push(`Plain text on ${plain.hostname} port ${plain.port}.`);
  if (isInviting) {
    lines.push(
      "Nobody owns this server yet. Who signs up by this link does, and can invite the others:",
    );
  }
  return [...lines, `\n  ${clientCommand(link)}\n`].join("\n");
}

/** Why listening failed, as transport says it. */
export interface ListenFailure extends ListenAddress {
  readonly kind: "in-use" | "not-allowed" | "no-such-address" | "bad-certificate" | "other";
  readonly message: string;
  readonly cause?: unknown;
}

/** What the owner reads when the server can't listen. */
export function listenFailureMessage(error: ListenFailure, { plain }: ServerSettings): string {
  const { kind, hostname, port } = error;
  const isPlain = plain?.host === hostname && plain.port === port;
  switch (kind) {
    case "in-use":
      return `Something else listens on port ${port} already. Stop it, or choose another by ${isPlain ? "--plain" : "--port"}.`;
    case "not-allowed":
      return `This account may not listen on port ${port}. Choose one above 1023 by ${isPlain ? "--plain" : "--port"}.`;
    case "no-such-address":
      return `This machine has no address ${hostname}. Choose another by ${isPlain ? "--plain" : "--host"}.`;
    case "bad-certificate":
      return "The certificate can't be used. Move it away, and a new one is made.";
    case "other":
      return `${error.message} (${String(error.cause)})`;
  }
}

/** Why a certificate does not go with the settings, or `null`. */
export function stsProblem(
  { stsDays }: ServerSettings,
  { isSelfSigned }: { readonly isSelfSigned: boolean },
): string | null {
  // Clients would refuse to come at all, for as long as the policy lasts.
  return stsDays !== null && isSelfSigned
    ? "--sts-days needs a certificate from an authority in the folder of --certs."
    : null;
}
