import { describe, expect, test } from "bun:test";
import { invite } from "../../lib/member-server/invitation-codes.ts";
import { KNOWN_ADDRESS_MS, KNOWN_ADDRESSES_MAX } from "../../lib/member-server/known-addresses.ts";
import { fold } from "../../lib/protocol/names.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { accountId } from "../account-ids.ts";
import { type Actor, passwordOf, Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/* Guessing is slowed down, and the people whose passwords are guessed at are not. */

const HOME = "192.0.2.1";
const DEVICE = "d".repeat(64);
const SERVER_PASSWORD = "a kettle for all";
const OPER_PASSWORD = "boss-password";

function digest(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

function stage(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
  const scene = new Scene({ guests: false, signUp: "invite", ...options });
  scene.signUp("mina", true);
  scene.signUp("jun");
  return scene;
}

/** Logs in by SASL PLAIN on a new connection, and returns the numeric and the sentence that answer it. */
function tries(scene: Scene, address: string, name: string, password = passwordOf(name)): string {
  const actor = scene.connect({ address });
  const line = saslAnswer(actor, name, password);
  actor.vanishes();
  return line;
}

function saslAnswer(actor: Actor, name: string, password = passwordOf(name)): string {
  actor.says("AUTHENTICATE PLAIN");
  for (const piece of encodePlain(name, password)) actor.says(`AUTHENTICATE ${piece}`);
  const line = actor.hears().findLast((heard) => / (903|904|464) /.test(heard)) ?? "";
  return line.replace(/^\S+ (\d+) \S+ :/, "$1 ");
}

const IN = "903 You are logged in";
const WRONG = "904 Wrong name or password. Try again";

/** Guesses until the answer is another than "wrong"; returns how many were checked. */
function guessesAt(scene: Scene, address: string, name: string, most = 1000): number {
  for (let i = 0; i < most; i += 1) {
    if (tries(scene, address, name, `guess ${i}`) !== WRONG) return i;
  }
  return most;
}

/** An address in the network of this number; each is a /24 of its own. */
function elsewhere(network: number): string {
  return `10.${network >> 8}.${network & 255}.7`;
}

describe("31 wrong passwords from one address", () => {
  function attacked(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
    const scene = stage(options);
    expect(tries(scene, HOME, "mina")).toBe(IN);
    for (let i = 0; i < 31; i += 1) tries(scene, HOME, `nobody${i}`, "guess");
    expect(tries(scene, HOME, "nobody99", "guess")).toMatch(/^904 Too many tries/);
    return scene;
  }

  test("leave it open to whoever logged in from there before, also after a restart", () => {
    const scene = attacked();
    expect(tries(scene, HOME, "mina")).toBe(IN);
    const restarted = scene.restart();
    for (let i = 0; i < 31; i += 1) tries(restarted, HOME, `nobody${i}`, "guess");
    expect(tries(restarted, HOME, "mina")).toBe(IN);
  });

  test("make a member who is new there wait for ten seconds at most, and say so", () => {
    const scene = attacked();
    expect(tries(scene, HOME, "jun")).toBe("904 Too many tries. Try again in 10 seconds");
    scene.passes(10_000);
    expect(tries(scene, HOME, "jun")).toBe(IN);
  });

  test("let in who brings an invitation, a device certificate, or signs up by an invitation", () => {
    const scene = attacked();
    const code = invitationOf(scene);
    expect(saslAnswer(scene.connect({ address: HOME }).says(`PASS ${code}`), "jun")).toBe(IN);
    const hana = scene.connect({ address: HOME }).says(`PASS ${code}`, "NICK hana");
    expect(hana.says("REGISTER * * :a long enough sentence").hearsVerbs()).toContain("REGISTER");
    const device = scene.connect({ address: HOME, certificate: withDevice(scene) });
    device.says("AUTHENTICATE EXTERNAL", "AUTHENTICATE +");
    expect(device.hearsVerbs()).toContain("903");
  });

  test("don't hinder CONFIRM, or OPER of another kind of password", () => {
    const operators = [{ name: "boss", passwordHash: `hash of ${OPER_PASSWORD}` }];
    const scene = stage({ operators });
    const mina = scene.connect({ address: HOME });
    mina.logsIn("mina");
    for (let i = 0; i < 31; i += 1) tries(scene, HOME, `nobody${i}`, "guess");
    mina.hears();
    expect(mina.says("ACCOUNT CONFIRM :mina-password").hears().at(-1)).toContain("CONFIRMED");
    expect(mina.says(`OPER boss :${OPER_PASSWORD}`).hearsVerbs()).toContain("381");
  });

  test("of the server don't hinder members with the right one, by password or certificate", () => {
    const scene = stage({ passwordDigest: digest(SERVER_PASSWORD) });
    const right = () => scene.connect({ address: HOME }).says(`PASS :${SERVER_PASSWORD}`);
    expect(saslAnswer(right(), "mina")).toBe(IN);
    const guess = (i: number) => {
      const guesser = scene.connect({ address: HOME }).says(`PASS guess${i}`, "NICK eve");
      return guesser.says("USER eve 0 * :eve").hears().join();
    };
    for (let i = 0; i < 31; i += 1) guess(i);
    expect(guess(99)).toContain("Too many tries");
    expect(saslAnswer(right(), "mina")).toBe(IN);
    const device = scene.connect({ address: HOME, certificate: withDevice(scene) });
    device.says(`PASS :${SERVER_PASSWORD}`, "CAP REQ sasl", "AUTHENTICATE EXTERNAL");
    device.says("AUTHENTICATE +", "NICK mina", "USER mina 0 * :mina", "CAP END");
    expect(device.hearsVerbs()).toContain("001");
    const code = invitationOf(scene);
    const invited = right().says(`PASS ${code}`, "NICK hana");
    invited.says("REGISTER * * :a long enough sentence");
    expect(invited.hearsVerbs()).toContain("REGISTER");
  });

  test("are the only ones that cost a check: the same wrong server password again is none", () => {
    const scene = stage({ passwordDigest: digest(SERVER_PASSWORD), guests: true });
    for (let i = 0; i < 29; i += 1) {
      const guesser = scene.connect({ address: HOME }).says("PASS guess", "NICK eve");
      guesser.says("REGISTER * * :a long enough sentence", "USER eve 0 * :eve");
      expect(guesser.hears().join()).not.toContain("Too many tries");
    }
  });
});

describe("a thousand addresses that guess at one account", () => {
  test("leave known addresses, devices and the first try of a new address open", () => {
    const scene = stage();
    expect(tries(scene, HOME, "mina")).toBe(IN);
    for (let i = 0; i < 1000; i += 1) tries(scene, elsewhere(i), "mina", "guess");
    expect(tries(scene, HOME, "mina")).toBe(IN);
    expect(tries(scene, "203.0.113.1", "mina")).toBe(IN);
    const device = scene.connect({ address: elsewhere(1), certificate: withDevice(scene) });
    device.says("AUTHENTICATE EXTERNAL", "AUTHENTICATE +");
    expect(device.hearsVerbs()).toContain("903");
  });

  testWithOneServer("get no more tries in a day than ten addresses", () => {
    const scene = stage();
    let checked = 0;
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      for (let i = 0; i < 4; i += 1) {
        const address = elsewhere((minute * 4 + i) % 1000);
        if (tries(scene, address, "mina", `guess ${minute}`) === WRONG) checked += 1;
      }
      scene.passes(60_000);
    }
    expect(checked).toBeLessThan(2900);
  });

  test("can't tell whether the account exists, by answers or by work", () => {
    const scene = stage();
    const work: string[] = [];
    const { ask } = scene.server.state.ports;
    scene.server.state.ports.ask = (id, query) => {
      if (query.kind === "verify-password") work.push(JSON.stringify(query.place));
      ask(id, query);
    };
    const answersAt = (name: string) => {
      work.length = 0;
      const answers = Array.from({ length: 30 }, (_, i) =>
        tries(scene, `198.51.100.${i % 4}`, name, "guess"),
      );
      return [...answers, ...work];
    };
    expect(answersAt("mina")).toEqual(answersAt("nobody"));
  });
});

describe("a known address", () => {
  test("has its own tries, which don't end those of other addresses", () => {
    const scene = stage();
    tries(scene, HOME, "mina");
    for (let i = 0; i < 31; i += 1) expect(tries(scene, HOME, "mina", "guess")).toBe(WRONG);
    expect(tries(scene, HOME, "mina")).toBe(IN);
    expect(guessesAt(scene, HOME, "mina")).toBe(500 - 31);
    expect(tries(scene, HOME, "mina")).toBe("904 Too many tries. Try again in 60 seconds");
    scene.passes(60_000);
    tries(scene, HOME, "mina", "guess");
    tries(scene, HOME, "mina", "guess");
    expect(scene.logIns.at(-1)).toEndWith('as "mina": too many tries');
    expect(tries(scene, "203.0.113.1", "mina")).toBe(IN);
  });

  test("is stored as a keyed hash, at most twenty of them, and expires", () => {
    const scene = stage();
    const addresses = () => scene.members.account(fold("mina"))?.addresses ?? [];
    for (let i = 0; i < KNOWN_ADDRESSES_MAX + 5; i += 1) tries(scene, elsewhere(i), "mina");
    expect(addresses()).toHaveLength(KNOWN_ADDRESSES_MAX);
    expect(JSON.stringify(addresses())).not.toContain(digest(elsewhere(6)).slice(0, 32));
    expect(addresses().every(({ hash }) => /^[0-9a-f]{32}$/.test(hash))).toBe(true);
    scene.passes(KNOWN_ADDRESS_MS);
    tries(scene, HOME, "mina");
    expect(addresses()).toHaveLength(1);
  });

  test("goes with the account, and with its password", () => {
    const scene = stage();
    const mina = scene.connect({ address: HOME });
    mina.logsIn("mina");
    tries(scene, elsewhere(1), "mina");
    mina.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT PASSWORD :a new long sentence");
    expect(scene.members.account(fold("mina"))?.addresses).toHaveLength(1);
    mina.says("ACCOUNT DELETE");
    expect(scene.members.account(fold("mina"))).toBeNull();
    expect(JSON.stringify(scene.members.snapshot())).not.toContain('"addresses"');
  });

  test("is written once a day, not at each log-in", () => {
    const scene = stage();
    tries(scene, HOME, "mina");
    const before = scene.members.account(fold("mina"));
    scene.passes(86_400_000 - 1);
    tries(scene, HOME, "mina");
    expect(scene.members.account(fold("mina"))).toBe(before);
  });

  test("that is used daily stays known, though twenty others are used in a week", () => {
    const scene = stage();
    for (let day = 0; day < 4; day += 1) {
      tries(scene, HOME, "mina");
      for (let i = 0; i < 5; i += 1) tries(scene, elsewhere(day * 5 + i), "mina");
      scene.passes(86_400_000);
    }
    for (let i = 0; i < 1000; i += 1) tries(scene, `198.51.${i % 250}.7`, "mina", "guess");
    expect(tries(scene, HOME, "mina", "guess")).toBe(WRONG);
    expect(tries(scene, HOME, "mina")).toBe(IN);
  });
});

test("guesses at OPER by strangers don't hinder an account that gave the password before", () => {
  const operators = [{ name: "boss", passwordHash: `hash of ${OPER_PASSWORD}` }];
  const scene = stage({ operators, guests: true });
  const jun = scene.connect({ address: HOME });
  jun.logsIn("jun");
  jun.says(`OPER boss :${OPER_PASSWORD}`, "DEOPER").hears();
  const guesser = scene.connect({ address: HOME });
  guesser.introduces("eve");
  for (let i = 0; i < 31; i += 1) guesser.says(`OPER boss :guess${i}`);
  expect(guesser.hears().at(-1)).toContain("Too many tries");
  expect(jun.says(`OPER boss :${OPER_PASSWORD}`).hearsVerbs()).toContain("381");
});

test("who doesn't give the server's password has no account's password checked", () => {
  const scene = stage({ passwordDigest: digest(SERVER_PASSWORD) });
  const { ask } = scene.server.state.ports;
  scene.server.state.ports.ask = (id, query) => {
    expect(query.kind).not.toBe("verify-password");
    ask(id, query);
  };
  const guesser = scene.connect().says("PASS guess");
  expect(saslAnswer(guesser, "mina")).toBe(
    "464 This server asks for a password, and that wasn't it",
  );
  expect(guesser.closed).toBe(true);
});

function invitationOf(scene: Scene): string {
  const by = scene.members.account(fold("mina"));
  if (by === null) throw new Error("mina has no account");
  const code = `code${"x".repeat(16)}${scene.now}`;
  const made = invite(scene.members, { by }, code, digest, scene.now);
  if ("refused" in made) throw new Error(made.refused.kind);
  for (const change of made.changes) scene.members.apply(change);
  return made.code;
}

function withDevice(scene: Scene): string {
  const certificate = { fingerprint: DEVICE, label: "laptop", addedAt: scene.now };
  scene.members.apply({ kind: "certificate-added", id: accountId("mina"), certificate });
  return DEVICE;
}
