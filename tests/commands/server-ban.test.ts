import { describe, expect, test } from "bun:test";
import { applyPersonChange } from "../../lib/chat-server/snapshot/apply-person-change.ts";
import { SERVER_BANS_MAX } from "../../lib/chat-server/users/server-bans.ts";
import { Scene } from "../scene.ts";

/** Mina owns the server, and so looks after it. */
function stage() {
  const scene = new Scene();
  scene.signUp("mina", true);
  return { scene, mina: scene.person("mina") };
}

describe("KLINE", () => {
  test("closes matching connections, and refuses them until it is lifted", () => {
    const { scene, mina } = stage();
    const jun = scene.guest("jun");
    const sun = scene.guest("sun");
    mina.says("KLINE jun!*@* :no tea for you");
    expect(mina.hears()).toEqual([
      ":tea.test NOTICE mina :jun!*@* is banned until the ban is lifted; closed 1 connection",
    ]);
    expect(jun.hears()).toEqual(["ERROR :You are banned from this server: no tea for you"]);
    expect([jun.closed, sun.closed]).toEqual([true, false]);
    const again = scene.connect().introduces("JUN");
    expect(again.hears()).toEqual([
      ":tea.test 465 JUN :You are banned from this server: no tea for you",
      "ERROR :You are banned from this server: no tea for you",
    ]);
    expect(scene.server.state.users.byNick("jun" as never)).toBe(null);
    mina.says("UNKLINE jun", "UNKLINE jun");
    expect(mina.hears()).toEqual([
      ":tea.test NOTICE mina :The ban on jun!*@* is lifted",
      ":tea.test 400 mina UNKLINE jun!*@* :There is no such ban: see STATS k",
    ]);
    expect(scene.guest("jun").closed).toBe(false);
  });

  test("matches a later change of nick, and never an operator", () => {
    const { scene, mina } = stage();
    const [jun, sun] = [scene.guest("jun"), scene.guest("sun")];
    for (const actor of [mina, jun, sun]) actor.says("JOIN #tea");
    mina.says("KLINE moon");
    for (const actor of [mina, jun, sun]) actor.hears();
    jun.says("NICK Moon");
    expect(jun.hears()).toEqual([
      ":tea.test 465 jun :You are banned from this server",
      "ERROR :You are banned from this server",
    ]);
    expect(jun.closed).toBe(true);
    expect(sun.hears()).toEqual([":jun!~jun@guest.test QUIT :You are banned from this server"]);
    mina.says("NICK moon");
    expect(sun.hears()).toEqual([":mina!u@mina00000001.account NICK moon"]);
    expect(mina.closed).toBe(false);
  });

  test("matches accounts, on connecting and on a later log-in", () => {
    const { scene, mina } = stage();
    scene.signUp("jun");
    mina.says("KLINE ~a:jun");
    const early = scene.connect().logsIn("jun");
    expect(early.hears().at(-1)).toBe("ERROR :You are banned from this server");
    const late = scene.guest("somebody", "sasl").says("AUTHENTICATE PLAIN");
    late.says(`AUTHENTICATE ${Buffer.from("\0jun\0jun-password").toString("base64")}`);
    expect(late.closed).toBe(true);
    expect(late.hearsVerbs()).toContain("465");
  });

  test("lasts for its duration", () => {
    const { scene, mina } = stage();
    mina.says("KLINE 2h jun");
    expect(mina.hears()[0]).toContain("until 2026-11-22T02:30:00.000Z");
    expect(scene.connect().introduces("jun").closed).toBe(true);
    scene.passes(2 * 3_600_000);
    expect(scene.connect().introduces("jun").closed).toBe(false);
  });

  test("survives a restart, from the snapshot and from the journal", () => {
    const { scene, mina } = stage();
    mina.says("KLINE jun", "KLINE sun", "UNKLINE sun");
    const bans = (scene.people as { kind: string }[]).filter(({ kind }) => kind !== "audited");
    expect(bans).toMatchObject([
      { kind: "banned", ban: { of: "mask", target: "jun!*@*", by: "mina", until: null } },
      { kind: "banned", ban: { target: "sun!*@*" } },
      { kind: "unbanned", of: "mask", target: "sun!*@*" },
    ]);
    const after = scene.restart();
    expect(after.connect().introduces("jun").closed).toBe(true);
    expect(after.connect().introduces("sun").closed).toBe(false);
  });

  test("bans on the operator themselves, an owner or an invalid mask are refused", () => {
    const { scene, mina } = stage();
    mina.says("KLINE *!*@*", "KLINE ~m:jun", "KLINE a,b");
    expect(mina.hears()).toEqual([
      ":tea.test 400 mina KLINE *!*@* :That ban would match yourself",
      ":tea.test 415 mina ~m:jun :That is not a valid mask",
      ":tea.test 415 mina a,b :That is not a valid mask",
    ]);
    scene.server.state.bans.set({
      of: "mask",
      target: "*!*@*",
      by: "somebody",
      time: 0,
      until: null,
      reason: "",
    });
    expect(scene.person("mina").closed).toBe(false);
  });

  test("operators aren't disconnected by each other's bans", () => {
    const { scene, mina } = stage();
    scene.signUp("jun", true);
    const jun = scene.person("jun");
    mina.says("KLINE jun");
    expect(jun.closed).toBe(false);
    mina.hears();
    jun.says("DEOPER");
    mina.says("KLINE jun");
    expect(jun.closed).toBe(true);
  });

  test("bans in the journal are applied on start", () => {
    const { state } = stage().scene.server;
    const ban = { target: "jun!*@*", by: "mina", time: 0, until: null, reason: "" };
    applyPersonChange(state, { kind: "banned", ban: { of: "mask", ...ban } });
    expect(state.bans.has("mask", "jun!*@*", state.now)).toBe(true);
    applyPersonChange(state, { kind: "unbanned", of: "mask", target: "jun!*@*" });
    expect(state.bans.all(state.now)).toEqual([]);
  });

  test("changes nothing when the disk is full, and has a limit", () => {
    const { scene, mina } = stage();
    scene.diskFull = true;
    mina.says("KLINE jun");
    expect(mina.hears()[0]).toContain(" 400 mina KLINE jun!*@* :The server can't store");
    scene.diskFull = false;
    expect(scene.connect().introduces("jun").closed).toBe(false);
    for (let i = 0; i < SERVER_BANS_MAX; i += 1) mina.says(`KLINE x${i}`);
    mina.hears();
    mina.says("KLINE onemore", "KLINE 1h x1");
    const lines = mina.hears();
    expect(lines[0]).toContain(" 400 mina KLINE onemore");
    expect(lines[1]).toContain("x1!*@* is banned until 20");
  });
});

