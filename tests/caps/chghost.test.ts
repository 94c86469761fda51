import { expect, test } from "bun:test";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { passwordOf, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/chghost */

test("logging in is the only change of host: the session gets CHGHOST with the capability, and nothing without", () => {
  for (const caps of [["chghost"], []]) {
    const scene = new Scene();
    scene.signUp("mina");
    const mina = scene.guest("minsu", ...caps).says("AUTHENTICATE PLAIN");
    mina.says(`AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
    const heard = mina.hears().filter((line) => line.includes("CHGHOST"));
    expect(heard).toEqual(
      caps.length === 0 ? [] : [":minsu!~minsu@guest.test CHGHOST u mina00000001.account"],
    );
  }
});

test("other members see the guest quit and the account join: a host never changes inside a room", () => {
  const scene = new Scene();
  scene.signUp("mina");
  const jun = scene.guest("jun", "chghost").says("JOIN #tea");
  const mina = scene.guest("minsu").says("JOIN #tea");
  jun.hears();
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
  expect(jun.hears()).toEqual([":minsu!~minsu@guest.test QUIT :Logged in"]);
});

test("the ~ of the user name is part of CHGHOST", () => {
  const scene = new Scene();
  scene.signUp("mina");
  const mina = scene.guest("minsu", "chghost").says("AUTHENTICATE PLAIN");
  mina.says(`AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
  const line = mina.hears().find((one) => one.includes(" CHGHOST "));
  // From an unverified user name, with its ~, to that of all accounts, without ~.
  expect(line).toBe(":minsu!~minsu@guest.test CHGHOST u mina00000001.account");
});

test("members of the account's rooms see one host, with and without the capability", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea").vanishes();
  for (const [nick, caps] of [
    ["minsu", ["chghost"]],
    ["minho", []],
  ] as const) {
    const jun = scene.guest("jun", ...caps).says("JOIN #tea");
    const mina = scene.guest(nick).says("JOIN #milk", "AUTHENTICATE PLAIN");
    jun.hears();
    mina.says(`AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`, "PRIVMSG #tea :hi");
    const sources = jun.hears().map((line) => line.split(" ")[0]?.replace(/^:.*@/, "") ?? "");
    expect(new Set(sources)).toEqual(new Set(["mina00000001.account"]));
    for (const one of [mina, jun]) one.vanishes();
  }
});

test("other members of a guest's rooms see the guest quit: the fallback, also with the capability", () => {
  // The text wants CHGHOST for those who share a room, and QUIT, JOIN and MODE for those without the
  // capability. Nobody shares a room with both: a log-in leaves the guest's rooms, and enters the account's.
  const scene = new Scene();
  scene.signUp("mina");
  const jun = scene.guest("jun", "chghost").says("JOIN #tea");
  const sora = scene.guest("sora").says("JOIN #tea");
  const mina = scene.guest("minsu").says("JOIN #tea", "AUTHENTICATE PLAIN");
  for (const one of [jun, sora]) one.hears();
  mina.says(`AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`, "JOIN #tea");
  const lines = [
    ":minsu!~minsu@guest.test QUIT :Logged in",
    ":minsu!u@mina00000001.account JOIN #tea",
  ];
  expect([jun.hears(), sora.hears()]).toEqual([lines, lines]);
});
