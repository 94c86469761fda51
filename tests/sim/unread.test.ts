import { describe, expect, test } from "bun:test";
import type { RoomEvent } from "../../lib/chat-server/event.ts";
import { isAuthoredBy } from "../../lib/chat-server/history/authored-by.ts";
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

/** What is unread, counted through everything that was ever said: slow, plain, and right. */
function counted(scene: Scene, conversation: Conversation, user: User): [number, number] {
  const first = (Math.floor(scene.now / DAY_MS) - KEEP_DAYS) * DAY_MS;
  const events = scene.log.all(conversation.id).filter(({ time }) => time >= first);
  const texts = new Map<string, string>();
  for (const one of events) if (one.kind === "edited") texts.set(one.target, one.text);
  const gone = new Set(events.flatMap((one) => (one.kind === "redacted" ? [one.target] : [])));
  const forgettings = scene.log.all(conversation.id).filter((one) => one.kind === "forgotten");
  for (const one of events)
    if (forgettings.some((of) => isAuthoredBy(one, of))) gone.add(one.msgid);
  const isOwn = ({ by }: RoomEvent) => by.account === user.account;
  const all = scene.log.all(conversation.id);
  const joined = all.findLast((one) => one.kind === "joined" && isOwn(one))?.time ?? 0;
  const own = events.findLast((one) => one.kind === "said" && isOwn(one))?.time ?? 0;
  const since = Math.max(user.markers.get(conversation.id) ?? 0, joined, own);
  const unread = events.filter(
    (one) =>
      one.kind === "said" && one.verb !== "TAGMSG" && one.time > since && !gone.has(one.msgid),
  );
  const isRoom = conversation instanceof Room;
  const named = unread.filter(
    (one) => one.kind === "said" && mentions(texts.get(one.msgid) ?? one.text, user.nick),
  );
  return [unread.length, isRoom ? named.length : unread.length];
}

/** What a start finds behind a position: edits and redactions have been carried out on the lines before them. */
function asInFiles(events: readonly RoomEvent[], known: number): RoomEvent[] {
  const later = events.map((event): RoomEvent => {
    if (event.kind !== "said") return event;
    const { named, ...said } = event;
    // Nobody's names are not written down.
    const noted = named === undefined || named.length === 0 ? {} : { named };
    const changes = events.filter(
      (one) => (one.kind === "edited" || one.kind === "redacted") && one.target === event.msgid,
    );
    const last = changes.at(-1);
    const isGone =
      last?.kind === "redacted" ||
      events.some((one) => one.kind === "forgotten" && isAuthoredBy(event, one));
    if (isGone) return { ...said, ...noted, text: "" };
    if (last?.kind !== "edited") return { ...said, ...noted };
    return { ...said, ...noted, text: last.text, editedAt: last.time };
  });
  return later.filter(({ position }) => position > known);
}

function balance(scene: Scene, server: Server, what: unknown): void {
  for (const user of server.state.users.all()) {
    if (user.account === null) continue;
    for (const one of [...user.rooms, ...server.state.rooms.directsOf(user.account)]) {
      const { messages, mentions } = countUnread(one, user);
      const told = [what, user.nick, one.id, messages, mentions];
      expect(told).toEqual([what, user.nick, one.id, ...counted(scene, one, user)]);
    }
  }
}

/** A moment to mark: mostly the newest, at times long ago. */
function moment(scene: Scene, prng: Prng, user: User): { target: string; time: number } | null {
  const places = [
    ...[...user.rooms].map((room) => [room, room.name] as const),
    ...[...scene.server.state.rooms.directsOf(user.account as never)].map(
      (talk) =>
        [talk, scene.server.state.nickOfAccount(talk.peerOf(user.account as never))] as const,
    ),
  ];
  if (places.length === 0) return null;
  const [conversation, target] = prng.pick(places);
  const events = scene.log.all(conversation.id);
  const at = prng.chance(60) ? events.length - 1 : prng.below(events.length);
  return { target, time: events[at]?.time ?? 0 };
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
    const found = user === null ? null : moment(scene, prng, user);
    if (found !== null) {
      actor.says(`MARKREAD ${found.target} timestamp=${formatTime(found.time)}`);
    }
  } else if (roll < 87) {
    const name = actor.session.account;
    actor.says(`ACCOUNT CONFIRM :${name}-password`, "ACCOUNT FORGET");
  } else {
    const conversation = scene.server.state.rooms.byName(room);
    // Any of them, also one that is in the files alone.
    const said = conversation === null ? [] : scene.log.all(conversation.id);
    const target = said.length === 0 ? null : prng.pick(said);
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
    test(`are what counting all that was said gives, live and after a crash (SEED=${seed})`, () => {
      const prng = new Prng(seed);
      const scene = new Scene({ keepDays: KEEP_DAYS, redactWithinMs: 10 * DAY_MS });
      const actors = NAMES.map((name) => scene.person(name));
      // Nobody's room is dropped: its host stays in it, and reads nothing.
      scene.person("host").says("JOIN #tea", "JOIN #lunch");
      let snapshot: Snapshot = scene.server.snapshot();
      let people = 0;
      let at = new Map<string, number>();
      for (let n = 0; n < 120; n += 1) {
        step(scene, prng, prng.pick(actors));
        balance(scene, scene.server, n);
        for (const actor of actors) actor.hears();
        if (!prng.chance(15)) continue;
        if (prng.chance(50)) {
          snapshot = structuredClone(scene.server.snapshot());
          people = scene.people.length;
          at = new Map(snapshot.conversations.map((one) => [one.id, one.at]));
          continue;
        }
        const { options, ports } = scene.server.state;
        const again = new Server(options, ports, scene.members, {
          snapshot,
          later: scene.log
            .conversations()
            .flatMap((id) => asInFiles(scene.log.all(id), at.get(id) ?? 0)),
          people: scene.people.slice(people) as PersonChange[],
          recent: scene.log.recent(),
        });
        balance(scene, again, `${n}, started again`);
      }
    });
  }
});

test("a snapshot of the first version, which counted nothing, is counted from what is in memory", () => {
  const scene = new Scene();
  const [mina, jun] = [scene.person("mina"), scene.person("jun")];
  for (const one of [mina, jun]) one.says("JOIN #tea");
  for (const text of ["mina?", "here?", "mina!"]) jun.says(`PRIVMSG #tea :${text}`);
  jun.says("PRIVMSG mina :you there?");
  const { conversations, people, ...rest } = scene.server.snapshot();
  const { options, ports } = scene.server.state;
  const again = new Server(options, ports, scene.members, {
    snapshot: {
      ...rest,
      conversations: conversations.map(({ days: _d, ...one }) => one),
      people: people.map(({ tallies: _t, ...one }) => one),
    },
    later: [],
    people: [],
    recent: scene.log.recent(),
  });
  const user = again.state.users.byAccount("mina" as never) as User;
  const [room] = user.rooms;
  expect(countUnread(room as Room, user)).toEqual({ messages: 3, mentions: 2 });
  const [talk] = again.state.rooms.directsOf("mina" as never);
  expect(countUnread(talk as DirectConversation, user)).toEqual({ messages: 1, mentions: 1 });
});
