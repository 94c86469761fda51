import { describe, expect, test } from "bun:test";
import { formatTime } from "../../lib/protocol/time.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { Prng, seeds } from "../prng.ts";
import { type Actor, Scene } from "../scene.ts";

const CAPS = ["message-tags", "server-time", "batch", "echo-message", "draft/chathistory"];

interface Heard {
  readonly msgid: string;
  readonly time: number;
}

/** The identifiers and times of what was said, out of lines as a member hears them. */
function saidIn(lines: readonly string[]): Heard[] {
  return lines.flatMap((line) => {
    const message = parseMessage(line);
    if (message?.verb !== "PRIVMSG") return [];
    const time = Date.parse(message.tags.get("time") ?? "");
    return [{ msgid: message.tags.get("msgid") ?? "", time }];
  });
}

interface Asked {
  readonly request: string;
  /** What the answer must be, of all that was heard. */
  readonly wanted: readonly Heard[];
}

/** A page asked for at random, by identifier or by time, and what a member who was there all along expects. */
function ask(prng: Prng, heard: readonly Heard[], limit: number): Asked {
  const point = (): { text: string; place: number; behind: number } => {
    const at = prng.below(heard.length);
    const one = heard[at] as Heard;
    if (prng.chance(50)) return { text: `msgid=${one.msgid}`, place: at, behind: at + 1 };
    // Between two messages as well as at one of them.
    const time = one.time + prng.below(3) - 1;
    const place = heard.findIndex((each) => each.time >= time);
    const behind = heard.findIndex((each) => each.time > time);
    const end = (index: number) => (index < 0 ? heard.length : index);
    return { text: `timestamp=${formatTime(time)}`, place: end(place), behind: end(behind) };
  };
  const [one, other] = [point(), point()];
  switch (prng.below(5)) {
    case 0:
      return { request: `LATEST #tea * ${limit}`, wanted: heard.slice(-limit) };
    case 1: {
      const wanted = heard.slice(one.behind).slice(-limit);
      return { request: `LATEST #tea ${one.text} ${limit}`, wanted };
    }
    case 2: {
      const wanted = heard.slice(0, one.place).slice(-limit);
      return { request: `BEFORE #tea ${one.text} ${limit}`, wanted };
    }
    case 3: {
      const wanted = heard.slice(one.behind, one.behind + limit);
      return { request: `AFTER #tea ${one.text} ${limit}`, wanted };
    }
    default: {
      const request = `BETWEEN #tea ${one.text} ${other.text} ${limit}`;
      if (one.place <= other.place) {
        return { request, wanted: heard.slice(one.behind, other.place).slice(0, limit) };
      }
      return { request, wanted: heard.slice(other.behind, one.place).slice(-limit) };
    }
  }
}

describe("a page of history", () => {
  for (const seed of seeds(20)) {
    test(`is what a member heard, for requests at random (SEED=${seed})`, () => {
      const prng = new Prng(seed);
      const scene = new Scene();
      const members: Actor[] = ["mina", "jun", "yuna"].map((name) => scene.person(name, ...CAPS));
      for (const one of members) one.says("JOIN #tea");
      const heard = new Map<Actor, Heard[]>(members.map((one) => [one, []]));
      for (let n = 0; n < 250; n += 1) {
        prng.pick(members).says(`PRIVMSG #tea :number ${n}`);
        scene.now += prng.pick([0, 0, 1, 5, 1000, 86_400_000]);
        for (const one of members) heard.get(one)?.push(...saidIn(one.hears()));
      }
      for (let n = 0; n < 40; n += 1) {
        const one = prng.pick(members);
        const { request, wanted } = ask(prng, heard.get(one) ?? [], 1 + prng.below(120));
        one.says(`CHATHISTORY ${request}`);
        const page = saidIn(one.hears());
        expect([request, page]).toEqual([request, [...wanted]]);
      }
    });
  }
});
