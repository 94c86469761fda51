import { describe, expect, test } from "bun:test";
import { WAITING_BYTES_MAX } from "../../lib/chat-server/limits.ts";
import { CAPS } from "../../lib/protocol/wire/caps.ts";
import { PEOPLE, randomLine } from "../fuzz/random-line.ts";
import { Prng, seeds } from "../prng.ts";
import { type Actor, Scene } from "../scene.ts";

/** Whole servers behind gateways: people notice nothing of them. */

const LINES = 300;
const SESSION_CAPS = Object.keys(CAPS).filter((cap) => cap !== "sts");

/** A room of people who come from several gateways. */
function room(gateways = 3): { readonly scene: Scene; readonly people: readonly Actor[] } {
  const scene = Scene.behindGateways({ gateways, seed: 7 });
  const people = ["mina", "jun", "hana"].map((name) => scene.guest(name).says("JOIN #tea"));
  for (const person of people) person.hears();
  return { scene, people };
}

/** The same play over direct links and over gateways. */
class Twins {
  readonly scenes: readonly Scene[];
  readonly #prng: Prng;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
    const options = { floodControl: seed % 2 === 0, replayLines: 10 };
    this.scenes = [
      Scene.behindGateways({ gateways: 0, seed }, options),
      Scene.behindGateways({ gateways: 1 + (seed % 3), seed }, options),
    ];
    for (const scene of this.scenes) {
      for (const [index, name] of PEOPLE.entries()) scene.signUp(name, index === 0);
    }
  }

  /** Does something of chance in both worlds. Returns what it was. */
  step(): string {
    const prng = this.#prng;
    const count = this.scenes[0]?.actors.length ?? 0;
    if (count < 3 || (count < 12 && prng.chance(5))) return this.#arrive();
    if (prng.chance(3)) {
      const ms = prng.pick([500, 60_000, 130_000]);
      return this.#both(`${ms} ms pass`, (scene) => scene.passes(ms));
    }
    const index = prng.below(count);
    if (prng.chance(2)) return this.#ofEach(index, "vanishes", (actor) => actor.vanishes());
    if (prng.chance(2)) {
      return this.#ofEach(index, "reads on or stops", (actor) => {
        if (actor.backlog > 0) actor.readsOn();
        else actor.backlog = 1 << 20;
      });
    }
    const line = randomLine(prng, []);
    return this.#ofEach(index, line, (actor) => void actor.sends(Buffer.from(`${line}\r\n`)));
  }

  #arrive(): string {
    const caps = SESSION_CAPS.filter(() => this.#prng.chance(60));
    const name = this.#prng.pick([...PEOPLE, "bob", "eve"]);
    const address = this.#prng.pick(["192.0.2.1", "2001:db8::7"]);
    return this.#both(`${name} comes`, (scene) => {
      const actor = scene.connect({ address });
      if (PEOPLE.includes(name)) actor.logsIn(name, caps);
      else actor.introduces(name, caps);
    });
  }

  #ofEach(index: number, what: string, act: (actor: Actor) => void): string {
    return this.#both(`${index}: ${what}`, ({ actors }) => act(actors[index] as Actor));
  }

  #both(what: string, act: (scene: Scene) => void): string {
    for (const scene of this.scenes) act(scene);
    return what;
  }

  /** What everybody has heard since the last call, and whether the connections are closed: in both worlds. */
  hear(): unknown[] {
    return this.scenes.map(({ actors, notes }) => [
      actors.map((actor) => [actor.closed, actor.hears()]),
      notes.splice(0),
    ]);
  }
}

