import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/message-redaction */

const CAPS = ["draft/message-redaction", "message-tags", "echo-message"];

/** Jun founded the room, in which mina has sent a message. */
function teahouse() {
  const scene = new Scene();
  const jun = scene.person("jun", ...CAPS).says("JOIN #tea");
  const mina = scene.person("mina", ...CAPS).says("JOIN #tea");
  const sora = scene.guest("sora", "message-tags").says("JOIN #tea");
  const yuna = scene.person("yuna", ...CAPS).says("JOIN #tea");
  mina.says("PRIVMSG #tea :oops");
  const id = /msgid=([^; ]+)/.exec(mina.hears().at(-1) ?? "")?.[1] ?? "";
  for (const one of [jun, mina, sora, yuna]) one.hears();
  return { scene, jun, mina, sora, yuna, id };
}

test("a redaction of an own message is relayed only to sessions with the capability", () => {
  const { mina, jun, sora, id } = teahouse();
  mina.says(`REDACT #tea ${id} :wrong room`);
  expect(mina.hears()).toEqual([
    "@msgid=id00000000000008 :mina!u@mina00000001.account REDACT #tea id00000000000007 :wrong room",
  ]);
  expect(jun.hears()).toEqual([
    "@msgid=id00000000000008 :mina!u@mina00000001.account REDACT #tea id00000000000007 :wrong room",
  ]);
  expect(sora.hears()).toEqual([]);
});

test("the reason is optional", () => {
  const { mina, id } = teahouse();
  expect(mina.says(`REDACT #tea ${id}`).hearsPlain()).toEqual([
    ":mina!u@mina00000001.account REDACT #tea id00000000000007",
  ]);
});

test("an op can redact other users' messages; a member, and an author who has left the room, can't", () => {
  const { jun, yuna, sora, mina, id } = teahouse();
  yuna.says(`REDACT #tea ${id}`);
  expect(yuna.hears()).toEqual([
    ":tea.test FAIL REDACT REDACT_FORBIDDEN #tea id00000000000007 :You can't change that message",
  ]);
  sora.says(`REDACT #tea ${id}`);
  expect(sora.hears()).toEqual([
    ":tea.test FAIL REDACT REDACT_FORBIDDEN #tea id00000000000007 :You can't change that message",
  ]);
  mina.says("PART #tea", `REDACT #tea ${id}`);
  expect(mina.hears().at(-1)).toEqual(
    ":tea.test FAIL REDACT INVALID_TARGET #tea :There is no such room or person",
  );
  jun.says(`REDACT #tea ${id}`);
  expect(jun.hearsPlain().at(-1)).toEqual(
    ":jun!u@jun000000001.account REDACT #tea id00000000000007",
  );
});

test("the text is gone from history, from the replay on joining, and from the log", () => {
  const { scene, mina, id } = teahouse();
  mina.says(`REDACT #tea ${id}`, "CAP REQ :draft/chathistory", "CHATHISTORY LATEST #tea * 10");
  expect(mina.hearsPlain().slice(1)).toEqual([":tea.test CAP mina ACK :draft/chathistory"]);
  expect(
    scene
      .guest("ara")
      .says("JOIN #tea")
      .hears()
      .some((line) => line.includes("oops")),
  ).toBe(false);
  mina.says("CAP REQ :draft/event-playback");
  mina.hears();
  expect(mina.says("CHATHISTORY LATEST #tea * 1").hearsPlain()).toEqual([
    ":ara!~ara@guest.test JOIN #tea",
  ]);
});

test("the texts of its edits are gone from memory with it, and those of earlier edits when it is edited again", () => {
  const { scene, mina, id } = teahouse();
  const texts = () => JSON.stringify(scene.server.state.rooms.byName("#tea")?.recentEvents);
  mina.says(`EDIT #tea ${id} :secret one`, `EDIT #tea ${id} :secret two`);
  expect(texts()).not.toContain("secret one");
  expect(texts()).toContain("secret two");
  mina.says(`REDACT #tea ${id}`);
  expect(texts()).not.toContain("secret");
});

