/** Registration and log-in on servers that aren't ours: without SASL, and without capabilities. */
import { describe, expect, test } from "bun:test";
import { NICKSERV_SILENT, NO_NICKSERV } from "../../lib/chat-client/services/nickserv-log-in.ts";
import { Stage } from "./stage.ts";

const PASSWORD = { kind: "password", account: "mina", password: "secret word" } as const;
const WELCOME = (nick: string) => [`:irc.old 001 ${nick} :Welcome`, `:irc.old 376 ${nick} :End`];
const IS_SERVICE = [
  ":irc.old 311 mina NickServ NickServ services.old * :Nickname services",
  ":irc.old 312 mina NickServ irc.old :The server",
  ":irc.old 313 mina NickServ :is a Network Service",
  ":irc.old 318 mina NickServ :End of /WHOIS list.",
];

/** Connected to a server that answers CAP with nothing, welcomes at once, and has services. */
function welcomedWithoutCap(options: ConstructorParameters<typeof Stage>[0] = { wait: true }) {
  const stage = new Stage({ nick: "mina", ...options });
  stage.session.opened();
  stage.server(":irc.old 451 * CAP :You have not registered");
  stage.sent();
  stage.server(...WELCOME("mina"));
  expect(stage.sent().includes("WHOIS NickServ")).toBe(options.wait === true);
  return stage.server(...IS_SERVICE);
}

function problems(stage: Stage) {
  return stage.told("log-in-failed").map(({ problem }) => problem);
}

describe("a server without CAP", () => {
  test("welcomes a user who hasn't chosen yet: the session asks, and isn't ready", () => {
    const stage = welcomedWithoutCap();
    expect(stage.told("awaiting-login").map(({ offer }) => offer)).toEqual([
      {
        ...{ password: false, certificate: false, nickServ: true, signUp: false },
        ...{ accountCheck: false, emailRequired: false, guests: true },
      },
    ]);
    expect(stage.told("ready")).toEqual([]);
    expect(stage.at("*").lines).toEqual([]);
  });

  test("lets a guest in under the nick that was chosen after the welcome", () => {
    const stage = welcomedWithoutCap();
    stage.session.continueAsGuest("jun");
    expect(stage.sent()).toEqual(["NICK jun"]);
    expect(stage.told("ready")).toEqual([]);
    stage.server(":mina!m@h NICK :jun");
    expect(stage.told("ready")).toEqual([{ kind: "ready", nick: "jun", account: null }]);
  });

  test("lets a guest in at once who keeps the nick of the welcome", () => {
    const stage = welcomedWithoutCap();
    stage.session.continueAsGuest("mina");
    expect(stage.told("ready")).toHaveLength(1);
  });

  test("may refuse the guest's nick, and another can be chosen", () => {
    const stage = welcomedWithoutCap();
    stage.session.continueAsGuest("jun");
    stage.server(":irc.old 433 mina jun :Nickname is already in use");
    expect(problems(stage)).toMatchObject([{ kind: "other", code: "433" }]);
    stage.session.continueAsGuest("june");
    stage.server(":mina!m@h NICK june");
    expect(stage.told("ready")).toMatchObject([{ nick: "june" }]);
  });

  test("is asked for no choice on the next connection of a guest", () => {
    const stage = welcomedWithoutCap();
    stage.session.continueAsGuest("mina");
    stage.session.closed("reset");
    stage.session.opened();
    stage.server(...WELCOME("mina"));
    expect(stage.told("ready")).toHaveLength(2);
    expect(stage.told("awaiting-login")).toHaveLength(1);
  });

  test("without any answer at all is given up after a minute", () => {
    const stage = new Stage({ wait: true });
    stage.session.opened();
    for (let second = 0; second < 60; second += 1) stage.session.tick();
    expect(stage.told("stalled")).toHaveLength(1);
  });

  test("shows no line about the command that it doesn't know", () => {
    const stage = new Stage();
    stage.session.opened();
    stage.server(":s 421 * CAP :Unknown command", ...WELCOME("민수"));
    expect(stage.at("*").lines).toEqual([]);
    expect(stage.told("refused")).toEqual([]);
  });
});

