import { expect, test } from "bun:test";
import { HELD_LINES_MAX, WAITING_BYTES_MAX } from "../../lib/chat-server/limits.ts";
import { TurnQueue } from "../../lib/transport/turn-queue.ts";
import { Prng, seeds } from "../prng.ts";
import { Actor, OPENING_TIME, Scene } from "../scene.ts";
import { LEAK_QUERIES } from "./leak-queries.ts";

/**
 * Hostile members, guests and strangers do the worst that they can, all the time. The event loop is simulated: its
 * clock is the work that the server counts, so that an honest message waits as long as others' work takes. However
 * many of them there are, honest people are served within a few turns, and nobody refuses them anything.
 */

const SECONDS = 3;
/** Two turns of the loop, and the work on held lines. */
const WAIT_MS_MAX = 20;
/** The time of a turn in which there was nothing to do. */
const IDLE_MS = 1;
/** What a client sends ahead: the socket and the kernel hold it. */
const LINES_AHEAD = 5;
const ROOMS = Array.from({ length: 8 }, (_, n) => `#evil${n}`);
const LONG = "x".repeat(380);
const WORST: readonly string[] = [
  "LIST *a*b*c*,*d*e*f*,*g*h*i*,*j*k*l*",
  "CHATHISTORY LATEST #tea * 200",
  "CHATHISTORY AROUND #tea timestamp=2026-11-22T00:30:00.000Z 200",
  "CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00.000Z timestamp=2040-01-01T00:00:00.000Z 200",
  "HISTORY #tea 200",
  "SEARCH text=x;limit=200",
  "NAMES",
  "WHO *",
  "WHO #tea %tcuhnfdlaor",
  "METADATA #tea SYNC",
  `PRIVMSG #tea :${LONG}`,
  `PRIVMSG #evil0,#evil1,#evil2,#evil3 :${LONG}`,
  `TOPIC #tea :${LONG}`,
  `JOIN ${ROOMS.join(",")}`,
  `PART ${ROOMS.join(",")}`,
  "NICK other1",
  "NICK other2",
  "AWAY :x",
  "AWAY",
  `MONITOR + ${Array.from({ length: 60 }, (_, n) => `n${n}`).join(",")}`,
  `SILENCE ${Array.from({ length: 20 }, (_, n) => `+*a*${n}*!*@*`).join(",")}`,
  "ACCOUNT CHECK member1",
  "NS IDENTIFY m1 wrong-password",
  "KNOCK #tea",
  "INVITE m1 #tea",
  "ACCOUNT DATA",
];
/** All of them, and whatever each command can be asked for. */
const HOSTILE_LINES = [
  ...WORST,
  ...WORST,
  ...Object.values(LEAK_QUERIES).flatMap((queries) =>
    queries({ room: "#tea", nick: "m1", msgid: "x" }),
  ),
];

/** A connection whose peer takes nothing of what it is sent. */
class SlowReader extends Actor {
  override send(bytes: Uint8Array): void {
    this.backlog += bytes.length;
  }
}

/** A connection whose peer takes everything, and looks at none of it. */
class DeafReader extends Actor {
  override send(): void {}
}

/** The event loop, with work for time. */
class Loop {
  readonly scene = new Scene({ floodControl: true });
  /** Milliseconds of work and of idling since the start. */
  elapsedMs = 0;
  readonly #turns: TurnQueue;
  #runTurn: (() => void) | null = null;
  #queriesQueued = 0;
  #nextHeldMs = 50;
  #nextTickMs = 500;

  constructor() {
    this.#turns = new TurnQueue(
      (error) => {
        throw error;
      },
      {
        now: () => this.#workMs,
        atTurnEnd: (run) => {
          this.#runTurn = run;
        },
      },
    );
  }

  get #workMs(): number {
    return this.scene.server.state.budgets.meter.microseconds / 1000;
  }

  /** Queues a line as the transport does: each line of a connection behind those of the others. */
  queue(actor: Actor, lines: string[]): void {
    const runNext = (): void => {
      const line = lines.shift();
      if (line === undefined || actor.closed) return;
      actor.says(line);
      this.#queueQueries();
      if (lines.length > 0) this.#turns.add(runNext);
    };
    this.#turns.add(runNext);
  }

  /** Lets one turn run, and what timers are due for. */
  turn(): void {
    const { scene } = this;
    const before = this.#workMs;
    const run = this.#runTurn;
    this.#runTurn = null;
    run?.();
    if (this.elapsedMs >= this.#nextHeldMs) {
      this.#nextHeldMs = this.elapsedMs + 50;
      scene.server.runHeldLines();
    }
    if (this.elapsedMs >= this.#nextTickMs) {
      this.#nextTickMs = this.elapsedMs + 500;
      scene.server.tick();
    }
    this.#queueQueries();
    this.elapsedMs += Math.max(this.#workMs - before, this.#runTurn === null ? IDLE_MS : 0.01);
    scene.now = OPENING_TIME + START_MS + Math.floor(this.elapsedMs);
  }

  /** An answer to a query comes on a turn of its own. */
  #queueQueries(): void {
    while (this.#queriesQueued < this.scene.pendingCount) {
      this.#queriesQueued += 1;
      this.#turns.add(() => {
        this.#queriesQueued -= 1;
        this.scene.settleOne();
        this.#queueQueries();
      });
    }
  }
}

