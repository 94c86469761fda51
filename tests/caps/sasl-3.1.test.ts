import { expect, test } from "bun:test";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { accountId } from "../account-ids.ts";
import { type Actor, passwordOf, Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/** https://ircv3.net/specs/extensions/sasl-3.1 */

/** An unregistered connection with sasl enabled, whose ACK was read. */
function opening(scene: Scene, nick = "mina"): Actor {
  const actor = scene.connect().says("CAP REQ :sasl", `NICK ${nick}`, `USER ${nick} 0 * :${nick}`);
  actor.hears();
  return actor;
}

function teahouse(): Scene {
  const scene = new Scene();
  scene.signUp("mina");
  return scene;
}

const RIGHT = encodePlain("mina", passwordOf("mina"));
const WRONG = encodePlain("mina", "second flush");

test("PLAIN: an empty challenge, the answer in base64, then 900 and 903", () => {
  const mina = opening(teahouse()).says("AUTHENTICATE PLAIN");
  expect(mina.hears()).toEqual(["AUTHENTICATE +"]);
  mina.says(`AUTHENTICATE ${RIGHT[0]}`);
  expect(mina.hears()).toEqual([
    ":tea.test 900 mina mina!*@* mina :You are now logged in as mina",
    ":tea.test 903 mina :You are logged in",
  ]);
  mina.says("CAP END");
  expect(mina.hears()[0]).toBe(":tea.test 001 mina :Welcome to Teahouse, mina");
  expect(mina.session.account as string | null).toBe("mina");
});

test("a mechanism's name is case-insensitive", () => {
  expect(opening(teahouse()).says("AUTHENTICATE plain").hears()).toEqual(["AUTHENTICATE +"]);
});

test("a wrong password is 904, and the client can try again", () => {
  const mina = opening(teahouse()).says("AUTHENTICATE PLAIN", `AUTHENTICATE ${WRONG[0]}`);
  expect(mina.hears()).toEqual([
    "AUTHENTICATE +",
    ":tea.test 904 mina :Wrong name or password. Try again",
  ]);
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${RIGHT[0]}`);
  expect(mina.hears().at(-1)).toEqual(":tea.test 903 mina :You are logged in");
});

test("an unknown account and a foreign authorization identity are answered like a wrong password", () => {
  const payloads = ["\0jun\0jun-password", `jun\0mina\0${passwordOf("mina")}`, "\0mina\0"];
  for (const payload of payloads) {
    const mina = opening(teahouse()).says("AUTHENTICATE PLAIN", `AUTHENTICATE ${btoa(payload)}`);
    expect(mina.hears().at(-1)).toBe(":tea.test 904 mina :Wrong name or password. Try again");
  }
});

test("a response that isn't base64, and an empty one, are 904", () => {
  for (const argument of ["tea!", "PLAIN", "+", "bWluYQ=="]) {
    const mina = opening(teahouse()).says("AUTHENTICATE PLAIN", `AUTHENTICATE ${argument}`);
    expect(mina.hears()).toEqual([
      "AUTHENTICATE +",
      ":tea.test 904 mina :Wrong name or password. Try again",
    ]);
  }
});

test("an unsupported mechanism is 908 and 904", () => {
  expect(opening(teahouse()).says("AUTHENTICATE TEA").hears()).toEqual([
    ":tea.test 908 mina PLAIN,EXTERNAL :are the available mechanisms",
    ":tea.test 904 mina :That mechanism is not supported",
  ]);
});

test("a response of more than 400 bytes is sent in pieces; one of exactly 400 is ended by +", () => {
  const long = "차".repeat(100);
  for (const [password, pieces] of [
    [long, 2],
    ["x".repeat(294), 2],
    ["x".repeat(291), 1],
  ] as const) {
    const scene = new Scene();
    scene.members.apply({
      kind: "signed-up",
      id: accountId("mina"),
      name: "mina" as never,
      hash: `hash of ${password}`,
      email: null,
      owner: false,
      time: 0,
    });
    const sent = encodePlain("mina", password);
    expect(sent).toHaveLength(pieces);
    const mina = opening(scene).says("AUTHENTICATE PLAIN");
    mina.hears();
    for (const piece of sent.slice(0, -1))
      expect(mina.says(`AUTHENTICATE ${piece}`).hears()).toEqual([]);
    mina.says(`AUTHENTICATE ${sent.at(-1)}`);
    expect(mina.hears().at(-1)).toBe(":tea.test 903 mina :You are logged in");
  }
});

test("a piece of more than 400 bytes is 905; an endless response fails with a reason", () => {
  const mina = opening(teahouse()).says("AUTHENTICATE PLAIN", `AUTHENTICATE ${"A".repeat(404)}`);
  expect(mina.hears().at(-1)).toEqual(":tea.test 905 mina :The log-in message is too long");
  mina.says("AUTHENTICATE PLAIN");
  mina.hears();
  for (let count = 0; count < 21; count += 1) mina.says(`AUTHENTICATE ${"A".repeat(400)}`);
  expect(mina.hears()).toEqual([
    ":tea.test 904 mina :Log-in failed",
    ":tea.test 905 mina :The log-in message is too long",
  ]);
});

test("* aborts with 906, and the client can start again", () => {
  const mina = opening(teahouse()).says("AUTHENTICATE PLAIN", "AUTHENTICATE *");
  expect(mina.hears()).toEqual(["AUTHENTICATE +", ":tea.test 906 mina :Log-in cancelled"]);
  mina.says("AUTHENTICATE *", "AUTHENTICATE PLAIN");
  expect(mina.hears()).toEqual([":tea.test 906 mina :Log-in cancelled", "AUTHENTICATE +"]);
});

// This version answers 907 after a log-in; sasl-3.2, which updates it, allows logging in again, and its plays
// are beside this file.

test("CAP END during authentication aborts it with 906, and the session continues as a guest", () => {
  const mina = opening(teahouse(), "jun").says("AUTHENTICATE PLAIN");
  mina.hears();
  mina.says("CAP END");
  expect(mina.hears().slice(0, 2)).toEqual([
    ":tea.test 906 jun :You went on without logging in",
    ":tea.test 001 jun :Welcome to Teahouse, jun",
  ]);
  expect(mina.session.account).toBeNull();
});

test("while a password is verified, later lines wait, and a whole log-in may be sent at once", () => {
  const scene = teahouse();
  scene.holding = true;
  const mina = scene.connect();
  mina.says("CAP REQ :sasl", "AUTHENTICATE PLAIN", `AUTHENTICATE ${RIGHT[0]}`, "CAP END");
  mina.says("NICK mina", "USER mina 0 * :mina");
  expect(mina.hears()).toEqual([":tea.test CAP * ACK :sasl", "AUTHENTICATE +"]);
  scene.settle();
  expect(mina.hears().slice(0, 3)).toEqual([
    ":tea.test 900 * *!*@* mina :You are now logged in as mina",
    ":tea.test 903 * :You are logged in",
    ":tea.test 001 mina :Welcome to Teahouse, mina",
  ]);
  expect(mina.session.account as string | null).toBe("mina");
});

test("EXTERNAL logs in to the account of the connection's certificate", () => {
  const scene = teahouse();
  const certificate = "ab".repeat(32);
  scene.members.apply({
    kind: "certificate-added",
    id: accountId("mina"),
    certificate: { fingerprint: certificate, label: "laptop", addedAt: 0 },
  });
  for (const authzid of ["+", btoa("mina")]) {
    const mina = scene
      .connect({ certificate })
      .says("CAP REQ :sasl", "AUTHENTICATE EXTERNAL", `AUTHENTICATE ${authzid}`);
    expect(mina.hears()).toEqual([
      ":tea.test CAP * ACK :sasl",
      "AUTHENTICATE +",
      ":tea.test 900 * *!*@* mina :You are now logged in as mina",
      ":tea.test 903 * :You are logged in",
    ]);
  }
  const strangers = [scene.connect(), scene.connect({ certificate: "cd".repeat(32) })];
  for (const stranger of strangers) {
    stranger.says("AUTHENTICATE EXTERNAL", "AUTHENTICATE +");
    expect(stranger.hears().at(-1)).toBe(":tea.test 904 * :Wrong name or password. Try again");
  }
  const liar = scene
    .connect({ certificate })
    .says("AUTHENTICATE EXTERNAL", `AUTHENTICATE ${btoa("jun")}`);
  expect(liar.hears().at(-1)).toBe(":tea.test 904 * :Wrong name or password. Try again");
});

test("the eighth wrong password closes the connection, after an ERROR with the reason", () => {
  const mina = opening(teahouse());
  for (let i = 0; i < 7; i += 1) mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${WRONG[0]}`);
  expect(mina.closed).toBe(false);
  mina.hears();
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${WRONG[0]}`);
  expect(mina.hears()).toEqual([
    "AUTHENTICATE +",
    ":tea.test 904 mina :Wrong name or password. Try again",
    "ERROR :Too many wrong passwords",
  ]);
  expect(mina.closed).toBe(true);
});

testWithOneServer(
  "a log-in that the server was too busy to check doesn't count as a wrong password",
  () => {
    const scene = teahouse();
    const mina = opening(scene);
    const ids: number[] = [];
    Object.assign(scene.server.state.ports, { ask: (id: number) => ids.push(id) });
    for (let i = 0; i < 9; i += 1) {
      mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${RIGHT[0]}`);
      scene.server.answer<"verify-password">(ids.pop() ?? 0, { ok: null });
    }
    expect(mina.hears().at(-1)).toBe(
      ":tea.test 904 mina :The server is busy. Try again in a moment",
    );
    expect(mina.closed).toBe(false);
  },
);

