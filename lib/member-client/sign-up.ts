import type { Answer, ChatSession } from "../chat-client/session.ts";
import { accountProblem, type NameProblem } from "../protocol/names.ts";
import { mapPassword, opaqueString } from "../protocol/opaque-string.ts";
import { utf8Bytes } from "../protocol/utf8.ts";
import { PASSWORD_BYTES_MAX, PASSWORD_BYTES_MIN } from "../protocol/wire/wire-limits.ts";
import { type ServerRefusal, serverRefusal } from "./server-refusal.ts";

/** Whether a name can be signed up. */
export type NameOutcome =
  | { readonly kind: "free" }
  | { readonly kind: "name-taken" }
  /** It looks like the name of an existing account. */
  | { readonly kind: "lookalike" }
  /** `problem` is `null` if only the server knows it; then `text` is the server's sentence. */
  | { readonly kind: "bad-name"; readonly problem: NameProblem | null; readonly text: string }
  | RightRefusal
  | ServerRefusal;

/** Why the user may not sign up, whatever the name: the server then says nothing about names. */
type RightRefusal =
  | { readonly kind: "invitation-required" }
  /** The code is unknown, used up, withdrawn or expired. */
  | { readonly kind: "invitation-wrong" }
  | { readonly kind: "closed" };

/**
 * Why a password is refused before it is sent; "is-name": it is the account's name; "characters": it has one that
 * OpaqueString refuses.
 */
export type PasswordRefusal = "too-short" | "too-long" | "is-name" | "characters";

/** Result of {@link signUp} and {@link verify}. */
export type SignUpOutcome =
  /** The account exists and is logged in; the session's event "ready" follows. */
  | { readonly kind: "done"; readonly account: string }
  /** The server sent a code by e-mail: pass it to {@link verify}. */
  | { readonly kind: "verification-required"; readonly account: string; readonly text: string }
  | Exclude<NameOutcome, { kind: "free" }>
  | { readonly kind: "weak-password"; readonly problem: PasswordRefusal | null }
  /** The server accepts sign-ups only after registration: connect as a guest, and try again. */
  | { readonly kind: "inside-first" }
  | { readonly kind: "email-required" }
  | { readonly kind: "already-logged-in" };

/** The fields of a sign-up form. */
interface SignUpForm {
  readonly account: string;
  readonly password: string;
  readonly email?: string;
  /** An invitation code that the user typed. */
  readonly invitation?: string;
}

/**
 * Checks a name without asking the server, as it is typed. Returns `null` if nothing is wrong with
 * it.
 */
export function nameOutcome(name: string): NameOutcome | null {
  const problem = accountProblem(name);
  return problem === null ? null : { kind: "bad-name", problem, text: "" };
}

/**
 * Checks a password without asking the server, which has more rules, as it is typed. Returns `null`
 * if it breaks none of these rules.
 */
export function passwordRefusal(account: string, password: string): PasswordRefusal | null {
  const bytes = utf8Bytes(mapPassword(password));
  if (bytes < PASSWORD_BYTES_MIN) return "too-short";
  if (bytes > PASSWORD_BYTES_MAX) return "too-long";
  if (opaqueString(password) === null) return "characters";
  return password.toLowerCase() === account.toLowerCase() ? "is-name" : null;
}

/** Not a name, which the server therefore doesn't count among those that were asked about. */
const NO_NAME = "*";

/** Asks whether the user may sign up at all, before a name is known: "free" where nothing is against it. */
export function checkRight(session: ChatSession, done: (outcome: NameOutcome) => void): void {
  if (!session.state.caps.has("sodam.chat/account")) return done({ kind: "not-offered" });
  session.ask("ACCOUNT", ["CHECK", NO_NAME], (answer) => {
    const refusal = nameRefusal(answer);
    const isAboutName = answer.kind === "answered" || refusal?.kind === "bad-name";
    done(isAboutName ? { kind: "free" } : (refusal ?? serverRefusal(answer)));
  });
}

