import type { ClientTags, ConversationId, RoomEventOf, UserIdentity } from "../event.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import { dialectMask, encodeEvent, toBytes } from "./encode-event.ts";
import { broadcast } from "./fan-out.ts";
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
  /** See history/withheld.ts. */
  readonly withheld?: true;
}

/** Returns whether a message need not be stored: a TAGMSG without a reaction or `+draft/persist`. */
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
  const encode = (dialect: number) => encodeEvent(event, target, dialect, state.options);
  const send = broadcast(encode, dialectMask("said"), asker, sender.has("echo-message"));
  // Who misses that somebody is typing misses nothing.
  if (!isEphemeral(message)) state.softChanges.noteMessage(event, target, users);
  for (const user of users) {
    // Its audience is chosen for each message: that costs as much as looking at another three entries.
    sender.work.rows += 3;
    for (const session of user.sessions) send(session);
  }
  if (target === by.nick) {
    const bytes = toBytes(encode(sender.dialect));
    if (bytes.length > 0) sender.send(bytes);
  }
  return event;
}
