import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/no-implicit-names */

test("with the capability JOIN sends no NAMES; the command NAMES still does", () => {
  const mina = new Scene().guest("mina", "no-implicit-names").says("JOIN #tea");
  expect(mina.hears()).toEqual([":mina!~mina@guest.test JOIN #tea"]);
  expect(mina.says("NAMES #tea").hears()).toEqual([
    ":tea.test 353 mina = #tea @mina",
    ":tea.test 366 mina #tea :End of the list",
  ]);
});

test("a session that attaches later gets none either", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea");
  const phone = scene.connect().logsIn("mina", ["no-implicit-names"]);
  expect(phone.hearsVerbs().slice(-2)).toEqual(["221", "JOIN"]);
  const laptop = scene.connect().logsIn("mina");
  expect(laptop.hearsVerbs().slice(-3)).toEqual(["JOIN", "353", "366"]);
});
