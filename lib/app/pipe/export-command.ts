/** The pipe commands `export` and `my-data`: history, search results or account data to a file or standard output. */
import type { SharedFile } from "../../protocol/file-facts.ts";
import type { ExportLine, SaveOutcome } from "../app-ports.ts";
import { fetchFile } from "../files/fetch-file.ts";
import { accountDataLines } from "../history/account-data-lines.ts";
import { HistoryFailure, historyRecords } from "../history/history-pages.ts";
import { parseTimeRange, type TimeRange } from "../history/history-range.ts";
import { searchRecords } from "../history/search-pages.ts";
import { failureSentence } from "../i18n/words.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-context.ts";
import { enterRoom } from "./pipe-log-in.ts";
import type { PipeCommand } from "./pipe-ports.ts";
import { endProgress, endWithError, makeProgress } from "./progress.ts";

/** What goes to standard output, as a file may hold (UTF-16 units): a hostile server sends without end. */
const PRINTED_UNITS_MAX = 4 * 1024 ** 3;

type ExportCommand = Extract<PipeCommand, { kind: "export" }>;
type MyDataCommand = Extract<PipeCommand, { kind: "my-data" }>;

/**
 * Writes the target's history, or search results there or everywhere, from the first line of the range to the
 * last. Resolves to the exit code.
 */
export async function runExport(
  context: PipeContext,
  pipeSession: PipeSession,
  command: ExportCommand,
): Promise<number> {
  const { ports, pipeWords, output } = context;
  const { output: path, format, force } = command;
  const title = [pipeSession.target, command.search ?? ""].filter((part) => part !== "").join(" ");
  const problem = await enterRoom(context, pipeSession);
  const range = parseTimeRange(command.from, command.to);
  if (problem !== null || range === null) {
    return endWithError(context, problem ?? pipeWords.badRange);
  }
  const { caps } = pipeSession.session.state;
  if (command.search === null && !caps.has("draft/chathistory")) {
    return endWithError(context, pipeWords.noHistory);
  }
  if (command.search !== null && !caps.has("soju.im/search")) {
    return endWithError(context, pipeWords.noSearch);
  }
  return untilHistoryFails(context, async () => {
    const lines = exportLines(context, pipeSession, command, range);
    if (path !== null) {
      const fetchTo = (file: SharedFile, to: string) =>
        fetchPicture(context, pipeSession, file, to);
      const saved = await ports.saveExport(path, title, format, lines, force, fetchTo);
      return reportSaved(context, path, saved);
    }
    output.unitsMax = PRINTED_UNITS_MAX;
    await print(context, lines, format, title);
    endProgress(context);
    return output.isClosed ? PIPE_EXIT.failed : PIPE_EXIT.done;
  });
}

/** Fetches a picture beside an export; not after the connection was lost, which ends the export. */
async function fetchPicture(
  { ports }: PipeContext,
  { connection, session }: PipeSession,
  file: SharedFile,
  path: string,
): Promise<boolean> {
  let key: string | null = null;
  const stop = connection.listen((event) => {
    if (event.kind === "disconnected" && key !== null) session.files.cancel(key);
  });
  const begun = (begunKey: string): void => {
    key = begunKey;
  };
  const isThere = await fetchFile({ session, ...ports }, file, path, begun);
  stop();
  return isThere;
}

/** Writes everything that the server stores about the account, as JSON lines. Resolves to the exit code. */
export async function runMyData(
  context: PipeContext,
  { session }: PipeSession,
  { output: path, force }: MyDataCommand,
): Promise<number> {
  const { ports, pipeWords, output } = context;
  if (!session.state.caps.has("soju.im/search")) return endWithError(context, pipeWords.noSearch);
  const lines = accountDataLines(
    { session, ports, words: context.words },
    makeProgress(context, ports.now()),
  );
  return untilHistoryFails(context, async () => {
    if (path !== null) return reportSaved(context, path, await ports.saveLines(path, lines, force));
    output.unitsMax = PRINTED_UNITS_MAX;
    for await (const line of lines) {
      await output.write(line);
      if (output.isClosed) return PIPE_EXIT.failed;
    }
    endProgress(context);
    return PIPE_EXIT.done;
  });
}

/**
 * Resolves to the result of `run`. When history can't be read, prints an error and resolves to the exit code.
 */
async function untilHistoryFails(
  context: PipeContext,
  run: () => Promise<number>,
): Promise<number> {
  const { pipeWords, words } = context;
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof HistoryFailure)) throw error;
    if (error.kind === "lost") return endWithError(context, pipeWords.lost);
    const why = error.code === "" ? "" : failureSentence(words, error.code, "", "");
    return endWithError(context, pipeWords.historyFailed(why));
  }
}

/** Prints the result of writing the file. Returns the exit code. */
function reportSaved(context: PipeContext, path: string, outcome: SaveOutcome): number {
  const { words, pipeWords } = context;
  switch (outcome.kind) {
    case "exists":
      return endWithError(context, pipeWords.taken(path));
    case "failed":
      return endWithError(context, words.notWritten[outcome.why](path));
    case "saved":
      endProgress(context, pipeWords.written(outcome.count, path));
      return PIPE_EXIT.done;
  }
}

function exportLines(
  context: PipeContext,
  { session, target }: PipeSession,
  { search, by }: ExportCommand,
  range: TimeRange,
): AsyncGenerator<ExportLine> {
  const { ports } = context;
  const progress = makeProgress(context, range.until);
  if (search === null) return historyRecords({ session, target, ports }, range, progress);
  const query = { words: search, target: target === "" ? null : target, by };
  return searchRecords({ session, ports }, query, range, progress);
}

/**
 * Prints lines as fast as the reader takes them. All go through one run of the formatter, since it puts
 * headings between days and ends an HTML page.
 */
async function print(
  { ports, output }: PipeContext,
  lines: AsyncGenerator<ExportLine>,
  format: ExportCommand["format"],
  title: string,
): Promise<void> {
  const queue: ExportLine[] = [];
  const pieces = ports.format(format, drain(queue), title)[Symbol.iterator]();
  for await (const line of lines) {
    queue.push(line);
    const piece = pieces.next();
    if (piece.done !== true) await output.write(piece.value);
    if (output.isClosed) return;
  }
  for (let piece = pieces.next(); piece.done !== true; piece = pieces.next()) {
    await output.write(piece.value);
  }
}

/** Yields what is in the queue and ends when it is empty; the reader must fill it before each step. */
function* drain(queue: ExportLine[]): Generator<ExportLine> {
  for (let line = queue.shift(); line !== undefined; line = queue.shift()) yield line;
}
