import { describe, expect, test } from "bun:test";
import { codeTime, loadTotp, splitCode } from "../../lib/member-server/second-factor.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { type Actor, passwordOf, Scene } from "../scene.ts";

/** A second factor: codes of an authenticator app (RFC 6238) and recovery codes. */

const STEP_MS = 30_000;

/** The code that an app shows. */
function codeOf(secret: string, time: number): string {
  const { TOTP, Secret } = loadTotp();
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: time });
}

/** The detail that follows a code in a NOTE or FAIL. */
function details(lines: readonly string[], code: string): string[] {
  return lines
    .map((line) => parseMessage(line)?.params ?? [])
    .filter((params) => params[1] === code)
    .map((params) => params[2] ?? "");
}

/** Sets a second factor up for somebody who is logged in. */
function setUp(scene: Scene, actor: Actor, name: string): { secret: string; recovery: string[] } {
  actor.hears();
  actor.says(`ACCOUNT CONFIRM ${passwordOf(name)}`, "ACCOUNT 2FA SETUP");
  const [secret = ""] = details(actor.hears(), "SECOND_FACTOR_KEY");
  actor.says(`ACCOUNT 2FA ON ${codeOf(secret, scene.now)}`);
  const recovery = details(actor.hears(), "RECOVERY_CODE");
  expect(recovery).toHaveLength(10);
  return { secret, recovery };
}

/** What a new connection is answered that logs in with this password. */
function tries(scene: Scene, name: string, password: string): { verbs: string[]; lines: string[] } {
  const actor = scene.connect().logsIn(name, ["standard-replies"], password);
  const lines = actor.hearsPlain();
  const verbs = lines.map((line) => parseMessage(line)?.verb ?? "");
  return { verbs: verbs.filter((verb) => /^(?:90\d|FAIL|001)$/.test(verb)), lines };
}

describe("the codes", () => {
  test.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
  ])("are those of RFC 6238, appendix B, at %p s", (seconds, code) => {
    const secret = loadTotp().Secret.fromUTF8("12345678901234567890").base32;
    const step = Math.floor(seconds / 30) * STEP_MS;
    expect(codeTime(secret, code, 0, seconds * 1000)).toBe(step);
    expect(codeTime(secret, code, 0, seconds * 1000 + STEP_MS)).toBe(step);
    expect(codeTime(secret, code, 0, seconds * 1000 + 2 * STEP_MS)).toBe(null);
    expect(codeTime(secret, code, step, seconds * 1000)).toBe(null);
  });

  test("stand behind a password and a space, also with a gap or in capitals", () => {
    expect(splitCode("a word 123456")).toEqual({ password: "a word", code: "123456" });
    expect(splitCode("a word 123 456")).toEqual({ password: "a word", code: "123 456" });
    expect(splitCode("보리차\u3000123456")).toEqual({ password: "보리차", code: "123456" });
    expect(splitCode("word ABCD-efgh-2345")?.code).toBe("ABCD-efgh-2345");
    for (const text of ["123456", "word 12345", "word 1234567", "word123456", " 123456"]) {
      expect(splitCode(text)).toBe(null);
    }
  });
});

test("with a second factor a password needs a code behind it, and each code is good once", () => {
  const scene = new Scene();
  const { secret } = setUp(scene, scene.person("mina"), "mina");
  const password = passwordOf("mina");
  expect(tries(scene, "mina", password).verbs).toEqual(["FAIL", "904"]);
  expect(tries(scene, "mina", password).lines).toContain(
    ":tea.test FAIL AUTHENTICATE SECOND_FACTOR_REQUIRED :Your second factor is missing: give your password, a space, and the code of your app",
  );
  const first = codeOf(secret, scene.now);
  const used = tries(scene, "mina", `${password} ${first}`);
  expect(used.lines).toContain(
    ":tea.test FAIL AUTHENTICATE SECOND_FACTOR_WRONG :That code is wrong, or was used already. Give your password, a space, and the next code",
  );
  scene.passes(STEP_MS);
  const second = codeOf(secret, scene.now);
  expect(tries(scene, "mina", `${password} ${second}`).verbs).toEqual(["900", "903", "001"]);
  expect(tries(scene, "mina", `${password} ${second}`).verbs).toEqual(["FAIL", "904"]);
  const again = scene.restart();
  expect(tries(again, "mina", `${password} ${second}`).verbs).toEqual(["FAIL", "904"]);
  again.passes(STEP_MS);
  const third = codeOf(secret, again.now);
  expect(tries(again, "mina", `${password} ${third}`).verbs).toEqual(["900", "903", "001"]);
});

