/** How the chat ends. */
import type { LogInProblem } from "../../chat-client/client-event.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import { type App, refusalSentence } from "../app-context.ts";
import type { ConnectProblem } from "../app-ports.ts";
import type { MenuPage } from "../slash/slash-command.ts";

/** Why the chat ended, and what comes after it. */
export type ChatEnd =
  | { readonly kind: "menu"; readonly page: MenuPage }
  /** Text to copy is shown outside of the chat screen; then the chat continues. */
  | { readonly kind: "reveal"; readonly text: string; readonly copied: string }
  /** After a reconnect the server refused the log-in: why, if there is more to say than that. */
  | { readonly kind: "locked-out"; readonly why?: string }
  /** What has to be asked to log in to another server is asked in the menu; then the chat continues. */
  | {
      readonly kind: "connect";
      readonly link: ServerLink;
      /** Why the attempt failed that was made in the chat. */
      readonly problem?: ConnectProblem;
    }
  | { readonly kind: "quit" }
  | { readonly kind: "terminal-closed" };

/** Returns the end of a chat whose log-in the server refuses for good. */
export function lockedOut({ words }: App, problem: LogInProblem): ChatEnd {
  if (problem.kind !== "other" || problem.code !== "ACCOUNT_SUSPENDED") {
    return { kind: "locked-out" };
  }
  return { kind: "locked-out", why: refusalSentence(words, problem) };
}
