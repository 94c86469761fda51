import { HELD_LINES_MAX } from "../../lib/chat-server/limits.ts";
import { isClosedByOperator } from "../../lib/chat-server/rooms/closure.ts";
import { replaceHarmful } from "../../lib/protocol/harmful-characters.ts";
import { fold } from "../../lib/protocol/names.ts";
import { utf8Bytes } from "../../lib/protocol/utf8.ts";
import { CAPS } from "../../lib/protocol/wire/caps.ts";
import { type Message, parseMessage } from "../../lib/protocol/wire/message.ts";
import { isTagKey } from "../../lib/protocol/wire/tags.ts";
import { LINE_BYTES_MAX, SERVER_TAG_BYTES_MAX } from "../../lib/protocol/wire/wire-limits.ts";
import { Prng } from "../prng.ts";
import { type Actor, Scene } from "../scene.ts";
import { claim } from "./parser-target.ts";
import { PEOPLE, randomLine } from "./random-line.ts";

/** How many lines one server gets; a fresh one then starts from what this one stored, or from nothing. */
const LINES_PER_SERVER = 1500;
const SESSIONS = 8;
const SESSION_CAPS = Object.keys(CAPS).filter((cap) => cap !== "sts");
/** Lines that quote what their reader sent: errors, ends of lists, the answers to PING and MONITOR. */
const QUOTES = /^(?:[4-9]\d\d|219|315|318|366|369|FAIL|WARN|NOTE|PONG|BATCH)$/;

/**
 * Plays random lines of several sessions at once: strangers, guests, members on several devices and an operator.
 * Throws when a command throws, a line that anybody hears is malformed, or the server's state isn't sound; the
 * message has the seed and what was said before. Returns how many lines were run.
 */
export function fuzzSessions(seed: number, lines = LINES_PER_SERVER): number {
  const prng = new Prng(seed);
  const play = new RandomPlay(prng);
  try {
    for (let n = 0; n < lines; n += 1) play.step();
    play.end();
  } catch (error) {
    const before = play.said
      .slice(-12)
      .map((line) => JSON.stringify(line))
      .join("\n");
    throw new Error(`SEED=${seed}, line ${play.said.length}, after\n${before}`, { cause: error });
  }
  return play.said.length;
}

class RandomPlay {
  readonly said: string[] = [];
  #scene: Scene;
  #actors: Actor[] = [];
  readonly #prng: Prng;
  #msgids: string[] = [];

