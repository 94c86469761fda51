import type { ClientState } from "../../../chat-client/client-state.ts";
import type { ChatView, ScreenCache } from "../draw/chat-view.ts";
import type { Effect } from "../effect.ts";
import type { UiState } from "../ui-state.ts";

/** What a key is pressed in. */
export interface KeyContext {
  readonly state: ClientState;
  readonly ui: UiState;
  /** The frame that the person sees. */
  readonly view: ChatView;
  readonly cache: ScreenCache;
  /** Names of commands, for Tab. */
  readonly commands: readonly string[];
  /** The cure for the late syllable: a setting. */
  readonly holdSubmit: boolean;
}

export interface KeyResult {
  readonly ui: UiState;
  readonly effects: readonly Effect[];
}
