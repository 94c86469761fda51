import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/** ACCOUNT (sodam.chat/account): what people do with their own account. */

test("CHECK says whether a name is free, before registration as well", () => {
  const scene = new Scene({ guests: false });
  scene.person("barley").says("NICK oolong");
  const visitor = scene.connect();
  visitor.says(
    "ACCOUNT CHECK 민수",
    "ACCOUNT CHECK Barley",
    "ACCOUNT CHECK bar1ey",
    "ACCOUNT CHECK oolong",
    "ACCOUNT CHECK a.b",
    "ACCOUNT CHECK admin",
    "ACCOUNT CHECK",
  );
  expect(visitor.hears()).toEqual([
    ":tea.test NOTE ACCOUNT NAME_FREE 민수 :That name is free",
    ":tea.test FAIL ACCOUNT ACCOUNT_EXISTS Barley :That name is taken. Try another",
    ":tea.test FAIL ACCOUNT ACCOUNT_NAME_LOOKALIKE bar1ey :That name looks like one that is taken. Try another",
    ":tea.test FAIL ACCOUNT ACCOUNT_EXISTS oolong :That name is taken. Try another",
    ":tea.test FAIL ACCOUNT BAD_ACCOUNT_NAME a.b :A name can have letters and digits of any language, and - _ [ ] \\ ` ^ { } |",
    ":tea.test FAIL ACCOUNT BAD_ACCOUNT_NAME admin :That name is reserved",
    ":tea.test FAIL ACCOUNT BAD_ACCOUNT_NAME * :Give a name",
  ]);
});

test("all other subcommands need a log-in, and dangerous ones a confirmed password", () => {
  const scene = new Scene();
  expect(scene.guest("jun").says("ACCOUNT DELETE", "ACCOUNT CERT LIST").hears()).toEqual([
    ":tea.test FAIL ACCOUNT ACCOUNT_REQUIRED :Log in first",
    ":tea.test FAIL ACCOUNT ACCOUNT_REQUIRED :Log in first",
  ]);
  const mina = scene.person("mina");
  mina.says(
    "ACCOUNT PASSWORD :warm barley tea",
    "ACCOUNT DELETE",
    "ACCOUNT CERT ADD :laptop",
    "ACCOUNT POUR",
    "ACCOUNT CERT POUR",
    "ACCOUNT",
  );
  expect(mina.hears()).toEqual([
    ":tea.test FAIL ACCOUNT CONFIRMATION_REQUIRED :Confirm your password first: ACCOUNT CONFIRM",
    ":tea.test FAIL ACCOUNT CONFIRMATION_REQUIRED :Confirm your password first: ACCOUNT CONFIRM",
    ":tea.test FAIL ACCOUNT CONFIRMATION_REQUIRED :Confirm your password first: ACCOUNT CONFIRM",
    ":tea.test FAIL ACCOUNT INVALID_PARAMS POUR :Unknown ACCOUNT subcommand",
    ":tea.test FAIL ACCOUNT INVALID_PARAMS CERT POUR :CERT takes ADD, DEL or LIST",
    ":tea.test 461 mina ACCOUNT :Not enough parameters",
  ]);
});

test("CONFIRM lasts five minutes on this connection", () => {
  const scene = new Scene();
  const mina = scene
    .person("mina")
    .says("ACCOUNT CONFIRM :wrong", "ACCOUNT CONFIRM :mina-password");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL ACCOUNT WRONG_PASSWORD :That is not your password",
    ":tea.test NOTE ACCOUNT CONFIRMED :Your password is confirmed",
  ]);
  scene.passes(5 * 60_000);
  mina.hears();
  expect(mina.says("ACCOUNT DELETE").hears()).toEqual([
    ":tea.test FAIL ACCOUNT CONFIRMATION_REQUIRED :Confirm your password first: ACCOUNT CONFIRM",
  ]);
});

