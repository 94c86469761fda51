import { describe, expect, test } from "bun:test";
import { formatTime } from "../../lib/protocol/time.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { Prng, seeds } from "../prng.ts";
import { type Actor, Scene } from "../scene.ts";

const CAPS = ["message-tags", "server-time", "batch", "echo-message", "draft/chathistory"];

interface HeardMessage {
  readonly msgid: string;
  readonly time: number;
}

/** Returns the msgids and times of the messages in a member's lines. */
function messagesIn(lines: readonly string[]): HeardMessage[] {
  return lines.flatMap((line) => {
    const message = parseMessage(line);
    if (message?.verb !== "PRIVMSG") return [];
    const time = Date.parse(message.tags.get("time") ?? "");
    return [{ msgid: message.tags.get("msgid") ?? "", time }];
  });
}

interface PageQuery {
  readonly request: string;
  /** The messages that the page must have, of all that the member received. */
  readonly expected: readonly HeardMessage[];
}

/** Makes a random CHATHISTORY request by msgid or time, with the expected messages out of all received ones. */
function randomQuery(prng: Prng, heard: readonly HeardMessage[], limit: number): PageQuery {
  const randomPoint = (): { text: string; first: number; after: number } => {
    const index = prng.below(heard.length);
    const message = heard[index] as HeardMessage;
    if (prng.chance(50)) return { text: `msgid=${message.msgid}`, first: index, after: index + 1 };
    // Between two messages as well as at one of them.
    const time = message.time + prng.below(3) - 1;
    const first = heard.findIndex((each) => each.time >= time);
    const after = heard.findIndex((each) => each.time > time);
    const orEnd = (found: number) => (found < 0 ? heard.length : found);
    return { text: `timestamp=${formatTime(time)}`, first: orEnd(first), after: orEnd(after) };
  };
  const [from, to] = [randomPoint(), randomPoint()];
  switch (prng.below(5)) {
    case 0:
      return { request: `LATEST #tea * ${limit}`, expected: heard.slice(-limit) };
    case 1: {
      const expected = heard.slice(from.after).slice(-limit);
      return { request: `LATEST #tea ${from.text} ${limit}`, expected };
    }
    case 2: {
      const expected = heard.slice(0, from.first).slice(-limit);
      return { request: `BEFORE #tea ${from.text} ${limit}`, expected };
    }
    case 3: {
      const expected = heard.slice(from.after, from.after + limit);
      return { request: `AFTER #tea ${from.text} ${limit}`, expected };
    }
    default: {
      const request = `BETWEEN #tea ${from.text} ${to.text} ${limit}`;
      if (from.first <= to.first) {
        return { request, expected: heard.slice(from.after, to.first).slice(0, limit) };
      }
      return { request, expected: heard.slice(to.after, from.first).slice(-limit) };
    }
  }
}

describe("a page of history", () => {
  for (const seed of seeds(20)) {
    test(`has the messages that a member heard, for random requests (SEED=${seed})`, () => {
      const prng = new Prng(seed);
      const scene = new Scene();
      const members: Actor[] = ["mina", "jun", "yuna"].map((name) => scene.person(name, ...CAPS));
      for (const member of members) member.says("JOIN #tea");
      const heard = new Map<Actor, HeardMessage[]>(members.map((member) => [member, []]));
      for (let n = 0; n < 250; n += 1) {
        prng.pick(members).says(`PRIVMSG #tea :number ${n}`);
        scene.now += prng.pick([0, 0, 1, 5, 1000, 86_400_000]);
        for (const member of members) heard.get(member)?.push(...messagesIn(member.hears()));
      }
      for (let n = 0; n < 40; n += 1) {
        const member = prng.pick(members);
        const limit = 1 + prng.below(120);
        const { request, expected } = randomQuery(prng, heard.get(member) ?? [], limit);
        member.says(`CHATHISTORY ${request}`);
        expect([request, messagesIn(member.hears())]).toEqual([request, [...expected]]);
      }
    });
  }
});
