import type { RoomEvent } from "../lib/chat-server/event.ts";
import {
  type FileAnswers,
  type FileQuery,
  isFileQuery,
} from "../lib/chat-server/files/file-queries.ts";
import { collectAuthoredLines } from "../lib/chat-server/history/select-events.ts";
import type { ProcessAnswer } from "../lib/chat-server/process-ports.ts";
import { Server } from "../lib/chat-server/server.ts";
import type { ServerOptions } from "../lib/chat-server/server-options.ts";
import type {
  DnsListing,
  Link,
  PersonChange,
  Query,
  QueryAnswers,
  Restored,
  ServerPorts,
  Standing,
} from "../lib/chat-server/server-ports.ts";
import type { Session } from "../lib/chat-server/sessions/session.ts";
import type { Snapshot } from "../lib/chat-server/snapshot/snapshot.ts";
import { formatStoredEvent, parseStoredEvent } from "../lib/file-manager/history/stored-event.ts";
import { AccountStore } from "../lib/member-server/account-store.ts";
import { inviteOwner } from "../lib/member-server/invitation-codes.ts";
import { mapPassword, opaqueString, type PasswordForm } from "../lib/protocol/opaque-string.ts";
import type { ElapsedMs } from "../lib/protocol/time.ts";
import { formatCapList } from "../lib/protocol/wire/caps.ts";
import { FROM_CLIENT, LineReader } from "../lib/protocol/wire/lines.ts";
import { parseMessage } from "../lib/protocol/wire/message.ts";
import { encodePlain } from "../lib/protocol/wire/sasl.ts";
import type { LinkHandlers } from "../lib/transport/socket-link.ts";
import { accountId } from "./account-ids.ts";
import { GatewayStage, type GatewayStageOptions } from "./gateway-stage.ts";
import { MemoryLog } from "./memory-log.ts";
import { StageFiles } from "./stage-files.ts";
import { TakeoverStage } from "./takeover-stage.ts";

/**
 * Half past nine in Seoul, on a Sunday. The clock stands still until a play moves it; events of one conversation
 * are a millisecond apart all the same, since its times only increase.
 */
export const OPENING_TIME = Date.UTC(2026, 10, 22, 0, 30, 0);

/** Through how many gateways connections go (`STAGE=gateway`; otherwise none): a play must not notice. */
const GATEWAYS = process.env["STAGE"] === "gateway" ? 2 : 0;

/** When another server takes the place of the present one: after each turn with `STAGE=takeover`, and a play must not notice. */
type Takeovers = "each turn" | "by hand" | "never";
const TAKEOVERS: Takeovers = process.env["STAGE"] === "takeover" ? "each turn" : "never";

/** What a line to the server holds beside the command. */
const CAP_REQUEST_BYTES = 500;

/** The snapshot of a server that has never run. */
export const EMPTY_SNAPSHOT: Snapshot = {
  conversations: [],
  people: [],
  bans: [],
  reports: [],
  files: [],
};

/** What a play's server is like, unless it says otherwise. */
export const SCENE_OPTIONS: ServerOptions = {
  name: "tea.test",
  network: "Teahouse",
  ...{ networkIcon: null, description: null, publicAddress: null },
  stsSeconds: null,
  version: "0.0.0",
  guests: true,
  createRooms: "everyone",
  secondFactor: "optional",
  botsPerAccount: 5,
  roomsPerAccount: 200,
  signUp: "open",
  nameRestDays: 90,
  passwordCost: "normal",
  registerBeforeConnect: true,
  email: "optional",
  passwordDigest: null,
  hasDnsbl: false,
  motd: ["Mind the kettle."],
  floodControl: false,
  replayLines: 10,
  inviteUses: 10,
  inviteHours: 168,
  registrationTimeoutMs: 600_000,
  pingAfterMs: 120_000,
  pingTimeoutMs: 60_000,
  redactWithinMs: 3_600_000,
  keepDays: 0,
  files: {
    isOn: true,
    bytesMax: 1_000_000,
    accountBytesMax: 5_000_000,
    roomBytesMax: 8_000_000,
    serverBytesMax: 20_000_000,
    diskReserveBytes: 1_000_000,
    keepDays: 0,
  },
  operators: [],
};

