/**
 * One server: its session, the wire under it, and the coming back after a loss. It owns the timers
 * of all that; whoever wants to hear the session's events says so with `listen`.
 */
import type { ClientEvent, LogInProblem } from "../../chat-client/client-event.ts";
import { DELAY_MS_MAX, reconnectDelay } from "../../chat-client/connection-timing.ts";
import { type ChatSession, ClientSession, type SessionOptions } from "../../chat-client/session.ts";
import { formatLink, type ServerLink } from "../../protocol/server-link.ts";
import type { AppPorts, ConnectOutcome, ServerConnection } from "../app-ports.ts";

/** The session counts silence and typing in seconds. */
const TICK_MS = 1000;

export type ConnectTrouble = Exclude<ConnectOutcome, { kind: "connected" | "failed" }>;

export class Reconnector {
  readonly link: ServerLink;
  readonly session: ChatSession;
  /** Comes back by itself after a loss: from the moment that somebody is logged in. */
  stays = false;
  /**
   * What the last attempt to come back ended in, when it was more than a loss: another certificate,
   * or a file that can't be used. The same object as long as it stays the same.
   */
  trouble: ConnectTrouble | null = null;
  readonly #ports: AppPorts;
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  #wire: ServerConnection | null = null;
  #attempt = 0;
  #stopTick: () => void = () => {};
  #stopRetry: () => void = () => {};
  #ended = false;

  /** `options`: what the session does otherwise than for a person at a screen. */
  constructor(ports: AppPorts, link: ServerLink, options: Partial<SessionOptions> = {}) {
    this.#ports = ports;
    this.link = link;
    this.session = new ClientSession(
      {
        ...{ logIn: null, wait: true, invitation: link.invitation },
        serverPassword: ports.serverPassword(link),
        ...{ receipts: ports.saved.receipts === true, ...options },
      },
      {
        send: (line) => this.#wire?.send(line),
        now: () => ports.now(),
        id: () => ports.id(),
        emit: (event) => this.#heard(event),
        ...(ports.openTrace !== undefined && { trace: ports.openTrace(link) }),
      },
    );
    this.#tick();
  }

  /** Hears every event from now on; what comes back ends it. */
  listen(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get connected(): boolean {
    return this.#wire !== null;
  }

  /** Connects once. When it is connected, the session is on its way to the door. */
  async open(): Promise<ConnectOutcome> {
    if (this.#ended) return { kind: "failed", problem: "closed" };
    this.session.connecting();
    let mine: ServerConnection | null = null;
    // A server may say a word, or hang up, before anybody here has heard that it is connected.
    const early: (() => void)[] = [];
    const heard = (action: () => void): void => {
      if (mine === null) early.push(action);
      else if (mine === this.#wire) action();
    };
    const outcome = await this.#ports.connect(this.link, {
      line: (line) => heard(() => this.session.receive(line)),
      closed: (why) => heard(() => this.#lost(why)),
    });
    if (outcome.kind !== "connected") {
      const trouble = this.stays && outcome.kind !== "failed" ? outcome : null;
      if (!Bun.deepEquals(trouble, this.trouble)) this.trouble = trouble;
      this.session.closed("");
      return outcome;
    }
    if (this.#ended) {
      outcome.wire.close();
      return { kind: "failed", problem: "closed" };
    }
    this.trouble = null;
    mine = outcome.wire;
    this.#wire = outcome.wire;
    this.session.opened();
    for (const action of early) heard(action);
    return outcome;
  }

  /** The link that lets somebody sign up here by a code, and know the server when they see it. */
  linkWith(invitation: string): string {
    const fingerprint = this.#wire?.fingerprint ?? this.link.fingerprint;
    return formatLink({ ...this.link, fingerprint, invitation });
  }

  /** The wait for the next attempt is over: the person doesn't want to wait. */
  hurry(): void {
    if (this.session.state.phase.kind === "waiting") this.#retry();
  }

  /** Comes back now, from wherever it is; a connection that stands is given up for a new one. */
  reconnect(): void {
    const { kind } = this.session.state.phase;
    if (kind === "connecting") return;
    if (this.#wire !== null) this.#lost("");
    this.#retry();
  }

  /** Leaves for good. */
  end(reason = ""): void {
    if (this.#ended) return;
    this.stays = false;
    if (this.#wire !== null) this.session.quit(reason);
    this.#ended = true;
    this.#stopTick();
    this.#stopRetry();
    this.#wire?.close();
    this.#wire = null;
    this.#listeners.clear();
  }

  #heard(event: ClientEvent): void {
    if (event.kind === "ready") this.#attempt = 0;
    for (const listener of [...this.#listeners]) listener(event);
    // Not from inside the session's own call: it has not finished with the line.
    if (event.kind === "stalled") this.#ports.after(0, () => this.#lost(""));
    // Busy, or too many tries: later it may be well. A wrong password stays wrong, and is asked for.
    if (event.kind === "log-in-failed" && this.stays && !isFinal(event.problem)) {
      this.#ports.after(0, () => this.#lost(""));
    }
    if (event.kind === "disconnected" && event.retry) this.#wait();
  }

  #lost(why: string): void {
    const wire = this.#wire;
    if (wire === null) return;
    this.#wire = null;
    wire.close();
    this.session.closed(why);
  }

  #wait(): void {
    if (!this.stays || this.#ended) return;
    const { trouble } = this;
    // The right server may come back in its place, and nobody else is crowded meanwhile.
    const delay =
      trouble === null ? reconnectDelay(this.#attempt, this.#ports.random()) : DELAY_MS_MAX;
    this.#stopRetry();
    this.#stopRetry = this.#ports.after(delay, () => this.#retry());
    const attempt = this.#attempt;
    this.#attempt += 1;
    // After everybody has heard of the loss.
    this.#ports.after(0, () => {
      const { phase } = this.session.state;
      if (phase.kind === "offline" && !this.#ended) {
        this.session.waiting(this.#ports.now() + delay, attempt, trouble?.kind ?? null);
      }
    });
  }

  #retry(): void {
    this.#stopRetry();
    if (this.#ended || this.#wire !== null) return;
    this.open().catch((error) => this.session.closed(String(error)));
  }

  #tick(): void {
    this.#stopTick = this.#ports.after(TICK_MS, () => {
      this.session.tick(this.#ports.now());
      this.#tick();
    });
  }
}

/** Whether trying the same log-in again would change nothing. */
export function isFinal(problem: LogInProblem): boolean {
  return problem.kind === "wrong" || problem.kind === "certificate-unknown";
}
