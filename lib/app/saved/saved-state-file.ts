import type { SavedState } from "../app-ports.ts";
import { parseSavedState } from "./saved-state.ts";

/** The file: `read` returns its JSON, unchecked, or null; `write` returns whether it was written. */
interface StateFilePort {
  read(): unknown;
  write(content: object): boolean;
}

/**
 * Owns what is saved on this device. Several clients of one person share the file: each writes only what it has changed
 * itself, on top of what another one has written meanwhile.
 *
 * @example
 * const saved = new SavedStateFile(new StateFile(join(folder, "kept.json")));
 * saved.save({ nicks: { ...saved.state.nicks, "irc.example:6697": "mina" } });
 */
export class SavedStateFile {
  readonly #file: StateFilePort;
  #state: SavedState;
  /** What the file had when it was last read or written: everything else in `#state` is this client's change. */
  #base: SavedState;

  constructor(file: StateFilePort) {
    this.#file = file;
    this.#base = parseSavedState(file.read());
    this.#state = this.#base;
  }

  get state(): SavedState {
    return this.#state;
  }

  /** Changes some fields, and writes the file. */
  save(fields: SavedState): void {
    const json = this.#file.read();
    // A file that can't be read says nothing of what another client wants.
    const stored = json === null ? this.#base : parseSavedState(json);
    this.#state = merge(stored, this.#base, { ...this.#state, ...fields }) as SavedState;
    this.#base = this.#file.write(this.#state) ? this.#state : stored;
  }
}

/** Returns `stored` with what has changed from `base` to `own`: entry by entry in records and lists. */
function merge(stored: unknown, base: unknown, own: unknown): unknown {
  if (Bun.deepEquals(base, own)) return stored;
  if (Array.isArray(own)) {
    const removed = listOf(base).filter((item) => !own.includes(item));
    const others = listOf(stored).filter((item) => !own.includes(item) && !removed.includes(item));
    return [...others, ...own];
  }
  if (!isRecord(own)) return own;
  const entries = new Map(Object.entries(recordOf(stored)));
  const before = recordOf(base);
  for (const name of new Set([...Object.keys(before), ...Object.keys(own)])) {
    if (!Object.hasOwn(own, name)) entries.delete(name);
    else entries.set(name, merge(entries.get(name), before[name], own[name]));
  }
  return Object.fromEntries([...entries].filter(([, value]) => value !== undefined));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
