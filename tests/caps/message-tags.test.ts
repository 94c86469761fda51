import { expect, test } from "bun:test";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/message-tags */

function teahouse() {
  const scene = new Scene();
  const mina = scene.guest("mina", "message-tags").says("JOIN #tea");
  const jun = scene.guest("jun", "message-tags").says("JOIN #tea");
  const sora = scene.guest("sora").says("JOIN #tea");
  for (const one of [mina, jun, sora]) one.hears();
  return { scene, mina, jun, sora };
}

test("client-only tags are relayed unchanged, after the server's own; all others are removed", () => {
  const { mina, jun, sora } = teahouse();
  mina.says(
    "@+a=1;b=2;+draft/reply=x;msgid=mine;time=now PRIVMSG #tea :hi",
    "@+a NOTICE #tea :hi",
    "@+a= PRIVMSG jun :hi",
  );
  expect(jun.hears()).toEqual([
    "@msgid=id00000000000006;+a=1;+draft/reply=x :mina!~mina@guest.test PRIVMSG #tea :hi",
    "@msgid=id00000000000007;+a :mina!~mina@guest.test NOTICE #tea :hi",
    "@msgid=id00000000000008;+a :mina!~mina@guest.test PRIVMSG jun :hi",
  ]);
  expect(sora.hears()).toEqual([
    ":mina!~mina@guest.test PRIVMSG #tea :hi",
    ":mina!~mina@guest.test NOTICE #tea :hi",
  ]);
});

test("values are unescaped and escaped again; an invalid escape is its letter", () => {
  const { mina, jun } = teahouse();
  mina.says("@+a=\\:\\s\\\\\\r\\n\\b\\ PRIVMSG #tea :hi", "@+a=차\\s한\\s잔 PRIVMSG #tea :hi");
  expect(jun.hears()).toEqual([
    "@msgid=id00000000000006;+a=\\:\\s\\\\\\r\\nb :mina!~mina@guest.test PRIVMSG #tea :hi",
    "@msgid=id00000000000007;+a=차\\s한\\s잔 :mina!~mina@guest.test PRIVMSG #tea :hi",
  ]);
});

test("the last of two tags with one key counts, and keys are case-sensitive", () => {
  const { mina, jun } = teahouse();
  mina.says("@+a=1;+A=2;+a=3 PRIVMSG #tea :hi");
  expect(jun.hears()).toEqual([
    "@msgid=id00000000000006;+a=3;+A=2 :mina!~mina@guest.test PRIVMSG #tea :hi",
  ]);
});

test("a message with an invalid key isn't refused, and the key isn't relayed", () => {
  const { mina, jun } = teahouse();
  mina.says("@+;=;;+차/💧!=1 PRIVMSG #tea :hi");
  expect(jun.hears()).toEqual(["@msgid=id00000000000006 :mina!~mina@guest.test PRIVMSG #tea :hi"]);
});

test("tags of a session without the capability aren't relayed", () => {
  const { jun, sora } = teahouse();
  sora.says("@+a=1 PRIVMSG #tea :hi", "@+a=1 TAGMSG #tea");
  expect(jun.hears()).toEqual(["@msgid=id00000000000006 :sora!~sora@guest.test PRIVMSG #tea :hi"]);
});

test("TAGMSG is relayed only to sessions with the capability, in rooms and to users", () => {
  const { mina, jun, sora } = teahouse();
  mina.says(
    "@+typing=active TAGMSG #tea",
    "@+typing=active TAGMSG jun",
    "@+typing=active TAGMSG sora",
  );
  expect(jun.hears()).toEqual([
    "@msgid=id00000000000006;+typing=active :mina!~mina@guest.test TAGMSG #tea",
    "@msgid=id00000000000007;+typing=active :mina!~mina@guest.test TAGMSG jun",
  ]);
  expect(sora.hears()).toEqual([]);
  expect(mina.hears()).toEqual([]);
});

test("TAGMSG obeys the room's modes, and is refused like a message", () => {
  const { scene, mina, jun } = teahouse();
  mina.says("MODE #tea +m");
  jun.hears();
  jun.says("@+typing=active TAGMSG #tea", "@+a TAGMSG nobody", "@+a TAGMSG #milk", "TAGMSG");
  expect(jun.hears()).toEqual([
    ":tea.test 404 jun #tea :That room is moderated (+m)",
    ":tea.test 401 jun nobody :Nobody here has that name",
    ":tea.test 403 jun #milk :There is no such room",
    ":tea.test 461 jun TAGMSG :Not enough parameters",
  ]);
  mina.hears();
  scene.guest("yuna", "message-tags").says("@+a TAGMSG #tea");
  expect(mina.hears()).toEqual([]);
});

