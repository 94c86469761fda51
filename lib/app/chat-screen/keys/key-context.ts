/** The input of a key handler, and its result: the next UiState and effects. */
import type { ClientState } from "../../../chat-client/client-state.ts";
import type { SharedFile } from "../../../protocol/file-facts.ts";
import type { Folded } from "../../../protocol/names.ts";
import type { LocalFile } from "../../files/local-files-port.ts";
import type { Words } from "../../i18n/words.ts";
import type { InputInForce } from "../../input-table.ts";
import type { ChatView } from "../draw/chat-view.ts";
import type { ScreenCache } from "../draw/screen-cache.ts";
import type { ListedServer, Place } from "../listed-places.ts";
import type { UiState } from "../ui-state.ts";

/** The state in which a key is pressed. */
export interface KeyContext {
  /** Of the server on screen. */
  readonly state: ClientState;
  /** All servers, in the order of the sidebar. Left out: there is no other. */
  readonly servers?: readonly ListedServer[];
  readonly ui: UiState;
  /** The frame that is on screen. */
  readonly chatView: ChatView;
  readonly cache: ScreenCache;
  /** The keys in force, the user's aliases, and what scripts add. */
  readonly input: InputInForce;
  /** Returns what may stand in place of the last word of a command line, for Tab; null: a name, as in a message. */
  argumentCandidates(line: string): readonly string[] | null;
  /** Returns the file at a path; null where there is none that can be sent. Left out: there are no files. */
  readonly fileAt?: (path: string) => LocalFile | null;
  /** The user's language: the help is searched in its sentences. */
  readonly words: Words;
  /** Whether Enter may wait for a late syllable, as the user's setting says. */
  readonly holdSubmit: boolean;
}

/** The result of a key press. */
export interface KeyResult {
  readonly ui: UiState;
  /** In the order in which to perform them. */
  readonly effects: readonly Effect[];
}

/** An effect of a key outside of the UiState. ChatScreen and ChatController perform it. */
export type Effect =
  /** Sends a message. `replyTo`: the msgid that it replies to. */
  | {
      readonly kind: "say";
      readonly key: Folded;
      readonly text: string;
      readonly replyTo: string | null;
    }
  /** Makes the next message a reply to this line. */
  | { readonly kind: "reply"; readonly key: Folded; readonly lineKey: string }
  | { readonly kind: "edit"; readonly key: Folded; readonly msgid: string; readonly text: string }
  | { readonly kind: "redact"; readonly key: Folded; readonly msgid: string }
  /** Adds the user's reaction, or takes it back. */
  | {
      readonly kind: "react";
      readonly key: Folded;
      readonly msgid: string;
      readonly reaction: string;
      readonly isOn: boolean;
    }
  /** Pins a text at the top of the room; "" takes it away. */
  | { readonly kind: "pin"; readonly key: Folded; readonly text: string }
  /** Shows only this line's thread. */
  | { readonly kind: "open-thread"; readonly key: Folded; readonly lineKey: string }
  /** Puts a text on the clipboard. */
  | { readonly kind: "copy"; readonly text: string }
  /** Opens an address in the browser. */
  | { readonly kind: "open-link"; readonly link: string }
  /** Sends one failed message again. */
  | { readonly kind: "retry-line"; readonly key: Folded; readonly lineKey: string }
  /** Runs a slash command. `text` is the whole line, with its slash. */
  | { readonly kind: "slash"; readonly text: string }
  /** Searches on the server; the open search view shows the results. */
  | { readonly kind: "search"; readonly text: string }
  /** Shows a message that isn't loaded, with the lines around it. `time` is the message's (ms). */
  | {
      readonly kind: "jump-to-message";
      readonly key: Folded;
      readonly msgid: string;
      readonly time: number;
    }
  /** Shows a conversation of another server. */
  | { readonly kind: "go-to"; readonly place: Place }
  /** Goes back to the newest lines. */
  | { readonly kind: "end-jump"; readonly key: Folded }
  | { readonly kind: "typing"; readonly key: Folded; readonly status: "active" | "done" }
  /** Sends the failed messages again. */
  | { readonly kind: "retry"; readonly key: Folded }
  | { readonly kind: "load-older"; readonly key: Folded }
  | { readonly kind: "load-newer"; readonly key: Folded }
  /** While held, old lines aren't dropped from memory: the user is reading them. */
  | { readonly kind: "hold-lines"; readonly key: Folded; readonly held: boolean }
  /** Sends files to a conversation; `caption` goes with the first. */
  | {
      readonly kind: "send-files";
      readonly key: Folded;
      readonly files: readonly LocalFile[];
      readonly caption: string;
      readonly replyTo: string | null;
      /** Whether pictures are sent smaller, as the user has just said; null: as the setting says. */
      readonly shrink: boolean | null;
    }
  /** Remembers whether pictures are sent smaller. */
  | { readonly kind: "shrink-pictures"; readonly value: "yes" | "no" }
  /** Gets the picture in the clipboard, which the next Enter sends. */
  | { readonly kind: "attach-picture"; readonly key: Folded }
  /** Saves the file of a message. `isOpened`: and opens it with another program. */
  | {
      readonly kind: "save-file";
      readonly key: Folded;
      readonly lineKey: string;
      readonly isOpened: boolean;
    }
  /** Saves a file of the page of files. */
  | { readonly kind: "save-listed"; readonly key: Folded; readonly file: SharedFile }
  /** Asks the server for the files that fit what is typed on their page. */
  | { readonly kind: "list-files"; readonly key: Folded; readonly query: string }
  /** Stops sending or saving the topmost file that is shown. */
  | { readonly kind: "stop-transfer" }
  /** Opens the input line in the user's editor program. */
  | { readonly kind: "open-editor" }
  /** Tells the user why a key did nothing. */
  | { readonly kind: "note"; readonly text: string }
  /** Handles the key `timeout` after `ms`, unless another key comes first. */
  | { readonly kind: "hold-submit"; readonly ms: number }
  /** Goes over to the conversation that stands beside this one. */
  | { readonly kind: "go-over" }
  | { readonly kind: "redraw" }
  /** Moves a conversation up (-1) or down (1) in the list. */
  | { readonly kind: "move"; readonly key: Folded; readonly step: 1 | -1 }
  | { readonly kind: "menu" };
