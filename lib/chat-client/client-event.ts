/**
 * Events that the session emits to the screen. The state has already changed when one is emitted.
 */
import type { Folded } from "../protocol/names.ts";
import type { ChatLine, OfflineReason, Phase } from "./client-state.ts";
import type { Transfer } from "./files/transfer.ts";
import type { PreferenceKey, PreferencePlace } from "./preferences/preferences.ts";

/** Why a log-in failed. */
export type LogInProblem =
  /** ID or password wrong (the server doesn't say which). */
  | { readonly kind: "wrong" }
  /** Too many attempts; try again after `seconds` (null: unknown). */
  | { readonly kind: "slowed"; readonly seconds: number | null }
  /** The password was right; the code of the account's second factor is missing or wrong. */
  | { readonly kind: "code-missing" }
  | { readonly kind: "code-wrong" }
  /** The server asks for a second factor, and waits until one is set up on this connection. */
  | { readonly kind: "second-factor-setup" }
  /** The server offers no log-in of this kind. */
  | { readonly kind: "not-offered" }
  /** This device's certificate belongs to no account on this server. */
  | { readonly kind: "certificate-unknown" }
  /** The server has too much to do; try again later. */
  | { readonly kind: "busy" }
  | { readonly kind: "lost" }
  | { readonly kind: "other"; readonly code: string; readonly text: string };

/** The ways to log in and sign up that the server offers, as far as known before a log-in. */
export interface ServerOffer {
  /** Log-in by password (SASL PLAIN). */
  readonly password: boolean;
  /** Log-in by client certificate (SASL EXTERNAL). */
  readonly certificate: boolean;
  /** Log-in by NickServ after the welcome: the server has no SASL. Whether there is a NickServ shows only then. */
  readonly nickServ: boolean;
  /** Sign-up. Whether it needs an invitation shows only in the answer to it. */
  readonly signUp: boolean;
  /** Whether an account name can be checked before signing up. */
  readonly accountCheck: boolean;
  readonly emailRequired: boolean;
  /** Whether guests may connect; false also if the server hasn't announced it before log-in. */
  readonly guests: boolean;
}

/** One change of the state, or something that happened on the connection. */
export type ClientEvent =
  | { readonly kind: "phase"; readonly phase: Phase }
  /** Capabilities are settled; the server waits for a log-in, a sign-up or endNegotiation(). */
  | { readonly kind: "awaiting-login"; readonly offer: ServerOffer }
  /** Logged in (before "ready"). */
  | { readonly kind: "logged-in"; readonly account: string }
  | { readonly kind: "log-in-failed"; readonly problem: LogInProblem }
  /** Registered: rooms can be joined and messages sent. */
  | { readonly kind: "ready"; readonly nick: string; readonly account: string | null }
  /** `retry`: another attempt may succeed. The app then calls waiting(retryAt). */
  | {
      readonly kind: "disconnected";
      readonly why: OfflineReason;
      readonly text: string;
      readonly retry: boolean;
      /** The numeric with which the server refused us. */
      readonly code?: string;
    }
  /** Nothing was received for too long: the app closes the socket and calls closed(). */
  | { readonly kind: "stalled" }
  /** Something in `ClientState.me` changed. */
  | { readonly kind: "me" }
  | { readonly kind: "latency"; readonly ms: number }
  | { readonly kind: "conversation-added"; readonly key: Folded }
  /** Anything but its lines: topic, members, counts, typing, markers, name. */
  | { readonly kind: "conversation-changed"; readonly key: Folded }
  /** The conversation `was` is now under `key` (a room was renamed, or a nick changed). */
  | { readonly kind: "conversation-moved"; readonly was: Folded; readonly key: Folded }
  | { readonly kind: "conversation-removed"; readonly key: Folded }
  /** One line was added, at the end or (late) further up, and counted if it is unread. `live`: it isn't from history. */
  | {
      readonly kind: "line-added";
      readonly key: Folded;
      readonly line: ChatLine;
      readonly live: boolean;
    }
  | { readonly kind: "line-changed"; readonly key: Folded; readonly line: ChatLine }
  /** A message was edited, or (`text` null) deleted, whether or not it is loaded. */
  | {
      readonly kind: "message-changed";
      readonly key: Folded;
      readonly msgid: string;
      readonly text: string | null;
    }
  /**
   * Lines were added from history, or removed: draw the whole conversation. `count`: how many are new.
   */
  | { readonly kind: "lines-loaded"; readonly key: Folded; readonly count: number }
  /** A live message of which its conversation notifies the user: see `NotificationLevel`. */
  | {
      readonly kind: "notify";
      readonly key: Folded;
      readonly line: ChatLine;
      readonly why: "mention" | "direct" | "message";
    }
  /** The user has set something, on this device or another; "" removes it. `isStored`: the server stores it. */
  | {
      readonly kind: "preference";
      readonly place: PreferencePlace;
      readonly name: PreferenceKey;
      readonly value: string;
      readonly isStored: boolean;
    }
  | { readonly kind: "invited"; readonly room: string; readonly by: string }
  /** I was kicked. A line of kind "kicked" was added too. */
  | { readonly kind: "kicked"; readonly key: Folded; readonly by: string; readonly reason: string }
  /** A file that is sent or fetched goes on; at most five times a second for each. */
  | { readonly kind: "transfer"; readonly transfer: Transfer }
  /** The server refused a command. `key`: the conversation that it was about, if known. */
  | {
      readonly kind: "refused";
      readonly key: Folded | null;
      readonly verb: string;
      readonly code: string;
      readonly text: string;
      readonly params: readonly string[];
    };
