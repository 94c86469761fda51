/**
 * What the chat screen itself knows: where one looks, and what is half typed. A value like the
 * editor's; key-bindings.ts makes the next one. What the server said is the ClientState's.
 */
import type { ChatLine, ClientConversation, ClientState } from "../../chat-client/client-state.ts";
import { SERVER_KEY } from "../../chat-client/client-state.ts";
import type { Folded } from "../../protocol/names.ts";
import { type EditorState, EMPTY_EDITOR } from "../../terminal/editor.ts";
import { IDLE, type SubmitState } from "../../terminal/ime-submit.ts";

/** Something that the screen itself says in a conversation: an answer to a command, an error. */
export interface Note {
  readonly key: string;
  /** The line under which it stands; null: above all. */
  readonly after: string | null;
  readonly time: number;
  readonly tone: "info" | "bad";
  /** Cleaned by whoever made it; may hold "\n". */
  readonly text: string;
}

/**
 * Which row is the lowest one in view: the row `rowsUnder` above the last row of an item. It stays
 * while lines come and go around it. null: the item's own first row is the highest one in view,
 * or all of the item where it is no longer than the window. `time` finds a neighbour when the item is gone.
 */
export interface Anchor {
  readonly item: string;
  readonly rowsUnder: number | null;
  readonly time: number;
}

/** What the next message will be: an answer, or the new text of an older one. */
export type ComposeMode =
  | { readonly kind: "reply"; readonly msgid: string; readonly who: string; readonly text: string }
  | { readonly kind: "edit"; readonly msgid: string };

/** One conversation as one looks at it. */
export interface ConversationView {
  /** null: at the bottom, following what comes. Never null in a part further up (`past`). */
  readonly anchor: Anchor | null;
  /** Where the line "read up to here" stands (ms); null: nowhere. It stays put while one looks. */
  readonly readAt: number | null;
  readonly notes: readonly Note[];
  readonly editor: EditorState;
  readonly composeMode: ComposeMode | null;
  /** The msgid of the message that one has gone to by finding it; it has a sign in front. */
  readonly highlighted: string | null;
  /** The msgid of a message whose answers alone are shown; what is said goes there. */
  readonly thread: string | null;
}

export interface Switcher {
  readonly editor: EditorState;
  readonly index: number;
}

/** Looking for something that was said here. */
export interface SearchView {
  readonly editor: EditorState;
  /** Which of what was found, counted from the newest. */
  readonly index: number;
  /** What the server finds for this text; null: it wasn't asked. */
  readonly found: SearchResults | null;
}

/** What has come of asking the server. */
export interface SearchResults {
  readonly kind: "asking" | "here" | "failed" | "not-offered" | "wrong";
  /** The newest first. */
  readonly lines: readonly ChatLine[];
  /** In which room, or with whom, each of them was said, by its key. */
  readonly places: ReadonlyMap<string, string>;
  /** The server hasn't looked through everything. */
  readonly incomplete: boolean;
}

export interface UiState {
  /** What one looks at; the server's own conversation where there is no room. */
  readonly current: Folded;
  readonly views: ReadonlyMap<Folded, ConversationView>;
  readonly switcher: Switcher | null;
  readonly search: SearchView | null;
  /** Whether an Enter waits for a late syllable. */
  readonly submit: SubmitState;
  /** A paste of many lines that waits for a yes. */
  readonly paste: string | null;
  /** Whether the window has the focus, as far as the terminal says. */
  readonly focused: boolean;
}

export const EMPTY_VIEW: ConversationView = {
  anchor: null,
  readAt: null,
  notes: [],
  editor: EMPTY_EDITOR,
  composeMode: null,
  highlighted: null,
  thread: null,
};

export const EMPTY_UI: UiState = {
  current: SERVER_KEY,
  views: new Map(),
  switcher: null,
  search: null,
  submit: IDLE,
  paste: null,
  focused: true,
};

export function viewOf(ui: UiState, key: Folded): ConversationView {
  return ui.views.get(key) ?? EMPTY_VIEW;
}

/** The same with one look changed. */
export function withView(ui: UiState, key: Folded, change: Partial<ConversationView>): UiState {
  return { ...ui, views: new Map(ui.views).set(key, { ...viewOf(ui, key), ...change }) };
}

/**
 * The conversations in the order of the list: rooms, direct ones, and last the server's own, once
 * it has said something. Alt-1 is the first.
 */
export function listedConversations(state: ClientState): ClientConversation[] {
  const all = [...state.conversations.values()];
  const server = state.conversations.get(SERVER_KEY);
  return [
    ...all.filter((one) => one.kind === "room"),
    ...all.filter((one) => one.kind === "direct"),
    ...(server !== undefined && server.lines.length > 0 ? [server] : []),
  ];
}
