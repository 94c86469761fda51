import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/away-notify */

test("AWAY is sent to members of shared rooms with away-notify only", () => {
  const scene = new Scene();
  const mina = scene.guest("mina");
  const jun = scene.guest("jun", "away-notify");
  const sun = scene.guest("sun");
  const joe = scene.guest("joe", "away-notify");
  for (const actor of [mina, jun, sun]) actor.says("JOIN #tea");
  for (const actor of [mina, jun, sun]) actor.hears();
  mina.says("AWAY :차 마시는 중", "AWAY");
  expect(mina.hears()).toEqual([
    ":tea.test 306 mina :You are marked as away",
    ":tea.test 305 mina :You are back",
  ]);
  expect(jun.hears()).toEqual([
    ":mina!~mina@guest.test AWAY :차 마시는 중",
    ":mina!~mina@guest.test AWAY",
  ]);
  expect(sun.hears()).toEqual([]);
  expect(joe.hears()).toEqual([]);
});

test("the same AWAY twice is sent once", () => {
  const scene = new Scene();
  const mina = scene.guest("mina");
  const jun = scene.guest("jun", "away-notify");
  for (const actor of [mina, jun]) actor.says("JOIN #tea");
  jun.hears();
  mina.says("AWAY", "AWAY :tea", "AWAY :tea");
  expect(jun.hears()).toEqual([":mina!~mina@guest.test AWAY :tea"]);
});

test("joining while away sends AWAY to the room", () => {
  const scene = new Scene();
  const mina = scene.guest("mina");
  const jun = scene.guest("jun", "away-notify");
  jun.says("JOIN #tea");
  jun.hears();
  mina.says("AWAY :tea", "JOIN #tea");
  expect(jun.hears()).toEqual([
    ":mina!~mina@guest.test JOIN #tea",
    ":mina!~mina@guest.test AWAY :tea",
  ]);
});

test("a message to a user who is away gets 301", () => {
  const scene = new Scene();
  scene.guest("mina").says("AWAY :tea");
  const jun = scene.guest("jun");
  jun.says("PRIVMSG mina :hello", "NOTICE mina :hello");
  expect(jun.hears()).toEqual([":tea.test 301 jun mina tea"]);
});

test("a reason is cut between characters", () => {
  const scene = new Scene();
  const mina = scene.guest("mina");
  mina.says(`AWAY :${"차".repeat(150)}`, "WHOIS mina");
  const away = mina.hears().find((line) => line.includes(" 301 "));
  expect(away).toBe(`:tea.test 301 mina mina ${"차".repeat(130)}`);
});

test("an account without sessions is away, and back with the next session", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "away-notify");
  const mina = scene.person("mina");
  for (const actor of [jun, mina]) actor.says("JOIN #tea");
  jun.hears();
  const second = scene.person("mina");
  mina.vanishes();
  expect(jun.hears()).toEqual([]);
  second.vanishes();
  scene.person("mina");
  const lines = jun.hears().map((line) => line.replace(/!\S+/, ""));
  expect(lines).toEqual([":mina AWAY :disconnected", ":mina AWAY"]);
});
