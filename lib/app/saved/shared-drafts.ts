/** Drafts that follow the account to its other devices, if the user wants that (the setting `share-drafts`). */
import { keepsPreferences } from "../../chat-client/server-names.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import type { Folded } from "../../protocol/names.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import { replaceText } from "../../terminal/editor.ts";
import type { AppPorts } from "../app-ports.ts";
import { type UiState, viewOf, withView } from "../chat-screen/ui-state.ts";
import { isCommandLine } from "../slash/slash-command.ts";

/** From a change to its sharing: somebody who types for a minute shares it a few times, and not at each word. */
const SHARE_DELAY_MS = 4000;
/** Bytes of a draft as the server stores it (PREFERENCE_VALUE_BYTES_MAX). A longer one stays on its device. */
const DRAFT_BYTES_MAX = 300;

/** Drafts by the key of their conversation. */
type Texts = Readonly<Record<string, string>>;

/** Owns what was shared last, by this device or another. */
export class SharedDrafts {
  readonly #session: Pick<ChatSession, "state" | "preferences">;
  readonly #ports: Pick<AppPorts, "after">;
  readonly #isOn: () => boolean;
  readonly #shared = new Map<Folded, string>();
  #texts: Texts = {};
  #stopTimer: (() => void) | null = null;

  constructor(
    session: Pick<ChatSession, "state" | "preferences">,
    ports: Pick<AppPorts, "after">,
    isOn: () => boolean,
  ) {
    this.#session = session;
    this.#ports = ports;
    this.#isOn = isOn;
  }

  /** Takes the drafts as they are now, and shares them a moment later. */
  changed(texts: Texts): void {
    this.#texts = texts;
    if (this.#canShare)
      this.#stopTimer ??= this.#ports.after(SHARE_DELAY_MS, () => this.shareNow());
  }

  /** Shares what has changed since the last time. */
  shareNow(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    if (!this.#canShare) return;
    const keys = new Set([...Object.keys(this.#texts), ...this.#shared.keys()] as Folded[]);
    for (const key of keys) {
      const conversation = this.#session.state.conversations.get(key);
      const text = shareable(this.#texts[key] ?? "");
      if (conversation === undefined || text === (this.#shared.get(key) ?? "")) continue;
      this.#shared.set(key, text);
      this.#session.preferences.set(key, "draft", encode(text));
    }
  }

  /**
   * Returns the screen's state with what another device has shared since the last call. What was typed here and not
   * shared yet stays.
   */
  apply(ui: UiState): UiState {
    if (!this.#isOn()) return ui;
    const { conversations, preferences } = this.#session.state;
    let next = ui;
    for (const key of conversations.keys()) {
      const shared = decode(preferences.get(key, "draft") ?? "");
      // No device of the user shares a command. A server that does wants Enter to run it.
      const text = isCommandLine(shared) ? "" : shared;
      const before = this.#shared.get(key) ?? "";
      if (text === before) continue;
      this.#shared.set(key, text);
      const { editor, outside, editTarget } = viewOf(next, key);
      // In a thread and while a message is edited the input line is another one.
      if (outside !== null || editTarget !== null || editor.text !== before) continue;
      next = withView(next, key, { editor: replaceText(editor, text) });
      this.#texts = { ...this.#texts, [key]: text };
    }
    return next;
  }

  get #canShare(): boolean {
    const { state } = this.#session;
    return this.#isOn() && keepsPreferences(state) && state.phase.kind === "ready";
  }
}

/** Returns a draft as it is shared: "" for one that is too long. */
function shareable(text: string): string {
  return utf8Bytes(encode(text)) > DRAFT_BYTES_MAX ? "" : text;
}

/** A value is one line on the wire. */
function encode(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function decode(value: string): string {
  return value.replace(/\\(n|\\)/g, (_, letter: string) => (letter === "n" ? "\n" : "\\"));
}
