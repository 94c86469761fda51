import { expect, test } from "bun:test";
import { isListed, matchesBanMask, type NamedMask } from "../../lib/chat-server/users/ban-masks.ts";
import { isBlocked } from "../../lib/chat-server/users/block-list.ts";
import type { User } from "../../lib/chat-server/users/user.ts";
import { Prng, seeds } from "../prng.ts";
import { type Actor, Scene } from "../scene.ts";

/**
 * Lists of masks are matched once for each identity and cached. After every step of a seeded play, in which lists and
 * identities change in all ways, each cached answer is the one that the masks themselves give.
 */

const STEPS = 120;
const PEOPLE = ["mina", "jun", "hana"];
const GUESTS = ["bob", "eve"];
const MASKS = ["mina*!*@*", "*!*@guest.test", "~a:jun", "bob1!*@*", "*!~e*@*", "~a"];

for (const seed of seeds(15)) {
  test(`cached verdicts agree with the masks after every step of seed ${seed}`, () => {
    const prng = new Prng(seed);
    let scene = new Scene();
    let actors: Actor[] = [];
    const enter = () => {
      actors = [
        ...PEOPLE.map((name) => scene.person(name)),
        ...GUESTS.map((nick) => scene.guest(nick)),
      ];
      for (const actor of actors) actor.says("JOIN #tea");
    };
    enter();
    for (let step = 0; step < STEPS; step += 1) {
      const actor = prng.pick(actors);
      const mask = prng.pick(MASKS);
      if (prng.chance(3)) {
        scene = prng.chance(50) ? scene.restart() : scene.crash();
        enter();
      }
      actor.says(
        prng.pick([
          `NICK ${prng.pick([...PEOPLE, ...GUESTS])}${prng.below(3)}`,
          `SILENCE +${mask}`,
          `SILENCE -${mask}`,
          `SILENCE +${mask.toUpperCase()}`,
          `MODE #tea +b ${prng.pick(["", "~m:"])}${mask}`,
          `MODE #tea -b ${mask}`,
          `MODE #tea +e ${mask}`,
          `MODE #tea +I ${mask}`,
          "MODE #tea +b-b ~m:~a ~m:~a",
          `PRIVMSG ${prng.pick(PEOPLE)},#tea :hello`,
          "SETNAME :other",
        ]),
      );
      compare(scene, `seed ${seed}, step ${step}`);
    }
  });
}

function compare({ server: { state } }: Scene, where: string): void {
  const users = [...state.users.all()];
  for (const user of users) {
    for (const other of users) {
      const plain = user !== other && [...user.blocked].some((mask) => matches(mask, other));
      expect([where, isBlocked(user, other)]).toEqual([where, plain]);
      // The second answer comes from the cache.
      expect([where, isBlocked(user, other)]).toEqual([where, plain]);
    }
    for (const room of state.rooms.all()) {
      for (const letter of "beI") {
        const masks = room.lists.get(letter) ?? [];
        const isNamed = masks.some((mask) => !mask.mask.startsWith("~m:") && matches(mask, user));
        const isMuted = masks.some(
          (mask) =>
            mask.mask.startsWith("~m:") && matches({ ...mask, mask: mask.mask.slice(3) }, user),
        );
        expect([where, isListed(room, letter, user)]).toEqual([where, isNamed]);
        expect([where, isListed(room, letter, user, true)]).toEqual([where, isNamed || isMuted]);
      }
    }
  }
}

function matches(mask: NamedMask, user: User): boolean {
  return matchesBanMask(mask, user.identity);
}
