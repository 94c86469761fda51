/** What a key asks of the world. The screen itself changes in the UiState that comes with it. */
import type { Folded } from "../../protocol/names.ts";

export type Effect =
  | {
      readonly kind: "say";
      readonly key: Folded;
      readonly text: string;
      readonly replyTo: string | null;
    }
  | { readonly kind: "edit"; readonly key: Folded; readonly msgid: string; readonly text: string }
  /** The whole line, with its slash. */
  | { readonly kind: "slash"; readonly text: string }
  /** On the server, in the conversation where one is; the finder shows what it finds. */
  | { readonly kind: "search"; readonly text: string }
  /** To a message that isn't loaded. */
  | {
      readonly kind: "visit";
      readonly key: Folded;
      readonly msgid: string;
      readonly time: number;
    }
  | { readonly kind: "end-visit"; readonly key: Folded }
  | { readonly kind: "typing"; readonly key: Folded; readonly what: "active" | "done" }
  | { readonly kind: "retry"; readonly key: Folded }
  | { readonly kind: "load-older"; readonly key: Folded }
  | { readonly kind: "load-newer"; readonly key: Folded }
  /** Somebody reads far up (or came back): lines there must not be dropped meanwhile. */
  | { readonly kind: "hold-lines"; readonly key: Folded; readonly held: boolean }
  /** Press `timeout` after so many ms unless another key came. */
  | { readonly kind: "hold-submit"; readonly ms: number }
  | { readonly kind: "redraw" }
  | { readonly kind: "menu" };
