import { randomUUID } from "node:crypto";
import type { LinkHandlers } from "../../transport/socket-link.ts";
import { FrameReader, FrameWriter } from "../frames/frame.ts";
import type { ConnectToLeader, FrameConnection } from "../frames/frame-connection.ts";
import {
  type GatewayOrder,
  type GatewayReport,
  readOrder,
  writeReport,
} from "../frames/gateway-entries.ts";
import { GatewayLinks } from "./gateway-links.ts";
import { LeaderAbsence } from "./leader-absence.ts";

/** Between two attempts to reach the leader. */
const RETRY_MS = 20;
const BACKLOGS_MS = 50;
const LEADER_ENDED = new TextEncoder().encode("ERROR :The server has ended\r\n");

/** What a gateway does when its leader speaks, or is gone. */
export interface LeaderHandlers {
  order(order: GatewayOrder): void;
  /** The leader is gone. */
  lost(): void;
}

/** What a gateway does later. Tests have their own. */
export interface GatewayTiming {
  /** Calls `run` in `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void;
  /** Calls `run` every `ms` milliseconds. */
  every(ms: number, run: () => void): void;
  /** Calls a function when this turn is over. */
  atTurnEnd(run: () => void): void;
}

const EVENT_LOOP: GatewayTiming = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  every: (ms, run) => void setInterval(run, ms).unref(),
  atTurnEnd: (run) => void setImmediate(run),
};

/**
 * A gateway's connection to its leader. While there is no leader its links wait for the next one, which
 * takes them over.
 */
export class LeaderConnection {
  readonly #way: ConnectToLeader;
  readonly #handlers: LeaderHandlers;
  readonly #links: GatewayLinks;
  readonly #absence: LeaderAbsence;
  readonly #timing: GatewayTiming;
  #connection: FrameConnection | null = null;
  #reader = new FrameReader();
  readonly #reports = new FrameWriter();
  #isReportScheduled = false;
  /** What each leader is told first. */
  #greeting: GatewayReport | null = null;
  #isSilent = false;
  #isEnding = false;
  /** What a connection is told that comes now, when it is closed at once. */
  #lastWords: Uint8Array | null = null;
  /** Called when the leader is gone; `null` unless somebody waits for it. */
  #left: (() => void) | null = null;

