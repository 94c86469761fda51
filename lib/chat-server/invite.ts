import { formatMessage } from "../protocol/message.ts";
import type { Room } from "./room.ts";
import type { User } from "./user.ts";

/**
 * Tells an invitation to the one who is invited, and to the room's ops who asked to know
 * (https://ircv3.net/specs/extensions/invite-notify).
 */
export function tellInvitation(from: User, guest: User, room: Room): void {
  const bytes = Buffer.from(`${formatMessage("INVITE", [guest.nick, room.name], from.source)}\r\n`);
  for (const session of guest.sessions) session.link.send(bytes);
  for (const { user } of room.members.values()) {
    if (user === from || !room.stands(user, "h")) continue;
    for (const session of user.sessions) {
      if (session.has("invite-notify")) session.link.send(bytes);
    }
  }
}
