import type { QueryAnswers } from "../chat-server/server-ports.ts";
import { findCertificate, renewedCertificate } from "../file-manager/certificates/certificates.ts";
import { checkFolder } from "../file-manager/check-folder.ts";
import { exposureProblem } from "../file-manager/disk/disk-limits.ts";
import { AccountStore } from "../member-server/account-store.ts";
import type { Log } from "../settings/log.ts";
import { certificateWarnings } from "../settings/public-address.ts";
import { reloadSettings } from "../settings/reload-settings.ts";
import type { ServerArguments, ServerSettings } from "../settings/server-settings.ts";
import type { StartWords } from "../settings/start-words.ts";
import { gatewaysProblem, stsProblem } from "../settings/startup-messages.ts";
import { programName } from "../transport/program-name.ts";
import { exitWithError } from "../transport/shutdown.ts";
import { print } from "./process-output.ts";

const PROGRAM = programName("server.ts");

/** Checks what a start needs, and changes nothing: no certificate, no folder and no new format is made. */
export async function checkStart(
  settings: ServerSettings,
  words: StartWords,
  log: Log,
): Promise<void> {
  const certificate = findCertificate(settings.certs);
  if (certificate !== null) {
    if ("refused" in certificate) return exitWithError([certificate.refused], 1);
    const exposure = exposureProblem(certificate.keyPath);
    if (exposure !== null) log("warn", exposure);
    for (const warning of certificateWarnings(settings, certificate, Date.now())) {
      log("warn", warning);
    }
  }
  const problem =
    gatewaysProblem(settings, process.platform, words) ??
    stsProblem(settings, certificate ?? { isSelfSigned: true }, words);
  if (problem !== null) return exitWithError([problem], 1);
  const checked = await checkFolder(settings.data, { makeStore: AccountStore.of, now: Date.now() });
  if ("refused" in checked) return exitWithError([checked.refused], 1);
  for (const report of checked.reports) log("warn", report);
  const { heldBy } = checked;
  print(
    heldBy === null ? words.allChecked : words.checkedWhileRunning(heldBy, settings.data, PROGRAM),
  );
}

/** Checks what a reload would do, and does none of it. */
export function checkSettings(
  current: ServerSettings,
  read: ServerArguments,
): QueryAnswers["check"] {
  const { settings, messages } = reloadSettings(current, read);
  const certificate = renewedCertificate(current.certs);
  const problems = "refused" in certificate ? [certificate.refused] : [];
  return { ok: settings !== null && problems.length === 0, messages: [...messages, ...problems] };
}
