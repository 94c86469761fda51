import { describe, expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

/*
 * What others read in a room without a message: reasons, nicks, real names, away messages, values of metadata. Who
 * can't say something there can't say it so.
 */

const CAPS = ["setname", "away-notify", "draft/metadata-2", "batch", "standard-replies"];

function tea(mode: string) {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.person("jun", ...CAPS, "echo-message", "draft/message-redaction");
  const guest = scene.guest("gil");
  const hana = scene.person("hana", ...CAPS, "draft/message-redaction", "message-tags");
  for (const actor of [jun, guest, hana]) actor.says("JOIN #tea");
  hana.says("METADATA * SUB status").hears();
  jun.hears();
  jun.says("PRIVMSG #tea :hello");
  const msgid = /msgid=(\w+)/.exec(hana.hears().join("\n"))?.[1] ?? "";
  mina.says(mode);
  for (const actor of [mina, jun, guest, hana]) actor.hears();
  return { scene, mina, jun, guest, hana, msgid };
}

/** The lines that contain "spam", of all that an actor has heard. */
function spamOf(actor: Actor): string[] {
  return actor.hears().filter((line) => line.includes("spam"));
}

describe.each([
  "MODE #tea +b ~m:*!*@*",
  "MODE #tea +m",
  "MODE #tea +y 2h",
  "MODE #tea +U",
  "MODE #tea +g spam",
  "CS CLOSE #tea",
])("after %s", (mode) => {
  test("no reason of a PART, QUIT or REDACT is told", () => {
    const { jun, guest, hana, msgid } = tea(mode);
    jun.says(`EDIT #tea ${msgid} :spam`, `REDACT #tea ${msgid} :spam`, "PART #tea :spam");
    guest.says("QUIT :spam");
    const lines = hana.hears();
    expect(lines.filter((line) => / (REDACT|PART|QUIT) /.test(line))).toHaveLength(3);
    expect(lines.join("\n")).not.toContain("spam");
  });
});

test("in slow mode the reason of a PART and a topic are things that were said", () => {
  const { jun, hana } = tea("MODE #tea +W-t 60");
  jun.says("TOPIC #tea :one", "TOPIC #tea :spam", "PART #tea :spam", "JOIN #tea");
  expect(jun.hearsPlain()).toContain(
    ":tea.test 404 jun #tea :That room is in slow mode (+W): wait 60 seconds",
  );
  expect(spamOf(hana)).toEqual([]);
});

test("who may talk gives a reason, and an op always does", () => {
  const { mina, jun, hana, msgid } = tea("MODE #tea +g spam");
  jun.says(`REDACT #tea ${msgid} :a mistake`, "PART #tea :bye");
  mina.says("PART #tea :spam");
  const lines = hana.hearsPlain().join("\n");
  for (const reason of ["a mistake", "bye", "spam"]) expect(lines).toContain(reason);
});

test("a filtered word is in no nick, real name, away message or value of a member", () => {
  const { jun, hana } = tea("MODE #tea +g spam");
  jun.says("NICK spam", "SETNAME :some spam", "AWAY :spam spam", "METADATA * SET status :spam");
  expect(jun.hearsPlain()).toEqual([
    ":tea.test 435 jun spam #tea :That nick has a word that is filtered in that room (+g)",
    ":tea.test FAIL SETNAME CANNOT_CHANGE_REALNAME :That real name has a word that is filtered in #tea (+g)",
    ":tea.test FAIL AWAY INVALID_PARAMS :Your away message has a word that is filtered in #tea (+g)",
    ":tea.test FAIL METADATA VALUE_INVALID :That value has a word that is filtered in #tea (+g)",
  ]);
  expect(spamOf(hana)).toEqual([]);
});

test("nobody joins with a name, away message or value that has a filtered word, but by invitation", () => {
  const { mina, jun, hana } = tea("MODE #tea +g spam");
  const refusal =
    ":tea.test 474 jun #tea :Your name, away message or metadata has a word that is filtered in that room (+g)";
  for (const [set, unset] of [
    ["AWAY :spam", "AWAY"],
    ["SETNAME :spam", "SETNAME :Jun"],
  ] as const) {
    jun.says("PART #tea", set).hears();
    expect(jun.says("JOIN #tea").hears()).toEqual([refusal]);
    jun.says(unset, "JOIN #tea").hears();
  }
  jun.says("PART #tea", "NICK spam").hears();
  expect(jun.says("JOIN #tea").hears()).toEqual([refusal.replace(" jun ", " spam ")]);
  hana.hears();
  mina.says("INVITE spam #tea");
  jun.says("JOIN #tea");
  expect(hana.hearsVerbs()).toEqual(["JOIN"]);
});

test("who may not talk in a room doesn't change their nick there", () => {
  const { jun, hana, mina } = tea("MODE #tea +b ~m:~a:jun");
  jun.says("NICK spam");
  expect(jun.hears()).toEqual([
    ":tea.test 435 jun spam #tea :You can't change your nick in a room where you may not talk (+b)",
  ]);
  expect(spamOf(hana)).toEqual([]);
  mina.says("MODE #tea +v jun");
  jun.says("NICK juno");
  expect(hana.hearsVerbs()).toContain("NICK");
});

test("who may not talk in a room changes no real name or value there, and is away without a text", () => {
  const { jun, hana } = tea("MODE #tea +b ~m:~a:jun");
  jun.says("SETNAME :spam", "METADATA * SET status :spam", "AWAY :spam");
  expect(jun.hearsPlain()).toEqual([
    ":tea.test FAIL SETNAME CANNOT_CHANGE_REALNAME :You can't change your real name while you may not talk in #tea (+b)",
    ":tea.test FAIL METADATA VALUE_INVALID :You can't change your value while you may not talk in #tea (+b)",
    ":tea.test 306 jun :You are marked as away",
  ]);
  expect(hana.hearsPlain()).toEqual([":jun!u@jun000000001.account AWAY :away"]);
  jun.says("PART #tea", "AWAY :spam", "JOIN #tea");
  expect(hana.hearsPlain().at(-1)).toBe(":jun!u@jun000000001.account AWAY :away");
});

test.each(["MODE #tea +g spam", "MODE #tea +b ~m:~a:jun"])(
  "after %s nothing that a client says while it connects is told in the room, and the nick stays",
  (mode) => {
    const { scene, jun, hana } = tea(mode);
    jun.vanishes();
    hana.hears();
    const caps = ["draft/metadata-2", "draft/pre-away", "batch"];
    const again = scene.connect();
    again.says("CAP LS 302", `CAP REQ :sasl ${caps.join(" ")}`, "NICK spam", "USER jun 0 * :spam");
    again.says("METADATA * SET status :spam", "AWAY :spam", "AUTHENTICATE PLAIN");
    again.says(`AUTHENTICATE ${btoa("jun\0jun\0jun-password")}`, "CAP END");
    expect(spamOf(hana)).toEqual([]);
    expect(again.says("WHOIS jun").hears().join("\n")).not.toMatch(/ 31[19] .*spam/);
    again.vanishes();
    const guest = scene.guest("spam");
    hana.hears();
    guest.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${btoa("jun\0jun\0jun-password")}`);
    expect(spamOf(hana)).toEqual([]);
    expect(guest.hears()).toContain(":spam!~spam@guest.test NICK jun");
  },
);

test("NickServ's REGAIN is no way around it", () => {
  const { scene, mina } = tea("MODE #tea +b ~m:~a:bora");
  const bora = scene.person("bora").says("NICK other", "JOIN #tea");
  mina.hears();
  bora.says("NS REGAIN bora");
  expect(mina.hears()).toEqual([]);
  expect(bora.hearsPlain().at(-1)).toContain("where you may not talk (+b): #tea");
});

test("nobody joins with a user name, account name or value that has a filtered word", () => {
  const { scene, jun, hana } = tea("MODE #tea +g spam");
  jun.says("PART #tea", "METADATA * SET status :spam", "JOIN #tea");
  const guest = scene.connect().says("NICK bora", "USER spam 0 * :Bora", "JOIN #tea");
  const account = scene.person("spam").says("NICK sun", "JOIN #tea");
  expect(hana.hearsVerbs()).toEqual(["PART"]);
  for (const actor of [jun, guest, account]) expect(actor.hearsVerbs()).toContain("474");
});

test("in an op-moderated room people without voice don't set the topic, which all read", () => {
  const { jun, hana } = tea("MODE #tea +U-t");
  jun.says("TOPIC #tea :spam");
  expect(jun.hearsPlain()).toEqual([
    ":tea.test 404 jun #tea :Only the ops read what you say in that room (+U)",
  ]);
  expect(spamOf(hana)).toEqual([]);
});

test("in slow mode the reason of a REDACT is a thing that was said", () => {
  const { mina, jun, hana, msgid } = tea("MODE #tea -t");
  jun.says("PRIVMSG #tea :another");
  const another = /msgid=(\w+)/.exec(hana.hears().join("\n"))?.[1];
  mina.says("MODE #tea +W 60");
  jun.says(`REDACT #tea ${another} :spam`, `REDACT #tea ${msgid} :spam`);
  expect(spamOf(hana)).toHaveLength(1);
});

test("while everybody is muted, each may still change their nick and real name", () => {
  const { jun, hana } = tea("MODE #tea +b ~m:*!*@*");
  jun.says("SETNAME :Juno", "NICK juno", "AWAY :back at five");
  expect(hana.hearsVerbs()).toEqual(["SETNAME", "NICK", "AWAY"]);
});
