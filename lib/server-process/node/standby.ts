import type { RoomEvent } from "../../chat-server/event.ts";
import type { Server } from "../../chat-server/server.ts";
import type { PersonChange } from "../../chat-server/server-ports.ts";
import type { StoredChange } from "../../chat-server/takeover/follow.ts";
import type { JournalNumbers, TurnRecord } from "../../cluster/log/record.ts";
import type { LoggedTurn } from "../../cluster/log/record-stream.ts";
import type { SoftParts } from "../../cluster/log/soft-parts.ts";
import type { TurnChange } from "../../cluster/log/turn-recorder.ts";
import type { DataFolder } from "../../file-manager/data-folder.ts";
import type { LoggedChange } from "../../file-manager/record-log/logged-changes.ts";
import { readRecordedChange } from "../../file-manager/record-log/recorded-changes.ts";
import type { ElapsedMs } from "../../protocol/time.ts";

/** Gateways are given up that were silent for a quarter of it. */
const RECENT_MS = 60_000;
const RECENT_MAX = 40_000;

type Turn = TurnRecord<unknown, unknown>;

/** What {@link Standby} needs of its node. */
interface StandbyOptions {
  readonly server: Server;
  readonly data: Pick<DataFolder, "numbers" | "store" | "hasEvent">;
  /** What the log says of soft state up to where the folder has it. */
  readonly soft: SoftParts;
  /** Up to where the folder has it. */
  readonly position: number;
  /** Called when changes are in the log, with the sequence of their record. */
  recorded(changes: readonly TurnChange[], sequence: number): void;
  /** Reads the monotonic clock. */
  elapsed(): ElapsedMs;
}

/** A change of a record that is followed. */
interface FollowedChange {
  readonly change: TurnChange;
  /** Whether the server has it for sure. */
  readonly isApplied: boolean;
  /** Whether the files have it. */
  readonly isStored: boolean;
}

/** The numbers of the last lines of the journals, by the kind of change. */
type LastNumbers = Record<Exclude<LoggedChange["kind"], "event">, number>;

/** Applies the leader's records to a node's server, folder and soft state. */
export class Standby {
  readonly #options: StandbyOptions;
  /** Numbers of the last lines of the journals, with those that are being written. */
  #people: number;
  #accounts: number;
  #recent: (LoggedTurn & { readonly atMs: ElapsedMs })[] = [];
  #remembersAfter: number;
  /** Settles when everything is in the folder's files. */
  #stored: Promise<void> = Promise.resolve();

  constructor(options: StandbyOptions) {
    const { server, data, soft, position } = options;
    this.#options = options;
    this.#remembersAfter = position;
    this.#people = data.numbers.people;
    this.#accounts = data.numbers.accounts;
    server.takeover.follow({ changes: [], parts: soft.serverParts, upMs: soft.upMs });
  }