test("a code of the step before and after counts, and no older one once a newer was used", () => {
  const scene = new Scene();
  const { secret } = setUp(scene, scene.person("mina"), "mina");
  const password = passwordOf("mina");
  scene.passes(10 * STEP_MS);
  const [early, late] = [-2, 2].map((steps) => codeOf(secret, scene.now + steps * STEP_MS));
  for (const code of [early, late]) {
    expect(tries(scene, "mina", `${password} ${code}`).verbs).toEqual(["FAIL", "904"]);
  }
  const next = codeOf(secret, scene.now + STEP_MS);
  expect(tries(scene, "mina", `${password} ${next}`).verbs).toEqual(["900", "903", "001"]);
  const present = codeOf(secret, scene.now);
  expect(tries(scene, "mina", `${password} ${present}`).verbs).toEqual(["FAIL", "904"]);
  scene.setsClock(-3_600_000);
  const past = codeOf(secret, scene.now);
  expect(tries(scene, "mina", `${password} ${past}`).verbs).toEqual(["FAIL", "904"]);
});

test("two log-ins at once can't both use one code", () => {
  const scene = new Scene();
  const { secret, recovery } = setUp(scene, scene.person("mina"), "mina");
  scene.passes(STEP_MS);
  for (const code of [codeOf(secret, scene.now), recovery[0]]) {
    scene.holding = true;
    const actors = [scene.connect(), scene.connect()];
    for (const actor of actors) actor.logsIn("mina", [], `${passwordOf("mina")} ${code}`);
    scene.holding = false;
    scene.settle();
    const verbs = actors.map((actor) => actor.hearsVerbs().filter((verb) => /^90[34]$/.test(verb)));
    expect(verbs.flat().sort()).toEqual(["903", "904"]);
  }
});

test("a stranger learns nothing of the second factor without the right password", () => {
  const scene = new Scene();
  setUp(scene, scene.person("mina"), "mina");
  scene.signUp("jun");
  const answers = ["mina", "jun", "nobody"].map(
    (name) => tries(scene, name, "not the password 123456").lines,
  );
  const refusals = answers.map((lines) => lines.filter((line) => / (?:904|FAIL) /.test(line)));
  expect(new Set(refusals.map((lines) => lines.join("\n"))).size).toBe(1);
  expect(refusals[0]).toEqual([":tea.test 904 * :Wrong name or password. Try again"]);
});

test("a password is verified equally often for every name, with and without a second factor", () => {
  const scene = new Scene();
  setUp(scene, scene.person("mina"), "mina");
  scene.signUp("jun");
  const counts = ["mina", "jun", "nobody"].map((name) => {
    scene.holding = true;
    scene.connect().logsIn(name, [], "not the password 123456");
    let count = 0;
    while (scene.settleOne()) count += 1;
    scene.holding = false;
    return count;
  });
  expect(new Set(counts).size).toBe(1);
});

test("a password that ends like one with a code still works, with and without a second factor", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  const password = "tea at noon 123456";
  mina.says("ACCOUNT CONFIRM mina-password", `ACCOUNT PASSWORD :${password}`);
  expect(tries(scene, "mina", password).verbs).toEqual(["900", "903", "001"]);
  mina.hears();
  mina.says(`ACCOUNT CONFIRM :${password}`, "ACCOUNT 2FA SETUP");
  const [secret = ""] = details(mina.hears(), "SECOND_FACTOR_KEY");
  mina.says(`ACCOUNT 2FA ON ${codeOf(secret, scene.now)}`);
  expect(tries(scene, "mina", password).verbs).toEqual(["FAIL", "904"]);
  scene.passes(STEP_MS);
  const code = codeOf(secret, scene.now);
  expect(tries(scene, "mina", `${password} ${code}`).verbs).toEqual(["900", "903", "001"]);
});

test("of two keys that are set up in the same moment the first counts, and the other's owner is told so", () => {
  const scene = new Scene();
  const actors = [scene.person("mina"), scene.connect().logsIn("mina")];
  const keys = actors.map((actor) => {
    actor.says(`ACCOUNT CONFIRM ${passwordOf("mina")}`, "ACCOUNT 2FA SETUP");
    return details(actor.hears(), "SECOND_FACTOR_KEY")[0] ?? "";
  });
  scene.holding = true;
  for (const [index, actor] of actors.entries()) {
    actor.says(`ACCOUNT 2FA ON ${codeOf(keys[index] ?? "", scene.now)}`);
  }
  scene.holding = false;
  scene.settle();
  const codes = actors.map((actor) => details(actor.hears(), "RECOVERY_CODE"));
  expect(codes.map(({ length }) => length)).toEqual([10, 0]);
  expect([...scene.members.accounts()][0]?.secondFactor?.secret).toBe(keys[0] ?? "");
});

