import type { Certificate } from "../file-manager/certificates/certificates.ts";
import { loadTotp } from "../member-server/second-factor.ts";
import { loadConfusables } from "../protocol/confusables.ts";
import { loadProblem } from "../settings/missing-package.ts";
import type { AcceptedSettings, ServerSettings } from "../settings/server-settings.ts";
import { type StartWords, startWords } from "../settings/start-words.ts";
import { clockWarning } from "../settings/startup-messages.ts";
import { localAddresses } from "../transport/local-addresses.ts";
import { exitWithError, holdSighup } from "../transport/shutdown.ts";
import { checkStart } from "./check-start.ts";
import { openProcessLog, type ProcessLog } from "./process-log.ts";
import { languageOf } from "./process-output.ts";
import type { ProcessRole } from "./process-role.ts";
import { SettingsInForce } from "./settings-in-force.ts";
import { startCertificate } from "./start-certificate.ts";

/** What every server has before it opens its data folder. */
export interface PreparedStart {
  /** What a supervisor made of this process; `null` without one. */
  readonly role: ProcessRole | null;
  readonly settings: SettingsInForce;
  /** The settings of the start. */
  readonly given: ServerSettings;
  readonly output: ProcessLog;
  readonly words: StartWords;
  /** Sets the handler of SIGHUP. */
  onSighup(handler: () => void): void;
  /** Those of this machine. */
  readonly addresses: readonly [string, ...string[]];
  readonly certificate: Certificate;
}

/** Prepares a start. Resolves to `null` when there is none: a check is done, or the owner was told why it can't be. */
export async function prepareStart(
  { settings: given, warnings }: AcceptedSettings,
  argv: readonly string[],
  role: ProcessRole | null,
): Promise<PreparedStart | null> {
  const refuse = (sentence: string): null => {
    exitWithError([sentence], 1);
    return null;
  };
  const onSighup = holdSighup();
  if (role !== null) {
    const { endWithSupervisor, ignoreSignals } = await import("./end-with-supervisor.ts");
    endWithSupervisor(role);
    ignoreSignals("SIGUSR2");
  }
  // Nothing that a server needs may be fetched, or found missing, when the first stranger sends a NICK.
  const missing = loadProblem(() => [loadConfusables(), loadTotp()]);
  if (missing !== null) return refuse(missing);
  const words = startWords(languageOf(given));
  const settings = new SettingsInForce(given, argv);
  const output = openProcessLog(() => settings.current);
  const { log } = output;
  for (const warning of warnings) log("warn", warning);
  const clock = clockWarning(Date.now());
  if (clock !== null) log("warn", clock);
  if (given.check) {
    await checkStart(given, words, log);
    return null;
  }
  const addresses = localAddresses();
  const certificate = startCertificate(given, addresses, words, log);
  if ("refused" in certificate) return refuse(certificate.refused);
  return { role, settings, given, output, words, onSighup, addresses, certificate };
}
