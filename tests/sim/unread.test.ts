import { describe, expect, test } from "bun:test";
import type { RoomEvent, RoomEventOf } from "../../lib/chat-server/event.ts";
import { isAuthoredBy, isMessage } from "../../lib/chat-server/history/select-events.ts";
import { withEdit } from "../../lib/chat-server/history/withheld.ts";
import {
  type Conversation,
  type DirectConversation,
  Room,
} from "../../lib/chat-server/rooms/room.ts";
import { Server } from "../../lib/chat-server/server.ts";
import type { PersonChange } from "../../lib/chat-server/server-ports.ts";
import type { Snapshot } from "../../lib/chat-server/snapshot/snapshot.ts";
import { countUnread } from "../../lib/chat-server/unread/unread-counts.ts";
import type { User } from "../../lib/chat-server/users/user.ts";
import { mentions } from "../../lib/protocol/mention.ts";
import { formatTime } from "../../lib/protocol/time.ts";
import { accountId } from "../account-ids.ts";
import { Prng, seeds } from "../prng.ts";
import { type Actor, Scene } from "../scene.ts";

const NAMES = ["mina", "jun", "민수"] as const;
const DAY_MS = 86_400_000;
const KEEP_DAYS = 2;
const TEXTS = [
  "hello",
  "Mina, tea?",
  "민수야 밥 먹자",
  "민수기",
  "@jun and mina",
  "jun's",
  "host, tea!",
  "tea for the host",
];

/** Counts unread messages and mentions by going through the whole history: slow, plain and right. */
function countSlowly(scene: Scene, conversation: Conversation, user: User): [number, number] {
  const first = (Math.floor(scene.now / DAY_MS) - KEEP_DAYS) * DAY_MS;
  const events = scene.log.all(conversation.id).filter(({ time }) => time >= first);
  const texts = new Map<string, string>();
  for (const event of events) if (event.kind === "edited") texts.set(event.target, event.text);
  const removed = new Set(
    events.flatMap((event) => (event.kind === "redacted" ? [event.target] : [])),
  );
  const erasures = scene.log.all(conversation.id).filter((event) => event.kind === "forgotten");
  for (const event of events)
    if (erasures.some((erasure) => isAuthoredBy(event, erasure))) removed.add(event.msgid);
  const isOwn = ({ by }: RoomEvent) => by.account === user.account;
  const all = scene.log.all(conversation.id);
  const joinedTime = all.findLast((event) => event.kind === "joined" && isOwn(event))?.time ?? 0;
  const lastOwnTime = events.findLast((event) => event.kind === "said" && isOwn(event))?.time ?? 0;
  const marker = user.markers.get(conversation.id) ?? 0;
  const readUntil = Math.max(marker, joinedTime, lastOwnTime);
  const unread = events
    .filter(isMessage)
    .filter(({ time, msgid }) => time > readUntil && !removed.has(msgid));
  const mentioning = unread.filter(({ msgid, text }) =>
    mentions(texts.get(msgid) ?? text, user.nick),
  );
  return [unread.length, conversation instanceof Room ? mentioning.length : unread.length];
}

/** Returns the events after a position as files have them: rewritten by later edits, redactions and erasures. */
function asInFiles(events: readonly RoomEvent[], position: number): RoomEvent[] {
  const rewritten = events.map((event): RoomEvent => {
    if (event.kind !== "said") return event;
    const changes = events.filter(
      (change) =>
        (change.kind === "edited" || change.kind === "redacted") && change.target === event.msgid,
    );
    const last = changes.at(-1);
    const isGone =
      last?.kind === "redacted" ||
      events.some((erasure) => erasure.kind === "forgotten" && isAuthoredBy(event, erasure));
    if (isGone) return { ...event, text: "" };
    return changes.reduce<RoomEventOf<"said">>(
      (said, change) => (change.kind === "edited" ? withEdit(said, change) : said),
      event,
    );
  });
  return rewritten.filter((event) => event.position > position);
}

/** Compares every user's unread counts with the slow ones. */
function compareCounts(scene: Scene, server: Server, step: unknown): void {
  for (const user of server.state.users.all()) {
    if (user.accountId === null) continue;
    const directs = server.state.rooms.directConversationsOf(user.accountId);
    for (const conversation of [...user.rooms, ...directs]) {
      const { messages, mentions } = countUnread(server.state.users, conversation, user);
      const where = [step, user.nick, conversation.id];
      expect([...where, messages, mentions]).toEqual([
        ...where,
        ...countSlowly(scene, conversation, user),
      ]);
    }
  }
}

/** Picks a time for MARKREAD: mostly the newest, sometimes long ago. */
function randomMarker(
  scene: Scene,
  prng: Prng,
  user: User,
): { target: string; time: number } | null {
  const targets = [
    ...[...user.rooms].map((room) => [room, room.name] as const),
    ...[...scene.server.state.rooms.directConversationsOf(user.accountId as never)].map(
      (direct) =>
        [direct, scene.server.state.nickOfAccount(direct.peerOf(user.accountId as never))] as const,
    ),
  ];
  if (targets.length === 0) return null;
  const [conversation, target] = prng.pick(targets);
  const events = scene.log.all(conversation.id);
  const index = prng.chance(60) ? events.length - 1 : prng.below(events.length);
  return { target, time: events[index]?.time ?? 0 };
}

