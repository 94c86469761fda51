import type { Link, SessionInput } from "../chat-server/server-ports.ts";
import { FROM_CLIENT, LineReader, type WireLine } from "../protocol/wire/lines.ts";
import type { RejectedConnectionsLog } from "./rejected-connections-log.ts";
import type { LinkHandlers } from "./socket-link.ts";
import type { TurnQueue } from "./turn-queue.ts";

/** Bytes that are cut into lines at once: a read of 512 KB may hold a hundred thousand lines. */
const PIECE_BYTES = 4096;

/** A read that completes no line counts as so many bytes that are in none: a thirtieth of a line. */
const NOISE_BYTES_PER_READ = 16;

/** A connection is not read from while more than this waits for its turn. */
const INPUT_BYTES_MAX = 64 * 1024;
/** The same of a connection that isn't a member's, of which there may be thousands. */
const OTHERS_INPUT_BYTES_MAX = 8 * 1024;

/** The events of connections that the server logs. */
interface ConnectionLog extends RejectedConnectionsLog {
  /** Handling a connection threw. */
  failed(error: unknown): void;
}

/** How sessions outlive their server. */
export interface SessionTakeover<Session> {
  /**
   * Goes on with a session that another server had, of which that wrote `note`. `unheard` are the lines that it has run,
   * while the peer may not have got the answers.
   */
  takeUp(link: Link, note: unknown, unheard: readonly string[]): Session;
  /** Returns how many of the session's lines are done: the others may be given to another server. */
  linesDone(session: Session): number;
  /** Whether the session runs nothing, and holds no line that it is yet to run. */
  isIdle(session: Session): boolean;
}

/**
 * Returns link handlers for the chat server: each link becomes a session, and its bytes become lines. Of many
 * lines that arrive together, a few run at a time, so that all connections that have lines are served in rounds. The end
 * of a connection is such a turn as well: hundreds may break at once.
 *
 * @param takeover left out where no other server has, or gets, the connections
 */
export function lineConnections<Session>(
  inbound: SessionInput<Session>,
  turns: TurnQueue,
  log: ConnectionLog,
  takeover?: SessionTakeover<Session>,
): LinkHandlers {
  /** Those of which the session isn't closed. */
  const connections = new Map<Link, LineConnection<Session>>();
  // One for all: there may be tens of thousands of connections.
  const options = {
    ...{ inbound, turns, failed: log.failed },
    ended: (link: Link): void => void connections.delete(link),
    ...(takeover !== undefined && { takeover }),
  };
  const begin = (link: Link, session: Session): LineConnection<Session> => {
    const connection = new LineConnection(link, session, options);
    connections.set(link, connection);
    return connection;
  };
  return {
    open(link) {
      begin(link, inbound.open(link));
    },
    takeUp(link, note, isInLine, unheard) {
      if (takeover === undefined) return link.close();
      const lines = unheard.length === 0 ? [] : new LineReader(FROM_CLIENT).push(unheard);
      const texts = lines.flatMap((line) => ("text" in line ? line.text : []));
      const connection = begin(link, takeover.takeUp(link, note, texts));
      if (isInLine) connection.skipLine();
    },
    linesDone: (link) => connections.get(link)?.linesDone ?? Infinity,
    isIdle: (link) => connections.get(link)?.isIdle ?? true,
    data(link, bytes) {
      connections.get(link)?.received(bytes);
    },
    close(link, why) {
      connections.get(link)?.ended(why);
    },
    evict(link, reason) {
      connections.get(link)?.closeSession(reason);
    },
    overflow(link) {
      connections.get(link)?.closeSession("Reading too slowly");
    },
    drained(link) {
      connections.get(link)?.drained();
    },
    refused: log.refused,
    broken: log.broken,
    failed: (_, error) => log.failed(error),
  };
}

/** What each {@link LineConnection} needs. */
interface LineConnectionOptions<Session> {
  readonly inbound: SessionInput<Session>;
  readonly turns: TurnQueue;
  readonly takeover?: SessionTakeover<Session>;
  /** Its session is closed. */
  ended(link: Link): void;
  /** Handling it threw. */
  failed(error: unknown): void;
}

/** One link with its session. Owns what arrived and has not been run. */
class LineConnection<Session> {
  readonly #link: Link;
  readonly #session: Session;
  readonly #inbound: SessionInput<Session>;
  readonly #options: LineConnectionOptions<Session>;
  readonly #reader: LineReader;
  /** Lines that wait for their turn: the newest first, so that the next one is popped from the end. */
  #lines: WireLine[] = [];
  /** Where they begin, if the link asks. */
  #starts: number[] = [];
  /** What arrived behind them, and is not cut into lines yet. */
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #isPaused = false;
  /** Whether it is in the queue of turns. */
  #isQueued = false;
  /** Its job there, while it is: most have no second line that waits, and many links send nothing for hours. */
  #job: (() => void) | null = null;
  /** Why the connection ended; its last lines are run before. */
  #endReason: string | null = null;

