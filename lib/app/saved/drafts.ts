/** What was typed and not sent waits in its conversation, in the next run, too. */
import type { ClientState } from "../../chat-client/client-state.ts";
import type { Folded } from "../../protocol/names.ts";
import { replaceText } from "../../terminal/editor.ts";
import type { AppPorts } from "../app-ports.ts";
import {
  type ConversationView,
  EMPTY_UI,
  type UiState,
  viewOf,
  withView,
} from "../chat-screen/ui-state.ts";
import { entriesOf, isText } from "./saved-state.ts";

/** By conversation. */
export type Drafts = Readonly<Record<string, string>>;

/** Conversations whose drafts are kept for one person on one server; nobody writes in more at once. */
export const DRAFTS_MAX = 100;
/** UTF-16 units of one draft; a longer one is a document, and is kept up to here. */
export const DRAFT_LENGTH_MAX = 20_000;

/** What was said and never reached the server, by conversation, in its order. */
export type Unsent = ReadonlyMap<Folded, readonly string[]>;

const NOTHING: Unsent = new Map();

/**
 * What waits on the screen, below what couldn't be sent. No commands: they may hold a room's key.
 */
export function draftsOf({ views }: UiState, unsent: Unsent = NOTHING): Drafts {
  const keys = new Set([...views.keys(), ...unsent.keys()]);
  const drafts = [...keys].flatMap((key): [string, string][] => {
    const waiting = unsent.get(key)?.join("\n") ?? "";
    const half = halfTyped(views.get(key));
    // Said anew, a slash in front is doubled: it is no command.
    const said = waiting.startsWith("/") ? `/${waiting}` : waiting;
    const text = [said, half].filter((part) => part !== "").join("\n");
    return text === "" ? [] : [[key, text.slice(0, DRAFT_LENGTH_MAX).toWellFormed()]];
  });
  return Object.fromEntries(drafts.slice(-DRAFTS_MAX));
}

function halfTyped(look: ConversationView | undefined): string {
  const text = look?.editor.text ?? "";
  const isCommand = text.startsWith("/") && !text.startsWith("//");
  return text.trim() === "" || isCommand ? "" : text;
}

/**
 * Of what was said here, what waits for a connection, or whose fate nobody knows: it may have
 * arrived, and whoever finds it in the line again sees above whether it has.
 */
export function unsentIn({ conversations }: Pick<ClientState, "conversations">): Unsent {
  const unsent = new Map<Folded, string[]>();
  for (const { key, lines } of conversations.values()) {
    const waiting = lines.filter(({ status }) => status === "queued" || status === "unsure");
    if (waiting.length > 0)
      unsent.set(
        key,
        waiting.map(({ text }) => text),
      );
  }
  return unsent;
}

/** How many messages that are. */
export function unsentCount(unsent: Unsent): number {
  return [...unsent.values()].reduce((sum, texts) => sum + texts.length, 0);
}

/** The screen with what was typed in the last run. */
export function withDrafts(ui: UiState, drafts: Drafts): UiState {
  return Object.entries(drafts).reduce((before, [key, text]) => {
    // It was a key when it was kept.
    const one = key as Folded;
    return withView(before, one, { editor: replaceText(viewOf(before, one).editor, text) });
  }, ui);
}

/** Writes drafts down a moment after they change. */
export class DraftKeeper {
  readonly kept: Drafts;
  readonly #ports: DraftPorts;
  readonly #place: string;
  readonly #unsent: () => Unsent;
  #written: Drafts;
  #stop: (() => void) | null = null;
  #ui: UiState | null = null;

  /** `place`: `draftPlace` of whose they are; `unsent`: what waits for the server now. */
  constructor(ports: DraftPorts, place: string, unsent: () => Unsent = () => NOTHING) {
    this.#ports = ports;
    this.#place = place;
    this.#unsent = unsent;
    this.kept = draftsIn(ports.readDrafts(), place);
    this.#written = this.kept;
  }

  /** Call at each key. */
  changed(ui: UiState): void {
    if (ui.views === this.#ui?.views) return;
    this.#ui = ui;
    this.linesChanged();
  }

  /** Call when a line may have been sent, or couldn't be. */
  linesChanged(): void {
    this.#stop ??= this.#ports.after(KEEP_MS, () => this.keep(this.#ui ?? EMPTY_UI));
  }

  /** Writes them down now. */
  keep(ui: UiState): void {
    this.#stop?.();
    this.#stop = null;
    const drafts = draftsOf(ui, this.#unsent());
    if (Bun.deepEquals(drafts, this.#written)) return;
    this.#written = drafts;
    // Another client may have written meanwhile.
    this.#ports.writeDrafts(fileWith(this.#ports.readDrafts(), this.#place, drafts));
  }
}

type DraftPorts = Pick<AppPorts, "readDrafts" | "writeDrafts" | "after">;

/** What a crash may cost; the file is written at most so often. */
const KEEP_MS = 1000;

/** One person on one server: two people may share a device. */
export function draftPlace(place: string, account: string | null): string {
  return `${account ?? ""}@${place}`;
}

/** Of a file that somebody may have edited, what can be used for this place. */
export function draftsIn(value: unknown, place: string): Drafts {
  return entriesOf(entriesOf(value, isRecord)[place], isText);
}

/** The file's next content: other people and other servers keep theirs. */
export function fileWith(value: unknown, place: string, drafts: Drafts): object {
  const { [place]: _, ...others } = entriesOf(value, isRecord);
  return Object.keys(drafts).length === 0 ? others : { ...others, [place]: drafts };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
