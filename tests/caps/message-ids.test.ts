import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/message-ids */

test("one message has one id for all: echo, relay and history", () => {
  const scene = new Scene();
  const caps = ["message-tags", "echo-message", "draft/chathistory"];
  const mina = scene.guest("mina", ...caps).says("JOIN #tea");
  const jun = scene.guest("jun", ...caps).says("JOIN #tea");
  mina.hears();
  jun.hears();
  mina.says("PRIVMSG #tea :hi");
  const [line = ""] = mina.hears();
  expect(line).toBe("@msgid=id00000000000005 :mina!~mina@guest.test PRIVMSG #tea :hi");
  expect(jun.hears()).toEqual([line]);
  expect(jun.says("CHATHISTORY LATEST #tea * 1").hears()).toEqual([line]);
});

test("every PRIVMSG, NOTICE and TAGMSG has its own, direct and to guests as well", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "message-tags");
  scene.person("jisu");
  const mina = scene.person("mina", "message-tags", "echo-message");
  mina.says(
    "PRIVMSG jun :a",
    "NOTICE jun :a",
    "@+a TAGMSG jun",
    "PRIVMSG jisu :a",
    "NOTICE jisu :a",
  );
  const ids = [...mina.hears(), ...jun.hears()].map(
    (line) => /msgid=([^; ]+)/.exec(line)?.[1] ?? "",
  );
  expect(ids).toHaveLength(8);
  expect(new Set(ids).size).toBe(5);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]{16}$/);
});

test("what happens in a room has ids, too", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "message-tags").says("JOIN #tea");
  jun.hears();
  const mina = scene.guest("mina").says("JOIN #tea");
  jun.says("TOPIC #tea :Green", "MODE #tea +v mina", "KICK #tea mina");
  mina.hears();
  expect(jun.hears()).toEqual([
    "@msgid=id00000000000004 :mina!~mina@guest.test JOIN #tea",
    "@msgid=id00000000000005 :jun!~jun@guest.test TOPIC #tea :Green",
    "@msgid=id00000000000006 :jun!~jun@guest.test MODE #tea +v mina",
    "@msgid=id00000000000007 :jun!~jun@guest.test KICK #tea mina jun",
  ]);
});

test("without message-tags there are none", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "server-time").says("JOIN #tea");
  jun.hears();
  scene.guest("mina").says("JOIN #tea", "PRIVMSG #tea :hi");
  expect(jun.hears().some((line) => line.includes("msgid"))).toBe(false);
});
