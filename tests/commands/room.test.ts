import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** Mina founded #tea, jun is a member of it, and sora a stranger. */
function teahouse() {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.guest("jun").says("JOIN #tea");
  const sora = scene.guest("sora");
  for (const one of [mina, jun, sora]) one.hears();
  return { scene, mina, jun, sora };
}

test("who opens a room owns it: with an account as founder, as a guest as op", () => {
  const scene = new Scene();
  expect(scene.person("mina").says("JOIN #차").hears()).toEqual([
    ":mina!u@107wzr6.account JOIN #차",
    ":tea.test 353 mina = #차 ~mina",
    ":tea.test 366 mina #차 :End of the list",
  ]);
  expect(scene.guest("jun").says("JOIN #milk").hears()).toEqual([
    ":jun!~jun@guest.test JOIN #milk",
    ":tea.test 353 jun = #milk @jun",
    ":tea.test 366 jun #milk :End of the list",
  ]);
});

test("several rooms are joined at once, each with its key", () => {
  const { scene, mina } = teahouse();
  mina.says("JOIN #milk", "MODE #milk +k cream", "MODE #tea +k oolong");
  const yuna = scene.guest("yuna").says("JOIN #tea,#cocoa,#milk oolong,,cream");
  expect(yuna.hears().filter((line) => line.includes(" JOIN ") || line.includes(" 475 "))).toEqual([
    ":yuna!~yuna@guest.test JOIN #tea",
    ":yuna!~yuna@guest.test JOIN #cocoa",
    ":yuna!~yuna@guest.test JOIN #milk",
  ]);
});

test("joining where one is says nothing; names that can't be rooms are refused", () => {
  const { mina } = teahouse();
  mina.says(
    "JOIN #TEA",
    "JOIN tea",
    "JOIN #a!b",
    `JOIN #${"x".repeat(64)}`,
    "JOIN #",
    "JOIN",
    "JOIN #teа",
  );
  expect(mina.hears()).toEqual([
    ":tea.test 403 mina tea :That is not a valid room name",
    ":tea.test 403 mina #a!b :That is not a valid room name",
    ":tea.test 403 mina #xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx :That is not a valid room name",
    ":tea.test 403 mina # :That is not a valid room name",
    ":tea.test 461 mina JOIN :Not enough parameters",
    ":tea.test 403 mina #teа :That is not a valid room name",
  ]);
});

test("JOIN 0 leaves every room", () => {
  const { mina, jun } = teahouse();
  jun.says("JOIN #milk");
  jun.hears();
  jun.says("JOIN 0");
  expect(jun.hears()).toEqual([
    ":jun!~jun@guest.test PART #tea",
    ":jun!~jun@guest.test PART #milk",
  ]);
  expect(mina.hears().at(-1)).toEqual(":jun!~jun@guest.test PART #tea");
});

test("a name in other letters is the same room", () => {
  const { scene } = teahouse();
  const yuna = scene.guest("yuna").says("JOIN #TEA", "PART #Tea");
  expect(yuna.hears()).toEqual([
    ":yuna!~yuna@guest.test JOIN #tea",
    ":tea.test 353 yuna = #tea :~mina jun yuna",
    ":tea.test 366 yuna #tea :End of the list",
    ":yuna!~yuna@guest.test PART #tea",
  ]);
});

test("PART is heard by the room and oneself; where one isn't, and what isn't there, is said so", () => {
  const { mina, jun, sora } = teahouse();
  jun.says("PART #tea :later");
  expect(jun.hears()).toEqual([":jun!~jun@guest.test PART #tea later"]);
  expect(mina.hears()).toEqual([":jun!~jun@guest.test PART #tea later"]);
  sora.says("PART #tea,#none");
  expect(sora.hears()).toEqual([
    ":tea.test 442 sora #tea :You aren't in that room",
    ":tea.test 403 sora #none :There is no such room",
  ]);
});