describe("whether a log-in is offered", () => {
  const welcomed = () => {
    const stage = new Stage({ nick: "mina", wait: true });
    stage.session.opened();
    stage.server(...WELCOME("mina"));
    return stage;
  };
  const offers = (stage: Stage) => stage.told("awaiting-login").map(({ offer }) => offer.nickServ);

  test("is known when the server has said whether there is a NickServ", () => {
    const stage = welcomed();
    expect(offers(stage)).toEqual([]);
    stage.server(
      ":irc.old 401 mina NickServ :No such nick",
      ":irc.old 318 mina NickServ :End of /WHOIS list.",
    );
    expect(offers(stage)).toEqual([false]);
    expect(stage.at("*").lines).toEqual([]);
    expect(offers(welcomed().server(...IS_SERVICE))).toEqual([true]);
  });

  test("is taken for granted where the server doesn't answer", () => {
    const stage = welcomed();
    for (let second = 0; second < 5; second += 1) stage.session.tick();
    expect(offers(stage)).toEqual([true]);
    stage.server(":irc.old 401 mina NickServ :No such nick");
    expect(offers(stage)).toEqual([true]);
  });

  test("is known after the welcome where a server has capabilities, and no SASL", () => {
    const stage = new Stage({ nick: "mina", wait: true });
    stage.session.opened();
    stage.server(":s CAP * LS :multi-prefix", ":s CAP * ACK :multi-prefix");
    expect(stage.sent()).toContain("CAP END");
    expect(offers(stage)).toEqual([]);
    stage.server(...WELCOME("mina"), ":s 401 mina NickServ :No such nick");
    expect(offers(stage)).toEqual([false]);
    stage.session.continueAsGuest("jun");
    stage.server(":mina!m@h NICK jun");
    expect(stage.told("ready")).toMatchObject([{ nick: "jun" }]);
  });

  test("isn't waited for by a guest who comes back", () => {
    const stage = welcomed().server(...IS_SERVICE);
    stage.session.continueAsGuest("mina");
    stage.session.closed("reset");
    stage.session.opened();
    stage.sent();
    stage.server(...WELCOME("mina"));
    expect(stage.sent()).not.toContain("WHOIS NickServ");
    expect(stage.told("ready")).toHaveLength(2);
  });
});

