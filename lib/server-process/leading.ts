import { basename, dirname } from "node:path";
import { followLeader } from "../cluster/candidate-connection.ts";
import { HANDED_OVER, type HandoverPlace } from "../cluster/handover.ts";
import type { ReadRecord } from "../cluster/record.ts";
import {
  openRemoteListeners,
  type RemoteListeners,
  type RemoteListenersOptions,
} from "../cluster/remote-listeners.ts";
import { SoftParts } from "../cluster/soft-parts.ts";
import type { DataFolder } from "../file-manager/data-folder.ts";
import type { FolderLock } from "../file-manager/disk/lock.ts";
import { removeSocket } from "../file-manager/disk/socket-path.ts";
import { type LocalRecordLog, openLocalLog } from "../file-manager/record-log/local-log.ts";
import {
  type LoggedChange,
  type LoggedChanges,
  recordLogPath,
  recordsIn,
} from "../file-manager/record-log/logged-changes.ts";
import type { Log } from "../settings/log.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import { VERSION } from "../settings/settings-help.ts";
import type { ListenError } from "../transport/listen-error.ts";
import type { Conversation } from "./conversation.ts";
import { LeaderLog, sessionTakeover } from "./leader-log.ts";
import type { ProcessRole } from "./process-role.ts";

/** What {@link Leading.lead} needs besides. */
interface LeadOptions
  extends Omit<
    RemoteListenersOptions,
    "socket" | "ports" | "gateways" | "handlers" | "takeover" | "lastRecord"
  > {
  readonly conversation: Conversation;
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
  async lead({ conversation, data, ...options }: LeadOptions): Promise<LedListeners | ListenError> {
    const { server, limits } = conversation;
    // A leader that has ended leaves its socket behind.
    removeSocket(this.#role.socket);
    const log = this.#log as LocalRecordLog;
    const soft = this.#soft;
    server.takeover.follow({ changes: [], parts: soft.serverParts, upMs: soft.upMs });
    let listeners: RemoteListeners | null = null;
    const leaderLog = await LeaderLog.lead({
      ...{ log, last: this.#last, soft, seal: null, data, server },
      hasHistory: this.#settings.history,
      // The folder of the socket is made by the supervisor, for this run of the service.
      service: basename(dirname(this.#role.socket)),
      takeConsumed: () => listeners?.takeConsumed() ?? [],
      schedule: (flushable) => limits.flushScheduler.schedule(flushable),
      failed: (why) => this.#fail(why),
    });
    conversation.storage = leaderLog;
    const handlers = conversation.handlers(sessionTakeover(server));
    listeners = openRemoteListeners({
      ...options,
      ...this.#role,
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

  /**
   * Waits until the process that leads has ended: it hands its place over. Resolves to a sentence when it refuses. Where it
   * comes to nothing later, this process ends.
   */
  async takePlace(): Promise<string | null> {
    const leader = await followLeader(this.#role.socket, {
      version: VERSION,
      failed: (why) => {
        // Its supervisor ends this process, and starts a leader anew.
        if (why === null) return;
        this.#note("error", `this process does not take over: ${why}`);
        process.exit(1);
      },
    });
    if ("refused" in leader) return leader.refused;
    await leader.take();
    return null;
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
