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
  const some = recent.length === 0 ? null : prng.pick(recent);
  if (roll < 15) actor.says(`JOIN ${room}`);
  else if (roll < 22) actor.says(`PART ${room}`);
  else if (roll < 50) actor.says(`PRIVMSG ${room} :${prng.pick(TEXTS)}`);
  else if (roll < 60) actor.says(`PRIVMSG ${prng.pick(NAMES)} :${prng.pick(TEXTS)}`);
  else if (roll < 75 && some !== null) {
    actor.says(`MARKREAD ${room} timestamp=${formatTime(some.time)}`);
  } else if (roll < 85 && some?.kind === "said") actor.says(`REDACT ${room} ${some.msgid}`);
  else if (roll < 90) actor.says(`RENAME ${room} ${prng.pick(ROOMS)}`);
  else if (roll < 95) actor.says(`TOPIC ${room} :${prng.pick(TEXTS)}`);
  else actor.says(`METADATA ${room} SET color :${prng.below(9)}`);
  scene.now += 700;
}

/** All that a server remembers, in an order that says nothing. */
function remembered(server: Server): Snapshot {
  const { conversations, people, bans } = server.snapshot();
  const name = ({ account }: { readonly account: string }) => account;
  const sorted = conversations.map((one) => {
    if (one.room === null) return one;
    const members = one.room.members.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
    return { ...one, room: { ...one.room, members } };
  });
  return {
    conversations: sorted.sort((a, b) => (a.id < b.id ? -1 : 1)),
    people: people.toSorted((a, b) => (name(a) < name(b) ? -1 : 1)),
    bans,
  };
}

describe("a snapshot that is made while people talk", () => {
  for (const seed of seeds(25)) {
    test(`comes to what there is, with what happened since its entries were made (SEED=${seed})`, () => {
      const prng = new Prng(seed);
      const scene = new Scene();
      const actors = NAMES.map((name) => scene.person(name));
      const some = () => step(scene, prng, prng.pick(actors));
      for (let n = 0; n < 80; n += 1) some();

      const source = snapshotSource(scene.server.state);
      const folded = scene.people.length;
      const conversations: ConversationSnapshot[] = [];
      const people: PersonSnapshot[] = [];
      for (let n = prng.below(6); n > 0; n -= 1) some();
      for (const one of source.conversations) {
        const { room, ...rest } = one;
        for (let n = prng.below(8); n > 0; n -= 1) some();
        const whole = room === null ? null : { ...room, members: [...room.members] };
        conversations.push(structuredClone({ ...rest, room: whole }));
        for (let n = prng.below(4); n > 0; n -= 1) some();
      }
      for (const one of source.people) {
        people.push(structuredClone(one));
        for (let n = prng.below(8); n > 0; n -= 1) some();
      }

      const at = new Map<ConversationId, number>(conversations.map((one) => [one.id, one.at]));
      const ids = scene.log.conversations();
      const later = (prng.chance(50) ? ids : ids.toReversed()).flatMap((id): RoomEvent[] =>
        scene.log.all(id).filter((one) => one.position > (at.get(id) ?? 0)),
      );
      const { options, ports } = scene.server.state;
      const again = new Server(options, ports, scene.members, {
        snapshot: { conversations, people, bans: [...source.bans] },
        later,
        people: scene.people.slice(folded) as PersonChange[],
        recent: scene.log.recent(),
      });
      expect(remembered(again)).toEqual(remembered(scene.server));
    });
  }
});
