/**
 * Passwords that the user wanted to be stored, for servers that can't remember this device: log-ins by NickServ, and
 * the passwords of bouncers. They are in a file of their own, which only its owner can read.
 */
import type { AppPorts } from "../app-ports.ts";
import { isText, parseRecord } from "./saved-state.ts";

/** What is stored for one server. Any of it may be missing. */
interface StoredPasswords {
  readonly account?: string;
  readonly password?: string;
  /** The password for the server itself (IRC's PASS). */
  readonly serverPassword?: string;
}

type PasswordPorts = Pick<AppPorts, "readPasswords" | "writePasswords">;

/** Returns what is stored for a server. `key`: see `serverKey`. */
export function storedPasswords(ports: PasswordPorts, key: string): StoredPasswords {
  return parseRecord(parseRecord(ports.readPasswords(), isRecord)[key], isText);
}

/** Replaces what is stored for a server; null forgets it. Others stay as another client may have written them. */
export function storePasswords(
  ports: PasswordPorts,
  key: string,
  passwords: StoredPasswords | null,
): void {
  const { [key]: _, ...others } = parseRecord(ports.readPasswords(), isRecord);
  ports.writePasswords(passwords === null ? others : { ...others, [key]: passwords });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
