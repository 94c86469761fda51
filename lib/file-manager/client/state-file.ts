import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { replaceFileSync } from "../disk/replace-file.ts";

/**
 * Small things that a client keeps between two runs, as one JSON file. They are a convenience: what can't be
 * read or written is asked again by the next run, and nobody is troubled with it now.
 */
export class StateFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** What is in it, for a parser to look at; `null` when nothing can be read. */
  read(): unknown {
    try {
      return JSON.parse(readFileSync(this.#path, "utf8"));
    } catch {
      return null;
    }
  }

  /** Puts this in its place. */
  write(content: object): void {
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      replaceFileSync(this.#path, `${JSON.stringify({ format: 1, ...content }, null, 2)}\n`);
    } catch {
      // The next run asks again.
    }
  }
}
