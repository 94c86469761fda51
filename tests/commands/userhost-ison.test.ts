import { describe, expect, test } from "bun:test";
import { Scene } from "../scene.ts";

describe("ISON", () => {
  test("lists the connected nicks, in their own spelling", () => {
    const scene = new Scene();
    const mina = scene.guest("Mina");
    scene.guest("민수");
    mina.says("ISON mina :민수 nobody", "ISON nobody");
    expect(mina.hears()).toEqual([":tea.test 303 Mina :Mina 민수", ":tea.test 303 Mina :"]);
  });

  test("an account without a session is offline", () => {
    const scene = new Scene();
    const jun = scene.person("jun");
    jun.says("JOIN #tea");
    jun.vanishes();
    const mina = scene.guest("mina");
    mina.says("ISON jun");
    expect(mina.hears()).toEqual([":tea.test 303 mina :"]);
  });
});

describe("USERHOST", () => {
  test("returns up to five users, and whether they are away", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    for (const nick of ["a1", "a2", "a3", "a4"]) scene.guest(nick);
    mina.says("AWAY :tea");
    mina.hears();
    mina.says("USERHOST mina nobody a1 a2 a3 a4");
    expect(mina.hears()).toEqual([
      ":tea.test 302 mina :mina=-~mina@guest.test a1=+~a1@guest.test a2=+~a2@guest.test a3=+~a3@guest.test",
    ]);
  });
});

/** https://ircv3.net/specs/extensions/setname */
describe("SETNAME", () => {
  test("is sent to sessions with the capability, the user's own included", () => {
    const scene = new Scene();
    const mina = scene.guest("mina", "setname");
    const jun = scene.guest("jun", "setname");
    const sun = scene.guest("sun");
    for (const actor of [mina, jun, sun]) actor.says("JOIN #tea");
    for (const actor of [mina, jun, sun]) actor.hears();
    mina.says("SETNAME :김 미나");
    const line = ":mina!~mina@guest.test SETNAME :김 미나";
    expect(mina.hears()).toEqual([line]);
    expect(jun.hears()).toEqual([line]);
    expect(sun.hears()).toEqual([]);
    sun.says("SETNAME :Sunny", "WHOIS sun");
    expect(sun.hears()[0]).toBe(":tea.test 311 sun sun ~sun guest.test * Sunny");
  });

  test("an empty name or one that is too long is refused", () => {
    const mina = new Scene().guest("mina", "setname", "standard-replies");
    mina.says("SETNAME : ", `SETNAME :${"a".repeat(151)}`, `SETNAME :${"a".repeat(150)}`);
    expect(mina.hears()).toEqual([
      ":tea.test FAIL SETNAME INVALID_REALNAME :A real name has 1 to 150 bytes",
      ":tea.test FAIL SETNAME INVALID_REALNAME :A real name has 1 to 150 bytes",
      expect.stringContaining(" SETNAME :aaa"),
    ]);
  });
});
