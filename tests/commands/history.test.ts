import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** HISTORY, and the replay on joining: for clients without CHATHISTORY. */

function teahouse(options: ConstructorParameters<typeof Scene>[0] = {}) {
  const scene = new Scene(options);
  const jun = scene.person("jun").says("JOIN #tea");
  for (let i = 0; i < 12; i += 1) jun.says(`PRIVMSG #tea :${i}`);
  jun.hears();
  return { scene, jun };
}

test("joining replays the last few lines, with the time in the text", () => {
  const { scene } = teahouse({ replayLines: 3 });
  const mina = scene.guest("mina").says("JOIN #tea");
  expect(mina.hears()).toEqual([
    ":mina!~mina@guest.test JOIN #tea",
    ":tea.test 353 mina = #tea :~jun mina",
    ":tea.test 366 mina #tea :End of the list",
    ":jun!u@jun000000001.account PRIVMSG #tea :[00:30] 9",
    ":jun!u@jun000000001.account PRIVMSG #tea :[00:30] 10",
    ":jun!u@jun000000001.account PRIVMSG #tea :[00:30] 11",
  ]);
});

test("with server-time the replayed text is unchanged, and with batch it is in a batch", () => {
  const { scene } = teahouse({ replayLines: 2 });
  const mina = scene.guest("mina", "server-time", "batch").says("JOIN #tea");
  expect(mina.hears().slice(3)).toEqual([
    ":tea.test BATCH +1 chathistory #tea",
    "@batch=1;time=2026-11-22T00:30:00.012Z :jun!u@jun000000001.account PRIVMSG #tea :10",
    "@batch=1;time=2026-11-22T00:30:00.013Z :jun!u@jun000000001.account PRIVMSG #tea :11",
    ":tea.test BATCH -1",
  ]);
});

test("replayed messages of another day have the date", () => {
  const { scene } = teahouse({ replayLines: 1 });
  scene.passes(86_400_000);
  expect(scene.guest("mina").says("JOIN #tea").hears().at(-1)).toEqual(
    ":jun!u@jun000000001.account PRIVMSG #tea :[11-22 00:30] 11",
  );
});

test("the settings can turn the replay off", () => {
  const { scene } = teahouse({ replayLines: 0 });
  expect(scene.guest("mina").says("JOIN #tea").hearsVerbs()).toEqual(["JOIN", "353", "366"]);
});

test("neither reactions nor typing are replayed", () => {
  const { scene } = teahouse({ replayLines: 2 });
  scene
    .person("jun", "message-tags")
    .says("@+draft/react=🍵 TAGMSG #tea", "@+typing=active TAGMSG #tea");
  const mina = scene.guest("mina", "message-tags").says("JOIN #tea");
  expect(mina.hearsPlain().slice(3)).toEqual([
    ":jun!u@jun000000001.account PRIVMSG #tea :[00:30] 10",
    ":jun!u@jun000000001.account PRIVMSG #tea :[00:30] 11",
  ]);
});

/** Mina went away; jun wrote to her twice meanwhile, a second apart. */
function letterbox() {
  const scene = new Scene();
  scene.person("mina").says("QUIT");
  const jun = scene.person("jun").says("PRIVMSG mina :Are you there?");
  scene.passes(1000);
  jun.says("NOTICE mina :The tea is ready");
  const comeBack = (...caps: string[]) => {
    const mina = scene.connect();
    mina.logsIn("mina", caps);
    const lines = mina.hears();
    return { mina, letters: lines.filter((line) => line.includes(":jun!")) };
  };
  return { scene, jun, comeBack };
}

test("direct messages that came while offline are replayed on connecting", () => {
  const { jun, comeBack } = letterbox();
  const letters = [
    ":jun!u@jun000000001.account PRIVMSG mina :[00:30] Are you there?",
    ":jun!u@jun000000001.account NOTICE mina :[00:30] The tea is ready",
  ];
  expect(comeBack().letters).toEqual(letters);
  // Until they are answered or read: a client of the old kind doesn't tell that they are.
  expect(comeBack().letters).toEqual(letters);
  expect(jun.says("PING :1").hears()).toEqual([
    ":tea.test 301 jun mina disconnected",
    ":tea.test PONG tea.test 1",
  ]);
});

test("answered or read direct messages aren't replayed, nor any to clients with chathistory", () => {
  const { scene, comeBack } = letterbox();
  expect(comeBack("draft/chathistory").letters).toEqual([]);
  const { mina } = comeBack();
  scene.passes(1000);
  mina.says("PRIVMSG jun :Coming");
  expect(comeBack().letters).toEqual([]);
  expect(scene.restart().connect().logsIn("mina", []).hears().join()).not.toContain(":jun!");
  const other = letterbox();
  other
    .comeBack()
    .mina.says("CAP REQ draft/read-marker", `MARKREAD jun timestamp=2027-01-01T00:00:00.000Z`);
  expect(other.comeBack().letters).toEqual([]);
});

