import { describe, expect, test } from "bun:test";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import { Server } from "../../lib/chat-server/server.ts";
import type { PersonChange } from "../../lib/chat-server/server-ports.ts";
import type {
  ConversationSnapshot,
  PersonSnapshot,
  Snapshot,
} from "../../lib/chat-server/snapshot/snapshot.ts";
import { snapshotSource } from "../../lib/chat-server/snapshot/snapshot-source.ts";
import { formatTime } from "../../lib/protocol/time.ts";
import { Prng, seeds } from "../prng.ts";
import { type Actor, Scene } from "../scene.ts";

const NAMES = ["mina", "jun", "민수", "host"] as const;
const ROOMS = ["#tea", "#lunch", "#coffee"] as const;
const TEXTS = ["hello", "mina, tea?", "민수야 밥 먹자", "@jun and mina", "host!"];

function step(scene: Scene, prng: Prng, actor: Actor): void {
  const room = prng.pick(ROOMS);
  const roll = prng.below(100);
  const recent = scene.server.state.rooms.byName(room)?.recentEvents ?? [];
  const event = recent.length === 0 ? null : prng.pick(recent);
  if (roll < 15) actor.says(`JOIN ${room}`);
  else if (roll < 22) actor.says(`PART ${room}`);
  else if (roll < 50) actor.says(`PRIVMSG ${room} :${prng.pick(TEXTS)}`);
  else if (roll < 60) actor.says(`PRIVMSG ${prng.pick(NAMES)} :${prng.pick(TEXTS)}`);
  else if (roll < 75 && event !== null) {
    actor.says(`MARKREAD ${room} timestamp=${formatTime(event.time)}`);
  } else if (roll < 85 && event?.kind === "said") actor.says(`REDACT ${room} ${event.msgid}`);
  else if (roll < 90) actor.says(`RENAME ${room} ${prng.pick(ROOMS)}`);
  else if (roll < 92) actor.says(`TOPIC ${room} :${prng.pick(TEXTS)}`);
  else if (roll < 96) actor.says(`INVITE ${prng.pick(NAMES)} ${room}`);
  else if (roll < 98) actor.says(`UNINVITE ${prng.pick(NAMES)} ${room}`);
  else actor.says(`METADATA ${room} SET color :${prng.below(9)}`);
  scene.now += 700;
}

/** A server's snapshot in an order that doesn't depend on how it was made. */
function sortedSnapshot(server: Server): Snapshot {
  const { conversations, people, bans } = server.snapshot();
  const name = ({ account }: { readonly account: string }) => account;
  const sorted = conversations.map((entry) => {
    if (entry.room === null) return entry;
    const members = entry.room.members.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
    return { ...entry, room: { ...entry.room, members } };
  });
  return {
    conversations: sorted.sort((a, b) => (a.id < b.id ? -1 : 1)),
    people: people.toSorted((a, b) => (name(a) < name(b) ? -1 : 1)),
    bans,
  };
}

describe("a snapshot made during new events", () => {
  for (const seed of seeds(25)) {
    test(`restores the same state, with the events since its entries were made (SEED=${seed})`, () => {
      const prng = new Prng(seed);
      const scene = new Scene();
      const actors = NAMES.map((name) => scene.person(name));
      const act = () => step(scene, prng, prng.pick(actors));
      for (let n = 0; n < 80; n += 1) act();

      const source = snapshotSource(scene.server.state);
      const folded = scene.people.length;
      const conversations: ConversationSnapshot[] = [];
      const people: PersonSnapshot[] = [];
      for (let n = prng.below(6); n > 0; n -= 1) act();
      for (const { room, ...rest } of source.conversations) {
        for (let n = prng.below(8); n > 0; n -= 1) act();
        const whole = room === null ? null : { ...room, members: [...room.members] };
        conversations.push(structuredClone({ ...rest, room: whole }));
        for (let n = prng.below(4); n > 0; n -= 1) act();
      }
      for (const person of source.people) {
        people.push(structuredClone(person));
        for (let n = prng.below(8); n > 0; n -= 1) act();
      }

      const positions = new Map<ConversationId, number>(
        conversations.map(({ id, at }) => [id, at]),
      );
      const ids = scene.log.conversations();
      const later = (prng.chance(50) ? ids : ids.toReversed()).flatMap((id): RoomEvent[] =>
        scene.log.all(id).filter(({ position }) => position > (positions.get(id) ?? 0)),
      );
      const { options, ports } = scene.server.state;
      const again = new Server(options, ports, scene.members, {
        snapshot: { conversations, people, bans: [...source.bans] },
        later,
        people: scene.people.slice(folded) as PersonChange[],
        recent: scene.log.recent(),
      });
      expect(sortedSnapshot(again)).toEqual(sortedSnapshot(scene.server));
    });
  }
});