/**
 * A stage for plays: the whole server in memory, with a clock that the play moves and ids that count. Slow
 * answers come at the end of each line's turn, unless the play holds them.
 *
 *     const scene = new Scene();
 *     const mina = scene.guest("mina");
 *     mina.says("JOIN #tea");
 *     expect(mina.hears()).toEqual([…]);
 */
export class Scene {
  #server: Server;
  readonly log: MemoryLog;
  /** Every {@link PersonChange} that was stored. */
  readonly people: unknown[] = [];
  /** The server's log, without its lines about log-ins. */
  readonly notes: string[] = [];
  /** Its lines about log-ins. */
  readonly logIns: string[] = [];
  now = OPENING_TIME;
  /** The clock by which work is measured. It stands still unless a play moves it while the server works. */
  preciseMs = 0;
  /** By how much the time of day was set ahead, and not passed. */
  #setAheadMs = 0;
  /** While set, nothing can be stored on disk. */
  diskFull = false;
  /** The bytes of files. */
  readonly files: StageFiles;
  /** While set, slow answers wait for `settle()`. */
  holding = false;
  /** How full the server is for newcomers, from 0 to 1: see `Link.pressure`. */
  pressure = 0;
  /** While set, there is no place for a guest. */
  areGuestsFull = false;
  /** What DNS blocklists have. */
  readonly listings = new Map<string, DnsListing>();
  /** The settings that REHASH reads. */
  settings: QueryAnswers["settings"] = { options: null, messages: [] };
  /** How an upgrade that somebody asks for ends. */
  upgrade: QueryAnswers["upgrade"] = { outcome: "impossible", how: null };
  /** What the process tells of itself. */
  process: ProcessAnswer = {
    ...{ pid: 4711, memoryBytes: 100 << 20, passwordsWaiting: 0, appendFailures: 0 },
    loopDelay: { meanMs: 1, maxMs: 5 },
    gateways: [],
    traffic: { bytesIn: 1000, bytesOut: 2000, linesOut: 30, refused: new Map([["full", 2]]) },
    disk: { freeBytes: 5 * 2 ** 30, sizeBytes: 10 * 2 ** 30 },
    ...{ backupAt: null, logLevel: "info" },
    address: { host: "tea.test", port: 6697, fingerprint: "f".repeat(64) },
    service: { sentences: [["oneProcess"]], facts: {}, tables: {} },
  };
  /** Takes and gives the bytes of files: a server without a place for them, unless a play says otherwise. */
  answersFiles = (query: FileQuery): FileAnswers[FileQuery["kind"]] => this.files.answer(query);
  readonly #pending: (() => void)[] = [];
  readonly #options: Partial<ServerOptions>;
  /** Every connection that was opened. */
  readonly actors: Actor[] = [];
  /** The gateways before the server; `null` where connections are its own. */
  readonly gateways: GatewayStage | null;
  readonly #takeover: TakeoverStage | null = null;
  readonly #takeovers: Takeovers;
  /** The leader's sessions of their links. */
  readonly #sessions = new Map<Link, { readonly session: Session; readonly reader: LineReader }>();
  readonly #gatewaySetup: GatewaySetup;
  #lastOpened: Session | null = null;
  #ids = 0;

  /**
   * @param before the scene whose server was stopped
   * @param later the events that its snapshot doesn't have; left out for a server that saved everything
   * @param takeovers "by hand": see `takesOver`
   * @param gatewaySetup how many gateways there are, and the seed of what happens between them and the server
   */
  constructor(
    options: Partial<ServerOptions> = {},
    before?: Scene,
    later: readonly RoomEvent[] | null = null,
    takeovers = TAKEOVERS,
    gatewaySetup: GatewaySetup = before === undefined
      ? { gateways: takeovers === "never" ? GATEWAYS : 0, seed: 1 }
      : before.#gatewaySetup,
  ) {
    this.#options = options;
    this.#gatewaySetup = gatewaySetup;
    this.log = before?.log ?? new MemoryLog();
    this.files = before?.files ?? new StageFiles();
    const members = before?.members ?? new AccountStore([], [], [], "the key of addresses");
    this.now = before?.now ?? OPENING_TIME;
    this.#ids = before === undefined ? 0 : before.#ids;
    const restored: Restored = {
      snapshot: later === null ? (before?.server.snapshot() ?? EMPTY_SNAPSHOT) : EMPTY_SNAPSHOT,
      later: later ?? [],
      people: later === null ? [] : ((before?.people ?? []) as PersonChange[]),
      recent: before?.log.recent() ?? new Map(),
    };
    const ports = this.#ports();
    this.#server = new Server({ ...SCENE_OPTIONS, ...options }, ports, members, restored);
    this.#takeovers = takeovers;
    if (takeovers !== "never") this.#takeover = new TakeoverStage(this.#server, ports, this.log);
    this.gateways =
      gatewaySetup.gateways === 0
        ? null
        : new GatewayStage({
            ...gatewaySetup,
            handlers: this.#linkHandlers(),
            elapsed: () => this.elapsedMs,
            pressure: () => this.pressure,
            areGuestsFull: () => this.areGuestsFull,
            relieve: () => this.server.relieve(),
          });
  }