function step(scene: Scene, prng: Prng, actor: Actor): void {
  const room = prng.pick(["#tea", "#lunch"]);
  const roll = prng.below(100);
  if (roll < 6) actor.says(`JOIN ${room}`);
  else if (roll < 8) actor.says(`PART ${room}`);
  else if (roll < 55) {
    const many = prng.chance(10) ? 120 : 1;
    for (let n = 0; n < many; n += 1) {
      actor.says(`PRIVMSG ${room} :${prng.pick(TEXTS)}`);
      scene.now += prng.below(3) * 500;
    }
  } else if (roll < 65) actor.says(`PRIVMSG ${prng.pick(NAMES)} :${prng.pick(TEXTS)}`);
  else if (roll < 85) {
    const { user } = actor.session;
    const marker = user === null ? null : randomMarker(scene, prng, user);
    if (marker !== null) {
      actor.says(`MARKREAD ${marker.target} timestamp=${formatTime(marker.time)}`);
    }
  } else if (roll < 86) {
    // Within the day: the naive count doesn't know which days were deleted before.
    scene.setsClock(-prng.below(scene.now % DAY_MS));
  } else if (roll < 87) {
    const name = actor.session.account;
    actor.says(`ACCOUNT CONFIRM :${name}-password`, "ACCOUNT FORGET");
  } else {
    const conversation = scene.server.state.rooms.byName(room);
    // Any event, also one that is in the files alone.
    const events = conversation === null ? [] : scene.log.all(conversation.id);
    const target = events.length === 0 ? null : prng.pick(events);
    if (target?.kind !== "said") return;
    if (prng.chance(50)) actor.says(`REDACT ${room} ${target.msgid}`);
    else {
      const author = scene.person(target.by.account ?? "");
      author.says(`EDIT ${room} ${target.msgid} :${prng.pick(TEXTS)}`);
      author.vanishes();
    }
  }
  scene.now += 700;
  if (!prng.chance(8)) return;
  scene.now += DAY_MS / 2;
  scene.server.retain();
}

describe("unread counts", () => {
  for (const seed of seeds(12)) {
    test(`equal a naive count, live and after a crash (SEED=${seed})`, () => {
      const prng = new Prng(seed);
      const scene = new Scene({ keepDays: KEEP_DAYS, redactWithinMs: 10 * DAY_MS });
      const actors = NAMES.map((name) => scene.person(name));
      // The host stays in the rooms, so that they are never closed, and reads nothing.
      scene.person("host").says("JOIN #tea", "JOIN #lunch");
      let snapshot: Snapshot = scene.server.snapshot();
      let people = 0;
      let positions = new Map<string, number>();
      for (let n = 0; n < 120; n += 1) {
        step(scene, prng, prng.pick(actors));
        compareCounts(scene, scene.server, n);
        for (const actor of actors) actor.hears();
        if (!prng.chance(15)) continue;
        if (prng.chance(50)) {
          snapshot = structuredClone(scene.server.snapshot());
          people = scene.people.length;
          positions = new Map(snapshot.conversations.map(({ id, at }) => [id, at]));
          continue;
        }
        const { options, ports } = scene.server.state;
        const again = new Server(options, ports, scene.members, {
          snapshot,
          later: scene.log
            .conversations()
            .flatMap((id) => asInFiles(scene.log.all(id), positions.get(id) ?? 0)),
          people: scene.people.slice(people) as PersonChange[],
          recent: scene.log.recent(),
        });
        compareCounts(scene, again, `${n}, started again`);
      }
    });
  }
});

test("unread messages of an early version's snapshot, which has no counts, are counted from memory", () => {
  const scene = new Scene();
  const [mina, jun] = [scene.person("mina"), scene.person("jun")];
  for (const actor of [mina, jun]) actor.says("JOIN #tea");
  for (const text of ["mina?", "here?", "mina!"]) jun.says(`PRIVMSG #tea :${text}`);
  jun.says("PRIVMSG mina :you there?");
  const { conversations, people, ...rest } = scene.server.snapshot();
  const { options, ports } = scene.server.state;
  const again = new Server(options, ports, scene.members, {
    snapshot: {
      ...rest,
      conversations: conversations.map(({ days: _d, ...entry }) => entry),
      people: people.map(({ tallies: _t, ...entry }) => entry),
    },
    later: [],
    people: [],
    recent: scene.log.recent(),
  });
  const user = again.state.users.byAccount(accountId("mina")) as User;
  const [room] = user.rooms;
  expect(countUnread(again.state.users, room as Room, user)).toEqual({ messages: 3, mentions: 2 });
  const [direct] = again.state.rooms.directConversationsOf(accountId("mina"));
  expect(countUnread(again.state.users, direct as DirectConversation, user)).toEqual({
    messages: 1,
    mentions: 1,
  });
});
