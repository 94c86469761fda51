import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/**
 * https://github.com/ircv3/ircv3-specifications/pull/613, where it is other than the second text of metadata:
 * metadata.test.ts has the rest.
 */

const METADATA = ["draft/metadata-3", "batch"];
const NOTHING = "There is nothing under that key";

function teahouse() {
  const scene = new Scene();
  const mina = scene.person("mina", ...METADATA).says("JOIN #tea");
  const jun = scene.person("jun", ...METADATA).says("JOIN #tea", "METADATA * SUB url");
  for (const one of [mina, jun]) one.hears();
  return { scene, mina, jun };
}

test("the capability's value has its limits, also of a key's length", () => {
  const offered = new Scene().connect().says("CAP LS 302").hears().join(" ");
  expect(offered).toMatch(
    /[ :]draft\/metadata-3=before-connect,max-subs=50,max-keys=20,max-value-bytes=280,max-key-bytes=40 /,
  );
});

test("no session has both versions at once", () => {
  const mina = new Scene().connect();
  mina.says("CAP REQ :draft/metadata-2 draft/metadata-3", "CAP REQ draft/metadata-2");
  mina.says("CAP REQ draft/metadata-3", "CAP REQ :-draft/metadata-2 draft/metadata-3");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * NAK :draft/metadata-2 draft/metadata-3",
    ":tea.test CAP * ACK :draft/metadata-2",
    ":tea.test CAP * NAK :draft/metadata-3",
    ":tea.test CAP * ACK :-draft/metadata-2 draft/metadata-3",
  ]);
});

test("subscribers get changes by numeric, and by METADATA with draft/metadata-2", () => {
  const { scene, mina, jun } = teahouse();
  const sora = scene.guest("sora", "draft/metadata-2", "batch");
  sora.says("JOIN #tea", "METADATA * SUB url").hears();
  jun.hears();
  mina.says("METADATA * SET url :a b", "METADATA #tea SET url 1", "METADATA * SET url");
  expect(jun.hears()).toEqual([
    ":tea.test 761 jun mina url * :a b",
    ":tea.test 761 jun #tea url * 1",
    `:tea.test 766 jun mina url :${NOTHING}`,
  ]);
  expect(sora.hears()).toEqual([
    ":mina!u@mina00000001.account METADATA mina url * :a b",
    ":mina!u@mina00000001.account METADATA #tea url * 1",
    ":mina!u@mina00000001.account METADATA mina url *",
  ]);
});

test("an empty value removes the key, and removing a missing key is no error", () => {
  const { mina } = teahouse();
  mina.says("METADATA * SET url 1", "METADATA * SET url :", "METADATA * SET url");
  expect(mina.hears()).toEqual([
    ":tea.test 761 mina mina url * 1",
    `:tea.test 766 mina mina url :${NOTHING}`,
    `:tea.test 766 mina mina url :${NOTHING}`,
  ]);
});

test("CLEAR reports each removed key", () => {
  const { mina, jun } = teahouse();
  mina.says("METADATA * SET url 1", "METADATA * SET note 2");
  for (const one of [mina, jun]) one.hears();
  mina.says("METADATA * CLEAR");
  expect(mina.hears()).toEqual([
    ":tea.test BATCH +3 metadata mina",
    `@batch=3 :tea.test 766 mina mina url :${NOTHING}`,
    `@batch=3 :tea.test 766 mina mina note :${NOTHING}`,
    ":tea.test BATCH -3",
  ]);
  expect(jun.hears()).toEqual([`:tea.test 766 jun mina url :${NOTHING}`]);
});

test("errors have the codes of this version; one bad key of several is a WARN", () => {
  const { mina, jun } = teahouse();
  jun.says("METADATA", "METADATA * GET", "METADATA * SNEEZE", "METADATA * : hi!");
  jun.says("METADATA * SET URL 1", `METADATA * SET url ${"x".repeat(281)}`);
  jun.says("METADATA #tea SET url 1", "METADATA nobody LIST", "METADATA * UNSUB URL");
  expect(jun.hears()).toEqual([
    ":tea.test FAIL METADATA INVALID_PARAMS * :Give a target and a subcommand",
    ":tea.test FAIL METADATA INVALID_PARAMS GET :GET needs a key",
    ":tea.test FAIL METADATA INVALID_PARAMS SNEEZE :Unknown subcommand",
    ":tea.test FAIL METADATA INVALID_PARAMS * :Unknown subcommand",
    ":tea.test FAIL METADATA INVALID_KEY URL :A key can have a to z, 0 to 9 and _ . / -",
    ":tea.test FAIL METADATA INVALID_VALUE url :A value can have at most 280 bytes",
    ":tea.test FAIL METADATA KEY_NO_PERMISSION #tea url :You can't change that",
    ":tea.test FAIL METADATA INVALID_TARGET nobody :There is no such room or person",
    ":tea.test WARN METADATA INVALID_KEY URL :A key can have a to z, 0 to 9 and _ . / -",
  ]);
  mina.says("METADATA * GET URL url");
  expect(mina.hears()).toEqual([
    ":tea.test BATCH +3 metadata mina",
    "@batch=3 :tea.test WARN METADATA INVALID_KEY URL :A key can have a to z, 0 to 9 and _ . / -",
    `@batch=3 :tea.test 766 mina mina url :${NOTHING}`,
    ":tea.test BATCH -3",
  ]);
});

