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
    ":tea.test FAIL METADATA VALUE_INVALID :The value has a word that is filtered in #tea (+g)",
  ]);
  expect(spamOf(hana)).toEqual([]);
});

test("nobody joins with a nick, real name or away message that has a filtered word, but by invitation", () => {
  const { mina, jun, hana } = tea("MODE #tea +g spam");
  const refusal =
    ":tea.test 474 jun #tea :Your nick, real name or away message has a word that is filtered in that room (+g)";
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
