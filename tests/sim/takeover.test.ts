import { expect, test } from "bun:test";
import { Prng, seeds } from "../prng.ts";
import { type Actor, Scene } from "../scene.ts";
import { stateOf } from "./compared-state.ts";
import { HandedOver } from "./handed-over.ts";

/**
 * Two servers that get the same lines at the same times, of which one is replaced by another now and then, also while
 * answers are under way. Everybody hears the same from both, byte by byte: so nobody hears a QUIT, and nothing is heard
 * twice or lost. In the end their states are the same. What the other one would hand over is looked at after each step.
 */

const STEPS = 120;
/** Who has begun a message gives its lines again, so that PINGs come later. */
const OPTIONS = { floodControl: true, pingAfterMs: 1e9 };
const CAPS = ["message-tags", "echo-message", "batch", "labeled-response", "away-notify"];
const MORE_CAPS = [
  "draft/chathistory",
  "draft/multiline",
  "draft/metadata-2",
  "sodam.chat/read-receipts",
  "extended-monitor",
  "setname",
  "multi-prefix",
];
const ROOMS = ["#tea", "#dev"];
const PEOPLE = ["mina", "jun", "sora"];
const GUESTS = ["bob", "eve", "zoe"];

interface Twin {
  readonly name: string;
  readonly replaced: Actor;
  readonly never: Actor;
}

for (const seed of seeds(25)) {
  test(`nobody notices that the server was replaced, by seed ${seed}`, () => {
    new Twins(new Prng(seed), seed).run();
  });
}

class Twins {
  readonly #prng: Prng;
  readonly #seed: number;
  readonly #replaced = new Scene(OPTIONS, undefined, null, "by hand");
  readonly #never = new Scene(OPTIONS, undefined, null, "never");
  #twins: Twin[] = [];

  constructor(prng: Prng, seed: number) {
    this.#prng = prng;
    this.#seed = seed;
  }

