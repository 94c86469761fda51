import type { ChatSession } from "../chat-client/session.ts";
import { listInvitations } from "../member-client/invitations.ts";

/** Whether this is the server's owner, who alone is told the invitations; false where nobody can say. */
export function ownsServer(session: ChatSession): Promise<boolean> {
  return new Promise((resolve) => {
    listInvitations(session, ({ kind }) => resolve(kind === "invitations"));
  });
}
