import { expect, test } from "bun:test";
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

test("client-only tags are relayed as they are, behind the server's own; all others are taken off", () => {
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

test("values are unescaped and escaped again, and an escape that is none is its letter", () => {
  const { mina, jun } = teahouse();
  mina.says("@+a=\\:\\s\\\\\\r\\n\\b\\ PRIVMSG #tea :hi", "@+a=차\\s한\\s잔 PRIVMSG #tea :hi");
  expect(jun.hears()).toEqual([
    "@msgid=id00000000000006;+a=\\:\\s\\\\\\r\\nb :mina!~mina@guest.test PRIVMSG #tea :hi",
    "@msgid=id00000000000007;+a=차\\s한\\s잔 :mina!~mina@guest.test PRIVMSG #tea :hi",
  ]);
});

test("of two tags with one key the last counts, and a key's case counts", () => {
  const { mina, jun } = teahouse();
  mina.says("@+a=1;+A=2;+a=3 PRIVMSG #tea :hi");
  expect(jun.hears()).toEqual([
    "@msgid=id00000000000006;+a=3;+A=2 :mina!~mina@guest.test PRIVMSG #tea :hi",
  ]);
});

test("a key of any shape is no reason to refuse the message", () => {
  const { mina, jun } = teahouse();
  mina.says("@+;=;;+차/💧!=1 PRIVMSG #tea :hi");
  expect(jun.hears()).toEqual([
    "@msgid=id00000000000006;+;+차/💧!=1 :mina!~mina@guest.test PRIVMSG #tea :hi",
  ]);
});

test("tags of somebody without the capability go nowhere", () => {
  const { jun, sora } = teahouse();
  sora.says("@+a=1 PRIVMSG #tea :hi", "@+a=1 TAGMSG #tea");
  expect(jun.hears()).toEqual(["@msgid=id00000000000006 :sora!~sora@guest.test PRIVMSG #tea :hi"]);
});

test("TAGMSG comes to those with the capability alone, in rooms and to people", () => {
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

test("a TAGMSG without tags says nothing to anybody", () => {
  const { mina, jun } = teahouse();
  mina.says("TAGMSG #tea", "@a=1 TAGMSG #tea");
  expect(jun.hears()).toEqual([]);
  expect(mina.hears()).toEqual([]);
});

test("4094 bytes of tags are taken, beside a text as long as without them; one more is 417", () => {
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

test("reactions are kept, and what only passes is not", () => {
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
