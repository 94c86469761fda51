import { expect, test } from "bun:test";
import { restore } from "../../lib/chat-server/snapshot/restore.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { passwordOf, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/setname */

test("SETNAME is sent to the user and members of shared rooms, only with the capability", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", "setname").says("JOIN #tea");
  const jun = scene.guest("jun", "setname").says("JOIN #tea");
  const sora = scene.guest("sora").says("JOIN #tea");
  for (const one of [mina, jun, sora]) one.hears();
  mina.says("SETNAME :김 미나");
  expect(mina.hears()).toEqual([":mina!~mina@guest.test SETNAME :김 미나"]);
  expect(jun.hears()).toEqual([":mina!~mina@guest.test SETNAME :김 미나"]);
  expect(sora.hears()).toEqual([]);
  sora.says("SETNAME :Sora");
  expect(sora.hears()).toEqual([]);
  expect(jun.hears()).toEqual([":sora!~sora@guest.test SETNAME :Sora"]);
});

test("the greatest length is announced; a longer or an empty name is refused", () => {
  const mina = new Scene().connect().introduces("mina");
  expect(mina.hears().some((line) => line.includes(" NAMELEN=150 "))).toBe(true);
  mina.says(
    "SETNAME :",
    `SETNAME :${"x".repeat(151)}`,
    `SETNAME :${"x".repeat(150)}`,
    "WHOIS mina",
  );
  expect(mina.hears().slice(0, 3)).toEqual([
    ":tea.test FAIL SETNAME INVALID_REALNAME :A real name has 1 to 150 bytes",
    ":tea.test FAIL SETNAME INVALID_REALNAME :A real name has 1 to 150 bytes",
    ":tea.test 311 mina mina ~mina guest.test * xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  ]);
});

// CANNOT_CHANGE_REALNAME is for reasons other than the name: there is none here, and what comes too fast waits.
test("a missing or empty name is FAIL INVALID_REALNAME, and not 461", () => {
  // 461 would be the base protocol's word for a missing name: the text says FAIL, whatever it was that failed.
  const mina = new Scene().guest("mina").says("SETNAME", "SETNAME :", "SETNAME :  ");
  expect(mina.hears()).toEqual(
    Array(3).fill(":tea.test FAIL SETNAME INVALID_REALNAME :A real name has 1 to 150 bytes"),
  );
});

test("a refused name changes nothing and isn't relayed", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", "setname").says("JOIN #tea");
  const jun = scene.guest("jun", "setname").says("JOIN #tea");
  for (const one of [mina, jun]) one.hears();
  mina.says(`SETNAME :${"x".repeat(151)}`);
  expect(mina.hearsVerbs()).toEqual(["FAIL"]);
  expect(jun.says("WHOIS mina").hears()[0]).toBe(":tea.test 311 jun mina ~mina guest.test * mina");
});

test("users in two shared rooms get it once, and other users don't", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", "setname").says("JOIN #tea,#milk");
  const jun = scene.guest("jun", "setname").says("JOIN #tea,#milk");
  const sora = scene.guest("sora", "setname").says("JOIN #coffee");
  for (const one of [mina, jun, sora]) one.hears();
  mina.says("SETNAME Mina");
  expect(jun.hears()).toEqual([":mina!~mina@guest.test SETNAME :Mina"]);
  expect(sora.hears()).toEqual([]);
});

test("without a chosen real name it is the user's nick, and not the nick that the client tried first", () => {
  const scene = new Scene();
  scene.person("mina").vanishes();
  const jun = scene.guest("jun");
  const device = scene.connect().says("NICK guest", "USER guest 0 * :guest", "AUTHENTICATE PLAIN");
  device.says(`AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`, "NICK mina");
  expect(jun.says("WHOIS mina").hears()[0]).toEndWith(" mina u mina00000001.account * mina");
  expect(jun.says("WHOIS jun").hears()[0]).toEndWith(" * jun");
});

test("the real name of USER changes with the client's settings, while no other session is connected", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "extended-join").says("JOIN #tea");
  const arrives = (realname: string) => {
    const device = scene.connect().says("AUTHENTICATE PLAIN");
    device.says(`AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
    return device.says("NICK mina", `USER mina 0 * :${realname}`);
  };
  scene.signUp("mina");
  arrives("at work").vanishes();
  const home = arrives("at home");
  arrives("in the train").vanishes();
  jun.hears();
  home.says("JOIN #tea");
  expect(jun.hears()).toContain(":mina!u@mina00000001.account JOIN #tea mina :at home");
  home.says("SETNAME :김 미나").vanishes();
  arrives("at work").vanishes();
  const whois = () => jun.says("WHOIS mina").hears()[0];
  expect(whois()).toEndWith(" * :김 미나");
});

test("a restart changes nothing about which names were chosen", () => {
  const before = new Scene();
  const arrives = (scene: Scene, name: string, realname: string) => {
    const device = scene.connect().says("AUTHENTICATE PLAIN");
    device.says(`AUTHENTICATE ${encodePlain(name, passwordOf(name))[0]}`);
    return device.says(`NICK ${name}`, `USER ${name} 0 * :${realname}`);
  };
  for (const name of ["mina", "jun"]) before.signUp(name);
  arrives(before, "mina", "at work");
  arrives(before, "jun", "at work").says("SETNAME jun");
  const scene = before.restart();
  const sora = scene.guest("sora");
  const whois = (name: string) => sora.says(`WHOIS ${name}`).hears()[0];
  expect(whois("mina")).toEndWith(" * :at work");
  arrives(scene, "mina", "at home");
  arrives(scene, "jun", "at home");
  expect(whois("mina")).toEndWith(" * :at home");
  expect(whois("jun")).toEndWith(" * jun");
});

test("a name stored by an earlier version, without whether it was chosen, stays", () => {
  const before = new Scene();
  before.person("mina").says("SETNAME :김 미나");
  const snapshot = before.server.snapshot();
  const people = snapshot.people.map(({ choseRealname, ...person }) => person);
  const scene = new Scene();
  scene.signUp("mina");
  const old = { snapshot: { ...snapshot, people }, later: [], people: [], recent: new Map() };
  restore(scene.server.state, old);
  scene.person("mina");
  expect(scene.guest("jun").says("WHOIS mina").hears()[0]).toEndWith(" * :김 미나");
});

test("a chosen name stays, whatever USER of a further session says", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea").vanishes();
  const jun = scene.guest("jun", "setname").says("JOIN #tea");
  jun.hears();
  const arrives = (realname: string) => {
    const device = scene.connect().says("AUTHENTICATE PLAIN");
    device.says(`AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
    return device.says("NICK mina", `USER mina 0 * :${realname}`);
  };
  arrives("Mina K.");
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account SETNAME :Mina K."]);
  arrives("someone else").says("SETNAME :김 미나");
  arrives("someone else");
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account SETNAME :김 미나"]);
});
