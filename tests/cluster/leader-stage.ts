import type { RoomEvent } from "../../lib/chat-server/event.ts";
import type { Link, SessionInput } from "../../lib/chat-server/server-ports.ts";
import type { AppendOutcome, AppendRequest, RecordLog } from "../../lib/cluster/engine.ts";
import { FrameReader } from "../../lib/cluster/frames/frame.ts";
import { GatewayLinks } from "../../lib/cluster/gateway/gateway-links.ts";
import { type GatewaysLink, linkParts } from "../../lib/cluster/leader/link-notes.ts";
import { LinkTakeover } from "../../lib/cluster/leader/link-takeover.ts";
import type { RemoteLinksContext } from "../../lib/cluster/leader/remote-link.ts";
import { RemoteLinks } from "../../lib/cluster/leader/remote-links.ts";
import { decodeRecord, type RecordedPart, type TurnRecord } from "../../lib/cluster/log/record.ts";
import { RecordAppender } from "../../lib/cluster/log/record-appender.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";
import { TurnRecorder } from "../../lib/cluster/log/turn-recorder.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import type { WireLine } from "../../lib/protocol/wire/lines.ts";
import { ConnectionPlaces } from "../../lib/transport/connection-places.ts";
import { FlushScheduler } from "../../lib/transport/flush-scheduler.ts";
import { lineConnections, type SessionTakeover } from "../../lib/transport/line-connections.ts";
import { TurnQueue } from "../../lib/transport/turn-queue.ts";

/**
 * Gateways whose leader is replaced: each leader runs an echo server, which stores every line in a log and sends it back. A
 * line that begins with "wait" is done only when the play says so, and one that is "quit" ends its session.
 */

/** What was stored of one line, or of the end of a session. */
export interface StoredLine {
  readonly of: string;
  readonly text: string;
}

/** A person's end of a connection to a gateway. */
export class Peer implements Link {
  readonly host = "peer.test";
  readonly secure = true;
  readonly certificate = null;
  readonly address: string;
  received = "";
  isOpen = true;
  isReading = true;

  constructor(address: string) {
    this.address = address;
  }

  /** The lines that were received. */
  get lines(): readonly string[] {
    return this.received.split("\r\n").slice(0, -1);
  }

  send(bytes: Uint8Array): void {
    if (this.isOpen) this.received += Buffer.from(bytes);
  }

  close(lastWords: Uint8Array = new Uint8Array(0)): void {
    this.send(lastWords);
    this.isOpen = false;
  }

  drop(): void {
    this.isOpen = false;
  }

  setReading(on: boolean): void {
    this.isReading = on;
  }
}

class EchoSession {
  readonly link: Link;
  lineCount: number;
  linesRun = 0;
  readonly waiting: string[] = [];
  isOpen = true;

  constructor(link: Link, lineCount = 0) {
    this.link = link;
    this.lineCount = lineCount;
  }
}

class EchoServer implements SessionInput<EchoSession>, SessionTakeover<EchoSession> {
  readonly sessions = new Set<EchoSession>();
  readonly changed = new Set<EchoSession>();
  readonly #append: (line: StoredLine) => void;

  constructor(append: (line: StoredLine) => void) {
    this.#append = append;
  }

  open(link: Link): EchoSession {
    return this.#add(new EchoSession(link));
  }

  takeUp(link: Link, note: unknown): EchoSession {
    if (link.address === "unreadable") throw new Error("a note that can't be read");
    return this.#add(new EchoSession(link, (note as { note: number }).note));
  }

  linesDone({ linesRun, waiting }: EchoSession): number {
    return linesRun - waiting.length;
  }

  isIdle({ waiting }: EchoSession): boolean {
    return waiting.length === 0;
  }

