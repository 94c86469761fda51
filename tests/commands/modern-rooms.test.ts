import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/**
 * https://modern.ircdocs.horse/#channel-operations, #mode-message, #channel-modes and #sending-messages: clauses
 * that room.test.ts, mode.test.ts, list.test.ts and message.test.ts have no row for.
 */

function teahouse() {
  const scene = new Scene();
  const mina = scene.guest("mina").says("JOIN #tea");
  const jun = scene.guest("jun").says("JOIN #tea");
  const sora = scene.guest("sora").says("JOIN #tea");
  for (const actor of [mina, jun, sora]) actor.hears();
  return { scene, mina, jun, sora };
}

const [MINA, JUN] = ["mina!~mina@guest.test", "jun!~jun@guest.test"];

test("JOIN is answered by JOIN, topic, its author, and NAMES with the user included, in this order", () => {
  const { scene, mina } = teahouse();
  mina.says("TOPIC #tea :Green");
  const ara = scene.guest("ara").says("JOIN #tea");
  expect(ara.hears()).toEqual([
    ":ara!~ara@guest.test JOIN #tea",
    ":tea.test 332 ara #tea Green",
    ":tea.test 333 ara #tea mina 1795307400",
    ":tea.test 353 ara = #tea :@mina jun sora ara",
    ":tea.test 366 ara #tea :End of the list",
  ]);
  mina.says("TOPIC #tea :");
  expect(scene.guest("yuna").says("JOIN #tea").hearsVerbs()).toEqual(["JOIN", "353", "366"]);
});

test("several rooms are joined and left by one line each, with the reason on each", () => {
  const { mina, jun } = teahouse();
  for (const actor of [mina, jun]) actor.says("JOIN #milk,#cocoa").hears();
  mina.hears();
  jun.says("PART #tea,#milk,#cocoa :to bed");
  for (const actor of [mina, jun]) {
    expect(actor.hears()).toEqual(
      ["#tea", "#milk", "#cocoa"].map((room) => `:${JUN} PART ${room} :to bed`),
    );
  }
});

test("a cleared topic is sent as an empty TOPIC to all members, its author included", () => {
  const { mina, jun } = teahouse();
  mina.says("TOPIC #tea :Green", "TOPIC #tea :", "TOPIC #tea");
  const told = [`:${MINA} TOPIC #tea :Green`, `:${MINA} TOPIC #tea :`];
  expect(jun.hears()).toEqual(told);
  expect(mina.hears()).toEqual([...told, ":tea.test 331 mina #tea :No topic is set"]);
});

test("an invitation is sent only to the invited and the inviting user", () => {
  const { scene, mina, jun, sora } = teahouse();
  const ara = scene.guest("ara");
  mina.says("INVITE ara #tea");
  expect(mina.hears()).toEqual([":tea.test 341 mina ara #tea"]);
  expect(ara.hears()).toEqual([`:${MINA} INVITE ara #tea`]);
  for (const actor of [jun, sora]) expect(actor.hears()).toEqual([]);
  mina.says("MODE #tea +i");
  for (const actor of [mina, jun]) actor.hears();
  expect(jun.says("INVITE yuna #tea").hears()).toEqual([
    ":tea.test 482 jun #tea :Only the room's ops may do that",
  ]);
});

test("KICK of several users is one line each, with the comment, or else the kicker's nick, on each", () => {
  for (const [comment, shown] of [
    [":too loud", ":too loud"],
    ["", "mina"],
  ]) {
    const { scene, mina, jun } = teahouse();
    const ara = scene.guest("ara").says("JOIN #tea");
    for (const actor of [mina, jun, ara]) actor.hears();
    mina.says(`KICK #tea jun,sora ${comment}`);
    const told = ["jun", "sora"].map((nick) => `:${MINA} KICK #tea ${nick} ${shown}`);
    expect(ara.hears()).toEqual(told);
    expect(jun.hears()).toEqual(told.slice(0, 1));
  }
});

