/** Letting others in: for the owner of the server. */
import type { Answer, ChatSession } from "../chat-client/session.ts";
import { parseTime } from "../protocol/time.ts";
import type { Message } from "../protocol/wire/message.ts";
import { refusalOf, type ServerRefusal } from "./refusal-of-reply.ts";

export interface CreatedInvitation {
  readonly id: string;
  /** Told once; the server keeps only its hash. */
  readonly code: string;
  /** null: any number. */
  readonly uses: number | null;
  /** ms; null: never. */
  readonly expiresAt: number | null;
}

export interface KnownInvitation {
  readonly id: string;
  readonly used: number;
  readonly uses: number | null;
  readonly expiresAt: number | null;
  readonly by: string | null;
}

export type InvitationFailure = { readonly kind: "not-owner" } | ServerRefusal;

/** `uses` null: any number of times. What isn't given, the server decides. */
export function createInvitation(
  session: ChatSession,
  { uses, hours }: { readonly uses?: number | null; readonly hours?: number },
  done: (
    outcome:
      | { readonly kind: "created"; readonly invitation: CreatedInvitation }
      | InvitationFailure,
  ) => void,
): void {
  // The number of uses stands before the hours, so the one needs the other.
  const params = ["CREATE"];
  if (uses !== undefined || hours !== undefined) params.push(uses === null ? "*" : `${uses ?? 1}`);
  if (hours !== undefined) params.push(`${hours}`);
  session.ask("INVITATION", params, (answer) => {
    const created = told(answer, "CREATED");
    if (created === null) {
      done(refused(answer));
      return;
    }
    const [, id = "", code = "", left = "*", expiry = "*"] = created.params;
    const invitation = { id, code, uses: countOf(left), expiresAt: parseTime(expiry) };
    done({ kind: "created", invitation });
  });
}

/** The invitations that let people in still; only the server's owner is told. */
export function listInvitations(
  session: ChatSession,
  done: (
    outcome:
      | { readonly kind: "invitations"; readonly invitations: readonly KnownInvitation[] }
      | InvitationFailure,
  ) => void,
): void {
  session.ask(
    "INVITATION",
    ["LIST"],
    (answer) => {
      if (answer.kind !== "answered") {
        done(refused(answer));
        return;
      }
      const entries = answer.messages.filter((message) => isTold(message, "ENTRY"));
      done({ kind: "invitations", invitations: entries.map(entryOf) });
    },
    { isLast: (message) => isTold(message, "END") },
  );
}

/** Lets nobody in by this invitation any more; `unknown` where there is none. */
export function withdrawInvitation(
  session: ChatSession,
  id: string,
  done: (
    outcome: { readonly kind: "withdrawn" } | { readonly kind: "unknown" } | InvitationFailure,
  ) => void,
): void {
  session.ask("INVITATION", ["WITHDRAW", id], (answer) => {
    if (told(answer, "WITHDRAWN") !== null) done({ kind: "withdrawn" });
    else if (answer.kind === "failed" && answer.code === "NO_SUCH_INVITATION") {
      done({ kind: "unknown" });
    } else done(refused(answer));
  });
}

function entryOf({ params }: Message): KnownInvitation {
  const [, id = "", counts = "", expiry = "*", by = "*"] = params;
  const [used = "0", uses = "*"] = counts.split("/");
  return {
    id,
    used: Number.parseInt(used, 10) || 0,
    uses: countOf(uses),
    expiresAt: parseTime(expiry),
    by: by === "*" ? null : by,
  };
}

function countOf(text: string): number | null {
  return /^\d+$/.test(text) ? Number(text) : null;
}

function told(answer: Answer, what: string): Message | null {
  if (answer.kind !== "answered") return null;
  return answer.messages.find((message) => isTold(message, what)) ?? null;
}

function isTold({ verb, params }: Message, what: string): boolean {
  return verb === "INVITATION" && params[0] === what;
}

function refused(answer: Answer): InvitationFailure {
  const owner = answer.kind === "failed" && answer.code === "NOT_OWNER";
  return owner ? { kind: "not-owner" } : refusalOf(answer);
}
