import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/invite-notify */

test("the invited user and ops with the capability get INVITE, other members don't", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", "invite-notify").says("JOIN #tea");
  const jun = scene.guest("jun", "invite-notify").says("JOIN #tea");
  const sora = scene.guest("sora").says("JOIN #tea");
  const yuna = scene.guest("yuna", "invite-notify").says("JOIN #tea");
  mina.says("MODE #tea +oo jun sora");
  const guest = scene.guest("guest", "server-time");
  for (const one of [mina, jun, sora, yuna]) one.hears();
  mina.says("INVITE guest #tea");
  expect(mina.hears()).toEqual([":tea.test 341 mina guest #tea"]);
  expect(guest.hears()).toEqual([
    "@time=2026-11-22T00:30:00.000Z :mina!~mina@guest.test INVITE guest #tea",
  ]);
  expect(jun.hears()).toEqual([":mina!~mina@guest.test INVITE guest #tea"]);
  expect(sora.hears()).toEqual([]);
  expect(yuna.hears()).toEqual([]);
});

test("without the capability only the invited user gets INVITE", () => {
  const scene = new Scene();
  const mina = scene.guest("mina").says("JOIN #tea");
  const jun = scene.guest("jun").says("JOIN #tea");
  mina.says("MODE #tea +o jun");
  const guest = scene.guest("guest", "invite-notify");
  for (const one of [mina, jun]) one.hears();
  mina.says("INVITE guest #tea");
  expect(jun.hears()).toEqual([]);
  expect(guest.hears()).toEqual([":mina!~mina@guest.test INVITE guest #tea"]);
});

test("an invitation that fails is sent to nobody", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "invite-notify").says("JOIN #tea");
  const mina = scene.guest("mina").says("JOIN #tea");
  jun.says("MODE #tea +i").hears();
  mina.says("INVITE nobody #tea", "INVITE jun #tea", "INVITE jun #nowhere");
  expect(jun.hears()).toEqual([]);
});
