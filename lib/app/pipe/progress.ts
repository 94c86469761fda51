import { formatTime } from "../../protocol/time.ts";
import { PIPE_EXIT, type PipeContext } from "./pipe-task.ts";

/** Cells of the bar. */
const BAR_CELLS = 20;

/**
 * How far a long reading is, as a bar on standard error, where a person watches it: by the time of the last line
 * within all of the time that is read. What is read in one page shows none.
 *
 * @param until the end of the range, ms; nothing is later than now
 */
export function makeProgress(
  { ports, pipeWords }: Pick<PipeContext, "ports" | "pipeWords">,
  until: number,
): (count: number, time: number) => void {
  if (!ports.watched) return () => {};
  const end = Math.min(until, ports.now());
  let first: number | null = null;
  return (count, time) => {
    first ??= time;
    const share = end > first ? Math.min(1, Math.max(0, (time - first) / (end - first))) : 1;
    const full = Math.round(share * BAR_CELLS);
    const bar = `${"█".repeat(full)}${"░".repeat(BAR_CELLS - full)}`;
    const percent = `${Math.round(share * 100)}`.padStart(3);
    const words = pipeWords.reading(count, formatTime(time).slice(0, 10));
    ports.whisper(`\r\x1b[K${bar} ${percent} % ${words}`);
  };
}

/** Takes the bar away: what follows is a sentence. */
export function endProgress({ ports }: Pick<PipeContext, "ports">): void {
  if (ports.watched) ports.whisper("\r\x1b[K");
}

/** The command ends with a sentence in the bar's place. */
export function endWithError({ ports }: Pick<PipeContext, "ports">, sentence: string): number {
  endProgress({ ports });
  ports.complain(sentence);
  return PIPE_EXIT.failed;
}
