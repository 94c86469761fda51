import { describe, expect, test } from "bun:test";
import { type Actor, passwordOf, Scene } from "../scene.ts";

/** What an account's owner sees and does after somebody else got in. */

const LAPTOP = "1a".repeat(32);
const PHONE = "2b".repeat(32);
const THIEF = "3c".repeat(32);
const DAY_MS = 86_400_000;
const CAP = "sodam.chat/account";

/** Logs in by SASL EXTERNAL, and registers. */
function byCertificate(scene: Scene, certificate: string, address = "192.0.2.1", caps = ""): Actor {
  const actor = scene.connect({ certificate, address });
  actor.says("CAP LS 302", `CAP REQ :sasl ${caps}`, "AUTHENTICATE EXTERNAL", "AUTHENTICATE +");
  return actor.says("NICK mina", "USER mina 0 * :mina", "CAP END");
}

function byPassword(scene: Scene, address: string, caps: readonly string[] = []): Actor {
  return scene.connect({ address }).logsIn("mina", caps);
}

/** Makes an account with these devices. */
function stage(...devices: string[]): Scene {
  const scene = new Scene({ operators: [{ name: "boss", passwordHash: "hash of kettle" }] });
  scene.signUp("mina");
  const id = scene.members.account("mina" as never)?.id as never;
  for (const [index, fingerprint] of devices.entries()) {
    const certificate = { fingerprint, label: `device ${index + 1}`, addedAt: scene.now };
    scene.members.apply({ kind: "certificate-added", id, certificate });
  }
  return scene;
}

function notes(actor: Actor, code: string): string[] {
  const start = `:tea.test NOTE ACCOUNT ${code} `;
  return actor
    .hears()
    .filter((line) => line.startsWith(start))
    .map((line) => line.slice(start.length));
}

const isIn = (actor: Actor) => actor.hears().some((line) => line.includes(" 903 "));
const account = (scene: Scene) => scene.members.account("mina" as never);
const fingerprints = (scene: Scene) =>
  account(scene)?.certificates.map(({ fingerprint }) => fingerprint);

