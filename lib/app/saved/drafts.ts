/** Drafts: text that was typed and not sent stays in its conversation, also in the next run. */
import type { ClientState } from "../../chat-client/client-state.ts";
import type { Folded } from "../../protocol/names.ts";
import { isServiceName } from "../../protocol/wire/secret-params.ts";
import { EMPTY_EDITOR, replaceText } from "../../terminal/editor.ts";
import type { AppPorts } from "../app-ports.ts";
import { draftOutside, threadDraftsOf } from "../chat-screen/input-places.ts";
import { EMPTY_UI, type UiState, viewOf, withView } from "../chat-screen/ui-state.ts";
import { isCommandLine } from "../slash/slash-command.ts";
import { isText, parseRecord } from "./saved-state.ts";
import type { SharedDrafts } from "./shared-drafts.ts";

/** Conversations with a saved draft, for one account on one server; more than anyone writes in at once. */
export const DRAFTS_MAX = 100;
/** UTF-16 units of one draft. A longer one is a document, and is cut here. */
export const DRAFT_LENGTH_MAX = 20_000;
/** Drafts are written when nothing was typed for so long: syncing the file can hold up a letter by several frames. */
const PAUSE_MS = 1500;
/** How often a pause is waited for again: of what is typed without one, a crash can lose ten seconds. */
const MORE_PAUSES_MAX = 6;

/** Between a conversation's key and the root of a thread; neither a name nor a msgid has it. */
const THREAD_SEPARATOR = "\n";

/** Texts by conversation key; of a thread, by that and its root. */
export type Drafts = Readonly<Record<string, string>>;

/** Texts of messages that never reached the server, by conversation, oldest first. */
export type Unsent = ReadonlyMap<Folded, readonly string[]>;

const NONE_UNSENT: Unsent = new Map();

type DraftPorts = Pick<AppPorts, "readDrafts" | "writeDrafts" | "after">;

/**
 * Collects the drafts of all conversations: unsent messages first, then what is in the editor. Commands are left
 * out, since they may hold a room's key, and so are edits of sent messages, which would be sent as new ones.
 */
function draftsOf({ views }: UiState, unsent: Unsent = NONE_UNSENT): Drafts {
  const keys = [...new Set([...views.keys(), ...unsent.keys()])];
  const drafts = keys.flatMap((key): [string, string][] => {
    const view = views.get(key);
    const message = unsent.get(key)?.join("\n") ?? "";
    // A doubled slash sends a message that begins with one; a single slash would make it a command.
    const escaped = message.startsWith("/") ? `/${message}` : message;
    const own = view === undefined ? "" : messageText(draftOutside(view));
    const text = [escaped, own].filter((part) => part !== "").join("\n");
    const threads = view === undefined ? [] : [...threadDraftsOf(view)];
    const texts: [string, string][] = [
      [key, text],
      ...threads.map(([root, { text: typed }]): [string, string] => [
        `${key}${THREAD_SEPARATOR}${root}`,
        messageText(typed),
      ]),
    ];
    const typed = texts.filter(([, draft]) => draft !== "");
    // A key with a space belongs to a conversation that was set aside. The next run doesn't have it. To services
    // people write passwords.
    if (typed.length === 0 || key.includes(" ") || isServiceName(key)) return [];
    return typed.map(([name, draft]) => [name, draft.slice(0, DRAFT_LENGTH_MAX).toWellFormed()]);
  });
  return Object.fromEntries(drafts.slice(-DRAFTS_MAX));
}

function messageText(text: string): string {
  return text.trim() === "" || isCommandLine(text) ? "" : text;
}

/**
 * Collects the user's messages that wait for a connection or whose delivery is unknown. The latter may have
 * arrived: if so, the history above the editor shows it.
 */
export function unsentIn({ conversations }: Pick<ClientState, "conversations">): Unsent {
  const unsent = new Map<Folded, string[]>();
  for (const { key, lines } of conversations.values()) {
    const texts = lines
      .filter(({ status }) => status === "queued" || status === "unsure")
      .map(({ text }) => text);
    if (texts.length > 0) unsent.set(key, texts);
  }
  return unsent;
}

/** Counts the unsent messages. */
export function unsentCount(unsent: Unsent): number {
  return [...unsent.values()].reduce((sum, texts) => sum + texts.length, 0);
}

/** Returns the screen's state with each draft in the editor of its conversation. */
export function withDrafts(ui: UiState, drafts: Drafts): UiState {
  return Object.entries(drafts).reduce((state, [name, text]) => {
    // It was a conversation's key when it was saved, or that and the root of one of its threads.
    const [conversation = "", root] = name.split(THREAD_SEPARATOR);
    const key = conversation as Folded;
    if (root !== undefined) {
      const { threadDrafts } = viewOf(state, key);
      const editor = replaceText(EMPTY_EDITOR, text);
      return withView(state, key, { threadDrafts: new Map(threadDrafts).set(root, editor) });
    }
    return withView(state, key, { editor: replaceText(viewOf(state, key).editor, text) });
  }, ui);
}

