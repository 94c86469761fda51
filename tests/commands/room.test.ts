import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** Mina founded #tea, jun is a member of it, and sora a stranger. */
function teahouse() {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.guest("jun").says("JOIN #tea");
  const sora = scene.guest("sora");
  for (const actor of [mina, jun, sora]) actor.hears();
  return { scene, mina, jun, sora };
}

test("a room's creator is its founder with an account, its op as a guest", () => {
  const scene = new Scene();
  expect(scene.person("mina").says("JOIN #차").hears()).toEqual([
    ":mina!u@mina00000001.account JOIN #차",
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

test("joining a room twice does nothing; invalid names are refused", () => {
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
    ":tea.test 479 mina #teа :That name mixes alphabets that look alike",
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

test("room names are compared without case", () => {
  const { scene } = teahouse();
  const yuna = scene.guest("yuna").says("JOIN #TEA", "PART #Tea");
  expect(yuna.hears()).toEqual([
    ":yuna!~yuna@guest.test JOIN #tea",
    ":tea.test 353 yuna = #tea :~mina jun yuna",
    ":tea.test 366 yuna #tea :End of the list",
    ":yuna!~yuna@guest.test PART #tea",
  ]);
});

test("PART is sent to all members and the user, and refused for other and unknown rooms", () => {
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

test("a room that the last member leaves can be created anew, without its history", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea", "TOPIC #tea :Green", "PRIVMSG #tea :old", "PART #tea");
  expect(scene.guest("jun").says("JOIN #tea").hears()).toEqual([
    ":jun!~jun@guest.test JOIN #tea",
    ":tea.test 353 jun = #tea @jun",
    ":tea.test 366 jun #tea :End of the list",
  ]);
});

test("all members see a topic; only ops set it with +t, and any member without", () => {
  const { mina, jun, sora } = teahouse();
  jun.says("TOPIC #tea :Black", "TOPIC #tea");
  expect(jun.hears()).toEqual([
    ":tea.test 482 jun #tea :Only the room's ops may do that",
    ":tea.test 331 jun #tea :No topic is set",
  ]);
  mina.says("TOPIC #tea :Green tea", "MODE #tea -t");
  expect(jun.hears()).toEqual([
    ":mina!u@mina00000001.account TOPIC #tea :Green tea",
    ":mina!u@mina00000001.account MODE #tea -t",
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

test("a topic of 390 bytes is stored, and a longer one is cut between characters", () => {
  const { mina } = teahouse();
  mina.says(`TOPIC #tea :${"차".repeat(140)}`);
  expect(mina.hears()).toEqual([`:mina!u@mina00000001.account TOPIC #tea :${"차".repeat(130)}`]);
});

test("no command shows a secret room to non-members", () => {
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

test("NAMES of one room, of an unknown room, and of all visible rooms", () => {
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

test("a user joins at most two hundred rooms", () => {
  const scene = new Scene();
  const mina = scene.guest("mina");
  for (let i = 0; i < 200; i += 1) mina.says(`JOIN #room${i}`);
  mina.hears();
  expect(mina.says("JOIN #one-more", "JOIN #room7").hears()).toEqual([
    ":tea.test 405 mina #one-more :You are in too many rooms",
  ]);
});

test("with a full disk nothing happens, and only the sender gets an error", () => {
  const { scene, mina, jun, sora } = teahouse();
  scene.diskFull = true;
  sora.says("JOIN #tea", "JOIN #new");
  mina.says("TOPIC #tea :Green", "KICK #tea jun", "PART #tea");
  expect(sora.hears()).toEqual([
    ":tea.test 400 sora JOIN #tea :The server can't store that right now. Try again in a moment",
    ":tea.test 400 sora JOIN #new :The server can't store that right now. Try again in a moment",
  ]);
  expect(mina.hears()).toEqual([
    ":tea.test 400 mina TOPIC #tea :The server can't store that right now. Try again in a moment",
    ":tea.test 400 mina KICK #tea :The server can't store that right now. Try again in a moment",
    ":tea.test 400 mina PART #tea :The server can't store that right now. Try again in a moment",
  ]);
  expect(jun.hears()).toEqual([]);
  scene.diskFull = false;
  expect(sora.says("JOIN #new").hears()).toEqual([
    ":sora!~sora@guest.test JOIN #new",
    ":tea.test 353 sora = #new @sora",
    ":tea.test 366 sora #new :End of the list",
  ]);
});

test("a room whose founder's JOIN couldn't be stored belongs to the next user who joins", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  const { append } = scene.log;
  scene.log.append = (event) => {
    append.call(scene.log, event);
    scene.diskFull = true;
  };
  mina.says("JOIN #tea");
  expect(mina.hears()).toEqual([
    ":tea.test 400 mina JOIN #tea :The server can't store that right now. Try again in a moment",
  ]);
  scene.diskFull = false;
  scene.log.append = append;
  expect(scene.person("jun").says("JOIN #tea").hears()).toEqual([
    ":jun!u@jun000000001.account JOIN #tea",
    ":tea.test 353 jun = #tea ~jun",
    ":tea.test 366 jun #tea :End of the list",
  ]);
});

test("a guest who disconnects leaves their rooms, even with a full disk", () => {
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

test("in an auditorium only the ops see joins and parts", () => {
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
