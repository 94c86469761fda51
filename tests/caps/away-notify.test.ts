import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/away-notify */

function teahouse(...caps: string[]) {
  const scene = new Scene();
  const mina = scene.person("mina", ...caps).says("JOIN #tea,#milk");
  const jun = scene.guest("jun", ...caps).says("JOIN #tea");
  const sora = scene.guest("sora", ...caps).says("JOIN #milk");
  for (const one of [mina, jun, sora]) one.hears();
  return { scene, mina, jun, sora };
}

test("going away, a new reason and coming back are relayed to others only", () => {
  const { mina, jun } = teahouse("away-notify");
  mina.says("AWAY :out for milk", "AWAY :and sugar", "AWAY");
  expect(jun.hears()).toEqual([
    ":mina!u@mina00000001.account AWAY :out for milk",
    ":mina!u@mina00000001.account AWAY :and sugar",
    ":mina!u@mina00000001.account AWAY",
  ]);
  expect(mina.hears()).toEqual([
    ":tea.test 306 mina :You are marked as away",
    ":tea.test 306 mina :You are marked as away",
    ":tea.test 305 mina :You are back",
  ]);
});

test("without the capability nothing is sent", () => {
  const { mina, jun } = teahouse();
  mina.says("AWAY :out for milk", "AWAY");
  expect(jun.hears()).toEqual([]);
});

test("a user in two shared rooms gets AWAY once", () => {
  const { mina, jun } = teahouse("away-notify");
  jun.says("JOIN #milk");
  jun.hears();
  mina.says("AWAY :out");
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account AWAY :out"]);
});

test("a user who joins while away is announced to that room alone", () => {
  const { scene, mina, jun, sora } = teahouse("away-notify");
  const yuna = scene.guest("yuna", "away-notify").says("JOIN #cocoa");
  mina.says("AWAY :out");
  for (const one of [mina, jun, sora, yuna]) one.hears();
  mina.says("JOIN #cocoa");
  expect(yuna.hears()).toEqual([
    ":mina!u@mina00000001.account JOIN #cocoa",
    ":mina!u@mina00000001.account AWAY :out",
  ]);
  expect(jun.hears()).toEqual([]);
  expect(sora.hears()).toEqual([]);
});

test("an account is away when its last session closes, and back when one opens", () => {
  const { scene, mina, jun } = teahouse("away-notify");
  const phone = scene.person("mina");
  mina.vanishes();
  expect(jun.hears()).toEqual([]);
  phone.says("QUIT");
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account AWAY :disconnected"]);
  scene.person("mina");
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account AWAY"]);
});

test("nothing is sent for a user who joins and isn't away", () => {
  const { jun, mina } = teahouse("away-notify");
  mina.says("AWAY :out", "AWAY", "PART #tea", "JOIN #tea");
  expect(jun.hearsVerbs().slice(-2)).toEqual(["PART", "JOIN"]);
});

test("the same away message again, or coming back twice, is announced once", () => {
  const { jun, mina } = teahouse("away-notify");
  mina.says("AWAY :out", "AWAY :out", "AWAY", "AWAY");
  expect(jun.hearsVerbs()).toEqual(["AWAY", "AWAY"]);
  expect(mina.hearsVerbs()).toEqual(["306", "306", "305", "305"]);
});

test("a user's own other sessions get no AWAY either", () => {
  const { scene, mina } = teahouse("away-notify");
  const phone = scene.person("mina", "away-notify");
  phone.hears();
  mina.says("AWAY :out");
  expect(phone.hears().filter((line) => line.includes(" AWAY "))).toEqual([]);
});