describe("DLINE", () => {
  test("an address or a network is refused on connecting", () => {
    const { scene, mina } = stage();
    const jun = scene.connect({ address: "198.51.100.7" }).introduces("jun");
    const visitor = scene.connect({ address: "2001:db8::7" });
    mina.says("DLINE 198.51.100.0/24 :spam", "DLINE 2001:DB8::/32");
    expect([jun.closed, visitor.closed]).toEqual([true, true]);
    const again = scene.connect({ address: "198.51.100.200" });
    expect(again.hears()).toEqual(["ERROR :You are banned from this server: spam"]);
    expect(again.closed).toBe(true);
    again.says("NICK jun");
    expect(again.hears()).toEqual([]);
    expect(scene.connect({ address: "198.51.101.1" }).closed).toBe(false);
    expect(scene.connect({ address: "2001:db8:1::1" }).closed).toBe(true);
    mina.hears();
    mina.says("STATS d", "UNDLINE 198.51.100.0/24");
    expect(mina.hears()).toEqual([
      ":tea.test 225 mina D 198.51.100.0/24 * mina spam",
      ":tea.test 225 mina D 2001:db8::/32 * mina :",
      ":tea.test 219 mina d :End of the report",
      ":tea.test NOTICE mina :The ban on 198.51.100.0/24 is lifted",
    ]);
    expect(scene.connect({ address: "198.51.100.200" }).closed).toBe(false);
  });

  test("a ban on an address lasts for its duration", () => {
    const { scene, mina } = stage();
    mina.says("DLINE 90 198.51.100.7 :for an hour and a half");
    expect(scene.connect({ address: "198.51.100.7" }).closed).toBe(true);
    scene.passes(90 * 60_000);
    expect(scene.connect({ address: "198.51.100.7" }).closed).toBe(false);
  });

  test("bans on the operator's own or an invalid address are refused", () => {
    const { mina } = stage();
    mina.says("DLINE 192.0.2.0/24", "DLINE tea", "DLINE 1.2.3.4/33");
    expect(mina.hears()).toEqual([
      ":tea.test 400 mina DLINE 192.0.2.0/24 :That ban would match yourself",
      ":tea.test 415 mina tea :Give an address such as 192.0.2.1, or a network such as 2001:db8::/64",
      ":tea.test 415 mina 1.2.3.4/33 :Give an address such as 192.0.2.1, or a network such as 2001:db8::/64",
    ]);
  });
});

