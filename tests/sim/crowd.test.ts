import { expect, test } from "bun:test";
import type { Room } from "../../lib/chat-server/rooms/room.ts";
import { knowsMetadata } from "../../lib/chat-server/users/metadata-values.ts";
import { NamePrefixIndex } from "../../lib/protocol/name-prefix-index.ts";
import { type Folded, fold, type RoomName, skeleton } from "../../lib/protocol/names.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import type { GatewayStage } from "../gateway-stage.ts";
import { Prng, seeds } from "../prng.ts";
import { type Actor, passwordOf, Scene } from "../scene.ts";
import { Listener } from "./listener.ts";

/**
 * Simulates a crowd from a seed: accounts with several sessions and guests, who join, talk, change their
 * nicks, moderate each other, lose their connections and come back, while the disk fills up, slow answers are
 * late, junk arrives, time passes, the clock is set, and the server restarts. After every step, structures
 * that say the same thing are compared; at the end, every client has received the same messages in the same
 * order.
 */

const STEPS = 250;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PEOPLE = ["mina", "jun", "민수", "서연"];
const GUESTS = ["bob", "eve", "zoë"];
const ROOMS = ["#tea", "#수다방", "#dev"];
const CAPS = [
  "draft/chathistory",
  "draft/event-playback",
  "multi-prefix",
  "extended-join",
  "away-notify",
  "draft/multiline",
];
/** One of the two versions of the metadata specification, or none. */
const METADATA = ["draft/metadata-2", "draft/metadata-3", ""];
/** By version 3 a client asks for the present values itself. */
const SUBSCRIBE = ["METADATA * SUB mood", "METADATA *ALL SYNC"];

interface Seat {
  readonly actor: Actor;
  readonly listener: Listener;
}

for (const seed of seeds(40)) {
  test(`the state is consistent after every step of seed ${seed}`, () => {
    play(seed, new Scene());
  });
}

for (const seed of seeds(10)) {
  const gateways = 1 + (seed % 3);
  test(`and also over ${gateways} gateways, of which some die, with seed ${seed}`, () => {
    play(seed, Scene.behindGateways({ gateways, seed }));
  });
}

function play(seed: number, scene: Scene): void {
  const crowd = new Players(new Prng(seed), scene);
  for (let step = 0; step < STEPS; step += 1) {
    crowd.step();
    try {
      crowd.checkConsistency();
    } catch (error) {
      throw new Error(`SEED=${seed}, step ${step}: ${crowd.last}`, { cause: error });
    }
  }
  crowd.end();
}

class Players {
  last = "";
  #scene: Scene;
  #seats: Seat[] = [];
  /** Every nick that a user has had. */
  readonly #nicks = new Set<Folded>();
  readonly #prng: Prng;

  constructor(prng: Prng, scene: Scene) {
    this.#prng = prng;
    this.#scene = scene;
  }