test("a room that the last member leaves is free to be founded anew, without the old talk", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea", "TOPIC #tea :Green", "PRIVMSG #tea :old", "PART #tea");
  expect(scene.guest("jun").says("JOIN #tea").hears()).toEqual([
    ":jun!~jun@guest.test JOIN #tea",
    ":tea.test 353 jun = #tea @jun",
    ":tea.test 366 jun #tea :End of the list",
  ]);
});

test("a topic is seen by all, set by ops (+t), or by any member without", () => {
  const { mina, jun, sora } = teahouse();
  jun.says("TOPIC #tea :Black", "TOPIC #tea");
  expect(jun.hears()).toEqual([
    ":tea.test 482 jun #tea :Only the room's ops may do that",
    ":tea.test 331 jun #tea :No topic is set",
  ]);
  mina.says("TOPIC #tea :Green tea", "MODE #tea -t");
  expect(jun.hears()).toEqual([
    ":mina!u@107wzr6.account TOPIC #tea :Green tea",
    ":mina!u@107wzr6.account MODE #tea -t",
  ]);
  jun.says("TOPIC #tea :Black", "TOPIC #tea :");
  expect(jun.hears()).toEqual([
    ":jun!~jun@guest.test TOPIC #tea :Black",
    ":jun!~jun@guest.test TOPIC #tea :",
  ]);
  sora.says("TOPIC #tea", "TOPIC #tea :Milk", "TOPIC #none", "TOPIC");
  expect(sora.hears()).toEqual([
    ":tea.test 331 sora #tea :No topic is set",
    ":tea.test 442 sora #tea :You aren't in that room",
    ":tea.test 403 sora #none :There is no such room",
    ":tea.test 461 sora TOPIC :Not enough parameters",
  ]);
});

test("a topic of 390 bytes is kept, and a longer one cut at a letter's end", () => {
  const { mina } = teahouse();
  mina.says(`TOPIC #tea :${"차".repeat(140)}`);
  expect(mina.hears()).toEqual([`:mina!u@107wzr6.account TOPIC #tea :${"차".repeat(130)}`]);
});

test("KICK is an op's, over people no higher than oneself", () => {
  const { scene, mina, jun, sora } = teahouse();
  const yuna = scene.person("yuna").says("JOIN #tea");
  mina.says("MODE #tea +o yuna");
  for (const one of [mina, jun, yuna]) one.hears();
  jun.says("KICK #tea mina", "KICK #tea", "KICK #none mina");
  sora.says("KICK #tea mina");
  yuna.says("KICK #tea mina :coup", "KICK #tea sora", "KICK #tea nobody");
  expect(jun.hears()).toEqual([
    ":tea.test 482 jun #tea :Only the room's ops may do that",
    ":tea.test 461 jun KICK :Not enough parameters",
    ":tea.test 403 jun #none :There is no such room",
  ]);
  expect(sora.hears()).toEqual([":tea.test 442 sora #tea :You aren't in that room"]);
  expect(yuna.hears()).toEqual([
    ":tea.test 482 yuna #tea :Only the room's ops may do that",
    ":tea.test 441 yuna sora #tea :They aren't in that room",
    ":tea.test 401 yuna nobody :Nobody here has that name",
  ]);
  mina.says("KICK #tea jun,yuna :closing time");
  expect(mina.hears()).toEqual([
    ":mina!u@107wzr6.account KICK #tea jun :closing time",
    ":mina!u@107wzr6.account KICK #tea yuna :closing time",
  ]);
  expect(jun.hears()).toEqual([":mina!u@107wzr6.account KICK #tea jun :closing time"]);
  expect(yuna.hears().at(-1)).toEqual(":mina!u@107wzr6.account KICK #tea yuna :closing time");
  expect(jun.says("PRIVMSG #tea :hey").hears()).toEqual([
    ":tea.test 404 jun #tea :Only people in that room may talk there (+n)",
  ]);
});

