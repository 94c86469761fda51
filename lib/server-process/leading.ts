import { basename, dirname } from "node:path";
import type { ReadRecord } from "../cluster/record.ts";
import {
  openRemoteListeners,
  type RemoteListeners,
  type RemoteListenersOptions,
} from "../cluster/remote-listeners.ts";
import { SoftParts } from "../cluster/soft-parts.ts";
import type { DataFolder } from "../file-manager/data-folder.ts";
import type { FolderLock } from "../file-manager/disk/lock.ts";
import { type LocalRecordLog, openLocalLog } from "../file-manager/record-log/local-log.ts";
import {
  type LoggedChange,
  type LoggedChanges,
  recordLogPath,
  recordsIn,
} from "../file-manager/record-log/logged-changes.ts";
import type { Log } from "../settings/log.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import type { ListenError } from "../transport/listen-error.ts";
import type { ChatService } from "./chat-service.ts";
import { LeaderLog, sessionTakeover } from "./leader-log.ts";
import type { ProcessRole } from "./process-role.ts";

/** What {@link Leading.lead} needs besides. */
interface LeadOptions
  extends Omit<
    RemoteListenersOptions,
    "socket" | "ports" | "gateways" | "handlers" | "takeover" | "lastRecord"
  > {
  readonly service: ChatService;
  readonly data: DataFolder;
}

/** The open ports of a server that leads, and its log. */
export interface LedListeners extends RemoteListeners {
  readonly log: LeaderLog;
}

/** Makes this process the leader of its machine's gateways. */
export class Leading {
  readonly #role: ProcessRole;
  readonly #settings: ServerSettings;
  readonly #note: Log;
  readonly #soft = new SoftParts();
  #log: LocalRecordLog | null = null;
  /** Sequence of its last entry. */
  #last = 0;

  constructor(role: ProcessRole, settings: ServerSettings, note: Log) {
    this.#role = role;
    this.#settings = settings;
    this.#note = note;
  }

  /** Opens the log of the data folder. The folder takes from it what its files lack. */
  openLog = async (lock: FolderLock): Promise<LoggedChanges | { readonly refused: string }> => {
    const { data, fsync } = this.#settings;
    const opened = openLocalLog(data, lock, {
      isSynced: fsync === "always",
      onProblem: (text, cause) => this.#note("error", text, cause),
    });
    if ("refused" in opened) return opened;
    this.#log = opened.log;
    this.#last = opened.last;
    const reports: string[] = [];
    return { changes: this.#readAll(recordsIn(recordLogPath(data), reports)), reports };
  };

  /** Takes over from the process that led before, and opens the ports. Returns why, if a gateway couldn't open one. */
  async lead({ service, data, ...options }: LeadOptions): Promise<LedListeners | ListenError> {
    const { server, limits } = service;
    const log = this.#log as LocalRecordLog;
    const soft = this.#soft;
    server.takeover.follow({ changes: [], parts: soft.serverParts, upMs: soft.upMs });
    let listeners: RemoteListeners | null = null;
    const leaderLog = await LeaderLog.lead({
      ...{ log, last: this.#last, soft, seal: null, data, server },
      hasHistory: this.#settings.history,
      // The folder of the socket is made by the supervisor, for this run of the service.
      gatewaysOf: basename(dirname(this.#role.socket)),
      takeConsumed: () => listeners?.takeConsumed() ?? [],
      schedule: (flushable) => limits.flushScheduler.schedule(flushable),
      failed: (why) => this.#fail(why),
    });
    service.storage = leaderLog;
    const handlers = service.handlers(sessionTakeover(server));
    listeners = openRemoteListeners({
      ...options,
      ...this.#role,
      ...{ handlers, takeover: leaderLog.takeover(handlers, options.hostOf) },
      lastRecord: () => leaderLog.lastRecord,
    });
    return (await listeners.started) ?? Object.assign(listeners, { log: leaderLog });
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
