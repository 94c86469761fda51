import { describe, expect, test } from "bun:test";
import { INVITATION_HOURS_MAX } from "../../lib/member-server/invitation-codes.ts";
import { OPERATOR_RIGHTS } from "../../lib/protocol/operator-rights.ts";
import {
  parseServerArguments,
  type ServerSettings,
  serverHelp,
} from "../../lib/settings/server-settings.ts";
import { SERVER_TABLE } from "../../lib/settings/server-table.ts";

type Files = Record<string, string>;

function parse(line: string, files: Files = {}) {
  const argv = line === "" ? [] : line.split(" ");
  return parseServerArguments(argv, (path) => files[path] ?? null);
}

function settings(line: string, files: Files = {}): ServerSettings {
  const parsed = parse(line, files);
  if (!("settings" in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed.settings;
}

function refused(line: string, files: Files = {}): readonly string[] {
  const parsed = parse(line, files);
  return "refused" in parsed ? parsed.refused : [];
}

test("without flags and file everything has its default", () => {
  expect(parse("")).toEqual({
    warnings: [],
    settings: {
      host: "0.0.0.0",
      port: 6697,
      plain: null,
      proxy: null,
      gateways: null,
      nats: [],
      natsCreds: null,
      natsCa: null,
      cluster: "sodam",
      node: null,
      trustedProxies: [],
      exemptNetworks: [],
      dnsbl: [],
      certs: "certs",
      stsDays: null,
      name: "sodam.internal",
      network: "Sodam",
      networkIcon: null,
      description: null,
      publicHost: [],
      signUp: "invite",
      createRooms: "everyone",
      secondFactor: "optional",
      botsPerAccount: 5,
      roomsPerAccount: 200,
      guests: false,
      inviteUses: 10,
      inviteHours: 168,
      nameRestDays: 90,
      registerBeforeConnect: true,
      email: "none",
      serverPassword: null,
      motd: [],
      history: true,
      keepDays: 0,
      files: true,
      fileSizeMax: 100,
      filesPerAccount: 2_000,
      filesPerRoom: 10_000,
      filesOnServer: 50_000,
      fileDiskReserve: 1_000,
      keepFileDays: 0,
      replayLines: 20,
      redactMinutes: 1440,
      data: "data",
      fsync: 1,
      passwordCost: "normal",
      maxConnections: 10_000,
      maxConnectionsPerAddress: 256,
      pingSeconds: 120,
      pingTimeoutSeconds: 60,
      visitorMinutes: 10,
      floodControl: true,
      logLevel: "info",
      metricsFile: null,
      metricsSeconds: 15,
      lang: null,
      config: "sodam.toml",
      check: false,
      operators: [],
      grades: {},
    },
  });
});

const NO_ADDRESS =
  "must be host names or addresses, each with a port if it isn't the one of --port";

describe("flags", () => {
  test.each([
    ["network", "Ann's Tea House: cakes, too!"],
    ["network", "차 한 잔 😀"],
    ["description", "The tea house of Haeundae (since 2026)"],
  ] as const)("--%s takes what people call a thing: %s", (name, text) => {
    const parsed = parseServerArguments([`--${name}`, text], () => null);
    expect("settings" in parsed && parsed.settings[name]).toBe(text);
  });

  test.each([" tea", "tea ", "tea\nhouse", "tea\u0002", "x".repeat(64), "tea\u2028"])(
    "--network takes only what fits into a line: %j",
    (text) => {
      expect(parseServerArguments(["--network", text], () => null)).toEqual({
        refused: [`--network ${text}: must be one line of up to 63 letters`],
      });
    },
  );

  test("a picture's address may have any letters", () => {
    const parsed = parseServerArguments(
      ["--network-icon", "https://소담.한국/차 잔.png"],
      () => null,
    );
    expect("settings" in parsed && parsed.settings.networkIcon).toBe(
      "https://xn--jk1bt0z.xn--3e0b707e/%EC%B0%A8%20%EC%9E%94.png",
    );
  });

  test.each<[string, Partial<ServerSettings>]>([
    ["--host ::1", { host: "::1" }],
    ["--port=7000", { port: 7000 }],
    ["--port 0", { port: 0 }],
    ["--port 1 --port 2", { port: 2 }],
    ["--guests", { guests: true }],
    ["--guests --port 1", { guests: true, port: 1 }],
    ["--guests yes", { guests: true }],
    ["--guests=no", { guests: false }],
    ["--no-guests", { guests: false }],
    ["--register-before-connect no", { registerBeforeConnect: false }],
    ["--fsync always", { fsync: "always" }],
    ["--fsync 0.5", { fsync: 0.5 }],
    ["--sign-up open", { signUp: "open" }],
    ["--plain 127.0.0.1:6667", { plain: { host: "127.0.0.1", port: 6667 } }],
    ["--plain [::1]:0", { plain: { host: "::1", port: 0 } }],
    ["--plain localhost:6667", { plain: { host: "localhost", port: 6667 } }],
    ["--host 127.0.0.1 --no-flood-control", { floodControl: false }],
    ["--proxy 127.0.0.1:6698", { proxy: { host: "127.0.0.1", port: 6698 }, trustedProxies: [] }],
    ["--trusted-proxies 10.0.0.0/8,::1", { trustedProxies: ["10.0.0.0/8", "::1"] }],
    ["--exempt-networks 192.0.2.7", { exemptNetworks: ["192.0.2.7"] }],
    [
      "--dnsbl BL.example.org=refuse,b.example=login",
      {
        dnsbl: [
          { zone: "bl.example.org", action: "refuse" },
          { zone: "b.example", action: "login" },
        ],
      },
    ],
    ["--host ::1 --password-cost test", { passwordCost: "test" }],
    ["--network 소담", { network: "소담" }],
    ["--host [::]", { host: "::" }],
    ["--host [::1]", { host: "::1" }],
    ["--host *", { host: "0.0.0.0" }],
    ["--host 0:0:0:0:0:0:0:0", { host: "::" }],
    ["--host LOCALHOST.", { host: "localhost" }],
    ["--host [::1] --no-flood-control", { host: "::1", floodControl: false }],
    ["--public-host chat.example.org", { publicHost: ["chat.example.org"] }],
    ["--public-host a.example:443,[::1]:7000", { publicHost: ["a.example:443", "[::1]:7000"] }],
    ["--public-host a.example --public-host 소담.한국", { publicHost: ["a.example", "소담.한국"] }],
    ["--check", { check: true }],
    ["--log-level debug", { logLevel: "debug" }],
    ["--log-level warn", { logLevel: "warn" }],
    ["--log-level warning", { logLevel: "warn" }],
  ])("%s is accepted", (line, expected) => {
    expect(settings(line)).toMatchObject(expected);
  });

  test.each<[string, string]>([
    ["--prot 1", "unknown setting --prot; did you mean --port?"],
    ["--prot=1", "unknown setting --prot; did you mean --port?"],
    ["-port 1", "unknown setting -port; did you mean --port?"],
    ["--no-guest", "unknown setting --no-guest; did you mean --no-guests?"],
    ["--zzzzzz", "unknown setting --zzzzzz; --help lists them all"],
    ["--no-port", "unknown setting --no-port; did you mean --port?"],
    [
      "--exempt-networks 10.0.0.0/33",
      "--exempt-networks 10.0.0.0/33: must be addresses or networks, like 192.0.2.7 or 2001:db8::/48",
    ],
    [
      "--dnsbl example.org",
      "--dnsbl example.org: must be DNS blocklists, each with what happens: dnsbl.example.org=login or =refuse",
    ],
    [
      "--proxy 127.0.0.1:70000",
      "--proxy 127.0.0.1:70000: the port must be a number from 0 to 65535",
    ],
    ["--port abc", "--port abc: must be a number from 0 to 65535"],
    ["--port 65536", "--port 65536: must be a number from 0 to 65535"],
    ["--port 1.5", "--port 1.5: must be a number from 0 to 65535"],
    ["--port -1", "--port -1: must be a number from 0 to 65535"],
    ["--port", "--port needs a value: a number from 0 to 65535"],
    ["--host --guests", "--host needs a value: text"],
    ["--host=", "--host: must be text"],
    ["--guests=perhaps", "--guests perhaps: must be yes or no"],
    ["--no-guests=yes", "--no-guests takes no value"],
    ["--sign-up maybe", "--sign-up maybe: must be invite, open or closed"],
    ["--fsync never", "--fsync never: must be always, or a number from 0.1 to 60"],
    ["--public-host a.example:https", `--public-host a.example:https: ${NO_ADDRESS}`],
    ["--public-host https://a.example", `--public-host https://a.example: ${NO_ADDRESS}`],
    ["--public-host=a.example,,b.example", `--public-host a.example,,b.example: ${NO_ADDRESS}`],
    ["--name mina!x", "--name mina!x: must be one word of up to 63 letters"],
    ["start", 'unexpected word "start"; settings begin with --'],
    [
      "--plain 0.0.0.0:6667",
      "--plain 0.0.0.0:6667: plain text is for this machine only; give 127.0.0.1:6667 or [::1]:6667",
    ],
    [
      "--plain 6667",
      "--plain 6667: must be an address of this machine with a port, like 127.0.0.1:6667",
    ],
    [
      "--plain 127.0.0.1:70000",
      "--plain 127.0.0.1:70000: the port must be a number from 0 to 65535",
    ],
    [
      "--no-flood-control",
      "--no-flood-control needs --host 127.0.0.1: it is not safe where others can connect",
    ],
    [
      "--password-cost test --host 127.0.0.1.example.org",
      "--password-cost test needs --host 127.0.0.1: it is not safe where others can connect",
    ],
    [
      "--host 127.0.0.1 --proxy 0.0.0.0:6698 --password-cost test",
      "--password-cost test needs --proxy 127.0.0.1:6698: it is not safe where others can connect",
    ],
    ["--config other.toml", "--config other.toml: can't be read"],
    ["--server-password-file none", "--server-password-file none: can't be read"],
    ["--server-password=", "--server-password: must be text"],
    [
      "--host [::1]:7000",
      "--host [::1]:7000: must be an address or a name of this machine, without a port",
    ],
    ["--host 0", "--host 0: must be an address or a name of this machine, without a port"],
    ...[
      "0.0.0.0",
      "[::]:443",
      "192.0.2.300",
      "1.2.3",
      "foo..bar",
      `${"a".repeat(64)}.org`,
      "a:0",
    ].map((host): [string, string] => [
      `--public-host ${host}`,
      `--public-host ${host}: must be host names or addresses, each with a port if it isn't the one of --port`,
    ]),
    [
      "--server-password a --server-password-file b",
      "give --server-password-file or --server-password, not both",
    ],
  ])("%s is refused", (line, sentence) => {
    expect(refused(line)).toEqual([sentence]);
  });

  test("all problems are reported at once", () => {
    expect(refused("--prot 1 --guests=x", { "sodam.toml": "colour = 1" })).toHaveLength(3);
  });

  test.each<[string, "help" | "version"]>([
    ["--help", "help"],
    ["-h", "help"],
    ["--port x --help", "help"],
    ["--version", "version"],
    ["-v", "version"],
  ])("%s shows the %s", (line, show) => {
    expect(parse(line)).toEqual({ show });
  });
});

const OPERATOR =
  '[[operator]]\nname = "mina"\npassword-hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"\n';
const MINA = { name: "mina", passwordHash: "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA" };

describe("the settings file", () => {
  const toml = (text: string): Files => ({ "sodam.toml": text });

  test.each<[string, Partial<ServerSettings>]>([
    ["port = 7000", { port: 7000 }],
    ["guests = true", { guests: true }],
    ['guests = "no"', { guests: false }],
    ['sign-up = "closed"', { signUp: "closed" }],
    ['fsync = "always"', { fsync: "always" }],
    ["fsync = 2", { fsync: 2 }],
    ['public-host = "a.example, b.example:443"', { publicHost: ["a.example", "b.example:443"] }],
    ['public-host = ["a.example", "b.example"]', { publicHost: ["a.example", "b.example"] }],
    ['motd = "one\\rtwo\\u0000\\r\\n\\nthree\\n"', { motd: ["one", "two", "", "three"] }],
    ['motd = """\nWelcome.\nBe kind.\n"""', { motd: ["Welcome.", "Be kind."] }],
    [
      '[[operator]]\nname = "mina"\npassword-hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"',
      {
        operators: [
          {
            ...{ name: "mina", passwordHash: "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA" },
            ...{ grade: null, rights: OPERATOR_RIGHTS },
          },
        ],
      },
    ],
    [
      `${OPERATOR}grade = "helper"\nrights = ["kick"]`,
      { operators: [{ ...MINA, grade: "helper", rights: ["see", "reports", "kick"] }] },
    ],
    [`${OPERATOR}rights = []`, { operators: [{ ...MINA, grade: null, rights: [] }] }],
    [
      `[[grade]]\nname = "teacher"\nrights = ["rooms", "kick"]\n${OPERATOR}grade = "teacher"`,
      {
        grades: { teacher: ["rooms", "kick"] },
        operators: [{ ...MINA, grade: "teacher", rights: ["kick", "rooms"] }],
      },
    ],
  ])("%j is accepted", (text, expected) => {
    expect(settings("", toml(text))).toMatchObject(expected);
  });

  test.each<[string, string]>([
    ["prot = 1", 'sodam.toml: unknown setting "prot"; did you mean "port"?'],
    ["qqqqqqqq = 1", 'sodam.toml: unknown setting "qqqqqqqq"; --help lists them all'],
    ['port = "high"', 'sodam.toml: port = "high": must be a number from 0 to 65535'],
    ["port = [1]", "sodam.toml: port = [1]: must be a number from 0 to 65535"],
    ["public-host = [5]", `sodam.toml: public-host = [5]: ${NO_ADDRESS}`],
    ["public-host = []", `sodam.toml: public-host = []: ${NO_ADDRESS}`],
    ["host = 5", "sodam.toml: host = 5: must be text"],
    ["server-password = 1234", "sodam.toml: server-password: must be text"],
    ["check = true", 'sodam.toml: "check" can only be given on the command line'],
    ["operator = 1", "sodam.toml: operator must be written as [[operator]] tables"],
    ["[[operator]]", "sodam.toml: [[operator]]: name must be one word"],
    [
      '[[operator]]\nname = "mina"\npassword-hash = "secret"',
      "sodam.toml: [[operator]]: password-hash must be a whole argon2 or bcrypt hash, and never the password itself",
    ],
    [
      '[[operator]]\nname = "mina"\npassword = "x"',
      'sodam.toml: [[operator]]: unknown setting "password"; name, password-hash, grade and rights are known',
    ],
    [
      `${OPERATOR}grade = "boss"`,
      'sodam.toml: [[operator]]: there is no grade "boss"; there are maker, helper, moderator, admin, owner',
    ],
    [
      `${OPERATOR}rights = ["fly"]`,
      `sodam.toml: [[operator]]: there is no right "fly"; there are ${OPERATOR_RIGHTS.join(", ")}`,
    ],
    [
      `${OPERATOR}rights = "see"`,
      `sodam.toml: [[operator]]: rights must be a list of some of ${OPERATOR_RIGHTS.join(", ")}`,
    ],
    [
      '[[grade]]\nname = "admin"\nrights = []',
      "sodam.toml: [[grade]]: admin is a grade that every server has",
    ],
    [
      '[[operator]]\nname = "mina"\npassword-hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA"',
      "sodam.toml: [[operator]]: password-hash must be a whole argon2 or bcrypt hash, and never the password itself",
    ],
    [OPERATOR + OPERATOR, "sodam.toml: [[operator]]: there are two operators mina"],
    [
      '[[grade]]\nname = "none"\nrights = []',
      "sodam.toml: [[grade]]: none takes a grade back, and can't be the name of one",
    ],
    [
      '[[grade]]\nname = "Big Boss"\nrights = []',
      "sodam.toml: [[grade]]: name must be one word of small letters, up to 20 of them",
    ],
  ])("%j is refused", (text, sentence) => {
    expect(refused("", toml(text))).toEqual([sentence]);
  });

  test("a file that isn't TOML is refused with its name", () => {
    expect(refused("", toml("port = = 1"))).toEqual([
      expect.stringMatching(/^sodam\.toml: TOML Parse error/),
    ]);
  });

  test("flags override the file, and the file overrides the defaults", () => {
    const file = toml("port = 1\nguests = true\nhistory = false");
    expect(settings("--port 2 --no-guests", file)).toMatchObject({
      port: 2,
      guests: false,
      history: false,
      replayLines: 20,
    });
  });

  test("another file is read if it is named", () => {
    const files = { "sodam.toml": "port = 1", "/etc/chat.toml": "port = 2" };
    expect(settings("--config /etc/chat.toml", files)).toMatchObject({ port: 2 });
  });
});

test("the message of the day is read from a file, or is the text itself", () => {
  expect(settings("--motd hello.txt", { "hello.txt": "one\r\ntwo\n\n" }).motd).toEqual([
    "one",
    "two",
  ]);
  expect(settings("--motd Welcome!").motd).toEqual(["Welcome!"]);
});

test("the server's password is the first line of its file", () => {
  const files = { pw: "secret word\nnot this\n", empty: "\n" };
  expect(parse("--server-password-file pw", files)).toMatchObject({
    warnings: [],
    settings: { serverPassword: "secret word" },
  });
  expect(refused("--server-password-file empty", files)).toEqual([
    "--server-password-file empty: its first line is empty",
  ]);
});

test("a password on the command line is accepted, with a warning that doesn't repeat it", () => {
  const parsed = parse("--server-password hunter2");
  expect(parsed).toMatchObject({ settings: { serverPassword: "hunter2" } });
  expect(parsed).toHaveProperty("warnings.length", 1);
  expect(JSON.stringify("warnings" in parsed && parsed.warnings)).not.toContain("hunter2");
});

test.each([
  ["nats://127.0.0.1:4222", 0],
  ["nats://localhost", 0],
  ["tls://10.0.0.7,nats://10.0.0.8", 0],
  ["nats://10.0.0.7 --nats-ca ca.pem", 0],
  ["nats://10.0.0.7", 1],
  ["nats://127.0.0.1,nats://nats.example.org:4222", 1],
])("--nats %s has so many warnings of plain text: %i", (line, count) => {
  expect(parse(`--nats ${line}`)).toHaveProperty("warnings.length", count);
});

test("the help names every setting in 80 columns", () => {
  const help = serverHelp();
  for (const name of Object.keys(SERVER_TABLE)) {
    expect(help).toMatch(new RegExp(`--(\\[no-\\])?${name}\\b`));
  }
  expect(Math.max(...help.split("\n").map((line) => Bun.stringWidth(line)))).toBeLessThan(81);
  expect(help).toContain("[6697]");
});

test("the default lifetime of invitations can't exceed the maximum", () => {
  expect(SERVER_TABLE["invite-hours"].max).toBe(INVITATION_HOURS_MAX);
});
