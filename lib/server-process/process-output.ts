import { BestEffortOutput } from "../file-manager/best-effort-output.ts";
import { fsErrorText, isReaderGone } from "../file-manager/disk/fs-errors.ts";
import { harmlessText } from "../protocol/harmful-characters.ts";
import { chooseLanguage, type Language } from "../protocol/language.ts";
import { lossLine } from "../settings/log.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import { exitWithError } from "../transport/shutdown.ts";

/** Returns the language of what is printed; the log is English. */
export function languageOf({ lang }: ServerSettings): Language {
  return chooseLanguage(lang, null, process.env);
}

/** Makes the outputs of a running server: their readers, their disk and their terminal may go, and the server stays. */
export function makeOutputs(now: () => number) {
  const logOutput = new BestEffortOutput(process.stderr, (count, reason) =>
    lossLine(now(), count, reason),
  );
  const startOutput = new BestEffortOutput(process.stdout, () => "");
  return { logOutput, startOutput };
}

/** Prints what a command was asked for. `--help | head -1` closes the pipe when it has enough, which is no failure. */
export function print(text: string): void {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => {});
  process.stdout.write(`${harmlessText(text)}\n`, (error) => {
    if (error === null || error === undefined || isReaderGone(error)) return;
    exitWithError([`Standard output cannot be written: ${fsErrorText(error)}.`], 1);
  });
}