describe("STATS", () => {
  test("uptime is for all users, the other reports for operators", () => {
    const { scene } = stage();
    const jun = scene.guest("jun");
    scene.passes(26 * 3_600_000 + 61_000);
    jun.says("PONG x", "STATS u", "STATS o", "STATS");
    expect(jun.hears().filter((line) => !line.startsWith("PING"))).toEqual([
      ":tea.test 242 jun :Server up 1 day 02:01:01",
      ":tea.test 219 jun u :End of the report",
      ":tea.test 481 jun :Only the operators of this server may do that",
      ":tea.test 219 jun o :End of the report",
      ":tea.test 461 jun STATS :Not enough parameters",
    ]);
  });

  test("operators see commands, operators, bans and connections", () => {
    const { mina } = stage();
    mina.says("KLINE 1d jun :loud");
    mina.hears();
    mina.says("STATS m", "STATS o", "STATS k", "STATS l", "STATS x");
    const lines = mina.hears();
    expect(lines).toContain(":tea.test 212 mina KLINE 1");
    expect(lines).toContainEqual(expect.stringMatching(/^:tea\.test 243 mina o mina!\S+ \* mina$/));
    expect(lines).toContain(":tea.test 216 mina K jun!*@* 2026-11-23T00:30:00.000Z mina loud");
    expect(lines).toContainEqual(
      expect.stringMatching(/^:tea\.test 211 mina mina!\S+ :192\.0\.2\.1 TLS, idle 0 s, open 0 s$/),
    );
    expect(lines.at(-1)).toBe(":tea.test 219 mina x :End of the report");
  });

  test("operators see a user's address", () => {
    const { scene, mina } = stage();
    scene.connect({ address: "198.51.100.7" }).introduces("jun");
    mina.says("WHOIS jun");
    expect(mina.hears()).toContain(":tea.test 378 mina jun :is connecting from 198.51.100.7");
  });
});

test("a ban of a nick holds for whoever logs in with that nick", () => {
  const { scene, mina } = stage();
  scene.signUp("jun");
  mina.says("KLINE spam*!*@*");
  const jun = scene.connect();
  jun.says("CAP LS 302", "CAP REQ sasl", "NICK spammer", "USER jun 0 * :Jun", "AUTHENTICATE PLAIN");
  jun.says(`AUTHENTICATE ${btoa("jun\0jun\0jun-password")}`, "CAP END");
  expect(jun.hearsVerbs()).toContain("465");
  expect(scene.person("jun").closed).toBe(false);
});
