import { formatMessage } from "../../protocol/wire/message.ts";
import type { ClientTags, ConversationId, RoomEventOf, UserIdentity } from "../event.ts";
import type { Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import { isBlocked } from "../users/block-list.ts";
import type { User } from "../users/user.ts";
import { dialectMask, encodeEvent, tagsOf, toBytes } from "./encode-event.ts";
import { broadcast, USER_EVENT_TAGS } from "./fan-out.ts";
import type { Reply } from "./reply.ts";

/** Tags of a TAGMSG that is stored: reactions, and those that their sender marks as persistent. */
const STORED_TAGS = ["+draft/react", "+draft/unreact", "+react", "+unreact", "+draft/persist"];

/**
 * A message that is relayed without an event in a conversation: a typing notification, or a direct message to
 * or from a guest, which guest-messages.ts keeps in memory.
 */
interface EphemeralMessage {
  readonly verb: "PRIVMSG" | "NOTICE" | "TAGMSG";
  readonly text: string;
  readonly tags: ClientTags;
  /** Offsets in `text` where the sender split a line; see {@link splitMessage}. */
  readonly joins?: readonly number[];
}

/** Returns whether a message need not be stored: a TAGMSG without a reaction. */
export function isEphemeral({ verb, tags }: EphemeralMessage): boolean {
  return verb === "TAGMSG" && !STORED_TAGS.some((tag) => Object.hasOwn(tags, tag));
}

/**
 * Relays an ephemeral message. The sending session gets a copy in its reply if it has `echo-message`, and
 * the message itself if it wrote to its own nick.
 *
 * @param users the recipients, and the sender for their other sessions
 * @param target the room or nick that the message was sent to, as recipients read it
 * @returns the message as an event that is in no conversation
 */
export function relayEphemeral(
  state: State,
  message: EphemeralMessage,
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
    ...message,
  };
  const { session: sender } = asker;
  const encode = (dialect: number) => encodeEvent(event, target, dialect);
  const send = broadcast(encode, dialectMask("said"), asker, sender.has("echo-message"));
  for (const user of users) for (const session of user.sessions) send(session);
  if (target === by.nick) {
    const bytes = toBytes(encode(sender.dialect));
    if (bytes.length > 0) sender.link.send(bytes);
  }
  return event;
}

/**
 * Relays an invitation to the invited user, and to the ops of the room whose sessions asked for it
 * (https://ircv3.net/specs/extensions/invite-notify). A user who blocks the inviter gets nothing.
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
