/**
 * The client without a screen, for scripts: it comes in, runs one command, and goes.
 *
 *     echo deployed | bun client.ts HOST send '#ops'
 */
import kleur from "kleur";
import { isRoomName, parseNick, parseRoomName } from "../../protocol/names.ts";
import { parseLink } from "../../protocol/server-link.ts";
import { clean } from "../../terminal/width.ts";
import { readRange } from "../history/history-range.ts";
import { chooseLanguage } from "../i18n/language.ts";
import { wordsFor } from "../i18n/words.ts";
import { runExport } from "./export-command.ts";
import { runMyData } from "./my-data-command.ts";
import { Output } from "./output.ts";
import { connectAndLogIn, readCredentials } from "./pipe-log-in.ts";
import type { PipeCommand, PipePorts, PipeSettings } from "./pipe-ports.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-task.ts";
import { pipeWordsFor } from "./pipe-words.ts";
import { runSend } from "./send-command.ts";
import { runTail } from "./tail-command.ts";

/**
 * Runs one command and resolves to the exit code: 0 done, 1 refused or failed, 2 wrong usage,
 * 3 not connected or not logged in. Sentences go to `ports.complain`.
 */
export async function runPipe(
  ports: PipePorts,
  settings: PipeSettings,
  command: PipeCommand,
): Promise<number> {
  // Where nobody wants them, or standard output is no terminal, the package has turned colours off itself.
  if (!settings.colour) kleur.enabled = false;
  const language = chooseLanguage(settings.lang, ports.saved.language ?? null, ports.environment);
  const task: PipeContext = {
    ports,
    settings,
    language,
    words: wordsFor(language),
    pipeWords: pipeWordsFor(language),
    output: new Output(ports.stdout),
  };
  const { pipeWords } = task;
  const link = settings.server ?? parseLink(ports.saved.server ?? "");
  if (link === null) return wrong(task, pipeWords.noServer);
  const { room: target } = command;
  const isPlaced = target !== "";
  if (isPlaced && (isRoomName(target) ? parseRoomName(target) : parseNick(target)) === null) {
    return wrong(task, pipeWords.badTarget(clean(target)));
  }
  if (command.kind === "export" && readRange(command.from, command.to) === null) {
    return wrong(task, pipeWords.badRange);
  }
  const credentials = readCredentials(task, link);
  if (typeof credentials === "string") return wrong(task, credentials);
  const inside = await connectAndLogIn(task, link, credentials, command);
  if (inside === null) return PIPE_EXIT.notIn;
  try {
    return await run(task, inside, command);
  } finally {
    inside.connection.end();
  }
}

function run(task: PipeContext, inside: PipeSession, command: PipeCommand): Promise<number> {
  switch (command.kind) {
    case "send":
      return runSend(task, inside, command.text);
    case "tail":
      return runTail(task, inside, command);
    case "export":
      return runExport(task, inside, command);
    case "my-data":
      return runMyData(task, inside, command);
  }
}

function wrong(task: PipeContext, sentence: string): number {
  task.ports.complain(sentence);
  return PIPE_EXIT.usage;
}