  /** @param way leads to whoever leads now */
  constructor(way: ConnectToLeader, handlers: LeaderHandlers, timing: Partial<GatewayTiming> = {}) {
    this.#timing = { ...EVENT_LOOP, ...timing };
    this.#way = way;
    this.#handlers = handlers;
    this.#links = new GatewayLinks(
      randomUUID(),
      (frame) => this.#connection?.write(frame),
      (run) => this.#timing.atTurnEnd(run),
      () => this.#absence.end(),
      (error) => this.#tellFailure("a connection failed", error),
      () => this.#connection?.isBusy === true,
    );
    this.#absence = new LeaderAbsence({
      after: (ms, run) => this.#timing.after(ms, run),
      sendAll: (bytes) => this.#links.sendAll(bytes),
    });
    this.#timing.every(BACKLOGS_MS, () => {
      this.#links.tellBacklogs();
      this.#links.tellHeard();
    });
  }

  /** Whether there is a leader. */
  get isConnected(): boolean {
    return this.#connection !== null;
  }

  /** Whether there is a leader that says something, be it only that it is there. */
  get isHeard(): boolean {
    return this.#connection !== null && !this.#isSilent;
  }

  /** How many connections there are. */
  get links(): number {
    return this.#links.size;
  }

  /** For the gateway's listeners. */
  get handlers(): LinkHandlers {
    const { handlers } = this.#links;
    return {
      ...handlers,
      open: (link) => {
        if (this.#lastWords !== null) return link.close(this.#lastWords);
        handlers.open(link);
        const { notice } = this.#absence;
        if (notice !== null) link.send(notice);
      },
      data: (link, bytes) => {
        handlers.data(link, bytes);
        // A leader that hangs gets no more than fits: the people's own machines hold the rest.
        if (this.#connection?.isBusy === true) this.#links.holdAll();
      },
      refused: (address, why) => this.report({ kind: "refused", address, why }),
      broken: (address, why) => this.report({ kind: "broken", address, why }),
      failed: (_, error) => this.#tellFailure("a connection failed", error),
    };
  }

  /** Resolves when the leader is there; tries until then. */
  async connect(): Promise<void> {
    while (this.#connection === null && !this.#isEnding) {
      try {
        this.#reader = new FrameReader();
        this.#connection = await this.#way({
          data: (connection, bytes) => this.#receive(connection, bytes),
          drained: () => this.#links.drained(),
          silent: (_, isSilent) => this.#silent(isSilent),
          close: () => this.#lost(),
        });
      } catch {
        await Bun.sleep(RETRY_MS);
      }
    }
    if (this.#connection === null) return;
    this.#links.leaderCame();
    if (this.#greeting !== null) this.report(this.#greeting);
  }

  /** Tells this leader, and each that follows it, that the gateway listens. */
  greet(greeting: GatewayReport): void {
    this.#greeting = greeting;
    this.report(greeting);
  }

  /** Tells the leader something. It is lost while there is none. */
  report(report: GatewayReport): void {
    writeReport(this.#reports, report);
    if (this.#isReportScheduled) return;
    this.#isReportScheduled = true;
    this.#timing.atTurnEnd(() => {
      this.#isReportScheduled = false;
      const frame = this.#reports.take();
      this.#connection?.write(frame);
    });
  }

  /** Closes up to so many connections, which are to come again. */
  closeSome(count: number, lastWords: Uint8Array): void {
    this.#links.closeSome(count, lastWords);
  }

  /** Closes all connections, and those that come from now on. */
  sayGoodBye(lastWords: Uint8Array): void {
    this.#lastWords = lastWords;
    this.#absence.cancel();
    this.#links.closeSome(Number.POSITIVE_INFINITY, lastWords);
  }

  /** Leaves the leader. Resolves when that has heard everything: at once, if there is none. */
  async leave(): Promise<void> {
    this.#isEnding = true;
    if (this.#connection === null) return;
    await new Promise<void>((resolve) => {
      this.#left = resolve;
      // Behind what is told at the end of this turn.
      this.#timing.atTurnEnd(() => this.#connection?.end());
    });
  }

  /** Looks for no other leader when this one is gone. */
  end(): void {
    this.#isEnding = true;
    this.#absence.cancel();
    if (this.#connection === null) this.#links.closeAll(LEADER_ENDED);
  }

  #receive(connection: FrameConnection, bytes: Uint8Array): void {
    try {
      for (const frame of this.#reader.push(bytes)) {
        this.#links.receive(frame);
        for (const entry of frame) {
          const order = readOrder(entry);
          if (order !== null) this.#obey(order);
        }
      }
    } catch (error) {
      this.#tellFailure("what the leader sent can't be read", error);
      connection.close();
    }
  }

  /** The next leader would say the same: the connection stays. */
  #obey(order: GatewayOrder): void {
    try {
      this.#handlers.order(order);
    } catch (error) {
      this.#tellFailure(`an order of the leader (${order.kind}) failed`, error);
    }
  }

  #tellFailure(what: string, error: unknown): void {
    const text = `${what}: ${error instanceof Error ? error.stack : String(error)}`;
    this.report({ kind: "log", level: "error", text });
  }

  /** A leader of which nothing is heard may come back: until then it is as if there were none. */
  #silent(isSilent: boolean): void {
    this.#isSilent = isSilent;
    this.#links.setSilent(isSilent);
    if (isSilent) this.#beginAbsence();
    else if (this.#links.isLed) this.#absence.end();
  }

  #beginAbsence(): void {
    if (!this.#isEnding && this.#lastWords === null) this.#absence.begin();
  }

  #lost(): void {
    if (this.#connection === null) return;
    this.#connection = null;
    this.#isSilent = false;
    this.#links.leaderLost();
    if (this.#isEnding) this.#links.closeAll(LEADER_ENDED);
    else this.#beginAbsence();
    this.#left?.();
    this.#handlers.lost();
    if (!this.#isEnding) void this.connect();
  }
}
