import type { ClientConversation } from "../../chat-client/client-state.ts";
import type { AppPorts } from "../app-ports.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { Words } from "../i18n/words.ts";
import type { InputTable } from "../input-table.ts";
import { addScriptCommand, addScriptKey } from "./script-input.ts";
import { type PlaceActs, scriptServer } from "./script-places.ts";
import type { ScriptStorage } from "./script-storage.ts";
import type {
  Done,
  ScriptCommand,
  ScriptEvents,
  ScriptMessage,
  ScriptPlace,
  SentAs,
  ShownAs,
  Sodam,
  Undo,
} from "./script-types.ts";

/** Nobody sees a shorter pause in the chat. */
const SLOW_MS = 100;
/** A script that holds up the chat so often doesn't get better. */
const SLOW_CALLS_MAX = 10;
/** Two scripts that answer each other must not fill a room. */
const SAID_MAX = 20;
const SAID_WITHIN_MS = 10_000;
/** A timer that fires more often would leave no time for the chat. */
const EVERY_MS_MIN = 100;
/** Timers take no more, and fire at once for more: 24 days. */
const TIMER_MS_MAX = 2 ** 31 - 1;
const STATUS_UNITS_MAX = 40;

/** What a script needs of the client. */
export interface ScriptWorld extends Pick<PlaceActs, "note"> {
  readonly ports: Pick<AppPorts, "after" | "elapsed" | "now">;
  readonly language: string;
  servers(): readonly ServerConnection[];
  /** What the table of commands and keys needs; see script-input.ts. */
  readonly input: InputTable;
  readonly words: Words;
  /** The conversation on screen, as a script sees it. */
  currentPlace(script: RunningScript): ScriptPlace | null;
  noteHere(text: string): void;
  /** Runs a part of a script so that what it does later is known as its own. */
  runAs<Result>(script: RunningScript, action: () => Result): Result;
  /** How messages are shown has changed. */
  changed(): void;
  redraw(): void;
  failed(script: RunningScript, error: unknown): void;
  slow(script: RunningScript, ms: number): void;
}

type Listeners = {
  [Kind in keyof ScriptEvents]: Set<(event: ScriptEvents[Kind]) => Done>;
};