test("the newest direct messages of many people are replayed, oldest first", () => {
  const { scene } = letterbox();
  for (let i = 0; i < 25; i += 1) scene.person(`guest${i}`).says(`PRIVMSG mina :${i}`);
  const lines = scene.connect().logsIn("mina").hearsPlain();
  const told = lines.filter((line) => line.includes(" PRIVMSG mina "));
  expect(told.map((line) => line.split(" ").at(-1))).toEqual(
    Array.from({ length: 20 }, (_, i) => String(i + 5)),
  );
});

test("HISTORY sends a number of messages, or those since a time", () => {
  const { scene, jun } = teahouse({ replayLines: 0 });
  scene.passes(3_600_000);
  jun.says("PRIVMSG #tea :later");
  const mina = scene.guest("mina").says("JOIN #tea");
  mina.hears();
  mina.says("HISTORY #tea 2");
  expect(mina.hears()).toEqual([
    ":jun!u@jun000000001.account PRIVMSG #tea :[00:30] 11",
    ":jun!u@jun000000001.account PRIVMSG #tea :[01:30] later",
  ]);
  expect(mina.says("HISTORY #tea 30m").hears()).toHaveLength(1);
  expect(mina.says("HISTORY #tea 2h").hears()).toHaveLength(13);
  expect(mina.says("HISTORY #tea 1d").hears()).toHaveLength(13);
  expect(mina.says("HISTORY #tea").hears()).toHaveLength(13);
});

test("the time of an action (/me) is inside the CTCP, which stays an action", () => {
  const { scene, jun } = teahouse({ replayLines: 0 });
  jun.says("PRIVMSG #tea :\u0001ACTION pours tea\u0001");
  const mina = scene.guest("mina").says("JOIN #tea");
  mina.hears();
  expect(mina.says("HISTORY #tea 1").hears()).toEqual([
    ":jun!u@jun000000001.account PRIVMSG #tea :\u0001ACTION [00:30] pours tea\u0001",
  ]);
});

test("HISTORY refuses unknown targets and invalid amounts", () => {
  const { scene } = teahouse();
  const mina = scene.guest("mina", "standard-replies");
  mina.says(
    "HISTORY",
    "HISTORY #tea",
    "HISTORY #none",
    "HISTORY nobody",
    "HISTORY #tea some",
    "HISTORY #tea 0",
  );
  expect(mina.hears()).toEqual([
    ":tea.test 461 mina HISTORY :Not enough parameters",
    ":tea.test FAIL HISTORY INVALID_TARGET #tea :Messages could not be retrieved",
    ":tea.test FAIL HISTORY INVALID_TARGET #none :Messages could not be retrieved",
    ":tea.test FAIL HISTORY INVALID_TARGET nobody :Messages could not be retrieved",
    ":tea.test FAIL HISTORY INVALID_PARAMS #tea some :Give a number of messages (50), or a time (30m, 2h, 7d)",
    ":tea.test FAIL HISTORY INVALID_PARAMS #tea 0 :Give a number of messages (50), or a time (30m, 2h, 7d)",
  ]);
});

test("HISTORY sends at most two hundred messages, fifty by default, and an error when they can't be read", () => {
  const { scene, jun } = teahouse();
  for (let i = 0; i < 210; i += 1) jun.says("PRIVMSG #tea :x");
  const mina = scene.guest("mina").says("JOIN #tea");
  mina.hears();
  const count = (line: string) => mina.says(line).hearsVerbs().length;
  expect(count("HISTORY #tea")).toBe(50);
  expect(count("HISTORY #tea 1000")).toBe(200);
  expect(count("HISTORY #tea 7d")).toBe(200);
  scene.log.page = () => null as never;
  expect(mina.says("HISTORY #tea").hears()).toEqual([
    ":tea.test 400 mina HISTORY #tea :Messages could not be retrieved",
  ]);
});

test("HISTORY works for direct messages of two accounts", () => {
  const { scene, jun } = teahouse();
  const mina = scene.person("mina");
  jun.says("PRIVMSG mina :hi");
  mina.says("PRIVMSG jun :hello");
  mina.hears();
  expect(mina.says("HISTORY jun 10").hears()).toEqual([
    ":jun!u@jun000000001.account PRIVMSG mina :[00:30] hi",
    ":mina!u@mina00000001.account PRIVMSG jun :[00:30] hello",
  ]);
});