  constructor(prng: Prng) {
    this.#prng = prng;
    this.#scene = new Scene({
      operators: [{ name: "root", passwordHash: "hash of root-password" }],
      floodControl: prng.chance(20),
      signUp: prng.pick(["open", "invite", "closed"] as const),
      guests: prng.chance(80),
      replayLines: prng.pick([0, 10]),
    });
    for (const [index, name] of PEOPLE.entries()) this.#scene.signUp(name, index === 0);
  }

  step(): void {
    const prng = this.#prng;
    this.#actors = this.#actors.filter(({ closed }) => !closed);
    if (this.#actors.length < SESSIONS && prng.chance(20)) this.#arrive();
    if (prng.chance(2)) this.#happen();
    if (this.#actors.length === 0) return this.#arrive();
    const actor = prng.pick(this.#actors);
    const line = randomLine(prng, this.#msgids);
    this.said.push(`${actor.session.id} ${actor.session.user?.nick ?? "-"}: ${line}`);
    actor.sends(Buffer.from(`${line}\r\n`));
    for (const listener of this.#actors) this.#hear(listener);
    claim(actor.session.heldLines.length <= HELD_LINES_MAX, "held lines are bounded");
  }

  end(): void {
    this.#scene.diskFull = false;
    this.#scene.holding = false;
    this.#scene.settle();
    this.#checkState();
    const restarted = this.#scene.restart();
    claim(restarted.server.state.users !== null, "the server starts again from what it saved");
    this.#scene.crash();
  }

  #arrive(): void {
    const prng = this.#prng;
    const address = prng.pick(["192.0.2.1", "198.51.100.7", "2001:db8::7"]);
    const certificate = prng.chance(10) ? "f".repeat(64) : null;
    const actor = this.#scene.connect({ address, certificate, secure: prng.chance(90) });
    const caps = SESSION_CAPS.filter(() => prng.chance(60));
    const name = prng.pick(PEOPLE);
    if (prng.chance(20)) this.said.push(`${actor.session.id} connects`);
    else if (prng.chance(60)) {
      this.said.push(`${actor.session.id} logs in as ${name} with ${caps.join(" ")}`);
      actor.logsIn(name, caps);
    } else {
      this.said.push(`${actor.session.id} is a guest with ${caps.join(" ")}`);
      actor.introduces(prng.pick(["bob", "eve", "zoë", "guest1"]), caps);
    }
    this.#actors.push(actor);
  }

  #happen(): void {
    const prng = this.#prng;
    const scene = this.#scene;
    this.#checkState();
    switch (prng.below(8)) {
      case 0:
        scene.diskFull = prng.chance(50);
        break;
      case 1:
        scene.holding = prng.chance(50);
        if (!scene.holding) scene.settle();
        break;
      case 2:
        scene.setsClock(prng.pick([-3_600_000, 3_600_000, 1]));
        break;
      case 3:
        if (this.#actors.length > 0) prng.pick(this.#actors).vanishes();
        break;
      case 4: {
        const actor = this.#actors.at(0);
        if (actor === undefined) break;
        if (actor.backlog > 0) actor.readsOn();
        else actor.backlog = 1 << 20;
        break;
      }
      default:
        scene.passes(prng.pick([500, 5000, 60_000, 130_000]));
    }
    this.said.push(`(disk full: ${scene.diskFull}, holding: ${scene.holding})`);
  }

  #hear(listener: Actor): void {
    for (const line of listener.hears()) {
      const message = parseMessage(line);
      claim(message !== null, "a line has a verb", line);
      const tagEnd = line.startsWith("@") ? line.indexOf(" ") + 1 : 0;
      claim(utf8Bytes(line.slice(0, tagEnd)) <= SERVER_TAG_BYTES_MAX, "tags fit", line.length);
      const bodyBytes = utf8Bytes(line.slice(tagEnd)) + 2;
      claim(bodyBytes <= LINE_BYTES_MAX, "a line fits", [bodyBytes, line]);
      claim(!/[\r\n\0]/.test(line), "a line has no line ends", line);
      claim(!line.includes("Internal error"), "nothing fails", line);
      checkParts(message, line);
      const msgid = message.tags.get("msgid");
      if (msgid !== undefined && this.#prng.chance(20))
        this.#msgids = [msgid, ...this.#msgids].slice(0, 8);
    }
  }

  #checkState(): void {
    const { users, rooms, sessions } = this.#scene.server.state;
    for (const user of users.all()) {
      claim(users.byNick(fold(user.nick)) === user, "a user is known by its nick", user.nick);
      for (const room of user.rooms)
        claim(room.members.has(user), "a user's room has it as a member");
      for (const session of user.sessions) claim(sessions.has(session), "a user's session is open");
    }
    for (const room of rooms.all()) {
      const mayBeEmpty = isClosedByOperator(room);
      const isSound = rooms.byId(room.id) === room && (mayBeEmpty || room.members.size > 0);
      claim(isSound, "a room has members", room.name);
      for (const user of room.members.keys())
        claim(user.rooms.has(room), "a member is in its room");
    }
  }
}

/** Nothing but the last parameter, which may be a text, has letters that a terminal obeys or that draw nothing. */
function checkParts({ tags, source, verb, params }: Message, line: string): void {
  for (const key of tags.keys()) claim(isTagKey(key), "a tag's key is one", line);
  claim(/^(?:[A-Z]+|\d{3})$/.test(verb), "a verb is letters or three digits", line);
  const shown = [source ?? "", ...(QUOTES.test(verb) ? [] : params.slice(0, -1))];
  claim(
    shown.every((part) => replaceHarmful(part, () => "") === part),
    "parameters are harmless",
    line,
  );
}