  /** The numbers of the last changes of the journals: those that are being written, too, which the files don't count yet. */
  get numbers(): JournalNumbers {
    return { people: this.#people, accounts: this.#accounts };
  }

  /** Resolves when everything that was followed so far is in the folder's files. */
  get stored(): Promise<void> {
    return this.#stored;
  }

  /** All turns after this sequence are remembered. */
  get remembersAfter(): number {
    return this.#remembersAfter;
  }

  /** Returns the turns after a sequence that are remembered. */
  turnsAfter(sequence: number): Turn[] {
    return this.#recent.filter((turn) => turn.sequence > sequence).map(({ record }) => record);
  }

  /** Takes the turns between a sequence and those that are remembered. */
  recall(after: number, turns: readonly LoggedTurn[]): void {
    const atMs = this.#options.elapsed();
    this.#recent = [...turns.map((turn) => ({ ...turn, atMs })), ...this.#recent];
    this.#remembersAfter = after;
  }

  /** Remembers no turn any more. Call it when gateways were told again what they had missed. */
  forget(): void {
    this.#forget(this.#recent.length);
  }

  /**
   * Takes the next record. What the folder has already is passed over. Throws `UnreadableRecord`, and changes nothing then:
   * a node that went on without a change would be another one than its leader.
   */
  follow(record: Turn, sequence: number): void {
    const { server, data, soft, elapsed, recorded } = this.#options;
    const changes = this.#followedChanges(record.changes);
    const now = elapsed();
    this.#recent.push({ record, sequence, atMs: now });
    if (this.#recent.length > RECENT_MAX || now - (this.#recent[0]?.atMs ?? now) > 2 * RECENT_MS) {
      const firstRecent = this.#recent.findIndex(({ atMs }) => now - atMs < RECENT_MS);
      // What gateways have heard, but for those that were given up.
      this.#forget(Math.max(firstRecent, this.#recent.length - RECENT_MAX / 2));
    }
    const news = changes.flatMap(({ change, isStored }) => (isStored ? [] : [change]));
    // Before it is applied: a node that fails at it begins again, and finds it in its files.
    if (news.length > 0) this.#stored = data.store(news);
    const parts = record.parts.flatMap((part) => soft.serverPart(part));
    soft.follow(record);
    const unapplied = changes.filter(({ isApplied }) => !isApplied);
    const applied = unapplied.flatMap(({ change }) => storedChanges(change));
    server.takeover.follow({ changes: applied, parts, upMs: record.upMs });
    // Also what the folder had: the node that wrote it may have died before it said what is to leave the log.
    recorded(
      changes.map(({ change }) => change),
      sequence,
    );
  }

  /** Forgets so many of the oldest turns. */
  #forget(count: number): void {
    this.#remembersAfter = this.#recent[count - 1]?.sequence ?? this.#remembersAfter;
    this.#recent = this.#recent.slice(count);
  }

  /** Returns the changes, and what of them is done already. */
  #followedChanges(logged: readonly LoggedChange[]): FollowedChange[] {
    const numbers = { person: this.#people, accounts: this.#accounts };
    const changes = logged.flatMap((change) => this.#followedChange(change, numbers) ?? []);
    this.#people = numbers.person;
    this.#accounts = numbers.accounts;
    return changes;
  }

  #followedChange(logged: LoggedChange, numbers: LastNumbers): FollowedChange | null {
    const isStored = logged.kind !== "event" && logged.number <= numbers[logged.kind];
    if (logged.kind !== "event" && !isStored) numbers[logged.kind] = logged.number;
    const read = readRecordedChange(logged);
    const [first] = read;
    if (first === undefined) return null;
    if (first.kind === "event" && logged.kind === "event") {
      const isKnown = this.#isKnown(first.event);
      const change = { ...first, line: `${logged.stored}\n` };
      return { change, isApplied: isKnown, isStored: isKnown };
    }
    if (first.kind === "person") {
      // People.journal may be ahead of the rooms: what it says of a room that the server didn't have yet was passed over
      // when the folder was read. Applying a person change twice makes no difference, but for a marker's time.
      const isApplied = isStored && this.#isMarked(first.change);
      return { change: first, isApplied, isStored };
    }
    const change = { kind: "accounts", changes: read.flatMap(accountChange) } as const;
    return { change, isApplied: isStored, isStored };
  }

  /**
   * Whether a read marker that the files have was applied in its place: it reaches no further than the newest event there
   * was, and later ones are there now.
   */
  #isMarked(change: PersonChange): boolean {
    if (change.kind !== "marked") return false;
    const position = this.#options.server.state.rooms.byId(change.conversation)?.position ?? 0;
    return (change.at ?? position) < position;
  }

  #isKnown({ conversation, position }: RoomEvent): boolean {
    const { server, data } = this.#options;
    const known = server.state.rooms.byId(conversation);
    if (known !== null) return position <= known.position;
    // Of what has ended only the files know.
    return data.hasEvent({ conversation, position });
  }
}

function storedChanges(change: TurnChange): readonly StoredChange[] {
  if (change.kind !== "accounts") return [change];
  return change.changes.map((each) => ({ kind: "account", change: each }));
}

function accountChange(stored: StoredChange) {
  return stored.kind === "account" ? [stored.change] : [];
}