  /** A scene behind so many gateways, whatever the environment says. */
  static behindGateways(gatewaySetup: GatewaySetup, options: Partial<ServerOptions> = {}): Scene {
    return new Scene(options, undefined, null, "never", gatewaySetup);
  }

  get server(): Server {
    return this.#takeover?.server ?? this.#server;
  }

  get members(): AccountStore {
    return this.server.state.accounts;
  }

  /** Runs something that makes up a turn of the server; then another one takes its place, if nothing is under way. */
  #turn(run: () => void): void {
    const isDue = this.#takeovers === "each turn" && this.#pending.length === 0;
    const takeover = isDue ? this.#takeover : null;
    takeover?.begin();
    run();
    if (this.#pending.length === 0) takeover?.end();
  }

  /** What servers have handed over to others, and what was stored and told since the last takeover. */
  handedOver(): readonly string[] {
    return this.#takeover?.handedOver ?? [];
  }

  lastTurns(): TakeoverStage["lastTurns"] {
    return this.#takeover?.lastTurns ?? { changes: [], told: [] };
  }

  /**
   * Another server takes the present one's place, whatever is under way.
   *
   * @param unheard who hasn't heard of anything since the last takeover, with the lines that they have sent since
   */
  takesOver(unheard: ReadonlyMap<Actor, readonly string[]> = new Map()): void {
    for (const [actor, lines] of unheard) this.#takeover?.unheard.set(actor, lines);
    this.#takeover?.begin();
    this.#pending.length = 0;
    this.#takeover?.end(true);
    if (!this.holding) this.settle();
  }

  /** The session of a connection: another one after each takeover. */
  sessionOf(link: Link, session: Session): Session {
    return this.#takeover?.sessionOf(link) ?? session;
  }

