import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import type { TurnRecord } from "../../lib/cluster/log/record.ts";
import { RecordStream } from "../../lib/cluster/log/record-stream.ts";
import { SealedTexts } from "../../lib/cluster/log/sealed-texts.ts";
import { Seal } from "../../lib/cluster/seal.ts";
import { parseStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { mapPassword } from "../../lib/protocol/opaque-string.ts";
import type { MemoryEngine } from "../memory-engine.ts";
import { hashOf } from "../scene.ts";
import { KEY } from "./replica-node.ts";

/** That of the members of a `TalkingCrowd`. */
const PASSWORD_HASH = hashOf(mapPassword("open sesame street"));

/** What the log has of a conversation: its events, and the sequences of their records. */
type LoggedEvents = { readonly event: RoomEvent; readonly sequence: number }[];

/** The log of a cluster, as whoever has its key reads it. Throws for one that nodes which obey each other don't write. */
export class LoggedTalk {
  /** The lines of all messages. */
  readonly lines = new Set<string>();
  terms = 0;
  /** The sequence of the last record that takes a message back; 0 for none. */
  takenBack = 0;
  /** How long the service was up at most, as a record has it. */
  upMs = 0;
  readonly #conversations = new Map<string, LoggedEvents>();
  readonly #stream = new RecordStream(new Seal(KEY));
  readonly #texts = new SealedTexts(new Seal(KEY));
  #read = 0;
  #term = 0;
  #number = 0;
  #hasYielded = false;

  /** Reads what is new. */
  read(entries: MemoryEngine["entries"]): void {
    for (; this.#read < entries.length; this.#read += 1) {
      const entry = entries[this.#read];
      // Whoever keeps the log's machine doesn't have the nodes' key.
      if (entry && Buffer.from(entry.bytes).includes(PASSWORD_HASH)) {
        throw new Error("anybody can read a password's hash in the log");
      }
      const logged = entry ? this.#stream.push(entry) : null;
      if (logged === null) continue;
      const { record, sequence } = logged;
      if (record.kind === "lead") {
        [this.#term, this.#number, this.#hasYielded] = [sequence, 0, false];
        this.terms += 1;
        continue;
      }
      if (record.kind === "unknown") throw new Error("the log has an unknown record");
      const { term, number } = record;
      if (term !== this.#term) throw new Error(`the log has two terms: ${term} in ${this.#term}`);
      if (this.#hasYielded) throw new Error(`the log has ${number} after a yield`);
      if (record.kind === "yield") {
        this.#hasYielded = true;
        continue;
      }
      if (number !== this.#number + 1) {
        throw new Error(`the log has ${number} after ${this.#number}`);
      }
      this.#number = number;
      if (record.upMs > 0 && record.upMs < this.upMs) {
        throw new Error(`the service's clock went back from ${this.upMs} to ${record.upMs}`);
      }
      this.upMs = Math.max(this.upMs, record.upMs);
      this.#take(record, sequence);
    }
  }

  /** Returns what a folder, or a server, has that the log hasn't; `null` for nothing. */
  problemOf(conversation: string, events: readonly RoomEvent[]): string | null {
    const logged = this.#conversations.get(conversation) ?? [];
    for (const [index, { position, time, kind }] of events.entries()) {
      const own = logged[index]?.event;
      if (own?.position === position && own.time === time && own.kind === kind) continue;
      return `${conversation} has ${kind} at ${position}, where the log has ${own?.kind ?? "nothing"}`;
    }
    return null;
  }

  /** Returns the position of a conversation's last event up to a sequence of the log. */
  positionAt(conversation: string, sequence: number): number {
    const logged = this.#conversations.get(conversation) ?? [];
    return logged.findLast((entry) => entry.sequence <= sequence)?.event.position ?? 0;
  }

  #take(record: TurnRecord<unknown, unknown>, sequence: number): void {
    const parts = record.parts.map(({ value }) => value);
    for (const value of [...record.told, ...parts]) this.#takeTexts(this.#texts.open(value));
    for (const change of record.changes) {
      if (change.kind !== "event") continue;
      const stored = parseStoredEvent(change.stored, change.conversation as ConversationId);
      if (stored.kind !== "event") throw new Error(`the log has ${change.stored}`);
      const { event } = stored;
      const events = this.#conversations.get(change.conversation) ?? [];
      this.#conversations.set(change.conversation, events);
      const last = events.at(-1)?.event.position ?? 0;
      if (event.position !== last + 1) {
        throw new Error(
          `the log has ${event.position} after ${last} in ${change.conversation}: ${change.stored}`,
        );
      }
      events.push({ event, sequence });
      if (event.kind === "redacted" || event.kind === "edited") this.takenBack = sequence;
      this.#takeLines(event);
    }
  }

  /** Those that are written to no disk: of a service without histories, and between guests. */
  #takeTexts(value: unknown): void {
    for (const [place, line] of SealedTexts.linesIn(value) ?? []) {
      const stored = parseStoredEvent(line, place.split(" ", 1)[0] as ConversationId);
      if (stored.kind === "event") this.#takeLines(stored.event);
    }
    if (typeof value !== "object" || value === null) return;
    if ("text" in value) this.lines.add(String(value.text));
    for (const inner of Object.values(value)) this.#takeTexts(inner);
  }

  #takeLines(event: RoomEvent): void {
    if (event.kind !== "said" && event.kind !== "edited") return;
    for (const line of event.text.split("\n")) this.lines.add(line);
  }
}

/** Returns a message of a `TalkingCrowd` that a folder's files have; `null` for none. */
export function messageIn(folder: string): string | null {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  for (const path of paths) {
    const [message] = /"(m\d+-\d+|w\d+)"/.exec(readFileSync(path, "latin1")) ?? [];
    if (message !== undefined) return message;
  }
  return null;
}

/** Returns the events of each history of a data folder, in whole lines. Those that were removed at both ends are missing. */
export function historiesIn(folder: string): Map<string, RoomEvent[]> {
  const histories = join(folder, "history");
  const names = existsSync(histories) ? readdirSync(histories) : [];
  return new Map(names.map((name) => [name, eventsIn(join(histories, name), name)]));
}

function eventsIn(folder: string, name: string): RoomEvent[] {
  const days = readdirSync(folder).filter((file) => file.endsWith(".jsonl"));
  const lines = days
    .sort()
    .flatMap((day) => readFileSync(join(folder, day), "utf8").split("\n").slice(0, -1));
  return lines.flatMap((line) => {
    const stored = parseStoredEvent(line, name as ConversationId);
    return stored.kind === "event" ? [stored.event] : [];
  });
}