describe("behind gateways", () => {
  test("people of several gateways talk in a room, and to each other", () => {
    const { people } = room();
    const [mina, jun, hana] = people;
    mina?.says("PRIVMSG #tea :안녕", "PRIVMSG jun :psst");
    expect(people.map((person) => person.hears())).toEqual([
      [],
      [":mina!~mina@guest.test PRIVMSG #tea :안녕", ":mina!~mina@guest.test PRIVMSG jun :psst"],
      [":mina!~mina@guest.test PRIVMSG #tea :안녕"],
    ]);
    jun?.says("QUIT :bye");
    expect([jun?.hears().at(-1), jun?.closed]).toEqual(["ERROR :Quit: bye", true]);
    expect(hana?.hears()).toEqual([":jun!~jun@guest.test QUIT :Quit: bye"]);
  });

  test("people whose gateway dies have lost their connection, and others go on", () => {
    const { scene, people } = room();
    const [lost] = scene.gateways?.loseGateway() ?? [];
    const others = people.filter((person) => person !== lost);
    const name = (lost as Actor).session.nick;
    expect((lost as Actor).closed).toBe(true);
    expect(others.map((person) => person.hears())).toEqual([
      ...Array(2).fill([`:${name}!~${name}@guest.test QUIT :Connection lost`]),
    ]);
    others[0]?.says("PRIVMSG #tea :still here");
    expect(others[1]?.hears()).toHaveLength(1);
    scene.guest(name ?? "").says("JOIN #tea", "PRIVMSG #tea :back");
    expect(others.map((person) => person.hears().at(-1))).toEqual([
      ...Array(2).fill(`:${name}!~${name}@guest.test PRIVMSG #tea :back`),
    ]);
  });

  test("what is under way when a gateway dies is lost, also a line that had begun to arrive", () => {
    const { scene, people } = room(1);
    const before = scene.log.conversations().length;
    if (scene.gateways !== null) scene.gateways.isDelaying = true;
    people[0]?.says(`PRIVMSG jun :${"x".repeat(300)}`);
    scene.gateways?.loseGateway();
    scene.gateways?.settle();
    expect(scene.log.conversations()).toHaveLength(before);
    expect(people.filter(({ closed }) => !closed)).toEqual([]);
    expect([scene.gateways?.linkCount, scene.server.state.sessions.size]).toEqual([0, 0]);
  });

  test("links and places are given back when everybody has gone, however they went", () => {
    const { scene, people } = room();
    const [mina, jun, hana] = people;
    mina?.says("QUIT");
    jun?.vanishes();
    hana?.overflows();
    expect([scene.gateways?.linkCount, scene.gateways?.placeCount]).toEqual([0, 0]);
    expect(scene.server.state.sessions.size).toBe(0);
  });

  test("nobody is closed for what is on its way to the gateways, however many get it at once", () => {
    const scene = Scene.behindGateways({ gateways: 2, seed: 7 });
    const guests = Array.from({ length: 300 }, (_, n) => scene.guest(`guest${n}`));
    if (scene.gateways !== null) scene.gateways.isDelaying = true;
    const bytes = Buffer.alloc(WAITING_BYTES_MAX / 300, "x");
    for (const { session } of guests) session.link.send(bytes);
    scene.server.relieve();
    expect(scene.server.state.sessions.size).toBe(300);
  });

  test("a long answer is held back while much is on its way to its reader", () => {
    const { scene, people } = room();
    const mina = people[0] as Actor;
    if (scene.gateways !== null) scene.gateways.isDelaying = true;
    mina.session.link.send(Buffer.alloc(200_000, "x"));
    scene.server.receive(mina.session, { kind: "text", text: "NAMES #tea" });
    expect(mina.session.heldLines).toHaveLength(1);
    if (scene.gateways !== null) scene.gateways.isDelaying = false;
    scene.arrives();
    scene.server.runHeldLines();
    expect(mina.session.heldLines).toEqual([]);
  });

  test("a long answer is held back while much waits for its reader, and comes when that has left", () => {
    const { people } = room();
    const mina = people[0] as Actor;
    mina.backlog = 1 << 20;
    mina.hears();
    mina.says("NAMES #tea", "PING x");
    expect(mina.hears()).toEqual([]);
    mina.readsOn();
    expect(mina.hearsVerbs()).toEqual(["353", "366", "PONG"]);
  });
});

for (const seed of seeds(10)) {
  test(`everybody hears the same over gateways as over direct links, line for line (seed ${seed})`, () => {
    const twins = new Twins(seed);
    for (let n = 0; n < LINES; n += 1) {
      const what = twins.step();
      const [direct, overGateways] = twins.hear();
      expect([n, what, overGateways]).toEqual([n, what, direct]);
    }
  });
}
