import type { AppPorts } from "../app-ports.ts";
import { parseRecord } from "../saved/saved-state.ts";
import type { ScriptStore } from "./script-types.ts";

/** What a script may store, as JSON. */
export const STORE_UNITS_MAX = 256 << 10;
/** How long a change waits for others, so that a counter doesn't write a file for each message. */
const WRITE_AFTER_MS = 1000;

/** Owns what one script stores from run to run: JSON values by name, written a second after a change. */
export class ScriptStorage implements ScriptStore {
  /** Each value as JSON: what a script does to a value that it got or gave changes nothing here. */
  readonly #values = new Map<string, string>();
  readonly #ports: Pick<AppPorts, "after">;
  readonly #write: (content: object) => void;
  #stopWriting: (() => void) | null = null;

  /** @param content what was written the last time, unchecked */
  constructor(ports: Pick<AppPorts, "after">, content: unknown, write: (content: object) => void) {
    this.#ports = ports;
    this.#write = write;
    const { values } = parseRecord(content, isAnything);
    for (const [name, value] of Object.entries(parseRecord(values, isAnything))) {
      this.#values.set(name, JSON.stringify(value));
    }
  }

  get<Value>(name: string): Value | undefined {
    const json = this.#values.get(name);
    return json === undefined ? undefined : (JSON.parse(json) as Value);
  }

  set(name: string, value: unknown): void {
    const json: string | undefined = JSON.stringify(value);
    if (json === undefined) throw new TypeError(`"${name}" is no JSON value`);
    const before = this.#values.get(name);
    let units = name.length + json.length;
    for (const [each, stored] of this.#values) {
      if (each !== name) units += each.length + stored.length;
    }
    if (units > STORE_UNITS_MAX) throw new RangeError("the store is full (256 KiB)");
    this.#values.set(String(name), json);
    if (json !== before) this.#writeLater();
  }

  delete(name: string): void {
    if (this.#values.delete(name)) this.#writeLater();
  }

  get names(): readonly string[] {
    return [...this.#values.keys()];
  }

  /** Writes what has changed now. */
  flush(): void {
    if (this.#stopWriting === null) return;
    this.#stopWriting();
    this.#stopWriting = null;
    const values = [...this.#values].map(([name, json]) => [name, JSON.parse(json)]);
    this.#write({ values: Object.fromEntries(values) });
  }

  #writeLater(): void {
    this.#stopWriting ??= this.#ports.after(WRITE_AFTER_MS, () => this.flush());
  }
}

function isAnything(_value: unknown): _value is unknown {
  return true;
}
