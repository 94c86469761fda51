/** One's own account: its password, its devices, its end. */
import type { Answer, ChatSession } from "../chat-client/session.ts";
import { parseTime } from "../protocol/time.ts";
import type { Message } from "../protocol/wire/message.ts";
import { refusalOf, type ServerRefusal } from "./refusal-of-reply.ts";
import { type PasswordRefusal, passwordRefusal } from "./sign-up.ts";

export type PasswordOutcome =
  | { readonly kind: "done" }
  /** The present password was wrong. */
  | { readonly kind: "wrong" }
  | { readonly kind: "weak-password"; readonly problem: PasswordRefusal | null }
  | ServerRefusal;

export type DeleteOutcome = { readonly kind: "done" } | { readonly kind: "wrong" } | ServerRefusal;

/** A device that logs in by its certificate. */
export interface Device {
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
  /** ms; null when the server's time can't be read. */
  readonly addedAt: number | null;
  readonly label: string;
}

export type DeviceOutcome =
  | { readonly kind: "done" }
  /** This connection showed no certificate that could be added. */
  | { readonly kind: "no-certificate" }
  /** It is on one's own list already: all is well. */
  | { readonly kind: "already-yours" }
  /** It logs in to somebody else's account. */
  | { readonly kind: "in-use" }
  | { readonly kind: "too-many" }
  | { readonly kind: "wrong" }
  | ServerRefusal;

/** Changes the password, which logs out the other devices. A weak one is refused before anything is sent. */
export function changePassword(
  session: ChatSession,
  present: string,
  next: string,
  done: (outcome: PasswordOutcome) => void,
): void {
  const account = session.state.me.account ?? "";
  const problem = passwordRefusal(account, next);
  if (problem !== null) {
    done({ kind: "weak-password", problem });
    return;
  }
  confirmed(session, present, done, () => {
    const password = next.normalize("NFC");
    session.ask("ACCOUNT", ["PASSWORD", password], (answer) => {
      if (noted(answer, "PASSWORD_CHANGED")) {
        session.logIn({ kind: "password", account, password });
        done({ kind: "done" });
      } else if (answer.kind === "failed" && /_PASSWORD$/.test(answer.code)) {
        done({ kind: "weak-password", problem: null });
      } else done(wrongOr(answer));
    });
  });
}

/** The connection ends behind it. */
export function deleteAccount(
  session: ChatSession,
  password: string,
  done: (outcome: DeleteOutcome) => void,
): void {
  confirmed(session, password, done, () => {
    session.ask("ACCOUNT", ["DELETE"], (answer) => {
      done(noted(answer, "DELETED") ? { kind: "done" } : wrongOr(answer));
    });
  });
}

/**
 * Has the server take back all that one ever said. "done" means that it has begun: it goes on by itself, and
 * the server says when it is through.
 */
export function eraseMessages(
  session: ChatSession,
  password: string,
  done: (outcome: DeleteOutcome) => void,
): void {
  confirmed(session, password, done, () => {
    session.ask("ACCOUNT", ["FORGET"], (answer) => {
      done(noted(answer, "FORGETTING") ? { kind: "done" } : wrongOr(answer));
    });
  });
}

/** Lets this device log in by the certificate of this connection. */
export function addDevice(
  session: ChatSession,
  password: string,
  label: string,
  done: (outcome: DeviceOutcome) => void,
): void {
  confirmed(session, password, done, () => {
    session.ask("ACCOUNT", ["CERT", "ADD", label.normalize("NFC")], (answer) => {
      done(deviceOutcome(answer));
    });
  });
}

/** Takes a device's right to log in by its certificate away; `unknown` where it had none. */
export function removeDevice(
  session: ChatSession,
  fingerprint: string,
  done: (outcome: { readonly kind: "done" } | { readonly kind: "unknown" } | ServerRefusal) => void,
): void {
  session.ask("ACCOUNT", ["CERT", "DEL", fingerprint], (answer) => {
    if (answer.kind === "answered") done({ kind: "done" });
    else if (answer.kind === "failed" && answer.code === "NO_SUCH_CERT") done({ kind: "unknown" });
    else done(refusalOf(answer));
  });
}

/** The devices that log in by their certificates. */
export function listDevices(
  session: ChatSession,
  done: (
    outcome: { readonly kind: "devices"; readonly devices: readonly Device[] } | ServerRefusal,
  ) => void,
): void {
  session.ask(
    "ACCOUNT",
    ["CERT", "LIST"],
    (answer) => {
      if (answer.kind !== "answered") {
        done(refusalOf(answer));
        return;
      }
      const devices = answer.messages.filter((message) => isNote(message, "CERT")).map(deviceOf);
      done({ kind: "devices", devices });
    },
    { isLast: (message) => isNote(message, "CERTS_END") },
  );
}

function deviceOf({ params }: Message): Device {
  const [, , fingerprint = "", added = ""] = params;
  return { fingerprint, addedAt: parseTime(added), label: params[4] ?? "" };
}

/** Proves to the server that it is still the owner who sits here. */
function confirmed(
  session: ChatSession,
  password: string,
  failed: (outcome: { readonly kind: "wrong" } | ServerRefusal) => void,
  next: () => void,
): void {
  session.ask("ACCOUNT", ["CONFIRM", password.normalize("NFC")], (answer) => {
    if (noted(answer, "CONFIRMED")) next();
    else failed(wrongOr(answer));
  });
}

function wrongOr(answer: Answer): { readonly kind: "wrong" } | ServerRefusal {
  const wrong = answer.kind === "failed" && WRONG.has(answer.code);
  return wrong ? { kind: "wrong" } : refusalOf(answer);
}

const WRONG: ReadonlySet<string> = new Set(["WRONG_PASSWORD", "CONFIRMATION_REQUIRED"]);

function deviceOutcome(answer: Answer): DeviceOutcome {
  if (answer.kind === "answered") return { kind: "done" };
  if (answer.kind === "lost") return { kind: "lost" };
  switch (answer.code) {
    case "NO_CERTIFICATE":
      return { kind: "no-certificate" };
    case "CERT_YOURS":
      return { kind: "already-yours" };
    case "CERT_EXISTS":
      return { kind: "in-use" };
    case "LIMIT_REACHED":
      return { kind: "too-many" };
    default:
      return wrongOr(answer);
  }
}

function noted(answer: Answer, code: string): boolean {
  return answer.kind === "answered" && answer.messages.some((message) => isNote(message, code));
}

function isNote({ verb, params }: Message, code: string): boolean {
  return verb === "NOTE" && params[0] === "ACCOUNT" && params[1] === code;
}
