import { findMentioned, mentions } from "../../protocol/mention.ts";
import type { AccountName } from "../../protocol/names.ts";
import type { RoomEvent, RoomEventOf } from "../event.ts";
import { TAKEN_BACK_MAX } from "../limits.ts";
import type { User } from "../people/user.ts";
import type { Users } from "../people/users.ts";
import { type Conversation, Room } from "../rooms/room.ts";

/**
 * What one person has read of a conversation, as numbers of things said since it began: how much is unread is
 * a subtraction, whether it is three messages or a million. Numbers only grow, and a marker carries the ones
 * that it stands for, so events and markers may be replayed in any order.
 */
export interface Tally {
  /** The moment up to which everything has been read. */
  readonly time: number;
  /** Messages that have been read: those up to this number of the conversation's `said`. */
  readonly read: number;
  /** How often the person was named in the room, in all. */
  readonly mentions: number;
  /** And how often of that up to the marker. */
  readonly mentionsRead: number;
}

/** A message that was taken back: it is counted still among what was said, and is unread to nobody. */
export interface TakenBack {
  /** When it was said. */
  readonly time: number;
  readonly named: readonly AccountName[];
}

/** Of somebody who has never read anything there. */
const FRESH_TALLY: Tally = { time: 0, read: 0, mentions: 0, mentionsRead: 0 };

/** What others said behind what this person has read, and how often they named them. */
export function countUnread(
  conversation: Conversation,
  user: User,
): { readonly messages: number; readonly mentions: number } {
  const { account } = user;
  const isRoom = conversation instanceof Room;
  if (account === null || (isRoom && !conversation.has(user))) return { messages: 0, mentions: 0 };
  const tally = user.tallies.get(conversation.id) ?? FRESH_TALLY;
  const { read, mentions, mentionsRead } = tally;
  const gone = conversation.takenBack.filter(({ time }) => time > tally.time);
  const messages = Math.max(0, conversation.said - read - gone.length);
  // What is written to somebody alone names them.
  if (!isRoom) return { messages, mentions: messages };
  const namedGone = gone.filter(({ named }) => named.includes(account)).length;
  return { messages, mentions: Math.max(0, mentions - mentionsRead - namedGone) };
}

/** Something was said: it counts for everybody but the one who said it, who has read all up to it. */
export function tallySaid(
  users: Users,
  conversation: Conversation,
  event: RoomEventOf<"said">,
): void {
  const by = users.find(event.by);
  if (event.verb !== "TAGMSG") {
    conversation.said += 1;
    for (const user of namedIn(users, conversation, event)) {
      const tally = user.tallies.get(conversation.id) ?? FRESH_TALLY;
      user.tallies.set(conversation.id, { ...tally, mentions: tally.mentions + 1 });
    }
  }
  if (by === null || by.account === null) return;
  if (conversation instanceof Room && !conversation.has(by)) return;
  by.markers.set(conversation.id, event.time);
  readAll(conversation, by);
}

/** This person has read everything that there is, or has just come in. */
export function readAll(conversation: Conversation, user: User): void {
  const { mentions } = user.tallies.get(conversation.id) ?? FRESH_TALLY;
  const { time, said: read } = conversation;
  user.tallies.set(conversation.id, { time, read, mentions, mentionsRead: mentions });
}

/** This person has read up to a moment, and the numbers that it stands for, if not further. */
export function readUpTo(
  conversation: Conversation,
  user: User,
  time: number,
  numbers: { readonly read: number; readonly mentionsRead: number },
): void {
  const tally = user.tallies.get(conversation.id) ?? FRESH_TALLY;
  if (time < tally.time) return;
  user.tallies.set(conversation.id, {
    time,
    read: Math.min(numbers.read, conversation.said),
    mentions: tally.mentions,
    mentionsRead: Math.max(tally.mentionsRead, Math.min(numbers.mentionsRead, tally.mentions)),
  });
}

/**
 * The numbers that a moment stands for, counted back through the newest events; `null` when they don't reach
 * so far. `behind`: events to count in their place, as they come from the files.
 */
export function numbersAt(
  conversation: Conversation,
  user: User,
  time: number,
  behind: readonly RoomEvent[] | null = recentSince(conversation, time),
): { readonly read: number; readonly mentionsRead: number } | null {
  if (behind === null) return null;
  const later = behind.filter(
    (event) => event.kind === "said" && event.verb !== "TAGMSG" && event.time > time,
  );
  const goneLater = conversation.takenBack.filter((gone) => gone.time > time);
  const { account, nick } = user;
  const namedLater =
    later.filter(
      (event) =>
        event.kind === "said" && event.by.account !== account && mentions(event.text, nick),
    ).length + goneLater.filter(({ named }) => account !== null && named.includes(account)).length;
  const tally = user.tallies.get(conversation.id) ?? FRESH_TALLY;
  return {
    read: Math.max(0, conversation.said - later.length - goneLater.length),
    mentionsRead: Math.max(0, tally.mentions - namedLater),
  };
}

/** What happened since a moment, if memory reaches so far. */
function recentSince({ recent, at }: Conversation, time: number): readonly RoomEvent[] | null {
  const [oldest] = recent;
  const reaches = oldest === undefined ? at === 0 : oldest.time <= time || oldest.at === 1;
  return reaches ? recent : null;
}

/** A message was taken back. */
export function tallyTakenBack(conversation: Conversation, event: RoomEventOf<"redacted">): void {
  if (event.of === undefined) return;
  conversation.takenBack.push(event.of);
  if (conversation.takenBack.length > TAKEN_BACK_MAX) conversation.takenBack.shift();
}

/** What the event of taking a message back says of it; nothing of a reaction, which was never counted. */
export function countedPart(
  users: Users,
  conversation: Conversation,
  said: RoomEventOf<"said">,
): Pick<RoomEventOf<"redacted">, "of"> {
  if (said.verb === "TAGMSG") return {};
  const named = namedIn(users, conversation, said).flatMap(({ account }) => account ?? []);
  return { of: { time: said.time, named } };
}

function namedIn(
  users: Users,
  conversation: Conversation,
  event: RoomEventOf<"said">,
): readonly User[] {
  if (!(conversation instanceof Room)) return [];
  const named = findMentioned(event.text, (name) => {
    const user = users.byNick(name);
    return user?.account != null && conversation.has(user) ? user : null;
  });
  return [...named].filter((user) => user.account !== event.by.account);
}
