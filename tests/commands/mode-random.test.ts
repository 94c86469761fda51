import { expect, test } from "bun:test";
import type { Room } from "../../lib/chat-server/rooms/room.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { parseModeChanges } from "../../lib/protocol/wire/modes.ts";
import { Prng } from "../prng.ts";
import { Scene } from "../scene.ts";

const LETTERS = "begIkfljWyYACHMRUimnstuqaohvX";
const ARGUMENTS = [
  "mina",
  "jun",
  "sun",
  "nobody",
  "5",
  "0",
  "#lobby",
  "#tea",
  "~a:jun",
  "m:sun",
  "5:60",
  "2h",
  "~r:spam",
  "*",
];

/** The room's state as derived from MODE lines alone. */
class Listener {
  readonly #settings = new Map<string, string>([
    ["n", ""],
    ["t", ""],
  ]);
  readonly #entries = new Set<string>();

  hear(line: string): void {
    const message = parseMessage(line);
    if (message?.verb !== "MODE" || message.params[0] !== "#tea") return;
    const [, text = "", ...args] = message.params;
    for (const { letter, sign, argument } of parseModeChanges(text, args)) {
      if ("begIqaohv".includes(letter)) {
        const entry = `${letter} ${argument}`;
        // Only effective changes are sent.
        expect(this.#entries.has(entry)).toBe(sign === "-");
        if (sign === "+") this.#entries.add(entry);
        else this.#entries.delete(entry);
      } else if (sign === "+") {
        expect(this.#settings.get(letter)).not.toBe(argument ?? "");
        this.#settings.set(letter, argument ?? "");
      } else expect(this.#settings.delete(letter)).toBe(true);
    }
  }

  get belief(): unknown {
    return { settings: [...this.#settings].sort(), entries: [...this.#entries].sort() };
  }

  founded(nick: string): void {
    this.#entries.add(`q ${nick}`);
  }
}

function truth(room: Room): unknown {
  const entries: string[] = [];
  for (const [letter, list] of room.lists) {
    for (const { mask } of list) entries.push(`${letter} ${mask}`);
  }
  for (const { user, ranks } of room.members.values()) {
    for (const letter of ranks) entries.push(`${letter} ${user.nick}`);
  }
  return { settings: [...room.modes].sort(), entries: entries.sort() };
}

test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
  "a client can derive the room's modes and ranks from MODE lines alone (seed %d)",
  (seed) => {
    const prng = new Prng(seed);
    const pick = <T>(from: ArrayLike<T>): T => from[prng.below(from.length)] as T;
    const scene = new Scene();
    const mina = scene.person("mina");
    const jun = scene.guest("jun");
    const sun = scene.guest("sun");
    for (const actor of [mina, jun, sun]) actor.says("JOIN #tea,#lobby");
    mina.says("MODE #lobby +o jun");
    for (const actor of [mina, jun, sun]) actor.hears();
    const listener = new Listener();
    listener.founded("mina");
    for (let i = 0; i < 60; i += 1) {
      const text = Array.from(
        { length: 1 + prng.below(6) },
        () => pick("++-") + pick(LETTERS),
      ).join("");
      const args = Array.from({ length: prng.below(6) }, () => pick(ARGUMENTS));
      // The founder keeps the rank: without it nothing would happen any more.
      if (text.includes("q")) continue;
      pick([mina, mina, jun]).says(`MODE #tea ${text} ${args.join(" ")}`);
      for (const line of sun.hears()) listener.hear(line);
      const room = scene.server.state.rooms.byName("#tea");
      expect(listener.belief).toEqual(truth(room as Room));
    }
  },
);