  constructor(link: Link, session: Session, options: LineConnectionOptions<Session>) {
    this.#link = link;
    this.#inbound = options.inbound;
    this.#options = options;
    this.#session = session;
    this.#reader = new LineReader(FROM_CLIENT, link.noteLine !== undefined);
  }

  /** How many of the lines that the session was given are done. */
  get linesDone(): number {
    return this.#options.takeover?.linesDone(this.#session) ?? Infinity;
  }

  /** Whether everything that arrived was run, as far as it can be. */
  get isIdle(): boolean {
    return !this.#hasWork && (this.#options.takeover?.isIdle(this.#session) ?? true);
  }

  /** Passes over the rest of a line that another server found too long. */
  skipLine(): void {
    this.#reader.skipLine();
  }

  received(bytes: Uint8Array): void {
    if (this.#pieceBytes + bytes.length > this.#inbound.inputBytesMax(this.#session)) {
      this.#pieces = [];
      this.#pieceBytes = 0;
      this.closeSession("Excess Flood");
      return;
    }
    if (this.#isQueued || bytes.length > PIECE_BYTES) this.#keep(bytes);
    else {
      this.#lines = this.#read(bytes);
      // Whoever sends each letter by itself costs a read for each.
      if (this.#lines.length === 0) this.#inbound.noise(this.#session, NOISE_BYTES_PER_READ);
    }
    const [line] = this.#lines;
    // The usual case: a line that arrives alone is this connection's share of the round.
    const isAlone = line !== undefined && this.#lines.length === 1 && !this.#isQueued;
    if (!isAlone || !this.#options.turns.runNow(() => this.#receiveNext())) {
      if (this.#hasWork) this.#queue();
    }
    this.#countInput();
  }

  ended(why: string): void {
    this.#endReason = why;
    this.#queue();
  }

  closeSession(why: string): void {
    this.#inbound.close(this.#session, why);
  }

  drained(): void {
    this.#inbound.resume(this.#session);
  }

  get #hasWork(): boolean {
    return this.#lines.length > 0 || this.#pieces.length > 0;
  }

  /** Copies bytes, whose owner uses them again. */
  #keep(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice());
    this.#pieceBytes += bytes.length;
  }

  #queue(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#job ??= () => this.#takeTurn();
    this.#options.turns.add(this.#job, this.#link.isMembers);
  }

  #takeTurn(): void {
    this.#isQueued = false;
    try {
      this.#options.turns.runShare(() => this.#receiveNext());
      if (this.#hasWork) this.#queue();
      else {
        this.#job = null;
        if (this.#endReason !== null) this.#end(this.#endReason);
      }
    } catch (error) {
      this.#options.failed(error);
      this.#link.close();
      if (this.#endReason !== null) this.#options.ended(this.#link);
    }
    this.#countInput();
  }

  #end(why: string): void {
    this.#inbound.close(this.#session, why);
    this.#options.ended(this.#link);
  }

  /** Runs the next line. Returns whether there is more to do. */
  #receiveNext(): boolean {
    const line = this.#nextLine();
    if (line !== undefined) {
      const start = this.#starts.pop();
      if (start !== undefined) this.#link.noteLine?.(start);
      this.#inbound.receive(this.#session, line);
    }
    return this.#hasWork;
  }

  /** Returns the next line; `undefined` when the next piece completes none. */
  #nextLine(): WireLine | undefined {
    if (this.#lines.length === 0) {
      const first = this.#pieces[0];
      if (first === undefined) return undefined;
      const piece = first.subarray(0, PIECE_BYTES);
      if (piece.length === first.length) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(PIECE_BYTES);
      this.#pieceBytes -= piece.length;
      this.#lines = this.#read(piece);
    }
    return this.#lines.pop();
  }

  /** Cuts bytes into lines, the newest first. */
  #read(bytes: Uint8Array): WireLine[] {
    const lines = this.#reader.push(bytes).reverse();
    this.#starts = this.#reader.takeStarts().reverse();
    const noiseBytes = this.#reader.takeNoise();
    if (noiseBytes > 0) this.#inbound.noise(this.#session, noiseBytes);
    return lines;
  }

  #countInput(): void {
    this.#link.inputBytes = this.#pieceBytes + this.#reader.bufferedBytes;
    const nextStart = this.#starts.at(-1);
    if (nextStart !== undefined) this.#link.noteInput?.(nextStart, false);
    else this.#link.noteInput?.(this.#reader.readTo, this.#reader.isSkipping);
    // They arrived together with the line that began a file: they belong to it, and can't be given back.
    if (this.#link.inputBytes > 0 && this.#inbound.inputBytesMax(this.#session) === 0) {
      return this.closeSession("Bytes came too soon");
    }
    const isFull =
      this.#pieceBytes > OTHERS_INPUT_BYTES_MAX &&
      (this.#pieceBytes > INPUT_BYTES_MAX || !this.#link.isMembers);
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    this.#link.setReading?.(!isFull);
  }
}