  receive(session: EchoSession, line: WireLine): void {
    if (!session.isOpen) return;
    session.linesRun += 1;
    const text = line.kind === "text" ? line.text : `<${line.kind}>`;
    if (session.waiting.length > 0 || text.startsWith("wait")) session.waiting.push(text);
    else this.#run(session, text);
  }

  /** Lets the lines run that wait. */
  release(session: EchoSession): void {
    for (const text of session.waiting.splice(0)) if (session.isOpen) this.#run(session, text);
  }

  /** The parts of the sessions that have changed: how many lines they have run. */
  takeParts(): RecordedPart[] {
    const changed = [...this.changed];
    this.changed.clear();
    return changed.flatMap((session) =>
      // The cast: all links are a gateway's here.
      linkParts(session.link as GatewaysLink, { note: session.isOpen ? session.lineCount : null }),
    );
  }

  close(session: EchoSession, why: string): void {
    if (!session.isOpen) return;
    session.isOpen = false;
    this.sessions.delete(session);
    this.#store(session, `closed: ${why}`);
    session.link.close();
  }

  inputBytesMax(): number {
    return Number.POSITIVE_INFINITY;
  }

  noise(): void {}
  resume(): void {}
  relieve(): void {}

  #add(session: EchoSession): EchoSession {
    this.sessions.add(session);
    this.changed.add(session);
    return session;
  }

  #run(session: EchoSession, text: string): void {
    session.lineCount += 1;
    if (text === "quit") return this.close(session, "quit");
    this.#store(session, text);
    session.link.send(Buffer.from(`${text}\r\n`));
  }

  #store(session: EchoSession, text: string): void {
    this.#append({ of: session.link.address, text });
    this.changed.add(session);
  }
}

/** Runs what was put off to the end of a turn. */
class TurnEnd {
  #queue: (() => void)[] = [];

  add = (run: () => void): void => void this.#queue.push(run);

  run(): boolean {
    const queue = this.#queue;
    this.#queue = [];
    for (const run of queue) run();
    return queue.length > 0;
  }
}

/** The log of one leader after the other, and the folder's files. */
export class StageLog implements Pick<RecordLog, "append" | "entryBytesMax" | "hasRoom"> {
  readonly entryBytesMax = 1 << 20;
  readonly entries: Uint8Array[] = [];
  /** What the files have. */
  readonly files: StoredLine[] = [];

  append({ bytes, after }: AppendRequest, done: (outcome: AppendOutcome) => void): void {
    if (after !== this.entries.length) return done({ kind: "fenced" });
    this.entries.push(Uint8Array.from(bytes));
    done({ kind: "appended", sequence: this.entries.length });
  }

  hasRoom(): boolean {
    return true;
  }

  recordsAfter(sequence: number): TurnRecord<unknown, unknown>[] {
    return this.entries.slice(sequence).map((bytes) => {
      const decoded = decodeRecord(bytes, null);
      if ("unreadable" in decoded || decoded.record.kind !== "turn") throw new Error("no record");
      return decoded.record;
    });
  }

  /** All lines that were stored of a peer. */
  storedOf({ address }: Peer): string[] {
    return this.lines.filter(({ of }) => of === address).map(({ text }) => text);
  }

  get lines(): StoredLine[] {
    return this.recordsAfter(0).flatMap(linesOfRecord);
  }
}

function linesOfRecord({ changes }: TurnRecord<unknown, unknown>): StoredLine[] {
  return changes.flatMap((change) =>
    change.kind === "event" ? [lineIn({ event: JSON.parse(change.stored) })] : [],
  );
}

/** A leader. It is gone when `isDead` is set: then nothing leaves it. */
export class Leader {
  readonly turnEnd = new TurnEnd();
  readonly server: EchoServer;
  readonly takeover: LinkTakeover;
  readonly remotes: RemoteLinks[] = [];
  readonly #context: RemoteLinksContext;
  isDead = false;
  readonly failures: unknown[] = [];
  /** Dies when so many more records and frames were written. */
  writesLeft = Number.POSITIVE_INFINITY;