test("a redacted msgid and an unknown one are UNKNOWN_MSGID", () => {
  const { mina, id } = teahouse();
  mina.says(`REDACT #tea ${id}`);
  mina.hears();
  mina.says(`REDACT #tea ${id}`, "REDACT #tea nothing");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL REDACT UNKNOWN_MSGID #tea id00000000000007 :There is no such message",
    ":tea.test FAIL REDACT UNKNOWN_MSGID #tea nothing :There is no such message",
  ]);
});

test("an author can redact a message for an hour, an op without a time limit", () => {
  const { scene, mina, jun, id } = teahouse();
  scene.passes(3_700_000);
  for (const one of [mina, jun]) one.hears();
  mina.says(`REDACT #tea ${id}`);
  expect(mina.hears()).toEqual([
    ":tea.test FAIL REDACT REDACT_WINDOW_EXPIRED #tea id00000000000007 3600 :It is too late: messages can be changed for 60 minutes",
  ]);
  jun.says(`REDACT #tea ${id}`);
  expect(jun.hearsPlain()).toEqual([":jun!u@jun000000001.account REDACT #tea id00000000000007"]);
});

test("a room without membership, and a user without direct messages, are INVALID_TARGET", () => {
  const { scene, mina, id } = teahouse();
  scene.guest("ara").says("JOIN #milk");
  mina.says(`REDACT #milk ${id}`, `REDACT #none ${id}`, `REDACT jun ${id}`, `REDACT nobody ${id}`);
  expect(mina.hears()).toEqual([
    ":tea.test FAIL REDACT INVALID_TARGET #milk :There is no such room or person",
    ":tea.test FAIL REDACT INVALID_TARGET #none :There is no such room or person",
    ":tea.test FAIL REDACT INVALID_TARGET jun :There is no such room or person",
    ":tea.test FAIL REDACT INVALID_TARGET nobody :There is no such room or person",
  ]);
});

test("a message to a guest can't be redacted, though it is in history", () => {
  const { scene, mina } = teahouse();
  scene.guest("ara");
  mina.says("PRIVMSG ara :psst").hears();
  const page = mina.says("HISTORY ara").hears().join();
  expect(page).toEndWith(" PRIVMSG ara :[00:30] psst");
  const msgid = /msgid=([^; ]+)/.exec(page)?.[1];
  expect(msgid).toBeDefined();
  expect(mina.says(`REDACT ara ${msgid}`, `EDIT ara ${msgid} :hm`).hears()).toEqual([
    ":tea.test FAIL REDACT INVALID_TARGET ara :There is no such room or person",
    ":tea.test FAIL EDIT INVALID_TARGET ara :There is no such room or person",
  ]);
});

test("only the author can redact a direct message, and it is removed for both users", () => {
  const { jun, mina } = teahouse();
  mina.says("PRIVMSG jun :oops");
  const id = /msgid=([^; ]+)/.exec(mina.hears().at(-1) ?? "")?.[1] ?? "";
  jun.hears();
  jun.says(`REDACT mina ${id}`);
  expect(jun.hears()).toEqual([
    ":tea.test FAIL REDACT REDACT_FORBIDDEN mina id00000000000010 :You can't change that message",
  ]);
  mina.says(`REDACT jun ${id} :sorry`);
  expect(mina.hearsPlain()).toEqual([
    ":mina!u@mina00000001.account REDACT jun id00000000000010 sorry",
  ]);
  expect(jun.hearsPlain()).toEqual([
    ":mina!u@mina00000001.account REDACT jun id00000000000010 sorry",
  ]);
});

test("a reaction is redacted like a message", () => {
  const { mina } = teahouse();
  mina.says("@+draft/react=🍵 TAGMSG #tea");
  const id = /msgid=([^; ]+)/.exec(mina.hears().at(-1) ?? "")?.[1] ?? "";
  expect(mina.says(`REDACT #tea ${id}`).hearsPlain()).toEqual([
    ":mina!u@mina00000001.account REDACT #tea id00000000000008",
  ]);
});