  #linkHandlers(): LinkHandlers {
    return {
      open: (link) => {
        const session = this.server.open(link);
        this.#sessions.set(link, { session, reader: new LineReader(FROM_CLIENT) });
        this.#lastOpened = session;
      },
      data: (link, bytes) => {
        const opened = this.#sessions.get(link);
        if (opened !== undefined) this.#read(link, opened.session, opened.reader, bytes);
      },
      close: (link, why) => {
        const opened = this.#sessions.get(link);
        if (opened !== undefined) this.server.close(opened.session, why);
        this.#sessions.delete(link);
      },
      drained: (link) => {
        const opened = this.#sessions.get(link);
        if (opened !== undefined) this.#resume(opened.session);
      },
      overflow: (link) => {
        const opened = this.#sessions.get(link);
        if (opened !== undefined) this.server.close(opened.session, "Reading too slowly");
      },
      failed: (_, error) => {
        throw error;
      },
    };
  }

  #read(link: Link, session: Session, reader: LineReader, bytes: Uint8Array): void {
    for (const line of reader.push(bytes)) {
      this.#turn(() => {
        this.#takeover?.given(link, line);
        this.server.receive(this.sessionOf(link, session), line);
        if (!this.holding) this.settle();
      });
    }
    this.server.noise(this.sessionOf(link, session), reader.takeNoise());
    // Lines that arrived together make up one turn.
    if (this.#takeovers === "by hand") this.#takeover?.hands();
  }

  #resume(session: Session): void {
    this.server.resume(session);
    if (!this.holding) this.settle();
  }

  /** Opens the session of a connection. */
  opens(actor: Actor): Session {
    this.actors.push(actor);
    if (this.gateways === null) {
      const session = this.server.open(actor);
      this.#takeover?.opened(actor, session);
      return session;
    }
    this.#lastOpened = null;
    this.gateways.open(actor);
    if (this.#lastOpened === null) throw new Error("the leader has no link for a connection");
    return this.#lastOpened;
  }

  /** A connection sent bytes. */
  receives(actor: Actor, reader: LineReader, bytes: Uint8Array): void {
    if (this.gateways !== null) return this.gateways.receive(actor, bytes);
    this.#read(actor, actor.session, reader, bytes);
  }

  /** A connection broke. */
  breaks(actor: Actor, why: string): void {
    if (this.gateways === null) this.#turn(() => this.server.close(actor.session, why));
    else this.gateways.close(actor, why);
  }

  /** What waited for a connection's peer has left. */
  drains(actor: Actor): void {
    if (this.gateways === null) this.#resume(actor.session);
    else this.gateways.drained(actor);
  }

  /** A connection's peer reads too slowly. */
  overflows(actor: Actor): void {
    if (this.gateways === null) this.server.close(actor.session, "Reading too slowly");
    else this.gateways.overflow(actor);
  }

  /** What is under way between server and connections arrives, unless the play delays it. */
  arrives(): void {
    if (this.gateways?.isDelaying === false) this.gateways.settle();
  }

  /** The same server, restarted from its stored data. */
  restart(): Scene {
    return new Scene(this.#options, this);
  }

  /** The same server, started again after a crash before its first snapshot: from the journals alone. */
  crash(): Scene {
    const later = this.log.conversations().flatMap((id) =>
      [...this.log.all(id)].map((event) => {
        const line = parseStoredEvent(formatStoredEvent(event).trimEnd(), id);
        if (line.kind !== "event") throw new Error(`an event was stored as ${line.kind}`);
        return line.event;
      }),
    );
    return new Scene(this.#options, this, later);
  }

  /** Opens a connection that has sent nothing yet. */
  connect(link: ActorLink = {}): Actor {
    return new Actor(this, link);
  }

  /** Connects a guest with these capabilities, registered, whose greeting was read. */
  guest(nick: string, ...caps: string[]): Actor {
    const actor = this.connect();
    actor.introduces(nick, caps);
    actor.hears();
    return actor;
  }

  /** Connects a user with an account (created if there is none yet), logged in and registered. */
  person(name: string, ...caps: string[]): Actor {
    const actor = this.connect();
    const known = [...this.members.accounts()].some((account) => account.name === name);
    if (!known) this.signUp(name);
    actor.logsIn(name, caps);
    actor.hears();
    return actor;
  }

  /** Makes an account with the password `${name}-password`. Without a form its hash is of the earlier one. */
  signUp(name: string, owner = false, form: PasswordForm | undefined = "opaque"): void {
    const former = [...this.members.resting()].find((resting) => resting.name === name);
    const generation = former === undefined ? 0 : Number(former.id.slice(-1));
    this.members.apply({
      kind: "signed-up",
      id: accountId(name, generation + 1),
      name: name as never,
      hash: hashOf(passwordOf(name)),
      ...(form !== undefined && { passwordForm: form }),
      email: null,
      owner,
      time: this.now,
    });
  }

  /** The code of the owner's first invitation. */
  ownerCode(): string {
    const made = inviteOwner(this.members, "ownerscode000000", digest, this.now);
    for (const change of made?.changes ?? []) this.members.apply(change);
    return made?.code ?? "";
  }

  /** Time passes; the server notices. */
  passes(ms: number): void {
    this.now += ms;
    this.arrives();
    this.#turn(() => {
      this.server.tick();
      if (!this.holding) this.settle();
    });
  }

  /** The time of day is set ahead, or back (a negative `ms`), while no time passes; the server notices. */
  setsClock(ms: number): void {
    this.now += ms;
    this.#setAheadMs += ms;
    this.server.tick();
    if (!this.holding) this.settle();
  }

  /** The server's monotonic clock. */
  get elapsedMs(): ElapsedMs {
    return (this.now - this.#setAheadMs - OPENING_TIME) as ElapsedMs;
  }

  /** How many slow answers are waiting. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Gives the slow answers that are waiting, and those that they lead to. */
  settle(): void {
    for (let answer = this.#pending.shift(); answer; answer = this.#pending.shift()) answer();
  }

  /** Gives the oldest of the slow answers that are waiting. Returns `false` if there is none. */
  settleOne(): boolean {
    const answer = this.#pending.shift();
    answer?.();
    return answer !== undefined;
  }

  #ports(): ServerPorts {
    return {
      clock: {
        now: () => this.now,
        elapsed: () => this.elapsedMs,
        precise: () => this.preciseMs,
      },
      random: {
        id: () => {
          this.#ids += 1;
          return `id${String(this.#ids).padStart(14, "0")}`;
        },
        digest,
      },
      append: (event: RoomEvent) => {
        if (this.diskFull) return false;
        this.log.append(event);
        this.#takeover?.stored.push({ kind: "event", event });
        return true;
      },
      appendPerson: (change) => {
        if (this.diskFull) return false;
        this.people.push(change);
        this.#takeover?.stored.push({ kind: "person", change });
        return true;
      },
      ask: (id, query) => {
        this.#pending.push(() => this.server.answer(id, this.#answer(query)));
      },
      note: (level, text, cause) => {
        (/^log-in|log-ins? /.test(text) ? this.logIns : this.notes).push(text);
        // A fault of ours ends the play.
        if (level === "error" && cause !== undefined) throw cause;
      },
    };
  }

  /** The acts that were audited, oldest first. */
  audit(): Extract<PersonChange, { kind: "audited" }>[] {
    return (this.people as PersonChange[]).filter((change) => change.kind === "audited");
  }

  #answer(query: Query): QueryAnswers[Query["kind"]] {
    if (isFileQuery(query)) return this.answersFiles(query);
    switch (query.kind) {
      case "hash-password":
        return { hash: opaqueString(query.password) && hashOf(mapPassword(query.password)) };
      case "verify-password": {
        const isPossible = query.form !== "opaque" || opaqueString(query.password) !== null;
        return { ok: isPossible && query.hash === hashOf(mapPassword(query.password)) };
      }
      case "save-accounts":
        if (!this.diskFull) {
          const changes = query.changes.map((change) => ({ kind: "account", change }) as const);
          this.#takeover?.stored.push(...changes);
        }
        return { saved: !this.diskFull };
      case "history":
        return { events: this.log.page(query.conversation, query.request) };
      case "search":
        return { events: this.log.search(query.request), complete: true };
      case "rewrite":
        return { done: true };
      case "authored-lines": {
        const { conversation, who, pinned } = query;
        return { lines: collectAuthoredLines(this.log.authoredIn(conversation, who), pinned) };
      }
      case "erase-unreachable":
        return { done: true, lines: 0 };
      case "audit":
        return { entries: this.audit().slice(-query.limit) };
      case "disk-usage":
        return { bytes: new Map(this.log.conversations().map((id) => [id, 1000])) };
      case "pause":
        return {};
      case "settings":
        return this.settings;
      case "check":
        return { ok: this.settings.options !== null, messages: this.settings.messages };
      case "process":
        return this.process;
      case "log-level":
        this.process = { ...this.process, logLevel: query.level };
        return { done: true };
      case "upgrade":
        return this.upgrade;
      case "dns-listing":
        return { listing: this.listings.get(query.address) ?? null };
    }
  }
}

