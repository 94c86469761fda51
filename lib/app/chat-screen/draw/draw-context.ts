/** The context of all drawing functions. It stands alone, so that none of them imports another for it. */
import type { Me } from "../../../chat-client/client-state.ts";
import type { WordList } from "../../../chat-client/preferences/word-list.ts";
import type { PictureLook } from "../../../terminal/pictures/picture.ts";
import type { Theme } from "../../../terminal/theme.ts";
import type { Widths } from "../../../terminal/width.ts";
import type { DateFormat } from "../../i18n/date-format.ts";
import type { Words } from "../../i18n/words.ts";
import type { InputInForce } from "../../input-table.ts";
import type { FilePreviews } from "../pictures/file-previews.ts";
import { type Glyphs, glyphsFor } from "./glyphs.ts";

/** The context of every drawing function; it stays the same from frame to frame. */
export interface DrawContext {
  readonly words: Words;
  readonly calendar: DateFormat;
  readonly widths: Widths;
  readonly glyphs: Glyphs;
  readonly theme: Theme;
  /** How pictures are drawn; null: not at all. */
  readonly pictureLook?: PictureLook | null;
  /** What is shown below the files of this server's messages; null: nothing. */
  readonly previews?: FilePreviews | null;
  /** Returns what scripts show in the bar above the input line; sanitized. */
  readonly statuses?: () => readonly string[];
  /** The keys in force, the user's aliases, and what scripts add; they change while the context stays. */
  readonly input: InputInForce;
  /** Whether this client stores what is said on servers without a history. */
  readonly storesHistory?: boolean;
  /** Returns the time of day, in milliseconds since 1970. */
  now(): number;
}

/** The user, as far as it changes how a line looks: the identity, and the words that count as a mention. */
export type Viewer = Pick<Me, "nick" | "account"> & { readonly highlights?: WordList | null };

/** Makes a DrawContext with the glyphs that fit a terminal with these `widths`. */
export function makeDrawContext(parts: Omit<DrawContext, "glyphs">): DrawContext {
  return { ...parts, glyphs: glyphsFor(parts.widths) };
}
