/** What the session tells the screen. The state has already changed when an event is told. */
import type { Folded } from "../protocol/names.ts";
import type { ChatLine, OfflineReason, Phase } from "./client-state.ts";

export type LogInProblem =
  /** ID or password wrong (the server doesn't say which). */
  | { readonly kind: "wrong" }
  /** Too many attempts; try again after so many seconds (null: not said). */
  | { readonly kind: "slowed"; readonly seconds: number | null }
  /** The server offers no log-in of this kind. */
  | { readonly kind: "not-offered" }
  /** This device's certificate belongs to no account there. */
  | { readonly kind: "certificate-unknown" }
  | { readonly kind: "busy" }
  | { readonly kind: "lost" }
  | { readonly kind: "other"; readonly code: string; readonly text: string };

/** What the server at the door offers, as far as it has said. */
export interface ServerOffer {
  readonly password: boolean;
  readonly certificate: boolean;
  /** Whether an invitation is needed isn't said here: the answer to the sign-up tells. */
  readonly signUp: boolean;
  /** A name can be checked before signing up. */
  readonly accountCheck: boolean;
  readonly emailRequired: boolean;
  /** People without an account may come in; false as well where the server doesn't say before. */
  readonly guests: boolean;
}

export type ClientEvent =
  | { readonly kind: "phase"; readonly phase: Phase }
  /** Negotiated, and waiting for logIn(), signUp() or enter(). */
  | { readonly kind: "awaiting-login"; readonly offer: ServerOffer }
  /** Logged in (before "ready"). */
  | { readonly kind: "logged-in"; readonly account: string }
  | { readonly kind: "log-in-failed"; readonly problem: LogInProblem }
  | { readonly kind: "ready"; readonly nick: string; readonly account: string | null }
  /** `retry`: worth another attempt. The app then calls waiting(retryAt). */
  | {
      readonly kind: "disconnected";
      readonly why: OfflineReason;
      readonly text: string;
      readonly retry: boolean;
      /** The numeric by which the server refused us. */
      readonly code?: string;
    }
  /** Nothing came for too long: the app closes the socket and calls closed(). */
  | { readonly kind: "stalled" }
  | { readonly kind: "me" }
  | { readonly kind: "latency"; readonly ms: number }
  | { readonly kind: "conversation-added"; readonly key: Folded }
  /** Anything but its lines: topic, members, counts, typing, markers, name. */
  | { readonly kind: "conversation-changed"; readonly key: Folded }
  /** `was` isn't a key any more; everything of it is under `key` (a rename, or a nick change). */
  | { readonly kind: "conversation-moved"; readonly was: Folded; readonly key: Folded }
  | { readonly kind: "conversation-removed"; readonly key: Folded }
  /** One line, at the end or (late) further up. `live`: it happens now, and isn't from history. */
  | {
      readonly kind: "line-added";
      readonly key: Folded;
      readonly line: ChatLine;
      readonly live: boolean;
    }
  | { readonly kind: "line-changed"; readonly key: Folded; readonly line: ChatLine }
  /** A page of history came in: draw the conversation anew. */
  | { readonly kind: "lines-loaded"; readonly key: Folded; readonly count: number }
  /** Somebody named me, or wrote to me alone, just now, in a conversation that isn't muted. */
  | {
      readonly kind: "notify";
      readonly key: Folded;
      readonly line: ChatLine;
      readonly why: "mention" | "direct";
    }
  | { readonly kind: "invited"; readonly room: string; readonly by: string }
  /** I was thrown out. The line says the rest. */
  | { readonly kind: "kicked"; readonly key: Folded; readonly by: string; readonly reason: string }
  /** A verb that the person gave was refused; `key`: where it was given, if known. */
  | {
      readonly kind: "refused";
      readonly key: Folded | null;
      readonly verb: string;
      readonly code: string;
      readonly text: string;
      readonly params: readonly string[];
    };
