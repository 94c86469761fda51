/**
 * The state of the chat screen itself: which conversation is shown, how far each one is scrolled, and
 * unfinished input. It is an immutable value: ChatController holds the current one, and
 * keys/key-bindings.ts computes the next. The server's data is in ClientState.
 */
import type { ChatLine, ClientConversation, ClientState } from "../../chat-client/client-state.ts";
import { SERVER_KEY } from "../../chat-client/client-state.ts";
import type { FileItem } from "../../chat-client/files/listed-files.ts";
import type { Transfer } from "../../chat-client/files/transfer.ts";
import type { Folded } from "../../protocol/names.ts";
import { type EditorState, EMPTY_EDITOR } from "../../terminal/editor.ts";
import type { Keyboard, SubmitState } from "../../terminal/ime-submit.ts";
import type { LocalFile } from "../files/local-files-port.ts";
import type { OpenableKind } from "../files/openable.ts";
import { inOrder } from "./conversation-order.ts";
import type { PersonProfile } from "./people/person-profile.ts";

/** Text that the screen itself shows in a conversation: the output of a command, or an error. */
export interface Note {
  readonly key: string;
  /** Key of the line below which the note stands; null: there was none, and it stands by its time. */
  readonly afterLine: string | null;
  /** ms since 1970 */
  readonly time: number;
  readonly tone: "info" | "bad";
  /** Already sanitized; may hold "\n". */
  readonly text: string;
}

/**
 * Pins the scroll position to a timeline item, so that it stays while lines are added around it. The
 * lowest row in view is the one `rowsBelow` rows above the item's last row. With `rowsBelow` null the
 * item's first row is the highest one in view, or the item is at the bottom when it fits the window.
 */
export interface Anchor {
  readonly itemKey: string;
  readonly rowsBelow: number | null;
  /** The item's time (ms since 1970): finds the nearest item when this one is gone. */
  readonly time: number;
}

/** The message that the next one replies to. */
export interface ReplyTarget {
  /** See `idOf`. Without a msgid the answer quotes the message. */
  readonly msgid: string;
  /** Its author's nick; "you" in the user's language for an own message. */
  readonly author: string;
  readonly text: string;
}

/** The message that the input line changes. `draft`: what was typed there before. */
interface EditTarget {
  readonly msgid: string;
  readonly draft: EditorState;
}

/** A question about the selected message, asked before the key's action is done. */
export type SelectionQuestion =
  | { readonly kind: "delete" }
  /** Which emoji: `editor` holds the typed name, `index` is the selected candidate. */
  | { readonly kind: "react"; readonly editor: EditorState; readonly index: number }
  /** What of the message: its file, or which link. */
  | { readonly kind: "open" };

/** The message that the user points at; single keys then act on it. */
export interface Selection {
  /** `ChatLine.key` of the message. */
  readonly lineKey: string;
  readonly question: SelectionQuestion | null;
  /** The scroll position before, to which Escape returns. */
  readonly returnTo: Anchor | null;
}

/** A place in a conversation where something can be typed: all of it, or one of its threads. */
interface InputPlace {
  readonly editor: EditorState;
  readonly anchor: Anchor | null;
  readonly replyTarget: ReplyTarget | null;
}

/** How one conversation is shown: scroll position, notes, input line and open thread. */
export interface ConversationView {
  /** null: scrolled to the bottom, following new lines. Never null in a detached older part. */
  readonly anchor: Anchor | null;
  /** Time (ms) where the line "read up to here" stands; null: nowhere. It stays while shown. */
  readonly readAt: number | null;
  readonly notes: readonly Note[];
  readonly editor: EditorState;
  /** null: the next message is no reply. */
  readonly replyTarget: ReplyTarget | null;
  /** The message that a search jumped to (see `idOf`); it is drawn with a mark in front. */
  readonly highlighted: string | null;
  /** Keys of the lines that the user opened: long ones, and those with spoilers. */
  readonly opened: ReadonlySet<string>;
  /** Root msgid of the only thread that is shown; the input line then replies to it. */
  readonly thread: string | null;
  /** The conversation itself while a thread is open: its own input line and scroll position. */
  readonly outside: InputPlace | null;
  /** What was typed in threads and not sent, by the thread's root. */
  readonly threadDrafts: ReadonlyMap<string, EditorState>;
  /** null: no message is selected. */
  readonly selection: Selection | null;
  /** null: the input line is a new message. */
  readonly editTarget: EditTarget | null;
  /** Files that Enter sends, with what is typed as the caption of the first. */
  readonly attachments: readonly LocalFile[];
}