/** One script that is switched on: it owns all that the script has registered. */
export class RunningScript implements PlaceActs {
  readonly name: string;
  /** Its file, as traces of errors name it. */
  readonly path: string;
  readonly door: Sodam;
  readonly commands = new Set<ScriptCommand>();
  readonly keys = new Map<string, (place: ScriptPlace) => Done>();
  readonly shownHooks = new Set<(message: ScriptMessage) => ShownAs | undefined>();
  readonly sentHooks = new Set<(text: string, place: ScriptPlace) => SentAs>();
  readonly #listeners: Listeners = {
    message: new Set(),
    mentioned: new Set(),
    joined: new Set(),
    left: new Set(),
    ready: new Set(),
  };
  readonly #timers = new Set<Undo>();
  readonly #undos = new Set<Undo>();
  readonly #world: ScriptWorld;
  readonly #store: ScriptStorage;
  /** When it said its last texts. */
  #saidElapsedMs: number[] = [];
  #slowCalls = 0;
  #isOn = true;
  status = "";

  constructor(
    { name, path }: Pick<RunningScript, "name" | "path">,
    world: ScriptWorld,
    store: ScriptStorage,
  ) {
    this.name = name;
    this.path = path;
    this.#world = world;
    this.#store = store;
    this.door = this.#makeDoor();
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** How often it has held up the chat for too long. */
  get isTooSlow(): boolean {
    return this.#slowCalls >= SLOW_CALLS_MAX;
  }

  /**
   * Runs a part of the script. What it throws, now or later, switches the script off; `undefined` then. Waits for
   * nothing.
   */
  call<Result>(action: () => Result): Result | undefined {
    if (!this.#isOn) return undefined;
    const { ports } = this.#world;
    const startElapsedMs = ports.elapsed();
    try {
      const result = this.#world.runAs(this, action);
      if (result instanceof Promise) {
        result.catch((error: unknown) => this.#world.failed(this, error));
      }
      return result;
    } catch (error) {
      this.#world.failed(this, error);
      return undefined;
    } finally {
      const ms = ports.elapsed() - startElapsedMs;
      if (ms > SLOW_MS && this.#isOn) {
        this.#slowCalls += 1;
        this.#world.slow(this, ms);
      }
    }
  }

  /** Tells the script of an event. */
  emit<Kind extends keyof ScriptEvents>(kind: Kind, event: ScriptEvents[Kind]): void {
    for (const listener of [...this.#listeners[kind]]) this.call(() => listener(event));
  }

  /** Whether it wants to know of any of these events. */
  listensTo(...kinds: (keyof ScriptEvents)[]): boolean {
    return kinds.some((kind) => this.#listeners[kind].size > 0);
  }

  /** Ends the script: removes all that it registered, and keeps what it does later from having an effect. */
  unload(): void {
    this.#isOn = false;
    for (const stop of [...this.#timers]) stop();
    for (const undo of this.#undos) undo();
    for (const all of [this.commands, this.shownHooks, this.sentHooks]) all.clear();
    for (const listeners of Object.values(this.#listeners)) listeners.clear();
    this.status = "";
    this.#store.flush();
  }

  say(
    connection: ServerConnection,
    conversation: ClientConversation,
    text: string,
    replyTo: string | null,
  ): void {
    const said = checkText(text, "what is said").normalize("NFC");
    if (conversation.kind === "server") throw new TypeError("nothing can be said to a server");
    if (!this.#isOn || said.trim() === "" || !this.#world.servers().includes(connection)) return;
    const elapsedMs = this.#world.ports.elapsed();
    this.#saidElapsedMs = this.#saidElapsedMs.filter((each) => elapsedMs - each < SAID_WITHIN_MS);
    if (this.#saidElapsedMs.length >= SAID_MAX) {
      throw new RangeError(`it said more than ${SAID_MAX} texts within ${SAID_WITHIN_MS / 1000} s`);
    }
    this.#saidElapsedMs.push(elapsedMs);
    const options = replyTo === null ? {} : { replyTo: checkText(replyTo, "an id") };
    connection.session.commands.say(conversation.name, said, options);
  }

  note(connection: ServerConnection, conversation: ClientConversation, text: string): void {
    checkText(text, "a note");
    if (this.#isOn) this.#world.note(connection, conversation, text);
  }

  #makeDoor(): Sodam {
    const script = this;
    const world = this.#world;
    const { ports } = world;
    return {
      name: this.name,
      get language() {
        return world.language;
      },
      get servers() {
        return world.servers().map((connection) => scriptServer(connection, script));
      },
      get current() {
        return world.currentPlace(script);
      },
      command: (command) => this.#addCommand(command),
      key: (key, action) => {
        checkFunction(action, "key");
        return this.#keepUndo(addScriptKey(world, this, checkText(key, "a key"), action));
      },
      beforeShown: (hook) => this.#addShown(checkFunction(hook, "beforeShown")),
      beforeSent: (hook) => this.#addTo(this.sentHooks, checkFunction(hook, "beforeSent")),
      on: (kind, listener) => {
        if (!Object.hasOwn(this.#listeners, kind)) throw new TypeError(`no event "${kind}"`);
        return this.#addTo(this.#listeners[kind], checkFunction(listener, "on"));
      },
      note: (text) => {
        checkText(text, "a note");
        if (this.#isOn) world.noteHere(text);
      },
      status: (text) => {
        const next = checkText(text, "a status").slice(0, STATUS_UNITS_MAX);
        if (!this.#isOn || next === this.status) return;
        this.status = next;
        world.redraw();
      },
      after: (ms, action) => this.#addTimer(ms, checkFunction(action, "after"), false),
      every: (ms, action) => this.#addTimer(ms, checkFunction(action, "every"), true),
      now: () => ports.now(),
      store: this.#store,
    };
  }

  #addCommand(command: ScriptCommand): Undo {
    const { name, aliases = [], usage = "" } = command;
    checkFunction(command.run, "run");
    for (const text of [name, ...aliases, usage, command.help]) checkText(text, "a command");
    const remove = this.#keepUndo(addScriptCommand(this.#world, this, command));
    if (this.#isOn) this.commands.add(command);
    return () => {
      remove();
      this.commands.delete(command);
    };
  }

  /** Takes back at the end what the script doesn't take back itself. */
  #keepUndo(remove: Undo): Undo {
    this.#undos.add(remove);
    if (!this.#isOn) remove();
    return () => {
      this.#undos.delete(remove);
      remove();
    };
  }

  #addTo<Entry>(entries: Set<Entry>, entry: Entry): Undo {
    if (!this.#isOn) return () => {};
    entries.add(entry);
    return () => void entries.delete(entry);
  }

  /** Adds a hook that changes how messages are shown: each is drawn anew then. */
  #addShown(hook: (message: ScriptMessage) => ShownAs | undefined): Undo {
    const remove = this.#addTo(this.shownHooks, hook);
    this.#world.changed();
    return () => {
      remove();
      this.#world.changed();
    };
  }

  #addTimer(ms: number, action: () => Done, isRepeated: boolean): Undo {
    if (!this.#isOn) return () => {};
    const least = isRepeated ? EVERY_MS_MIN : 0;
    const delayMs = Math.min(Math.max(least, Number.isNaN(ms) ? least : ms), TIMER_MS_MAX);
    let stopTimer = (): void => {};
    const stop = (): void => {
      stopTimer();
      this.#timers.delete(stop);
    };
    const start = (): void => {
      stopTimer = this.#world.ports.after(delayMs, () => {
        if (!this.#timers.has(stop)) return;
        if (!isRepeated) this.#timers.delete(stop);
        this.call(action);
        if (isRepeated && this.#timers.has(stop)) start();
      });
    };
    this.#timers.add(stop);
    start();
    return stop;
  }
}

/** Nobody checks the types of a script before it runs. */
function checkText(value: unknown, what: string): string {
  if (typeof value !== "string") throw new TypeError(`${what} has to be a text`);
  return value;
}

function checkFunction<Value>(value: Value, what: string): Value {
  if (typeof value !== "function") throw new TypeError(`${what} has to be a function`);
  return value;
}
