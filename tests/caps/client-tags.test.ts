import { describe, expect, test } from "bun:test";
import { Prng, seed } from "../prng.ts";
import { Scene } from "../scene.ts";

/**
 * The tags that clients make for one another, and what a server has to do with them.
 * https://ircv3.net/specs/client-tags/reply, /typing, /channel-context and /react
 */

/** Each with the commands that its text is about. */
const TAGS: readonly (readonly [string, readonly string[]])[] = [
  ["+reply=id1", ["PRIVMSG #tea :hi", "NOTICE #tea :hi", "PRIVMSG jun :hi", "TAGMSG #tea"]],
  ["+typing=active", ["TAGMSG #tea", "TAGMSG jun"]],
  ["+typing=paused", ["TAGMSG #tea"]],
  ["+typing=done", ["TAGMSG #tea"]],
  ["+channel-context=#tea", ["PRIVMSG jun :hi", "NOTICE jun :hi"]],
  ["+reply=id1;+draft/react=👋", ["TAGMSG #tea", "PRIVMSG #tea :👋", "TAGMSG jun"]],
  ["+reply=id1;+draft/unreact=👋", ["TAGMSG #tea", "TAGMSG jun"]],
];

for (const [tag, commands] of TAGS) {
  describe(tag, () => {
    for (const command of commands) {
      test(`is relayed unchanged with ${command}, to sessions with message-tags`, () => {
        const scene = new Scene();
        const jun = scene.guest("jun", "message-tags").says("JOIN #tea");
        const sora = scene.guest("sora").says("JOIN #tea");
        const mina = scene.guest("mina", "message-tags").says("JOIN #tea");
        for (const one of [jun, sora]) one.hears();
        mina.says(`@${tag} ${command}`);
        const [line = ""] = jun.hears();
        expect(line).toMatch(/^@msgid=\w+;/);
        expect(line.split(";").slice(1).join(";")).toBe(`${tag} :mina!~mina@guest.test ${command}`);
        const isHeard = command.includes("#tea") && !command.startsWith("TAGMSG");
        expect(sora.hears()).toEqual(isHeard ? [`:mina!~mina@guest.test ${command}`] : []);
      });
    }
  });
}

test("whatever tags are sent, only keys of the specification's form are relayed and stored", () => {
  const scene = new Scene();
  const caps = "message-tags draft/chathistory batch echo-message draft/multiline";
  const jun = scene.guest("jun", caps).says("JOIN #tea");
  const mina = scene.guest("mina", caps).says("JOIN #tea");
  jun.hears();
  mina.hears();
  const random = new Prng(seed());
  // No NUL, CR, LF or space, which end a key or a line before this.
  const letters = "+/ab9-._=:;\\\u0001\u0007\u001b\u007f\u0085\u200b열[";
  const tag = /^\+?(?:[A-Za-z0-9.-]+\/)?[A-Za-z0-9-]+$/;
  let relayed = 0;
  for (let count = 0; count < 300; count += 1) {
    let tags = "+fixed=1";
    for (let length = random.below(40); length > 0; length -= 1) {
      tags += letters.charAt(random.below(letters.length));
    }
    mina.says(random.below(2) === 0 ? `@${tags} PRIVMSG #tea :${count}` : `@${tags} TAGMSG #tea`);
    for (const line of [...jun.hears(), ...mina.hears()]) {
      if (!line.startsWith("@")) continue;
      const [section = ""] = line.slice(1).split(" ");
      for (const part of section.split(";")) {
        relayed += 1;
        expect(part.split("=", 1)[0]).toMatch(tag);
      }
    }
    scene.passes(5000);
  }
  expect(relayed).toBeGreaterThan(600);
});

test("a reply's msgid is the one in the echo, and is in history as well", () => {
  const scene = new Scene();
  const caps = ["message-tags", "echo-message", "draft/chathistory"];
  const mina = scene.guest("mina", ...caps).says("JOIN #tea");
  mina.hears();
  mina.says("PRIVMSG #tea :Tea?");
  const id = /msgid=(\w+)/.exec(mina.hears()[0] ?? "")?.[1] ?? "";
  const jun = scene.guest("jun", ...caps).says("JOIN #tea", `@+reply=${id} PRIVMSG #tea :Yes!`);
  expect(jun.hears().at(-1)).toContain(`;+reply=${id} `);
  mina.hears();
  expect(mina.says("CHATHISTORY LATEST #tea * 1").hears()[0]).toContain(`;+reply=${id} `);
});

test("the +channel-context tag of a direct message is stored, whatever other tags there are", () => {
  const scene = new Scene();
  const jun = scene.person("jun", "message-tags", "draft/chathistory");
  const mina = scene.person("mina", "message-tags");
  mina.says(`@+x=${"y".repeat(505)};+channel-context=#tea NOTICE jun :I'm helping`);
  jun.hears();
  jun.says("CHATHISTORY LATEST mina * 1");
  expect(jun.hears()[0]).toMatch(/;\+channel-context=#tea :mina!\S+ NOTICE jun :I'm helping$/);
});

test("typing is relayed and not stored", () => {
  const scene = new Scene();
  const caps = ["message-tags", "draft/chathistory", "draft/event-playback", "batch"];
  const mina = scene.guest("mina", ...caps).says("JOIN #tea", "@+typing=active TAGMSG #tea");
  mina.hears();
  mina.says("CHATHISTORY LATEST #tea * 10");
  expect(mina.hears().join()).not.toContain("typing");
});

test("values of client-only tags aren't checked: any value is relayed", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "message-tags");
  const mina = scene.guest("mina", "message-tags");
  for (const tag of [
    "+typing=tea",
    "+reply",
    "+channel-context=no-room",
    "+draft/react=x;+draft/unreact=x",
  ]) {
    mina.says(`@${tag} TAGMSG jun`);
    expect(jun.hears()[0]).toContain(`;${tag} :mina!`);
  }
});
