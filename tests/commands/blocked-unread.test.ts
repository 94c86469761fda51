import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** Unread counts without the messages of people whom the user has blocked. */

const CAPS = ["sodam.chat/unread", "draft/read-marker"];

const counts = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.includes(" UNREAD ")).map((line) => line.replace(/^.* UNREAD /, ""));

test("messages of a blocked person count as unread neither in rooms nor as mentions, also after a restart", () => {
  const scene = new Scene();
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  const [jun, sora] = [scene.person("jun"), scene.person("sora")];
  for (const actor of [jun, sora]) actor.says("JOIN #tea");
  mina.says("SILENCE +jun");
  jun.says("PRIVMSG #tea :one", "PRIVMSG #tea :mina, two");
  sora.says("PRIVMSG #tea :mina, three", "PRIVMSG #tea :four");
  for (const again of [scene, scene.restart()]) {
    expect(counts(again.connect().logsIn("mina", CAPS).hears())).toEqual(["#tea 2 1"]);
  }
});

test("blocking and unblocking change the counts, and every device is told", () => {
  const scene = new Scene();
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  const laptop = scene.person("mina", ...CAPS);
  const jun = scene.person("jun").says("JOIN #tea", "PRIVMSG mina :psst");
  jun.says("PRIVMSG #tea :one", "PRIVMSG #tea :mina, two");
  for (const device of [mina, laptop]) device.hears();
  mina.says("SILENCE +jun");
  for (const device of [mina, laptop])
    expect(counts(device.hears())).toEqual(["#tea 0 0", "jun 0 0"]);
  mina.says("SILENCE -jun");
  for (const device of [mina, laptop])
    expect(counts(device.hears())).toEqual(["#tea 2 1", "jun 1 1"]);
});

test("a mask with wildcards changes the counts of direct conversations, and of rooms that its people have left", () => {
  const scene = new Scene();
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  const jun = scene.person("jun").says("JOIN #tea", "PRIVMSG mina :psst", "PRIVMSG #tea :bye");
  jun.says("PART #tea");
  mina.hears();
  for (const mask of ["j*!*@*", "jun"]) {
    mina.says(`SILENCE +${mask}`);
    expect(counts(mina.hears())).toEqual(["#tea 0 0", "jun 0 0"]);
    mina.says(`SILENCE -${mask}`);
    expect(counts(mina.hears())).toEqual(["#tea 1 0", "jun 1 1"]);
  }
});

test("many masks at once tell each count once, and don't keep others waiting", () => {
  const scene = new Scene();
  const mina = scene.person("mina", ...CAPS);
  const jun = scene.person("jun");
  for (let room = 0; room < 20; room += 1) {
    for (const actor of [mina, jun]) actor.says(`JOIN #tea${room}`);
    for (let n = 0; n < 100; n += 1) jun.says(`PRIVMSG #tea${room} :hello`);
    for (const actor of [mina, jun]) actor.hears();
  }
  scene.holding = true;
  mina.says("SILENCE +j*!*@*,ju*!*@*,jun!*@*,*!*@elsewhere");
  const inFirstSlice = counts(mina.hears()).length;
  expect(inFirstSlice).toBeGreaterThan(0);
  expect(inFirstSlice).toBeLessThan(20);
  scene.holding = false;
  scene.settle();
  expect(inFirstSlice + counts(mina.hears()).length).toBe(20);
});
