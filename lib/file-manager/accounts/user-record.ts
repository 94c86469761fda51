import type {
  Account,
  AccountChange,
  DeviceCertificate,
  Invitation,
} from "../../member-server/account.ts";
import type { AccountName } from "../../protocol/names.ts";
import { fieldOf, listOf, numberIn, textIn } from "../disk/json-fields.ts";

/*
 * The shapes in users.json and users.journal, checked as they come from the disk. A name was checked by its
 * parser when it was signed up; here it only has to be a text, so that a rule which has become stricter
 * doesn't lock a server's people out.
 */

/** `null`: this is no account. */
export function decodeAccount(value: unknown): Account | null {
  const name = nameIn(value, "name");
  const hash = textIn(value, "hash");
  const createdAt = numberIn(value, "createdAt");
  const owner = fieldOf(value, "owner");
  const email = textOrNullIn(value, "email");
  const certificates = listOf(fieldOf(value, "certificates"), decodeCertificate);
  if (name === null || hash === null || createdAt === null || typeof owner !== "boolean")
    return null;
  if (email === undefined || certificates === null) return null;
  return { name, hash, createdAt, owner, email, certificates };
}

/** `null`: this is no invitation. */
export function decodeInvitation(value: unknown): Invitation | null {
  const id = textIn(value, "id");
  const hash = textIn(value, "hash");
  const uses = numberOrNullIn(value, "uses");
  const used = numberIn(value, "used");
  const expiresAt = numberOrNullIn(value, "expiresAt");
  const createdAt = numberIn(value, "createdAt");
  const by = fieldOf(value, "by") === null ? null : (nameIn(value, "by") ?? undefined);
  const owner = fieldOf(value, "owner");
  if (id === null || hash === null || used === null || createdAt === null) return null;
  if (uses === undefined || expiresAt === undefined || by === undefined) return null;
  if (typeof owner !== "boolean") return null;
  return { id, hash, uses, used, expiresAt, createdAt, by, owner };
}

/** `null`: this is no change that this version knows. */
export function decodeMemberChange(value: unknown): AccountChange | null {
  const kind = fieldOf(value, "kind");
  const name = nameIn(value, "name");
  const id = textIn(value, "id");
  switch (kind) {
    case "signed-up": {
      const hash = textIn(value, "hash");
      const email = textOrNullIn(value, "email");
      const owner = fieldOf(value, "owner");
      const time = numberIn(value, "time");
      if (name === null || hash === null || time === null) return null;
      if (email === undefined || typeof owner !== "boolean") return null;
      return { kind, name, hash, email, owner, time };
    }
    case "password": {
      const hash = textIn(value, "hash");
      return name === null || hash === null ? null : { kind, name, hash };
    }
    case "email": {
      const email = textOrNullIn(value, "email");
      return name === null || email === undefined ? null : { kind, name, email };
    }
    case "certificate-added": {
      const certificate = decodeCertificate(fieldOf(value, "certificate"));
      return name === null || certificate === null ? null : { kind, name, certificate };
    }
    case "certificate-removed": {
      const fingerprint = textIn(value, "fingerprint");
      return name === null || fingerprint === null ? null : { kind, name, fingerprint };
    }
    case "deleted":
      return name === null ? null : { kind, name };
    case "invited": {
      const invitation = decodeInvitation(fieldOf(value, "invitation"));
      return invitation === null ? null : { kind, invitation };
    }
    case "invitation-used":
    case "invitation-withdrawn":
      return id === null ? null : { kind, id };
    default:
      return null;
  }
}

function decodeCertificate(value: unknown): DeviceCertificate | null {
  const fingerprint = textIn(value, "fingerprint");
  const label = fieldOf(value, "label");
  const addedAt = numberIn(value, "addedAt");
  if (fingerprint === null || typeof label !== "string" || addedAt === null) return null;
  return { fingerprint, label, addedAt };
}

function nameIn(value: unknown, key: string): AccountName | null {
  return textIn(value, key) as AccountName | null;
}

function textOrNullIn(value: unknown, key: string): string | null | undefined {
  const field = fieldOf(value, key);
  return typeof field === "string" || field === null ? field : undefined;
}

function numberOrNullIn(value: unknown, key: string): number | null | undefined {
  return fieldOf(value, key) === null ? null : (numberIn(value, key) ?? undefined);
}
