import { expect, test } from "bun:test";
import {
  PREFERENCE_KEY_BYTES_MAX,
  PREFERENCE_VALUE_BYTES_MAX,
  PREFERENCES_MAX,
} from "../../lib/chat-server/limits.ts";
import { LINE_BYTES_MAX } from "../../lib/protocol/wire/wire-limits.ts";
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

test("those of rooms that one has left make place for new ones, and are in one's own data until then", () => {
  const scene = new Scene();
  const mina = scene.person("mina", CAP, "standard-replies", "sodam.chat/account");
  const jun = scene.person("jun").says("JOIN #tea", "JOIN #den", "MODE #den +s");
  mina.says("JOIN #tea", "JOIN #den", "PREFERENCE #tea draft :half a sentence");
  mina.says("PREFERENCE #den level all", "PART #tea", "PART #den");
  mina.hears();
  mina.says("ACCOUNT DATA");
  expect(mina.hears().filter((line) => line.includes("DATA PREFERENCE"))).toEqual([
    ":tea.test NOTE ACCOUNT DATA PREFERENCE #tea draft :half a sentence",
    ":tea.test NOTE ACCOUNT DATA PREFERENCE * level all",
  ]);
  for (let n = 0; n < PREFERENCES_MAX; n += 1) mina.says(`PREFERENCE * key${n} :${n}`);
  expect(mina.hears().at(-1)).toBe(
    `:tea.test PREFERENCE * key${PREFERENCES_MAX - 1} ${PREFERENCES_MAX - 1}`,
  );
  for (const again of [scene, scene.restart()]) {
    const back = again.connect().logsIn("mina", [CAP]).says("JOIN #tea");
    expect(preferences(back).filter((line) => line.includes("#tea"))).toEqual([]);
  }
  expect(jun.hears()).not.toContain("half a sentence");
});

test("a value that is set already is only answered, and stored once", () => {
  const scene = new Scene();
  const phone = scene.person("mina", CAP);
  const laptop = scene.person("mina", CAP);
  phone.says("JOIN #tea");
  for (const actor of [phone, laptop]) actor.hears();
  const stored = (): number => JSON.stringify(scene.people).split('"preference"').length - 1;
  phone.says("PREFERENCE #tea level all", "PREFERENCE #TEA level all", "PREFERENCE #TEA none");
  expect(preferences(phone)).toEqual([
    ":tea.test PREFERENCE #tea level all",
    ":tea.test PREFERENCE #tea level all",
    ":tea.test PREFERENCE #tea none :",
  ]);
  expect(preferences(laptop)).toEqual([":tea.test PREFERENCE #tea level all"]);
  expect(stored()).toBe(1);
});

test("the longest names fit in every line, and a refusal of a longer one says why", () => {
  const scene = new Scene();
  const mina = scene.person("mina", CAP, "standard-replies", "sodam.chat/account");
  const room = `#${"가".repeat(21)}`;
  const value = "나".repeat(PREFERENCE_VALUE_BYTES_MAX / 3);
  const key = "k".repeat(PREFERENCE_KEY_BYTES_MAX);
  mina.says(`JOIN ${room}`);
  mina.hears();
  mina.says(`PREFERENCE ${room} ${key} :${value}`, "ACCOUNT DATA");
  const lines = mina.hears().filter((line) => line.includes(" PREFERENCE "));
  expect(lines).toEqual([
    `:tea.test PREFERENCE ${room} ${key} ${value}`,
    `:tea.test NOTE ACCOUNT DATA PREFERENCE ${room} ${key} ${value}`,
  ]);
  // A server's name has up to 63 bytes.
  const longest =
    Math.max(...lines.map((line) => Buffer.byteLength(line))) - "tea.test".length + 63;
  expect(longest + " :".length).toBeLessThanOrEqual(LINE_BYTES_MAX);
  mina.says(`PREFERENCE * ${"K".repeat(470)} :x`, `PREFERENCE ${"n".repeat(470)} key :x`);
  expect(mina.hears()).toEqual([
    ":tea.test FAIL PREFERENCE INVALID_KEY * :A key can have a to z, 0 to 9 and _ . / -",
    ":tea.test FAIL PREFERENCE INVALID_TARGET * :There is no such conversation of yours",
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