/** Checks whether a name is valid and free. It may be taken by the time of the sign-up. */
export function checkName(
  session: ChatSession,
  name: string,
  done: (outcome: NameOutcome) => void,
): void {
  const localOutcome = nameOutcome(name);
  if (localOutcome !== null) {
    done(localOutcome);
    return;
  }
  if (!session.state.caps.has("sodam.chat/account")) {
    done({ kind: "not-offered" });
    return;
  }
  session.ask("ACCOUNT", ["CHECK", name.normalize("NFC")], (answer) => {
    const isFree = answer.kind === "answered" && answer.messages[0]?.params[1] === "NAME_FREE";
    done(isFree ? { kind: "free" } : (nameRefusal(answer) ?? serverRefusal(answer)));
  });
}

/**
 * Signs up, and registers the connection on success. From then on the session logs in to the
 * account automatically, also after a lost connection. Names and passwords that are known to be refused
 * aren't sent.
 */
export function signUp(
  session: ChatSession,
  { account, password, email, invitation }: SignUpForm,
  done: (outcome: SignUpOutcome) => void,
): void {
  const nameProblem = nameOutcome(account);
  if (nameProblem !== null && nameProblem.kind !== "free") {
    done(nameProblem);
    return;
  }
  const passwordProblem = passwordRefusal(account, password);
  if (passwordProblem !== null) {
    done({ kind: "weak-password", problem: passwordProblem });
    return;
  }
  const normalizedName = account.normalize("NFC");
  const normalizedPassword = password.normalize("NFC");
  const params = [
    normalizedName,
    email === undefined || email === "" ? "*" : email,
    normalizedPassword,
  ];
  if (invitation !== undefined && invitation !== "") session.sendInvitation(invitation);
  session.ask("REGISTER", params, (answer) => {
    const outcome = signUpOutcome(answer, normalizedName);
    if (outcome.kind === "done") registerConnection(session, outcome.account, normalizedPassword);
    done(outcome);
  });
}

/**
 * Completes a sign-up with the code that the server sent by e-mail (VERIFY). Calls `done` once, also
 * when the connection breaks. On "done" it has ended the capability negotiation, and stored the
 * password for the session's next log-in.
 */
export function verify(
  session: ChatSession,
  { account, password }: SignUpForm,
  code: string,
  done: (outcome: SignUpOutcome | { readonly kind: "wrong-code" }) => void,
): void {
  session.ask("VERIFY", [account, code], (answer) => {
    if (answer.kind === "failed" && answer.code === "INVALID_CODE") {
      done({ kind: "wrong-code" });
      return;
    }
    const outcome = signUpOutcome(answer, account);
    if (outcome.kind === "done")
      registerConnection(session, outcome.account, password.normalize("NFC"));
    done(outcome);
  });
}

function registerConnection(session: ChatSession, account: string, password: string): void {
  session.endNegotiation();
  // After the registration this only stores the credentials for the next connection.
  session.logIn({ kind: "password", account, password });
}

function signUpOutcome(answer: Answer, name: string): SignUpOutcome {
  if (answer.kind === "answered") {
    const reply = answer.messages.find(({ verb }) => verb === "REGISTER" || verb === "VERIFY");
    const [status, account = name] = reply?.params ?? [];
    if (status === "SUCCESS") return { kind: "done", account };
    if (status === "VERIFICATION_REQUIRED") {
      return { kind: "verification-required", account, text: reply?.params.at(-1) ?? "" };
    }
    return serverRefusal(answer);
  }
  if (answer.kind === "lost") return { kind: "lost" };
  switch (answer.code) {
    case "WEAK_PASSWORD":
    case "UNACCEPTABLE_PASSWORD":
      return { kind: "weak-password", problem: null };
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
      return nameRefusal(answer) ?? serverRefusal(answer);
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
    case "INVITATION_REQUIRED":
      return { kind: "invitation-required" };
    case "INVITATION_WRONG":
      return { kind: "invitation-wrong" };
    case "SIGN_UP_CLOSED":
      return { kind: "closed" };
    default:
      return null;
  }
}
