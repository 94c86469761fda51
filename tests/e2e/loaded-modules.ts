import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Folder } from "./program.ts";

/**
 * Functions that a module of Bun has and nothing else, so that a heap without them is one in which it was never loaded:
 * Bun's own modules are in no `require.cache`, and can't be replaced.
 */
export const MARKS: Readonly<Record<string, string>> = {
  "node:http": "ClientRequest",
  "node:https": "ClientRequest",
  "node:http2": "Http2Session",
  ws: "WebSocketServer",
  undici: "EnvHttpProxyAgent",
};

/** What one process had loaded when it ended. */
export interface LoadedModules {
  readonly pid: number;
  /** Paths of files that export something. */
  readonly files: readonly string[];
  /** Those of `MARKS` whose function is there. */
  readonly builtins: readonly string[];
}

/** Lets programs, and every process that they start, say at their end what they have loaded. */
export class ModuleWatch {
  readonly #folder: string;
  readonly #preload: string;

  constructor(folder: Folder) {
    this.#folder = folder.path;
    this.#preload = folder.at("say-modules.ts");
    // The heap goes to the disk as it is: a name that is looked for here would be in it.
    writeFileSync(
      this.#preload,
      `import { writeFileSync } from "node:fs";
      process.on("exit", () => {
        const files = Object.entries(require.cache).flatMap(([path, { exports }]) =>
          Object.keys(exports).length > 0 ? path : []);
        const heap = JSON.parse(Bun.generateHeapSnapshot("v8"));
        writeFileSync(${JSON.stringify(this.#folder)} + "/" + process.pid + ".modules",
          JSON.stringify({ pid: process.pid, files, strings: heap.strings }));
      });`,
    );
  }

  /** Returns a command line that does the same and is watched. */
  readonly watched = (command: readonly string[]): string[] => [
    ...["env", `BUN_OPTIONS=--preload ${this.#preload}`],
    ...command,
  ];

  /** Returns what the processes that have ended had loaded. */
  read(): LoadedModules[] {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith(".modules"));
    return names.map((name) => {
      const { pid, files, strings } = JSON.parse(
        readFileSync(`${this.#folder}/${name}`, "utf8"),
      ) as { pid: number; files: string[]; strings: string[] };
      const known = new Set(strings);
      const builtins = Object.keys(MARKS).filter((module) => known.has(MARKS[module] ?? ""));
      return { pid, files, builtins };
    });
  }
}