test("a TAGMSG without tags isn't relayed", () => {
  const { mina, jun } = teahouse();
  mina.says("TAGMSG #tea", "@a=1 TAGMSG #tea");
  expect(jun.hears()).toEqual([]);
  expect(mina.hears()).toEqual([]);
});

test("4094 bytes of tags are accepted in addition to 512 bytes; one more is 417", () => {
  const { mina, jun } = teahouse();
  const tag = `+a=${"x".repeat(4091)}`;
  mina.says(`@${tag} PRIVMSG #tea :${"y".repeat(400)}`);
  expect(jun.hears()).toEqual([
    `@msgid=id00000000000006;${tag} :mina!~mina@guest.test PRIVMSG #tea :${"y".repeat(400)}`,
  ]);
  mina.says(`@${tag}x PRIVMSG #tea :hi`);
  expect(jun.hears()).toEqual([]);
  expect(mina.hears()).toEqual([":tea.test 417 mina :That line was too long"]);
});

test("reactions are stored, and ephemeral tags aren't", () => {
  const scene = new Scene();
  const mina = scene
    .guest("mina", "message-tags", "draft/chathistory", "draft/event-playback")
    .says("JOIN #tea");
  mina.says(
    "@+draft/react=🍵;+reply=x TAGMSG #tea",
    "@+typing=active TAGMSG #tea",
    "PRIVMSG #tea :hi",
  );
  mina.hears();
  mina.says("CHATHISTORY LATEST #tea * 2");
  expect(mina.hears()).toEqual([
    "@msgid=id00000000000004;+draft/react=🍵;+reply=x :mina!~mina@guest.test TAGMSG #tea",
    "@msgid=id00000000000006 :mina!~mina@guest.test PRIVMSG #tea :hi",
  ]);
});

test("a STATUSMSG TAGMSG is relayed to the ops with the capability", () => {
  const { scene, mina, jun, sora } = teahouse();
  const yuna = scene.guest("yuna", "message-tags").says("JOIN #tea");
  mina.says("MODE #tea +vo jun sora");
  for (const one of [mina, jun, sora, yuna]) one.hears();
  yuna.says("@+typing=active TAGMSG @#tea", "@+typing=active TAGMSG +#tea");
  const line = ";+typing=active :yuna!~yuna@guest.test TAGMSG";
  expect(mina.hears().map((one) => one.replace(/^@msgid=\w+/, ""))).toEqual([
    `${line} @#tea`,
    `${line} +#tea`,
  ]);
  expect(jun.hears().map((one) => one.replace(/^@msgid=\w+/, ""))).toEqual([`${line} +#tea`]);
  expect(sora.hears()).toEqual([]);
});

test("TAGMSG obeys bans, block lists and +g, as PRIVMSG does", () => {
  const { mina, jun } = teahouse();
  mina.says("MODE #tea +b ~m:jun!*@*", "MODE mina +g");
  for (const one of [mina, jun]) one.hears();
  jun.says("PRIVMSG #tea :hi", "@+a TAGMSG #tea", "PRIVMSG mina :hi", "@+a TAGMSG mina");
  const numerics = jun.hears().map((line) => line.split(" ")[1]);
  expect([numerics[0], numerics.filter((one) => one === "716").length]).toEqual([
    numerics[1] ?? "",
    2,
  ]);
  expect(mina.hearsVerbs()).toEqual(["718"]);
});

test("a TAGMSG without a target, or to an unknown nick, gets the same errors as PRIVMSG", () => {
  const { mina } = teahouse();
  mina.says("TAGMSG", "@+a TAGMSG :", "@+a TAGMSG nobody", "@+a TAGMSG #nowhere");
  expect(mina.hearsVerbs()).toEqual(["461", "411", "401", "403"]);
});

test("every well-formed tag is accepted on any command, known or not", () => {
  const { mina } = teahouse();
  mina.says(
    "@+a=1;b;vendor.example/c=2;time=x;+;=;label=1 PING :tea",
    "@ PING :tea",
    "@;; PING :tea",
  );
  expect(mina.hears()).toEqual(Array(3).fill(":tea.test PONG tea.test tea"));
});

