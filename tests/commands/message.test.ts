import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

function teahouse() {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.guest("jun").says("JOIN #tea");
  const sora = scene.guest("sora");
  for (const actor of [mina, jun, sora]) actor.hears();
  return { scene, mina, jun, sora };
}

test("PRIVMSG and NOTICE go to rooms and users, and not back to the sender", () => {
  const { mina, jun } = teahouse();
  mina.says("PRIVMSG #TEA :hi there", "NOTICE #tea :hi", "PRIVMSG JUN ::)", "NOTICE jun :hi");
  expect(mina.hears()).toEqual([]);
  expect(jun.hears()).toEqual([
    ":mina!u@mina00000001.account PRIVMSG #tea :hi there",
    ":mina!u@mina00000001.account NOTICE #tea :hi",
    ":mina!u@mina00000001.account PRIVMSG jun ::)",
    ":mina!u@mina00000001.account NOTICE jun :hi",
  ]);
});

test("several targets get the message once each, at most four", () => {
  const { mina, jun, sora } = teahouse();
  mina.says("PRIVMSG #tea,jun,sora,jun :hi", "PRIVMSG a,b,c,d,e :hi", "NOTICE a,b,c,d,e :hi");
  expect(jun.hears()).toEqual([
    ":mina!u@mina00000001.account PRIVMSG #tea :hi",
    ":mina!u@mina00000001.account PRIVMSG jun :hi",
  ]);
  expect(sora.hears()).toEqual([":mina!u@mina00000001.account PRIVMSG sora :hi"]);
  expect(mina.hears()).toEqual([":tea.test 407 mina a,b,c,d,e :Too many recipients at once"]);
});

test("without recipient or text a PRIVMSG is answered, a NOTICE is not", () => {
  const { mina } = teahouse();
  for (const verb of ["PRIVMSG", "NOTICE"]) {
    mina.says(
      verb,
      `${verb} jun`,
      `${verb} jun :`,
      `${verb} nobody :hi`,
      `${verb} #none :hi`,
      `${verb} :`,
    );
  }
  expect(mina.hears()).toEqual([
    ":tea.test 411 mina :No recipient given (PRIVMSG)",
    ":tea.test 412 mina :No text to send",
    ":tea.test 412 mina :No text to send",
    ":tea.test 401 mina nobody :Nobody here has that name",
    ":tea.test 403 mina #none :There is no such room",
    ":tea.test 411 mina :No recipient given (PRIVMSG)",
  ]);
});

test("non-members can't talk in a room (+n), nor members without voice in a moderated one (+m)", () => {
  const { mina, jun, sora } = teahouse();
  mina.says("MODE #tea +m");
  jun.hears();
  jun.says("PRIVMSG #tea :hi", "NOTICE #tea :hi");
  sora.says("PRIVMSG #tea :hi", "NOTICE #tea :hi");
  expect(jun.hears()).toEqual([":tea.test 404 jun #tea :That room is moderated (+m)"]);
  expect(sora.hears()).toEqual([
    ":tea.test 404 sora #tea :Only people in that room may talk there (+n)",
  ]);
  mina.says("MODE #tea +v jun");
  jun.says("PRIVMSG #tea :thanks");
  expect(mina.hears().at(-1)).toEqual(":jun!~jun@guest.test PRIVMSG #tea :thanks");
});

test("a message to oneself arrives once on every session", () => {
  const { scene, sora } = teahouse();
  const phone = scene.person("mina");
  const mina = scene.person("mina");
  mina.says("PRIVMSG mina :milk");
  expect(mina.hears()).toEqual([":mina!u@mina00000001.account PRIVMSG mina :milk"]);
  expect(phone.hears()).toEqual([":mina!u@mina00000001.account PRIVMSG mina :milk"]);
  sora.says("PRIVMSG sora :milk");
  expect(sora.hears()).toEqual([":sora!~sora@guest.test PRIVMSG sora :milk"]);
});

test("an offline account gets direct messages on connecting, after a restart too", () => {
  const { scene, mina } = teahouse();
  scene.signUp("yuna");
  expect(mina.says("PRIVMSG Yuna :tea at four?").hears()).toEqual([
    ":tea.test 301 mina yuna disconnected",
  ]);
  const yuna = scene.connect().logsIn("yuna", ["draft/chathistory", "sodam.chat/unread"]);
  expect(yuna.hears().at(-1)).toEqual(":tea.test UNREAD mina 1 1");
  const again = scene.restart().person("yuna", "draft/chathistory");
  expect(again.says("CHATHISTORY LATEST mina * 10").hears()).toEqual([
    ":mina!u@mina00000001.account PRIVMSG yuna :tea at four?",
  ]);
});

test("an account is found by its name while it uses another nick", () => {
  const { scene, mina } = teahouse();
  const yuna = scene.person("yuna").says("NICK oolong");
  yuna.hears();
  mina.says("PRIVMSG yuna :hi", "PRIVMSG oolong :hi");
  expect(yuna.hears()).toEqual([
    ":mina!u@mina00000001.account PRIVMSG oolong :hi",
    ":mina!u@mina00000001.account PRIVMSG oolong :hi",
  ]);
});

test("messages from and to guests are relayed and not stored", () => {
  const { scene, mina, sora } = teahouse();
  sora.says("PRIVMSG mina :hi");
  mina.says("PRIVMSG sora :hello");
  expect(mina.hears()).toEqual([":sora!~sora@guest.test PRIVMSG mina :hi"]);
  expect(sora.hears()).toEqual([":mina!u@mina00000001.account PRIVMSG sora :hello"]);
  expect(scene.log.conversations().filter((id) => id.startsWith("dm."))).toEqual([]);
});

