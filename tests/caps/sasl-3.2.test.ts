import { describe, expect, test } from "bun:test";
import { SESSIONS_PER_USER_MAX } from "../../lib/chat-server/limits.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { accountId } from "../account-ids.ts";
import { type Actor, passwordOf, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/sasl-3.2 */

test("LS 302 lists the mechanisms, and LS without a version only sasl", () => {
  const scene = new Scene();
  expect(scene.connect().says("CAP LS 302").hears()[0]).toContain(" :sasl=PLAIN,EXTERNAL ");
  expect(scene.connect().says("CAP LS").hears()[0]).toContain(" :sasl message-tags ");
});

test("a registered guest may log in, and becomes a session of the account", () => {
  const scene = new Scene();
  const yuna = scene.guest("yuna", "account-notify");
  const phone = scene.person("mina").says("JOIN #tea");
  yuna.says("JOIN #tea,#garden");
  const mina = scene.guest("jun", "account-notify", "chghost").says("JOIN #garden");
  for (const one of [yuna, phone, mina]) one.hears();
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
  expect(mina.hears()).toEqual([
    "AUTHENTICATE +",
    ":tea.test 900 jun jun!~jun@guest.test mina :You are now logged in as mina",
    ":tea.test 903 jun :You are logged in",
    ":jun!~jun@guest.test PART #garden :Logged in",
    ":jun!~jun@guest.test NICK mina",
    ":mina!~jun@guest.test CHGHOST u mina00000001.account",
    ":mina!u@mina00000001.account ACCOUNT mina",
    ":mina!u@mina00000001.account JOIN #tea",
    ":tea.test 353 mina = #tea :~mina yuna",
    ":tea.test 366 mina #tea :End of the list",
  ]);
  expect(yuna.hears()).toEqual([":jun!~jun@guest.test QUIT :Logged in"]);
  expect(phone.hears()).toEqual([]);
});

test("a guest keeps the nick if the account has no other session, and the account's rooms get NICK", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea").vanishes();
  const yuna = scene.guest("yuna", "away-notify").says("JOIN #tea");
  const mina = scene.guest("minsu");
  yuna.hears();
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
  expect(mina.hears()).toEqual([
    "AUTHENTICATE +",
    ":tea.test 900 minsu minsu!~minsu@guest.test mina :You are now logged in as mina",
    ":tea.test 903 minsu :You are logged in",
    ":minsu!u@mina00000001.account JOIN #tea",
    ":tea.test 353 minsu = #tea :~minsu yuna",
    ":tea.test 366 minsu #tea :End of the list",
  ]);
  expect(yuna.hears()).toEqual([
    ":mina!u@mina00000001.account NICK minsu",
    ":minsu!u@mina00000001.account AWAY",
  ]);
});

/** A name and a password, as the argument of AUTHENTICATE. */
function proof(name: string, password = passwordOf(name)): string {
  return encodePlain(name, password)[0] ?? "";
}

