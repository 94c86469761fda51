import { fchmodSync, fstatSync, openSync } from "node:fs";
import { closeQuietly, DISK, writeAll } from "../disk/disk.ts";
import { exposureProblem } from "../disk/disk-limits.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { PRIVATE_FILE } from "../disk/replace-file.ts";

/** The first line of the file, for a person who gets it from someone else. */
const HEADER =
  "This is a trace of Sodam's client. Passwords are masked; at --log-level trace it holds what people said.\n";

/** What one run of the client writes: a server could fill the disk. A day of talk takes some megabytes. */
const TRACE_BYTES_MAX = 1 << 30;

/** A file of `--debug-log`. */
interface DebugLog {
  /** Writes one line, with its newline. */
  readonly write: (line: string) => void;
  /** A sentence when others can read the file, since its disk keeps no permissions; `null` otherwise. */
  readonly warning: string | null;
}

/**
 * Opens the file of `--debug-log`, which only its owner can read (mode 0600), and appends to it. Returns a
 * sentence when the file can't be written. Later failures go to `onFailure`: a full disk must not end a
 * conversation.
 */
export function openDebugLog(
  path: string,
  onFailure: (path: string, error: unknown) => void = () => {},
): DebugLog | { readonly refused: string } {
  let file: number | null = null;
  try {
    file = openSync(path, "a", PRIVATE_FILE);
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error("it is not a file");
    // A file that was there before may be readable for others.
    makePrivate(file);
    if (stat.size === 0) writeAll(DISK, file, Buffer.from(HEADER));
  } catch (error) {
    if (file !== null) closeQuietly(file);
    return {
      refused: `${path} can't be written (${fsErrorText(error)}): choose another file for --debug-log`,
    };
  }
  const opened = file;
  let writtenBytes = 0;
  return {
    warning: exposureProblem(path),
    write(line) {
      const bytes = Buffer.from(line);
      writtenBytes += bytes.length;
      try {
        if (writtenBytes > TRACE_BYTES_MAX) throw Object.assign(new Error(), { code: "EFBIG" });
        writeAll(DISK, opened, bytes);
      } catch (error) {
        onFailure(path, error);
      }
    },
  };
}

/** Some disks keep no permissions, and refuse to change them. */
function makePrivate(file: number): void {
  try {
    fchmodSync(file, PRIVATE_FILE);
  } catch {
    // The warning says so, if anybody else can read the file.
  }
}
