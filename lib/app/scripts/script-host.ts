/**
 * Owns the user's scripts: loads them, runs them at the right moments, and switches off what fails. It knows the
 * servers that are logged in to, and the chat screen while one is open.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { ClientConversation } from "../../chat-client/client-state.ts";
import { sanitize, sanitizeLines } from "../../terminal/sanitize.ts";
import type { App } from "../app-context.ts";
import type { ScriptFilesPort } from "../app-ports.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { SlashHost } from "../slash/slash-command.ts";
import { RunningScript, type ScriptWorld } from "./running-script.ts";
import { ScriptEventQueue } from "./script-event-queue.ts";
import { describeFault, isWithoutPlace, scriptOfFault } from "./script-fault.ts";
import { ScriptHooks } from "./script-hooks.ts";
import { pressScriptKey } from "./script-input.ts";
import { scriptPlace } from "./script-places.ts";
import { ScriptStorage } from "./script-storage.ts";
// @ts-expect-error Bun hands over the text of the file, which the compiler takes for a module.
import typesText from "./script-types.ts" with { type: "text" };

/** Notes that wait for the chat screen while the menu is shown; with more, the oldest go. */
const WAITING_NOTES_MAX = 30;

/** The chat screen, or append mode, as scripts reach it. */
export interface ScriptScreen {
  current(): { connection: ServerConnection; conversation: ClientConversation } | null;
  /** Shows a note in a conversation; null: in the one on screen. */
  note(
    connection: ServerConnection | null,
    conversation: ClientConversation | null,
    text: string,
    tone: "info" | "bad",
  ): void;
  /** A text in the bar has changed. */
  redraw(): void;
  /** How messages are shown has changed: each is drawn anew. */
  changed(): void;
}

/** A script of the folder, for the list that `/script` shows. */
export interface ListedScript {
  readonly name: string;
  /** "new": it came into the folder since the start. */
  readonly state: "on" | "off" | "new" | "loading" | "failed" | "writable" | "foreign";
  /** Why it failed, or the commands that it has. */
  readonly text: string;
}

type Slot =
  | { readonly kind: "loading"; readonly script: RunningScript }
  | { readonly kind: "on"; readonly script: RunningScript }
  | { readonly kind: "failed"; readonly why: string };

/**
 * Runs the user's scripts.
 *
 * @example
 * const host = new ScriptHost(app, files);
 * host.addServer(connection);
 * const detach = host.attach(screen);
 * await host.start();
 */
export class ScriptHost {
  readonly hooks: ScriptHooks;
  readonly #app: Pick<App, "ports" | "words" | "language" | "input">;
  readonly #files: ScriptFilesPort;
  readonly #slots = new Map<string, Slot>();
  readonly #stores = new Map<string, ScriptStorage>();
  readonly #servers = new Map<ServerConnection, () => void>();
  readonly #running = new AsyncLocalStorage<RunningScript>();
  readonly #events: ScriptEventQueue;
  readonly #world: ScriptWorld;
  readonly #stopStrays: () => void;
  #lastRun: RunningScript | null = null;
  #waitingNotes: ((screen: ScriptScreen) => void)[] = [];
  #screen: ScriptScreen | null = null;

