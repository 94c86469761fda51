import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { fold } from "../../lib/protocol/names.ts";
import { type Actor, Scene } from "../scene.ts";

/** Costs, by counting operations: a cost that grows faster than its work is a defect, on any machine. */

// A thousand people take their time to come in, and how long is not what is looked at here.
setDefaultTimeout(60_000);

const SIZES = [10, 100, 1000];
const DIALECTS: readonly (readonly string[])[] = [
  [],
  ["server-time"],
  ["message-tags", "server-time"],
];

/** Notes each piece of bytes that is queued for an actor. */
function listen(actor: Actor): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  actor.session.link.send = (bytes) => void pieces.push(bytes);
  return pieces;
}

function roomOf(size: number, dialects: readonly (readonly string[])[] = [[]]) {
  const scene = new Scene();
  const people = Array.from({ length: size }, (_, i) =>
    scene.guest(`guest${i}`, ...(dialects[i % dialects.length] ?? [])),
  );
  for (const actor of people) actor.says("JOIN #tea");
  const heard = people.map(listen);
  return { scene, people, heard };
}

for (const size of SIZES) {
  describe(`in a room of ${size}`, () => {
    test("a message is encoded once per dialect, and the bytes are shared", () => {
      const { people, heard } = roomOf(size, DIALECTS);
      people[0]?.says("PRIVMSG #tea :hello");
      const others = heard.slice(1);
      expect(others.every((pieces) => pieces.length === 1)).toBe(true);
      expect(new Set(others.flat()).size).toBe(DIALECTS.length);
    });

    test("a message touches no user outside of the room", () => {
      const { scene, people } = roomOf(size);
      const outsiders = Array.from({ length: 50 }, (_, i) => scene.guest(`other${i}`));
      for (const outsider of outsiders) outsider.says("JOIN #elsewhere");
      for (const outsider of outsiders) {
        const { user } = outsider.session;
        Object.defineProperty(user, "sessions", {
          get: () => {
            throw new Error("visited");
          },
        });
      }
      expect(() => people[0]?.says("PRIVMSG #tea :hello")).not.toThrow();
    });

    test("a join costs each member one line, and the joiner one list", () => {
      const { scene, heard } = roomOf(size);
      const jun = scene.guest("jun");
      jun.says("JOIN #tea");
      expect(heard.every((pieces) => pieces.length === 1)).toBe(true);
      expect(new Set(heard.flat()).size).toBe(1);
      const lists = jun.hearsVerbs().filter((verb) => verb === "353");
      expect(lists.length).toBeLessThanOrEqual(Math.ceil((size * 10) / 400) + 1);
    });

    test("a quit is sent once to each user, however many rooms are shared", () => {
      const { scene, people, heard } = roomOf(size);
      for (const actor of people) actor.says("JOIN #dev", "JOIN #food");
      for (const pieces of heard) pieces.length = 0;
      people[0]?.says("QUIT :bye");
      expect(heard.slice(1).every((pieces) => pieces.length === 1)).toBe(true);
      expect(new Set(heard.slice(1).flat()).size).toBe(1);
      expect(scene.server.state.users.byNick(fold("guest0"))).toBeNull();
    });

    test("a new nick is sent once to each user, however many rooms are shared", () => {
      const { people, heard } = roomOf(size);
      for (const actor of people) actor.says("JOIN #dev");
      for (const pieces of heard) pieces.length = 0;
      people[0]?.says("NICK guest0_");
      expect(heard.slice(1).every((pieces) => pieces.length === 1)).toBe(true);
    });

    test("a new nick touches no user outside of the rooms and direct messages", () => {
      const { scene, people, heard } = roomOf(size);
      const friend = scene.guest("friend");
      people[0]?.says("PRIVMSG friend :hello");
      for (let i = 0; i < 50; i += 1) {
        Object.defineProperty(scene.guest(`other${i}`).session.user, "guestMessages", {
          get: () => {
            throw new Error("visited");
          },
        });
      }
      for (const pieces of heard) pieces.length = 0;
      friend.hears();
      expect(() => people[0]?.says("NICK guest0_")).not.toThrow();
      expect(friend.hearsVerbs()).toEqual(["NICK"]);
      expect(() => friend.says("NICK friend_")).not.toThrow();
      expect(heard[0]).toHaveLength(2);
    });

    test("a message is stored once", () => {
      const { scene, people } = roomOf(size);
      const [id] = scene.log.conversations();
      const before = id === undefined ? 0 : scene.log.all(id).length;
      people[0]?.says("PRIVMSG #tea :hello");
      expect(id === undefined ? 0 : scene.log.all(id).length).toBe(before + 1);
    });
  });
}
