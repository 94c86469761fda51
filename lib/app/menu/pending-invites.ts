import { type ClientState, SERVER_KEY } from "../../chat-client/client-state.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import { fold } from "../../protocol/names.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";

/** A room into which somebody was invited, and by whom: null when that was before this start. */
export interface PendingInvite {
  readonly room: string;
  readonly by: string | null;
}

/**
 * Rooms that one was invited to and hasn't gone into, the newest invitation first.
 *
 * @param before rooms of earlier invitations, as `earlierInvites` was told
 */
export function pendingInvites(
  { conversations }: Pick<ClientState, "conversations">,
  before: readonly string[],
): PendingInvite[] {
  const lines = conversations.get(SERVER_KEY)?.lines ?? [];
  const heard = lines.filter((line) => line.code === "INVITED").toReversed();
  const all = [
    ...heard.map(({ params: [by = "", room = ""] }) => ({ room, by })),
    ...before.map((room) => ({ room, by: null })),
  ];
  const rooms = new Map<string, PendingInvite>();
  for (const one of all) {
    const key = fold(one.room);
    const known = conversations.get(key);
    if (rooms.has(key) || known?.joined === true) continue;
    // Where one has been since, the earlier invitation has let one in.
    if (known !== undefined && one.by === null) continue;
    rooms.set(key, one);
  }
  return [...rooms.values()];
}

/** Rooms that the server would let one into by invitation; none where it doesn't say. */
export function earlierInvites(session: ChatSession): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const last = ({ verb }: { readonly verb: string }): boolean =>
      verb === NUMERIC.RPL_ENDOFINVITELIST;
    const belongs = ({ verb }: { readonly verb: string }): boolean =>
      verb === NUMERIC.RPL_INVITELIST;
    session.ask(
      "INVITE",
      [],
      (answer) => {
        if (answer.kind !== "answered") return resolve([]);
        resolve(answer.messages.filter(belongs).flatMap(({ params }) => params[1] ?? []));
      },
      { isLast: last, isAnswer: belongs },
    );
  });
}
