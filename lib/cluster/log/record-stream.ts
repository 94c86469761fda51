import { UnreadableRecord } from "../../protocol/unreadable-record.ts";
import type { LogEntry, LogFollower, RecordLog } from "../engine.ts";
import type { Seal } from "../seal.ts";
import { PieceJoiner } from "./pieces.ts";
import { decodeRecord, type ReadRecord, type TurnRecord } from "./record.ts";

/** A record of the log, whole. */
export interface LoggedRecord {
  /** The sequence of its last entry. */
  readonly sequence: number;
  readonly record: ReadRecord;
}

/** Makes records of the entries of a log. */
export class RecordStream {
  readonly #seal: Seal | null;
  readonly #joiner = new PieceJoiner();

  /** @param seal the cluster's key; `null` where records aren't sealed */
  constructor(seal: Seal | null) {
    this.#seal = seal;
  }

  /**
   * Takes the next entry. Returns the record that is whole by it; `null` when more of it is to come. Throws
   * {@link UnreadableRecord} for one that can't be read: who follows the log must not go on behind it.
   */
  push({ sequence, bytes }: LogEntry): LoggedRecord | null {
    const whole = this.#joiner.push(bytes);
    if (whole === null) return null;
    const decoded = decodeRecord(whole, this.#seal);
    if ("unreadable" in decoded) throw new UnreadableRecord(decoded.unreadable, decoded.isNewer);
    return { sequence, record: decoded.record };
  }
}

/** A turn of a log. */
export interface LoggedTurn {
  readonly sequence: number;
  readonly record: TurnRecord<unknown, unknown>;
}

/**
 * Reads the turns of a log after a sequence, up to and including another one. Resolves to `null` when the log doesn't have
 * all of them any more; not at all while it can't be reached.
 */
export function turnsBetween(
  log: Pick<RecordLog, "follow">,
  seal: Seal | null,
  after: number,
  upTo: number,
): Promise<LoggedTurn[] | null> {
  const stream = new RecordStream(seal);
  const turns: LoggedTurn[] = [];
  return new Promise((resolve) => {
    let end = (): void => {};
    let isOver = false;
    const finish = (read: LoggedTurn[] | null): void => {
      isOver = true;
      end();
      resolve(read);
    };
    end = log.follow(after, {
      entry(entry) {
        if (isOver) return;
        try {
          const logged = entry.sequence > upTo ? null : stream.push(entry);
          if (logged?.record.kind === "turn") turns.push({ ...logged, record: logged.record });
        } catch {
          return finish(null);
        }
        if (entry.sequence >= upTo) finish(turns);
      },
      atEnd: () => finish(turns),
      lost: () => finish(null),
    });
    if (isOver) end();
  });
}

/**
 * Returns the turns of a log after a sequence. The log has to hand over at once what it has, as a file does. What was cut
 * was heard by all gateways that were there then, and is passed over.
 */
export function turnsAfter(
  log: Pick<RecordLog, "follow">,
  sequence: number,
): TurnRecord<unknown, unknown>[] {
  const stream = new RecordStream(null);
  const turns: TurnRecord<unknown, unknown>[] = [];
  const follower: LogFollower = {
    entry(entry) {
      const record = stream.push(entry)?.record;
      if (record?.kind === "turn") turns.push(record);
    },
    lost: ({ first }) => log.follow(first - 1, { entry: follower.entry })(),
  };
  log.follow(sequence, follower)();
  return turns;
}