test("a new password closes all other sessions of the account, registered or not", () => {
  const scene = new Scene();
  const [mina, phone, jun] = [scene.person("mina"), scene.person("mina"), scene.person("jun")];
  const half = scene.connect().logsIn("mina").says();
  const visitor = scene
    .connect()
    .says("AUTHENTICATE PLAIN", `AUTHENTICATE ${btoa("\0mina\0mina-password")}`);
  for (const actor of [half, visitor]) actor.hears();
  mina.says(
    "ACCOUNT CONFIRM :mina-password",
    "ACCOUNT PASSWORD :short",
    "ACCOUNT PASSWORD :warm barley tea",
  );
  expect(mina.hears()).toEqual([
    ":tea.test NOTE ACCOUNT CONFIRMED :Your password is confirmed",
    ":tea.test FAIL ACCOUNT WEAK_PASSWORD :That password is too short. Try a whole sentence",
    ":tea.test NOTE ACCOUNT PASSWORD_CHANGED :Your password was changed",
  ]);
  for (const actor of [phone, half, visitor]) {
    expect(actor.hears().at(-1)).toBe("ERROR :Your password was changed");
    expect(actor.closed).toBe(true);
  }
  expect(jun.hears()).toEqual([]);
  expect(
    scene
      .connect()
      .logsIn("mina")
      .hears()
      .some((line) => line.includes(" 904 ")),
  ).toBe(true);
  expect(
    scene
      .connect()
      .logsIn("mina", [], "warm barley tea")
      .hears()
      .some((line) => line.includes(" 903 ")),
  ).toBe(true);
});

test("a deleted account leaves its rooms and all of its connections", () => {
  const scene = new Scene();
  const [mina, phone] = [scene.person("mina").says("JOIN #tea"), scene.person("mina")];
  const jun = scene.person("jun").says("JOIN #tea");
  for (const actor of [mina, phone, jun]) actor.hears();
  mina.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT DELETE");
  expect(mina.hears()).toEqual([
    ":tea.test NOTE ACCOUNT CONFIRMED :Your password is confirmed",
    ":tea.test NOTE ACCOUNT DELETED :Your account was deleted",
    "ERROR :Your account was deleted",
  ]);
  expect(phone.hears()).toEqual(["ERROR :Your account was deleted"]);
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account QUIT :Account deleted"]);
  expect(jun.says("NAMES #tea", "WHOIS mina").hears()).toEqual([
    ":tea.test 353 jun = #tea jun",
    ":tea.test 366 jun #tea :End of the list",
    ":tea.test 401 jun mina :Nobody here has that name",
    ":tea.test 318 jun mina :End of WHOIS",
  ]);
  // The name rests.
  expect(scene.guest("mina").session.nickOrStar).toBe("*");
});

test("an account is deleted even if its session closes during the deletion", () => {
  const scene = new Scene();
  const [mina, phone] = [scene.person("mina").says("JOIN #tea"), scene.person("mina")];
  const jun = scene.person("jun").says("JOIN #tea");
  mina.says("ACCOUNT CONFIRM :mina-password");
  for (const actor of [mina, phone, jun]) actor.hears();
  scene.holding = true;
  mina.says("ACCOUNT DELETE").vanishes();
  expect(phone.hears()).toEqual([]);
  scene.settle();
  expect(phone.hears()).toEqual(["ERROR :Your account was deleted"]);
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account QUIT :Account deleted"]);
});

test("a device's certificate is added, listed, used and removed", () => {
  const scene = new Scene();
  scene.signUp("mina");
  const certificate = "ab".repeat(32);
  const mina = scene.connect({ certificate }).logsIn("mina");
  mina.hears();
  mina.says(
    "ACCOUNT CONFIRM :mina-password",
    "ACCOUNT CERT ADD :거실 노트북",
    "ACCOUNT CERT ADD :again",
    "ACCOUNT CERT LIST",
  );
  expect(mina.hears()).toEqual([
    ":tea.test NOTE ACCOUNT CONFIRMED :Your password is confirmed",
    ":tea.test NOTE ACCOUNT CERT_ADDED abababababababababababababababababababababababababababababababab :This device can now log in without a password",
    ":tea.test FAIL ACCOUNT CERT_YOURS :This device is already on your list",
    ":tea.test NOTE ACCOUNT CERT abababababababababababababababababababababababababababababababab 2026-11-22T00:30:00.000Z :거실 노트북",
    ":tea.test NOTE ACCOUNT CERTS_END :End of the list",
  ]);
  const again = scene.connect({ certificate }).says("AUTHENTICATE EXTERNAL", "AUTHENTICATE +");
  expect(again.hears().at(-1)).toEqual(":tea.test 903 * :You are logged in");
  mina.says(
    `ACCOUNT CERT DEL ${certificate.toUpperCase()}`,
    `ACCOUNT CERT DEL ${certificate}`,
    "ACCOUNT CERT LIST",
  );
  expect(mina.hears()).toEqual([
    ":tea.test NOTE ACCOUNT CERT_REMOVED abababababababababababababababababababababababababababababababab :That device can no longer log in without a password",
    ":tea.test FAIL ACCOUNT NO_SUCH_CERT :That device is not on your list",
    ":tea.test NOTE ACCOUNT CERTS_END :End of the list",
  ]);
  const plain = scene
    .person("mina")
    .says("ACCOUNT CONFIRM :mina-password", "ACCOUNT CERT ADD :phone");
  expect(plain.hears().at(-1)).toEqual(
    ":tea.test FAIL ACCOUNT NO_CERTIFICATE :This connection has no client certificate",
  );
});

