import type { Answer } from "../chat-client/session.ts";

/** What can be answered to anything. The app has words for each; `text` is the server's own. */
export type ServerRefusal =
  /** Too many attempts; again after so many seconds (null: not said). */
  | { readonly kind: "slowed"; readonly seconds: number | null }
  /** The server has too much to do, or its disk is full. */
  | { readonly kind: "busy" }
  /** No answer in time, or the connection broke: nobody knows whether it was done. */
  | { readonly kind: "lost" }
  /** The server doesn't know this, or its owner switched it off. */
  | { readonly kind: "not-offered" }
  | { readonly kind: "other"; readonly code: string; readonly text: string };

/** An answer that isn't the wished-for one, as far as it isn't special to a verb. */
export function refusalOf(answer: Answer): ServerRefusal {
  switch (answer.kind) {
    case "lost":
      return { kind: "lost" };
    case "answered": {
      const { params = [] } = answer.messages[0] ?? {};
      return { kind: "other", code: params[1] ?? "", text: params.at(-1) ?? "" };
    }
    case "failed":
      return refusalOfCode(answer.code, answer.messages[0]?.params ?? [], answer.text);
  }
}

function refusalOfCode(code: string, params: readonly string[], text: string): ServerRefusal {
  switch (code) {
    case "RATE_LIMITED": {
      const seconds = params.slice(2, -1).find((word) => /^\d+$/.test(word));
      return { kind: "slowed", seconds: seconds === undefined ? null : Number(seconds) };
    }
    case "TEMPORARILY_UNAVAILABLE":
    case "INTERNAL_ERROR":
      return { kind: "busy" };
    // Unknown command, and "use this later" of servers that have it only inside.
    case "421":
    case "451":
    case "DISABLED":
      return { kind: "not-offered" };
    default:
      return { kind: "other", code, text };
  }
}
