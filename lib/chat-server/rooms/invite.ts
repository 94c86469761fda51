import { formatMessage } from "../../protocol/wire/message.ts";
import { tagsOf } from "../relay/encode-event.ts";
import { broadcast, USER_EVENT_TAGS } from "../relay/fan-out.ts";
import { isBlocked } from "../users/block-list.ts";
import type { User } from "../users/user.ts";
import type { Room } from "./room.ts";

/**
 * Tells an invitation to the one who is invited, and to the room's ops who asked to know
 * (https://ircv3.net/specs/extensions/invite-notify).
 */
export function relayInvite(from: User, guest: User, room: Room, time: number): void {
  const body = formatMessage("INVITE", [guest.nick, room.name], from.source);
  const event = { time, msgid: "", by: from.identity };
  const tell = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
  if (!isBlocked(guest, from)) for (const session of guest.sessions) tell(session);
  for (const { user } of room.members.values()) {
    if (user === from || !room.hasRank(user, "h")) continue;
    for (const session of user.sessions) {
      if (session.has("invite-notify")) tell(session);
    }
  }
}
