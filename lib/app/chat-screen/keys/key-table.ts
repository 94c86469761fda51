/**
 * What each key of the chat does. Where habits collide, the rows here decide: the first row of a key whose condition holds.
 * `client.toml` and `/bind` change them: see key-map.ts.
 */
import { EDITOR_KEYS, type EditorCommand } from "../../../terminal/editor-keys.ts";

/** What the chat screen itself does at a key; screen-actions.ts does it. */
export type ScreenAction =
  | ("send" | "edit-last" | "editor" | "clear-input" | "complete" | "complete-back" | "retry")
  | "complete-end"
  | ("select" | "search" | "scroll-to-unread")
  | ("switcher" | "next-room" | "previous-room" | "last-room" | "next-unread" | "previous-unread")
  | ("move-up" | "move-down" | "profile")
  | `room-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`
  | ("page-up" | "page-down" | "scroll-up" | "scroll-down" | "scroll-top" | "scroll-bottom")
  | ("attach-picture" | "stop-transfer")
  | "other-pane"
  | ("help" | "keys" | "redraw" | "back" | "menu" | "quit");

/** Everything that can be bound to a key by its name. */
export type KeyAction = ScreenAction | EditorCommand;

/** What a key leads to: an action, the line of a slash command, or nothing. */
export type KeyTarget = KeyAction | `/${string}` | "none";

/** When a row holds; see `holds` in screen-actions.ts. */
export type KeyCondition =
  /** Nothing is typed, no message is answered or edited, and no file is about to be sent. */
  | "empty"
  /** There is text behind the cursor. */
  | "text-after"
  /** Tab has put in one of several candidates, and nothing was typed since. */
  | "completing"
  /** A reply is being written, a sent message edited, or a file is about to be sent. */
  | "composing"
  /** The newest message isn't on screen. */
  | "scrolled";

/** One row of the table. */
export interface KeyRow {
  readonly target: KeyTarget;
  /** null: always. */
  readonly when: KeyCondition | null;
}

/** Whose habits the keys follow, as the setting `keys` says. */
export type KeyStyle = "sodam" | "slack" | "weechat";

/** Rows by key. A key is written as `keyName` writes it. */
export type KeyRows = Readonly<Record<string, readonly KeyRow[]>>;

/** Where an action stands in the lists of keys, in the order of these rows. */
export type KeyGroup = "talking" | "messages" | "rooms" | "screen" | "line";

/** Every action, with its group. */
export const ACTION_GROUPS: Readonly<Record<KeyAction, KeyGroup>> = {
  ...group("talking", "send", "newline", "complete", "complete-back", "complete-end"),
  ...group("talking", "previous-line", "next-line"),
  ...group("talking", "edit-last", "editor", "retry", "clear-input"),
  ...group("talking", "attach-picture", "stop-transfer"),
  ...group("messages", "select", "search", "page-up", "page-down", "scroll-up", "scroll-down"),
  ...group("messages", "scroll-top", "scroll-bottom", "scroll-to-unread"),
  ...group("rooms", "next-unread", "previous-unread", "next-room", "previous-room", "last-room"),
  ...group("rooms", "move-up", "move-down"),
  ...group("rooms", "switcher", "room-1", "room-2", "room-3", "room-4", "room-5", "room-6"),
  ...group("rooms", "room-7", "room-8", "room-9", "room-10", "other-pane"),
  ...group("messages", "profile"),
  ...group("screen", "help", "keys", "back", "menu", "redraw", "quit"),
  ...group("line", "backward-char", "forward-char", "backward-word", "forward-word"),
  ...group("line", "beginning-of-line", "end-of-line", "delete-char", "backward-delete-char"),
  ...group("line", "kill-line", "unix-line-discard", "unix-word-rubout", "backward-kill-word"),
  ...group("line", "kill-word", "yank", "yank-pop", "undo", "self-insert-space"),
};

function group<Name extends KeyGroup, Action extends KeyAction>(
  name: Name,
  ...actions: Action[]
): Record<Action, Name> {
  return Object.fromEntries(actions.map((action) => [action, name])) as Record<Action, Name>;
}

const ROOM_KEYS: KeyRows = Object.fromEntries(
  Array.from({ length: 10 }, (_, index) => [
    `alt-${(index + 1) % 10}`,
    always(`room-${index + 1}` as ScreenAction),
  ]),
);

const SODAM: KeyRows = {
  ...Object.fromEntries(
    Object.entries(EDITOR_KEYS).map(([key, command]) => [key, always(command)]),
  ),
  enter: always("send"),
  "alt-e": always("edit-last"),
  "ctrl-x ctrl-e": always("editor"),
  tab: always("complete"),
  "shift-tab": always("complete-back"),
  "alt-r": always("retry"),
  "ctrl-v": always("attach-picture"),
  "alt-s": always("stop-transfer"),
  "ctrl-up": always("select"),
  "shift-up": always("select"),
  "alt-f": [row("forward-word", "text-after"), row("search")],
  "alt-k": always("switcher"),
  "ctrl-k": [row("kill-line", "text-after"), row("switcher")],
  "alt-down": always("next-room"),
  "alt-up": always("previous-room"),
  "alt-shift-up": always("move-up"),
  "alt-shift-down": always("move-down"),
  "alt-/": always("last-room"),
  "alt-a": always("next-unread"),
  "alt-w": always("other-pane"),
  ...ROOM_KEYS,
  pageup: always("page-up"),
  pagedown: always("page-down"),
  "alt-pageup": always("scroll-up"),
  "alt-pagedown": always("scroll-down"),
  home: [row("scroll-top", "empty"), row("beginning-of-line")],
  "ctrl-home": always("scroll-top"),
  end: [row("scroll-bottom", "scrolled"), row("end-of-line")],
  "ctrl-end": always("scroll-bottom"),
  "alt-end": always("scroll-bottom"),
  f1: always("help"),
  f2: always("profile"),
  "ctrl-l": always("redraw"),
  "ctrl-c": [row("back", "empty"), row("clear-input")],
  escape: [row("complete-end", "completing"), row("clear-input", "composing"), row("back")],
};

/** The keys that a style turns round; all others are the usual ones. */
const STYLES: Readonly<Record<KeyStyle, KeyRows>> = {
  sodam: {},
  slack: {
    up: [row("edit-last", "empty"), row("previous-line")],
    "ctrl-k": always("switcher"),
    "ctrl-t": always("switcher"),
    "ctrl-g": always("search"),
    "ctrl-f": [row("forward-char", "text-after"), row("search")],
    "alt-shift-down": always("next-unread"),
    "alt-shift-up": always("previous-unread"),
  },
  weechat: {
    "ctrl-k": always("kill-line"),
    "alt-f": always("forward-word"),
    "ctrl-s": always("search"),
    "alt-r": always("clear-input"),
    "alt-right": always("next-room"),
    "alt-left": always("previous-room"),
    "ctrl-n": always("next-room"),
    "ctrl-p": always("previous-room"),
    f6: always("next-room"),
    f5: always("previous-room"),
    "alt-home": always("scroll-top"),
    "alt-u": always("scroll-to-unread"),
  },
};

/** Returns the rows of a style: its own, and the usual ones of all other keys. */
export function rowsOfStyle(style: KeyStyle): KeyRows {
  return { ...SODAM, ...STYLES[style] };
}

function row(target: KeyTarget, when: KeyCondition | null = null): KeyRow {
  return { target, when };
}

function always(target: KeyTarget): readonly KeyRow[] {
  return [row(target)];
}