/** Writes the drafts of one account on one server to the drafts file, in a pause of typing. */
export class DraftAutosave {
  /** The drafts that the file held at the start. */
  readonly saved: Drafts;
  readonly #ports: DraftPorts;
  readonly #owner: string;
  readonly #unsent: () => Unsent;
  readonly #shared: SharedDrafts | null;
  #written: Drafts;
  #stopTimer: (() => void) | null = null;
  /** Whether something has changed since the timer was started. */
  #hasChanged = false;
  #ui: UiState | null = null;

  /**
   * @param owner whose drafts they are: see `draftOwner`
   * @param unsent returns the messages that are unsent now
   * @param shared the drafts of the account's other devices
   */
  constructor(
    ports: DraftPorts,
    owner: string,
    unsent: () => Unsent = () => NONE_UNSENT,
    shared: SharedDrafts | null = null,
  ) {
    this.#ports = ports;
    this.#owner = owner;
    this.#unsent = unsent;
    this.#shared = shared;
    this.saved = parseDrafts(ports.readDrafts(), owner);
    this.#written = this.saved;
  }

  /** Takes the screen's state after each key. Returns at once when no conversation's view has changed. */
  changed(ui: UiState): void {
    if (ui.views === this.#ui?.views) return;
    this.#ui = ui;
    this.linesChanged();
  }

  /** Schedules a write: a message may have been sent, or may have failed. */
  linesChanged(): void {
    this.#hasChanged = true;
    if (this.#stopTimer === null) this.#awaitPause(MORE_PAUSES_MAX);
  }

  #awaitPause(morePauses: number): void {
    this.#hasChanged = false;
    this.#stopTimer = this.#ports.after(PAUSE_MS, () => {
      if (this.#hasChanged && morePauses > 0) this.#awaitPause(morePauses - 1);
      else this.write(this.#ui ?? EMPTY_UI);
    });
  }

  /** Writes the drafts now, if they differ from what was written last. */
  write(ui: UiState): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    // What is unsent waits on this device, and is sent from here.
    this.#shared?.changed(draftsOf(ui));
    const drafts = draftsOf(ui, this.#unsent());
    if (Bun.deepEquals(drafts, this.#written)) return;
    this.#written = drafts;
    // Read again, since another client on this machine may have written meanwhile.
    this.#ports.writeDrafts(mergeDrafts(this.#ports.readDrafts(), this.#owner, drafts));
  }

  /** Returns the screen's state with the drafts of the account's other devices. */
  withShared(ui: UiState): UiState {
    const next = this.#shared?.apply(ui) ?? ui;
    // Else the next write, and the next sharing, would bring back what was there before.
    if (next !== ui) this.changed(next);
    return next;
  }

  /** Writes the drafts now, and shares them: the connection is about to end. */
  close(ui: UiState): void {
    this.write(ui);
    this.#shared?.shareNow();
  }
}

/** Returns the key of an account's drafts in the file: two people may use the same device and server. */
export function draftOwner(server: string, account: string | null): string {
  return `${account ?? ""}@${server}`;
}

/** Returns whether the file has drafts of anybody on a server. `server`: see `serverKey`. */
export function hasDrafts(ports: Pick<AppPorts, "readDrafts">, server: string): boolean {
  return draftOwners(ports.readDrafts()).some(([owner]) => owner.endsWith(`@${server}`));
}

/** Removes the drafts of everybody on a server. `server`: see `serverKey`. */
export function forgetDrafts(
  ports: Pick<AppPorts, "readDrafts" | "writeDrafts">,
  server: string,
): void {
  const others = draftOwners(ports.readDrafts()).filter(([owner]) => !owner.endsWith(`@${server}`));
  ports.writeDrafts(Object.fromEntries(others));
}

/** Returns the file's entries, by owner. */
function draftOwners(json: unknown): [string, unknown][] {
  return Object.entries(parseRecord(json, isAnything));
}

function isAnything(_value: unknown): _value is unknown {
  return true;
}

/** Reads one owner's drafts from the file's JSON, which may have been edited by hand. */
function parseDrafts(json: unknown, owner: string): Drafts {
  return parseRecord(parseRecord(json, isRecord)[owner], isText);
}

/** Returns the file's next content: one owner's drafts are replaced, and all others stay. */
function mergeDrafts(json: unknown, owner: string, drafts: Drafts): object {
  const { [owner]: _, ...others } = parseRecord(json, isRecord);
  return Object.keys(drafts).length === 0 ? others : { ...others, [owner]: drafts };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
