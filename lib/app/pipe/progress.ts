import type { Transfer } from "../../chat-client/files/transfer.ts";
import { formatFileSize } from "../../protocol/file-facts.ts";
import { formatTime } from "../../protocol/time.ts";
import { formatLength } from "../files/file-text.ts";
import { PIPE_EXIT, type PipeContext } from "./pipe-context.ts";

const BAR_CELLS = 20;
/** Returns to the start of the line and erases it (ECMA-48 EL). */
const ERASE_LINE = "\r\x1b[K";

/**
 * Makes a function that shows the progress of reading history as a bar on standard error, if that is a terminal.
 * The share is the time of the last line within the time that is read, from the end of the first page on.
 *
 * @param until the end of the range in ms; the bar ends at the present if that is earlier
 */
export function makeProgress(
  { ports, pipeWords }: Pick<PipeContext, "ports" | "pipeWords">,
  until: number,
): (count: number, time: number) => void {
  if (!ports.isStderrTerminal) return () => {};
  const end = Math.min(until, ports.now());
  let first: number | null = null;
  return (count, time) => {
    first ??= time;
    const share = end > first ? Math.min(1, Math.max(0, (time - first) / (end - first))) : 1;
    const sentence = pipeWords.reading(count, formatTime(time).slice(0, 10));
    ports.writeStderr(`${ERASE_LINE}${barOf(share)} ${sentence}`);
  };
}

/** Shows how far a file is on standard error, if that is a terminal: share, bytes, rate and the time that is left. */
export function showTransfer(
  { ports, words }: Pick<PipeContext, "ports" | "words">,
  { state, bytes, size, bytesPerSecond }: Transfer,
): void {
  if (!ports.isStderrTerminal) return;
  if (state !== "running") {
    const isShown = state === "preparing" || state === "waiting";
    return isShown ? ports.writeStderr(`${ERASE_LINE}${words.files.states[state]}`) : undefined;
  }
  const rate = bytesPerSecond === 0 ? "" : ` · ${words.files.rate(formatFileSize(bytesPerSecond))}`;
  const seconds = bytesPerSecond === 0 ? 0 : Math.ceil((size - bytes) / bytesPerSecond);
  const rest = seconds === 0 ? "" : ` · ${words.files.rest(formatLength(seconds))}`;
  const share = size === 0 ? 1 : bytes / size;
  const sizes = `${formatFileSize(bytes)} / ${formatFileSize(size)}`;
  ports.writeStderr(`${ERASE_LINE}${barOf(share)} ${sizes}${rate}${rest}`);
}

/** Returns a bar and the percentage for a share from 0 to 1. */
function barOf(share: number): string {
  const fullCells = Math.round(share * BAR_CELLS);
  const bar = `${"█".repeat(fullCells)}${"░".repeat(BAR_CELLS - fullCells)}`;
  return `${bar} ${String(Math.round(share * 100)).padStart(3)} %`;
}

/** Erases the bar, and prints a sentence in its place if there is one. */
export function endProgress({ ports }: Pick<PipeContext, "ports">, sentence?: string): void {
  if (ports.isStderrTerminal)
    ports.writeStderr(`${ERASE_LINE}${sentence === undefined ? "" : `${sentence}\n`}`);
}

/** Erases the bar and prints why the command failed. Returns its exit code. */
export function endWithError(context: Pick<PipeContext, "ports">, sentence: string): number {
  endProgress(context);
  context.ports.printError(sentence);
  return PIPE_EXIT.failed;
}
