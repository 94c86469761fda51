import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/channel-rename */

const CAP = "draft/channel-rename";

function teahouse() {
  const scene = new Scene();
  const mina = scene.person("mina", CAP).says("JOIN #tea", "TOPIC #tea :Green or black");
  const jun = scene.guest("jun").says("JOIN #tea");
  mina.hears();
  jun.hears();
  return { scene, mina, jun };
}

test("sessions with the capability get RENAME, always with a reason; others see PART and JOIN", () => {
  const { mina, jun } = teahouse();
  mina.says("RENAME #tea #coffee :Tastes change");
  expect(mina.hears()).toEqual([":mina!u@mina00000001.account RENAME #tea #coffee :Tastes change"]);
  expect(jun.hears()).toEqual([
    ":jun!~jun@guest.test PART #tea :Tastes change",
    ":jun!~jun@guest.test JOIN #coffee",
    ":tea.test 332 jun #coffee :Green or black",
    ":tea.test 333 jun #coffee mina 1795307400",
    ":tea.test 353 jun = #coffee :~mina jun",
    ":tea.test 366 jun #coffee :End of the list",
  ]);
  mina.says("RENAME #coffee #tea");
  expect(mina.hears()).toEqual([":mina!u@mina00000001.account RENAME #coffee #tea :"]);
  expect(jun.hears()[0]).toEqual(":jun!~jun@guest.test PART #coffee");
});

test("the fallback follows the client's other capabilities", () => {
  const { scene, mina } = teahouse();
  const sora = scene.guest(
    "sora",
    "extended-join",
    "server-time",
    "no-implicit-names",
    "draft/read-marker",
  );
  sora.says("JOIN #tea");
  sora.hears();
  mina.says("RENAME #tea #coffee");
  expect(sora.hears()).toEqual([
    "@time=2026-11-22T00:30:00.005Z :sora!~sora@guest.test PART #tea",
    "@time=2026-11-22T00:30:00.005Z :sora!~sora@guest.test JOIN #coffee * :sora",
    ":tea.test 332 sora #coffee :Green or black",
    ":tea.test 333 sora #coffee mina 1795307400",
    ":tea.test MARKREAD #coffee *",
  ]);
});

test("a session that renames without the capability gets PART and JOIN in its reply", () => {
  const { scene, mina } = teahouse();
  const phone = scene.person("mina", "labeled-response", "batch");
  mina.hears();
  phone.says("@label=r1 RENAME #tea #coffee :Tastes change");
  expect(phone.hears()).toEqual([
    "@label=r1 :tea.test BATCH +1 labeled-response",
    "@batch=1 :mina!u@mina00000001.account PART #tea :Tastes change",
    "@batch=1 :mina!u@mina00000001.account JOIN #coffee",
    "@batch=1 :tea.test 332 mina #coffee :Green or black",
    "@batch=1 :tea.test 333 mina #coffee mina 1795307400",
    "@batch=1 :tea.test 353 mina = #coffee :~mina jun",
    "@batch=1 :tea.test 366 mina #coffee :End of the list",
    ":tea.test BATCH -1",
  ]);
  expect(mina.hears()).toEqual([":mina!u@mina00000001.account RENAME #tea #coffee :Tastes change"]);
});

test("everything in the room stays as it was, and a week later the old name is free", () => {
  const { scene, mina, jun } = teahouse();
  mina.says("MODE #tea +k sesame", "PRIVMSG #tea :first flush", "RENAME #tea #coffee");
  mina.hears();
  jun.hears();
  scene.now += 7 * 86_400_000 + 1000;
  jun.says("PRIVMSG #coffee :hi");
  expect(mina.hears()).toEqual([":jun!~jun@guest.test PRIVMSG #coffee :hi"]);
  jun.says("PART #coffee", "JOIN #coffee", "TOPIC #tea", "JOIN #tea");
  expect(jun.hears()).toEqual([
    ":jun!~jun@guest.test PART #coffee",
    ":tea.test 475 jun #coffee :That room needs the right key (+k)",
    ":tea.test 403 jun #tea :There is no such room",
    ":jun!~jun@guest.test JOIN #tea",
    ":tea.test 353 jun = #tea @jun",
    ":tea.test 366 jun #tea :End of the list",
  ]);
  const again = scene.restart().person("mina", "draft/chathistory");
  again.says("TOPIC #coffee", "HISTORY #coffee 1");
  expect(again.hears()).toEqual([
    ":tea.test 332 mina #coffee :Green or black",
    ":tea.test 333 mina #coffee mina 1795307400",
    ":jun!~jun@guest.test PRIVMSG #coffee :[00:30] hi",
  ]);
});

test("a change of case alone is allowed, and needs no fallback", () => {
  const { mina, jun } = teahouse();
  mina.says("RENAME #tea #Tea");
  expect(mina.hears()).toEqual([":mina!u@mina00000001.account RENAME #tea #Tea :"]);
  expect(jun.hears()).toEqual([]);
});

test("a change of case outside of CASEMAPPING=ascii is a different name to an old client, and needs the fallback", () => {
  const { mina, jun } = teahouse();
  mina.says("RENAME #tea #THÉ", "RENAME #THÉ #thé");
  expect(mina.hearsVerbs()).toEqual(["RENAME", "RENAME"]);
  expect(jun.hears().filter((line) => / (?:PART|JOIN) /.test(line))).toEqual([
    ":jun!~jun@guest.test PART #tea",
    ":jun!~jun@guest.test JOIN #THÉ",
    ":jun!~jun@guest.test PART #THÉ",
    ":jun!~jun@guest.test JOIN #thé",
  ]);
});

test("the name of another room is refused", () => {
  const { scene, mina } = teahouse();
  scene.guest("sora").says("JOIN #coffee");
  mina.says("RENAME #tea #Coffee");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL RENAME CHANNEL_NAME_IN_USE #tea #Coffee :Another room has that name",
  ]);
});

