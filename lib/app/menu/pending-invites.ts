import { type ClientState, SERVER_KEY } from "../../chat-client/client-state.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { awaitCallback } from "../app-context.ts";

/** An invitation to a room that the user hasn't joined. */
export interface PendingInvite {
  readonly room: string;
  /** The nick of the inviter; null for one from before this run: the server lists only its room. */
  readonly by: string | null;
}

/**
 * Lists the rooms that the user was invited to and hasn't joined, the newest invitation first.
 *
 * @param earlierRooms rooms of earlier invitations, as `fetchPendingInvites` resolved to them
 */
export function pendingInvites(
  { conversations, fold }: Pick<ClientState, "conversations" | "fold">,
  earlierRooms: readonly string[],
): PendingInvite[] {
  const lines = conversations.get(SERVER_KEY)?.lines ?? [];
  const newInvites = lines.filter((line) => line.code === "INVITED").toReversed();
  const invites: PendingInvite[] = [
    ...newInvites.map(({ params: [by = "", room = ""] }) => ({ room, by })),
    ...earlierRooms.map((room) => ({ room, by: null })),
  ];
  const byRoom = new Map<string, PendingInvite>();
  for (const invite of invites) {
    const key = fold(invite.room);
    const conversation = conversations.get(key);
    if (byRoom.has(key) || conversation?.joined === true) continue;
    // A room that was joined and left in this run has used up its earlier invitation.
    if (conversation !== undefined && invite.by === null) continue;
    byRoom.set(key, invite);
  }
  return [...byRoom.values()];
}

/**
 * Asks the server for the rooms that the user may join by invitation (INVITE without parameters,
 * https://modern.ircdocs.horse/#invite-message). Resolves to none if the server refuses or doesn't answer.
 */
export function fetchPendingInvites(session: ChatSession): Promise<readonly string[]> {
  return awaitCallback((done) => {
    const last = ({ verb }: { readonly verb: string }): boolean =>
      verb === NUMERIC.RPL_ENDOFINVITELIST;
    const belongs = ({ verb }: { readonly verb: string }): boolean =>
      verb === NUMERIC.RPL_INVITELIST;
    session.ask(
      "INVITE",
      [],
      (answer) => {
        if (answer.kind !== "answered") return done([]);
        done(answer.messages.filter(belongs).flatMap(({ params }) => params[1] ?? []));
      },
      { isLast: last, isAnswer: (message) => belongs(message) || last(message) },
    );
  });
}