  constructor(log: StageLog) {
    const timing = {
      ...{ now: () => 0, atTurnEnd: this.turnEnd.add },
      after: (_: number, run: () => void) => this.turnEnd.add(run),
    };
    const scheduler = new FlushScheduler(() => this.#record(recorder), undefined, timing);
    const soft = new SoftParts();
    for (const record of log.recordsAfter(0)) soft.follow(record);
    const recorder: TurnRecorder = new TurnRecorder({
      appender: new RecordAppender(
        {
          entryBytesMax: log.entryBytesMax,
          append: (request, done) => this.#write(() => log.append(request, done)),
        },
        log.entries.length,
      ),
      ...{ log, term: 1, seal: null, numbers: { people: 0, accounts: 0 }, canStore: () => true },
      formatEvent: (event) => `${JSON.stringify(event)}\n`,
      takeConsumed: () => this.remotes.flatMap((remote) => remote.takeConsumed()),
      takeSoftState: () => ({ parts: this.server.takeParts(), told: [], upMs: 1 }),
      soft,
      store: (changes) => {
        if (this.isDead) return;
        for (const change of changes) if (change.kind === "event") log.files.push(lineIn(change));
      },
      failed: ({ kind }) => {
        throw new Error(kind);
      },
      schedule: (flushable) => scheduler.schedule(flushable),
    });
    // What another leader had in the log, and not in the files yet.
    log.files.splice(0, log.files.length, ...log.lines);
    this.server = new EchoServer((line) => {
      // The cast: all that the recorder looks at is there.
      recorder.append({ conversation: "room.tea", ...line } as unknown as RoomEvent);
    });
    const turns = new TurnQueue(undefined, timing);
    const connectionLog = {
      ...{ refused() {}, broken() {} },
      failed: (error: unknown) => void this.failures.push(error),
    };
    const handlers = lineConnections(this.server, turns, connectionLog, this.server);
    this.takeover = new LinkTakeover({
      ...{ noted: soft.noted, closed: soft.closed, handlers, hostOf: () => "h", lead() {} },
      retell: (links, afterRecord) => {
        for (const { of, text } of log.recordsAfter(afterRecord).flatMap(linesOfRecord)) {
          const link = links.find(({ address }) => address === of);
          link?.send(Buffer.from(`${text}\r\n`));
        }
        return true;
      },
    });
    this.#context = {
      ...{ handlers, takeover: this.takeover, hostOf: () => "h", owedBytes: null },
      ...{ flushScheduler: scheduler, lastRecord: () => recorder.lastSequence },
      places: new ConnectionPlaces({
        ...{ max: 1000, perAddressMax: 1000, isExempt: () => false },
        elapsed: () => 0 as ElapsedMs,
      }),
    };
  }

  /** A gateway has connected; `down` takes the frames for it. */
  connect(down: (frame: Uint8Array) => void): RemoteLinks {
    const remote = new RemoteLinks(this.#context, (frame) => this.#write(() => down(frame)));
    this.remotes.push(remote);
    return remote;
  }

  #write(write: () => void): void {
    if (this.isDead) return;
    this.writesLeft -= 1;
    // It dies before the call returns.
    if (this.writesLeft <= 0) this.isDead = true;
    write();
  }

  #record(recorder: TurnRecorder): Promise<void> | undefined {
    return this.isDead ? new Promise(() => {}) : recorder.record();
  }
}

/** The cast: events here are lines. */
function lineIn({ event }: { readonly event: unknown }): StoredLine {
  const { of, text } = event as StoredLine;
  return { of, text };
}

/** A gateway with its peers, and the bytes under way between it and the leader. */
export class StageGateway {
  readonly turnEnd = new TurnEnd();
  readonly links: GatewayLinks;
  readonly peers = new Set<Peer>();
  up: Uint8Array[] = [];
  readonly down: Uint8Array[] = [];
  upReader = new FrameReader();
  downReader = new FrameReader();