/** When the attack begins: everybody's budgets are full again. */
const START_MS = 460_000;

interface Honest {
  readonly actor: Actor;
  /** When each sends its next message. */
  nextMs: number;
  count: number;
}

for (const seed of seeds(1)) {
  test(`honest messages wait for few units of hostile work, and none is refused (seed ${seed})`, () => {
    const prng = new Prng(seed);
    const loop = new Loop();
    const { scene } = loop;
    const writer = scene.person("writer").says("JOIN #tea");
    for (let n = 0; n < 200; n += 1) {
      scene.passes(2000);
      writer.says(`PRIVMSG #tea :${LONG.slice(0, 300)} ${n}`);
    }
    const honest: Honest[] = Array.from({ length: 8 }, (_, n) => {
      const actor =
        n < 6
          ? scene.connect({ address: ADDRESSES[n % 3] ?? "" }).logsIn(signUp(scene, `m${n}`))
          : scene.guest(`g${n}`);
      actor.says("JOIN #tea");
      return { actor, nextMs: prng.below(1000), count: 0 };
    });
    const hostile = hostileActors(scene, prng);
    scene.passes(OPENING_TIME + START_MS - scene.now);
    for (const { actor } of honest) actor.hears();
    scene.holding = true;
    const ahead = new Map(hostile.map((actor) => [actor, [] as string[]]));
    const sentMs = new Map<string, number>();
    const waits: number[] = [];
    while (loop.elapsedMs < SECONDS * 1000) {
      for (const [actor, lines] of ahead) {
        const isIdle = lines.length === 0 && actor.session.heldLines.length < HELD_LINES_MAX / 2;
        if (!isIdle || actor.closed) continue;
        for (let n = 0; n < LINES_AHEAD; n += 1) lines.push(prng.pick(HOSTILE_LINES));
        loop.queue(actor, lines);
      }
      for (const person of honest) {
        if (person.nextMs > loop.elapsedMs) continue;
        const text = `honest ${honest.indexOf(person)} ${person.count}`;
        sentMs.set(text, person.nextMs);
        person.count += 1;
        person.nextMs += 1000;
        loop.queue(person.actor, [`PRIVMSG #tea :${text}`]);
      }
      loop.turn();
      for (const { actor } of honest) {
        for (const line of actor.hears()) {
          const [text = ""] = /honest \d \d+$/.exec(line) ?? [];
          if (sentMs.has(text)) waits.push(loop.elapsedMs - (sentMs.get(text) ?? 0));
          expect(line).not.toMatch(/^(?:@\S+ )?(?:ERROR|:tea\.test (?:4\d\d|5\d\d|FAIL))/);
        }
      }
      expect(owedBytes(hostile)).toBeLessThan(WAITING_BYTES_MAX);
    }
    // Each message reached the seven others, but for those that are still on their way.
    expect(honest.filter(({ actor }) => actor.closed)).toEqual([]);
    expect(waits.length).toBeGreaterThanOrEqual(
      (sentMs.size - honest.length) * (honest.length - 1),
    );
    expect(Math.max(...waits)).toBeLessThan(WAIT_MS_MAX);
    // The hostile ones did what they were allowed, and wait.
    expect(scene.server.state.budgets.meter.commands).toBeGreaterThan(5000);
    const held = hostile.filter(({ session }) => session.heldLines.length > 50);
    expect(held.length).toBeGreaterThan(hostile.length / 2);
  });
}

/** Where hostile and honest people are: some share an address. */
const ADDRESSES = ["192.0.2.1", "198.51.100.7", "203.0.113.5"] as const;

/** Two members with many connections, guests at one address and at many, strangers, and some who don't read. */
function hostileActors(scene: Scene, prng: Prng): Actor[] {
  const actors: Actor[] = [];
  for (const name of ["evil", "evil2"]) {
    signUp(scene, name);
    for (let n = 0; n < 10; n += 1) {
      const Reader = prng.chance(30) ? SlowReader : DeafReader;
      const actor = new Reader(scene, { address: ADDRESSES[0] });
      actors.push(
        actor.logsIn(name, ["message-tags", "batch", "draft/chathistory", "draft/event-playback"]),
      );
    }
  }
  for (let n = 0; n < 60; n += 1) {
    const address = n < 30 ? ADDRESSES[0] : `10.${n}.0.1`;
    actors.push(new DeafReader(scene, { address }).introduces(`bad${n}`));
  }
  for (let n = 0; n < 20; n += 1) actors.push(new DeafReader(scene, { address: `10.200.${n}.1` }));
  for (const actor of actors) actor.says("JOIN #tea");
  return actors;
}

function owedBytes(actors: readonly Actor[]): number {
  return actors.reduce((sum, { backlog, session, closed }) => {
    return closed ? sum : sum + backlog + 2 * session.heldLetters;
  }, 0);
}

function signUp(scene: Scene, name: string): string {
  scene.signUp(name);
  return name;
}
