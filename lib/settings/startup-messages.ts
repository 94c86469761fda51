import { clientCommand } from "../protocol/server-link.ts";
import type { ServerSettings } from "./server-settings.ts";
import { VERSION } from "./settings-help.ts";

/** An address and port that the server listens on. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

/**
 * Returns the messages that the server prints when it is ready: its addresses, and the command that connects a client.
 *
 * @param plain where plain text is spoken, if anywhere
 * @param link of the server; holds the owner's invitation when `isInviting`
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
      "Nobody owns this server yet. Sign up with this link to own it and to invite others:",
    );
  }
  return [...lines, `\n  ${clientCommand(link)}\n`].join("\n");
}

/** Why listening failed, as transport/listen.ts reports it. */
export interface ListenFailure extends ListenAddress {
  readonly kind: "in-use" | "not-allowed" | "no-such-address" | "bad-certificate" | "other";
  readonly message: string;
  readonly cause?: unknown;
}

/** Returns what the owner reads when the server can't listen. */
export function listenFailureMessage(error: ListenFailure, { plain }: ServerSettings): string {
  const { kind, hostname, port } = error;
  const isPlain = plain?.host === hostname && plain.port === port;
  const flag = isPlain ? "--plain" : "--port";
  switch (kind) {
    case "in-use":
      return `Another program listens on port ${port} already. Stop it, or choose another port with ${flag}.`;
    case "not-allowed":
      return `This user account may not listen on port ${port}. Choose a port above 1023 with ${flag}.`;
    case "no-such-address":
      return `This machine has no address ${hostname}. Choose another with ${isPlain ? "--plain" : "--host"}.`;
    case "bad-certificate":
      return "The certificate can't be used. Move it away, and the next start makes a new one.";
    case "other":
      return `${error.message} (${String(error.cause)})`;
  }
}

/** Returns why the certificate does not allow an STS policy, or `null` if it does. */
export function stsProblem(
  { stsDays }: ServerSettings,
  { isSelfSigned }: { readonly isSelfSigned: boolean },
): string | null {
  // With a certificate that they can't check, clients would refuse to connect for as long as the policy lasts.
  return stsDays !== null && isSelfSigned
    ? "--sts-days needs a certificate from an authority in the folder of --certs."
    : null;
}
