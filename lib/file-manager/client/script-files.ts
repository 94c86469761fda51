import { chmodSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fsErrorKind, isMissing } from "../disk/fs-errors.ts";
import { replaceSharedFileSync } from "./shared-file.ts";
import { StateFile } from "./state-file.ts";

/** What makes a file a script: its name, which is also the script's. */
const SCRIPT_FILE = /^([\p{L}\p{N}][\p{L}\p{N}_-]{0,39})\.ts$/u;
/** Write access of the file's group and of everybody. */
const OTHERS_WRITE = 0o022;
/** What a script needs to know of the client, for editors. */
const TYPES_FILE = "sodam.d.ts";

interface FoundScript {
  readonly name: string;
  readonly path: string;
  readonly problem: "writable" | "foreign" | null;
}

/**
 * Owns the folder of the user's scripts, and what they store, beside it. A script runs with the user's rights, so one
 * that others could have written is never loaded.
 */
export class ScriptFiles {
  readonly folder: string;
  readonly #parent: string;
  /** Makes each import another one: a module is loaded once under one name. */
  #loads = 0;

  /** @param parent the configuration folder */
  constructor(parent: string) {
    this.#parent = parent;
    this.folder = join(parent, "scripts");
  }

  /**
   * Returns the scripts by name with their real paths, and why one is refused: others can write it ("writable"), or own
   * it ("foreign").
   */
  list(): FoundScript[] {
    const problem = problemOf(this.#parent) ?? problemOf(this.folder);
    return this.#names().map((name) => {
      const path = this.#path(name);
      return { name, path: realPath(path), problem: problem ?? problemOf(path) };
    });
  }

  /**
   * Loads a script and what it imports from the folder, anew each time. Resolves to what it exports by default; rejects
   * with what it throws, and where it is no TypeScript.
   */
  async load(name: string): Promise<unknown> {
    // What is beside the script is loaded anew only when it is forgotten. Modules have their real paths.
    const folders = [realPath(this.folder), dirname(realPath(this.#path(name)))];
    for (const path of Object.keys(require.cache)) {
      if (folders.some((folder) => path.startsWith(folder + sep))) delete require.cache[path];
    }
    this.#loads += 1;
    const url = Bun.pathToFileURL(this.#path(name));
    const module: { readonly default?: unknown } = await import(`${url.href}?${this.#loads}`);
    return module.default;
  }

  /** Returns what a script stored, unchecked; null when there is nothing. */
  readStore(name: string): unknown {
    return this.#store(name).read();
  }

  writeStore(name: string, content: object): void {
    this.#store(name).write(content);
  }

  /** Writes the types of what a script gets into the folder, which is made if need be. Returns the path. */
  writeTypes(text: string): {
    readonly path: string;
    readonly why: ReturnType<typeof fsErrorKind> | null;
  } {
    const path = join(this.folder, TYPES_FILE);
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      replaceSharedFileSync(path, text);
      chmodSync(path, 0o600);
      return { path, why: null };
    } catch (error) {
      return { path, why: fsErrorKind(error) };
    }
  }

  #names(): string[] {
    try {
      const names = readdirSync(this.folder).map((entry) =>
        SCRIPT_FILE.exec(entry.normalize("NFC")),
      );
      return names.flatMap((match) => match?.[1] ?? []).sort();
    } catch {
      return [];
    }
  }

  #path(name: string): string {
    return join(this.folder, `${name}.ts`);
  }

  #store(name: string): StateFile {
    return new StateFile(join(this.#parent, "script-stores", `${name}.json`));
  }
}

/** Returns where links lead; the path itself where there is nothing. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Returns why somebody else may have written a file or a folder; null when nobody could, or there is none. */
function problemOf(path: string): "writable" | "foreign" | null {
  const uid = process.getuid?.();
  // Windows keeps each user's files to themselves.
  if (uid === undefined) return null;
  try {
    const { mode, uid: owner } = statSync(path);
    if (owner !== uid && owner !== 0) return "foreign";
    return (mode & OTHERS_WRITE) === 0 ? null : "writable";
  } catch (error) {
    return isMissing(error) ? null : "foreign";
  }
}