describe("log-in by NickServ", () => {
  test("comes after the welcome, and only to a nick that the server calls a service", () => {
    const stage = welcomedWithoutCap();
    stage.session.logIn(PASSWORD);
    expect(stage.sent()).toEqual(["WHOIS NickServ"]);
    stage.server(...IS_SERVICE);
    expect(stage.sent()).toEqual(["PRIVMSG NickServ :IDENTIFY secret word"]);
    expect(stage.told("ready")).toEqual([]);
    stage.server(":NickServ!s@services.old NOTICE mina :You are now identified for mina.");
    expect(stage.told("ready")).toEqual([{ kind: "ready", nick: "mina", account: "mina" }]);
  });

  test.each([
    [
      "nobody has the nick",
      [":irc.old 401 mina NickServ :No such nick", ":irc.old 318 mina NickServ :End"],
    ],
    [
      "the user of the nick only looks like a service",
      [
        ":irc.old 311 mina NickServ service services.example.org * :is a Network Service",
        ":irc.old 312 mina NickServ irc.old :The server of the services",
        ":irc.old 320 mina NickServ :is a Network Service",
        ":irc.old 318 mina NickServ :End",
      ],
    ],
    [
      "the user of the nick is an operator",
      [
        ":irc.old 311 mina NickServ n h * :n",
        ":irc.old 313 mina NickServ :is an IRC Operator",
        ":irc.old 318 mina NickServ :End",
      ],
    ],
  ])("sends no password where %s", (_, whois) => {
    const stage = welcomedWithoutCap();
    stage.session.logIn(PASSWORD);
    stage.server(...whois);
    expect(stage.sent()).toEqual(["WHOIS NickServ"]);
    expect(problems(stage)).toEqual([{ kind: "other", code: NO_NICKSERV, text: "" }]);
    expect(stage.session.state.phase).toEqual({ kind: "logging-in", awaitingLogin: true });
  });

  test.each([
    [
      "Atheme on a server of its own",
      [":irc.old 312 mina NickServ services.libera.chat :Libera.Chat Services"],
    ],
    ["OFTC", [":irc.old 312 mina NickServ services.oftc.net :OFTC Services"]],
    ["ngIRCd", [":irc.old 310 mina NickServ :is an IRC service"]],
  ])("trusts %s", (_, whois) => {
    const stage = welcomedWithoutCap();
    stage.session.logIn(PASSWORD);
    stage.server(...whois, ":irc.old 318 mina NickServ :End");
    expect(stage.sent().at(-1)).toBe("PRIVMSG NickServ :IDENTIFY secret word");
  });

  test("a certificate that was being added when the connection broke is told to be lost", () => {
    const stage = welcomedWithoutCap({ logIn: null });
    const answers: unknown[] = [];
    stage.session.addCertificate((problem) => answers.push(problem));
    stage.server(...IS_SERVICE);
    expect(stage.sent().at(-1)).toBe("PRIVMSG NickServ :CERT ADD");
    stage.session.closed("lost");
    expect(answers).toEqual([{ kind: "lost" }]);
  });

  test("names the account where the nick is another", () => {
    const stage = welcomedWithoutCap({ wait: true, nick: "mina_" });
    stage.server(":irc.old 001 mina_ :x");
    stage.session.logIn(PASSWORD);
    expect(stage.sent()).toEqual(["NICK mina", "WHOIS NickServ"]);
    stage.server(":irc.old 433 mina_ mina :in use", ...IS_SERVICE);
    expect(stage.sent()).toEqual(["PRIVMSG NickServ :IDENTIFY mina secret word"]);
  });

  test.each([
    ":NickServ!s@services.old NOTICE mina :Invalid password for mina.",
    ":NickServ!s@services.old NOTICE mina :Password incorrect.",
    ":NickServ!s@services.old NOTICE mina :\x02mina\x02 is not a registered nickname.",
    ":NickServ!s@services.old NOTICE mina :Your nick isn't registered.",
  ])("a wrong password is told, and another can be tried: %s", (notice) => {
    const stage = welcomedWithoutCap();
    stage.session.logIn(PASSWORD);
    stage.server(...IS_SERVICE, notice);
    expect(problems(stage)).toEqual([{ kind: "wrong" }]);
    stage.session.logIn({ ...PASSWORD, password: "right" });
    stage.server(...IS_SERVICE);
    expect(stage.sent().at(-1)).toBe("PRIVMSG NickServ :IDENTIFY right");
  });

  test.each([
    [":irc.old 900 mina mina!m@h Mina :You are now logged in as Mina", "Mina"],
    [":NickServ!s@services.old MODE mina :+r", "mina"],
    [":NickServ!s@services.old NOTICE mina :Password accepted - you are now recognized.", "mina"],
    [
      ":NickServ!s@services.old NOTICE mina :You are successfully identified as \x02mina\x02. You are now logged in.",
      "mina",
    ],
  ])("succeeds by %s", (line, account) => {
    const stage = welcomedWithoutCap();
    stage.session.logIn(PASSWORD);
    stage.server(...IS_SERVICE, line);
    expect(stage.told("ready")).toMatchObject([{ account }]);
  });

  test("a NickServ that says nothing is waited for a quarter of a minute", () => {
    const stage = welcomedWithoutCap();
    stage.session.logIn(PASSWORD);
    stage.server(...IS_SERVICE);
    for (let second = 0; second < 15; second += 1) stage.session.tick();
    expect(problems(stage)).toEqual([{ kind: "other", code: NICKSERV_SILENT, text: "" }]);
  });

  test("an echo of the password is shown nowhere", () => {
    const stage = new Stage({ nick: "mina", logIn: PASSWORD });
    stage.session.opened();
    stage.server(":irc.old CAP * LS :echo-message", ":irc.old CAP * ACK :echo-message");
    stage.server(...WELCOME("mina"), ...IS_SERVICE);
    stage.server(":mina!m@h PRIVMSG NickServ :IDENTIFY secret word");
    expect(JSON.stringify([...stage.session.state.conversations.values()])).not.toContain("secret");
  });

  test("happens again on the next connection, before rooms are joined", () => {
    const stage = welcomedWithoutCap();
    stage.session.logIn(PASSWORD);
    stage.server(...IS_SERVICE, ":irc.old 900 mina mina!m@h mina :ok", ":mina!m@h JOIN #tea");
    stage.session.closed("reset");
    stage.session.opened();
    stage.sent();
    stage.server(...WELCOME("mina"));
    expect(stage.sent()).toEqual(["WHOIS NickServ"]);
    stage.server(...IS_SERVICE, ":irc.old 900 mina mina!m@h mina :ok");
    expect(stage.sent().filter((line) => line.startsWith("JOIN"))).toEqual(["JOIN #tea"]);
  });

  test("services that are away when the connection comes back keep nobody out, and that is said", () => {
    const stage = welcomedWithoutCap();
    stage.session.logIn(PASSWORD);
    stage.server(...IS_SERVICE, ":irc.old 900 mina mina!m@h mina :ok");
    stage.session.closed("reset");
    stage.session.opened();
    stage.server(...WELCOME("mina"), ":irc.old 401 mina NickServ :No such nick");
    expect(stage.told("ready").at(-1)).toMatchObject({ account: null });
    expect(stage.at("*").lines.at(-1)).toMatchObject({ kind: "info", code: NICKSERV_SILENT });
    expect(problems(stage)).toEqual([]);
  });

  test("a password that is wrong by then keeps the user out", () => {
    const stage = welcomedWithoutCap();
    stage.session.logIn(PASSWORD);
    stage.server(...IS_SERVICE, ":irc.old 900 mina mina!m@h mina :ok");
    stage.session.closed("reset");
    stage.session.opened();
    stage.server(
      ...WELCOME("mina"),
      ...IS_SERVICE,
      ":NickServ!s@h NOTICE mina :Password incorrect.",
    );
    expect(problems(stage)).toEqual([{ kind: "wrong" }]);
  });

  test("services that know the certificate log in by themselves, and nothing is sent to them", () => {
    const stage = new Stage({ nick: "mina", logIn: { kind: "certificate", account: "mina" } });
    stage.session.opened();
    stage.sent();
    stage.server(":irc.old CAP * LS :", ...WELCOME("mina"));
    expect(stage.sent()).toEqual(["CAP END"]);
    stage.server(":NickServ!s@anywhere NOTICE mina :You are now identified for mina.");
    expect(stage.told("ready")).toEqual([]);
    stage.server(":NickServ!s@services.old MODE mina +r");
    expect(stage.told("ready")).toMatchObject([{ account: "mina" }]);
  });

  test.each([
    ":irc.old 900 mina mina!m@h mina :You are now logged in as mina",
    ":NickServ!s@services.old MODE mina +r",
  ])("they may do so before the end of the welcome: %s", (line) => {
    const stage = new Stage({ nick: "mina", logIn: { kind: "certificate", account: "mina" } });
    stage.session.opened();
    const [welcome = "", end = ""] = WELCOME("mina");
    stage.server(":irc.old CAP * LS :", welcome, line, end);
    expect(stage.told("ready")).toMatchObject([{ account: "mina" }]);
  });

  test("a stranger who has the nick can't say that the user is identified", () => {
    const stage = welcomedWithoutCap();
    stage.session.logIn(PASSWORD);
    stage.server(":NickServ!x@home NOTICE mina :You are now identified for mina.");
    expect(stage.told("ready")).toEqual([]);
  });

  test("a nick that the lost connection still has is asked for again, and is no reason to forget the device", () => {
    const stage = new Stage({ nick: "mina", logIn: { kind: "certificate", account: "mina" } });
    stage.session.opened();
    stage.server(":irc.old CAP * LS :", ":irc.old 433 * mina :in use", ...WELCOME("mina_"));
    stage.sent();
    stage.server(":irc.old 433 mina_ mina :in use");
    for (let second = 0; second < 14; second += 1) stage.session.tick();
    expect(stage.sent().filter((line) => line.startsWith("NICK"))).toEqual([
      "NICK mina",
      "NICK mina",
    ]);
    stage.session.tick();
    expect(problems(stage)).toMatchObject([{ kind: "other", code: "433" }]);
  });

  test("a certificate that no service knows is told after a quarter of a minute", () => {
    const stage = new Stage({ nick: "mina", logIn: { kind: "certificate", account: "mina" } });
    stage.session.opened();
    stage.server(":irc.old CAP * LS :", ...WELCOME("mina"));
    for (let second = 0; second < 15; second += 1) stage.session.tick();
    expect(problems(stage)).toEqual([{ kind: "certificate-unknown" }]);
  });
});