/** How many gateways a scene has, and the seed of what happens between them and the server. */
type GatewaySetup = Pick<GatewayStageOptions, "gateways" | "seed">;

/** What a play decides of a connection. */
type ActorLink = Partial<Pick<Link, "address" | "secure" | "certificate" | "certificateValidity">>;

/** One connection in a play. It hears the lines that were written to its link. */
export class Actor implements Link {
  readonly address: string;
  readonly host = "guest.test";
  readonly secure: boolean;
  readonly certificate: string | null;
  readonly certificateValidity: NonNullable<Link["certificateValidity"]> | null;
  readonly #session: Session;
  inputBytes = 0;
  #closed = false;
  #backlog = 0;
  readonly #scene: Scene;
  readonly #reader = new LineReader(FROM_CLIENT);
  #heard = "";

  constructor(scene: Scene, link: ActorLink) {
    this.#scene = scene;
    this.address = link.address ?? "192.0.2.1";
    this.secure = link.secure ?? true;
    this.certificate = link.certificate ?? null;
    this.certificateValidity = link.certificateValidity ?? null;
    this.#session = scene.opens(this);
  }

  get session(): Session {
    return this.#scene.sessionOf(this, this.#session);
  }

  get closed(): boolean {
    this.#scene.arrives();
    return this.#closed;
  }