test("a client that enabled only one tag's capability gets that tag, and no client-only tags", () => {
  const { scene, mina, jun } = teahouse();
  const yuna = scene.guest("yuna", "server-time", "account-tag", "batch").says("JOIN #tea");
  for (const one of [mina, jun, yuna]) one.hears();
  mina.says("@+a=1 PRIVMSG #tea :hi", "@+a=1 TAGMSG #tea");
  expect(yuna.hears()).toEqual([
    expect.stringMatching(/^@time=\S+ :mina!~mina@guest.test PRIVMSG #tea :hi$/),
  ]);
});

test("an empty value and a missing one are the same, and the shorter form is sent", () => {
  const { mina, jun } = teahouse();
  mina.says("@+a=;+b PRIVMSG #tea :hi");
  expect(jun.hears()).toEqual([
    "@msgid=id00000000000006;+a;+b :mina!~mina@guest.test PRIVMSG #tea :hi",
  ]);
});

/** Lengths of tag data, and whether they are taken; beside a text of every length that a line holds. */
for (const [bytes, isTaken] of [
  [4094, true],
  [4095, false],
] as const) {
  for (const start of ["+a=", "a=", "+a;b="]) {
    test(`${bytes} bytes of tags that begin with ${start} are ${isTaken ? "accepted" : "417, and aren't cut"}`, () => {
      const { mina, jun } = teahouse();
      mina.says(`@${start.padEnd(bytes, "x")} PRIVMSG #tea :hi`);
      expect([jun.hears().length, mina.hearsVerbs()]).toEqual(isTaken ? [1, []] : [0, ["417"]]);
    });
  }
}

test("the server's tags come before client-only tags, and the longest of both fit", () => {
  const scene = new Scene();
  const caps = ["message-tags", "server-time", "account-tag", "draft/oper-tag", "batch"];
  scene.signUp("mina", true);
  const more = ["labeled-response", "echo-message"];
  const mina = scene.person("mina", ...caps, ...more).says("JOIN #tea", "MODE mina +B");
  mina.hears();
  const tag = `+a=${"x".repeat(4013)}`;
  mina.says(`@label=${"y".repeat(64)};${tag} PRIVMSG #tea :hi`);
  const [line = ""] = mina.hears();
  const [tags = ""] = line.split(" ");
  expect(tags.length + 1).toBeLessThanOrEqual(8191);
  const keys = tags
    .slice(1)
    .split(";")
    .map((one) => one.split("=")[0]);
  expect(keys).toEqual(["label", "time", "account", "draft/oper", "msgid", "bot", "+a"]);
  expect(tags.indexOf("+a=") - 1).toBeLessThanOrEqual(4094);
});

/** https://ircv3.net/registry: the standardized ones, drafts, and ours under our own domain. */
const KEYS =
  "account batch bot draft/multiline-concat draft/oper label msgid sodam.chat/edited time".split(
    " ",
  );

test("keys of the server's tags are registered, drafts, or under its domain; none is client-only", () => {
  const scene = new Scene();
  scene.signUp("mina", true);
  const caps = ["message-tags", "server-time", "account-tag", "draft/oper-tag", "batch"];
  const more = ["labeled-response", "echo-message", "draft/multiline", "draft/chathistory"];
  const mina = scene.person("mina", ...caps, ...more).says("JOIN #tea", "MODE mina +B");
  mina.says("@label=a BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG #tea :a");
  mina.says("@batch=1;draft/multiline-concat PRIVMSG #tea :b", "BATCH -1", "PRIVMSG #tea :c");
  const id = /msgid=(\w+)/.exec(mina.hears().at(-1) ?? "")?.[1] ?? "";
  mina.says(`EDIT #tea ${id} :d`, "@label=b CHATHISTORY LATEST #tea * 10");
  mina.says("BATCH +2 draft/multiline #tea", `@batch=2 PRIVMSG #tea :${"e".repeat(400)}`);
  mina.says("@batch=2;draft/multiline-concat PRIVMSG #tea :f", "BATCH -2");
  const keys = new Set<string>();
  for (const line of mina.hears())
    for (const key of parseMessage(line)?.tags.keys() ?? []) keys.add(key);
  expect([...keys].sort()).toEqual(KEYS);
});

test("no client-only tag is blocked, so CLIENTTAGDENY isn't announced", () => {
  expect(new Scene().connect().introduces("mina").hears().join()).not.toContain("CLIENTTAGDENY");
});
