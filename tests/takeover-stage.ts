import { test } from "bun:test";
import { Server } from "../lib/chat-server/server.ts";
import type { Link, ServerPorts } from "../lib/chat-server/server-ports.ts";
import type { Session } from "../lib/chat-server/sessions/session.ts";
import type { StoredChange } from "../lib/chat-server/takeover/follow.ts";
import type { SessionNote, SessionPace } from "../lib/chat-server/takeover/session-note.ts";
import type { ToldEvent } from "../lib/chat-server/takeover/soft-changes.ts";
import { AccountStore } from "../lib/member-server/account-store.ts";
import type { WireLine } from "../lib/protocol/wire/lines.ts";
import type { MemoryLog } from "./memory-log.ts";

/** Beyond so many sessions and rooms a takeover in each turn takes too long. */
const ENTRIES_MAX = 60;

/**
 * A play that can't be given with other servers after it has begun: it looks into the first one, or holds something that
 * docs/takeover.md says is lost.
 */
export const testWithOneServer = test.skipIf(process.env["STAGE"] === "takeover");

/** What the stage has of one connection. */
interface StagedLink {
  session: Session;
  note: SessionNote | null;
  pace: SessionPace | null;
  /** The lines that were given and aren't done. */
  lines: WireLine[];
}

/**
 * A server that is replaced by another one after each of its turns, as if it had stopped: the next one has followed what
 * the turn stored and the soft state that it handed over, all of it as JSON, and takes up the sessions.
 */
export class TakeoverStage {
  server: Server;
  /** The notes and parts as they were handed over, for who looks for secrets in them. */
  readonly handedOver: string[] = [];
  /** Everything that the present turn has stored; the ports add to it. */
  readonly stored: StoredChange[] = [];
  /** What was stored and told since the last takeover, for `retell`. */
  lastTurns: { changes: StoredChange[]; told: ToldEvent[] } = { changes: [], told: [] };
  /** Lines of connections that haven't heard of anything since the last takeover: the next one tells them again. */
  readonly unheard = new Map<Link, readonly string[]>();
  readonly #ports: ServerPorts;
  readonly #log: MemoryLog;
  readonly #parts = new Map<string, unknown>();
  readonly #links = new Map<Link, StagedLink>();
  #follower: Server | null = null;
  #upMs = 0;

  constructor(server: Server, ports: ServerPorts, log: MemoryLog) {
    this.server = server;
    this.#ports = ports;
    this.#log = log;
  }

  /** The session of a connection, also one that has closed. */
  sessionOf(link: Link): Session | undefined {
    return this.#links.get(link)?.session;
  }

  opened(link: Link, session: Session): void {
    this.#links.set(link, { session, note: null, pace: null, lines: [] });
  }

  /** A line is about to be given to the session of a connection. */
  given(link: Link, line: WireLine): void {
    this.#links.get(link)?.lines.push(line);
  }

  /** A turn is over, and nothing else happens. */
  hands(): void {
    this.#take();
  }

  /** A turn begins: makes a server that follows this one from now on. */
  begin(): void {
    const { sessions, rooms } = this.server.state;
    if (sessions.size + rooms.size > ENTRIES_MAX) return;
    this.#take();
    const { options, accounts } = this.server.state;
    const copied = new AccountStore(
      [...accounts.accounts()],
      [...accounts.invitations()],
      [...accounts.resting()],
      accounts.addressKey,
    );
    const restored = {
      snapshot: copyOf(this.server.snapshot()),
      ...{ later: [], people: [] },
      recent: this.#log.recent(),
    };
    this.#follower = new Server(options, this.#ports, copied, restored, true);
    this.#follower.takeover.follow({
      changes: [],
      parts: copyOf([...this.#parts]),
      upMs: this.#upMs,
    });
  }

  /**
   * The turn is over: its record reaches the follower, which takes the server's place.
   *
   * @param losesSecrets whether it does so though somebody loses the key of a second factor that isn't set up yet
   */
  end(losesSecrets = false): void {
    const follower = this.#follower;
    if (follower === null) return;
    this.#follower = null;
    for (const session of this.server.state.sessions) {
      if (session.secondFactorSecret !== null && !losesSecrets) return;
    }
    const changes = copyOf(this.stored);
    follower.takeover.follow({ changes, parts: this.#take(), upMs: this.#upMs });
    const { options } = this.server.state;
    if (options !== follower.state.options) follower.state.applyOptions(options);
    for (const [link, staged] of this.#links) {
      if (staged.session.phase === "closed") continue;
      const done = this.server.takeover.linesDone(staged.session);
      staged.lines.splice(0, staged.lines.length - this.#undone(staged, done));
      staged.session =
        staged.note === null
          ? follower.open(link)
          : follower.takeover.takeUp(link, staged.note, staged.pace, this.unheard.get(link));
    }
    this.server = follower;
    const turns = this.lastTurns;
    this.lastTurns = { changes: [], told: [] };
    follower.takeover.lead();
    const [missing, others]: [Session[], Session[]] = [[], []];
    for (const [link, { session }] of this.#links) {
      if (session.phase !== "closed") (this.unheard.has(link) ? missing : others).push(session);
    }
    this.unheard.clear();
    follower.takeover.retell([], others);
    follower.takeover.retell([turns], missing);
    // Those whose note is of an earlier line run the lines after it again.
    for (const { session, lines } of this.#links.values()) {
      if (session.phase !== "closed") for (const line of lines) follower.receive(session, line);
    }
  }

  #undone({ session }: StagedLink, done: number): number {
    return session.linesRun + session.heldLines.length - done;
  }

  /** Takes what has changed. Returns the parts as they arrive elsewhere. */
  #take(): readonly (readonly [string, unknown])[] {
    const { sessions, parts, told, upMs } = this.server.takeover.takeChanges(true);
    this.#upMs = upMs;
    // Each turn counts what it stored anew.
    const stored = this.lastTurns.changes.filter(({ kind }) => kind !== "account").length;
    const moved = told.map((event) => ({ ...event, after: event.after + stored }));
    this.lastTurns.told.push(...moved);
    this.lastTurns.changes.push(...this.stored);
    this.stored.length = 0;
    const sent = copyOf(parts);
    this.handedOver.push(JSON.stringify([parts, sessions.map(({ note, pace }) => [note, pace])]));
    for (const [key, value] of sent) {
      if (value === null) this.#parts.delete(key);
      else this.#parts.set(key, value);
    }
    const byServer = new Map([...this.#links].map(([, staged]) => [staged.session, staged]));
    for (const { session, note, pace } of copyOf(
      sessions.map((each) => ({ ...each, session: null })),
    ).map((change, index) => ({ ...change, session: sessions[index]?.session }))) {
      const staged = session && byServer.get(session);
      if (staged === undefined) continue;
      if (note !== undefined) staged.note = note;
      if (pace !== undefined) staged.pace = pace;
    }
    return sent;
  }
}

/** What arrives elsewhere: JSON. */
function copyOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
