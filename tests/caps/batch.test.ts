import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/batch */

function talk(scene: Scene): void {
  scene.guest("jun").says("JOIN #tea", "PRIVMSG #tea :one", "PRIVMSG #tea :two");
}

test("lines of a batch name it, and its ends don't name themselves", () => {
  const scene = new Scene();
  talk(scene);
  const mina = scene.guest("mina", "batch", "server-time", "draft/chathistory").says("JOIN #tea");
  mina.hears();
  mina.says("CHATHISTORY LATEST #tea * 10");
  expect(mina.hears()).toEqual([
    ":tea.test BATCH +1 chathistory #tea",
    "@batch=1;time=2026-11-22T00:30:00.002Z :jun!~jun@guest.test PRIVMSG #tea :one",
    "@batch=1;time=2026-11-22T00:30:00.003Z :jun!~jun@guest.test PRIVMSG #tea :two",
    ":tea.test BATCH -1",
  ]);
});

test("an empty batch has two ends", () => {
  const mina = new Scene().guest("mina", "batch").says("JOIN #tea");
  mina.hears();
  expect(mina.says("CHATHISTORY LATEST #tea * 10").hears()).toEqual([
    ":tea.test BATCH +1 chathistory #tea",
    ":tea.test BATCH -1",
  ]);
});

test("references are letters and digits, and never the same twice", () => {
  const mina = new Scene().guest("mina", "batch").says("JOIN #tea");
  mina.hears();
  for (let i = 0; i < 50; i += 1) mina.says("CHATHISTORY LATEST #tea * 10");
  const opened = mina.hears().flatMap((line) => /BATCH \+(\S+)/.exec(line)?.[1] ?? []);
  expect(new Set(opened).size).toBe(50);
  expect(opened.every((reference) => /^[A-Za-z0-9-]+$/.test(reference))).toBe(true);
});

test("without the capability the lines come by themselves", () => {
  const scene = new Scene();
  talk(scene);
  const mina = scene.guest("mina", "draft/chathistory").says("JOIN #tea");
  mina.hears();
  expect(mina.says("CHATHISTORY LATEST #tea * 10").hears()).toEqual([
    ":jun!~jun@guest.test PRIVMSG #tea :one",
    ":jun!~jun@guest.test PRIVMSG #tea :two",
  ]);
});
