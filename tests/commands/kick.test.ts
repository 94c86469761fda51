import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** KICK. https://modern.ircdocs.horse/#kick-message */

/** Mina founded #tea, jun is a member of it, and sora a stranger. */
function teahouse() {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.guest("jun").says("JOIN #tea");
  const sora = scene.guest("sora");
  for (const actor of [mina, jun, sora]) actor.hears();
  return { scene, mina, jun, sora };
}

test("KICK is for ops, on members who are not higher", () => {
  const { scene, mina, jun, sora } = teahouse();
  const yuna = scene.person("yuna").says("JOIN #tea");
  mina.says("MODE #tea +o yuna");
  for (const actor of [mina, jun, yuna]) actor.hears();
  jun.says("KICK #tea mina", "KICK #tea", "KICK #none mina");
  sora.says("KICK #tea mina");
  yuna.says("KICK #tea mina :coup", "KICK #tea sora", "KICK #tea nobody");
  expect(jun.hears()).toEqual([
    ":tea.test 482 jun #tea :Only the room's ops may do that",
    ":tea.test 461 jun KICK :Not enough parameters",
    ":tea.test 403 jun #none :There is no such room",
  ]);
  expect(sora.hears()).toEqual([":tea.test 442 sora #tea :You aren't in that room"]);
  expect(yuna.hears()).toEqual([
    ":tea.test 482 yuna #tea :Only the room's ops may do that",
    ":tea.test 441 yuna sora #tea :They aren't in that room",
    ":tea.test 401 yuna nobody :Nobody here has that name",
  ]);
  mina.says("KICK #tea jun,yuna :closing time");
  expect(mina.hears()).toEqual([
    ":mina!u@mina00000001.account KICK #tea jun :closing time",
    ":mina!u@mina00000001.account KICK #tea yuna :closing time",
  ]);
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account KICK #tea jun :closing time"]);
  expect(yuna.hears().at(-1)).toEqual(":mina!u@mina00000001.account KICK #tea yuna :closing time");
  expect(jun.says("PRIVMSG #tea :hey").hears()).toEqual([
    ":tea.test 404 jun #tea :Only people in that room may talk there (+n)",
  ]);
});

test("after kicking themselves, an op kicks nobody further in the list", () => {
  const { mina, jun } = teahouse();
  mina.says("KICK #tea mina,jun");
  expect(mina.hears()).toEqual([
    ":mina!u@mina00000001.account KICK #tea mina mina",
    ":tea.test 482 mina #tea :Only the room's ops may do that",
  ]);
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account KICK #tea mina mina"]);
});

test("a kicked account may come back, unless it is banned", () => {
  const { scene, mina } = teahouse();
  const yuna = scene.person("yuna").says("JOIN #tea");
  mina.says("MODE #tea +b ~a:yuna", "KICK #tea yuna");
  yuna.hears();
  yuna.says("JOIN #tea");
  expect(yuna.hears()).toEqual([":tea.test 474 yuna #tea :You are banned from that room (+b)"]);
  mina.says("MODE #tea -b ~a:yuna");
  expect(yuna.says("JOIN #tea").hears()[0]).toEqual(":yuna!u@yuna00000001.account JOIN #tea");
});

test("KICK takes as many rooms as nicks", () => {
  const { mina, jun, sora } = teahouse();
  mina.says("JOIN #milk");
  sora.says("JOIN #milk");
  for (const actor of [mina, jun, sora]) actor.hears();
  mina.says("KICK #tea,#milk jun,sora :bye", "KICK #tea,#milk jun");
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account KICK #tea jun bye"]);
  expect(sora.hears()).toEqual([":mina!u@mina00000001.account KICK #milk sora bye"]);
  expect(mina.hears().slice(-1)).toEqual([":tea.test 461 mina KICK :Give one nick for each room"]);
});