test("who kicks themselves has no power over those behind them in the list", () => {
  const { mina, jun } = teahouse();
  mina.says("KICK #tea mina,jun");
  expect(mina.hears()).toEqual([
    ":mina!u@107wzr6.account KICK #tea mina mina",
    ":tea.test 482 mina #tea :Only the room's ops may do that",
  ]);
  expect(jun.hears()).toEqual([":mina!u@107wzr6.account KICK #tea mina mina"]);
});

test("a kicked account may come back, unless it is banned", () => {
  const { scene, mina } = teahouse();
  const yuna = scene.person("yuna").says("JOIN #tea");
  mina.says("MODE #tea +b ~a:yuna", "KICK #tea yuna");
  yuna.hears();
  yuna.says("JOIN #tea");
  expect(yuna.hears()).toEqual([":tea.test 474 yuna #tea :You are banned from that room (+b)"]);
  mina.says("MODE #tea -b ~a:yuna");
  expect(yuna.says("JOIN #tea").hears()[0]).toEqual(":yuna!u@1mxt6c2.account JOIN #tea");
});

test("INVITE: told to the one invited, who comes in past +i, +k, +l and a ban, once", () => {
  const { mina, sora } = teahouse();
  mina.says("MODE #tea +iklb oolong 1 sora!*@*");
  sora.hears();
  sora.says("JOIN #tea");
  expect(sora.hears()).toEqual([":tea.test 474 sora #tea :You are banned from that room (+b)"]);
  mina.hears();
  mina.says("INVITE sora #tea");
  expect(mina.hears()).toEqual([":tea.test 341 mina sora #tea"]);
  expect(sora.hears()).toEqual([":mina!u@107wzr6.account INVITE sora #tea"]);
  sora.says("INVITE", "JOIN #tea", "PART #tea", "JOIN #tea", "INVITE");
  expect(sora.hears()).toEqual([
    ":tea.test 336 sora #tea",
    ":tea.test 337 sora :End of your invitations",
    ":sora!~sora@guest.test JOIN #tea",
    ":tea.test 353 sora = #tea :~mina jun sora",
    ":tea.test 366 sora #tea :End of the list",
    ":sora!~sora@guest.test PART #tea",
    ":tea.test 474 sora #tea :You are banned from that room (+b)",
    ":tea.test 337 sora :End of your invitations",
  ]);
});

test("what a member without a rank says opens no door", () => {
  const { mina, jun, sora } = teahouse();
  mina.says("MODE #tea +k oolong");
  jun.says("INVITE sora #tea");
  expect(sora.hears()).toEqual([":jun!~jun@guest.test INVITE sora #tea"]);
  expect(sora.says("JOIN #tea").hears()).toEqual([
    ":tea.test 475 sora #tea :That room has another key (+k)",
  ]);
  mina.says("MODE #tea +i");
  jun.hears();
  jun.says("INVITE sora #tea");
  expect(jun.hears()).toEqual([":tea.test 482 jun #tea :Only the room's ops may do that"]);
});

test("an invitation is a person's, and nobody's who takes their nick or name", () => {
  const { scene, mina, sora } = teahouse();
  mina.says("MODE #tea +i", "INVITE sora #tea");
  sora.says("NICK sora2");
  const closed = "#tea :That room is by invitation (+i)";
  const other = scene.guest("sora");
  expect(other.says("JOIN #tea").hears()).toEqual([`:tea.test 473 sora ${closed}`]);
  mina.says("INVITE sora #tea");
  other.says("QUIT");
  const another = scene.guest("sora");
  expect(another.says("INVITE").hears()).toEqual([":tea.test 337 sora :End of your invitations"]);
  expect(another.says("JOIN #tea").hears()).toEqual([`:tea.test 473 sora ${closed}`]);
  const yuna = scene.person("yuna");
  mina.says("INVITE yuna #tea");
  yuna.says("ACCOUNT CONFIRM yuna-password", "ACCOUNT DELETE");
  const next = scene.person("yuna").says("JOIN #tea");
  expect(next.hears()).toEqual([`:tea.test 473 yuna ${closed}`]);
  sora.hears();
  sora.says("REGISTER sora2 * sora-password", "JOIN #tea");
  expect(sora.hears()).toContain(":sora2!u@00l2dy0.account JOIN #tea");
});

