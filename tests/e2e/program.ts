/** A program of ours as a shell runs it: its output is waited for, never the clock. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dir, "../..");
export const SERVER = [process.execPath, join(ROOT, "server.ts")] as const;
export const CLIENT = [process.execPath, join(ROOT, "client.ts")] as const;

/** A temporary folder, removed at the end of the `using` block. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "sodam-e2e-"));

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface ProgramOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** Text for standard input, which then ends; "open" leaves it open. Default: none. */
  readonly stdin?: string | "open";
}

export class Program {
  stdout = "";
  stderr = "";
  readonly pid: number;
  /** The exit code; 128 and more when a signal ended it. */
  readonly exited: Promise<number>;
  readonly #process: Bun.Subprocess<"pipe" | "ignore", "pipe", "pipe">;
  readonly #waiting = new Set<() => void>();
  #over = false;

  constructor(command: readonly string[], options: ProgramOptions) {
    const { NO_COLOR: _, SODAM_PASSWORD: __, ...inherited } = process.env;
    this.#process = Bun.spawn([...command], {
      cwd: options.cwd,
      env: {
        ...inherited,
        LC_ALL: "C.UTF-8",
        XDG_CONFIG_HOME: join(options.cwd, ".config"),
        ...options.env,
      },
      stdin: options.stdin === undefined ? "ignore" : "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.pid = this.#process.pid;
    const { stdin } = this.#process;
    if (options.stdin !== undefined && options.stdin !== "open" && stdin !== undefined) {
      stdin.write(options.stdin);
      void stdin.end();
    }
    const reading = Promise.all([
      this.#read(this.#process.stdout, (text) => {
        this.stdout += text;
      }),
      this.#read(this.#process.stderr, (text) => {
        this.stderr += text;
      }),
    ]);
    this.exited = this.#process.exited.then(async (code) => {
      await reading;
      this.#over = true;
      this.#look();
      return code;
    });
  }

  type(text: string): void {
    this.#process.stdin?.write(text);
    void this.#process.stdin?.flush();
  }

  endInput(): void {
    void this.#process.stdin?.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** The match in what it has written (both streams) or will write; rejects when it ends without. */
  sees(pattern: RegExp | string): Promise<RegExpExecArray> {
    const expression =
      typeof pattern === "string"
        ? new RegExp(pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        : pattern;
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = expression.exec(this.stdout) ?? expression.exec(this.stderr);
        if (found === null && !this.#over) return;
        this.#waiting.delete(look);
        if (found !== null) resolve(found);
        else reject(new Error(`ended without ${expression}:\n${this.stdout}\n${this.stderr}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.exited;
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      take(decoder.decode(bytes, { stream: true }));
      this.#look();
    }
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** Runs a program to its end. */
export async function run(
  command: readonly string[],
  options: ProgramOptions,
): Promise<{ code: number; stdout: string; stderr: string }> {
  await using program = new Program(command, options);
  const code = await program.exited;
  return { code, stdout: program.stdout, stderr: program.stderr };
}
