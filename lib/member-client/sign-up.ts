import type { Answer, ChatSession } from "../chat-client/session.ts";
import { accountProblem, type NameProblem } from "../protocol/names.ts";
import { utf8Bytes } from "../protocol/utf8.ts";
import { PASSWORD_BYTES_MAX, PASSWORD_BYTES_MIN } from "../protocol/wire/wire-limits.ts";
import { refusalOf, type ServerRefusal } from "./refusal-of-reply.ts";

export type NameOutcome =
  | { readonly kind: "free" }
  | { readonly kind: "name-taken" }
  /** It looks like the name of an account that exists. */
  | { readonly kind: "lookalike" }
  /** `problem` is null when only the server knows it. */
  | { readonly kind: "bad-name"; readonly problem: NameProblem | null; readonly text: string }
  | ServerRefusal;

export type PasswordRefusal = "too-short" | "too-long" | "is-name";

export type SignUpOutcome =
  /** Signed up, logged in, and on the way in: "ready" follows. */
  | { readonly kind: "done"; readonly account: string }
  /** The server sent a code by e-mail: verify() it. */
  | { readonly kind: "verification-required"; readonly account: string; readonly text: string }
  | Exclude<NameOutcome, { kind: "free" }>
  | { readonly kind: "weak-password"; readonly problem: PasswordRefusal | null }
  | { readonly kind: "invitation-required" }
  /** Unknown, used up, withdrawn, or too old. */
  | { readonly kind: "invitation-wrong" }
  | { readonly kind: "closed" }
  /** The server signs up who is in: go in as a guest, and try once more. */
  | { readonly kind: "inside-first" }
  | { readonly kind: "email-required" }
  | { readonly kind: "already-logged-in" };

export interface SignUp {
  readonly account: string;
  readonly password: string;
  readonly email?: string;
  /** A code that was typed at the door. */
  readonly invitation?: string;
}

/** What can be known of a name without the server: while it is being typed. */
export function nameOutcome(name: string): NameOutcome | null {
  const problem = accountProblem(name);
  return problem === null ? null : { kind: "bad-name", problem, text: "" };
}

/** What can be known of a password without the server, which knows more: while it is being typed. */
export function passwordRefusal(account: string, password: string): PasswordRefusal | null {
  const bytes = utf8Bytes(password.normalize("NFC"));
  if (bytes < PASSWORD_BYTES_MIN) return "too-short";
  if (bytes > PASSWORD_BYTES_MAX) return "too-long";
  return password.toLowerCase() === account.toLowerCase() ? "is-name" : null;
}

/** Is the name valid and free? The server's part of the answer may be older than the sign-up. */
export function checkName(
  session: ChatSession,
  name: string,
  done: (outcome: NameOutcome) => void,
): void {
  const known = nameOutcome(name);
  if (known !== null) {
    done(known);
    return;
  }
  if (!session.state.caps.has("sodam.chat/account")) {
    done({ kind: "not-offered" });
    return;
  }
  session.ask("ACCOUNT", ["CHECK", name.normalize("NFC")], (answer) => {
    const free = answer.kind === "answered" && answer.messages[0]?.params[1] === "NAME_FREE";
    done(free ? { kind: "free" } : (nameRefusal(answer) ?? refusalOf(answer)));
  });
}

/**
 * Signs up at the door, and goes in on success. The session logs in by itself from then on, also
 * after a lost connection.
 */
export function signUp(
  session: ChatSession,
  { account, password, email, invitation }: SignUp,
  done: (outcome: SignUpOutcome) => void,
): void {
  const bad = nameOutcome(account);
  if (bad !== null && bad.kind !== "free") {
    done(bad);
    return;
  }
  const problem = passwordRefusal(account, password);
  if (problem !== null) {
    done({ kind: "weak-password", problem });
    return;
  }
  const name = account.normalize("NFC");
  const secret = password.normalize("NFC");
  const params = [name, email === undefined || email === "" ? "*" : email, secret];
  if (invitation !== undefined && invitation !== "") session.sendInvitation(invitation);
  session.ask("REGISTER", params, (answer) => {
    const outcome = signUpOutcome(answer, name);
    if (outcome.kind === "done") goIn(session, outcome.account, secret);
    done(outcome);
  });
}

/** The code from the e-mail. */
export function verify(
  session: ChatSession,
  { account, password }: SignUp,
  code: string,
  done: (outcome: SignUpOutcome | { readonly kind: "wrong-code" }) => void,
): void {
  session.ask("VERIFY", [account, code], (answer) => {
    if (answer.kind === "failed" && answer.code === "INVALID_CODE") {
      done({ kind: "wrong-code" });
      return;
    }
    const outcome = signUpOutcome(answer, account);
    if (outcome.kind === "done") goIn(session, outcome.account, password.normalize("NFC"));
    done(outcome);
  });
}

function goIn(session: ChatSession, account: string, password: string): void {
  session.endNegotiation();
  // Behind the door this only says how to log in next time.
  session.logIn({ kind: "password", account, password });
}

function signUpOutcome(answer: Answer, name: string): SignUpOutcome {
  if (answer.kind === "answered") {
    const said = answer.messages.find(({ verb }) => verb === "REGISTER" || verb === "VERIFY");
    const [what, account = name] = said?.params ?? [];
    if (what === "SUCCESS") return { kind: "done", account };
    if (what === "VERIFICATION_REQUIRED") {
      return { kind: "verification-required", account, text: said?.params.at(-1) ?? "" };
    }
    return refusalOf(answer);
  }
  if (answer.kind === "lost") return { kind: "lost" };
  switch (answer.code) {
    case "WEAK_PASSWORD":
    case "UNACCEPTABLE_PASSWORD":
      return { kind: "weak-password", problem: null };
    case "INVITATION_REQUIRED":
      return { kind: "invitation-required" };
    case "INVITATION_WRONG":
      return { kind: "invitation-wrong" };
    case "SIGN_UP_CLOSED":
    case "DISABLED":
      return { kind: "closed" };
    case "COMPLETE_CONNECTION_REQUIRED":
      return { kind: "inside-first" };
    case "INVALID_EMAIL":
    case "UNACCEPTABLE_EMAIL":
      return { kind: "email-required" };
    case "ALREADY_AUTHENTICATED":
      return { kind: "already-logged-in" };
    default:
      return nameRefusal(answer) ?? refusalOf(answer);
  }
}

function nameRefusal(answer: Answer): Exclude<NameOutcome, { kind: "free" }> | null {
  if (answer.kind !== "failed") return null;
  switch (answer.code) {
    case "ACCOUNT_EXISTS":
      return { kind: "name-taken" };
    case "ACCOUNT_NAME_LOOKALIKE":
      return { kind: "lookalike" };
    case "BAD_ACCOUNT_NAME":
    case "ACCOUNT_NAME_MUST_BE_NICK":
      return { kind: "bad-name", problem: null, text: answer.text };
    default:
      return null;
  }
}
