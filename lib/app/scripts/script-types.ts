/**
 * What a script of Sodam's client can do. A script is a file `scripts/NAME.ts` in the configuration folder,
 * and exports one function, which gets a `Sodam`:
 *
 * import type { Sodam } from "./sodam.d.ts";
 *
 * export default (sodam: Sodam): void => {
 *   sodam.on("joined", ({ place, nick }) => place.note(`${nick} is here.`));
 * };
 *
 * What a script registers is removed when it is switched off or reloaded. A script that throws is switched
 * off, also when it does so later, in a promise, a timer or an event.
 */

/** Takes back what was registered. */
export type Undo = () => void;

/** What functions of a script return: a promise, where they take their time. */
export type Done = void | Promise<void>;

/** The client, as one script sees it. */
export interface Sodam {
  /** The script's name: its file's, without `.ts`. */
  readonly name: string;
  /** The language of the user: "en" or "ko". */
  readonly language: string;
  /** The servers that the user is logged in to. */
  readonly servers: readonly ScriptServer[];
  /** The conversation on screen; null while the menu is shown. */
  readonly current: ScriptPlace | null;
  /** Adds a slash command, with completion by Tab and its text in /help. Its name must be free. */
  command(command: ScriptCommand): Undo;
  /**
   * Calls `action` when a key is pressed that the chat has no other use for: "alt-p", "ctrl-t", "f5".
   */
  key(key: string, action: (place: ScriptPlace) => Done): Undo;
  /**
   * Calls `hook` for each message before it is drawn. What it returns changes how the message is shown here, and
   * nothing else: not what is stored, copied, searched or sent. It is called again when the message changes, and
   * has to answer at once.
   */
  beforeShown(hook: (message: ScriptMessage) => ShownAs | undefined): Undo;
  /**
   * Calls `hook` for each message that the user sends, before it is sent. A text replaces it, several are sent one
   * after the other, false sends nothing, undefined leaves it as it is. Commands, edits and what is said to
   * services (NickServ), which may be passwords, don't come here; nor does what a script says.
   */
  beforeSent(hook: (text: string, place: ScriptPlace) => SentAs): Undo;
  /** Calls `listener` for each event of a kind, on every server. */
  on<Kind extends keyof ScriptEvents>(
    kind: Kind,
    listener: (event: ScriptEvents[Kind]) => Done,
  ): Undo;
  /** Shows a text to the user alone, in the conversation on screen. */
  note(text: string): void;
  /** Shows a short text in the bar above the input line, as long as there is room; "" takes it away. */
  status(text: string): void;
  /** Calls `action` once, after so many milliseconds. */
  after(ms: number, action: () => Done): Undo;
  /** Calls `action` again and again, every so many milliseconds: at least 100. */
  every(ms: number, action: () => Done): Undo;
  /** Returns the time, in milliseconds since 1970. */
  now(): number;
  /** What the script remembers from one run to the next. */
  readonly store: ScriptStore;
}

/** A server that the user is logged in to. */
export interface ScriptServer {
  /** "host:port": what tells it from the others. */
  readonly name: string;
  /** The server's own name for its network, or "". */
  readonly network: string;
  /** The user's nick there. */
  readonly nick: string;
  readonly account: string | null;
  /** Whether messages can be sent now. */
  readonly isConnected: boolean;
  readonly places: readonly ScriptPlace[];
  /** Returns a room ("#tea") or the direct messages with a nick, as far as they are open; null otherwise. */
  place(name: string): ScriptPlace | null;
}

/** A conversation: a room, the direct messages with somebody, or the server's own messages. */
export interface ScriptPlace {
  /** The name of its server: "host:port". */
  readonly server: string;
  /** "#tea", or the other person's nick. */
  readonly name: string;
  readonly kind: "room" | "direct" | "server";
  readonly topic: string;
  /** The nicks of those who are in the room. */
  readonly members: readonly string[];
  /** Says a text there; `replyTo` is the id of the message that it answers. At most 20 texts within 10 s. */
  say(text: string, options?: { readonly replyTo?: string | null }): void;
  /** Shows a text to the user alone, there. */
  note(text: string): void;
}

/** What somebody said. */
export interface ScriptMessage {
  readonly place: ScriptPlace;
  /** The message's id on the server; null where it has none. */
  readonly id: string | null;
  readonly kind: "said" | "action" | "notice";
  readonly nick: string;
  /** The account of who said it; null without one. A nick alone proves nothing. */
  readonly account: string | null;
  /** May hold line ends; "" where a file was sent without a caption. */
  readonly text: string;
  /** The file that was sent with it, by its sender's word but for the size; null: none. */
  readonly file: ScriptFile | null;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Whether the user said it, on any device. */
  readonly isOwn: boolean;
  /** Whether it mentions the user. */
  readonly isMention: boolean;
  /** The id of the message that it answers. */
  readonly replyTo: string | null;
}

/** A file in the chat. */
export interface ScriptFile {
  /** The name that it had, without folders. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Its media type: "image/png". */
  readonly type: string;
}

/** How a message is shown. What is left out stays as it is. */
export interface ShownAs {
  /** Another text in its place. */
  readonly text?: string;
  /** Folds the message into one row: true, or why. Who selects it opens it by Enter. */
  readonly fold?: boolean | string;
  /** Marks the message as if it mentioned the user, and counts and reports a new one so. */
  readonly highlight?: boolean;
}

/** What is sent in place of a text; see `Sodam.beforeSent`. */
export type SentAs = string | readonly string[] | false | undefined;

/** A slash command of a script. */
export interface ScriptCommand {
  /** Without the slash: letters, digits, "-" and "_". */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** How its arguments are written: "QUESTION | CHOICE | …". */
  readonly usage?: string;
  /** One sentence for /help. */
  readonly help: string;
  /** Returns the words that can stand where `word` is being typed, behind `before`. */
  complete?(word: string, before: string, place: ScriptPlace): readonly string[];
  run(rest: string, place: ScriptPlace): Done;
}

/** What can happen, on any server, while the client runs. */
export interface ScriptEvents {
  /** A message that was said just now, also by the user. */
  readonly message: ScriptMessage;
  /** A message by somebody else that mentions the user, or was sent to the user alone. */
  readonly mentioned: ScriptMessage;
  /** Somebody else came into a room. */
  readonly joined: { readonly place: ScriptPlace; readonly nick: string };
  /** Somebody else left a room, by whatever way. `reason` may be "". */
  readonly left: { readonly place: ScriptPlace; readonly nick: string; readonly reason: string };
  /** The user is logged in to a server, perhaps again; also told to a script that comes later. */
  readonly ready: { readonly server: ScriptServer };
}

/** JSON values by name, up to 256 KiB in all for each script. */
export interface ScriptStore {
  get<Value>(name: string): Value | undefined;
  /** Stores a JSON value. Throws when the store would be too large, or the value is no JSON. */
  set(name: string, value: unknown): void;
  delete(name: string): void;
  readonly names: readonly string[];
}
