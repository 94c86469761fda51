/** Runs a user's command without a shell, with a limit on its time and its output, and ends all that it has started. */

/** How long a command that has to end has for it, before it is killed. */
const END_MS = 2000;
/** How long its output is waited for when it has ended: a process that left its group may hold the pipe open. */
const OUTPUT_END_MS = 1000;
/** UTF-16 units of a line of standard error; the rest of a longer one is a line of its own. */
const ERROR_LINE_MAX = 2000;
/** Where processes have no groups. */
const HAS_GROUPS = process.platform !== "win32";

/** A command to run. */
interface Command {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly input: string;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
  readonly onErrorLine: (line: string) => void;
}

/** One of `stream.getReader()`: Bun's type of it differs from the standard's. */
interface PipeReader {
  read(): Promise<{ readonly value?: Uint8Array | undefined; readonly done: boolean }>;
}

type Outcome =
  | { readonly kind: "ended"; readonly code: number | null; readonly output: string }
  | { readonly kind: "too-slow" | "too-long"; readonly output: string }
  | { readonly kind: "stopped" | "not-started" };

/**
 * Starts a command in a process group of its own. When it has ended, has written too much or taken too long, the whole
 * group is killed: what it has left in the background neither runs on nor keeps the next one waiting.
 */
export function startCommand(command: Command): { outcome: Promise<Outcome>; stop(): void } {
  const { environment, input, onErrorLine } = command;
  let child: Bun.Subprocess<Uint8Array, "pipe", "pipe">;
  try {
    child = Bun.spawn([...command.command], {
      ...{ stdout: "pipe", stderr: "pipe", detached: HAS_GROUPS },
      stdin: new TextEncoder().encode(input),
      env: { ...environment },
    });
  } catch {
    return { outcome: Promise.resolve({ kind: "not-started" }), stop() {} };
  }
  let why: "too-slow" | "too-long" | "stopped" | null = null;
  let killing: ReturnType<typeof setTimeout> | null = null;
  const end = (reason: NonNullable<typeof why>): void => {
    if (why !== null) return;
    why = reason;
    signalGroup(child, "SIGTERM");
    killing = setTimeout(() => signalGroup(child, "SIGKILL"), END_MS);
  };
  const timer = setTimeout(() => end("too-slow"), command.timeoutMs);
  // However this process ends, an error of its own included.
  const killAtExit = (): void => signalGroup(child, "SIGKILL");
  process.once("exit", killAtExit);
  const output = new OutputReader(command.outputBytesMax, () => end("too-long"));
  const pipes = [child.stdout.getReader(), child.stderr.getReader()] as const;
  // A pipe that breaks is one that has ended.
  const reading = Promise.allSettled([
    output.read(pipes[0]),
    readErrorLines(pipes[1], onErrorLine),
  ]);
  const finish = async (): Promise<Outcome> => {
    await child.exited;
    clearTimeout(timer);
    if (killing !== null) clearTimeout(killing);
    signalGroup(child, "SIGKILL");
    process.off("exit", killAtExit);
    await endWithin(OUTPUT_END_MS, reading);
    // Else what has left the group would keep a file of ours open for as long as it runs.
    for (const pipe of pipes) pipe.cancel().catch(() => {});
    const { text } = output;
    if (why === "stopped") return { kind: why };
    if (why !== null) return { kind: why, output: text };
    return { kind: "ended", code: child.exitCode, output: text };
  };
  return { outcome: finish(), stop: () => end("stopped") };
}

/** Reads the beginning of an output, and takes and drops the rest. */
class OutputReader {
  readonly #bytesMax: number;
  readonly #onFull: () => void;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(bytesMax: number, onFull: () => void) {
    this.#bytesMax = bytesMax;
    this.#onFull = onFull;
  }

  /** What was read, without a letter that was cut at the end. */
  get text(): string {
    return new TextDecoder().decode(Buffer.concat(this.#chunks), { stream: true });
  }

  async read(pipe: PipeReader): Promise<void> {
    for await (const chunk of chunksOf(pipe)) {
      const fitting = chunk.subarray(0, this.#bytesMax - this.#bytes);
      if (fitting.length > 0) this.#chunks.push(fitting);
      this.#bytes += fitting.length;
      if (fitting.length < chunk.length) this.#onFull();
    }
  }
}

async function readErrorLines(pipe: PipeReader, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunksOf(pipe)) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    for (; rest.length > ERROR_LINE_MAX; rest = rest.slice(ERROR_LINE_MAX)) {
      onLine(rest.slice(0, ERROR_LINE_MAX));
    }
  }
  if (rest !== "") onLine(rest);
}

async function* chunksOf(pipe: PipeReader): AsyncIterable<Uint8Array> {
  for (;;) {
    const { value } = await pipe.read();
    if (value === undefined) return;
    yield value;
  }
}

/** Resolves when `work` does, at the latest in `ms`. */
async function endWithin(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}

function signalGroup(child: Bun.Subprocess, signal: NodeJS.Signals): void {
  if (!HAS_GROUPS) return child.kill(signal);
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}
