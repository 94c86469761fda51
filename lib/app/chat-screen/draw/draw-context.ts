import type { Me } from "../../../chat-client/client-state.ts";
import type { Theme } from "../../../terminal/theme.ts";
import type { Widths } from "../../../terminal/width.ts";
import type { DateFormat } from "../../i18n/date-format.ts";
import type { Words } from "../../i18n/words.ts";
import type { Glyphs } from "./glyphs.ts";

/** What everything that draws needs, and what stays the same from frame to frame. */
export interface DrawContext {
  readonly words: Words;
  readonly calendar: DateFormat;
  readonly widths: Widths;
  readonly signs: Glyphs;
  readonly theme: Theme;
}

/** Who one is, as far as it changes what a line looks like. */
export type Viewer = Pick<Me, "nick" | "account">;