test("a recovery code is good once in place of the app's, and new ones take the place of the old", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  const { secret, recovery } = setUp(scene, mina, "mina");
  const password = passwordOf("mina");
  const [first = "", second = ""] = recovery;
  expect(first).toMatch(/^[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}$/);
  expect(JSON.stringify(scene.members.snapshot())).not.toContain(first);
  expect(tries(scene, "mina", `${password} ${first.toUpperCase()}`).verbs).toEqual([
    ...["900", "903", "001"],
  ]);
  expect(tries(scene, "mina", `${password} ${first}`).verbs).toEqual(["FAIL", "904"]);
  mina.hears();
  mina.says("ACCOUNT 2FA STATUS");
  expect(mina.hears()).toEqual([
    ":tea.test NOTE ACCOUNT SECOND_FACTOR on 2026-11-22T00:30:00.000Z 9 :Your second factor is on. You have 9 recovery codes left",
  ]);
  scene.passes(STEP_MS);
  mina.says(`ACCOUNT 2FA CODES ${codeOf(secret, scene.now)}`);
  const renewed = details(mina.hears(), "RECOVERY_CODE");
  expect(renewed).toHaveLength(10);
  expect(tries(scene, "mina", `${password} ${second}`).verbs).toEqual(["FAIL", "904"]);
  expect(tries(scene, "mina", `${password} ${renewed[0]}`).verbs).toEqual(["900", "903", "001"]);
});

test("new recovery codes are told to the account's other sessions, since they make the old ones worthless", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  const { secret } = setUp(scene, mina, "mina");
  scene.passes(STEP_MS);
  const other = scene.connect();
  other.logsIn(
    "mina",
    ["sodam.chat/account"],
    `${passwordOf("mina")} ${codeOf(secret, scene.now)}`,
  );
  other.hears();
  scene.passes(STEP_MS);
  mina.says(`ACCOUNT 2FA CODES ${codeOf(secret, scene.now)}`);
  expect(details(other.hears(), "SECURITY")).toEqual(["second-factor"]);
});

test("a device's certificate is a second factor", () => {
  const scene = new Scene({ secondFactor: "everyone" });
  const certificate = "a".repeat(64);
  const laptop = scene.connect({ certificate });
  scene.signUp("mina");
  laptop.logsIn("mina");
  setUp(scene, laptop, "mina");
  laptop.says("ACCOUNT CERT ADD laptop", "QUIT");
  const back = scene.connect({ certificate });
  back.says("CAP REQ sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +");
  back.says("NICK mina", "USER mina 0 * :mina", "CAP END");
  expect(back.hearsVerbs()).toContain("001");
});

test("switching off takes the password and a code, and wrong codes are slowed like wrong passwords", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  const { secret } = setUp(scene, mina, "mina");
  scene.passes(6 * 60_000);
  mina.says(`ACCOUNT 2FA OFF ${codeOf(secret, scene.now)}`);
  expect(mina.hears().at(-1)).toContain("CONFIRMATION_REQUIRED");
  mina.says("ACCOUNT CONFIRM mina-password");
  mina.hears();
  for (let n = 0; n < 10; n += 1) mina.says("ACCOUNT 2FA OFF 000000");
  expect(details(mina.hears(), "SECOND_FACTOR_WRONG")).toHaveLength(10);
  mina.says(`ACCOUNT 2FA OFF ${codeOf(secret, scene.now)}`);
  expect(mina.hears().at(-1)).toContain("FAIL ACCOUNT RATE_LIMITED");
  scene.passes(60_000);
  mina.says(`ACCOUNT 2FA OFF ${codeOf(secret, scene.now)}`);
  expect(details(mina.hears(), "SECOND_FACTOR_OFF")).toHaveLength(1);
  expect(tries(scene, "mina", passwordOf("mina")).verbs).toEqual(["900", "903", "001"]);
});

