import { expect, test } from "bun:test";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { type Actor, passwordOf, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/pre-away */

/** A device of mina's that says this before its registration is complete. */
function device(scene: Scene, line: string, ...caps: string[]): Actor {
  const actor = scene.connect().says(`CAP REQ :sasl ${caps.join(" ")}`, "AUTHENTICATE PLAIN");
  actor.says(`AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
  actor.hears();
  actor.says(line, "NICK mina", "USER mina 0 * :mina", "CAP END");
  return actor;
}

function teahouse() {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea").vanishes();
  const jun = scene.guest("jun", "away-notify").says("JOIN #tea");
  jun.hears();
  return { scene, jun };
}

test("AWAY before registration is accepted with the capability, and refused without", () => {
  const { scene, jun } = teahouse();
  expect(device(scene, "AWAY :asleep").hears()[0]).toEqual(
    ":tea.test 451 * :Introduce yourself first: NICK and USER",
  );
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account AWAY"]);
  expect(device(scene, "AWAY :asleep", "draft/pre-away").hears()[0]).toEqual(
    ":tea.test 306 * :You are marked as away",
  );
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account AWAY :asleep"]);
});

test("AWAY * before registration doesn't bring the user back from away", () => {
  const { scene, jun } = teahouse();
  const phone = device(scene, "AWAY *", "draft/pre-away");
  expect(phone.hears()[0]).toEqual(":tea.test 306 * :You are marked as away");
  expect(jun.hears()).toEqual([]);
  jun.says("WHO #tea");
  expect(jun.hears()[0]).toEqual(
    ":tea.test 352 jun #tea u mina00000001.account tea.test mina G~ :0 mina",
  );
  phone.says("AWAY");
  expect(phone.hears().at(-1)).toEqual(":tea.test 305 mina :You are back");
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account AWAY"]);
  phone.says("AWAY *");
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account AWAY :disconnected"]);
});

test("AWAY * gives way to another session's away message, and to a session that isn't away", () => {
  const { scene, jun } = teahouse();
  const phone = device(scene, "AWAY *", "draft/pre-away");
  const laptop = scene.person("mina");
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account AWAY"]);
  laptop.says("AWAY :out for milk");
  phone.says("AWAY *");
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account AWAY :out for milk"]);
  laptop.says("AWAY", "QUIT");
  expect(jun.hears()).toEqual([
    ":mina!u@mina00000001.account AWAY",
    ":mina!u@mina00000001.account AWAY :disconnected",
  ]);
});

test("AWAY without a message before registration means present", () => {
  const { scene, jun } = teahouse();
  scene.person("mina").says("AWAY :asleep");
  jun.hears();
  expect(device(scene, "AWAY", "draft/pre-away").hears()[0]).toEqual(
    ":tea.test 305 * :You are back",
  );
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account AWAY"]);
});

test("a guest can connect as away, and sessions that MONITOR the nick are notified that it is online", () => {
  for (const [said, shown] of [
    ["AWAY :asleep", "asleep"],
    ["AWAY *", "disconnected"],
  ] as const) {
    const scene = new Scene();
    const jun = scene.guest("jun", "away-notify").says("JOIN #tea", "MONITOR + sora");
    jun.hears();
    const sora = scene.connect().says("CAP REQ :draft/pre-away", said);
    sora.introduces("sora").says("CAP END", "JOIN #tea");
    expect(jun.hears()).toEqual([
      ":tea.test 730 jun sora!~sora@guest.test",
      ":sora!~sora@guest.test JOIN #tea",
      `:sora!~sora@guest.test AWAY :${shown}`,
    ]);
    jun.says("PRIVMSG sora :tea?", "WHO sora", "WHOIS sora");
    const heard = jun.hears();
    expect(heard.slice(0, 2)).toEqual([
      `:tea.test 301 jun sora ${shown}`,
      ":tea.test 352 jun #tea ~sora guest.test tea.test sora G :0 sora",
    ]);
    expect(heard.filter((line) => line.includes(" 301 "))).toHaveLength(2);
  }
});

test("without the capability * is an away message like any other", () => {
  const { scene, jun } = teahouse();
  scene.person("mina").says("AWAY *");
  expect(jun.hears()).toEqual([
    ":mina!u@mina00000001.account AWAY",
    ":mina!u@mina00000001.account AWAY :*",
  ]);
});