test("a new account gets no direct messages of a deleted account of the same name", () => {
  const { scene, mina } = teahouse();
  scene.signUp("yuna");
  mina.says("PRIVMSG yuna :secret");
  const yuna = scene.person("yuna");
  yuna.says("ACCOUNT CONFIRM :yuna-password", "ACCOUNT DELETE");
  expect(yuna.closed).toBe(true);
  const heir = scene.person("yuna", "draft/chathistory", "sodam.chat/unread");
  expect(heir.says("CHATHISTORY LATEST mina * 10").hears()).toEqual([]);
  mina.hears();
  expect(mina.says("HISTORY yuna").hears()).toEqual([]);
});

test("a PRIVMSG to a user who is away is delivered and answered by 301", () => {
  const { mina, jun } = teahouse();
  jun.says("AWAY :out for milk");
  jun.hears();
  mina.says("PRIVMSG jun :hi", "NOTICE jun :hi");
  expect(mina.hears()).toEqual([":tea.test 301 mina jun :out for milk"]);
  expect(jun.hears()).toHaveLength(2);
});

test("text is normalized to NFC, and otherwise unchanged", () => {
  const { mina, jun } = teahouse();
  mina.says("PRIVMSG #tea :\u1100\u1161\u11a8 \x02bold\x02 \x0304red  two spaces ");
  expect(jun.hears()).toEqual([
    ":mina!u@mina00000001.account PRIVMSG #tea :각 \u0002bold\u0002 \u000304red  two spaces ",
  ]);
});

test("a message that can't be stored isn't sent", () => {
  const { scene, mina, jun } = teahouse();
  scene.signUp("yuna");
  scene.diskFull = true;
  mina.says("PRIVMSG #tea :hi", "PRIVMSG yuna :hi");
  expect(mina.hears()).toEqual([
    ":tea.test 400 mina PRIVMSG #tea :The server can't store that right now. Try again in a moment",
    ":tea.test 301 mina yuna disconnected",
    ":tea.test 400 mina PRIVMSG yuna :The server can't store that right now. Try again in a moment",
  ]);
  expect(jun.hears()).toEqual([]);
  scene.diskFull = false;
  mina.says("PRIVMSG yuna :hi");
  expect(mina.hearsVerbs()).toEqual(["301"]);
});

test("with the longest names a line still has at most 512 bytes", () => {
  const scene = new Scene();
  const name = (letter: string) => letter.repeat(32);
  const room = `#${"r".repeat(63)}`;
  const jun = scene.guest(name("j")).says(`JOIN ${room}`);
  const mina = scene.guest(name("m")).says(`JOIN ${room}`);
  jun.says(`MODE ${room} +o ${name("m")}`);
  jun.hears();
  mina.hears();
  const long = "x".repeat(390);
  mina.says(
    `TOPIC ${room} :${long}`,
    `PRIVMSG ${room} :${long}`,
    `KICK ${room} ${name("j")} :${long}`,
    `PART ${room} :${long}`,
  );
  const lines = jun.hears();
  expect(lines).toHaveLength(3);
  for (const line of [...lines, ...mina.hears()]) expect(line.length).toBeLessThanOrEqual(510);
});

test("a STATUSMSG goes to members of that rank or higher only", () => {
  const { scene, mina, jun, sora } = teahouse();
  const yuna = scene.guest("yuna").says("JOIN #tea");
  mina.says("MODE #tea +h jun", "MODE #tea +v yuna");
  for (const actor of [mina, jun, yuna]) actor.hears();
  yuna.says("PRIVMSG %#TEA :come here", "NOTICE @#tea :ops", "PRIVMSG @+#tea :all with a rank");
  expect(yuna.hears()).toEqual([]);
  expect(jun.hears()).toEqual([
    ":yuna!~yuna@guest.test PRIVMSG %#tea :come here",
    ":yuna!~yuna@guest.test PRIVMSG +#tea :all with a rank",
  ]);
  expect(mina.hears()).toHaveLength(3);
  // It is as hard to get in as to the room itself.
  sora.says("PRIVMSG @#tea :hi", "PRIVMSG @#none :hi");
  expect(sora.hears()).toEqual([
    ":tea.test 404 sora #tea :Only people in that room may talk there (+n)",
    ":tea.test 403 sora #none :There is no such room",
  ]);
});

test("a STATUSMSG is echoed with its rank, and isn't stored", () => {
  const { scene } = teahouse();
  const caps = ["echo-message", "message-tags", "batch", "draft/chathistory"];
  const yuna = scene.guest("yuna", ...caps).says("JOIN #tea");
  yuna.hears();
  yuna.says("@+typing=active TAGMSG @#tea", "PRIVMSG @#tea :help");
  expect(yuna.hears().map((line) => line.replace(/^@\S+ /, ""))).toEqual([
    ":yuna!~yuna@guest.test TAGMSG @#tea",
    ":yuna!~yuna@guest.test PRIVMSG @#tea :help",
  ]);
  expect(yuna.says("CHATHISTORY LATEST #tea * 10").hears().join()).not.toContain("help");
});

test("in an op-moderated room a STATUSMSG from a member without rank reaches the ops only", () => {
  const { scene, mina, jun } = teahouse();
  const yuna = scene.guest("yuna").says("JOIN #tea");
  mina.says("MODE #tea +U", "MODE #tea +v yuna");
  for (const actor of [mina, jun, yuna]) actor.hears();
  jun.says("PRIVMSG +#tea :psst");
  expect(yuna.hears()).toEqual([]);
  expect(mina.hears()).toHaveLength(1);
});