  constructor(app: Pick<App, "ports" | "words" | "language" | "input">, files: ScriptFilesPort) {
    this.#app = app;
    this.#files = files;
    this.#world = this.#makeWorld();
    this.hooks = new ScriptHooks(() => this.#scripts());
    this.#events = new ScriptEventQueue(app.ports, () => this.#scripts());
    this.#stopStrays = files.listen({
      fault: (error) => this.#onStrayFault(error),
      printed: (text) => this.#noteHere(this.#running.getStore()?.name ?? null, text),
    });
  }

  /** Loads every script that isn't switched off. Resolves when each is running or has failed. */
  async start(): Promise<void> {
    const off = this.#switchedOff();
    const scripts = this.#files.list().filter(({ name }) => !off.has(name));
    for (const { name, problem } of scripts) {
      if (problem !== null)
        this.#tell(this.#app.words.scripts.refused[problem](name, this.#files.folder));
    }
    await Promise.all(
      scripts.filter(({ problem }) => problem === null).map((file) => this.#load(file)),
    );
  }

  /** Says that scripts as a whole don't work. */
  report(error: unknown): void {
    this.#tell(describeFault(error, ""));
  }

  /** Ends all scripts, and writes what they store. */
  end(): void {
    for (const name of [...this.#slots.keys()]) this.#unload(name);
    for (const stop of this.#servers.values()) stop();
    this.#servers.clear();
    this.#stopStrays();
  }

  /** Lets scripts take part in a server that the user is logged in to. The returned function ends that. */
  addServer(connection: ServerConnection): () => void {
    const stop = this.#events.listen(connection);
    connection.isHighlighted = (conversation, line) =>
      this.hooks.shownAs(connection, conversation, line)?.highlight === true;
    const remove = (): void => {
      stop();
      connection.isHighlighted = () => false;
      this.#servers.delete(connection);
    };
    this.#servers.set(connection, remove);
    return remove;
  }

  /** Shows scripts' notes on this screen, also those that came before. The returned function ends that. */
  attach(screen: ScriptScreen): () => void {
    this.#screen = screen;
    for (const show of this.#waitingNotes.splice(0)) show(screen);
    return () => {
      if (this.#screen === screen) this.#screen = null;
    };
  }

  /** Runs what a script bound to a key; returns false where it bound nothing. */
  pressKey(slash: Pick<SlashHost, "session" | "conversation">, name: string, key: string): boolean {
    const script = this.#scripts().find((each) => each.name === name);
    return script !== undefined && pressScriptKey(this.#world, script, key, slash);
  }

  /** Texts for the bar above the input line, by the scripts' names. */
  statuses(): string[] {
    return this.#scripts().flatMap(({ status }) => (status === "" ? [] : sanitize(status)));
  }

  /** Where the scripts are. */
  get folder(): string {
    return this.#files.folder;
  }

  /** Returns what is in the folder. A script whose file has gone is ended. */
  list(): ListedScript[] {
    const off = this.#switchedOff();
    const files = this.#files.list();
    for (const name of [...this.#slots.keys()]) {
      if (!files.some((file) => file.name === name)) this.#unload(name);
    }
    return files.map(({ name, problem }): ListedScript => {
      const slot = this.#slots.get(name);
      if (slot === undefined) {
        return { name, state: problem ?? (off.has(name) ? "off" : "new"), text: "" };
      }
      if (slot.kind === "failed") return { name, state: "failed", text: slot.why };
      const commands = [...slot.script.commands].map((command) => `/${command.name}`);
      return { name, state: slot.kind, text: commands.join(" ") };
    });
  }

  /** Switches a script off, also in later runs. */
  switchOff(name: string): void {
    this.#unload(name);
    this.#app.ports.save({ scriptsOff: [...this.#switchedOff().add(name)] });
  }

  /**
   * Switches a script on, also in later runs, or loads it anew. Resolves to what became of it: "failed" is said
   * already.
   */
  async switchOn(name: string): Promise<"running" | "failed" | { readonly problem: string }> {
    const script = this.#files.list().find((each) => each.name === name);
    const { scripts } = this.#app.words;
    const { folder } = this.#files;
    if (script === undefined) return { problem: scripts.none(name, folder) };
    if (script.problem !== null) return { problem: scripts.refused[script.problem](name, folder) };
    const off = this.#switchedOff();
    if (off.delete(name)) this.#app.ports.save({ scriptsOff: [...off] });
    await this.#load(script);
    return this.#slots.get(name)?.kind === "on" ? "running" : "failed";
  }

  /** Writes the types for editors. Returns the path, and why that failed, if it did. */
  writeTypes(): ReturnType<ScriptFilesPort["writeTypes"]> {
    return this.#files.writeTypes(typesText);
  }

  #switchedOff(): Set<string> {
    return new Set(this.#app.ports.saved.scriptsOff);
  }

  /** Loads a script in place of the one that runs. Never rejects: what it throws is told. */
  async #load({ name, path }: Pick<RunningScript, "name" | "path">): Promise<void> {
    this.#unload(name);
    const script = new RunningScript({ name, path }, this.#world, this.#storeOf(name));
    this.#slots.set(name, { kind: "loading", script });
    try {
      const start = await this.#world.runAs(script, () => this.#files.load(name));
      if (!script.isOn) return;
      if (typeof start !== "function") throw new TypeError(this.#app.words.scripts.noFunction);
      this.#slots.set(name, { kind: "on", script });
      script.call(() => start(script.door));
    } catch (error) {
      this.#onFailure(script, error);
    }
    for (const connection of this.#servers.keys()) this.#events.tellReady(script, connection);
  }

  #unload(name: string): void {
    const slot = this.#slots.get(name);
    this.#slots.delete(name);
    if (slot === undefined || slot.kind === "failed") return;
    slot.script.unload();
    this.#changed();
  }

  #storeOf(name: string): ScriptStorage {
    const known = this.#stores.get(name);
    if (known !== undefined) return known;
    const content = this.#files.readStore(name);
    const store = new ScriptStorage(this.#app.ports, content, (values) =>
      this.#files.writeStore(name, values),
    );
    this.#stores.set(name, store);
    return store;
  }

  /** Those that run, by their names. */
  #scripts(): RunningScript[] {
    // Asked for each message, and most people have none.
    if (this.#slots.size === 0) return [];
    return [...this.#slots.values()]
      .flatMap((slot) => (slot.kind === "on" ? slot.script : []))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #makeWorld(): ScriptWorld {
    const app = this.#app;
    return {
      ports: app.ports,
      get language() {
        return app.language;
      },
      servers: () => [...this.#servers.keys()],
      note: (connection, conversation, text) =>
        this.#show((screen) => screen.note(connection, conversation, clean(text), "info")),
      noteHere: (text) => this.#noteHere(null, text),
      runAs: (script, action) => {
        this.#lastRun = script;
        return this.#running.run(script, action);
      },
      input: app.input,
      get words() {
        return app.words;
      },
      currentPlace: (script) => {
        const current = this.#screen?.current() ?? null;
        return current && scriptPlace(current.connection, current.conversation, script);
      },
      changed: () => this.#changed(),
      redraw: () => this.#screen?.redraw(),
      failed: (script, error) => this.#onFailure(script, error),
      slow: (script, ms) => this.#onSlow(script, ms),
    };
  }

  /** Names what a script threw, and switches it off until it is loaded again. */
  #onFailure(
    script: RunningScript,
    error: unknown,
    sentence: (name: string, why: string) => string = this.#app.words.scripts.failed,
  ): void {
    if (!script.isOn) return;
    const why = describeFault(error, script.path);
    script.unload();
    this.#slots.set(script.name, { kind: "failed", why });
    this.#changed();
    this.#tell(sentence(script.name, why));
  }

  #onSlow(script: RunningScript, ms: number): void {
    const { slow, tooSlow } = this.#app.words.scripts;
    if (script.isTooSlow) return this.#onFailure(script, new Error(tooSlow));
    this.#tell(slow(script.name, Math.round(ms)));
  }

  /**
   * Finds out whose an uncaught error is. Without a trace of where it is from, it can only be a script's: most likely of
   * the one that ran last.
   */
  #onStrayFault(error: unknown): boolean {
    const scripts = this.#scripts();
    const script = this.#running.getStore() ?? scriptOfFault(error, scripts);
    if (script !== null) {
      this.#onFailure(script, error);
      return true;
    }
    if (!isWithoutPlace(error) || scripts.length === 0) return false;
    const { likely, failed } = this.#app.words.scripts;
    const last = scripts.find((each) => each === this.#lastRun) ?? scripts[0];
    if (last !== undefined) this.#onFailure(last, error, scripts.length === 1 ? failed : likely);
    return true;
  }

  #tell(text: string): void {
    this.#show((screen) => screen.note(null, null, clean(text), "bad"));
  }

  #noteHere(script: string | null, text: string): void {
    const shown = script === null ? text : `${script}: ${text}`;
    this.#show((screen) => screen.note(null, null, clean(shown), "info"));
  }

  #show(action: (screen: ScriptScreen) => void): void {
    if (this.#screen !== null) return action(this.#screen);
    this.#waitingNotes = [...this.#waitingNotes, action].slice(-WAITING_NOTES_MAX);
  }

  #changed(): void {
    this.hooks.forget();
    this.#screen?.changed();
  }
}

function clean(text: string): string {
  return sanitizeLines(text).join("\n");
}
