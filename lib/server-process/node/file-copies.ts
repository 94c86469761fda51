import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { FileIndex, SentFile } from "../../chat-server/files/file-index.ts";
import type { Upload } from "../../chat-server/files/file-queries.ts";
import type { FrameBus } from "../../cluster/engine.ts";
import type { TurnChange } from "../../cluster/log/turn-recorder.ts";
import { FileSender } from "../../cluster/transfer/file-sender.ts";
import { FileSpread, type SpreadFile } from "../../cluster/transfer/file-spread.ts";
import {
  copiesSubject,
  othersSubject,
  type TransferRequest,
  TransferSeal,
} from "../../cluster/transfer/transfer-message.ts";
import { TimeSlice } from "../../file-manager/disk/time-slice.ts";
import { unfinishedPaths } from "../../file-manager/files/unfinished-files.ts";
import {
  bytesOfContent,
  type ContentSource,
  contentNameOf,
  fileIdOf,
  isInPlace,
} from "../../file-manager/transfer/file-content.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import { previewPath } from "../../protocol/file-paths.ts";
import type { Log } from "../../settings/log.ts";
import type { ChatService, FileCopiesPort } from "../chat-service.ts";
import { CopyFetcher, type CopyFetcherOptions, repeat } from "./copy-fetcher.ts";
import { CopiedFile, CopiedPreview, type CopyStore, placeCopy } from "./copy-targets.ts";
import { newReaderId, transferClock } from "./fetch-folder.ts";

/** Others say so often that they fetch a file that is spread. */
const BEAT_MS = 1000;
/** What nobody had is asked for again after this. */
const RETRY_MS = 30_000;
const SWEEP_MS = 600_000;
/** How many other nodes a node serves that lack what it has, while the leader lacks it, too. */
const READERS_MAX = 4;
/** In the place of an account in the names of unfinished files: of a message without one. */
const NOBODY = "nobody" as AccountId;
/** Copies whose messages haven't come. Those that come later are fetched again. */
const COPIES_MAX = 1000;
/** How long a copy waits for its message. Its sender may have been told that it can't be sent. */
const COPY_MS = 3_600_000;

const ALONE =
  "no other node takes the files that are sent: until one does, they are on this one alone";

/** What {@link FileCopies} needs of its node. */
export interface FileCopiesOptions extends CopyFetcherOptions {
  /** The time of day, in ms since 1970. */
  now(): number;
  /** Returns 64 hexadecimal digits, by chance. */
  newName(): string;
  /** The folder of files. */
  readonly root: string;
  readonly store: CopyStore;
  readonly index: FileIndex;
  /** Returns how many other nodes are there now that take files. */
  others(): number;
  readonly note: Log;
}

/** How far a copy is of a file that somebody sends. */
interface Copy {
  readonly file: SpreadFile;
  /** Since when, in ms since 1970. */
  readonly since: number;
  /** Settles when it isn't fetched any more. */
  done: Promise<void>;
  /** Names the unfinished file here; `null` while it is fetched, or if another message's is the same. */
  key: string | null;
  state: "copying" | "copied" | "uncopied";
}

/**
 * Keeps a node's files as those of its cluster. A standby fetches each file while it is sent, and what it lacks of those
 * that messages name; a leader has others do so, and gets back what it lacks itself.
 */
export class FileCopies implements FileCopiesPort {
  readonly #options: FileCopiesOptions;
  readonly #seal: TransferSeal;
  /** By which this node says what it has. */
  readonly #reader: string;
  readonly #sender: FileSender;
  readonly #ends: (() => void)[] = [];
  #spread: FileSpread | null = null;
  /** What this leader spreads, by name. */
  readonly #sources = new Map<string, ContentSource>();
  /** What another leader spreads, by name. */
  readonly #copies = new Map<string, Copy>();
  /** Ids of files that may be lacking. */
  readonly #wanted = new Set<string>();
  /** Of these nobody had the bytes a moment ago. */
  readonly #lacking = new Set<string>();
  #isFetching = false;
  #isLooking = false;
  /** Whether the owner was told that no other node takes files. */
  #isAlone = false;
  readonly #fetcher: CopyFetcher;
  #isClosed = false;

