import { randomBytes } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LogFollower } from "../../cluster/engine.ts";
import { DiskFailures } from "../disk/disk-failures.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { textIn } from "../disk/json-fields.ts";
import { runningSince } from "../disk/lock.ts";
import { PRIVATE_FILE, removeLeftover } from "../disk/replace-file.ts";
import { RecordFollowing } from "./record-following.ts";

/*
 * Processes that read the log while another one writes it: the new leader of an upgrade. Each has a file beside the log,
 * which says who it is. While it lives, nothing is cut off the log: it reads a snapshot, and needs what came after that.
 */

/** How often a reader looks for new entries, in ms. */
const POLL_MS = 20;
const READER_FILE = /^records\.reader-(\d{1,10})-(\d+|x)-[0-9a-f]{12}$/;

/** The log as a process reads it that doesn't have the folder's lock. */
export interface RecordLogReader {
  /** See `RecordLog.follow`. Entries come within some 20 ms, or with `poll`. */
  follow(after: number, follower: LogFollower): RecordFollowing;
  /** Ends all following. From now on the log can be cut. */
  close(): void;
}

/**
 * Opens the log of a data folder that another process writes. Open it before anything else of the folder is read: from
 * then on the log is not cut. Returns a sentence after a file-system error.
 *
 * @param onProblem called when the log can't be read, with a sentence for the owner's log; it is tried again
 * @example
 * const opened = openRecordLogReader("data");
 * if ("refused" in opened) return opened;
 * const { after } = readSnapshot("data");
 * opened.reader.follow(after, { entry: apply });
 */
export function openRecordLogReader(
  folder: string,
  logPath: string,
  onProblem: (text: string, cause: unknown) => void = () => {},
): { readonly reader: RecordLogReader } | { readonly refused: string } {
  const since = runningSince(process.pid) ?? "x";
  const mark = `records.reader-${process.pid}-${since}-${randomBytes(6).toString("hex")}`;
  const path = join(folder, mark);
  try {
    writeFileSync(path, "", { mode: PRIVATE_FILE });
  } catch (error) {
    return { refused: `${path} cannot be written: ${fsErrorText(error)}.` };
  }
  const failures = new DiskFailures(onProblem);
  const ends = new Set<() => void>();
  const reader: RecordLogReader = {
    follow(after, follower) {
      const following = new RecordFollowing(logPath, after, follower);
      const poll = (): void => {
        try {
          following.poll();
          failures.succeeded();
        } catch (error) {
          // What the follower throws is no failure of the disk.
          if (textIn(error, "syscall") === null) throw error;
          failures.failed(`${logPath} cannot be read`, error);
        }
      };
      const timer = setInterval(poll, POLL_MS);
      ends.add(() => {
        clearInterval(timer);
        following.end();
      });
      poll();
      return following;
    },
    close() {
      for (const end of ends) end();
      ends.clear();
      removeLeftover(path);
    },
  };
  return { reader };
}

/**
 * Whether a living process reads the log of a folder, as far as that can be known. Removes the files of those that have
 * ended.
 */
export function hasRecordLogReaders(folder: string): boolean {
  let hasReaders = false;
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    return true;
  }
  for (const name of names) {
    const [, pid, since] = READER_FILE.exec(name) ?? [];
    if (pid === undefined || since === undefined) continue;
    if (isRunning(Number(pid), since)) hasReaders = true;
    else removeLeftover(join(folder, name));
  }
  return hasReaders;
}

function isRunning(pid: number, since: string): boolean {
  if (since !== "x") return runningSince(pid) === since;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
