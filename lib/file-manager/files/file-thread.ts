import { constants, getPriority, setPriority } from "node:os";
import type { FileAnswers } from "../../chat-server/files/file-queries.ts";
import { fsErrorKind, fsErrorText } from "../disk/fs-errors.ts";
import { type DiskFileQuery, type FileJob, type FileReport, slotsOf } from "./file-jobs.ts";
import { type GivenFile, PlacedFiles } from "./placed-files.ts";
import { rehashBuffer, type UnfinishedFile, UnfinishedFiles } from "./unfinished-files.ts";

/*
 * The thread that reads, hashes, writes and syncs files: the server's loop doesn't wait for the disk, and no file waits for
 * passwords, which keep the pool of asynchronous calls busy. Each job is short, so that files take turns.
 */

/** The thread's side of the channel to the main thread. */
declare const self: {
  onmessage: ((event: { readonly data: FileJob }) => void) | null;
  postMessage(report: FileReport): void;
};

interface OpenFile<File> {
  readonly file: File;
  readonly slots: readonly Buffer[];
}

/** Added to the server's own niceness: on a core that both want, it has a third of the time, and the loop the rest. */
const NICER_BY = 5;

giveWay();

let unfinished = new UnfinishedFiles("");
let placed = new PlacedFiles("");
const receiving = new Map<number, OpenFile<UnfinishedFile>>();
const giving = new Map<number, OpenFile<GivenFile>>();

self.onmessage = ({ data }) => attempt(data.id, () => run(data));

/** On Linux alone a thread has a niceness of its own; elsewhere it would be the process's. */
function giveWay(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(Math.min(getPriority() + NICER_BY, constants.priority.PRIORITY_LOW));
  } catch {
    // Where the system doesn't permit it, files are as fast as talk.
  }
}

/** A failure costs one file or question. */
function attempt(id: number, step: () => void): void {
  try {
    step();
  } catch (error) {
    receiving.get(id)?.file.discard();
    giving.get(id)?.file.close();
    receiving.delete(id);
    giving.delete(id);
    const isFull = fsErrorKind(error) === "full";
    self.postMessage({ kind: "failed", id, why: fsErrorText(error), isFull });
  }
}

function run(job: FileJob): void {
  const { id } = job;
  switch (job.kind) {
    case "begin":
      unfinished = new UnfinishedFiles(job.root, job.waiting);
      placed = new PlacedFiles(job.root);
      return;
    case "receive": {
      const file = unfinished.open(job.upload);
      receiving.set(id, { file, slots: slotsOf(job.memory) });
      return rehash(id, rehashBuffer());
    }
    case "write": {
      const written = receiving.get(id);
      const slot = written?.slots[job.slot];
      if (written === undefined || slot === undefined) return;
      // Mostly it is full: each view of a part would be garbage.
      written.file.write(job.bytes === slot.length ? slot : slot.subarray(0, job.bytes));
      return self.postMessage({ kind: "written", id });
    }
    case "finish": {
      const file = receiving.get(id)?.file;
      if (file === undefined) return;
      const outcome = file.finish();
      receiving.delete(id);
      return self.postMessage({ kind: "finished", id, outcome, key: file.key });
    }
    case "give": {
      const file = placed.open(job.path, job.offset);
      if (file !== null) giving.set(id, { file, slots: slotsOf(job.memory) });
      return self.postMessage({ kind: "giving", id, bytes: file?.bytes ?? null });
    }
    case "read": {
      const given = giving.get(id);
      const slot = given?.slots[job.slot];
      if (given === undefined || slot === undefined) return;
      const bytes = given.file.read(slot);
      return self.postMessage({ kind: "filled", id, bytes });
    }
    case "end":
      end(id);
      return self.postMessage({ kind: "ended", id });
    case "ask":
      return self.postMessage({ kind: "answered", id, answer: answer(job.query) });
    case "sweep":
      return unfinished.sweep(job.nowMs);
  }
}

/** Hashes what was there of a file before, a piece in each turn, and tells that it is open. */
function rehash(id: number, buffer: Buffer): void {
  const file = receiving.get(id)?.file;
  if (file === undefined) return;
  if (!file.rehash(buffer)) return void setImmediate(() => attempt(id, () => rehash(id, buffer)));
  self.postMessage({ kind: "receiving", id, key: file.key, offset: file.bytes });
}

function answer(query: DiskFileQuery): FileAnswers[DiskFileQuery["kind"]] {
  switch (query.kind) {
    case "unfinished-file":
      return unfinished.find(query);
    case "place-file":
      placed.place(unfinished, query.key, query.path, query.previewPath);
      return { done: true };
    case "drop-file":
      unfinished.drop(query.key);
      return { done: true };
    case "keep-file":
      unfinished.keep(query.key);
      return { done: true };
    case "remove-files":
      placed.remove(query.paths);
      return { done: true };
    case "file-space":
      return { freeBytes: placed.freeBytes };
  }
}

function end(id: number): void {
  receiving.get(id)?.file.close();
  giving.get(id)?.file.close();
  receiving.delete(id);
  giving.delete(id);
}
