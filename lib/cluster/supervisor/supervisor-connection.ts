import { connectLocally, type LocalConnection } from "../../transport/local-socket.ts";
import { type FrameEntry, FrameReader, FrameWriter } from "../frames/frame.ts";
import { readOrder } from "../frames/gateway-entries.ts";
import {
  type LeaderReport,
  readLeaderReport,
  type SupervisorWord,
  writeSupervisorWord,
} from "../frames/supervisor-entries.ts";

const PING_MS = 1000;
/** Between two attempts to reach the leader; and after it has said that it stops. */
const RETRY_MS = 50;
const STOPPING_RETRY_MS = 10_000;

/** What a supervisor does with what its leader says. */
interface SupervisorHandlers {
  report(report: LeaderReport): void;
  /** Returns what each leader is told first. */
  greeting(): SupervisorWord;
}

/** A supervisor's connection to the leader that runs at the time. It is made again when it is lost. */
export class SupervisorConnection {
  readonly #path: string;
  readonly #handlers: SupervisorHandlers;
  readonly #frame = new FrameWriter();
  #connection: LocalConnection | null = null;
  #isStopping = false;

  /** @param path the leader's socket */
  constructor(path: string, handlers: SupervisorHandlers) {
    this.#path = path;
    this.#handlers = handlers;
    setInterval(() => this.tell({ kind: "ping" }), PING_MS).unref();
  }

  /** Connects as soon as there is a leader, and again when that is gone. */
  async connect(): Promise<void> {
    const reader = new FrameReader();
    const connection = await connectLocally(this.#path, {
      data: (_, bytes) => {
        for (const frame of reader.push(bytes)) for (const entry of frame) this.#take(entry);
      },
      close: () => {
        this.#connection = null;
        this.#connectLater();
      },
    }).catch(() => null);
    if (connection === null) return this.#connectLater();
    this.#connection = connection;
    this.#isStopping = false;
    this.tell(this.#handlers.greeting());
    this.tell({ kind: "ping" });
  }

  /** Tells the leader something. It is lost while there is none. */
  tell(word: SupervisorWord): void {
    writeSupervisorWord(this.#frame, word);
    this.#connection?.write(this.#frame.take());
  }

  #connectLater(): void {
    const ms = this.#isStopping ? STOPPING_RETRY_MS : RETRY_MS;
    setTimeout(() => void this.connect(), ms).unref();
  }

  #take(entry: FrameEntry): void {
    const report = readLeaderReport(entry);
    if (report !== null) return this.#handlers.report(report);
    if (readOrder(entry)?.kind !== "stop") return;
    // It waits until nobody is connected any more.
    this.#isStopping = true;
    this.#connection?.close();
  }
}