test("wrong codes at log-ins are slowed like wrong passwords, and logged", () => {
  const scene = new Scene();
  setUp(scene, scene.person("mina"), "mina");
  const password = passwordOf("mina");
  scene.logIns.length = 0;
  for (let n = 0; n < 40; n += 1) {
    const actor = scene.connect({ address: "198.51.100.7" });
    actor.logsIn("mina", [], `${password} 000000`);
  }
  const slowed = scene.connect({ address: "198.51.100.7" });
  slowed.logsIn("mina", ["standard-replies"], `${password} 000000`);
  expect(slowed.hears().join("\n")).toContain("FAIL AUTHENTICATE RATE_LIMITED");
  expect(scene.logIns[0]).toBe(
    'log-in failed: from 198.51.100.7 by password as "mina": wrong code',
  );
});

test("whoever has the password can't guess the codes, keeps nobody out by that, and is told of", () => {
  const scene = new Scene();
  const home = scene.person("mina", "sodam.chat/account");
  const { secret, recovery } = setUp(scene, home, "mina");
  const password = passwordOf("mina");
  const from = (address: string, code: string) => {
    const actor = scene.connect({ address });
    actor.logsIn("mina", ["standard-replies"], `${password} ${code}`);
    const lines = actor.hearsPlain();
    const [, failure] = /FAIL AUTHENTICATE (\S+)/.exec(lines.join("\n")) ?? [];
    return failure ?? (lines.some((line) => line.includes(" 903 ")) ? "in" : "out");
  };
  scene.passes(STEP_MS);
  const guesses = Array.from({ length: 30 }, (_, n) => from(`198.51.${n}.7`, "000000"));
  expect(guesses).toEqual([
    ...Array(20).fill("SECOND_FACTOR_WRONG"),
    ...Array(10).fill("RATE_LIMITED"),
  ]);
  const code = () => codeOf(secret, scene.now);
  // No right code of the app would tell a guess apart either, and a recovery code is no guess.
  expect(from("198.51.100.7", code())).toBe("RATE_LIMITED");
  expect(from("198.51.100.7", recovery[0] ?? "")).toBe("in");
  expect(from("192.0.2.1", code())).toBe("in");
  expect(details(home.hears(), "SECURITY")).toEqual(["code", "address"]);
  scene.passes(3_600_000);
  expect([from("203.0.113.9", "000000"), from("203.0.113.9", code())]).toEqual([
    ...["SECOND_FACTOR_WRONG", "RATE_LIMITED"],
  ]);
  expect(details(home.hears(), "SECURITY")).toEqual(["code"]);
});

test("a wrong code from a known address is told to nobody", () => {
  const scene = new Scene();
  const home = scene.person("mina", "sodam.chat/account");
  setUp(scene, home, "mina");
  expect(tries(scene, "mina", `${passwordOf("mina")} 000000`).verbs).toEqual(["FAIL", "904"]);
  expect(details(home.hears(), "SECURITY")).toEqual([]);
});

