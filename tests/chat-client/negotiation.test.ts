import { expect, test } from "bun:test";
import type { ChatSession } from "../../lib/chat-client/session-interface.ts";
import { Stage } from "./stage.ts";

test("requests the capabilities that are offered and wanted, and no others", () => {
  const stage = new Stage();
  stage.session.opened();
  expect(stage.sent()).toEqual(["CAP LS 302", "NICK 민수", "USER sodam 0 * 민수"]);
  stage.server(":s CAP * LS * :sts=port=6697 server-time", ":s CAP * LS :batch x/y multi-prefix");
  expect(stage.sent()).toEqual([
    "CAP REQ :batch multi-prefix server-time".replace(
      "batch multi-prefix server-time",
      "server-time batch multi-prefix",
    ),
  ]);
  stage.server(":s CAP * ACK :server-time batch multi-prefix");
  expect(stage.sent()).toEqual(["CAP END"]);
  stage.server(":s 001 민수_ :hi", ":s 422 민수_ :no MOTD");
  expect(stage.session.state.phase).toEqual({ kind: "ready" });
  expect(stage.session.state.me.nick).toBe("민수_");
  expect(stage.told("ready")).toEqual([{ kind: "ready", nick: "민수_", account: null }]);
});

test("a refused REQ is sent again, name by name", () => {
  const stage = new Stage();
  stage.session.opened();
  stage.server(":s CAP * LS :server-time batch");
  stage.sent();
  stage.server(":s CAP * NAK :server-time batch");
  expect(stage.sent()).toEqual(["CAP REQ server-time", "CAP REQ batch"]);
  stage.server(":s CAP * NAK :batch");
  expect(stage.sent()).toEqual([]);
  stage.server(":s CAP * ACK :server-time");
  expect(stage.sent()).toEqual(["CAP END"]);
  expect([...stage.session.state.caps]).toEqual(["server-time"]);
});

test("on a server without CAP the client registers as well", () => {
  const stage = new Stage();
  stage.session.opened();
  stage.server(":s 421 * CAP :Unknown command", ":s 001 민수 :hi", ":s 376 민수 :end");
  expect(stage.session.state.phase).toEqual({ kind: "ready" });
});

test("logs in by PLAIN before the end of the negotiation", () => {
  const stage = new Stage({
    logIn: { kind: "password", account: "민수", password: "열려라참깨" },
    invitation: "abc",
  });
  stage.session.opened();
  expect(stage.sent()).toEqual(["CAP LS 302", "PASS abc", "NICK 민수", "USER sodam 0 * 민수"]);
  stage.server(":s CAP * LS :sasl=PLAIN,EXTERNAL");
  expect(stage.sent()).toEqual(["CAP REQ sasl"]);
  stage.server(":s CAP * ACK :sasl");
  expect(stage.sent()).toEqual(["AUTHENTICATE PLAIN"]);
  stage.server("AUTHENTICATE +");
  const payload = Buffer.from("\0민수\0열려라참깨").toString("base64");
  expect(stage.sent()).toEqual([`AUTHENTICATE ${payload}`]);
  stage.server(":s 900 민수 민수!u@h 민수 :You are", ":s 903 민수 :ok");
  expect(stage.sent()).toEqual(["CAP END"]);
  expect(stage.session.state.me.account).toBe("민수");
  expect(stage.told("logged-in")).toEqual([{ kind: "logged-in", account: "민수" }]);
});

test("a wrong password is reported once, and another can be tried on the same connection", () => {
  const stage = new Stage({ logIn: { kind: "password", account: "a", password: "no" } });
  stage.session.opened();
  stage.server(":s CAP * LS :sasl", ":s CAP * ACK :sasl", "AUTHENTICATE +", ":s 904 * :failed");
  expect(stage.told("log-in-failed").map(({ problem }) => problem)).toEqual([{ kind: "wrong" }]);
  expect(stage.session.state.phase).toEqual({ kind: "logging-in", awaitingLogin: true });
  stage.sent();
  stage.session.logIn({ kind: "password", account: "a", password: "yes" });
  stage.server("AUTHENTICATE +", ":s 903 * :ok");
  expect(stage.sent()).toEqual([
    "AUTHENTICATE PLAIN",
    `AUTHENTICATE ${Buffer.from("\0a\0yes").toString("base64")}`,
    "CAP END",
  ]);
});

