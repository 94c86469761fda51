import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/echo-message */

test("messages to a room or a person are echoed, but only with the capability", () => {
  const scene = new Scene();
  const jun = scene.guest("jun").says("JOIN #tea");
  for (const [nick, caps] of [
    ["mina", ["echo-message"]],
    ["sora", []],
  ] as const) {
    const one = scene.guest(nick, ...caps).says("JOIN #tea");
    one.hears();
    jun.hears();
    one.says("PRIVMSG #tea :hi", "NOTICE #tea :hi", "PRIVMSG jun :hi", "NOTICE jun :hi");
    const lines = jun.hears();
    expect(lines).toHaveLength(4);
    expect(one.hears()).toEqual(caps.length === 0 ? [] : lines);
  }
});

test("the echo is the relayed version: a text that is too long is cut for all", () => {
  const scene = new Scene();
  const jun = scene.guest("jun").says("JOIN #tea");
  const mina = scene.guest("mina", "echo-message").says("JOIN #tea");
  for (const one of [jun, mina]) one.hears();
  mina.says(`PRIVMSG #tea :${"차".repeat(160)}`);
  const [echo = ""] = mina.hears();
  expect(jun.hears()).toEqual([echo]);
  expect(Buffer.byteLength(`${echo}\r\n`)).toBeLessThanOrEqual(512);
  expect(echo).toMatch(/^:mina!~mina@guest\.test PRIVMSG #tea :차+$/);
});

test("a refused message gets an error, and no echo", () => {
  const scene = new Scene();
  scene.guest("jun").says("JOIN #tea", "MODE #tea +m");
  const mina = scene.guest("mina", "echo-message");
  expect(mina.says("PRIVMSG #tea :hi", "PRIVMSG nobody :hi").hears()).toEqual([
    ":tea.test 404 mina #tea :Only people in that room may talk there (+n)",
    ":tea.test 401 mina nobody :Nobody here has that name",
  ]);
});

test("a non-member who writes to a room gets the echo, and their other sessions get the message", () => {
  const scene = new Scene();
  scene.guest("jun").says("JOIN #tea", "MODE #tea -n");
  const phone = scene.person("mina");
  const mina = scene.person("mina", "echo-message", "message-tags");
  phone.hears();
  mina.says("PRIVMSG #tea :hi", "@+typing=active TAGMSG #tea");
  expect(mina.hears()).toEqual([
    "@msgid=id00000000000005 :mina!u@mina00000001.account PRIVMSG #tea :hi",
    "@msgid=id00000000000006;+typing=active :mina!u@mina00000001.account TAGMSG #tea",
  ]);
  expect(phone.hears()).toEqual([":mina!u@mina00000001.account PRIVMSG #tea :hi"]);
});

test("with message-tags a TAGMSG is echoed as well", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", "echo-message", "message-tags").says("JOIN #tea");
  mina.hears();
  mina.says("@+typing=active TAGMSG #tea", "@+draft/react=🍵;+reply=x TAGMSG #tea");
  expect(mina.hears()).toEqual([
    "@msgid=id00000000000004;+typing=active :mina!~mina@guest.test TAGMSG #tea",
    "@msgid=id00000000000005;+draft/react=🍵;+reply=x :mina!~mina@guest.test TAGMSG #tea",
  ]);
});

test("a user's other sessions get their messages, with and without the capability", () => {
  const scene = new Scene();
  const [phone, laptop] = [scene.person("mina"), scene.person("mina", "echo-message")];
  scene.person("jun");
  const desk = scene.person("mina");
  desk.says("PRIVMSG jun :hi");
  expect(desk.hears()).toEqual([]);
  expect(phone.hears()).toEqual([":mina!u@mina00000001.account PRIVMSG jun :hi"]);
  expect(laptop.hears()).toEqual([":mina!u@mina00000001.account PRIVMSG jun :hi"]);
});

test("a TAGMSG isn't echoed without message-tags", () => {
  const mina = new Scene().guest("mina", "echo-message").says("JOIN #tea");
  mina.hears();
  expect(mina.says("@+typing=active TAGMSG #tea", "@+a TAGMSG mina").hears()).toEqual([]);
});

test("a STATUSMSG is echoed with its prefix, also to a sender without that rank", () => {
  const scene = new Scene();
  const jun = scene.guest("jun").says("JOIN #tea");
  const mina = scene.guest("mina", "echo-message").says("JOIN #tea");
  for (const one of [jun, mina]) one.hears();
  mina.says("PRIVMSG @#tea :help", "NOTICE @#TEA :help");
  const lines = [
    ":mina!~mina@guest.test PRIVMSG @#tea :help",
    ":mina!~mina@guest.test NOTICE @#tea :help",
  ];
  expect([mina.hears(), jun.hears()]).toEqual([lines, lines]);
});

test("each of several targets has its echo, and one that fails has none", () => {
  const scene = new Scene();
  scene.guest("jun");
  const mina = scene.guest("mina", "echo-message").says("JOIN #tea");
  mina.hears();
  expect(mina.says("PRIVMSG #tea,nobody,jun :hi").hears()).toEqual([
    ":mina!~mina@guest.test PRIVMSG #tea :hi",
    ":tea.test 401 mina nobody :Nobody here has that name",
    ":mina!~mina@guest.test PRIVMSG jun :hi",
  ]);
});

test("the echo's target is in its canonical spelling", () => {
  const scene = new Scene();
  scene.guest("Jun");
  const mina = scene.guest("mina", "echo-message").says("JOIN #Tea");
  mina.hears();
  expect(mina.says("PRIVMSG #TEA :hi", "PRIVMSG JUN :hi").hears()).toEqual([
    ":mina!~mina@guest.test PRIVMSG #Tea :hi",
    ":mina!~mina@guest.test PRIVMSG Jun :hi",
  ]);
});

test("a blocked sender gets an echo as usual: a faked one, which the specification allows", () => {
  const scene = new Scene();
  const jun = scene.person("jun").says("SILENCE +mina");
  const mina = scene.guest("mina", "echo-message");
  jun.hears();
  expect(mina.says("PRIVMSG jun :hi").hears()).toEqual([":mina!~mina@guest.test PRIVMSG jun :hi"]);
  expect(jun.hears()).toEqual([]);
});

test("messages to a service aren't echoed: they are commands, and may contain a password", () => {
  // The text has none of this exception.
  const mina = new Scene().guest("mina", "echo-message").says("PRIVMSG NickServ :IDENTIFY secret");
  expect(mina.hears().filter((line) => line.includes("secret"))).toEqual([]);
});
