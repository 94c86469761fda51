import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/server-time */

test("users' events have the time tag, in UTC with milliseconds", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "server-time", "away-notify").says("JOIN #tea");
  jun.hears();
  scene.passes(1234);
  const mina = scene.guest("mina").says("JOIN #tea", "PRIVMSG #tea :hi", "PRIVMSG jun :hi");
  mina.says("NICK minsu", "AWAY :out", "JOIN #milk", "INVITE jun #milk", "QUIT :bye");
  expect(jun.hears()).toEqual([
    "@time=2026-11-22T00:30:01.234Z :mina!~mina@guest.test JOIN #tea",
    "@time=2026-11-22T00:30:01.235Z :mina!~mina@guest.test PRIVMSG #tea :hi",
    "@time=2026-11-22T00:30:01.234Z :mina!~mina@guest.test PRIVMSG jun :hi",
    "@time=2026-11-22T00:30:01.234Z :mina!~mina@guest.test NICK minsu",
    "@time=2026-11-22T00:30:01.234Z :minsu!~mina@guest.test AWAY :out",
    "@time=2026-11-22T00:30:01.234Z :minsu!~mina@guest.test INVITE jun #milk",
    "@time=2026-11-22T00:30:01.234Z :minsu!~mina@guest.test QUIT :Quit: bye",
  ]);
});

test("simultaneous messages are a millisecond apart, so that their order is clear", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "server-time").says("JOIN #tea");
  scene.passes(1000);
  const mina = scene.guest("mina").says("JOIN #tea");
  jun.hears();
  mina.says("PRIVMSG #tea :one", "PRIVMSG #tea :two");
  expect(jun.hears()).toEqual([
    "@time=2026-11-22T00:30:01.001Z :mina!~mina@guest.test PRIVMSG #tea :one",
    "@time=2026-11-22T00:30:01.002Z :mina!~mina@guest.test PRIVMSG #tea :two",
  ]);
});

test("times in a room never decrease, whatever the clock does", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "server-time").says("JOIN #tea");
  const mina = scene.guest("mina").says("JOIN #tea");
  jun.hears();
  scene.setsClock(-3_600_000);
  mina.says("PRIVMSG #tea :hi");
  expect(jun.hears()).toEqual([
    "@time=2026-11-22T00:30:00.003Z :mina!~mina@guest.test PRIVMSG #tea :hi",
  ]);
});

test("without the capability, and before its ACK, there is no time tag", () => {
  const scene = new Scene();
  const jun = scene.guest("jun").says("JOIN #tea");
  const mina = scene.guest("mina").says("JOIN #tea");
  jun.hears();
  mina.says("PRIVMSG #tea :hi");
  jun.says("CAP REQ :server-time");
  mina.says("PRIVMSG #tea :hi");
  jun.says("CAP REQ :-server-time");
  mina.says("PRIVMSG #tea :hi");
  expect(jun.hears()).toEqual([
    ":mina!~mina@guest.test PRIVMSG #tea :hi",
    ":tea.test CAP jun ACK :server-time",
    "@time=2026-11-22T00:30:00.004Z :mina!~mina@guest.test PRIVMSG #tea :hi",
    ":tea.test CAP jun ACK :-server-time",
    ":mina!~mina@guest.test PRIVMSG #tea :hi",
  ]);
});

test("history has the time at which a message was sent", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", "server-time", "draft/chathistory").says("JOIN #tea");
  mina.says("PRIVMSG #tea :hi");
  scene.passes(86_400_000);
  const jun = scene.guest("jun", "server-time", "draft/chathistory").says("JOIN #tea");
  jun.hears();
  expect(jun.says("CHATHISTORY LATEST #tea * 1").hears()).toEqual([
    "@time=2026-11-22T00:30:00.002Z :mina!~mina@guest.test PRIVMSG #tea :hi",
  ]);
});

test("every time has the form YYYY-MM-DDThh:mm:ss.sssZ", () => {
  for (const now of [
    Date.UTC(2030, 0, 1),
    Date.UTC(2031, 11, 31, 23, 59, 59, 999),
    Date.UTC(2032, 1, 29, 1, 2, 3, 40),
  ]) {
    const scene = new Scene();
    const jun = scene.guest("jun", "server-time");
    scene.now = now;
    scene.guest("mina").says("PRIVMSG jun :hi");
    const [line = ""] = jun.hears();
    const time = /^@time=(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z) /.exec(line)?.[1] ?? "";
    expect(Date.parse(time)).toBe(now);
  }
});

test("echo-message is offered as well, and echo and relay have the same time", () => {
  const scene = new Scene();
  expect(scene.connect().says("CAP LS 302").hears().join(" ")).toContain(" echo-message ");
  const [mina, jun] = [
    scene.guest("mina", "server-time", "echo-message"),
    scene.guest("jun", "server-time"),
  ];
  for (const one of [mina, jun]) one.says("JOIN #tea");
  for (const one of [mina, jun]) one.hears();
  mina.says("PRIVMSG #tea :hi", "PRIVMSG jun :hi");
  expect(mina.hears()).toEqual(jun.hears());
});