/** The room switcher (Alt-k). */
export interface Switcher {
  readonly editor: EditorState;
  /** The selected choice; 0 is the best match. */
  readonly index: number;
}

/** The search in messages (Alt-f). */
export interface SearchView {
  readonly editor: EditorState;
  /** The selected message, counted from the newest. */
  readonly index: number;
  /** The server's answer for this text; null: it was not asked. */
  readonly results: SearchResults | null;
}

/** The state of a search on the server. */
export interface SearchResults {
  readonly kind: "searching" | "found" | "failed" | "not-offered" | "invalid-query";
  /** Newest first. */
  readonly lines: readonly ChatLine[];
  /** The room or nick of each line's conversation, by the line's key. */
  readonly places: ReadonlyMap<string, string>;
  /** True when the server stopped before it had looked through everything. */
  readonly incomplete: boolean;
  /** For "failed": the sentence that says why; else "". */
  readonly problem: string;
}

/** What the help shows: commands and keys, or the keys alone. */
export type HelpPart = "all" | "keys";

/** A page over the chat. `top`: rows that are scrolled out above. */
export type ScreenPage =
  /** `/help` and `/keys`: `editor` holds the words that are searched for, `index` is the selected entry. */
  | {
      readonly kind: "help";
      readonly part: HelpPart;
      readonly editor: EditorState;
      readonly index: number;
    }
  /** Who said a message when, and who reacted to it. */
  /** `isOpened`: its spoilers are shown. */
  | {
      readonly kind: "details";
      readonly lineKey: string;
      readonly isOpened: boolean;
      readonly top: number;
    }
  /** The picture of a message, over the whole window. */
  | { readonly kind: "picture"; readonly lineKey: string }
  /** The files of a conversation: `editor` holds the filter. */
  | {
      readonly kind: "files";
      readonly key: Folded;
      readonly editor: EditorState;
      readonly index: number;
      readonly listing: FilesListing;
    }
  /** What can be done with a person. */
  | {
      readonly kind: "person";
      readonly nick: string;
      /** What the server says of them; null until it has answered. */
      readonly profile: PersonProfile | null;
      /** Whether the room's list mutes them; false until the server has answered. */
      readonly isMuted: boolean;
      readonly index: number;
      readonly step: PersonStep;
    };

/** The page of a conversation's files. */
export type FilesPage = Extract<ScreenPage, { kind: "files" }>;

/** What the server says of a conversation's files, newest first. */
export type FilesListing =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly problem: string }
  | { readonly kind: "listed"; readonly items: readonly FileItem[]; readonly hasMore: boolean };

/** The menu of a person. */
export type PersonPage = Extract<ScreenPage, { kind: "person" }>;

/** How far a choice in a person's menu has come: an act, for how long, and why. */
export type PersonStep =
  | { readonly kind: "act" }
  /** All that is known of them. */
  | { readonly kind: "about" }
  | { readonly kind: "duration"; readonly act: "mute" | "ban" }
  | {
      readonly kind: "reason";
      readonly act: "mute" | "ban" | "kick";
      /** As the commands take it ("1h"); "" for good. */
      readonly duration: string;
      readonly editor: EditorState;
    };

