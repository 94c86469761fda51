/** The keys of every input line, as readline and WeeChat have them. The chat's own keys come before these. */

/** What a key does in an input line. The names are readline's where it has one. */
export type EditorCommand =
  | ("backward-char" | "forward-char" | "backward-word" | "forward-word")
  | ("beginning-of-line" | "end-of-line" | "previous-line" | "next-line")
  | ("delete-char" | "backward-delete-char" | "kill-line" | "unix-line-discard")
  | ("unix-word-rubout" | "backward-kill-word" | "kill-word" | "yank" | "yank-pop")
  | ("undo" | "newline" | "self-insert-space");

/** The command of each key. Keys are written as `keyName` writes them. */
export const EDITOR_KEYS: Readonly<Record<string, EditorCommand>> = {
  ...{ left: "backward-char", "ctrl-b": "backward-char" },
  ...{ right: "forward-char", "ctrl-f": "forward-char" },
  ...{ "ctrl-left": "backward-word", "alt-b": "backward-word" },
  ...{ "ctrl-right": "forward-word", "alt-f": "forward-word" },
  ...{ home: "beginning-of-line", "ctrl-a": "beginning-of-line" },
  ...{ end: "end-of-line", "ctrl-e": "end-of-line" },
  ...{ up: "previous-line", "ctrl-p": "previous-line", down: "next-line", "ctrl-n": "next-line" },
  ...{ delete: "delete-char", "ctrl-d": "delete-char" },
  ...{ backspace: "backward-delete-char", "ctrl-h": "backward-delete-char" },
  ...{ "ctrl-k": "kill-line", "ctrl-u": "unix-line-discard", "ctrl-w": "unix-word-rubout" },
  ...{ "alt-backspace": "backward-kill-word", "ctrl-backspace": "backward-kill-word" },
  ...{ "alt-d": "kill-word", "ctrl-delete": "kill-word" },
  ...{ "ctrl-y": "yank", "alt-y": "yank-pop", "ctrl-_": "undo" },
  ...{ "alt-enter": "newline", "shift-enter": "newline", space: "self-insert-space" },
};

const COMMANDS: ReadonlySet<string> = new Set(Object.values(EDITOR_KEYS));

/** Returns whether this is the name of what a key does in every input line. */
export function isEditorCommand(name: string): name is EditorCommand {
  return COMMANDS.has(name);
}
