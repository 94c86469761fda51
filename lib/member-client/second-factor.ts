/** Manages the second factor of the user's account: ACCOUNT 2FA. */
import type { Answer, ChatSession } from "../chat-client/session.ts";
import { parseTime } from "../protocol/time.ts";
import { isAccountNote, withConfirmation } from "./account.ts";
import { type ServerRefusal, serverRefusal } from "./server-refusal.ts";

/** What can be wrong with a request about the second factor. */
export type SecondFactorRefusal =
  /** The password was wrong. */
  | { readonly kind: "wrong" }
  | { readonly kind: "wrong-code" }
  /** The server asks for a second factor, so that it can't be switched off. */
  | { readonly kind: "required" }
  | ServerRefusal;

/** Whether the second factor is on. */
export type SecondFactorStatus =
  | { readonly kind: "off" }
  /** `since` in ms since 1970, `null` if the server's time can't be parsed; `left`: recovery codes. */
  | { readonly kind: "on"; readonly since: number | null; readonly left: number }
  | ServerRefusal;

/** The key that an authenticator app needs, as text and as the URI in its QR code (`address`). */
export type SetUpOutcome =
  | { readonly kind: "key"; readonly secret: string; readonly address: string }
  | SecondFactorRefusal;

/** New recovery codes, which the server shows once. */
export type CodesOutcome =
  | { readonly kind: "codes"; readonly codes: readonly string[] }
  | SecondFactorRefusal;

/** Asks whether the account has a second factor. */
export function fetchSecondFactor(
  session: ChatSession,
  done: (status: SecondFactorStatus) => void,
): void {
  session.ask("ACCOUNT", ["2FA", "STATUS"], (answer) => {
    const [state, since = "", left = "0"] = noteDetails(answer, "SECOND_FACTOR");
    if (state === "off") done({ kind: "off" });
    else if (state === "on") done({ kind: "on", since: parseTime(since), left: Number(left) || 0 });
    else done(serverRefusal(answer));
  });
}

/** Asks for a new key. It counts once {@link finishSetUp} has sent a code of it. */
export function beginSetUp(
  session: ChatSession,
  password: string,
  done: (outcome: SetUpOutcome) => void,
): void {
  withConfirmation(session, password, done, () => {
    session.ask("ACCOUNT", ["2FA", "SETUP"], (answer) => {
      const [secret = "", address = ""] = noteDetails(answer, "SECOND_FACTOR_KEY");
      // Both are shown: nothing else than what they have to be.
      const isKey = /^[A-Z2-7]{16,64}$/.test(secret) && /^otpauth:\/\/[!-~]{1,300}$/.test(address);
      done(isKey ? { kind: "key", secret, address } : refusalOf(answer));
    });
  });
}

/** Switches the second factor on with the first code of the new key. */
export function finishSetUp(
  session: ChatSession,
  code: string,
  done: (outcome: CodesOutcome) => void,
): void {
  askForCodes(session, ["2FA", "ON", code], done);
}

/** Asks for new recovery codes. Those from before are worth nothing then. */
export function renewRecoveryCodes(
  session: ChatSession,
  password: string,
  code: string,
  done: (outcome: CodesOutcome) => void,
): void {
  withConfirmation(session, password, done, () =>
    askForCodes(session, ["2FA", "CODES", code], done),
  );
}

/** Switches the second factor off. */
export function switchOffSecondFactor(
  session: ChatSession,
  password: string,
  code: string,
  done: (outcome: { readonly kind: "done" } | SecondFactorRefusal) => void,
): void {
  withConfirmation(session, password, done, () => {
    session.ask("ACCOUNT", ["2FA", "OFF", code], (answer) => {
      done(answer.kind === "answered" ? { kind: "done" } : refusalOf(answer));
    });
  });
}

function askForCodes(
  session: ChatSession,
  params: readonly string[],
  done: (outcome: CodesOutcome) => void,
): void {
  session.ask(
    "ACCOUNT",
    params,
    (answer) => {
      const messages = answer.kind === "lost" ? [] : answer.messages;
      const notes = messages.filter((message) => isAccountNote(message, "RECOVERY_CODE"));
      const codes = notes.map((message) => message.params[2] ?? "");
      // They are shown only once: whatever else came with them, such as the welcome, is no reason to lose them.
      if (codes.length > 0) done({ kind: "codes", codes });
      else done(refusalOf(answer));
    },
    { isLast: (message) => isAccountNote(message, "RECOVERY_CODES_END") },
  );
}

function noteDetails(answer: Answer, code: string): readonly string[] {
  if (answer.kind !== "answered") return [];
  const note = answer.messages.find((message) => isAccountNote(message, code));
  return note?.params.slice(2, -1) ?? [];
}

function refusalOf(answer: Answer): SecondFactorRefusal {
  const code = answer.kind === "failed" ? answer.code : "";
  switch (code) {
    case "SECOND_FACTOR_WRONG":
      return { kind: "wrong-code" };
    case "SECOND_FACTOR_REQUIRED":
      return { kind: "required" };
    case "CONFIRMATION_REQUIRED":
      return { kind: "wrong" };
    default:
      return serverRefusal(answer);
  }
}
