/**
 * The client for scripts: it logs in, runs one command, and ends.
 *
 *     echo deployed | bun client.ts HOST send '#ops'
 */
import kleur from "kleur";
import { chooseLanguage } from "../../protocol/language.ts";
import { isRoomName, parseExistingNick, parseExistingRoomName } from "../../protocol/names.ts";
import { parseLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { parseTimeRange } from "../history/history-range.ts";
import { wordsFor } from "../i18n/words.ts";
import { lastPlace } from "../saved/server-list.ts";
import { runExport, runMyData } from "./export-command.ts";
import { Output } from "./output.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-context.ts";
import { connectAndLogIn, readCredentials } from "./pipe-log-in.ts";
import type { PipeCommand, PipePorts, PipeSettings } from "./pipe-ports.ts";
import { pipeWordsFor } from "./pipe-words.ts";
import { runSend } from "./send-command.ts";
import { parseFollowFrom, runTail } from "./tail-command.ts";

/**
 * Runs one command. Resolves to the exit code: 0 done, 1 refused or failed, 2 wrong usage, 3 not connected or not
 * logged in. Sentences go to standard error (`ports.printError`).
 */
export async function runPipe(
  ports: PipePorts,
  settings: PipeSettings,
  command: PipeCommand,
): Promise<number> {
  // kleur itself honours NO_COLOR and an output that is no terminal.
  if (!settings.colour) kleur.enabled = false;
  const language = chooseLanguage(settings.lang, ports.saved.language ?? null, ports.environment);
  const context: PipeContext = {
    ports,
    settings,
    language,
    words: wordsFor(language),
    pipeWords: pipeWordsFor(language),
    output: new Output(ports.stdout, (error) => ports.outputTrouble(error)),
  };
  const { pipeWords } = context;
  ports.onWriteFailure?.(({ path, why }) => ports.printError(context.words.notWritten[why](path)));
  const link =
    settings.server === null
      ? parseLink(ports.saved.server ?? "")
      : lastPlace(ports, settings.server);
  if (link === null) return endWithUsage(context, pipeWords.noServer(ports.program));
  const { room: target } = command;
  const hasTarget = target !== "";
  if (hasTarget && !canBeTarget(target)) {
    return endWithUsage(context, pipeWords.badTarget(sanitize(target)));
  }
  if (command.kind === "export" && parseTimeRange(command.from, command.to) === null) {
    return endWithUsage(context, pipeWords.badRange);
  }
  const run = await prepareCommand(context, command);
  if (typeof run === "string") return endWithUsage(context, run);
  const credentials = await readCredentials(context, link);
  if (typeof credentials === "string") return endWithUsage(context, credentials);
  // Whose name was asked for needn't be asked for again.
  const account = credentials.kind === "password" ? credentials.account : settings.account;
  const named = { ...context, settings: { ...settings, account } };
  const pipeSession = await connectAndLogIn(named, link, credentials, command);
  if (pipeSession === null) return PIPE_EXIT.notLoggedIn;
  try {
    const exitCode = await run(pipeSession);
    const { failure } = context.output;
    if (failure === null) return exitCode;
    ports.printError(
      failure === "endless"
        ? pipeWords.endlessOutput
        : context.words.notWritten[failure](pipeWords.standardOutput),
    );
    return PIPE_EXIT.failed;
  } finally {
    pipeSession.connection.end();
  }
}

/** Returns what runs the command on a connection and resolves to the exit code, or why it can't be right. */
async function prepareCommand(
  context: PipeContext,
  command: PipeCommand,
): Promise<((pipeSession: PipeSession) => Promise<number>) | string> {
  switch (command.kind) {
    case "send": {
      const { file } = command;
      if (file === null) return (pipeSession) => runSend(context, pipeSession, command);
      const { runSendFile } = await import("./file-transfer-commands.ts");
      return (pipeSession) => runSendFile(context, pipeSession, { ...command, file });
    }
    case "get": {
      const { fileIdOf, runGet } = await import("./file-transfer-commands.ts");
      if (fileIdOf(command.file) === null) {
        return context.pipeWords.badFile(sanitize(command.file));
      }
      return (pipeSession) => runGet(context, pipeSession, command);
    }
    case "tail": {
      const { followFrom } = command;
      if (followFrom !== null && parseFollowFrom(followFrom) === null) {
        return context.pipeWords.badFollowFrom(sanitize(followFrom));
      }
      return (pipeSession) => runTail(context, pipeSession, command);
    }
    case "on": {
      // Imports on demand: no other command needs the package of expressions.
      const { prepareOn } = await import("./on-command.ts");
      return prepareOn(context, command);
    }
    case "export":
      return (pipeSession) => runExport(context, pipeSession, command);
    case "my-data":
      return (pipeSession) => runMyData(context, pipeSession, command);
  }
}

function endWithUsage(context: PipeContext, sentence: string): number {
  context.ports.printError(sentence);
  return PIPE_EXIT.usage;
}

function canBeTarget(target: string): boolean {
  const parse = isRoomName(target) ? parseExistingRoomName : parseExistingNick;
  return parse(target) !== null;
}
