import { join } from "node:path";
import {
  type FileAnswers,
  type FileQuery,
  isFileQuery,
  type Upload,
} from "../chat-server/files/file-queries.ts";
import type { ProcessQuery } from "../chat-server/process-ports.ts";
import { Server } from "../chat-server/server.ts";
import type { Query, QueryAnswers, Restored, ServerPorts } from "../chat-server/server-ports.ts";
import type { Session } from "../chat-server/sessions/session.ts";
import { FileStore } from "../file-manager/files/file-store.ts";
import type { AccountRecords } from "../member-server/account.ts";
import { AccountStore } from "../member-server/account-store.ts";
import { isInNetworks } from "../protocol/address.ts";
import { type ServerSettings, serverOptions, settingsText } from "../settings/server-settings.ts";
import { VERSION } from "../settings/settings-help.ts";
import { elapsed } from "../transport/clock.ts";
import type { ConnectionLimits } from "../transport/connection-limits.ts";
import { makeIds } from "../transport/ids.ts";
import { lineConnections, type SessionTakeover } from "../transport/line-connections.ts";
import { makeConnectionLimits } from "../transport/open-listeners.ts";
import { makeRejectedConnectionsLog } from "../transport/rejected-connections-log.ts";
import { crash } from "../transport/shutdown.ts";
import type { LinkHandlers } from "../transport/socket-link.ts";
import { TurnQueue } from "../transport/turn-queue.ts";
import { FileTransfers } from "./file-transfers.ts";
import type { ProcessLog } from "./process-log.ts";
import type { SettingsInForce } from "./settings-in-force.ts";
import type { Storage } from "./storage.ts";

/** What a {@link ChatService} is made of. */
export interface ChatServiceOptions {
  readonly settings: SettingsInForce;
  readonly output: ProcessLog;
  /** What the data folder has. */
  readonly stored: { readonly restored: Restored; readonly accountRecords: AccountRecords };
  /** `null` while another process leads: {@link ChatService.storage} is set before this one does. */
  readonly storage: Storage | null;
  /** How many processes share the connections: one, or all gateways. */
  readonly processes: number;
  answerProcess(query: ProcessQuery): Promise<QueryAnswers[ProcessQuery["kind"]]>;
}

/** What a node does for the files of its cluster. */
export interface FileCopiesPort {
  /** A file has come whole, before its message is sent. Resolves when another node has it, or none can. */
  spread(upload: Upload, key: string): Promise<void>;
  /** Somebody wants a file that isn't here: fetches it from another node. */
  fetchMissing(id: string): void;
}

/** The chat server with its ports: clock, storage, limits and queues. */
export class ChatService {
  readonly server: Server;
  readonly members: AccountStore;
  readonly random = makeIds();
  readonly turns = new TurnQueue();
  readonly limits: ConnectionLimits;
  /** The files that people have sent. */
  readonly files: FileStore;
  /** Keeps the files of other nodes the same. `null` where there are none. */
  fileCopies: FileCopiesPort | null = null;
  readonly #transfers: FileTransfers;
  readonly #settings: SettingsInForce;
  readonly #output: ProcessLog;
  #storage: Storage | null;
  /** For the links of those who connect from this machine; known once the server listens. */
  #localAddress: string | null = null;

