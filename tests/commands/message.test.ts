import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

function teahouse() {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.guest("jun").says("JOIN #tea");
  const sora = scene.guest("sora");
  for (const one of [mina, jun, sora]) one.hears();
  return { scene, mina, jun, sora };
}

test("PRIVMSG and NOTICE come to the room and to people, and not back", () => {
  const { mina, jun } = teahouse();
  mina.says("PRIVMSG #TEA :hi there", "NOTICE #tea :hi", "PRIVMSG JUN ::)", "NOTICE jun :hi");
  expect(mina.hears()).toEqual([]);
  expect(jun.hears()).toEqual([
    ":mina!u@107wzr6.account PRIVMSG #tea :hi there",
    ":mina!u@107wzr6.account NOTICE #tea :hi",
    ":mina!u@107wzr6.account PRIVMSG jun ::)",
    ":mina!u@107wzr6.account NOTICE jun :hi",
  ]);
});

test("several are written to at once: each once, and four at most", () => {
  const { mina, jun, sora } = teahouse();
  mina.says("PRIVMSG #tea,jun,sora,jun :hi", "PRIVMSG a,b,c,d,e :hi", "NOTICE a,b,c,d,e :hi");
  expect(jun.hears()).toEqual([
    ":mina!u@107wzr6.account PRIVMSG #tea :hi",
    ":mina!u@107wzr6.account PRIVMSG jun :hi",
  ]);
  expect(sora.hears()).toEqual([":mina!u@107wzr6.account PRIVMSG sora :hi"]);
  expect(mina.hears()).toEqual([":tea.test 407 mina a,b,c,d,e :Too many recipients at once"]);
});

test("without recipient or text a PRIVMSG is answered, and a NOTICE never is", () => {
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

test("who isn't in a room can't talk there, nor can the quiet in a moderated one", () => {
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

test("what one writes to oneself arrives once, on every device", () => {
  const { scene, sora } = teahouse();
  const phone = scene.person("mina");
  const mina = scene.person("mina");
  mina.says("PRIVMSG mina :milk");
  expect(mina.hears()).toEqual([":mina!u@107wzr6.account PRIVMSG mina :milk"]);
  expect(phone.hears()).toEqual([":mina!u@107wzr6.account PRIVMSG mina :milk"]);
  sora.says("PRIVMSG sora :milk");
  expect(sora.hears()).toEqual([":sora!~sora@guest.test PRIVMSG sora :milk"]);
});

test("an account that isn't here is written to, and reads it on coming back, after a restart too", () => {
  const { scene, mina } = teahouse();
  scene.signUp("yuna");
  expect(mina.says("PRIVMSG Yuna :tea at four?").hears()).toEqual([
    ":tea.test 301 mina yuna disconnected",
  ]);
  const yuna = scene.connect().logsIn("yuna", ["draft/chathistory", "sodam.chat/unread"]);
  expect(yuna.hears().at(-1)).toEqual(":tea.test UNREAD mina 1 1");
  const again = scene.restart().person("yuna", "draft/chathistory");
  expect(again.says("CHATHISTORY LATEST mina * 10").hears()).toEqual([
    ":mina!u@107wzr6.account PRIVMSG yuna :tea at four?",
  ]);
});

test("an account is found under its own name while it goes by another", () => {
  const { scene, mina } = teahouse();
  const yuna = scene.person("yuna").says("NICK oolong");
  yuna.hears();
  mina.says("PRIVMSG yuna :hi", "PRIVMSG oolong :hi");
  expect(yuna.hears()).toEqual([
    ":mina!u@107wzr6.account PRIVMSG oolong :hi",
    ":mina!u@107wzr6.account PRIVMSG oolong :hi",
  ]);
});

test("what guests write, and what is written to them, passes and isn't kept", () => {
  const { scene, mina, sora } = teahouse();
  sora.says("PRIVMSG mina :hi");
  mina.says("PRIVMSG sora :hello");
  expect(mina.hears()).toEqual([":sora!~sora@guest.test PRIVMSG mina :hi"]);
  expect(sora.hears()).toEqual([":mina!u@107wzr6.account PRIVMSG sora :hello"]);
  expect(scene.log.conversations().filter((id) => id.startsWith("dm."))).toEqual([]);
});

test("nobody becomes heir to direct messages by taking the name of a deleted account", () => {
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

test("somebody away is written to, and the writer of a PRIVMSG told so", () => {
  const { mina, jun } = teahouse();
  jun.says("AWAY :out for milk");
  jun.hears();
  mina.says("PRIVMSG jun :hi", "NOTICE jun :hi");
  expect(mina.hears()).toEqual([":tea.test 301 mina jun :out for milk"]);
  expect(jun.hears()).toHaveLength(2);
});

test("text is NFC for all alike, and otherwise as it was written, colours and all", () => {
  const { mina, jun } = teahouse();
  mina.says("PRIVMSG #tea :\u1100\u1161\u11a8 \x02bold\x02 \x0304red  two spaces ");
  expect(jun.hears()).toEqual([
    ":mina!u@107wzr6.account PRIVMSG #tea :각 \u0002bold\u0002 \u000304red  two spaces ",
  ]);
});

test("a message that can't be kept isn't said", () => {
  const { scene, mina, jun } = teahouse();
  scene.signUp("yuna");
  scene.diskFull = true;
  mina.says("PRIVMSG #tea :hi", "PRIVMSG yuna :hi");
  expect(mina.hears()).toEqual([
    ":tea.test 400 mina PRIVMSG #tea :The server can't keep that right now. Try again in a moment",
    ":tea.test 301 mina yuna disconnected",
    ":tea.test 400 mina PRIVMSG yuna :The server can't keep that right now. Try again in a moment",
  ]);
  expect(jun.hears()).toEqual([]);
  scene.diskFull = false;
  mina.says("PRIVMSG yuna :hi");
  expect(mina.hearsVerbs()).toEqual(["301"]);
});

test("the longest names leave a line its 512 bytes", () => {
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

test("a rank before the room's name is written to whoever stands as high, and to nobody else", () => {
  const { scene, mina, jun, sora } = teahouse();
  const yuna = scene.guest("yuna").says("JOIN #tea");
  mina.says("MODE #tea +h jun", "MODE #tea +v yuna");
  for (const one of [mina, jun, yuna]) one.hears();
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

test("what was written to a rank is echoed as it went out, and isn't kept", () => {
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

test("in an op-moderated room a voice's rank reaches no further than the ops", () => {
  const { scene, mina, jun } = teahouse();
  const yuna = scene.guest("yuna").says("JOIN #tea");
  mina.says("MODE #tea +U", "MODE #tea +v yuna");
  for (const one of [mina, jun, yuna]) one.hears();
  jun.says("PRIVMSG +#tea :psst");
  expect(yuna.hears()).toEqual([]);
  expect(mina.hears()).toHaveLength(1);
});