test("modes are followed by the room's creation time", () => {
  const { mina } = teahouse();
  expect(mina.says("MODE #tea").hears()).toEqual([
    ":tea.test 324 mina #tea +nt",
    ":tea.test 329 mina #tea 1795307400",
  ]);
});

test.each(["+k", "+l", "+f"])(
  "%s without its value is ignored, and the other changes are applied",
  (mode) => {
    const { mina, jun } = teahouse();
    mina.says(`MODE #tea ${mode}m`);
    expect(jun.hears()).toEqual([`:${MINA} MODE #tea +m`]);
  },
);

test("a limit is removed without a value, a key with one", () => {
  const { mina, jun } = teahouse();
  mina.says("MODE #tea +kl sesame 5");
  jun.hears();
  mina.says("MODE #tea -lk sesame");
  expect(jun.hears()).toEqual([`:${MINA} MODE #tea -lk *`]);
});

test.each([
  ["b", "367", "368"],
  ["e", "348", "349"],
  ["I", "346", "347"],
])("+%s without a mask returns the list, and ends with its numeric", (letter, row, end) => {
  const { mina } = teahouse();
  mina.says(`MODE #tea +${letter} *!*@bad.test`, `MODE #tea ${letter}`, `MODE #tea +${letter}`);
  expect(mina.hears()).toEqual([
    `:${MINA} MODE #tea +${letter} *!*@bad.test`,
    ...[1, 2].flatMap(() => [
      expect.stringMatching(new RegExp(`^:tea.test ${row} mina #tea \\*!\\*@bad.test`)),
      expect.stringMatching(new RegExp(`^:tea.test ${end} mina #tea :`)),
    ]),
  ]);
});

test("a user who may not change modes gets 482, and nothing changes", () => {
  const { scene, mina, jun } = teahouse();
  const ara = scene.guest("ara");
  for (const actor of [jun, ara]) {
    for (const change of ["+m", "+b *!*@x", "+o jun", "+l 3", "-n"]) {
      actor.says(`MODE #tea ${change}`);
      expect([change, actor.hearsVerbs()]).toEqual([change, ["482"]]);
    }
  }
  expect(mina.hears()).toEqual([]);
});

test("a banned user can neither join nor talk, unless there is an exception", () => {
  const { scene, mina, jun } = teahouse();
  const ara = scene.guest("ara");
  mina.says("MODE #tea +b jun!*@*", "MODE #tea +b ara!*@*");
  jun.hears();
  expect(jun.says("PRIVMSG #tea :hi", "NOTICE #tea :hi").hearsVerbs()).toEqual(["404"]);
  expect(ara.says("JOIN #tea").hearsVerbs()).toEqual(["474"]);
  mina.says("MODE #tea +ee jun!*@* ara!*@*");
  jun.hears();
  expect(jun.says("PRIVMSG #tea :hi").hears()).toEqual([]);
  expect(ara.says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
});

test("a NOTICE is never answered, not even by an error", () => {
  const { scene, mina, jun } = teahouse();
  mina.says("MODE #tea +m", "JOIN #milk", "MODE #milk +s");
  scene.guest("ara").says("MODE ara +R", "AWAY :asleep");
  jun.hears();
  const targets = [
    "",
    ":",
    "#tea",
    "#milk",
    "#none",
    "nobody",
    "ara",
    "@#tea",
    "NickServ",
    "a,b,c,d,e",
  ];
  for (const target of targets) {
    expect([target, jun.says(`NOTICE ${target} :hi`, `NOTICE ${target}`).hears()]).toEqual([
      target,
      [],
    ]);
  }
});

test.each([
  ["PRIVMSG", "411"],
  ["PRIVMSG #tea", "412"],
  ["PRIVMSG #tea :", "412"],
  ["PRIVMSG nobody :hi", "401"],
  ["PRIVMSG #none :hi", "403"],
  ["PRIVMSG a,b,c,d,e :hi", "407"],
])("%s is answered by %s", (line, numeric) => {
  expect(teahouse().jun.says(line).hearsVerbs()).toEqual([numeric]);
});