test("an invalid name, and the present name, are refused", () => {
  const { mina } = teahouse();
  mina.says("RENAME #tea coffee", "RENAME #tea #a,b", "RENAME #tea #tea", "RENAME #tea :#a b");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL RENAME CANNOT_RENAME #tea coffee :That is not a valid room name",
    ":tea.test FAIL RENAME CANNOT_RENAME #tea #a,b :That is not a valid room name",
    ":tea.test FAIL RENAME CANNOT_RENAME #tea #tea :The room already has that name",
    ":tea.test FAIL RENAME CANNOT_RENAME #tea * :That is not a valid room name",
  ]);
});

test("errors that have a numeric are sent as that numeric", () => {
  const { scene, mina, jun } = teahouse();
  jun.says("RENAME #tea #coffee", "RENAME #tea", "RENAME #milk #cream");
  expect(jun.hears()).toEqual([
    ":tea.test 482 jun #tea :Only the room's ops may do that",
    ":tea.test 461 jun RENAME :Not enough parameters",
    ":tea.test 403 jun #milk :There is no such room",
  ]);
  expect(scene.guest("sora").says("RENAME #tea #coffee").hears()).toEqual([
    ":tea.test 442 sora #tea :You aren't in that room",
  ]);
  mina.says("MODE #tea +s");
  expect(scene.guest("yuna").says("RENAME #tea #coffee").hears()).toEqual([
    ":tea.test 403 yuna #tea :There is no such room",
  ]);
});

test("a JOIN of the old name is answered with the new one, or forwarded without the capability", () => {
  const { scene, mina, jun } = teahouse();
  mina.says("RENAME #tea #coffee");
  for (const one of [mina, jun]) one.hears();
  scene.now += 1000;
  const failed = ":tea.test FAIL JOIN CHANNEL_RENAMED #tea #coffee :That room was renamed";
  const sora = scene.guest("sora", CAP);
  expect(sora.says("JOIN #Tea").hears()).toEqual([failed.replace("#tea", "#Tea")]);
  const led = ":tea.test 470 yuna #tea #coffee :That room was renamed";
  const yuna = scene.guest("yuna").says("JOIN #tea");
  expect(yuna.hears().slice(0, 2)).toEqual([led, ":yuna!~yuna@guest.test JOIN #coffee"]);
  expect(yuna.says("JOIN #tea").hears()).toEqual([led]);
  mina.says("MODE #coffee +k sesame");
  const ara = scene.guest("ara");
  expect(ara.says("JOIN #tea").hearsVerbs()).toEqual(["470", "475"]);
  expect(ara.says("JOIN #tea sesame").hearsVerbs().slice(0, 2)).toEqual(["470", "JOIN"]);
  // A device that was off then, and whose person is in the room.
  expect(scene.person("mina").says("JOIN #tea").hearsVerbs()).toEqual(["470"]);
  // Those who were there know, and want another room of that name.
  expect(jun.says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
});

test("only the last former name leads to the room, for users who can see it, while the name is free", () => {
  const { scene, mina } = teahouse();
  const sora = scene.guest("sora", CAP);
  const asks = (name: string) => sora.says(`JOIN ${name}`, `PART ${name}`).hearsVerbs()[0];
  mina.says("RENAME #tea #coffee", "RENAME #coffee #cocoa");
  expect(asks("#tea")).toBe("JOIN");
  expect(asks("#coffee")).toBe("FAIL");
  mina.says("JOIN #milk", "RENAME #milk #coffee", "PART #coffee");
  expect(asks("#coffee")).toBe("JOIN");
  expect(asks("#milk")).toBe("JOIN");
  mina.says("RENAME #cocoa #tea", "MODE #tea +s");
  expect(asks("#cocoa")).toBe("JOIN");
});

test("a room that has its old name again, or is closed, frees its former name", () => {
  const { scene, mina, jun } = teahouse();
  const sora = scene.guest("sora", CAP);
  mina.says("RENAME #tea #coffee", "RENAME #coffee #tea", "RENAME #tea #Tea");
  expect(sora.says("JOIN #coffee").hearsVerbs()).toEqual(["FAIL"]);
  expect(sora.says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
  for (const one of [mina, jun, sora]) one.says("PART #tea").hears();
  expect(sora.says("JOIN #coffee").hearsVerbs()[0]).toBe("JOIN");
});

test("a rename that can't be stored changes nothing", () => {
  const { scene, mina, jun } = teahouse();
  scene.diskFull = true;
  mina.says("RENAME #tea #coffee");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL RENAME TEMPORARILY_UNAVAILABLE #tea :The server can't store that right now. Try again in a moment",
  ]);
  expect(jun.hears()).toEqual([]);
});

test("a room with a founder, here or away, is renamed by them or an admin alone", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea", "CS REGISTER #tea");
  const jun = scene.person("jun").says("JOIN #tea");
  const hana = scene.person("hana").says("JOIN #tea");
  mina.says("MODE #tea +oa jun hana");
  for (const isHere of [true, false]) {
    if (!isHere) mina.says("PART #tea");
    jun.hears();
    jun.says("RENAME #tea #mine");
    expect(jun.hearsPlain()).toEqual([
      ":tea.test 482 jun #tea :Only the room's founder, or an admin of it, may rename it",
    ]);
  }
  hana.hears();
  hana.says("RENAME #tea #cafe");
  expect(hana.hearsPlain()[0]).toContain("PART #tea");
  const guest = scene.guest("gil").says("JOIN #hut");
  guest.hears();
  guest.says("RENAME #hut #cabin");
  expect(guest.hearsPlain()[0]).toContain("PART #hut");
});