  run(): void {
    const handedOver = new HandedOver(this.#never.server);
    for (let step = 0; step < STEPS; step += 1) {
      const line = this.#step();
      const forgotten = handedOver.differences();
      expect([`SEED=${this.#seed} step ${step}, ${line}`, ...forgotten]).toHaveLength(1);
      for (const { name, replaced, never } of this.#twins) {
        const context = `SEED=${this.#seed} step ${step}, ${line}: ${name} hears`;
        expect([context, ...heard(replaced)]).toEqual([context, ...heard(never)]);
        expect([context, replaced.closed]).toEqual([context, never.closed]);
      }
      this.#twins = this.#twins.filter(({ never }) => !never.closed);
    }
    expect(handedOver.count).toBeGreaterThan(STEPS / 4);
    this.#replaced.takesOver();
    expect(stateOf(this.#replaced.server.state)).toEqual(stateOf(this.#never.server.state));
  }

  #step(): string {
    const prng = this.#prng;
    if (this.#twins.length < 4 || prng.chance(8)) return this.#arrive();
    if (prng.chance(15)) {
      this.#replaced.takesOver();
      return "a takeover";
    }
    if (prng.chance(10)) {
      const ms = prng.pick([1, 500, 1000, 5000, 61_000]);
      for (const scene of [this.#replaced, this.#never]) scene.passes(ms);
      return `${ms} ms pass`;
    }
    // Rooms that are joined in the same millisecond may be listed in either order.
    for (const scene of [this.#replaced, this.#never]) scene.now += 20;
    const twin = prng.pick(this.#twins);
    if (prng.chance(4)) {
      twin.replaced.vanishes();
      twin.never.vanishes();
      return `${twin.name} vanishes`;
    }
    const line = this.#line(twin);
    // What the server asks meanwhile is answered later, by whichever server is there then.
    const isLate = prng.chance(20);
    for (const scene of [this.#replaced, this.#never]) scene.holding = isLate;
    const bytes = Buffer.from(`${line.join("\r\n")}\r\n`);
    twin.replaced.sends(bytes);
    twin.never.sends(bytes);
    for (const scene of [this.#replaced, this.#never]) scene.holding = false;
    if (isLate && prng.chance(70)) this.#replaced.takesOver();
    for (const scene of [this.#replaced, this.#never]) scene.settle();
    return `${twin.name}: ${line.join(" / ")}`;
  }

  #arrive(): string {
    const prng = this.#prng;
    const caps = [...CAPS, ...MORE_CAPS.filter(() => prng.chance(50))];
    const isMember = prng.chance(50);
    const name = isMember ? prng.pick(PEOPLE) : `${prng.pick(GUESTS)}${prng.below(4)}`;
    const enter = (scene: Scene): Actor => {
      const isKnown = [...scene.members.accounts()].some((account) => account.name === name);
      if (isMember && !isKnown) scene.signUp(name);
      const actor = scene.connect();
      return isMember ? actor.logsIn(name, caps) : actor.introduces(name, caps);
    };
    this.#twins.push({ name, replaced: enter(this.#replaced), never: enter(this.#never) });
    return `${name} comes`;
  }

  #line({ never }: Twin): string[] {
    const prng = this.#prng;
    const room = prng.pick(ROOMS);
    const other = prng.pick(this.#twins).name;
    const label = prng.chance(30) ? `@label=l${prng.below(100)} ` : "";
    const text = prng.pick(["hello", "안녕", "x".repeat(400)]);
    const lines: readonly (readonly string[])[] = [
      [`${label}JOIN ${room}`],
      [`${label}JOIN ${room}`],
      [`PART ${room}`],
      [`${label}PRIVMSG ${room} :${text}`],
      [`${label}PRIVMSG ${room} :${text}`],
      [`${label}PRIVMSG ${other} :${text}`],
      [`PRIVMSG ${other} :psst`],
      [`NICK ${prng.pick([...PEOPLE, ...GUESTS])}${prng.below(4)}`],
      [prng.pick(["AWAY :tea", "AWAY", "AWAY *"])],
      [prng.pick([`ACCEPT ${other}`, "MODE $me +g", "ACCEPT *"])],
      [`MONITOR + ${other},nobody`, "MONITOR L"],
      [`MONITOR + m${prng.below(9)}`, `${label}CHATHISTORY LATEST ${room} * 20`],
      [prng.pick(["SILENCE +*!*@elsewhere", `SILENCE +${other}`, "SILENCE"])],
      [`METADATA * SET mood :${text.slice(0, 20)}`, "METADATA * SUB mood"],
      [`PREFERENCE ${prng.pick([room, "*"])} level :${prng.pick(["all", ""])}`],
      [`INVITE ${other} ${room}`],
      [`KNOCK ${room}`],
      [`MODE ${room} ${prng.pick(["+i", "-i", "+W 5", "-W", "+j 2:60", "+m", "-m"])}`],
      [`MODE ${room} ${prng.pick(["+v", "+o", "-o", "+b"])} ${other}`],
      [`KICK ${room} ${other}`],
      [`MARKREAD ${room} timestamp=2026-11-22T00:${30 + prng.below(20)}:00.000Z`],
      [`MARKREAD ${other} timestamp=2026-11-22T00:${30 + prng.below(20)}:00.000Z`],
      [`SETNAME :${text.slice(0, 20)}`],
      [`WHOWAS ${other}`, `WHOIS ${other}`],
      [`${label}WHO ${room}`, `${label}NAMES ${room}`],
      [`${label}CHATHISTORY LATEST ${prng.pick([room, other])} * 20`],
      [`BATCH +m draft/multiline ${room}`, `@batch=m PRIVMSG ${room} :one`],
      [`@batch=m PRIVMSG ${room} :two`],
      [`@batch=m PRIVMSG ${room} :three`, "BATCH -m"],
      [`${label}PING :tea`],
      ["AUTHENTICATE PLAIN"],
      ["AUTHENTICATE *"],
      [`${label}TOPIC ${room} :${text.slice(0, 20)}`],
      [`RENAME ${room} ${room}x`, `RENAME ${room}x ${room}`],
      ["LUSERS", "STATS m"],
      ["CAP REQ :away-notify", "CAP REQ :-away-notify"],
    ];
    return [...prng.pick(lines)].map((line) =>
      line.replace("$me", never.session.user?.nick ?? "nobody"),
    );
  }
}

/** Returns what was heard. Receipts of several conversations come in any order. */
function heard(actor: Actor): string[] {
  const lines = actor.hears();
  const receipts = lines.filter((line) => line.includes(" READ ")).sort();
  return lines.map((line) => (line.includes(" READ ") ? (receipts.shift() ?? "") : line));
}