  step(): void {
    const prng = this.#prng;
    const { gateways } = this.#scene;
    if (gateways?.isDelaying === true) gateways.carrySome();
    if (gateways !== null && prng.chance(15)) return this.#delay(gateways);
    if (gateways !== null && prng.chance(1)) return this.#loseGateway(gateways);
    if (this.#seats.length < 3 || prng.chance(15)) return this.#arrive();
    if (prng.chance(2)) return this.#restart();
    if (prng.chance(5)) {
      this.#scene.diskFull = !this.#scene.diskFull;
      this.last = `the disk is ${this.#scene.diskFull ? "full" : "free"}`;
      return;
    }
    if (prng.chance(5)) {
      this.#scene.holding = !this.#scene.holding;
      if (!this.#scene.holding) this.#scene.settle();
      this.last = `answers are ${this.#scene.holding ? "late" : "quick"}`;
      return;
    }
    if (prng.chance(5)) {
      const ms = prng.pick([0, 1, 60_000, 130_000]);
      this.last = `${ms} ms pass`;
      this.#scene.passes(ms);
      // What has come to its end is over, unless its end can't be stored.
      const { rooms, now } = this.#scene.server.state;
      if (!this.#scene.diskFull) expect(rooms.withExpiredEntries(now)).toEqual([]);
      return;
    }
    if (prng.chance(5)) {
      const ms = prng.pick([-2 * DAY_MS, -HOUR_MS, -5000, HOUR_MS, 2 * DAY_MS]);
      this.last = `the clock is set by ${ms} ms`;
      return this.#setClock(ms);
    }
    const seat = prng.pick(this.#seats);
    if (prng.chance(4)) return this.#slowDownOrReadOn(seat);
    const line = this.#randomLine(seat);
    this.last = `${seat.listener.nick} says ${line}`;
    if (line === "(vanishes)") seat.actor.vanishes();
    else seat.actor.sends(Buffer.from(`${line}\r\n`));
  }

  /** A line that a client might send, or a broken connection. */
  #randomLine(seat: Seat): string {
    const prng = this.#prng;
    const room = prng.pick(ROOMS);
    const nick = prng.pick(this.#seats).listener.nick;
    if (prng.chance(4)) return this.#logIn();
    switch (prng.below(20)) {
      case 0:
      case 1:
      case 2:
        return `JOIN ${room}`;
      case 3:
        return `PART ${room} :bye`;
      case 4:
      case 5:
      case 6:
      case 7:
        return `PRIVMSG ${room} :${prng.pick(["안녕", "hello", "👍🏽", "x".repeat(400)])}`;
      case 8:
        return `KICK ${room} ${nick} :out`;
      case 9:
        return `NICK ${prng.pick([...PEOPLE, ...GUESTS])}${prng.below(4)}`;
      case 10:
        return `PRIVMSG ${nick} :psst`;
      case 11:
        return `CHATHISTORY LATEST ${room} * ${1 + prng.below(20)}`;
      case 12:
        return prng.pick(["QUIT", "(vanishes)", `AWAY :tea`, "AWAY"]);
      case 14:
        return multiline(room, prng.pick([["하나", "둘"], ["", "x".repeat(400), "", "y"], [""]]));
      case 15:
        return prng.pick([
          `BATCH +b draft/multiline ${room}`,
          `@batch=b PRIVMSG ${room} :half`,
          "BATCH -b",
        ]);
      case 16: {
        // In every room, since few users are ops, and most of them in one room.
        const mood = prng.pick([" :맑음", ""]);
        return ROOMS.map((name) => `METADATA ${name} SET mood${mood}`).join("\r\n");
      }
      case 17:
        return this.#moderate(room, nick);
      case 13:
        return `TOPIC ${room} :${prng.pick(["차", "tea", ""])}`;
      default:
        return prng.pick([
          "\u0000junk",
          `JOIN ${"#".repeat(300)}`,
          "PRIVMSG",
          `MODE ${room} +${prng.pick(["i", "m", "k key", "b *!*@x"])}`,
          `MODE ${room} -imk *`,
          `PONG ${seat.listener.nick}`,
          "\u202e\u0007",
        ]);
    }
  }

  /** A line by which somebody moderates a room, or tries to. */
  #moderate(room: string, nick: string): string {
    const prng = this.#prng;
    const time = prng.pick(["1m", "2m", "1d", ""]);
    const who = prng.pick([nick, prng.pick(PEOPLE), "*!*@x"]);
    return prng.pick([
      `CS BAN ${room} ${who} ${time} rude`,
      `CS MUTE ${room} ${who} ${time}`,
      `CS UNBAN ${room} ${who}`,
      `CS UNMUTE ${room} ${who}`,
      `MODE ${room} +b ~t:1:~m:${who}`,
      `MODE ${room} +${prng.pick(["W 5", "A", "H", "j 2:60", "y 1m", "Y 1m", "g hello", "g ~r:안녕"])}`,
      `MODE ${room} -WAHjyY`,
      `MODE ${room} -gg hello ~r:안녕`,
      `CS ${prng.pick(["APPROVE", "DECLINE"])} ${room} ${nick}`,
      `KNOCK ${room}`,
      `REPORT ${room} ${this.#scene.server.state.rooms.byName(room)?.recentEvents.at(-1)?.msgid ?? "x"}`,
      `CS ${prng.pick(["CLOSE", "REOPEN", "LOG", "LIST"])} ${room}`,
    ]);
  }

  /** Logs in on a connected session, which may belong to a guest or to another account. */
  #logIn(): string {
    const name = this.#prng.pick(PEOPLE);
    if (this.#scene.members.account(fold(name)) === null) this.#scene.signUp(name);
    const pieces = encodePlain(name, passwordOf(name)).map((piece) => `AUTHENTICATE ${piece}`);
    return ["AUTHENTICATE PLAIN", ...pieces].join("\r\n");
  }

  /** A client stops reading; later it reads on, or is disconnected for it. */
  #slowDownOrReadOn({ actor, listener }: Seat): void {
    const isSlow = actor.backlog > 0;
    const givenUp = isSlow && this.#prng.chance(30);
    this.last = `${listener.nick} ${givenUp ? "is given up" : isSlow ? "reads on" : "stops reading"}`;
    if (givenUp) actor.overflows();
    else if (isSlow) actor.readsOn();
    else actor.backlog = 1 << 20;
  }

  /** What is under way between gateways and server takes its time from now on, or some of it or all arrives. */
  #delay(gateways: GatewayStage): void {
    gateways.isDelaying = this.#prng.chance(70);
    this.last = gateways.isDelaying ? "some frames arrive" : "all frames arrive";
    if (gateways.isDelaying) gateways.carrySome();
    else gateways.settle();
  }

  /** Who is at a gateway that dies has lost the connection, and nobody else. */
  #loseGateway(gateways: GatewayStage): void {
    this.last = "a gateway dies";
    const present = this.#seats.filter(({ actor }) => !actor.closed);
    const lost = new Set(gateways.loseGateway());
    const { sessions } = this.#scene.server.state;
    for (const { actor } of present) {
      if (!lost.has(actor)) continue;
      expect([actor.closed, sessions.has(actor.session)]).toEqual([true, false]);
    }
    const others = present.filter(({ actor }) => !lost.has(actor));
    // Their own QUIT or the like may be what arrives.
    if (gateways.isQuiet) expect(others.filter(({ actor }) => actor.closed)).toEqual([]);
  }