  /** @param write takes the frames for the leader, if they aren't to wait in `up` */
  constructor(id: string, write?: (frame: Uint8Array) => void) {
    const push = (frame: Uint8Array): void => void this.up.push(frame.slice());
    this.links = new GatewayLinks(id, write ?? push, this.turnEnd.add);
  }

  /** Ends the sockets that the gateway has closed. */
  endClosed(): void {
    for (const peer of [...this.peers].filter(({ isOpen }) => !isOpen)) this.close(peer);
  }

  open(peer: Peer): void {
    this.peers.add(peer);
    this.links.handlers.open(peer);
  }

  close(peer: Peer): void {
    peer.isOpen = false;
    this.peers.delete(peer);
    this.links.handlers.close(peer, "Left");
  }
}

/** Some gateways, and one leader after the other. */
export class LeaderStage {
  readonly log = new StageLog();
  readonly gateways = ["a", "b"].map((id) => new StageGateway(id));
  leader: Leader | null = null;

  constructor() {
    for (const { links } of this.gateways) links.leaderLost();
  }

  storedOf(peer: Peer): string[] {
    return this.log.storedOf(peer);
  }

  open(peer: Peer, index: number): void {
    this.gateways[index]?.open(peer);
  }

  send(peer: Peer, text: string): void {
    this.#gatewayOf(peer)?.links.handlers.data(peer, Buffer.from(text));
  }

  close(peer: Peer): void {
    this.#gatewayOf(peer)?.close(peer);
  }

  /** The leader dies. What it wrote arrives: of a gateway's frames the first `arriving`. */
  kill(arriving: () => number = () => Number.POSITIVE_INFINITY): void {
    if (this.leader !== null) this.leader.isDead = true;
    this.leader = null;
    for (const gateway of this.gateways) {
      gateway.down.splice(arriving());
      while (this.#stepDown(gateway)) {}
      gateway.up = [];
      gateway.upReader = new FrameReader();
      gateway.downReader = new FrameReader();
      gateway.links.leaderLost();
    }
  }

  /** Another leader begins with what is in the log. */
  start(): void {
    const leader = new Leader(this.log);
    this.leader = leader;
    for (const { down } of this.gateways) leader.connect((frame) => void down.push(frame.slice()));
    for (const { links } of this.gateways) links.leaderCame();
  }

  /** Lets one of the things happen that can happen; `choice` is any number. Returns whether there was any. */
  step(choice: number): boolean {
    const steps = this.gateways.flatMap((gateway) => [
      () => gateway.turnEnd.run(),
      () => this.#stepUp(gateway),
      () => this.#stepDown(gateway),
    ]);
    steps.push(() => this.leader?.turnEnd.run() ?? false);
    for (const gateway of this.gateways) gateway.endClosed();
    const isMoved = steps.some((_, n) => steps[(choice + n) % steps.length]?.() === true);
    if (this.leader?.isDead === true) this.kill();
    return isMoved;
  }

  settle(): void {
    for (let n = 0; this.step(n); n += 1) {}
  }

  #stepUp(gateway: StageGateway): boolean {
    const frame = this.leader === null ? undefined : gateway.up.shift();
    if (frame === undefined) return false;
    const remote = this.leader?.remotes[this.gateways.indexOf(gateway)];
    for (const entries of gateway.upReader.push(frame)) remote?.receive(entries);
    frame.fill(0);
    return true;
  }

  #stepDown(gateway: StageGateway): boolean {
    const frame = gateway.down.shift();
    if (frame === undefined) return false;
    for (const entries of gateway.downReader.push(frame)) gateway.links.receive(entries);
    frame.fill(0);
    return true;
  }

  #gatewayOf(peer: Peer): StageGateway | undefined {
    return this.gateways.find(({ peers }) => peers.has(peer));
  }
}
