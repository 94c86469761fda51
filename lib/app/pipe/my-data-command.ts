import { accountDataLines } from "../history/account-data-lines.ts";
import { HistoryFailure } from "../history/history-pages.ts";
import type { PipeCommand } from "./pipe-ports.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-task.ts";
import { endProgress, endWithError, makeProgress } from "./progress.ts";

/** Writes everything that the server keeps about the account, as JSON lines. */
export async function runMyData(
  task: PipeContext,
  { session }: PipeSession,
  { output: path, force }: Extract<PipeCommand, { kind: "my-data" }>,
): Promise<number> {
  const { ports, pipeWords, output } = task;
  if (!session.state.caps.has("soju.im/search")) return endWithError(task, pipeWords.noSearch);
  const lines = accountDataLines({ session, ports }, makeProgress(task, ports.now()));
  try {
    if (path !== null) {
      const saved = await ports.saveLines(path, lines, force);
      if (saved.kind === "exists") return endWithError(task, pipeWords.taken(path));
      if (saved.kind === "failed")
        return endWithError(task, task.words.notWritten[saved.why](path));
      if (ports.watched) ports.whisper(`\r\x1b[K${pipeWords.written(saved.count, path)}\n`);
      return PIPE_EXIT.done;
    }
    for await (const line of lines) {
      await output.write(line);
      if (output.gone) return PIPE_EXIT.failed;
    }
    endProgress(task);
    return PIPE_EXIT.done;
  } catch (error) {
    if (!(error instanceof HistoryFailure)) throw error;
    return endWithError(task, error.kind === "lost" ? pipeWords.lost : pipeWords.historyFailed);
  }
}