describe("sessions", () => {
  test("are listed with address, log-in and program, and devices with when they were last here", () => {
    const scene = stage(LAPTOP, PHONE);
    const laptop = byCertificate(scene, LAPTOP, "192.0.2.1", CAP);
    scene.passes(60_000);
    const cafe = byPassword(scene, "198.51.100.7");
    for (const actor of [laptop, cafe]) actor.hears();
    scene.passes(1000);
    laptop.says("ACCOUNT SESSIONS");
    const heard = laptop.hears();
    expect(heard).toEqual([
      `:tea.test NOTE ACCOUNT SESSION ${laptop.session.id} 2026-11-22T00:30:00.000Z 2026-11-22T00:31:01.000Z 192.0.2.1 certificate sodam this :device 1`,
      `:tea.test NOTE ACCOUNT SESSION ${cafe.session.id} 2026-11-22T00:31:00.000Z 2026-11-22T00:31:00.000Z 198.51.100.7 password irc * :`,
      `:tea.test NOTE ACCOUNT DEVICE ${LAPTOP} 2026-11-22T00:30:00.000Z 2026-11-22T00:30:00.000Z :device 1`,
      `:tea.test NOTE ACCOUNT DEVICE ${PHONE} 2026-11-22T00:30:00.000Z * :device 2`,
      ":tea.test NOTE ACCOUNT SESSIONS_END :End of the list",
    ]);
    cafe.says("NS SESSIONS");
    expect(cafe.hears()[1]).toBe(
      `:NickServ!services@tea.test NOTICE mina :${cafe.session.id}  2026-11-22T00:31:00.000Z  2026-11-22T00:31:01.000Z  198.51.100.7  password  irc  this`,
    );
  });

  test("of others are neither listed nor ended", () => {
    const scene = stage();
    const mina = byPassword(scene, "192.0.2.1");
    const jun = scene.person("jun");
    const sun = scene.guest("sun");
    jun.says(
      "ACCOUNT SESSIONS",
      `ACCOUNT END ${mina.session.id}`,
      "ACCOUNT END",
      "ACCOUNT END others",
    );
    expect(jun.hears().slice(1)).toEqual([
      ":tea.test NOTE ACCOUNT SESSIONS_END :End of the list",
      `:tea.test FAIL ACCOUNT NO_SUCH_SESSION ${mina.session.id} :You have no such session`,
      ":tea.test FAIL ACCOUNT NO_SUCH_SESSION * :You have no such session",
      ":tea.test NOTE ACCOUNT ENDED 0 :Ended 0 sessions. Who knows your password can log in again",
    ]);
    expect(sun.says("ACCOUNT SESSIONS", "ACCOUNT END others").hears()).toEqual(
      Array(2).fill(":tea.test FAIL ACCOUNT ACCOUNT_REQUIRED :Log in first"),
    );
    expect(mina.closed).toBe(false);
  });

  test("of the account's bots are listed and ended, too", () => {
    const scene = stage(LAPTOP);
    const laptop = byCertificate(scene, LAPTOP);
    laptop.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT BOT ADD ci-bot rooms=#ops");
    const [, token = ""] = / BOT_TOKEN ci-bot (\S+)/.exec(laptop.hears().join("\n")) ?? [];
    // On the same machine, with the same certificate.
    const bot = scene.connect({ certificate: LAPTOP, address: "203.0.113.9" });
    bot.logsIn("ci-bot", [], token).says("ACCOUNT SESSIONS");
    laptop.says("ACCOUNT SESSIONS");
    const line = laptop.hears().find((each) => each.includes(" 203.0.113.9 ")) ?? "";
    expect(line).toEndWith(" 203.0.113.9 token irc * ci-bot");
    laptop.says("ACCOUNT END others");
    expect(bot.closed).toBe(false);
    laptop.hears();
    laptop.says(`ACCOUNT END ${bot.session.id}`);
    expect(laptop.hears()).toEqual([
      ":tea.test NOTE ACCOUNT ENDED 1 :Ended 1 session. Who has the bot's token can log in again: BOT TOKEN makes another",
    ]);
    expect(bot.closed).toBe(true);
    expect(fingerprints(scene)).toEqual([LAPTOP]);
  });

  test("are ended one by one, and a device that came by its certificate can't come back by it", () => {
    const scene = stage(LAPTOP, THIEF);
    const laptop = byCertificate(scene, LAPTOP);
    const [thief, twin] = [
      byCertificate(scene, THIEF, "203.0.113.9", CAP),
      byCertificate(scene, THIEF),
    ];
    const cafe = byPassword(scene, "192.0.2.1");
    for (const actor of [laptop, thief, cafe]) actor.hears();
    laptop.says(`ACCOUNT END ${laptop.session.id}`, `NS LOGOUT ${thief.session.id}`);
    expect(laptop.hears()).toEqual([
      `:tea.test FAIL ACCOUNT OWN_SESSION ${laptop.session.id} :That is this session: QUIT ends it`,
      ":NickServ!services@tea.test NOTICE mina :Ended 2 sessions; such a device needs your password again",
    ]);
    expect(thief.hears()).toEqual([
      ":tea.test NOTE ACCOUNT SESSION_ENDED :Ended from another of your devices",
      "ERROR :Ended from another of your devices",
    ]);
    expect([thief, twin, cafe, laptop].map(({ closed }) => closed)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(isIn(byCertificate(scene, THIEF))).toBe(false);
    laptop.says(`ACCOUNT END ${cafe.session.id}`);
    expect(cafe.closed).toBe(true);
    expect(fingerprints(scene)).toEqual([LAPTOP]);
  });

  test("of a device are ended when its certificate is removed, but for the one that removes it", () => {
    const scene = stage(LAPTOP, THIEF);
    const [laptop, thief] = [byCertificate(scene, LAPTOP), byCertificate(scene, THIEF)];
    const typed = scene.connect({ certificate: THIEF }).logsIn("mina");
    laptop.says(`NS CERT DEL ${THIEF.toUpperCase()}`);
    expect([laptop, thief, typed].map(({ closed }) => closed)).toEqual([false, true, false]);
    laptop.says(`ACCOUNT CERT DEL ${LAPTOP}`);
    expect(laptop.closed).toBe(false);
  });

  test("are ended all but one, with the devices that aren't connected", () => {
    const scene = stage(LAPTOP, PHONE);
    const laptop = byCertificate(scene, LAPTOP);
    const window = byCertificate(scene, LAPTOP);
    const cafe = byPassword(scene, "192.0.2.1");
    const half = scene.connect();
    half.says("CAP LS 302", "CAP REQ sasl", "AUTHENTICATE PLAIN");
    half.says(`AUTHENTICATE ${btoa("\0mina\0mina-password")}`);
    laptop.hears();
    laptop.says("ACCOUNT END others");
    expect(laptop.hears()).toEqual([
      ":tea.test NOTE ACCOUNT ENDED 3 :Ended 3 sessions; such a device needs your password again",
    ]);
    for (const actor of [window, cafe, half]) expect(actor.closed).toBe(true);
    expect(fingerprints(scene)).toEqual([LAPTOP]);
    expect(isIn(byCertificate(scene, LAPTOP))).toBe(true);
  });

  test("when a device was last here is noted once an hour, also when it leaves", () => {
    const scene = stage(LAPTOP);
    const seen = () => account(scene)?.certificates[0]?.seenAt;
    const laptop = byCertificate(scene, LAPTOP);
    const cameAt = scene.now;
    expect(seen()).toBe(cameAt);
    scene.passes(1_800_000);
    byCertificate(scene, LAPTOP);
    expect(seen()).toBe(cameAt);
    scene.passes(3 * 3_600_000);
    laptop.vanishes();
    scene.settle();
    expect(seen()).toBe(scene.now);
    expect(laptop.closed).toBe(true);
  });
});

test("whoever holds all sessions of an account by its password doesn't keep its devices out", () => {
  const scene = stage(LAPTOP);
  const thieves = Array.from({ length: 20 }, () => byPassword(scene, "203.0.113.9"));
  scene.passes(1000);
  for (const thief of thieves.slice(1)) thief.says("PING :here");
  const typed = byPassword(scene, "192.0.2.1");
  expect([typed.closed, ...thieves.map(({ closed }) => closed)]).toEqual([
    true,
    ...Array(20).fill(false),
  ]);
  const laptop = byCertificate(scene, LAPTOP);
  expect(laptop.closed).toBe(false);
  expect(thieves.map(({ closed }) => closed)).toEqual([true, ...Array(19).fill(false)]);
  expect(thieves[0]?.hears().at(-1)).toBe("ERROR :Too many devices of this account are connected");
  // Devices don't close each other.
  for (let n = 1; n < 20; n += 1) byCertificate(scene, LAPTOP);
  expect(byCertificate(scene, LAPTOP).closed).toBe(true);
  expect(laptop.closed).toBe(false);
});

describe("a new password", () => {
  test("takes devices and addresses away from whoever has them, but for the device that changed it", () => {
    const scene = stage(LAPTOP, THIEF);
    const laptop = byCertificate(scene, LAPTOP);
    const thief = byCertificate(scene, THIEF, "203.0.113.9");
    expect(account(scene)?.addresses).toHaveLength(2);
    laptop.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT PASSWORD :warm barley tea");
    expect(thief.closed).toBe(true);
    expect(laptop.closed).toBe(false);
    expect(fingerprints(scene)).toEqual([LAPTOP]);
    expect(account(scene)?.addresses).toHaveLength(1);
    expect(isIn(byCertificate(scene, THIEF))).toBe(false);
    expect(isIn(byCertificate(scene, LAPTOP))).toBe(true);
  });

  test("leaves devices in if the user says so, by ACCOUNT and by NickServ", () => {
    const scene = stage(LAPTOP, PHONE);
    const laptop = byCertificate(scene, LAPTOP);
    const phone = byCertificate(scene, PHONE);
    laptop.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT PASSWORD KEEP :warm-barley-tea");
    expect(phone.closed).toBe(true);
    laptop.says("NS PASSWD warm-barley-tea cold-barley-tea KEEP");
    expect(fingerprints(scene)).toEqual([LAPTOP, PHONE]);
    laptop.says("ACCOUNT PASSWORD :cold barley tea");
    expect(fingerprints(scene)).toEqual([LAPTOP]);
  });

  test("can't be outrun by a thief who has confirmed the old one", () => {
    const scene = stage(LAPTOP);
    const laptop = byCertificate(scene, LAPTOP);
    const thief = scene.connect({ certificate: THIEF, address: "203.0.113.9" }).logsIn("mina");
    for (const actor of [laptop, thief]) actor.says("ACCOUNT CONFIRM :mina-password");
    thief.hears();
    scene.holding = true;
    laptop.says("ACCOUNT PASSWORD :warm barley tea");
    scene.settleOne();
    // The new password is on its way to the disk.
    thief.says("ACCOUNT CERT ADD :mine", "ACCOUNT PASSWORD :the thief's own", "ACCOUNT DELETE");
    expect(thief.hears().map((line) => line.split(" ")[3])).toEqual(
      Array(3).fill("TEMPORARILY_UNAVAILABLE"),
    );
    scene.holding = false;
    scene.settle();
    expect(thief.closed).toBe(true);
    expect(fingerprints(scene)).toEqual([LAPTOP]);
    expect(account(scene)?.hash).toBe("hash of warm barley tea");
  });
});

describe("what happened is told", () => {
  const of = (lines: readonly string[]) => lines.map((line) => line.split(" ")[0]);

  test("at once to other sessions, in words or for a client that has its own", () => {
    const scene = stage(LAPTOP);
    const laptop = byCertificate(scene, LAPTOP, "192.0.2.1", CAP);
    const weechat = byCertificate(scene, LAPTOP);
    const thief = scene.connect({ certificate: THIEF, address: "192.0.2.1" }).logsIn("mina", [CAP]);
    for (const actor of [laptop, weechat, thief]) actor.hears();
    thief.says(
      "ACCOUNT CONFIRM :mina-password",
      "ACCOUNT CERT ADD :a device",
      "ACCOUNT EMAIL t@x.example",
    );
    expect(notes(laptop, "SECURITY")).toEqual([
      "device 2026-11-22T00:30:00.000Z :A device can now log in without a password: CERT LIST shows it. If that wasn't you, change your password, or ask the server's owner for a reset link",
      "email 2026-11-22T00:30:00.000Z :Your e-mail address was changed. If that wasn't you, change your password, or ask the server's owner for a reset link",
    ]);
    expect(weechat.hears().map((line) => line.split(": ")[0])).toEqual(
      Array(2).fill(":NickServ!services@tea.test NOTICE mina :2026-11-22 00:30:00Z"),
    );
    // Who did it has its own answers.
    expect(notes(thief, "SECURITY")).toEqual([]);
    expect(account(scene)?.email).toBe("t@x.example");
  });

  test("later and once to each device that wasn't here, also after a restart", () => {
    const before = stage(LAPTOP, PHONE);
    for (const each of [LAPTOP, PHONE]) byCertificate(before, each).says("QUIT");
    const thief = byCertificate(before, PHONE, "203.0.113.9");
    thief.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT EMAIL t@x.example", "QUIT");
    const scene = before.restart();
    // The thief's own log-in uses nothing up.
    expect(of(notes(byCertificate(scene, PHONE, "203.0.113.9", CAP), "SECURITY"))).toEqual([]);
    expect(of(notes(byCertificate(scene, LAPTOP, "192.0.2.1", CAP), "SECURITY"))).toEqual([
      "email",
    ]);
    expect(of(notes(byCertificate(scene, LAPTOP, "192.0.2.1", CAP), "SECURITY"))).toEqual([]);
    expect(of(notes(byPassword(scene, "192.0.2.1", [CAP]), "SECURITY"))).toEqual(["email"]);
    // Whoever logs in on an open connection hears of it, too.
    const guest = scene.connect({ address: "192.0.2.200" });
    guest.introduces("visitor", [CAP, "sasl"]);
    guest.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${btoa("\0mina\0mina-password")}`);
    expect(of(notes(guest, "SECURITY"))).toEqual(["email"]);
  });

  test("not to the device itself that was added, when it comes again by its certificate", () => {
    const scene = stage(LAPTOP);
    byCertificate(scene, LAPTOP).says("QUIT");
    byPassword(scene, "192.0.2.1").says("QUIT");
    const phone = scene
      .connect({ certificate: PHONE, address: "203.0.113.9" })
      .logsIn("mina", [CAP]);
    phone.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT CERT ADD :a phone", "QUIT");
    expect(fingerprints(scene)).toEqual([LAPTOP, PHONE]);
    expect(notes(byCertificate(scene, PHONE, "203.0.113.9", CAP), "SECURITY")).toEqual([]);
    expect(notes(byCertificate(scene, PHONE, "192.0.2.77", CAP), "SECURITY")).toEqual([]);
    // All others hear of both.
    expect(of(notes(byCertificate(scene, LAPTOP, "192.0.2.1", CAP), "SECURITY"))).toEqual([
      "address",
      "device",
    ]);
  });

  test("of a new device to the others, and never to the device itself", () => {
    const scene = stage(LAPTOP);
    const phone = scene.connect({ certificate: PHONE }).logsIn("mina", [CAP]);
    phone.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT CERT ADD :a device", "QUIT");
    expect(of(notes(byCertificate(scene, PHONE, "192.0.2.1", CAP), "SECURITY"))).toEqual([]);
    expect(of(notes(byCertificate(scene, LAPTOP, "192.0.2.1", CAP), "SECURITY"))).toEqual([
      "device",
    ]);
  });

  test("for thirty days, and the newest five of each kind", () => {
    const scene = stage(LAPTOP, PHONE);
    const laptop = byCertificate(scene, LAPTOP);
    laptop.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT PASSWORD KEEP :mina-password");
    for (let n = 0; n < 9; n += 1) {
      laptop.says("ACCOUNT CONFIRM :mina-password", `ACCOUNT EMAIL ${n}@x.example`);
    }
    const told = notes(byCertificate(scene, PHONE, "192.0.2.1", CAP), "SECURITY");
    expect(of(told)).toEqual(["password", ...Array(5).fill("email")]);
    scene.passes(30 * DAY_MS);
    expect(notes(byPassword(scene, "198.51.100.2", [CAP]), "SECURITY")).toEqual([]);
  });

  test("of a log-in by password from an unknown address, and of none by a device or from a known one", () => {
    const scene = stage(PHONE);
    const home = byPassword(scene, "192.0.2.1", [CAP]);
    expect(of(notes(home, "SECURITY"))).toEqual([]);
    byPassword(scene, "192.0.2.1");
    byCertificate(scene, PHONE, "203.0.113.50").says("QUIT");
    expect(of(notes(home, "SECURITY"))).toEqual([]);
    const stranger = byPassword(scene, "203.0.113.9", [CAP]);
    expect(of(notes(home, "SECURITY"))).toEqual(["address"]);
    expect(of(notes(stranger, "SECURITY"))).toEqual([]);
    scene.connect({ address: "203.0.113.9" }).says("NICK mina", "USER m 0 * :m");
    byPassword(scene, "203.0.113.9");
    expect(of(notes(home, "SECURITY"))).toEqual([]);
    // A device that comes later hears of it.
    expect(of(notes(byCertificate(scene, PHONE, "203.0.113.50", CAP), "SECURITY"))).toEqual([
      "address",
    ]);
  });

  test("of nothing when the disk is full", () => {
    const scene = stage(LAPTOP);
    const [laptop, other] = [byCertificate(scene, LAPTOP), byPassword(scene, "192.0.2.1", [CAP])];
    laptop.says("ACCOUNT CONFIRM :mina-password");
    other.hears();
    scene.diskFull = true;
    laptop.says("ACCOUNT EMAIL new@x.example");
    expect(notes(other, "SECURITY")).toEqual([]);
    expect(account(scene)?.notices).toBeUndefined();
  });

  test("and is in /my-data, with devices' last log-ins and a link that waits", () => {
    const scene = stage(LAPTOP);
    const laptop = byCertificate(scene, LAPTOP);
    laptop.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT EMAIL m@x.example");
    const boss = scene.guest("boss");
    boss.says("OPER boss kettle", "NS RESETLINK mina");
    laptop.hears();
    laptop.says("ACCOUNT DATA");
    const data = notes(laptop, "DATA").map((line) => line.replaceAll(/2026-11-(\d\d)T\S+/g, "$1"));
    expect(data).toContain(`DEVICE_SEEN ${LAPTOP} 22 :`);
    expect(data).toContain("NOTICE email 22 :");
    expect(data).toContain("NOTICE reset-link 22 :");
    expect(data).toContain("RESET 22 23 :");
  });
});

test("an e-mail address is changed after CONFIRM, checked, and removed where it isn't required", () => {
  const scene = stage();
  const mina = byPassword(scene, "192.0.2.1");
  mina.hears();
  mina.says(
    "ACCOUNT EMAIL m@x.example",
    "ACCOUNT CONFIRM :mina-password",
    "ACCOUNT EMAIL nonsense",
  );
  mina.says("NS SET EMAIL m@x.example");
  expect(account(scene)?.email).toBe("m@x.example");
  mina.says("ACCOUNT EMAIL *");
  expect(account(scene)?.email).toBe(null);
  expect(mina.hears().map((line) => line.split(" ").slice(1, 4).join(" "))).toEqual([
    "FAIL ACCOUNT CONFIRMATION_REQUIRED",
    "NOTE ACCOUNT CONFIRMED",
    "FAIL ACCOUNT INVALID_EMAIL",
    "NOTICE mina :Your",
    "NOTE ACCOUNT EMAIL_CHANGED",
  ]);
  scene.server.state.applyOptions({ ...scene.server.state.options, email: "required" });
  mina.hears();
  expect(mina.says("ACCOUNT EMAIL *").hears()[0]).toContain("INVALID_EMAIL");
});

describe("a client certificate out of date", () => {
  const validity = (scene: Scene, from: number, until: number) => ({
    from: scene.now + from,
    until: scene.now + until,
  });

  test("is refused with a sentence, and the log says why", () => {
    const scene = stage(LAPTOP);
    const outcomes = [
      [-2 * DAY_MS, -1],
      [DAY_MS, 2 * DAY_MS],
    ].map(([from = 0, until = 0]) => {
      const actor = scene.connect({
        certificate: LAPTOP,
        certificateValidity: validity(scene, from, until),
      });
      actor.says("CAP LS 302", "CAP REQ :sasl standard-replies", "AUTHENTICATE EXTERNAL");
      actor.hears();
      return actor.says("AUTHENTICATE +").hears();
    });
    const [expired, future] = outcomes;
    expect(expired).toEqual([
      ":tea.test FAIL AUTHENTICATE CERT_EXPIRED :Your client certificate has expired. Log in with your password, and add a new certificate",
      ":tea.test 904 * :Your client certificate has expired. Log in with your password, and add a new certificate",
    ]);
    expect(future?.[0]).toContain("FAIL AUTHENTICATE CERT_NOT_YET_VALID :");
    expect(scene.logIns.at(-1)).toBe(
      'log-in failed: from 192.0.2.1 by certificate as "": certificate out of date',
    );
  });

  test("can't be added, proves nothing to the log-in throttle, and takes no member's place", () => {
    const scene = stage(LAPTOP);
    const expired = validity(scene, -2 * DAY_MS, -1);
    const mina = scene.connect({ certificate: PHONE, certificateValidity: expired }).logsIn("mina");
    mina.says("ACCOUNT CONFIRM :mina-password").hears();
    expect(mina.says("ACCOUNT CERT ADD :old").hears()[0]).toContain("FAIL ACCOUNT CERT_EXPIRED");
    const old = scene.connect({ certificate: LAPTOP, certificateValidity: expired });
    expect(old.session.memberPlaceOf).toBe(null);
    const good = scene.connect({
      certificate: LAPTOP,
      certificateValidity: validity(scene, -1, 1),
    });
    expect(good.session.memberPlaceOf).toBe(account(scene)?.id as never);
  });
});

describe("an invitation dies with who made it", () => {
  test("to the server, also after a restart", () => {
    const scene = new Scene({ signUp: "invite" });
    scene.signUp("mina", true);
    const mina = scene.person("mina");
    mina.says("INVITATION CREATE 5");
    const code = mina.hears()[0]?.split(" ")[4] ?? "";
    const guest = scene.connect();
    expect(guest.says(`PASS ${code}`, "ACCOUNT CHECK sun").hears()[0]).toContain("NAME_FREE");
    mina.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT DELETE");
    expect([...scene.members.invitations()]).toEqual([]);
    const later = scene.restart().connect();
    expect(later.says(`PASS ${code}`, "ACCOUNT CHECK sun").hears()[0]).toContain(
      "INVITATION_WRONG",
    );
  });

  test("to a room: it neither shows nor opens the room", () => {
    const scene = new Scene();
    const [mina, sun, jun] = [scene.person("mina"), scene.person("sun"), scene.person("jun")];
    mina.says("JOIN #tea", "MODE #tea +i");
    jun.says("JOIN #tea");
    mina.says("INVITE jun #tea", "MODE #tea +o jun");
    jun.says("JOIN #tea");
    mina.says("MODE #tea +o jun");
    jun.says("INVITE sun #tea");
    sun.hears();
    jun.says("ACCOUNT CONFIRM :jun-password", "ACCOUNT DELETE");
    expect(sun.says("INVITE").hears()).toEqual([":tea.test 337 sun :End of your invitations"]);
    sun.hears();
    expect(sun.says("JOIN #tea").hears()[0]).toContain(" 473 sun #tea ");
  });
});

describe("a reset link", () => {
  function withLink(scene: Scene): { readonly boss: Actor; readonly code: string } {
    const boss = scene.guest("boss", CAP);
    boss.says("OPER boss kettle");
    boss.hears();
    boss.says("ACCOUNT RESETLINK mina");
    const [line = ""] = notes(boss, "RESET_LINK");
    return { boss, code: /reset-(\S+) /.exec(line)?.[1] ?? "" };
  }

  test("sets a new password once, and ends sessions, devices and addresses", () => {
    const scene = stage(LAPTOP, THIEF);
    const thief = byCertificate(scene, THIEF, "203.0.113.9");
    const { code } = withLink(scene);
    expect(thief.hears().at(-1)).toContain(
      "The server's staff made a link that sets a new password",
    );
    const mina = scene.connect();
    mina.says(`ACCOUNT RESET ${code} :short`, `ACCOUNT RESET ${code} :warm barley tea`);
    mina.says(`ACCOUNT RESET ${code} :another barley tea`);
    expect(mina.hears()).toEqual([
      ":tea.test FAIL ACCOUNT WEAK_PASSWORD :That password is too short. Try a whole sentence",
      ":tea.test NOTE ACCOUNT PASSWORD_RESET mina :Your password is set. Log in with it",
      ":tea.test FAIL ACCOUNT RESET_WRONG :That code is wrong, used or expired. Ask the server's owner for another one",
    ]);
    expect(thief.hears().at(-1)).toBe("ERROR :Your password was set by a reset link");
    expect(fingerprints(scene)).toEqual([]);
    expect(account(scene)?.addresses).toBeUndefined();
    expect(isIn(byCertificate(scene, LAPTOP))).toBe(false);
    expect(isIn(byPassword(scene, "192.0.2.1"))).toBe(false);
    const back = scene
      .connect({ address: "198.51.100.3" })
      .logsIn("mina", [CAP], "warm barley tea");
    expect(notes(back, "SECURITY").map((line) => line.split(" ")[0])).toEqual([
      "reset-link",
      "reset",
    ]);
    expect(scene.audit().map(({ by, act, target }) => [by, act, target])).toContainEqual([
      "boss",
      "reset",
      "mina",
    ]);
  });

  test("works in any IRC client, before and after registration, for its account alone", () => {
    const scene = stage();
    scene.signUp("jun");
    const { boss, code } = withLink(scene);
    boss.says("NS RESETLINK jun");
    const [first = "", second = ""] = boss.hears();
    expect(first).toMatch(
      /Good once, until 2026-11-23\S+: sodam:\/\/tea\.test:6697\/fp-f+\/reset-id\d+$/,
    );
    const [, line = ""] = /: (.*)$/.exec(second.slice(second.indexOf("clients"))) ?? [];
    expect(line).toStartWith("/msg NickServ RESET jun ");
    const visitor = scene.connect();
    visitor.says(`NS RESET jun ${code} warm barley tea`, `NS RESET mina ${code} warm barley tea`);
    expect(visitor.hears().map((heard) => heard.split(" :")[1])).toEqual([
      "That code is wrong, used or expired. Ask the server's owner for another one",
      "Your password is set. Log in with it",
    ]);
    const guest = scene.guest("sun");
    guest.says(
      line
        .replace("/msg NickServ", "PRIVMSG NickServ :")
        .replace("<new password>", "cold barley tea"),
    );
    guest.hears();
    guest.says("NS IDENTIFY jun cold barley tea");
    expect(guest.hears().join()).toContain("900 ");
  });

  test("works under the account's former name, too, while that rests", () => {
    const scene = stage();
    const { boss, code } = withLink(scene);
    boss.says("NS RENAME mina minji");
    const visitor = scene.connect();
    visitor.says(`NS RESET mina ${code} warm barley tea`);
    expect(visitor.hears()[0]).toContain("Your password is set");
  });

  test("is good for a day, and an earlier one isn't when there is a new one", () => {
    const scene = stage();
    const { boss, code } = withLink(scene);
    boss.hears();
    boss.says("ACCOUNT RESETLINK mina");
    const [line = ""] = notes(boss, "RESET_LINK");
    const second = /reset-(\S+) /.exec(line)?.[1] ?? "";
    const mina = scene.connect();
    expect(mina.says(`ACCOUNT RESET ${code} :warm barley tea`).hears()[0]).toContain("RESET_WRONG");
    byPassword(scene, "203.0.113.9");
    scene.passes(DAY_MS - 1);
    const inTime = scene.connect();
    expect(inTime.says(`ACCOUNT RESET ${second} :short`).hears()[0]).toContain("WEAK_PASSWORD");
    scene.passes(1);
    const visitor = scene.connect();
    expect(visitor.says(`ACCOUNT RESET ${second} :warm barley tea`).hears()[0]).toContain(
      "RESET_WRONG",
    );
  });

  test("sets the password of one of two who use it in the same moment", () => {
    const scene = stage();
    const { code } = withLink(scene);
    const [first, second] = [scene.connect(), scene.connect()];
    scene.holding = true;
    first.says(`ACCOUNT RESET ${code} :warm barley tea`);
    second.says(`ACCOUNT RESET ${code} :cold barley tea`);
    scene.holding = false;
    scene.settle();
    expect(first.hears()[0]).toContain("PASSWORD_RESET");
    expect(second.hears()[0]).toContain("RESET_WRONG");
    expect(account(scene)?.hash).toBe("hash of warm barley tea");
  });

  test("slows wrong codes by their address, and a right one never", () => {
    const scene = stage();
    const { code } = withLink(scene);
    const answers = Array.from(
      { length: 40 },
      (_, n) =>
        scene.connect().says(`ACCOUNT RESET wrong${n} :warm barley tea`).hears()[0]?.split(" ")[3],
    );
    expect(new Set(answers.slice(0, 30))).toEqual(new Set(["RESET_WRONG"]));
    expect(new Set(answers.slice(30))).toEqual(new Set(["RATE_LIMITED"]));
    // Neither the account's log-in nor its link is locked by that.
    expect(isIn(byPassword(scene, "192.0.2.1"))).toBe(true);
    const mina = scene.connect();
    expect(mina.says(`ACCOUNT RESET ${code} :warm barley tea`).hears()[0]).toContain(
      "PASSWORD_RESET",
    );
    expect(scene.logIns).toContain('log-in failed: from 192.0.2.1 by reset as "": wrong code');
  });

  test("is made by operators alone, and never for an owner, whose server they could take", () => {
    const scene = stage();
    scene.signUp("root", true);
    const sun = scene.guest("sun");
    expect(sun.says("ACCOUNT RESETLINK mina").hears()[0]).toContain(" 481 ");
    const mina = byPassword(scene, "192.0.2.1");
    mina.hears();
    expect(mina.says("ACCOUNT RESETLINK mina").hears()[0]).toContain(" 481 ");
    mina.says("OPER boss kettle").hears();
    mina.says("ACCOUNT RESETLINK root", "ACCOUNT RESETLINK nobody");
    const codes = mina.hears().flatMap((line) => / FAIL ACCOUNT (\S+)/.exec(line)?.[1] ?? []);
    expect(codes).toEqual(["PROTECTED_ACCOUNT", "NO_SUCH_ACCOUNT"]);
    expect(scene.members.account("root" as never)?.reset).toBeUndefined();
  });

  test("needs the server's password where that has one", () => {
    const digest = new Bun.CryptoHasher("sha256").update("kettle").digest("hex");
    const scene = new Scene({ passwordDigest: digest });
    scene.signUp("mina");
    const visitor = scene.connect();
    expect(visitor.says("ACCOUNT RESET x :warm barley tea").hears()[0]).toContain(" 464 ");
    visitor.says("PASS kettle");
    expect(visitor.says("ACCOUNT RESET x :warm barley tea").hears()[0]).toContain("RESET_WRONG");
  });

  test("leaves the account as it was when the disk is full", () => {
    const scene = stage(LAPTOP);
    const { code } = withLink(scene);
    const mina = byCertificate(scene, LAPTOP);
    const visitor = scene.connect();
    scene.diskFull = true;
    visitor.says(`ACCOUNT RESET ${code} :warm barley tea`);
    expect(visitor.hears()[0]).toContain("TEMPORARILY_UNAVAILABLE");
    expect(mina.closed).toBe(false);
    expect(account(scene)?.hash).toBe(`hash of ${passwordOf("mina")}`);
    scene.diskFull = false;
    visitor.says(`ACCOUNT RESET ${code} :warm barley tea`);
    expect(visitor.hears()[0]).toContain("PASSWORD_RESET");
  });
});