describe("logging in again", () => {
  /** Mina, registered with her account, who has just logged in as `name`. */
  function again(scene: Scene, name: string, ...caps: string[]): Actor {
    const mina = scene.person("mina", ...caps);
    return mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${proof(name)}`);
  }

  test("to the same account has the same replies, and changes nothing", () => {
    const scene = new Scene();
    const jun = scene.guest("jun", "account-notify", "away-notify").says("JOIN #tea");
    scene.person("mina").says("JOIN #tea").vanishes();
    jun.hears();
    const mina = again(scene, "mina", "account-notify", "chghost");
    expect(mina.hears().slice(-3)).toEqual([
      "AUTHENTICATE +",
      ":tea.test 900 mina mina!u@mina00000001.account mina :You are now logged in as mina",
      ":tea.test 903 mina :You are logged in",
    ]);
    expect(jun.hears()).toEqual([":mina!u@mina00000001.account AWAY"]);
  });

  test("to another account makes the connection a session of that account", () => {
    const scene = new Scene();
    scene.person("sora").says("JOIN #milk").vanishes();
    const caps = ["account-notify", "chghost", "account-tag"];
    const jun = scene.guest("jun", "account-notify", "chghost", "away-notify");
    jun.says("JOIN #tea,#milk");
    const mina = scene.person("mina", ...caps).says("JOIN #tea");
    for (const one of [jun, mina]) one.hears();
    mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${proof("sora")}`);
    expect(mina.hears()).toEqual([
      "AUTHENTICATE +",
      ":tea.test 900 mina mina!u@mina00000001.account sora :You are now logged in as sora",
      ":tea.test 903 mina :You are logged in",
      "@account=mina :mina!u@mina00000001.account PART #tea :Logged in",
      "@account=mina :mina!u@mina00000001.account NICK sora",
      "@account=mina :sora!u@mina00000001.account CHGHOST u sora00000001.account",
      "@account=mina :sora!u@sora00000001.account ACCOUNT sora",
      "@account=sora :sora!u@sora00000001.account JOIN #milk",
      ":tea.test 353 sora = #milk :~sora jun",
      ":tea.test 366 sora #milk :End of the list",
    ]);
    // Mina has no device here any more, and stays a member; Sora is back.
    expect(jun.hears()).toEqual([
      ":mina!u@mina00000001.account AWAY :disconnected",
      ":sora!u@sora00000001.account AWAY",
    ]);
    mina.says("PRIVMSG #milk :hi");
    expect(jun.hears()).toEqual([":sora!u@sora00000001.account PRIVMSG #milk :hi"]);
  });

  test("to another account leaves the first one's other sessions unchanged", () => {
    const scene = new Scene();
    scene.signUp("sora");
    const phone = scene.person("mina").says("JOIN #tea");
    const jun = scene.guest("jun", "away-notify").says("JOIN #tea");
    for (const one of [phone, jun]) one.hears();
    const laptop = again(scene, "sora");
    expect([laptop.session.user?.nick, laptop.session.user?.rooms.size]).toEqual([
      "sora" as never,
      0,
    ]);
    expect([...phone.hears(), ...jun.hears()]).toEqual([]);
    laptop.says("PRIVMSG #tea :hi");
    expect(laptop.hears().at(-1)).toContain(" 404 sora #tea ");
  });

  test("carries over neither a confirmed password nor the away message", () => {
    const scene = new Scene();
    for (const name of ["mina", "sora"]) scene.signUp(name);
    const mina = scene.connect().says("CAP REQ :draft/pre-away", "AWAY :tea").logsIn("mina");
    mina.says("AWAY", `ACCOUNT CONFIRM :${passwordOf("mina")}`);
    mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${proof("sora")}`);
    mina.hears();
    expect(mina.session.user?.isAway).toBe(false);
    mina.says("ACCOUNT DELETE");
    expect(mina.hears()).toEqual([
      ":tea.test FAIL ACCOUNT CONFIRMATION_REQUIRED :Confirm your password first: ACCOUNT CONFIRM",
    ]);
  });

  test("that fails leaves the session logged in as before", () => {
    const scene = new Scene();
    const mina = scene.person("mina").says("JOIN #tea");
    mina.hears();
    mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${proof("mina", "second flush")}`);
    expect(mina.hears()).toEqual([
      "AUTHENTICATE +",
      ":tea.test 904 mina :Wrong name or password. Try again",
    ]);
    expect(mina.session.account as string | null).toBe("mina");
    expect(mina.session.user?.rooms.size).toBe(1);
  });

  test("before registration is allowed as well: the last one counts", () => {
    const scene = new Scene();
    for (const name of ["mina", "sora"]) scene.signUp(name);
    const one = scene.connect().says("CAP REQ :sasl", "NICK tea", "USER tea 0 * :tea");
    for (const name of ["mina", "sora"]) {
      one.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${proof(name)}`);
    }
    expect(one.says("CAP END").session.user?.account as string | null).toBe("sora");
  });

  test("to an account with too many sessions, or a banned one, closes the connection", () => {
    const scene = new Scene();
    for (let i = 0; i < SESSIONS_PER_USER_MAX; i += 1) scene.person("sora");
    const mina = again(scene, "sora");
    expect(mina.hears().at(-1)).toBe("ERROR :Too many devices of this account are connected");
    expect(mina.closed).toBe(true);
    expect(scene.server.state.users.byAccount(accountId("mina"))?.sessions).toEqual([]);
  });

  test("repeatedly is rate limited", () => {
    const scene = new Scene({ floodControl: true });
    const mina = scene.person("mina");
    const codes = new Set<string>();
    for (let i = 0; i < 30; i += 1) {
      mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${proof("mina")}`);
      for (const verb of mina.hearsVerbs()) codes.add(verb);
      scene.passes(100);
    }
    expect([...codes].sort()).toEqual(["900", "903", "904", "AUTHENTICATE"]);
  });
});

test("a log-in fails if the account is deleted while its password is verified", () => {
  const scene = new Scene();
  scene.signUp("mina");
  const mina = scene.connect().says("NICK mina", "AUTHENTICATE PLAIN");
  mina.hears();
  scene.holding = true;
  mina.says(`AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
  scene.members.apply({ kind: "deleted", id: accountId("mina"), time: 0 });
  scene.settle();
  expect(mina.hears()).toEqual([":tea.test 904 mina :Wrong name or password. Try again"]);
});

test("a real name isn't carried over to another account", () => {
  const scene = new Scene();
  scene.signUp("yuna");
  const mina = scene.connect().says("CAP LS 302", "CAP REQ sasl");
  const logIn = (name: string) =>
    mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain(name, passwordOf(name))[0]}`);
  scene.signUp("mina");
  logIn("mina").says("NICK mina", "USER mina 0 * :Mina Kim of Seoul", "CAP END");
  mina.hears();
  const realname = (name: string) =>
    mina
      .says(`WHOIS ${name}`)
      .hears()
      .find((line) => line.includes(" 311 "))
      ?.split(" * ")[1];
  expect(realname("mina")).toBe(":Mina Kim of Seoul");
  logIn("yuna");
  mina.hears();
  expect(realname("yuna")).toBe("yuna");
});
