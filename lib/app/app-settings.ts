import type { ServerLink } from "../protocol/server-link.ts";
import type { PictureChoice } from "../terminal/pictures/picture-look.ts";
import type { LoadedTheme } from "../terminal/theme.ts";
import type { WrittenKeys } from "./chat-screen/keys/key-map.ts";
import type { KeyStyle } from "./chat-screen/keys/key-table.ts";
import type { Aliases } from "./slash/alias.ts";

/**
 * The settings of the interactive client, from the command line and client.toml. `/set` changes some of them while it
 * runs: read them when they are needed, and don't store them.
 */
export interface AppSettings {
  /** The server to connect to; null: the last one, or ask the user. */
  readonly server: ServerLink | null;
  readonly account: string | null;
  readonly lang: string | null;
  readonly append: boolean;
  readonly mouse: boolean;
  readonly colour: boolean;
  readonly theme: LoadedTheme;
  /** How pictures are shown. */
  readonly pictures: PictureChoice;
  /** Delays Enter after Hangul, because some input methods deliver the last syllable late. */
  readonly holdSubmit: boolean;
  /** Whether drafts follow the account to its other devices. */
  readonly shareDrafts: boolean;
  /** The folder where files from the chat are saved. */
  readonly downloads: string;
  /** Whether pictures are sent smaller, without place and camera data; "ask": the user wasn't asked yet. */
  readonly shrinkPictures: "ask" | "yes" | "no";
  /** Whose habits the keys follow. */
  readonly keys: KeyStyle;
  /** The user's own keys. */
  readonly bind: WrittenKeys;
  /** The user's own commands. */
  readonly alias: Aliases;
}