test("errors about limits contain the limit", () => {
  const { mina } = teahouse();
  for (let i = 0; i < 20; i += 1) mina.says(`METADATA * SET k${i} 1`);
  for (let i = 0; i < 50; i += 1) mina.says(`METADATA * SUB k${i}`);
  mina.hears();
  mina.says("METADATA * SET url 1", "METADATA * SUB url note");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL METADATA LIMIT_REACHED mina 20 :There are 20 keys already",
    ":tea.test FAIL METADATA LIMIT_REACHED url 50 :You can subscribe to at most 50 keys",
  ]);
});

test("SUB is answered with sync-later, and SYNC *ALL sends every subscribed value", () => {
  const { scene, mina, jun } = teahouse();
  const sora = scene.person("sora").says("METADATA * SET note far");
  mina.says("METADATA * SET note near", "METADATA #tea SET note here");
  for (const one of [mina, jun, sora]) one.hears();
  jun.says("MONITOR + sora", "METADATA * SUB note", "METADATA * SUB note");
  expect(jun.hears().slice(-3)).toEqual([
    ":tea.test 770 jun note",
    ":tea.test 774 jun *ALL 0 :Ask for it by SYNC",
    ":tea.test 770 jun note",
  ]);
  jun.says("METADATA *ALL SYNC");
  expect(jun.hears().map((line) => line.replace(/^@batch=\w+ /, ""))).toEqual([
    ":tea.test BATCH +4 metadata *ALL",
    ":tea.test 761 jun #tea note * here",
    ":tea.test 761 jun mina note * near",
    ":tea.test 761 jun sora note * far",
    ":tea.test BATCH -4",
  ]);
});

test("JOIN and 730 are followed by a batch, even an empty one", () => {
  const { scene, mina, jun } = teahouse();
  mina.says("METADATA * SET url 1");
  scene.person("sora");
  jun.says("PART #tea").hears();
  jun.says("JOIN #tea", "MONITOR + sora");
  const heard = jun.hears().filter((line) => / (?:BATCH|761|730) /.test(line));
  expect(heard).toEqual([
    ":tea.test BATCH +3 metadata #tea",
    "@batch=3 :tea.test 761 jun mina url * 1",
    ":tea.test BATCH -3",
    ":tea.test 730 jun sora!u@sora00000001.account",
    ":tea.test BATCH +4 metadata sora",
    ":tea.test BATCH -4",
  ]);
});

test("for a large room the client is asked to SYNC later, after JOIN and in SYNC *ALL", () => {
  const scene = new Scene();
  const jun = scene.person("jun", ...METADATA).says("METADATA * SUB url", "JOIN #crowd");
  for (let i = 0; i < 500; i += 1) scene.guest(`a${i}`).says("JOIN #crowd");
  const mina = scene.person("mina", ...METADATA).says("JOIN #crowd");
  expect(mina.hears()).toContain(":tea.test 774 mina #crowd 1 :Ask for it by SYNC");
  jun.hears();
  jun.says("METADATA *ALL SYNC");
  expect(jun.hears().slice(-2)).toEqual([
    expect.stringMatching(/^:tea.test BATCH -/),
    ":tea.test 774 jun #crowd 1 :Ask for it by SYNC",
  ]);
});

test("the user's own metadata is sent before the message of the day, by numeric", () => {
  const { scene, mina } = teahouse();
  mina.says("METADATA * SET url 1");
  const again = scene.connect().logsIn("mina", METADATA);
  const heard = again.hears();
  expect(heard.filter((line) => line.includes(" 761 "))).toEqual([
    "@batch=1 :tea.test 761 mina mina url * 1",
  ]);
  const at = heard.findIndex((line) => line.includes(" 761 "));
  expect(at).toBeLessThan(heard.findIndex((line) => line.includes(" 376 ")));
});

test("WHOIS has the metadata, for sessions with either version", () => {
  const { scene, mina, jun } = teahouse();
  const sora = scene.guest("sora", "draft/metadata-2", "batch");
  const bora = scene.guest("bora");
  mina.says("METADATA * SET note :a b");
  for (const one of [jun, sora]) {
    one.hears();
    one.says("WHOIS mina");
    const nick = one.session.nickOrStar;
    expect(one.hears()).toContain(`:tea.test 760 ${nick} mina note * :a b`);
  }
  bora.says("WHOIS mina");
  expect(bora.hears().join("\n")).not.toContain(" 760 ");
});

test("subscriptions end with the capability, or with batch", () => {
  for (const cap of METADATA) {
    const { jun } = teahouse();
    jun.says(`CAP REQ -${cap}`, `CAP REQ ${cap}`).hears();
    jun.says("METADATA * SUBS");
    expect(jun.hearsVerbs()).toEqual(["BATCH", "BATCH"]);
  }
});