test("INVITE has its refusals", () => {
  const { mina, jun, sora } = teahouse();
  sora.says("INVITE jun #tea");
  mina.says("INVITE nobody #tea", "INVITE jun #tea", "INVITE sora #none", "INVITE sora");
  expect(sora.hears()).toEqual([":tea.test 442 sora #tea :You aren't in that room"]);
  expect(mina.hears()).toEqual([
    ":tea.test 401 mina nobody :Nobody here has that name",
    ":tea.test 443 mina jun #tea :They are already in that room",
    ":tea.test 403 mina #none :There is no such room",
    ":tea.test 461 mina INVITE :Not enough parameters",
  ]);
  expect(jun.hears()).toEqual([]);
});

test("an account is invited though nobody of it is here, and may come in tomorrow", () => {
  const { scene, mina } = teahouse();
  scene.signUp("yuna");
  mina.says("MODE #tea +i", "INVITE yuna #tea");
  expect(mina.hears().slice(-2)).toEqual([
    ":tea.test 341 mina yuna #tea",
    ":tea.test 301 mina yuna disconnected",
  ]);
  expect(scene.person("yuna").says("JOIN #tea").hears()[0]).toEqual(
    ":yuna!u@1mxt6c2.account JOIN #tea",
  );
});

test("a secret room leaks by nothing to those outside", () => {
  const { scene, mina, sora } = teahouse();
  mina.says("TOPIC #tea :Green", "MODE #tea +s", "PRIVMSG #tea :hush");
  const asked = (name: string) => {
    sora.says(
      `TOPIC ${name}`,
      `TOPIC ${name} :x`,
      `NAMES ${name}`,
      `INVITE jun ${name}`,
      `KICK ${name} jun`,
      `MODE ${name}`,
      `WHO ${name}`,
      `PART ${name}`,
      `PRIVMSG ${name} :hi`,
      `LIST ${name}`,
      `RENAME ${name} #milk`,
      `CHATHISTORY LATEST ${name} * 10`,
      `HISTORY ${name}`,
      `MARKREAD ${name}`,
      `REDACT ${name} x`,
    );
    return sora.hears().map((line) => line.replaceAll(name, "#room"));
  };
  expect(asked("#tea")).toEqual(asked("#none"));
  sora.says(
    "LIST",
    "WHOIS mina",
    "NAMES",
    "WHO mina",
    "CHATHISTORY TARGETS timestamp=2026-01-01T00:00:00.000Z timestamp=2027-01-01T00:00:00.000Z 10",
  );
  expect(sora.hears().filter((line) => line.includes("#tea"))).toEqual([]);
  expect(scene.guest("yuna").says("JOIN #tea").hearsVerbs()).toContain("JOIN");
});

test("NAMES of one room, of one that isn't there, and of all that one may know of", () => {
  const { mina, sora } = teahouse();
  mina.says("JOIN #milk", "JOIN #den", "MODE #den +s");
  sora.says("NAMES #tea", "NAMES #none", "NAMES");
  expect(sora.hears()).toEqual([
    ":tea.test 353 sora = #tea :~mina jun",
    ":tea.test 366 sora #tea :End of the list",
    ":tea.test 366 sora #none :End of the list",
    ":tea.test 353 sora = #tea :~mina jun",
    ":tea.test 353 sora = #milk ~mina",
    ":tea.test 366 sora * :End of the list",
  ]);
});

test("two hundred rooms are enough for one person", () => {
  const scene = new Scene();
  const mina = scene.guest("mina");
  for (let i = 0; i < 200; i += 1) mina.says(`JOIN #room${i}`);
  mina.hears();
  expect(mina.says("JOIN #one-more", "JOIN #room7").hears()).toEqual([
    ":tea.test 405 mina #one-more :You are in too many rooms",
  ]);
});