  /** Bytes that its peer has yet to take: a play sets it. */
  get backlog(): number {
    return this.#backlog;
  }

  set backlog(bytes: number) {
    if (bytes === this.#backlog) return;
    this.#backlog = bytes;
    this.#scene.gateways?.backlogChanged();
    // A gateway looks at what waits when more is sent.
    if (this.#scene.gateways !== null) this.session.link.send(new Uint8Array(0));
  }

  get pressure(): number {
    return this.#scene.pressure;
  }

  setStanding(standing: Standing): boolean {
    return standing !== "guest" || !this.#scene.areGuestsFull;
  }

  send(bytes: Uint8Array): void {
    if (!this.#closed) this.#heard += Buffer.from(bytes).toString("utf8");
  }

  close(lastWords?: Uint8Array): void {
    if (lastWords !== undefined) this.send(lastWords);
    this.#closed = true;
  }

  drop(): void {
    this.#closed = true;
  }

  /** Sends lines, each as one turn. */
  says(...lines: string[]): this {
    for (const line of lines) this.sends(Buffer.from(`${line}\r\n`));
    return this;
  }

  /** Sends bytes as they are. */
  sends(bytes: Uint8Array): this {
    this.#scene.receives(this, this.#reader, bytes);
    return this;
  }

  /** Returns the lines received since the last call, without CR LF. */
  hears(): string[] {
    this.#scene.arrives();
    const heard = this.#heard;
    this.#heard = "";
    return heard === "" ? [] : heard.slice(0, -2).split("\r\n");
  }

  /** The same without tags. */
  hearsPlain(): string[] {
    return this.hears().map((line) => line.replace(/^@\S+ /, ""));
  }

  /** The verbs (or numerics) of the received lines, in order. */
  hearsVerbs(): string[] {
    return this.hears().map((line) => parseMessage(line)?.verb ?? "");
  }

  /** NICK and USER, and the capabilities that are wanted. */
  introduces(nick: string, caps: readonly string[] = []): this {
    if (caps.length > 0) this.says("CAP LS 302", ...capRequests(caps));
    this.says(`NICK ${nick}`, `USER ${nick} 0 * :${nick}`);
    if (caps.length > 0) this.says("CAP END");
    return this;
  }

  /** Logs in by SASL PLAIN, under the account's name. */
  logsIn(name: string, caps: readonly string[] = [], password = passwordOf(name)): this {
    this.says("CAP LS 302", ...capRequests(["sasl", ...caps]), "AUTHENTICATE PLAIN");
    for (const piece of encodePlain(name, password)) this.says(`AUTHENTICATE ${piece}`);
    return this.says(`NICK ${name}`, `USER ${name} 0 * :${name}`, "CAP END");
  }

  /** The connection breaks. */
  vanishes(why = "Connection lost"): void {
    this.#closed = true;
    this.#scene.breaks(this, why);
  }

  /** Its peer, who had stopped reading, takes everything. */
  readsOn(): void {
    this.backlog = 0;
    this.#scene.drains(this);
  }

  /** Its peer, who has stopped reading, is given up. */
  overflows(): void {
    this.#scene.overflows(this);
  }
}

/** Returns the lines that ask for these capabilities. */
function capRequests(caps: readonly string[]): string[] {
  return formatCapList(caps, CAP_REQUEST_BYTES).map((names) => `CAP REQ :${names}`);
}

export function passwordOf(name: string): string {
  return `${name}-password`;
}

/** Stands for argon2id: what counts in a play is that it is another text. */
export function hashOf(password: string): string {
  return `hash of ${password}`;
}

function digest(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