  constructor(options: FileCopiesOptions) {
    const { bus, cluster, seal, clock } = options;
    this.#options = options;
    this.#seal = new TransferSeal(seal);
    this.#reader = options.newReader();
    this.#fetcher = new CopyFetcher(options);
    this.#sender = new FileSender(bus, {
      ...{ cluster, seal, clock, readersMax: READERS_MAX, hears: othersSubject(cluster) },
      read: (_, name, offset, length) => this.read(name, offset, length),
      onRequest() {},
      onEnd() {},
    });
    this.#ends.push(
      bus.subscribe(copiesSubject(cluster), (bytes) => this.#hear(bytes)),
      repeat(clock, RETRY_MS, () => this.#retry()),
      repeat(clock, SWEEP_MS, () => this.#sweep()),
    );
  }

  /** How many files are missing here. */
  get missing(): number {
    return this.#wanted.size + this.#lacking.size;
  }

  /** Looks for what is missing: what was sent while this node was down, or was deleted by hand. */
  async begin(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const slice = new TimeSlice();
    for (const { file } of [...this.#options.index.all()]) {
      this.#lookFor(file.id);
      if (slice.isDue) await slice.rest();
    }
    this.#isLooking = false;
    this.#fetchWanted();
  }

  /** Somebody wants a file that isn't here: it was deleted by hand. */
  fetchMissing(id: string): void {
    this.#lookFor(id);
    this.#fetchWanted();
  }

  /** This node leads from now on. */
  lead(): void {
    const { bus, cluster, seal, clock, others } = this.#options;
    this.#spread = new FileSpread(bus, { cluster, seal, reader: this.#reader, clock, others });
    // What this leader lacks, others may have.
    this.#fetcher.askOthers();
    for (const copy of [...this.#copies.values()]) {
      if (!this.#isAwaited(copy)) this.#endCopy(copy, "keep-file");
    }
    this.#retry();
    void this.begin();
  }

  close(): void {
    this.#isClosed = true;
    this.#spread?.close();
    this.#sender.close();
    this.#fetcher.close();
    for (const end of this.#ends) end();
  }

  /** Changes are in the log: fetches what their messages name. */
  recorded(changes: readonly TurnChange[]): void {
    for (const change of changes) {
      if (change.kind !== "event" || change.event.kind !== "said") continue;
      const { file } = change.event;
      if (file !== undefined) this.#wanted.add(file.id);
    }
    this.#fetchWanted();
  }

  /** Reads a part of a file for another node; `null` if it isn't here. Never rejects. */
  async read(name: string, offset: number, length: number): Promise<Uint8Array | null> {
    const source = this.#sources.get(name) ?? this.#sourceOf(fileIdOf(name));
    return source === null ? null : bytesOfContent(source, offset, length);
  }

  /** Has another node fetch a file that has come, and whose message isn't sent yet. Resolves when one has it, or none can. */
  async spread(upload: Upload, key: string): Promise<void> {
    const { newName, root, others, note } = this.#options;
    if (this.#spread === null || others() === 0) return;
    const { account, sha256, size, preview } = upload;
    const name = newName();
    const paths = unfinishedPaths(root, key);
    const source = { path: paths.file, size, preview: { path: paths.preview, bytes: preview } };
    this.#sources.set(name, source);
    const isCopied = await this.#spread.spread({ name, account, sha256, size, preview });
    this.#sources.delete(name);
    if (!isCopied && !this.#isAlone) note("warn", ALONE);
    this.#isAlone = !isCopied;
  }

  #sourceOf(id: string | null): ContentSource | null {
    const file = id === null ? undefined : this.#options.index.byId(id)?.file;
    if (file === undefined) return null;
    const { root } = this.#options;
    const preview = { path: join(root, previewPath(file)), bytes: file.preview ?? 0 };
    return { path: join(root, file.path), size: file.size, preview };
  }

  #lookFor(id: string): void {
    const sent = this.#options.index.byId(id);
    if (sent !== null && !this.#lacking.has(id) && !this.#isHere(sent)) this.#wanted.add(id);
  }

  #isHere({ file }: SentFile): boolean {
    return this.#hasPath(file.path) && this.#hasPreview(file);
  }

  #hasPreview(file: SentFile["file"]): boolean {
    return (file.preview ?? 0) === 0 || this.#hasPath(previewPath(file));
  }

  #hasPath(path: string): boolean {
    return isInPlace(join(this.#options.root, path));
  }

  #hear(bytes: Uint8Array): void {
    const opened = this.#seal.openRequest(bytes);
    if (this.#spread !== null || opened === null || "misfit" in opened) return;
    const { request } = opened;
    if (request.kind !== "copy") return;
    const { kind: _, account, ...facts } = request;
    const copy = this.#copies.get(facts.name);
    // The cast: the leader's server has written it.
    if (copy === undefined) this.#copy({ ...facts, account: account as AccountId });
    else this.#tell(copy);
  }

  #copy(file: SpreadFile): void {
    const { index, clock, now } = this.#options;
    const since = now();
    const copy: Copy = { file, since, key: null, state: "copying", done: Promise.resolve() };
    this.#copies.set(file.name, copy);
    const [oldest] = this.#copies.values();
    if (oldest !== undefined && this.#copies.size > COPIES_MAX) this.#endCopy(oldest, "drop-file");
    const same = index.byHash(file.sha256);
    if (same !== null && this.#hasPath(same.path)) copy.state = "copied";
    this.#tell(copy);
    if (copy.state === "copied") return;
    const end = repeat(clock, BEAT_MS, () => this.#tell(copy));
    const failed = (error: unknown): null => {
      this.#options.note("error", "a file of the cluster can't be stored", error);
      return null;
    };
    copy.done = this.#fetchWhole(file.name, file)
      .catch(failed)
      .then((key) => {
        end();
        copy.key = key;
        copy.state = key === null ? "uncopied" : "copied";
        this.#tell(copy);
      });
  }

  #tell({ file, state }: Copy): void {
    const { bus, cluster } = this.#options;
    const request: TransferRequest = { kind: state, name: file.name };
    bus.publish(copiesSubject(cluster), this.#seal.request(this.#reader, request));
  }

  /** Fetches what messages name, one after the other. */
  #fetchWanted(): void {
    if (this.#isFetching || this.#isClosed) return;
    const [id] = this.#wanted;
    if (id === undefined) return;
    this.#isFetching = true;
    const failed = (error: unknown): boolean => {
      this.#options.note("error", "a file of the cluster can't be stored", error);
      return false;
    };
    void this.#fetchSent(id)
      .catch(failed)
      .then((isHere) => {
        this.#wanted.delete(id);
        if (!isHere) this.#lacking.add(id);
        this.#isFetching = false;
        this.#fetchWanted();
      });
  }

  /** Resolves to whether all of a message's file is here, or not wanted any more. */
  async #fetchSent(id: string): Promise<boolean> {
    const { index, root, store } = this.#options;
    const sent = index.byId(id);
    const name = contentNameOf(id);
    if (sent === null || name === null || this.#isHere(sent)) return true;
    const { file, by } = sent;
    const { sha256, size, preview = 0 } = file;
    const upload = { account: by.accountId ?? NOBODY, sha256, size, preview };
    if (this.#hasPath(file.path)) {
      const target = new CopiedPreview(join(root, previewPath(file)), size, preview);
      return (await this.#fetcher.fetchFile(name, size + preview, target)) && this.#isStill(id);
    }
    const key = (await this.#takeCopy(upload)) ?? (await this.#fetchWhole(name, upload));
    if (key === null) return false;
    if (!this.#isStill(id)) {
      await store.ask({ kind: "drop-file", key });
      return true;
    }
    const paths = { path: file.path, previewPath: preview > 0 ? previewPath(file) : null };
    const isPlaced = await placeCopy(store, key, paths);
    // It was taken back meanwhile.
    if (isPlaced && !this.#isStill(id)) {
      const gone = [file.path, previewPath(file)].filter((path) => !index.hasPath(path));
      await store.ask({ kind: "remove-files", paths: gone });
    }
    return isPlaced;
  }

  /** Waits for a copy that is fetched already. Returns what names it, and forgets it; `null` for none. */
  async #takeCopy(upload: Omit<Upload, "offset">): Promise<string | null> {
    const fields = ["account", "sha256", "size", "preview"] as const;
    for (const [name, copy] of [...this.#copies]) {
      if (fields.some((field) => copy.file[field] !== upload[field])) continue;
      await copy.done;
      if (this.#copies.delete(name) && copy.key !== null) return copy.key;
    }
    return null;
  }

  #isStill(id: string): boolean {
    return this.#options.index.byId(id) !== null;
  }

  /** Fetches a file with its preview. Resolves to what names it here; `null` if nobody has it. */
  async #fetchWhole(name: string, upload: Omit<Upload, "offset">): Promise<string | null> {
    const target = await CopiedFile.open(this.#options.store, upload);
    const isFetched = await this.#fetcher.fetchFile(name, upload.size + upload.preview, target);
    if (!isFetched) await target.close();
    return isFetched ? target.key : null;
  }

  #retry(): void {
    for (const id of this.#lacking) this.#wanted.add(id);
    this.#lacking.clear();
    this.#fetchWanted();
  }

  /** Whether a message is here that names a copy, which gets to its place next. */
  #isAwaited({ file }: Copy): boolean {
    const { index } = this.#options;
    const ids = [...this.#wanted, ...this.#lacking];
    return ids.some((id) => index.byId(id)?.file.sha256 === file.sha256);
  }

  /** The message of a copy doesn't come: its bytes go, or its sender may go on with them. */
  #endCopy(copy: Copy, kind: "drop-file" | "keep-file"): void {
    const { store } = this.#options;
    this.#copies.delete(copy.file.name);
    const tell = (): void => {
      if (copy.key !== null) void store.ask({ kind, key: copy.key });
    };
    if (copy.state === "copying") void copy.done.then(tell);
    else tell();
  }

  #sweep(): void {
    void this.begin();
    const now = this.#options.now();
    for (const copy of [...this.#copies.values()]) {
      if (copy.state !== "copying" && now - copy.since >= COPY_MS) this.#endCopy(copy, "drop-file");
    }
    // A leader's unfinished files are swept by its server.
    if (this.#spread === null) this.#options.store.sweep(now);
  }
}

/** Returns the copies of a node with this data folder. */
export function openFileCopies({
  engine,
  service,
  data,
  ...options
}: Pick<FileCopiesOptions, "cluster" | "seal" | "others" | "note"> & {
  readonly engine: FrameBus;
  readonly service: ChatService;
  readonly data: string;
}): FileCopies {
  const copies = new FileCopies({
    ...{ ...options, bus: engine, clock: transferClock, now: Date.now, newReader: newReaderId },
    ...{ newName: () => randomBytes(32).toString("hex"), root: join(data, "files") },
    ...{ store: service.files, index: service.server.state.rooms.files },
  });
  service.fileCopies = copies;
  return copies;
}
