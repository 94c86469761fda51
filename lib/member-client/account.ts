/** Manages the user's own account: password, devices, deletion. */
import type { Answer, ChatSession } from "../chat-client/session.ts";
import { parseTime } from "../protocol/time.ts";
import type { Message } from "../protocol/wire/message.ts";
import { type ServerRefusal, serverRefusal } from "./server-refusal.ts";
import { type PasswordRefusal, passwordRefusal } from "./sign-up.ts";

const WRONG: ReadonlySet<string> = new Set(["WRONG_PASSWORD", "CONFIRMATION_REQUIRED"]);

/** Result of {@link changePassword}. `problem` is `null` if only the server knows it. */
export type PasswordOutcome =
  | { readonly kind: "done" }
  /** The current password was wrong. */
  | { readonly kind: "wrong" }
  | { readonly kind: "weak-password"; readonly problem: PasswordRefusal | null }
  | ServerRefusal;

/** Result of {@link deleteAccount} and {@link eraseMessages}; "wrong": the password was wrong. */
export type DeleteOutcome = { readonly kind: "done" } | { readonly kind: "wrong" } | ServerRefusal;

/** A device that can log in with its client certificate. */
export interface Device {
  /** SHA-256 of the certificate: lower-case hexadecimal, no colons. */
  readonly fingerprint: string;
  /** Milliseconds since 1970; `null` if the server's time can't be parsed. */
  readonly addedAt: number | null;
  readonly label: string;
}

/** Result of {@link addDevice}; "wrong": the password was wrong. */
export type DeviceOutcome =
  | { readonly kind: "done" }
  /** The connection has no client certificate that could be added. */
  | { readonly kind: "no-certificate" }
  /** The device was added before, so nothing needs to be done. */
  | { readonly kind: "already-yours" }
  /** It belongs to another account. */
  | { readonly kind: "in-use" }
  | { readonly kind: "too-many" }
  | { readonly kind: "wrong" }
  | ServerRefusal;

/**
 * Changes the password, which ends all other sessions. A weak password is refused before anything is sent.
 *
 * @param keepsDevices whether other devices may still log in without the password
 */
export function changePassword(
  session: ChatSession,
  currentPassword: string,
  newPassword: string,
  keepsDevices: boolean,
  done: (outcome: PasswordOutcome) => void,
): void {
  const account = session.state.me.account ?? "";
  const problem = passwordRefusal(account, newPassword);
  if (problem !== null) {
    done({ kind: "weak-password", problem });
    return;
  }
  withConfirmation(session, currentPassword, done, () => {
    const password = newPassword.normalize("NFC");
    const params = keepsDevices ? ["PASSWORD", "KEEP", password] : ["PASSWORD", password];
    session.ask("ACCOUNT", params, (answer) => {
      if (hasNote(answer, "PASSWORD_CHANGED")) {
        session.logIn({ kind: "password", account, password });
        done({ kind: "done" });
      } else if (answer.kind === "failed" && /_PASSWORD$/.test(answer.code)) {
        done({ kind: "weak-password", problem: null });
      } else done(wrongOr(answer));
    });
  });
}

/** Deletes the account. The server closes the connection afterwards. */
export function deleteAccount(
  session: ChatSession,
  password: string,
  done: (outcome: DeleteOutcome) => void,
): void {
  withConfirmation(session, password, done, () => {
    session.ask("ACCOUNT", ["DELETE"], (answer) => {
      done(hasNote(answer, "DELETED") ? { kind: "done" } : wrongOr(answer));
    });
  });
}

/**
 * Asks the server to erase all messages that the account ever sent. "done" means that it has begun;
 * it continues in the background, and the server sends a notice when it has finished.
 */
export function eraseMessages(
  session: ChatSession,
  password: string,
  done: (outcome: DeleteOutcome) => void,
): void {
  withConfirmation(session, password, done, () => {
    session.ask("ACCOUNT", ["FORGET"], (answer) => {
      done(hasNote(answer, "FORGETTING") ? { kind: "done" } : wrongOr(answer));
    });
  });
}

/**
 * Adds this connection's client certificate to the account, so that this device can log in with it.
 */
export function addDevice(
  session: ChatSession,
  password: string,
  label: string,
  done: (outcome: DeviceOutcome) => void,
): void {
  withConfirmation(session, password, done, () => {
    session.ask("ACCOUNT", ["CERT", "ADD", label.normalize("NFC")], (answer) => {
      done(deviceOutcome(answer));
    });
  });
}

/** Removes a device's certificate from the account; "unknown" if the account doesn't have it. */
export function removeDevice(
  session: ChatSession,
  fingerprint: string,
  done: (outcome: { readonly kind: "done" } | { readonly kind: "unknown" } | ServerRefusal) => void,
): void {
  session.ask("ACCOUNT", ["CERT", "DEL", fingerprint], (answer) => {
    if (answer.kind === "answered") done({ kind: "done" });
    else if (answer.kind === "failed" && answer.code === "NO_SUCH_CERT") done({ kind: "unknown" });
    else done(serverRefusal(answer));
  });
}

/** Requests the devices that can log in with their certificates. */
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
        done(serverRefusal(answer));
        return;
      }
      const devices = answer.messages
        .filter((message) => isAccountNote(message, "CERT"))
        .map(deviceOf);
      done({ kind: "devices", devices });
    },
    { isLast: (message) => isAccountNote(message, "CERTS_END") },
  );
}

function deviceOf({ params }: Message): Device {
  const [, , fingerprint = "", added = ""] = params;
  return { fingerprint, addedAt: parseTime(added), label: params[4] ?? "" };
}

/** Confirms the password, which the server requires before sensitive changes. */
export function withConfirmation(
  session: ChatSession,
  password: string,
  onFailure: (outcome: { readonly kind: "wrong" } | ServerRefusal) => void,
  onConfirmed: () => void,
): void {
  session.ask("ACCOUNT", ["CONFIRM", password.normalize("NFC")], (answer) => {
    if (hasNote(answer, "CONFIRMED")) onConfirmed();
    else onFailure(wrongOr(answer));
  });
}

function wrongOr(answer: Answer): { readonly kind: "wrong" } | ServerRefusal {
  const isWrong = answer.kind === "failed" && WRONG.has(answer.code);
  return isWrong ? { kind: "wrong" } : serverRefusal(answer);
}

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

function hasNote(answer: Answer, code: string): boolean {
  return (
    answer.kind === "answered" && answer.messages.some((message) => isAccountNote(message, code))
  );
}

/** Returns whether a message is a NOTE about ACCOUNT with this code. */
export function isAccountNote({ verb, params }: Message, code: string): boolean {
  return verb === "NOTE" && params[0] === "ACCOUNT" && params[1] === code;
}
