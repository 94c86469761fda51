import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/extended-join */

test("JOIN has account and real name, with * as a guest's account", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "extended-join").says("JOIN #tea");
  expect(jun.hears()).toEqual([
    ":jun!~jun@guest.test JOIN #tea * :jun",
    ":tea.test 353 jun = #tea @jun",
    ":tea.test 366 jun #tea :End of the list",
  ]);
  scene.person("mina").says("SETNAME :김 미나", "JOIN #tea");
  scene.guest("sora").says("JOIN #tea");
  expect(jun.hears()).toEqual([
    ":mina!u@mina00000001.account JOIN #tea mina :김 미나",
    ":sora!~sora@guest.test JOIN #tea * :sora",
  ]);
});

test("without the capability JOIN has only the room's name", () => {
  const scene = new Scene();
  const jun = scene.guest("jun").says("JOIN #tea");
  jun.hears();
  scene.person("mina").says("JOIN #tea");
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account JOIN #tea"]);
});

test("a later session of the user gets them in the JOINs of its rooms", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea");
  const phone = scene.connect().logsIn("mina", ["extended-join"]);
  expect(phone.hears().filter((line) => line.includes(" JOIN "))).toEqual([
    ":mina!u@mina00000001.account JOIN #tea mina :mina",
  ]);
});

for (const caps of [["extended-join"], []]) {
  test(`a JOIN in the history has ${caps.length === 0 ? "neither without the capability" : "both"}`, () => {
    const scene = new Scene();
    const jun = scene.guest("jun", ...caps, "draft/chathistory", "draft/event-playback", "batch");
    jun.says("JOIN #tea");
    scene.person("mina").says("JOIN #tea");
    jun.hears();
    const [, line] = jun.says("CHATHISTORY LATEST #tea * 1").hears();
    const more = caps.length === 0 ? "" : " mina :mina";
    expect(line).toBe(`@batch=1 :mina!u@mina00000001.account JOIN #tea${more}`);
  });
}

test("a JOIN in place of RENAME has both", () => {
  const jun = new Scene().guest("jun", "extended-join").says("JOIN #tea");
  jun.hears();
  jun.says("RENAME #tea #milk");
  expect(jun.hears().filter((line) => line.includes(" JOIN "))).toEqual([
    ":jun!~jun@guest.test JOIN #milk * :jun",
  ]);
});
