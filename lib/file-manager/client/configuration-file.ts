import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type FsErrorKind, fsErrorKind } from "../disk/fs-errors.ts";
import { PRIVATE_FILE } from "../disk/replace-file.ts";
import { readText, readTextIfPresent } from "../disk/text-file.ts";
import { replaceSharedFileSync } from "./shared-file.ts";
import { folderProblem } from "./state-file.ts";

/** The bits of a file's mode that say who may read and write it. */
const PERMISSIONS = 0o777;

/** Owns client.toml, which people write as well: its mode stays, and so does a link in its place. */
export class ConfigurationFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Returns its text; "" when there is none. */
  read(): string | { readonly unreadable: FsErrorKind } {
    try {
      return readTextIfPresent(this.path) ?? "";
    } catch (error) {
      return { unreadable: fsErrorKind(error) };
    }
  }

  /** Replaces it whole, so that a crash leaves the old one or the new one. Returns why that failed, or `null`. */
  write(text: string): FsErrorKind | null {
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      // Behind a link is the file that is kept elsewhere, with other settings for example.
      const path = realPathOf(this.path);
      const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? PRIVATE_FILE;
      replaceSharedFileSync(path, text, mode & PERMISSIONS);
      return null;
    } catch (error) {
      return fsErrorKind(error);
    }
  }

  /**
   * Returns why the next start couldn't use a path as this setting's value, or `null`; "empty": nothing can be read
   * there. A folder that isn't there is created, as the next start would.
   */
  pathProblem(name: string, path: string): FsErrorKind | "empty" | null {
    switch (name) {
      case "link-file":
        return readText(path)?.trim() ? null : "empty";
      case "server-password-file":
        return readText(path)?.split(/\r?\n/, 1)[0] ? null : "empty";
      case "log":
        return folderProblem(path);
      case "debug-log":
        return appendProblem(path);
      default:
        return null;
    }
  }

  /** Returns the names of the themes beside it, those of `themes/NAME.toml`. */
  themes(): string[] {
    try {
      return readdirSync(join(dirname(this.path), "themes"))
        .filter((name) => name.endsWith(".toml"))
        .map((name) => basename(name, ".toml"))
        .toSorted();
    } catch {
      return [];
    }
  }
}

/** Returns why nothing can be appended to a file, or `null`. */
function appendProblem(path: string): FsErrorKind | null {
  try {
    const file = openSync(path, "a", PRIVATE_FILE);
    const isFile = fstatSync(file).isFile();
    closeSync(file);
    return isFile ? null : "other";
  } catch (error) {
    return fsErrorKind(error);
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