test("an older message is looked up in the files, and rights are checked again afterwards", () => {
  const { scene, jun, mina, id } = teahouse();
  for (let i = 0; i < 250; i += 1) jun.says("PRIVMSG #tea :more");
  mina.hears();
  jun.hears();
  scene.holding = true;
  mina.says(`REDACT #tea ${id}`);
  jun.says("KICK #tea mina");
  scene.settle();
  expect(mina.hearsPlain()).toEqual([
    ":jun!u@jun000000001.account KICK #tea mina jun",
    ":tea.test FAIL REDACT UNKNOWN_MSGID #tea id00000000000007 :There is no such message",
  ]);
  jun.hears();
  jun.says(`REDACT #tea ${id}`);
  scene.settle();
  expect(jun.hearsPlain()).toEqual([":jun!u@jun000000001.account REDACT #tea id00000000000007"]);
});

test("so is an older reaction", () => {
  const { jun, mina } = teahouse();
  mina.says("@+draft/react=🍵 TAGMSG #tea");
  const id = /msgid=([^; ]+)/.exec(mina.hears().at(-1) ?? "")?.[1] ?? "";
  for (let i = 0; i < 250; i += 1) jun.says("PRIVMSG #tea :more");
  mina.hears();
  expect(mina.says(`REDACT #tea ${id}`).hearsPlain()).toEqual([
    ":mina!u@mina00000001.account REDACT #tea id00000000000008",
  ]);
});

test("a NOTICE is redacted like a message", () => {
  const { mina } = teahouse();
  mina.says("NOTICE #tea :oops");
  const id = /msgid=([^; ]+)/.exec(mina.hears().at(-1) ?? "")?.[1] ?? "";
  expect(mina.says(`REDACT #tea ${id}`).hearsPlain()).toEqual([
    ":mina!u@mina00000001.account REDACT #tea id00000000000008",
  ]);
});

test("an event that isn't a message, and a message of another conversation, are UNKNOWN_MSGID", () => {
  const { scene, mina, jun, id } = teahouse();
  mina.says("JOIN #milk", "TOPIC #tea :Green");
  const [joined] = scene.log
    .conversations()
    .flatMap((one) => scene.log.all(one))
    .slice(1);
  mina.hears();
  jun.hears();
  for (const [room, msgid] of [
    ["#milk", id],
    ["#tea", joined?.msgid],
  ] as const) {
    mina.says(`REDACT ${room} ${msgid}`);
    expect(mina.hears()).toEqual([
      `:tea.test FAIL REDACT UNKNOWN_MSGID ${room} ${msgid} :There is no such message`,
    ]);
  }
  expect(jun.hears()).toEqual([]);
});

test("REDACT works without the capability, but is not relayed to that session", () => {
  const { scene, jun, mina, id } = teahouse();
  const old = scene.person("mina");
  for (const one of [jun, mina]) one.hears();
  expect(old.says(`REDACT #tea ${id}`).hears()).toEqual([]);
  for (const one of [jun, mina]) expect(one.hearsVerbs()).toEqual(["REDACT"]);
});

test("a page without event-playback has neither the message nor its REDACT", () => {
  const { mina, id } = teahouse();
  mina.says("PRIVMSG #tea :stays", `REDACT #tea ${id}`, "CAP REQ :draft/chathistory");
  mina.hears();
  expect(mina.says("CHATHISTORY LATEST #tea * 10").hearsPlain()).toEqual([
    ":mina!u@mina00000001.account PRIVMSG #tea :stays",
  ]);
});

test("a redaction that can't be stored changes nothing", () => {
  const { scene, mina, jun, id } = teahouse();
  scene.diskFull = true;
  expect(mina.says(`REDACT #tea ${id}`).hears()).toEqual([
    ":tea.test FAIL REDACT TEMPORARILY_UNAVAILABLE #tea :The server can't store that right now. Try again in a moment",
  ]);
  expect(jun.hears()).toEqual([]);
});

test("REDACT without a msgid is 461", () => {
  expect(new Scene().guest("mina").says("REDACT #tea").hears()).toEqual([
    ":tea.test 461 mina REDACT :Not enough parameters",
  ]);
});