describe("somebody else has the nick of the account", () => {
  test("and SASL lets the user in under one like it", () => {
    const stage = new Stage({ nick: null, wait: true });
    stage.session.opened();
    stage.server(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl");
    stage.session.logIn({ ...PASSWORD, account: "nari" });
    stage.server("AUTHENTICATE +");
    stage.server(":s 900 guest guest!g@h nari :ok", ":s 903 guest :ok");
    stage.sent();
    stage.server(":s 433 guest nari :Nickname is already in use");
    expect(stage.sent()).toEqual(["NICK nari_"]);
  });

  test("and NickServ identifies the user under one like it", () => {
    const stage = welcomedWithoutCap({ wait: true, nick: "guest" });
    stage.server(":irc.old 001 guest :x");
    stage.session.logIn(PASSWORD);
    stage.server(":irc.old 433 guest mina :in use", ...IS_SERVICE);
    stage.sent();
    stage.server(":irc.old 900 guest guest!g@h mina :ok");
    expect(stage.sent()).toContain("NICK mina_");
    expect(stage.told("ready")).toHaveLength(1);
  });
});

describe("a nick that another server doesn't take", () => {
  test("is replaced by its ASCII letters while nobody has chosen one", () => {
    const stage = new Stage({ wait: true, nick: "민수kim" });
    stage.session.opened();
    stage.sent();
    stage.server(":s 432 * 민수kim :Erroneous nickname");
    expect(stage.sent()).toEqual(["NICK kim_"]);
  });

  test("is asked for again where a guest chose it", () => {
    const stage = new Stage({ wait: true, nick: "guest" });
    stage.session.opened();
    stage.server(":s CAP * LS :multi-prefix", ":s CAP * ACK :multi-prefix", ...WELCOME("guest"));
    stage.sent();
    stage.session.continueAsGuest("민수");
    expect(stage.sent()).toEqual(["NICK 민수"]);
    stage.server(":s 432 guest 민수 :Erroneous nickname");
    expect(problems(stage)).toMatchObject([{ code: "432" }]);
    expect(stage.told("ready")).toEqual([]);
    stage.session.continueAsGuest("minsu");
    stage.server(":guest!g@h NICK minsu");
    expect(stage.told("ready")).toMatchObject([{ nick: "minsu" }]);
  });

  test("is asked for again where ngIRCd refuses it after the welcome", () => {
    const stage = new Stage({ wait: true, nick: "guest" });
    stage.session.opened();
    stage.server(":s CAP * LS :multi-prefix", ":s CAP * ACK :multi-prefix");
    stage.session.continueAsGuest("minaminamina");
    // Between USER and CAP END it takes no nick.
    stage.server(":s 462 guest :Connection already registered", ...WELCOME("guest"));
    stage.server(":s 432 guest minaminamina :Nickname too long, max. 9 characters");
    expect(problems(stage)).toMatchObject([
      { code: "432", text: "Nickname too long, max. 9 characters" },
    ]);
    stage.sent();
    stage.session.continueAsGuest("mina");
    expect(stage.sent()).toEqual(["NICK mina"]);
    for (let second = 0; second < 3; second += 1) stage.session.tick();
    expect(stage.told("ready")).toEqual([]);
    stage.server(":guest!g@h NICK mina");
    expect(stage.told("ready")).toMatchObject([{ nick: "mina" }]);
  });

  test("is told, when a guest who is in asks for it", () => {
    const stage = new Stage({ wait: true, nick: "guest" });
    stage.session.opened();
    stage.server(":s CAP * LS :multi-prefix", ":s CAP * ACK :multi-prefix");
    stage.session.continueAsGuest("mina");
    stage.server(...WELCOME("mina"));
    expect(stage.told("ready")).toHaveLength(1);
    stage.server(":s 432 mina NickServ :Reserved");
    expect(problems(stage)).toEqual([]);
    const { lines } = stage.session.state.conversations.values().next().value ?? { lines: [] };
    expect(lines.at(-1)).toMatchObject({ code: "432", text: "Reserved" });
  });

  test("is short in the end, where the server cuts what is longer than nine letters", () => {
    const stage = new Stage({ nick: "verylongname" });
    stage.session.opened();
    stage.sent();
    for (let tries = 0; tries < 5; tries += 1) stage.server(":s 433 * verylong :in use");
    expect(stage.sent().map((line) => line.slice("NICK ".length))).toEqual([
      ...["verylongname_", "verylongname_2", "verylongname_3"],
      ...["verylid1", "verylid2"],
    ]);
  });
});
