import { expect, test } from "bun:test";
import { PREFERENCE_VALUE_BYTES_MAX, PREFERENCES_MAX } from "../../lib/chat-server/limits.ts";
import { accountId } from "../account-ids.ts";
import { type Actor, Scene } from "../scene.ts";

/** PREFERENCE: what an account has set for itself. */

const CAP = "sodam.chat/preferences";

const preferences = (actor: Actor): string[] =>
  actor.hears().filter((line) => line.includes(" PREFERENCE "));

test("a preference is sent to all of the account's sessions, and to nobody else", () => {
  const scene = new Scene();
  const [phone, laptop] = [scene.person("mina", CAP), scene.person("mina", CAP)];
  const [old, jun] = [scene.person("mina"), scene.person("jun", CAP)];
  for (const actor of [phone, jun]) actor.says("JOIN #tea");
  for (const actor of [phone, laptop, old, jun]) actor.hears();
  phone.says("PREFERENCE #TEA level :nothing", "PREFERENCE * highlight :배포,deploy");
  const told = [
    ":tea.test PREFERENCE #tea level nothing",
    ":tea.test PREFERENCE * highlight 배포,deploy",
  ];
  expect(preferences(phone)).toEqual(told);
  expect(preferences(laptop)).toEqual(told);
  expect([...old.hears(), ...jun.hears()]).toEqual([]);
  laptop.says("PREFERENCE #tea level");
  expect(preferences(phone)).toEqual([":tea.test PREFERENCE #tea level :"]);
});

test("a session that connects gets the block list and all of them: a room's behind its JOIN, the others first", () => {
  const scene = new Scene();
  const mina = scene.person("mina", CAP);
  scene.person("jun").says("PRIVMSG mina :hello");
  mina.says("JOIN #tea", "PREFERENCE #tea level all", "PREFERENCE jun level nothing");
  mina.says("PREFERENCE * spare :spoilers ahead", "SILENCE +jun");
  for (const again of [scene, scene.restart()]) {
    const lines = again.connect().logsIn("mina", [CAP]).hears();
    expect(lines.filter((line) => / JOIN | PREFERENCE | SILENCE /.test(line))).toEqual([
      expect.stringContaining(" SILENCE +~a:jun"),
      ":tea.test PREFERENCE jun level nothing",
      ":tea.test PREFERENCE * spare :spoilers ahead",
      expect.stringContaining(" JOIN #tea"),
      ":tea.test PREFERENCE #tea level all",
    ]);
  }
});

test("a room's preferences follow it to another name, and end with it", () => {
  const scene = new Scene();
  const mina = scene.person("mina", CAP, "draft/channel-rename");
  mina.says("JOIN #tea", "PREFERENCE #tea level nothing", "RENAME #tea #coffee");
  const later = scene.connect().logsIn("mina", [CAP]);
  expect(preferences(later)).toEqual([":tea.test PREFERENCE #coffee level nothing"]);
  mina.says("PART #coffee");
  scene.passes(86_400_000);
  expect(preferences(scene.connect().logsIn("mina", [CAP]))).toEqual([]);
  expect(preferences(scene.restart().connect().logsIn("mina", [CAP]))).toEqual([]);
});

test("guests, strangers to a room, and wrong keys and values are refused in sentences", () => {
  const scene = new Scene();
  const mina = scene.person("mina", CAP, "standard-replies");
  scene.person("jun").says("JOIN #tea");
  mina.hears();
  mina.says("PREFERENCE #tea level all", "PREFERENCE nobody level all", "PREFERENCE * Level all");
  mina.says(`PREFERENCE * draft :${"a".repeat(PREFERENCE_VALUE_BYTES_MAX + 1)}`);
  mina.says("PREFERENCE * unset");
  expect(mina.hears().map((line) => line.replace(/ :.*$/, ""))).toEqual([
    ":tea.test FAIL PREFERENCE INVALID_TARGET #tea",
    ":tea.test FAIL PREFERENCE INVALID_TARGET nobody",
    ":tea.test FAIL PREFERENCE INVALID_KEY Level",
    ":tea.test FAIL PREFERENCE INVALID_VALUE draft",
    ":tea.test PREFERENCE * unset",
  ]);
  const guest = scene.guest("sora", CAP, "standard-replies");
  guest.says("PREFERENCE * level all");
  expect(guest.hears().at(-1)).toContain("FAIL PREFERENCE ACCOUNT_REQUIRED");
});

test("an account has a limited number of them", () => {
  const scene = new Scene();
  const mina = scene.person("mina", CAP, "standard-replies");
  for (let n = 0; n < PREFERENCES_MAX; n += 1) mina.says(`PREFERENCE * key${n} :${n}`);
  scene.passes(60_000);
  mina.hears();
  mina.says("PREFERENCE * one-more :1", "PREFERENCE * key1 :changed", "PREFERENCE * key2");
  mina.says("PREFERENCE * one-more :1");
  expect(mina.hears().map((line) => line.replace(/ :.*$/, ""))).toEqual([
    `:tea.test FAIL PREFERENCE LIMIT_REACHED ${PREFERENCES_MAX}`,
    ":tea.test PREFERENCE * key1 changed",
    ":tea.test PREFERENCE * key2",
    ":tea.test PREFERENCE * one-more 1",
  ]);
});

test("what the disk refuses is not set", () => {
  const scene = new Scene();
  const mina = scene.person("mina", CAP, "standard-replies");
  mina.hears();
  scene.diskFull = true;
  mina.says("PREFERENCE * level all");
  expect(mina.hears().at(-1)).toContain("FAIL PREFERENCE TEMPORARILY_UNAVAILABLE level");
  scene.diskFull = false;
  expect(preferences(scene.connect().logsIn("mina", [CAP]))).toEqual([]);
});

test("they are in one's own data, and are gone with the account", () => {
  const scene = new Scene();
  const caps = [CAP, "sodam.chat/account", "standard-replies"];
  const mina = scene.person("mina", ...caps);
  mina.says("JOIN #tea", "PREFERENCE #tea draft :half a sentence");
  mina.hears();
  mina.says("ACCOUNT DATA");
  expect(mina.hears()).toContain(
    ":tea.test NOTE ACCOUNT DATA PREFERENCE #tea draft :half a sentence",
  );
  mina.says("ACCOUNT CONFIRM mina-password", "ACCOUNT DELETE");
  scene.settle();
  const { people } = scene.server.snapshot();
  expect(JSON.stringify([...people])).not.toContain("half a sentence");
  expect(scene.people.at(-1)).toEqual({ kind: "forgotten", account: accountId("mina") });
});
