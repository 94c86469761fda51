import { basename, dirname } from "node:path";
import { unixSocketRoute } from "../cluster/frames/frame-connection.ts";
import {
  openRemoteListeners,
  type RemoteListeners,
  type RemoteListenersOptions,
} from "../cluster/leader/remote-listeners.ts";
import type { ReadRecord } from "../cluster/log/record.ts";
import { turnsAfter } from "../cluster/log/record-stream.ts";
import { SealedTexts } from "../cluster/log/sealed-texts.ts";
import { SoftParts } from "../cluster/log/soft-parts.ts";
import { Seal } from "../cluster/seal.ts";
import { HANDED_OVER, type HandoverPlace } from "../cluster/supervisor/handover.ts";
import type { DataFolder, DataFolderOptions } from "../file-manager/data-folder.ts";
import type { FolderLock } from "../file-manager/disk/lock.ts";
import { removeSocket } from "../file-manager/disk/socket-path.ts";
import { type LocalRecordLog, openLocalLog } from "../file-manager/record-log/local-log.ts";
import {
  type LoggedChange,
  type LoggedChanges,
  recordsIn,
} from "../file-manager/record-log/logged-changes.ts";
import { recordLogPath } from "../file-manager/record-log/record-file.ts";
import type { ReadRecords } from "../file-manager/record-log/record-index.ts";
import type { Log } from "../settings/log.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import type { ListenError } from "../transport/listen-error.ts";
import { Candidate } from "./candidate.ts";
import type { ChatService } from "./chat-service.ts";
import { LeaderLog, sessionTakeover } from "./leader-log.ts";
import type { ProcessRole } from "./process-role.ts";

/** What {@link Leading.lead} needs besides. */
interface LeadOptions
  extends Omit<
    RemoteListenersOptions,
    "accept" | "ports" | "gateways" | "handlers" | "takeover" | "lastRecord"
  > {
  readonly service: ChatService;
  readonly data: DataFolder;
}

/** What the server does to hand its place over. */
type LedPlace = Pick<HandoverPlace, "quiet" | "goOn" | "give">;

/** The open ports of a server that leads, and its log. */
export interface LedListeners extends RemoteListeners {
  readonly log: LeaderLog;
  /** From now on another process can take this one's place: then this one ends. */
  allowHandover(place: LedPlace): void;
}

/** Makes this process the leader of its machine's gateways. */
export class Leading {
  readonly #role: ProcessRole;
  readonly #settings: ServerSettings;
  readonly #note: Log;
  readonly #texts: SealedTexts | null;
  readonly #soft: SoftParts;
  #log: LocalRecordLog | null = null;
  /** Sequence of its last entry. */
  #last = 0;
  #hasFollowed = false;

  constructor(role: ProcessRole, settings: ServerSettings, note: Log) {
    this.#role = role;
    this.#settings = settings;
    this.#note = note;
    this.#texts = settings.history ? null : new SealedTexts(new Seal(Buffer.from(role.key, "hex")));
    this.#soft = new SoftParts(this.#texts?.open);
  }

  /** Reads the data folder beside the process that leads, and follows that, until it hands its place over. */
  follow(folder: DataFolderOptions): Promise<Candidate | { readonly refused: string }> {
    this.#hasFollowed = true;
    return Candidate.begin({
      ...{ socket: this.#role.socket, data: this.#settings.data, folder },
      ...{ soft: this.#soft, note: this.#note, openLog: (lock, read) => this.#openLog(lock, read) },
    });
  }

  /** Opens the log of the data folder. The folder takes from it what its files lack. */
  openLog = async (lock: FolderLock): Promise<LoggedChanges | { readonly refused: string }> => {
    const refusal = this.#openLog(lock);
    if (refusal !== null) return refusal;
    const reports: string[] = [];
    const path = recordLogPath(this.#settings.data);
    return { changes: this.#readAll(recordsIn(path, reports)), reports };
  };

  #openLog(lock: FolderLock, read?: ReadRecords): { readonly refused: string } | null {
    const { data, fsync } = this.#settings;
    const opened = openLocalLog(data, lock, {
      isSynced: fsync === "always",
      ...(read !== undefined && { read }),
      onProblem: (text, cause) => this.#note("error", text, cause),
    });
    if ("refused" in opened) return opened;
    this.#log = opened.log;
    this.#last = opened.last;
    return null;
  }

  /** Takes over from the process that led before, and opens the ports. Returns why, if a gateway couldn't open one. */
  async lead({ service, data, ...options }: LeadOptions): Promise<LedListeners | ListenError> {
    const { server, limits } = service;
    // A leader that has ended leaves its socket behind.
    removeSocket(this.#role.socket);
    const log = this.#log as LocalRecordLog;
    const soft = this.#soft;
    if (!this.#hasFollowed) {
      server.takeover.follow({ changes: [], parts: soft.serverParts, upMs: soft.upMs });
    }
    let listeners: RemoteListeners | null = null;
    const leaderLog = await LeaderLog.lead({
      ...{ log, last: this.#last, soft, seal: null, data, server },
      ...{ texts: this.#texts, tables: limits.places.tables },
      // The folder of the socket is made by the supervisor, for this run of the service.
      gatewaysOf: basename(dirname(this.#role.socket)),
      recordsAfter: (sequence) => turnsAfter(log, sequence),
      takeConsumed: () => listeners?.takeConsumed() ?? [],
      heardRecord: () => listeners?.heardRecord ?? 0,
      tellRecord: () => listeners?.tellRecord(),
      schedule: (flushable) => limits.flushScheduler.schedule(flushable),
      ...{ note: this.#note, isAfterFault: this.#role.isAfterFault === true },
      triesInput: this.#role.isAfterFault === true,
      failed: (why) => this.#fail(why),
    });
    service.storage = leaderLog;
    const handlers = service.handlers(sessionTakeover(server));
    listeners = openRemoteListeners({
      ...options,
      ...this.#role,
      accept: unixSocketRoute(this.#role.socket).accept,
      ...{ handlers, takeover: leaderLog.takeover(handlers, options.hostOf) },
      lastRecord: () => leaderLog.lastRecord,
    });
    const { started, peers } = listeners;
    const note = this.#note;
    return (
      (await started) ??
      Object.assign(listeners, {
        log: leaderLog,
        allowHandover: (place: LedPlace): void =>
          peers.allowHandover({ ...place, end: () => process.exit(HANDED_OVER), note }),
      })
    );
  }

  /** Nothing may leave this process any more: another one goes on with what the log has. */
  #fail(why: string): never {
    this.#note("error", `this process ends, and another one takes its place: ${why}`);
    process.exit(1);
  }

  *#readAll(records: Iterable<ReadRecord>): Generator<LoggedChange> {
    for (const record of records) {
      if (record.kind !== "turn") continue;
      this.#soft.follow(record);
      yield* record.changes;
    }
  }
}