describe("a server that asks for a second factor", () => {
  test("holds a log-in without one until it is set up, by NickServ as well", () => {
    const scene = new Scene({ secondFactor: "everyone" });
    scene.signUp("mina");
    const mina = scene.connect().logsIn("mina", ["standard-replies"]);
    const held = mina.hearsPlain();
    expect(held.map((line) => parseMessage(line)?.verb)).not.toContain("001");
    expect(held).toContain(
      ":tea.test FAIL * SECOND_FACTOR_SETUP_REQUIRED :This server asks for a second factor: set up an authenticator app, and you are in",
    );
    mina.says("JOIN #tea");
    expect(mina.hearsVerbs()).toEqual(["451"]);
    mina.says("NS CONFIRM mina-password", "NS 2FA SETUP");
    const key = mina.hears().at(-1) ?? "";
    const [secret = ""] = /[A-Z2-7]{32}/.exec(key) ?? [];
    expect(key).toContain(`otpauth://totp/Teahouse:mina?secret=${secret}`);
    mina.says(`NS 2FA ON ${codeOf(secret, scene.now)}`);
    expect(mina.hearsVerbs()).toContain("001");
  });

  test("asks owners alone if it is set so, and takes a change of the setting at once", () => {
    const scene = new Scene({ secondFactor: "owners" });
    scene.signUp("mina", true);
    scene.signUp("jun");
    expect(tries(scene, "mina", passwordOf("mina")).verbs).toEqual(["900", "903", "FAIL"]);
    expect(tries(scene, "jun", passwordOf("jun")).verbs).toEqual(["900", "903", "001"]);
    const { options } = scene.server.state;
    scene.server.state.applyOptions({ ...options, secondFactor: "optional" });
    expect(tries(scene, "mina", passwordOf("mina")).verbs).toEqual(["900", "903", "001"]);
  });

  test("lets nobody who was here before add a certificate in its place", () => {
    const scene = new Scene();
    scene.signUp("mina");
    const mina = scene.connect({ certificate: "a".repeat(64) }).logsIn("mina");
    const { options } = scene.server.state;
    scene.server.state.applyOptions({ ...options, secondFactor: "everyone" });
    mina.says("ACCOUNT CONFIRM mina-password").hears();
    expect(mina.says("ACCOUNT CERT ADD mine").hears()[0]).toContain(
      "FAIL ACCOUNT SECOND_FACTOR_SETUP_REQUIRED",
    );
    setUp(scene, mina, "mina");
    expect(mina.says("ACCOUNT CERT ADD mine").hears()[0]).toContain("NOTE ACCOUNT CERT_ADDED");
  });

  test("lets nobody switch it off", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    const { secret } = setUp(scene, mina, "mina");
    const { options } = scene.server.state;
    scene.server.state.applyOptions({ ...options, secondFactor: "everyone" });
    scene.passes(STEP_MS);
    mina.says(`ACCOUNT 2FA OFF ${codeOf(secret, scene.now)}`);
    expect(mina.hears().at(-1)).toContain("FAIL ACCOUNT SECOND_FACTOR_REQUIRED");
  });

  test("lets nobody in from a guest's connection, which can't be held back", () => {
    const scene = new Scene({ secondFactor: "everyone" });
    scene.signUp("mina");
    const guest = scene.guest("somebody", "standard-replies");
    guest.says("NS IDENTIFY mina mina-password");
    expect(guest.session.account).toBe(null);
    guest.says("REGISTER * * :barley tea and rice");
    expect(guest.session.account).toBe(null);
  });

  test("holds a sign-up until it is set up", () => {
    const scene = new Scene({ secondFactor: "everyone", guests: false });
    const mina = scene.connect().says("CAP LS 302", "NICK mina", "USER mina 0 * :mina");
    mina.says("REGISTER * * :barley tea and rice", "CAP END");
    expect(mina.hearsVerbs()).not.toContain("001");
    mina.says("ACCOUNT CONFIRM :barley tea and rice", "ACCOUNT 2FA SETUP");
    const [secret = ""] = details(mina.hears(), "SECOND_FACTOR_KEY");
    mina.says(`ACCOUNT 2FA ON ${codeOf(secret, scene.now)}`);
    expect(mina.hearsVerbs()).toContain("001");
  });
});

test("NickServ takes a code behind the password, with and without an account's name", () => {
  const scene = new Scene({ guests: false });
  const { secret } = setUp(scene, scene.person("mina"), "mina");
  const steps = ["IDENTIFY mina mina-password", "IDENTIFY mina-password"].map((command) => {
    scene.passes(STEP_MS);
    const actor = scene.connect().says("NICK mina", "USER mina 0 * :mina");
    actor.says(`PRIVMSG NickServ :${command} ${codeOf(secret, scene.now)}`);
    return actor.session.account as string | null;
  });
  expect(steps).toEqual(["mina", "mina"]);
});

test("one's own data says since when the second factor is on, and never the key", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  const { secret } = setUp(scene, mina, "mina");
  mina.says("ACCOUNT DATA");
  const data = mina.hears().join("\n");
  expect(data).toContain("DATA SECOND_FACTOR 2026-11-22T00:30:00.000Z 10 :");
  expect(data).not.toContain(secret);
});

test("a code whose use could not be stored lets nobody in", () => {
  const scene = new Scene();
  const { secret } = setUp(scene, scene.person("mina"), "mina");
  scene.passes(STEP_MS);
  const password = `${passwordOf("mina")} ${codeOf(secret, scene.now)}`;
  scene.diskFull = true;
  expect(tries(scene, "mina", password).verbs).toEqual(["FAIL", "904"]);
  scene.diskFull = false;
  expect(tries(scene, "mina", password).verbs).toEqual(["900", "903", "001"]);
});

test("who has to set one up adds no device and no bot before, and changes nothing else", () => {
  const before = new Scene();
  before.signUp("mina");
  const scene = new Scene({ secondFactor: "everyone" }, before);
  const certificate = "c".repeat(64);
  const mina = scene.connect({ certificate }).logsIn("mina");
  mina.says("ACCOUNT CONFIRM :mina-password");
  mina.hears();
  for (const rest of ["CERT ADD :laptop", "BOT ADD minabot", "PASSWORD :another one 7", "DELETE"]) {
    expect(mina.says(`ACCOUNT ${rest}`).hears()[0]).toContain("SECOND_FACTOR_SETUP_REQUIRED");
  }
  expect(scene.members.account("mina" as never)?.certificates).toEqual([]);
});