test("nothing happens that can't be kept, and nobody else hears of it", () => {
  const { scene, mina, jun, sora } = teahouse();
  scene.diskFull = true;
  sora.says("JOIN #tea", "JOIN #new");
  mina.says("TOPIC #tea :Green", "KICK #tea jun", "PART #tea");
  expect(sora.hears()).toEqual([
    ":tea.test 400 sora JOIN #tea :The server can't keep that right now. Try again in a moment",
    ":tea.test 400 sora JOIN #new :The server can't keep that right now. Try again in a moment",
  ]);
  expect(mina.hears()).toEqual([
    ":tea.test 400 mina TOPIC #tea :The server can't keep that right now. Try again in a moment",
    ":tea.test 400 mina KICK #tea :The server can't keep that right now. Try again in a moment",
    ":tea.test 400 mina PART #tea :The server can't keep that right now. Try again in a moment",
  ]);
  expect(jun.hears()).toEqual([]);
  scene.diskFull = false;
  expect(sora.says("JOIN #new").hears()).toEqual([
    ":sora!~sora@guest.test JOIN #new",
    ":tea.test 353 sora = #new @sora",
    ":tea.test 366 sora #new :End of the list",
  ]);
});

test("a room that was founded when nobody's joining could be kept belongs to who comes next", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  const { append } = scene.log;
  scene.log.append = (event) => {
    append.call(scene.log, event);
    scene.diskFull = true;
  };
  mina.says("JOIN #tea");
  expect(mina.hears()).toEqual([
    ":tea.test 400 mina JOIN #tea :The server can't keep that right now. Try again in a moment",
  ]);
  scene.diskFull = false;
  scene.log.append = append;
  expect(scene.person("jun").says("JOIN #tea").hears()).toEqual([
    ":jun!u@1qmszlu.account JOIN #tea",
    ":tea.test 353 jun = #tea ~jun",
    ":tea.test 366 jun #tea :End of the list",
  ]);
});

test("a guest who is gone is out of the rooms, whatever the disk says", () => {
  const { scene, mina, jun } = teahouse();
  scene.diskFull = true;
  jun.vanishes();
  expect(mina.hears()).toEqual([":jun!~jun@guest.test QUIT :Connection lost"]);
  scene.diskFull = false;
  mina.says("NAMES #tea", "PRIVMSG #tea :bye");
  expect(mina.hears()).toEqual([
    ":tea.test 353 mina = #tea ~mina",
    ":tea.test 366 mina #tea :End of the list",
  ]);
});

test("in an auditorium only the ops see who comes and goes", () => {
  const { scene, mina, jun, sora } = teahouse();
  mina.says("MODE #tea +u");
  mina.hears();
  jun.hears();
  sora.says("JOIN #tea");
  scene.guest("yuna").says("JOIN #tea", "PART #tea");
  expect(jun.hears()).toEqual([]);
  expect(mina.hears()).toEqual([
    ":sora!~sora@guest.test JOIN #tea",
    ":yuna!~yuna@guest.test JOIN #tea",
    ":yuna!~yuna@guest.test PART #tea",
  ]);
  expect(sora.hears()).toEqual([
    ":sora!~sora@guest.test JOIN #tea",
    ":tea.test 353 sora = #tea :~mina sora",
    ":tea.test 366 sora #tea :End of the list",
  ]);
});

test("KICK takes as many rooms as people, each out of theirs", () => {
  const { mina, jun, sora } = teahouse();
  mina.says("JOIN #milk");
  sora.says("JOIN #milk");
  for (const one of [mina, jun, sora]) one.hears();
  mina.says("KICK #tea,#milk jun,sora :bye", "KICK #tea,#milk jun");
  expect(jun.hears()).toEqual([":mina!u@107wzr6.account KICK #tea jun bye"]);
  expect(sora.hears()).toEqual([":mina!u@107wzr6.account KICK #milk sora bye"]);
  expect(mina.hears().slice(-1)).toEqual([":tea.test 461 mina KICK :Give one nick for each room"]);
});
