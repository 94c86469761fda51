import type { ExportLine } from "../app-ports.ts";
import { HistoryFailure, historyRecords } from "../history/history-pages.ts";
import { type Range, readRange } from "../history/history-range.ts";
import { searchRecords } from "../history/search-pages.ts";
import { enterRoom } from "./pipe-log-in.ts";
import type { PipeCommand } from "./pipe-ports.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-task.ts";
import { endProgress, endWithError, makeProgress } from "./progress.ts";

/**
 * Writes the target's history, or what a search finds there or everywhere, from the first line of the range to
 * the last, to a file or standard output.
 */
export async function runExport(
  task: PipeContext,
  inside: PipeSession,
  command: Extract<PipeCommand, { kind: "export" }>,
): Promise<number> {
  const { ports, pipeWords, output } = task;
  const title = [inside.target, command.search ?? ""].filter((part) => part !== "").join(" ");
  const problem = await enterRoom(task, inside);
  const range = readRange(command.from, command.to);
  if (problem !== null || range === null) return endWithError(task, problem ?? pipeWords.badRange);
  const { caps } = inside.session.state;
  if (command.search === null ? !caps.has("draft/chathistory") : !caps.has("soju.im/search")) {
    return endWithError(task, command.search === null ? pipeWords.noHistory : pipeWords.noSearch);
  }
  try {
    if (command.output === null) {
      await print(task, records(task, inside, command, range), command.format, title);
      endProgress(task);
      return output.gone ? PIPE_EXIT.failed : PIPE_EXIT.done;
    }
    const { output: path, format, force } = command;
    const lines = records(task, inside, command, range);
    const saved = await ports.saveExport(path, title, format, lines, force);
    if (saved.kind === "exists") return endWithError(task, pipeWords.taken(path));
    if (saved.kind === "failed") return endWithError(task, task.words.notWritten[saved.why](path));
    if (ports.watched) ports.whisper(`\r\x1b[K${pipeWords.written(saved.count, path)}\n`);
    return PIPE_EXIT.done;
  } catch (error) {
    if (error instanceof HistoryFailure) {
      return endWithError(task, error.kind === "lost" ? pipeWords.lost : pipeWords.historyFailed);
    }
    throw error;
  }
}

function records(
  task: PipeContext,
  { session, target }: PipeSession,
  { search, by }: Extract<PipeCommand, { kind: "export" }>,
  range: Range,
): AsyncGenerator<ExportLine> {
  const { ports } = task;
  const progress = makeProgress(task, range.until);
  if (search === null) return historyRecords({ session, target, ports }, range, progress);
  const query = { words: search, target: target === "" ? null : target, by };
  return searchRecords({ session, ports }, query, range, progress);
}

/** Formats as one whole, since headings stand between days, and writes as the reader takes it. */
async function print(
  { ports, output }: PipeContext,
  source: AsyncGenerator<ExportLine>,
  format: Parameters<typeof ports.format>[0],
  title: string,
): Promise<void> {
  const queue: ExportLine[] = [];
  const pieces = ports.format(format, drain(queue), title)[Symbol.iterator]();
  for await (const record of source) {
    queue.push(record);
    const piece = pieces.next();
    if (piece.done !== true) await output.write(piece.value);
    if (output.gone) return;
  }
  // A page of HTML ends when its last line has come.
  for (let last = pieces.next(); last.done !== true; last = pieces.next()) {
    await output.write(last.value);
  }
}

/** What is in the queue, one by one; whoever asks puts something in first. */
function* drain(queue: ExportLine[]): Generator<ExportLine> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) yield next;
}