test("a certificate belongs to one account, and an account has at most twenty", () => {
  const scene = new Scene();
  for (const name of ["mina", "jun"]) scene.signUp(name);
  const add = (name: string, certificate: string) => {
    const actor = scene.connect({ certificate }).logsIn(name);
    actor.hears();
    return actor
      .says(`ACCOUNT CONFIRM :${name}-password`, "ACCOUNT CERT ADD :phone")
      .hears()
      .at(-1);
  };
  const print = (number: number) => number.toString(16).padStart(64, "0");
  add("jun", print(99));
  expect(add("mina", print(99))).toBe(
    ":tea.test FAIL ACCOUNT CERT_EXISTS :That certificate belongs to another account",
  );
  scene.now += 3_600_000;
  for (let i = 0; i < 20; i += 1) {
    const mina = scene.connect({ certificate: print(i) }).logsIn("mina");
    mina.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT CERT ADD :phone");
    mina.vanishes();
    scene.now += 3_600_000;
  }
  expect(add("mina", print(20))).toBe(
    ":tea.test FAIL ACCOUNT LIMIT_REACHED 20 :Your list of devices is full",
  );
});

test("a new password is refused with the same codes as in REGISTER", () => {
  const mina = new Scene().person("mina").says("ACCOUNT CONFIRM :mina-password");
  mina.hears();
  mina.says("ACCOUNT PASSWORD :short", `ACCOUNT PASSWORD :${"x".repeat(301)}`);
  expect(mina.hears().map((line) => line.split(" ")[3])).toEqual([
    "WEAK_PASSWORD",
    "UNACCEPTABLE_PASSWORD",
  ]);
});

test("nothing changes when the disk is full", () => {
  const scene = new Scene();
  const [mina, phone] = [scene.person("mina"), scene.person("mina")];
  mina.says("ACCOUNT CONFIRM :mina-password");
  mina.hears();
  scene.diskFull = true;
  mina.says("ACCOUNT PASSWORD :warm barley tea", "ACCOUNT DELETE");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL ACCOUNT TEMPORARILY_UNAVAILABLE :The server can't do that right now. Try again in a moment",
    ":tea.test FAIL ACCOUNT TEMPORARILY_UNAVAILABLE :The server can't do that right now. Try again in a moment",
  ]);
  expect(phone.hears()).toEqual([]);
  expect(scene.members.account("mina" as never)?.hash).toBe("hash of mina-password");
});

test("CONFIRM is rate limited", () => {
  const mina = new Scene().person("mina");
  for (let i = 0; i < 11; i += 1) mina.says(`ACCOUNT CONFIRM :guess ${i}`);
  expect(mina.hears().slice(-2)).toEqual([
    ":tea.test FAIL ACCOUNT WRONG_PASSWORD :That is not your password",
    ":tea.test FAIL ACCOUNT RATE_LIMITED :Too many tries. Try again in 30 seconds",
  ]);
});

testWithOneServer(
  "a password that the server was too busy to check doesn't count as a guess",
  () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    const ids: number[] = [];
    const { ports } = scene.server.state;
    const { ask } = ports;
    Object.assign(ports, { ask: (id: number) => ids.push(id) });
    for (let i = 0; i < 11; i += 1) {
      mina.says("ACCOUNT CONFIRM :mina-password");
      scene.server.answer<"verify-password">(ids.pop() ?? 0, { ok: null });
    }
    expect(mina.hears().every((line) => line.includes("TEMPORARILY_UNAVAILABLE"))).toBe(true);
    Object.assign(ports, { ask });
    mina.says("ACCOUNT CONFIRM :mina-password");
    expect(mina.hears()).toEqual([":tea.test NOTE ACCOUNT CONFIRMED :Your password is confirmed"]);
  },
);