  constructor({ settings, output, stored, processes, answerProcess, storage }: ChatServiceOptions) {
    const { random, turns } = this;
    const { log } = output;
    this.#settings = settings;
    this.#output = output;
    this.#storage = storage;
    this.files = new FileStore(join(settings.current.data, "files"), (text, cause) =>
      log("error", text, cause),
    );
    this.#transfers = new FileTransfers(this.files);
    const ports: ServerPorts = {
      clock: { now: Date.now, elapsed, precise: () => performance.now() },
      random,
      append: (event) => this.storage.append(event),
      appendPerson: (change) => this.storage.appendPerson(change),
      ask: (id, query) => {
        if (query.kind === "pause") {
          return turns.add(() => this.server.answer(id, {}), query.isMembers);
        }
        this.#answerTo(query, answerProcess)
          .then(
            (answer) => this.server.answer(id, answer),
            (cause: unknown) => {
              // Nobody knows whether it is stored: a start finds out. What asked for it isn't run again.
              if (query.kind === "save-accounts") throw cause;
              this.server.failQuery(id, cause);
            },
          )
          .catch(crash);
      },
      note: log,
    };
    this.members = AccountStore.of(stored.accountRecords);
    const options = this.optionsOf(settings.current);
    this.server = new Server(options, ports, this.members, stored.restored, storage === null);
    this.limits = makeConnectionLimits(settings.current, {
      ...{ turns, processes, note: log, relieve: () => this.server.relieve() },
      isExempt: (address) => isInNetworks(address, settings.current.exemptNetworks),
      ...((storage === null || storage.beforeFlush !== undefined) && {
        beforeFlush: () => this.#storage?.beforeFlush?.(),
      }),
    });
    this.applyLogLevel();
  }

  #answerTo(
    query: Exclude<Query, { kind: "pause" }>,
    answerProcess: ChatServiceOptions["answerProcess"],
  ): Promise<QueryAnswers[typeof query.kind]> {
    if (isFileQuery(query)) return this.#answerAboutFile(query);
    return isProcessQuery(query) ? answerProcess(query) : this.storage.answer(query);
  }

  async #answerAboutFile(query: FileQuery): Promise<FileAnswers[FileQuery["kind"]]> {
    const answer = await this.#transfers.answer(query);
    if (query.kind === "receive-file" && "key" in answer && "outcome" in answer) {
      if (answer.outcome === "stored") await this.fileCopies?.spread(query.upload, answer.key);
    }
    const isMissing = "outcome" in answer && answer.outcome === "missing";
    if (query.kind !== "send-file" || !isMissing || this.fileCopies === null) return answer;
    this.fileCopies.fetchMissing(query.id);
    return { outcome: "later", bytes: 0 };
  }

  /** Where what is said goes to. */
  get storage(): Storage {
    if (this.#storage === null) throw new Error("a server that follows stores nothing");
    return this.#storage;
  }

  set storage(storage: Storage) {
    this.#storage = storage;
  }

  /** Returns the chat server's options. */
  optionsOf(settings: ServerSettings): ReturnType<typeof serverOptions> & {
    readonly localAddress: string | null;
  } {
    const options = serverOptions(settings, VERSION, this.random.digest);
    return { ...options, localAddress: this.#localAddress };
  }

  /** Sets the address at which those reach the server who connect from this machine. */
  setLocalAddress(address: string | null): void {
    this.#localAddress = address;
    this.applySettings();
  }

  /** Applies the settings in force to the chat server. */
  applySettings(): void {
    this.server.state.applyOptions(this.optionsOf(this.#settings.current));
  }

  /** Traces lines at log levels debug and trace. The settings come first, since a play made from the trace needs them. */
  applyLogLevel(): void {
    const { log, trace } = this.#output;
    const { current } = this.#settings;
    log("debug", `settings ${settingsText(current)}`);
    const isTraced = current.logLevel === "debug" || current.logLevel === "trace";
    this.server.setTracing(isTraced ? trace : null);
  }

  /**
   * Returns the handlers for the listeners.
   *
   * @param takeover left out where no other process has, or gets, the connections
   */
  handlers(takeover?: SessionTakeover<Session>): LinkHandlers {
    const { log } = this.#output;
    const connectionLog = {
      ...makeRejectedConnectionsLog((sentence) => log("info", sentence), elapsed),
      failed: (error: unknown) => log("error", "a connection failed", error),
    };
    return lineConnections(this.server, this.turns, connectionLog, takeover);
  }
}

function isProcessQuery(query: Query): query is ProcessQuery {
  return ["settings", "check", "process", "log-level", "upgrade", "dns-listing"].includes(
    query.kind,
  );
}
