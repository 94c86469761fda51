import { capMask } from "../../protocol/wire/caps.ts";
import { formatMessage } from "../../protocol/wire/message.ts";
import type { ClientTags, ConversationId, RoomEventOf, UserIdentity } from "../event.ts";
import type { Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import { isBlocked } from "../users/block-list.ts";
import type { User } from "../users/user.ts";
import { encodeEvent, tagsOf } from "./encode-event.ts";
import { broadcast, USER_EVENT_TAGS } from "./relay.ts";
import type { Reply } from "./reply.ts";

/**
 * What is told without an event in a conversation: that somebody is typing, and what guests whisper, which
 * guest-messages.ts has in memory.
 */
export interface EphemeralMessage {
  readonly verb: "PRIVMSG" | "NOTICE" | "TAGMSG";
  readonly text: string;
  readonly tags: ClientTags;
  readonly joins?: readonly number[];
}

const TELLING = capMask(
  "message-tags",
  "server-time",
  "account-tag",
  "draft/oper-tag",
  "batch",
  "draft/multiline",
);
/** Tags of a TAGMSG that people want to find again: reactions, and what its sender says is to be kept. */
const KEPT_TAGS = ["+draft/react", "+draft/unreact", "+react", "+unreact", "+draft/persist"];

/** Whether a message need not be kept. */
export function isEphemeral({ verb, tags }: EphemeralMessage): boolean {
  return verb === "TAGMSG" && !KEPT_TAGS.some((tag) => Object.hasOwn(tags, tag));
}

/** Tells a passing message to people, and to the sender's session if it asked for echoes. */
export function relayEphemeral(
  state: State,
  passing: EphemeralMessage,
  by: UserIdentity,
  users: Iterable<User>,
  target: string,
  asker: Reply,
  time = state.now,
): RoomEventOf<"said"> {
  const event: RoomEventOf<"said"> = {
    kind: "said",
    conversation: "" as ConversationId,
    position: 0,
    time,
    msgid: state.ports.random.id(),
    by,
    ...passing,
  };
  const tell = broadcast((dialect) => encodeEvent(event, target, dialect), TELLING);
  for (const user of users) {
    const isToOneself = target === user.nick && by.nick === user.nick;
    for (const session of user.sessions) {
      if (session !== asker.session || isToOneself) tell(session);
      if (session === asker.session && session.has("echo-message")) {
        for (const line of encodeEvent(event, target, session.dialect)) asker.add(line);
      }
    }
  }
  return event;
}

/**
 * Relays an invitation to the invited user, and to the ops of the room whose sessions asked for it
 * (https://ircv3.net/specs/extensions/invite-notify). A user who blocks the inviter hears nothing.
 *
 * @param time when it was sent, in ms
 */
export function relayInvite(inviter: User, invited: User, room: Room, time: number): void {
  const body = formatMessage("INVITE", [invited.nick, room.name], inviter.source);
  const event = { time, msgid: "", by: inviter.identity };
  const send = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
  if (!isBlocked(invited, inviter)) for (const session of invited.sessions) send(session);
  for (const { user } of room.members.values()) {
    if (user === inviter || !room.hasRank(user, "h")) continue;
    for (const session of user.sessions) {
      if (session.has("invite-notify")) send(session);
    }
  }
}
