import type { Answer } from "../chat-client/session.ts";

/**
 * A refusal or failure that any request can meet. The app has a sentence for each; `text` is the
 * server's own.
 */
export type ServerRefusal =
  /** Too many attempts; allowed again after this many seconds (`null`: the server didn't say). */
  | { readonly kind: "slowed"; readonly seconds: number | null }
  /** The server is overloaded, or its disk is full. */
  | { readonly kind: "busy" }
  /**
   * The answer timed out or the connection broke: whether the request was carried out is unknown.
   */
  | { readonly kind: "lost" }
  /** The server doesn't support this, or its owner switched it off. */
  | { readonly kind: "not-offered" }
  | { readonly kind: "other"; readonly code: string; readonly text: string };

/**
 * Converts an unsuccessful answer to a refusal. Callers handle the codes of their own command
 * first.
 */
export function serverRefusal(answer: Answer): ServerRefusal {
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
      // Other commands name their account there, which may be a number.
      const details = params[0] === "AUTHENTICATE" ? params.slice(2, -1) : [];
      const seconds = details.find((word) => /^\d+$/.test(word));
      return { kind: "slowed", seconds: seconds === undefined ? null : Number(seconds) };
    }
    case "TEMPORARILY_UNAVAILABLE":
    case "INTERNAL_ERROR":
      return { kind: "busy" };
    // 421: unknown command. 451: some servers allow the command only after registration.
    case "421":
    case "451":
    case "DISABLED":
      return { kind: "not-offered" };
    default:
      return { kind: "other", code, text };
  }
}