/** A question about files. */
export type FileQuestion =
  /** Whether what was pasted is sent as the files that it names, or is a text. */
  | { readonly kind: "dropped"; readonly files: readonly LocalFile[]; readonly text: string }
  /** Whether pictures are sent smaller from now on, before these files are sent. */
  | {
      readonly kind: "shrink";
      readonly key: Folded;
      readonly files: readonly LocalFile[];
      readonly caption: string;
      readonly replyTo: string | null;
    }
  /** Whether the file of a message is opened with another program. */
  | {
      readonly kind: "open";
      readonly key: Folded;
      readonly lineKey: string;
      readonly name: string;
      readonly as: OpenableKind;
    };

/** The whole state of the chat screen; immutable. */
export interface UiState {
  /** The conversation on screen; the server's own one while there is no room. */
  readonly current: Folded;
  /** The conversation that was on screen before, on this server (null) or another; null at the beginning. */
  readonly previous: { readonly server: string | null; readonly key: Folded } | null;
  /** The keys so far of several that are pressed one after the other ("ctrl-x"); null for none. */
  readonly keyPrefix: string | null;
  readonly views: ReadonlyMap<Folded, ConversationView>;
  /** null while the switcher is closed. */
  readonly switcher: Switcher | null;
  /** null while the search is closed. */
  readonly search: SearchView | null;
  /** null: no page is open. */
  readonly page: ScreenPage | null;
  /** Whether an Enter is held back for a late Hangul syllable. */
  readonly submit: SubmitState;
  /** What is typed here: it decides whether an Enter is held back. */
  readonly keyboard: Keyboard;
  /** Pasted text of many lines that waits for confirmation. */
  readonly paste: string | null;
  /** What is asked about a file in place of the input line; null: nothing. */
  readonly fileQuestion: FileQuestion | null;
  /** The files that are being sent and saved, on this server. */
  readonly transfers: readonly Transfer[];
  /** Whether the terminal window has the focus, as far as the terminal reports it. */
  readonly focused: boolean;
}

const EMPTY_VIEW: ConversationView = {
  anchor: null,
  readAt: null,
  notes: [],
  editor: EMPTY_EDITOR,
  replyTarget: null,
  highlighted: null,
  opened: new Set(),
  thread: null,
  outside: null,
  threadDrafts: new Map(),
  selection: null,
  editTarget: null,
  attachments: [],
};

/** The state at the first start: nothing typed, and the server's own conversation on screen. */
export const EMPTY_UI: UiState = {
  current: SERVER_KEY,
  previous: null,
  keyPrefix: null,
  views: new Map(),
  switcher: null,
  search: null,
  page: null,
  submit: "idle",
  keyboard: "latin",
  paste: null,
  fileQuestion: null,
  transfers: [],
  focused: true,
};

/** Returns how a conversation is shown; for one that was never on screen, empty and at its bottom. */
export function viewOf(ui: UiState, key: Folded): ConversationView {
  return ui.views.get(key) ?? EMPTY_VIEW;
}

/** Returns `ui` with some fields of one conversation's view replaced. */
export function withView(ui: UiState, key: Folded, change: Partial<ConversationView>): UiState {
  return { ...ui, views: new Map(ui.views).set(key, { ...viewOf(ui, key), ...change }) };
}

/** Returns `ui` without the notes that have these keys. */
export function withoutNotes(ui: UiState, keys: ReadonlySet<string>): UiState {
  let next = ui;
  for (const [key, { notes }] of ui.views) {
    const others = notes.filter((note) => !keys.has(note.key));
    if (others.length < notes.length) next = withView(next, key, { notes: others });
  }
  return next;
}

/**
 * Returns the conversations in the order of the sidebar: rooms, direct messages, and last the
 * server's own conversation if it has lines. Alt-1 goes to the first.
 */
export function listedConversations(state: ClientState): ClientConversation[] {
  const all = [...state.conversations.values()];
  const server = state.conversations.get(SERVER_KEY);
  return [
    ...inOrder(all.filter((conversation) => conversation.kind === "room")),
    ...inOrder(all.filter((conversation) => conversation.kind === "direct")),
    ...(server !== undefined && server.lines.length > 0 ? [server] : []),
  ];
}