  #arrive(): void {
    const prng = this.#prng;
    const actor = this.#scene.connect();
    // Batches tell history from new messages.
    const caps = ["message-tags", "echo-message", "batch", ...CAPS.filter(() => prng.chance(50))];
    caps.push(prng.pick(METADATA));
    if (prng.chance(60)) {
      const name = prng.pick(PEOPLE);
      this.last = `${name} comes in`;
      if (this.#scene.members.account(fold(name)) === null) this.#scene.signUp(name);
      actor.logsIn(name, caps).says(...SUBSCRIBE);
      this.#seats.push({ actor, listener: new Listener(name) });
    } else {
      const name = `${prng.pick(GUESTS)}${prng.below(5)}`;
      this.last = `guest ${name} comes in`;
      actor.introduces(name, caps).says(...SUBSCRIBE);
      this.#seats.push({ actor, listener: new Listener(name) });
    }
  }

  /** No time passes when a clock is set: nobody times out, is asked anything, or waits. */
  #setClock(ms: number): void {
    const { sessions } = this.#scene.server.state;
    const before = [...sessions].map(({ id, pingedElapsedMs }) => [id, pingedElapsedMs]);
    this.#scene.setsClock(ms);
    expect([...sessions].map(({ id, pingedElapsedMs }) => [id, pingedElapsedMs])).toEqual(before);
  }

  #restart(): void {
    this.last = "the server starts again";
    this.#scene.diskFull = false;
    this.#scene.settle();
    this.#scene = this.#scene.restart();
    this.#seats = [];
  }

  /** Compares structures that say the same thing. */
  checkConsistency(): void {
    // A client that doesn't read knows nothing yet.
    for (const { actor, listener } of this.#seats) {
      if (actor.backlog === 0) listener.receive(actor.hears());
    }
    this.#seats = this.#seats.filter(({ actor }) => !actor.closed);
    const { users, rooms, sessions } = this.#scene.server.state;
    for (const user of users.all()) {
      expect(users.byNick(fold(user.nick))).toBe(user);
      if (user.accountId !== null) expect(users.byAccount(user.accountId)).toBe(user);
      else expect(user.sessions).toHaveLength(1);
      for (const room of user.rooms) expect(room.members.has(user)).toBe(true);
      // The messages of a guest who left are not reachable under another user's nick.
      for (const { peer } of user.guestMessages) {
        if (users.byNick(fold(peer.nick)) !== peer) expect(peer.guestMessages).toEqual([]);
      }
      for (const session of user.sessions) {
        expect(session.user).toBe(user);
        expect(sessions.has(session)).toBe(true);
      }
    }
    this.#compareNamePrefixes();
    this.#compareLooks();
    for (const room of rooms.all()) {
      expect(rooms.byId(room.id)).toBe(room);
      // What an operator has closed remains without members.
      if (room.closure?.byOperator !== true) expect(room.members.size).toBeGreaterThan(0);
      for (const user of room.members.keys()) expect(user.rooms.has(room)).toBe(true);
      for (const { account } of room.joinRequests) {
        expect([...room.members.keys()].some((user) => user.accountId === account)).toBe(false);
      }
    }
    // What is under way is known to one side alone.
    const { gateways } = this.#scene;
    if (gateways?.isQuiet === false) return;
    for (const { actor, listener } of this.#seats) {
      if (actor.backlog === 0) this.#compare(actor, listener);
    }
    if (gateways === null) return;
    expect([gateways.linkCount, gateways.placeCount]).toEqual([sessions.size, sessions.size]);
  }

  /** The prefix index holds the prefixes of present nicks and of no others. */
  #compareNamePrefixes(): void {
    const { users } = this.#scene.server.state;
    const expected = new NamePrefixIndex();
    for (const { nick } of users.all()) {
      expected.add(fold(nick));
      this.#nicks.add(fold(nick));
    }
    for (const nick of this.#nicks) {
      expect([nick, users.namePrefixes.mayBeAt(nick, 0)]).toEqual([
        nick,
        expected.mayBeAt(nick, 0),
      ]);
    }
  }

  /** The looks of nicks and rooms are those of the users and rooms that are here, and of no others. */
  #compareLooks(): void {
    const { users, rooms } = this.#scene.server.state;
    const nickLooks = [...users.all()].map((user) => [user, skeleton(user.nick)] as const);
    for (const [user, look] of nickLooks) {
      const isAlone = nickLooks.every(([other, its]) => other === user || its !== look);
      expect([user.nick, users.hasLookalike(user.nick, user)]).toEqual([user.nick, !isAlone]);
    }
    for (const nick of this.#nicks) {
      const isHere = nickLooks.some(([, look]) => look === skeleton(nick));
      expect([nick, users.hasLookalike(nick, null)]).toEqual([nick, isHere]);
    }
    const roomLooks = new Set([...rooms.all()].map(({ name }) => skeleton(name)));
    for (const name of [...ROOMS, "#den"]) {
      const room = name as RoomName;
      expect([name, rooms.hasLookalike(room, null)]).toEqual([name, roomLooks.has(skeleton(name))]);
    }
  }

  /** Compares a client's state with the server's. */
  #compare({ session }: Actor, listener: Listener): void {
    const { user } = session;
    if (user === null) return;
    expect(listener.nick).toBe(user.nick);
    const actual = new Map([...user.rooms].map((room) => [fold(room.name), nicksIn(room)]));
    const seen = new Map([...listener.rooms].map(([name, nicks]) => [name, [...nicks].sort()]));
    expect(seen as Map<string, string[]>).toEqual(actual as Map<string, string[]>);
    if (!knowsMetadata(session)) return;
    for (const room of user.rooms) {
      expect(listener.moods.get(fold(room.name))).toBe(room.metadata.get("mood"));
    }
  }

  /** Checks that the messages each client received in a room are the last ones of its history, in order. */
  end(): void {
    this.#scene.diskFull = false;
    if (this.#scene.gateways !== null) this.#scene.gateways.isDelaying = false;
    this.#scene.arrives();
    for (const { actor } of this.#seats) actor.readsOn();
    this.#scene.settle();
    this.checkConsistency();
    for (const { actor, listener } of this.#seats) {
      for (const room of actor.session.user?.rooms ?? []) {
        const received = listener.messages.get(fold(room.name)) ?? [];
        const stored = this.#scene.log
          .all(room.id)
          .filter((event) => event.kind === "said")
          .map(({ msgid }) => msgid);
        expect(received).toEqual(stored.slice(stored.length - received.length));
      }
    }
    for (const id of this.#scene.log.conversations()) {
      const events = this.#scene.log.all(id);
      events.forEach((event, index) => {
        expect(event.position).toBe(index + 1);
        expect(event.time).toBeGreaterThan(events[index - 1]?.time ?? 0);
      });
    }
  }
}

/** The lines of a multiline message. */
function multiline(room: string, lines: readonly string[]): string {
  const parts = lines.map((line) => `@batch=m PRIVMSG ${room} :${line}`);
  return [`BATCH +m draft/multiline ${room}`, ...parts, "BATCH -m"].join("\r\n");
}

function nicksIn(room: Room): string[] {
  return [...room.members.keys()].map(({ nick }) => fold(nick) as string).sort();
}
