import { describe, expect, test } from "bun:test";
import { Scene } from "../scene.ts";
import { chanServAnswers, shortLines } from "./chanserv-answers.ts";

const HOUR = 3_600_000;

/** Mina's room, with Jun and the guest Sora in it. */
function tea() {
  const scene = new Scene({ pingAfterMs: Number.POSITIVE_INFINITY });
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.person("jun").says("JOIN #tea");
  const sora = scene.guest("sora").says("JOIN #tea");
  for (const actor of [mina, jun, sora]) actor.hears();
  return { scene, mina, jun, sora };
}

describe("BAN", () => {
  test("names the account, kicks with the reason, and ends on time by a MODE of ChanServ", () => {
    const { scene, mina, jun, sora } = tea();
    mina.says("CS BAN #tea jun 2h too loud");
    expect(chanServAnswers(mina)).toEqual(["jun is banned in #tea for 2h"]);
    expect(shortLines(sora)).toEqual([
      ":mina MODE #tea +b ~a:jun",
      ":mina KICK #tea jun :too loud",
    ]);
    jun.hears();
    jun.says("NICK rose", "JOIN #tea");
    expect(jun.hears().at(-1)).toBe(":tea.test 474 rose #tea :You are banned from that room (+b)");
    scene.passes(2 * HOUR - 1000);
    expect(sora.hears()).toEqual([]);
    scene.passes(1000);
    expect(shortLines(sora)).toEqual([":ChanServ MODE #tea -b ~a:jun"]);
    expect(shortLines(jun.says("JOIN #tea"))[0]).toBe(":rose JOIN #tea");
  });

  test.each(["restart", "crash"] as const)(
    "ends while the server was down, as clients learn after a %s",
    (how) => {
      const { scene, mina } = tea();
      mina.says("CS BAN #tea jun 2h", "CS MUTE #tea ~a:hana 5h");
      scene.now += 3 * HOUR;
      const later = scene[how]();
      expect(later.person("jun").says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
      const back = later.person("mina").says("CS LIST #tea");
      expect(chanServAnswers(back)).toEqual([
        "~a:hana is muted for another 2h, by mina: No reason given",
      ]);
      back.says("CS LOG #tea 1");
      expect(chanServAnswers(back)).toEqual(["2026-11-22T03:30:00.000Z ChanServ: mode -b ~a:jun"]);
    },
  );

  test("an end that can't be stored is tried again", () => {
    const { scene, mina, sora } = tea();
    mina.says("CS MUTE #tea jun 1m");
    sora.hears();
    scene.diskFull = true;
    scene.passes(61_000);
    expect(sora.hears()).toEqual([]);
    scene.diskFull = false;
    scene.passes(500);
    expect(shortLines(sora)).toEqual([":ChanServ MODE #tea -b ~m:~a:jun"]);
  });

  test("a guest is banned by host, since the next nick is a command away", () => {
    const { mina, sora } = tea();
    mina.says("CS KICKBAN #tea sora");
    expect(shortLines(mina).slice(0, 2)).toEqual([
      ":mina MODE #tea +b *!*@guest.test",
      ":mina KICK #tea sora Banned",
    ]);
    sora.says("NICK yuna", "JOIN #tea");
    expect(sora.hearsVerbs().at(-1)).toBe("474");
  });

  test("another time or reason replaces the first", () => {
    const { scene, mina } = tea();
    mina.says("CS BAN #tea jun 2h rude", "CS BAN #tea jun 1d ruder");
    mina.hears();
    scene.passes(3 * HOUR);
    mina.says("CS LIST #tea");
    expect(chanServAnswers(mina)).toEqual(["~a:jun is banned for another 21h, by mina: ruder"]);
  });

  test("UNBAN lifts every ban that means somebody, and no mute", () => {
    const { mina } = tea();
    mina.says("MODE #tea +bb jun!*@* ~m:~a:jun", "CS BAN #tea jun", "CS UNBAN #tea jun");
    expect(shortLines(mina)).toContain(":mina MODE #tea -bb jun!*@* ~a:jun");
    mina.says("CS UNBAN #tea jun", "CS UNMUTE #tea jun", "CS LIST #tea");
    expect(chanServAnswers(mina)).toEqual([
      "jun isn't banned in #tea",
      "jun isn't muted in #tea any more",
      "Nobody is banned or muted in #tea",
    ]);
  });
});

test("MUTE lets somebody read and not talk, edit or set a topic, and UNMUTE ends it", () => {
  const { mina, jun } = tea();
  jun.says("CAP REQ :message-tags echo-message", "PRIVMSG #tea :hi");
  const msgid = /msgid=(\w+)/.exec(jun.hears().at(-1) ?? "")?.[1];
  jun.says("CAP REQ :-message-tags -echo-message");
  mina.says("MODE #tea -t", "CS MUTE #tea jun 30m");
  jun.hears();
  jun.says("PRIVMSG #tea :hello", "TOPIC #tea :Hello", `EDIT #tea ${msgid} :hello`);
  expect(jun.hearsVerbs()).toEqual(["404", "404", "FAIL"]);
  mina.says("PRIVMSG #tea :well", "CS UNMUTE #tea jun");
  jun.says("PRIVMSG #tea :thanks");
  expect(shortLines(jun)).toEqual([":mina PRIVMSG #tea :well", ":mina MODE #tea -b ~m:~a:jun"]);
});

test("ordinary clients set a time by +b ~t:, in minutes or with a unit", () => {
  const { scene, mina, sora } = tea();
  mina.says("MODE #tea +bb ~t:90:~m:sora ~time:1h30m:bad!*@*", "MODE #tea +b ~t:x:jun");
  expect(shortLines(mina)).toEqual([
    ":mina MODE #tea +bb ~m:sora!*@* bad!*@*",
    ":tea.test 696 mina #tea b ~t:x:jun :That is not a valid mask",
  ]);
  sora.hears();
  sora.says("PRIVMSG #tea :hm");
  expect(sora.hearsVerbs()).toEqual(["404"]);
  scene.passes(90 * 60_000);
  expect(shortLines(sora)).toEqual([
    ":ChanServ MODE #tea -b ~m:sora!*@*",
    ":ChanServ MODE #tea -b bad!*@*",
  ]);
});

describe("ranks", () => {
  test("a half-op bans and mutes, but nobody of a higher rank, by a command or a mask", () => {
    const { mina, jun } = tea();
    mina.says("MODE #tea +h jun");
    jun.hears();
    jun.says(
      "CS BAN #tea mina",
      "CS MUTE #tea mina",
      "MODE #tea +b mina",
      "MODE #tea +b ~m:~a:mi*",
    );
    jun.says("CS BAN #tea jun");
    expect(chanServAnswers(jun)).toEqual([
      "mina has a higher rank than you",
      "mina has a higher rank than you",
      "You can't do that to yourself",
    ]);
    // A mask of all nicks with as many letters means whoever of them has a higher rank.
    jun.says("MODE #tea +b ????!*@*", "MODE #tea +b ~m:~a:????");
    expect(jun.hearsVerbs()).toEqual(["482", "482"]);
    jun.says("CS BAN #tea sora 1h", "MODE #tea +b *!*@*");
    expect(jun.hearsVerbs()).toEqual(["MODE", "KICK", "NOTICE", "MODE"]);
  });

  test("a ban doesn't lock out a founder who is away", () => {
    const { scene, mina, jun } = tea();
    mina.says("CS REGISTER #tea", "MODE #tea +o jun", "PART #tea");
    jun.says("MODE #tea +b ~a:mina");
    mina.hears();
    expect(scene.person("mina").says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
  });

  test("a mute takes voice away, with which they would still talk, and an op's rank comes first", () => {
    const { mina, jun } = tea();
    mina.says("MODE #tea +v jun", "CS MUTE #tea jun");
    expect(shortLines(mina)).toContain(":mina MODE #tea -v+b jun ~m:~a:jun");
    jun.hears();
    expect(jun.says("PRIVMSG #tea :hi").hearsVerbs()).toEqual(["404"]);
    mina.says("MODE #tea +o sora", "CS MUTE #tea sora");
    expect(chanServAnswers(mina)).toEqual([
      "sora is an op, whom no mute holds: take the rank away first",
    ]);
  });

  test("a half-op can't ban an account that the room makes founder or admin", () => {
    const { mina, jun } = tea();
    mina.says("CS REGISTER #tea", "MODE #tea +h jun", "PART #tea");
    jun.says("CS BAN #tea mina");
    expect(chanServAnswers(jun)).toEqual(["mina has a higher rank than you"]);
  });

  test("without a rank nothing of it works", () => {
    const { jun } = tea();
    for (const command of ["BAN", "MUTE", "UNBAN", "UNMUTE"]) jun.says(`CS ${command} #tea sora`);
    jun.says("CS LIST #tea", "CS SLOW #tea 5", "CS FILTER #tea +word", "CS KICK #tea sora");
    const answers = chanServAnswers(jun);
    expect(answers.length).toBe(8);
    for (const answer of answers)
      expect(answer).toMatch(/^Only the room's ops (?:can|may) do that$/);
  });
});

test("a room's modes, timed bans and audit log go along when it is renamed", () => {
  const { scene, mina } = tea();
  mina.says("MODE #tea +W 10", "CS MUTE #tea jun 1h", "RENAME #tea #coffee");
  mina.hears();
  scene.passes(HOUR);
  expect(shortLines(mina)).toEqual([":ChanServ MODE #coffee -b ~m:~a:jun"]);
  mina.says("MODE #coffee", "CS LOG #coffee 2");
  expect(mina.hears()[0]).toBe(":tea.test 324 mina #coffee +Wnt 10");
});

test("who is muted gets no voice by leaving and coming back, and gets it again when that is over", () => {
  const { scene, mina, jun } = tea();
  mina.says("CS AMODE #tea +v jun", "CS MUTE #tea jun 1h");
  jun.says("PART #tea", "JOIN #tea").hears();
  expect(jun.says("PRIVMSG #tea :hi").hearsVerbs()).toEqual(["404"]);
  scene.passes(HOUR);
  jun.says("PART #tea", "JOIN #tea");
  mina.hears();
  mina.says("NAMES #tea");
  expect(mina.hears()[0]).toContain("+jun");
});

test("a mistyped time is refused, and no ban without an end; Korean units are understood", () => {
  const { mina } = tea();
  for (const time of ["2houres", "-5", "1e3", "2시"]) {
    mina.says(`CS BAN #tea jun ${time} spam`, `CS MUTE #tea jun ${time}`);
  }
  const sentence = "Write the time as 30m, 2h, 7d or 1w, and a reason behind it";
  expect(chanServAnswers(mina)).toEqual(Array(8).fill(sentence));
  mina.says("CS MUTE #tea jun 2시간 도배");
  expect(chanServAnswers(mina)).toEqual(["jun is muted in #tea for 2h"]);
});