test("a rate limit is reported with its seconds, and not again by the numeric behind it", () => {
  const stage = new Stage({ logIn: { kind: "password", account: "a", password: "no" } });
  stage.session.opened();
  stage.server(":s CAP * LS :sasl", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  stage.server(":s FAIL AUTHENTICATE RATE_LIMITED 30 :Wait", ":s 904 * :failed");
  expect(stage.told("log-in-failed").map(({ problem }) => problem)).toEqual([
    { kind: "slowed", seconds: 30 },
  ]);
});

test.each([
  ["SECOND_FACTOR_REQUIRED", "code-missing"],
  ["SECOND_FACTOR_WRONG", "code-wrong"],
] as const)("%s is told once, and the code can be given on the same connection", (code, kind) => {
  const stage = new Stage({ logIn: { kind: "password", account: "a", password: "yes" } });
  stage.session.opened();
  stage.server(":s CAP * LS :sasl", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  stage.server(`:s FAIL AUTHENTICATE ${code} :Give the code`, ":s 904 * :Give the code");
  expect(stage.told("log-in-failed").map(({ problem }) => problem)).toEqual([{ kind }]);
  stage.sent();
  stage.session.logIn({ kind: "password", account: "a", password: "yes 123456" });
  stage.server("AUTHENTICATE +", ":s 903 * :ok");
  expect(stage.sent()).toEqual([
    "AUTHENTICATE PLAIN",
    `AUTHENTICATE ${Buffer.from("\0a\0yes 123456").toString("base64")}`,
    "CAP END",
  ]);
});

test("a log-in that is held until a second factor is set up is the user's turn, and goes on with the welcome", () => {
  const stage = new Stage({ logIn: { kind: "password", account: "a", password: "yes" } });
  stage.session.opened();
  stage.server(":s CAP * LS :sasl", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  stage.server(":s 900 * a!*@* a :ok", ":s 903 * :ok");
  stage.server(":s FAIL * SECOND_FACTOR_SETUP_REQUIRED :Set one up");
  expect(stage.told("log-in-failed").map(({ problem }) => problem)).toEqual([
    { kind: "second-factor-setup" },
  ]);
  expect(stage.session.state.phase).toEqual({ kind: "logging-in", awaitingLogin: true });
  stage.server(":s 001 a :Welcome", ":s 422 a :No MOTD");
  expect(stage.session.state.phase.kind).toBe("ready");
});

test("a certificate logs in without a password; an unknown one is reported as such", () => {
  const stage = new Stage({ logIn: { kind: "certificate", account: "a" } });
  stage.session.opened();
  stage.server(":s CAP * LS :sasl=PLAIN,EXTERNAL", ":s CAP * ACK :sasl");
  stage.sent();
  stage.server("AUTHENTICATE +");
  expect(stage.sent()).toEqual(["AUTHENTICATE +"]);
  stage.server(":s 904 * :failed");
  expect(stage.told("log-in-failed").map(({ problem }) => problem)).toEqual([
    { kind: "certificate-unknown" },
  ]);
});

test("with wait, registration stays open, and the server's offer is emitted", () => {
  const stage = new Stage({ wait: true });
  stage.session.opened();
  stage.server(":s CAP * LS :draft/account-registration=before-connect sasl=PLAIN");
  stage.server(":s CAP * ACK :sasl draft/account-registration");
  expect(stage.told("awaiting-login").map(({ offer }) => offer)).toEqual([
    {
      password: true,
      certificate: false,
      nickServ: false,
      signUp: true,
      accountCheck: false,
      emailRequired: false,
      guests: true,
    },
  ]);
  expect(stage.sent()).not.toContain("CAP END");
});

test("takes another nick when the wanted one is in use", () => {
  const stage = new Stage();
  stage.session.opened();
  stage.sent();
  stage.server(":s 433 * 민수 :in use", ":s 433 * 민수_ :in use");
  expect(stage.sent()).toEqual(["NICK 민수_", "NICK 민수_2"]);
});

test("when no nick is free, leaves, and says so by the numeric", () => {
  const stage = new Stage();
  stage.session.opened();
  stage.sent();
  for (let tries = 0; tries < 6; tries += 1) stage.server(":s 433 * 민수 :in use");
  expect(stage.sent().at(-1)).toBe("QUIT");
  stage.session.closed("");
  expect(stage.told("disconnected")).toMatchObject([{ why: "refused", code: "433", retry: false }]);
});

test("pings are answered at once, and silence is reported", () => {
  const stage = new Stage().ready("");
  stage.server("PING :abc def");
  expect(stage.sent()).toEqual(["PONG :abc def"]);
  const passes = (seconds: number): void => {
    for (let second = 0; second < seconds; second += 1) {
      stage.now += 1000;
      stage.session.tick();
    }
  };
  passes(30);
  const [ping] = stage.sent();
  stage.now += 42;
  stage.server(`:s PONG s ${ping?.split(" ")[1]}`);
  expect(stage.session.state.latencyMs).toBe(42);
  passes(74);
  expect(stage.told("stalled")).toEqual([]);
  passes(1);
  expect(stage.told("stalled")).toHaveLength(1);
});

test("a ban is not retried, a lost connection is", () => {
  const stage = new Stage().ready("");
  stage.session.closed("reset");
  stage.session.opened();
  stage.server(":s 465 민수 :You are banned", "ERROR :Closing link");
  stage.session.closed("closed");
  expect(stage.told("disconnected").map(({ why, retry, code }) => [why, retry, code])).toEqual([
    ["lost", true, undefined],
    ["refused", false, "465"],
  ]);
});

test("a wrong password of an operator is no reason why the connection ends later", () => {
  const stage = new Stage().ready("");
  stage.server(":s 464 민수 :Password incorrect");
  stage.session.closed("reset");
  expect(stage.told("disconnected")).toMatchObject([{ why: "lost", retry: true, text: "" }]);
  expect(stage.told("stalled")).toEqual([]);
});

test("the reason of a ban is told where it stands in ERROR alone, and only once", () => {
  for (const [refusal, error, told] of [
    ["You're banned!", "Closing link: (u@h) [K-lined: spam]", "You're banned! K-lined: spam"],
    ["You are banned: spam", "Closing Link: h (Banned: spam)", "You are banned: spam"],
    ["You are banned", "Closing Link: h (K-Lined)", "You are banned"],
    ["You are banned", "Closing Link: h", "You are banned"],
  ]) {
    const stage = new Stage();
    stage.session.opened();
    stage.server(`:s 465 민수 :${refusal}`, `ERROR :${error}`);
    stage.session.closed("");
    expect(stage.told("disconnected").map(({ text }) => text)).toEqual([told ?? ""]);
  }
});

test("what the socket says of its end isn't told as the server's reason", () => {
  const stage = new Stage();
  stage.session.opened();
  stage.session.closed("Connection closed");
  stage.session.opened();
  stage.server("ERROR :Closing link: (Restarting)");
  stage.session.closed("Connection closed");
  expect(stage.told("disconnected").map(({ text }) => text)).toEqual([
    "",
    "Closing link: (Restarting)",
  ]);
});

test("a password that is rate limited is not called wrong", () => {
  const stage = new Stage().ready("");
  stage.session.closed("reset");
  stage.session.opened();
  stage.server(":s 464 민수 :Too many tries. Try again in 20 seconds", "ERROR :Closing link");
  stage.session.closed("closed");
  expect(stage.told("disconnected").at(-1)).toMatchObject({ why: "refused" });
  expect(stage.told("disconnected").at(-1)).not.toHaveProperty("code");
});

test.each<[string, (session: ChatSession) => void]>([
  ["a guest's", (session) => session.continueAsGuest("손님")],
  ["a log-in", (session) => session.logIn({ kind: "password", account: "jun", password: "p" })],
])(
  "%s entry that was lost is made again on the next connection, unless the user is to be asked",
  (_, enter) => {
    const stage = new Stage({ wait: true });
    const arrive = (): void => {
      stage.session.opened();
      stage.server(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl");
    };
    arrive();
    enter(stage.session);
    stage.session.closed("reset");
    arrive();
    expect(stage.told("awaiting-login")).toHaveLength(1);
    stage.session.closed("reset");
    stage.session.logIn(null);
    arrive();
    expect(stage.told("awaiting-login")).toHaveLength(2);
  },
);

test("the offer says whether guests are allowed, and a guest reconnects as one", () => {
  const stage = new Stage({ wait: true });
  const arrive = (tokens: string): string[] => {
    stage.session.opened();
    stage.server(":s CAP * LS :batch draft/extended-isupport sasl=PLAIN");
    stage.server(":s CAP * ACK :batch draft/extended-isupport sasl");
    expect(stage.told("awaiting-login")).toEqual([]);
    const sent = stage.sent();
    stage.server(":s BATCH +1 draft/isupport", `@batch=1 :s 005 * ${tokens} :are`, ":s BATCH -1");
    return sent;
  };
  expect(arrive("CHANTYPES=#").at(-1)).toBe("ISUPPORT");
  expect(stage.told("awaiting-login")[0]?.offer).toMatchObject({ guests: true, password: true });
  stage.session.continueAsGuest("손님");
  expect(stage.sent()).toEqual(["NICK 손님", "CAP END"]);
  stage.server(":s 433 * 손님 :taken");
  expect(stage.sent()).toEqual(["NICK 손님_"]);
  stage.server(":s 001 손님_ :hi", ":s 422 손님_ :none");
  expect(stage.session.state.me).toMatchObject({ nick: "손님_", account: null });
  stage.sent();
  stage.session.closed("reset");
  stage.session.opened();
  stage.server(":s CAP * LS :batch", ":s CAP * ACK :batch");
  expect(stage.sent()).toEqual([
    ...["CAP LS 302", "NICK 손님_", "USER sodam 0 * 손님_"],
    ...["CAP REQ batch", "CAP END"],
  ]);
});

test("a server that requires accounts allows no guests", () => {
  const stage = new Stage({ wait: true });
  stage.session.opened();
  stage.server(":s CAP * LS :batch draft/extended-isupport sasl=PLAIN");
  stage.server(":s CAP * ACK :batch draft/extended-isupport sasl");
  stage.server(":s BATCH +1 draft/isupport");
  stage.server("@batch=1 :s 005 * CHANTYPES=# draft/ACCOUNTREQUIRED :are", ":s BATCH -1");
  expect(stage.told("awaiting-login")[0]?.offer.guests).toBe(false);
});

test("a log-in made while log-in-failed is emitted is carried out", () => {
  const wrong = { kind: "password", account: "민수", password: "wrong" } as const;
  const stage = new Stage({ logIn: wrong });
  stage.session.opened();
  stage.server(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  const { emit } = stage;
  stage.emit = (event) => {
    emit(event);
    if (event.kind === "log-in-failed") stage.session.logIn({ ...wrong, password: "right" });
  };
  stage.sent();
  stage.server(":s 904 민수 :SASL authentication failed", "AUTHENTICATE +");
  expect(stage.sent()).toEqual([
    "AUTHENTICATE PLAIN",
    `AUTHENTICATE ${Buffer.from("\0민수\0right").toString("base64")}`,
  ]);
  expect(stage.session.state.phase).toEqual({ kind: "logging-in", awaitingLogin: false });
});
