import type { RoomEvent } from "../../chat-server/event.ts";
import type { Server } from "../../chat-server/server.ts";
import type { StoredChange } from "../../chat-server/takeover/follow.ts";
import type { JournalNumbers, TurnRecord } from "../../cluster/log/record.ts";
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
  /** Called when changes are in the log, with the sequence of their record. */
  recorded(changes: readonly TurnChange[], sequence: number): void;
  /** Reads the monotonic clock. */
  elapsed(): ElapsedMs;
}

/** Applies the leader's records to a node's server, folder and soft state. */
export class Standby {
  readonly #options: StandbyOptions;
  /** Numbers of the last lines of the journals, with those that are being written. */
  #people: number;
  #accounts: number;
  #recent: { readonly record: Turn; readonly sequence: number; readonly atMs: ElapsedMs }[] = [];
  /** Settles when everything is in the folder's files. */
  #stored: Promise<void> = Promise.resolve();

  constructor(options: StandbyOptions) {
    const { server, data, soft } = options;
    this.#options = options;
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

  /** Returns the turns after a sequence, as far back as the gateways of a leader that is gone may have missed them. */
  turnsAfter(sequence: number): Turn[] {
    return this.#recent.filter((turn) => turn.sequence > sequence).map(({ record }) => record);
  }

  /**
   * Takes the next record. What the folder has already is passed over. Throws `UnreadableRecord`, and changes nothing then:
   * a node that went on without a change would be another one than its leader.
   */
  follow(record: Turn, sequence: number): void {
    const { server, data, soft, elapsed, recorded } = this.#options;
    const { changes, again } = this.#newChanges(record.changes);
    const now = elapsed();
    this.#recent.push({ record, sequence, atMs: now });
    if (this.#recent.length > RECENT_MAX || now - (this.#recent[0]?.atMs ?? now) > 2 * RECENT_MS) {
      this.#recent = this.#recent
        .filter(({ atMs }) => now - atMs < RECENT_MS)
        .slice(-RECENT_MAX / 2);
    }
    // Before it is applied: a node that fails at it begins again, and finds it in its files.
    if (changes.length > 0) this.#stored = data.store(changes);
    const parts = record.parts.flatMap((part) => soft.serverPart(part));
    soft.follow(record);
    const followed = [...changes.flatMap(storedChanges), ...again];
    server.takeover.follow({ changes: followed, parts, upMs: record.upMs });
    recorded(changes, sequence);
  }

  /**
   * Returns a record's changes as the files take them, without those that they have, and what the server takes again: read
   * markers. Without histories a room that is newer than rooms.json wasn't there when the folder was read. A marker only goes
   * forward, however often it is set.
   */
  #newChanges(logged: readonly LoggedChange[]): {
    readonly changes: readonly TurnChange[];
    readonly again: readonly StoredChange[];
  } {
    const numbers = { person: this.#people, accounts: this.#accounts };
    const changes: TurnChange[] = [];
    const again: StoredChange[] = [];
    for (const entry of logged) {
      if (entry.kind !== "event") {
        if (entry.number <= numbers[entry.kind]) {
          if (entry.kind === "person") again.push(...readRecordedChange(entry).filter(isMarker));
          continue;
        }
        numbers[entry.kind] = entry.number;
      }
      const read = readRecordedChange(entry);
      const [first] = read;
      if (first?.kind === "event" && entry.kind === "event") {
        if (!this.#isKnown(first.event)) changes.push({ ...first, line: `${entry.stored}\n` });
      } else if (first?.kind === "person") changes.push(first);
      else if (entry.kind === "accounts") {
        changes.push({ kind: "accounts", changes: read.flatMap(accountChange) });
      }
    }
    this.#people = numbers.person;
    this.#accounts = numbers.accounts;
    return { changes, again };
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

function isMarker(stored: StoredChange): boolean {
  return stored.kind === "person" && stored.change.kind === "marked";
}

function accountChange(stored: StoredChange) {
  return stored.kind === "account" ? [stored.change] : [];
}