test("guessing from many connections is rate limited, until the wait is over", () => {
  const scene = teahouse();
  for (let i = 0; i < 11; i += 1) {
    scene
      .connect({ address: `192.0.2.${i}` })
      .says("AUTHENTICATE PLAIN", `AUTHENTICATE ${WRONG[0]}`);
  }
  const mina = opening(scene).says("AUTHENTICATE PLAIN", `AUTHENTICATE ${RIGHT[0]}`);
  expect(mina.hears()).toEqual([
    "AUTHENTICATE +",
    ":tea.test 904 mina :Too many tries. Try again in 60 seconds",
  ]);
  scene.passes(60_000);
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${RIGHT[0]}`);
  expect(mina.hears().at(-1)).toEqual(":tea.test 903 mina :You are logged in");
});

test("a rate limit is a FAIL before the 904, with standard-replies", () => {
  const scene = new Scene();
  scene.signUp("mina");
  const [piece = ""] = encodePlain("mina", "wrong");
  const eve = scene.connect().says("CAP REQ :sasl standard-replies", "NICK eve");
  for (let i = 0; i < 5; i += 1) eve.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${piece}`);
  const evil = scene.connect().says("CAP REQ :sasl standard-replies", "NICK eve");
  for (let i = 0; i < 5; i += 1) evil.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${piece}`);
  evil.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${piece}`).hears();
  evil.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${piece}`);
  const sentence = "Too many tries. Try again in 60 seconds";
  expect(evil.hears()).toEqual([
    "AUTHENTICATE +",
    `:tea.test FAIL AUTHENTICATE RATE_LIMITED 60 :${sentence}`,
    `:tea.test 904 eve :${sentence}`,
  ]);
});

test("without CAP, NICK and USER during authentication abort it as CAP END does", () => {
  const jun = teahouse().connect().says("AUTHENTICATE PLAIN", "NICK jun", "USER jun 0 * :jun");
  expect(jun.hears().slice(0, 3)).toEqual([
    "AUTHENTICATE +",
    ":tea.test 906 jun :You went on without logging in",
    ":tea.test 001 jun :Welcome to Teahouse, jun",
  ]);
});

test("on a server without guests nothing aborts it, since the session needs an account", () => {
  const scene = new Scene({ guests: false });
  scene.signUp("mina");
  const mina = opening(scene).says("AUTHENTICATE PLAIN", "CAP END");
  expect(mina.hears()).toEqual(["AUTHENTICATE +"]);
  mina.says(`AUTHENTICATE ${RIGHT[0]}`);
  expect(mina.hears()[2]).toBe(":tea.test 001 mina :Welcome to Teahouse, mina");
});

test("after an aborted second log-in the session continues as the first account", () => {
  for (const guests of [true, false]) {
    const scene = new Scene({ guests });
    scene.signUp("mina");
    const mina = opening(scene).says("AUTHENTICATE PLAIN", `AUTHENTICATE ${RIGHT[0]}`);
    mina.hears();
    mina.says("AUTHENTICATE PLAIN", "CAP END");
    expect(mina.hears().slice(0, 3)).toEqual([
      "AUTHENTICATE +",
      ":tea.test 906 mina :You went on without logging in again",
      ":tea.test 001 mina :Welcome to Teahouse, mina",
    ]);
    expect(mina.session.user?.account as string | null).toBe("mina");
  }
});

test("AUTHENTICATE works without requesting sasl", () => {
  // "The client MUST enable the sasl capability before": some send both at once, and lose nothing here.
  const mina = teahouse().connect().says("AUTHENTICATE PLAIN", `AUTHENTICATE ${RIGHT[0]}`);
  expect(mina.hearsVerbs()).toEqual(["AUTHENTICATE", "900", "903"]);
});
