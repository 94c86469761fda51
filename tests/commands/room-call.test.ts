import { expect, test } from "bun:test";
import { CALLED_MEMBERS_MAX, roomCall } from "../../lib/protocol/room-call.ts";
import { type Actor, Scene } from "../scene.ts";

/** @everyone and @here: an op calls a room. */

const CAPS = ["sodam.chat/unread", "draft/read-marker"];

const counts = (actor: Actor): string[] =>
  actor
    .hears()
    .filter((line) => line.includes(" UNREAD "))
    .map((line) => line.replace(/^.* UNREAD /, ""));

test.each([
  ["@everyone the build is broken", "everyone"],
  ["please, @Everyone!", "everyone"],
  ["@모두 회의 시작합니다", "everyone"],
  ["@모두들 고생했어요", "everyone"],
  ["＠여기 점심 먹을 사람", "here"],
  ["@here: lunch?", "here"],
  ["@here and @everyone", "everyone"],
  ["everyone is here", null],
  ["@everyones", null],
  ["@here-after", null],
  ["write to info@here.example or me@everyone", null],
  ["https://chat.example/@everyone", null],
  ["모두 여기 있어요", null],
] as const)("%p calls %p", (text, call) => {
  expect(roomCall(text)).toBe(call);
});

test("an op's @everyone is a mention of each member, also of those who are away, after a restart too", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const [jun, sora] = [scene.person("jun"), scene.person("sora")];
  for (const actor of [jun, sora]) actor.says("JOIN #tea");
  sora.says("QUIT");
  mina.says("PRIVMSG #tea :@모두 회의 시작합니다");
  for (const again of [scene, scene.restart()]) {
    for (const name of ["jun", "sora"]) {
      expect(counts(again.connect().logsIn(name, CAPS))).toEqual(["#tea 1 1"]);
    }
    expect(counts(again.connect().logsIn("mina", CAPS))).toEqual(["#tea 0 0"]);
  }
});

test("an op's @here is a mention of those who are here and not away", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  scene.person("jun").says("JOIN #tea");
  scene.person("sora").says("JOIN #tea", "AWAY :lunch");
  mina.says("PRIVMSG #tea :@here lunch?");
  const mentionsOf = (name: string) => counts(scene.connect().logsIn(name, CAPS));
  expect([mentionsOf("jun"), mentionsOf("sora")]).toEqual([["#tea 1 1"], ["#tea 1 0"]]);
});

test("without a rank it is only a word, and with a lower one than op too", () => {
  const scene = new Scene();
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  const [jun, sora] = [scene.person("jun"), scene.person("sora")];
  for (const actor of [jun, sora]) actor.says("JOIN #tea");
  mina.says("MODE #tea +h jun");
  jun.says("PRIVMSG #tea :@everyone hello");
  sora.says("PRIVMSG #tea :@여기 hello");
  expect(counts(scene.connect().logsIn("mina", CAPS))).toEqual(["#tea 2 0"]);
});

test("an edit that adds or takes away the call changes the counts", () => {
  const scene = new Scene();
  const mina = scene.person("mina", "sodam.chat/edit", "echo-message", "message-tags");
  mina.says("JOIN #tea");
  const jun = scene.person("jun", ...CAPS).says("JOIN #tea");
  mina.hears();
  mina.says("PRIVMSG #tea :hello");
  const [, msgid = ""] = /msgid=(\w+)/.exec(mina.hears().at(-1) ?? "") ?? [];
  jun.hears();
  mina.says(`EDIT #tea ${msgid} :@everyone hello`);
  expect(counts(jun)).toEqual(["#tea 1 1"]);
  expect(counts(scene.restart().connect().logsIn("jun", CAPS))).toEqual(["#tea 1 1"]);
  mina.says(`EDIT #tea ${msgid} :hello again`);
  expect(counts(jun)).toEqual(["#tea 1 0"]);
});

test("an edit that leaves the call as it is leaves those whom it called, whoever is here now", () => {
  const scene = new Scene();
  const mina = scene.person("mina", "sodam.chat/edit", "echo-message", "message-tags");
  mina.says("JOIN #tea");
  const jun = scene.person("jun", ...CAPS).says("JOIN #tea");
  const sora = scene.person("sora", ...CAPS).says("JOIN #tea", "AWAY :lunch");
  mina.hears();
  mina.says("PRIVMSG #tea :@here lunhc?");
  const [, msgid = ""] = /msgid=(\w+)/.exec(mina.hears().at(-1) ?? "") ?? [];
  jun.says("AWAY :later");
  sora.says("AWAY");
  mina.says(`EDIT #tea ${msgid} :@here lunch, sora?`, `EDIT #tea ${msgid} :@here lunch?`);
  for (const again of [scene, scene.restart()]) {
    expect(counts(again.connect().logsIn("jun", CAPS))).toEqual(["#tea 1 1"]);
  }
});

test("a redaction of an edited call uncounts those whom it called, whoever is here now", () => {
  const scene = new Scene();
  const mina = scene.person("mina", "sodam.chat/edit", "echo-message", "message-tags");
  mina.says("JOIN #tea");
  const jun = scene.person("jun", ...CAPS).says("JOIN #tea");
  const sora = scene.person("sora", ...CAPS).says("JOIN #tea", "AWAY :lunch");
  mina.hears();
  mina.says("PRIVMSG #tea :@here lunhc?", "PRIVMSG #tea :sora and jun, @here?");
  const msgids = mina.hears().flatMap((line) => /msgid=(\w+)/.exec(line)?.[1] ?? []);
  const [first = "", second = ""] = msgids;
  mina.says(`EDIT #tea ${first} :@here lunch?`);
  jun.says("AWAY :later");
  sora.says("AWAY");
  const mentionsIn = (again: Scene) =>
    ["jun", "sora"].map((name) => counts(again.connect().logsIn(name, CAPS)).join());
  expect(mentionsIn(scene)).toEqual(["#tea 2 2", "#tea 2 1"]);
  const crashed = scene.crash();
  const restarted = scene.restart();
  for (const again of [scene, crashed, restarted]) {
    const op = again.connect().logsIn("mina", ["sodam.chat/edit"]);
    op.says(`REDACT #tea ${first}`);
    expect(mentionsIn(again)).toEqual(["#tea 1 1", "#tea 1 1"]);
  }
  expect(mentionsIn(scene.restart())).toEqual(["#tea 1 1", "#tea 1 1"]);
  const op = scene.connect().logsIn("mina", ["sodam.chat/edit"]);
  op.says(`EDIT #tea ${second} :sora, @here?`, `EDIT #tea ${second} :sora?`);
  expect(mentionsIn(scene)).toEqual(["#tea 1 0", "#tea 1 1"]);
  op.says(`REDACT #tea ${second}`);
  expect(mentionsIn(scene)).toEqual(["#tea 0 0", "#tea 0 0"]);
});

test("in a room of more members than can be stored with a message nobody is called", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.person("jun").says("JOIN #tea");
  for (let n = 2; n <= CALLED_MEMBERS_MAX; n += 1) scene.guest(`guest${n}`).says("JOIN #tea");
  mina.says("PRIVMSG #tea :@everyone hello");
  jun.hears();
  expect(counts(scene.connect().logsIn("jun", CAPS))).toEqual([`#tea 1 0`]);
}, 60_000);
