import { type Certificate, serverCertificate } from "../file-manager/certificates/certificates.ts";
import { exposureProblem } from "../file-manager/disk/disk-limits.ts";
import type { Log } from "../settings/log.ts";
import { certificateNames, certificateWarnings } from "../settings/public-address.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import type { StartWords } from "../settings/start-words.ts";
import { stsProblem } from "../settings/startup-messages.ts";

/**
 * Reads the server's certificate, or makes one. Warns of what the owner should know. Returns a sentence if the server can't
 * start with it.
 *
 * @param addresses those of this machine
 */
export function startCertificate(
  settings: ServerSettings,
  addresses: readonly string[],
  words: StartWords,
  log: Log,
): Certificate | { readonly refused: string } {
  const names = certificateNames(settings, addresses);
  const certificate = serverCertificate(settings.certs, names);
  if ("refused" in certificate) return certificate;
  const exposure = exposureProblem(certificate.keyPath);
  if (exposure !== null) log("warn", exposure);
  const problem = stsProblem(settings, certificate, words);
  if (problem !== null) return { refused: problem };
  for (const warning of certificateWarnings(settings, certificate, Date.now()))
    log("warn", warning);
  return certificate;
}
