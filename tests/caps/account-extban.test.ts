import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/account-extban */

test("ACCOUNTEXTBAN is announced, and EXTBAN as well", () => {
  const mina = new Scene().guest("mina").says("VERSION");
  const tokens = mina.hears().join(" ");
  expect(tokens).toContain(" EXTBAN=~,amt ");
  expect(tokens).toContain(" ACCOUNTEXTBAN=a ");
});

test("an account ban applies under any nick, and to no other user of that nick", () => {
  const scene = new Scene();
  const mina = scene.guest("mina").says("JOIN #tea", "MODE #tea +b ~a:jun");
  expect(mina.hears().at(-1)).toBe(":mina!~mina@guest.test MODE #tea +b ~a:jun");
  const jun = scene.person("jun").says("NICK other");
  jun.hears();
  expect(jun.says("JOIN #tea").hears()).toEqual([
    ":tea.test 474 other #tea :You are banned from that room (+b)",
  ]);
  // Jun's own name is nobody else's; a guest of the nick that Jun had is not Jun.
  jun.says("NICK third");
  expect(scene.guest("other").says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
});

test("an account is matched whole, ignoring case", () => {
  const scene = new Scene();
  scene.guest("mina").says("JOIN #tea", "MODE #tea +b ~a:JUN");
  expect(scene.person("jun").says("JOIN #tea").hearsVerbs()).toEqual(["474"]);
  expect(scene.person("june").says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
});

test("exceptions (+e, +I) by account override a ban or +i", () => {
  const scene = new Scene();
  scene.signUp("jun");
  const mina = scene.guest("mina").says("JOIN #tea", "MODE #tea +bei *!*@* ~a:jun");
  mina.says("MODE #tea +I ~a:jun");
  expect(scene.person("jun").says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
  expect(scene.person("sora").says("JOIN #tea").hearsVerbs()).toEqual(["474"]);
});

test("account bans may be masks, which the specification allows", () => {
  const scene = new Scene();
  scene.guest("mina").says("JOIN #tea", "MODE #tea +b ~a:j*");
  expect(scene.person("jun").says("JOIN #tea").hearsVerbs()).toEqual(["474"]);
  expect(scene.person("sora").says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
});

test("a guest whose nick equals an account's name doesn't match the account's mask", () => {
  const scene = new Scene();
  scene.guest("mina").says("JOIN #tea", "MODE #tea +bb ~a:* ~a:0");
  expect(scene.guest("jun").says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
});
