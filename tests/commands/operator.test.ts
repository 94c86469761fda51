import { describe, expect, test } from "bun:test";
import {
  formatStoredEvent,
  parseStoredEvent,
} from "../../lib/file-manager/history/stored-event.ts";
import { Scene } from "../scene.ts";

/** "hash of …" is what the stage's passwords come to. */
const OPERATORS = [{ name: "boss", passwordHash: "hash of kettle on the stove" }];

function stage(options = {}): Scene {
  return new Scene({ operators: OPERATORS, ...options });
}

function operator(scene: Scene, nick: string, ...caps: string[]) {
  const actor = scene.guest(nick, ...caps);
  actor.says("OPER boss :kettle on the stove");
  actor.hears();
  return actor;
}

describe("OPER", () => {
  test("the right password makes an operator, which shows in WHOIS and WHO", () => {
    const scene = stage();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun");
    mina.says("OPER boss :kettle on the stove");
    expect(mina.hears()).toEqual([
      ":tea.test 381 mina :You are now an operator of this server",
      ":mina!~mina@guest.test MODE mina +o",
    ]);
    jun.says("WHOIS mina", "WHO mina");
    const lines = jun.hears();
    expect(lines).toContain(":tea.test 313 jun mina :is an operator of this server");
    expect(lines).toContain(":tea.test 352 jun * ~mina guest.test tea.test mina H* :0 mina");
    expect(scene.notes).toEqual(["mina!~mina@guest.test is an operator now, as boss"]);
  });

  test("another password in the settings takes the role from whoever gave the former one", () => {
    const scene = stage();
    const thief = operator(scene, "mina");
    const { state } = scene.server;
    state.applyOptions({ ...state.options, motd: ["News."] });
    expect(thief.hears()).toEqual([]);
    const operators = [{ name: "boss", passwordHash: "hash of another one" }];
    state.applyOptions({ ...state.options, operators });
    expect(thief.hears()).toEqual([":mina!~mina@guest.test MODE mina -o"]);
    expect(thief.says("STATS o", "KILL mina").hears()).toContain(
      ":tea.test 481 mina :Only the operators of this server may do that",
    );
    thief.says("OPER boss :another one");
    expect(thief.hears()).toContain(":mina!~mina@guest.test MODE mina +o");
  });

  test("a wrong password and an unknown name are answered alike", () => {
    const mina = stage().guest("mina");
    mina.says("OPER boss :tea", "OPER nobody :tea", "OPER boss");
    expect(mina.hears()).toEqual([
      ":tea.test 464 mina :Wrong name or password",
      ":tea.test 464 mina :Wrong name or password",
      ":tea.test 461 mina OPER :Not enough parameters",
    ]);
  });

  test("guessing is rate limited", () => {
    const mina = stage().guest("mina");
    for (let i = 0; i < 12; i += 1) mina.says(`OPER boss :guess${i}`);
    const heard = mina.hears();
    expect(heard.at(-1)).toBe(":tea.test 464 mina :Too many tries. Try again in 60 seconds");
    mina.says("OPER boss :kettle on the stove");
    expect(mina.hears()[0]).toContain(" 464 ");
  });

  test("an operator removed from the settings during the password check is refused", () => {
    const scene = stage();
    const mina = scene.guest("mina");
    scene.holding = true;
    mina.says("OPER boss :kettle on the stove");
    scene.server.state.applyOptions({ ...scene.server.state.options, operators: [] });
    scene.settle();
    expect(mina.hears()).toEqual([":tea.test 464 mina :Wrong name or password"]);
  });

  test("an account is an operator on all its sessions, until the last one closes", () => {
    const scene = stage();
    const phone = scene.person("mina");
    const laptop = scene.person("mina");
    phone.says("OPER boss :kettle on the stove");
    expect(laptop.hears()).toEqual([expect.stringMatching(/^:mina!\S+ MODE mina \+o$/)]);
    phone.vanishes();
    laptop.says("MODE mina");
    expect(laptop.hears()).toEqual([":tea.test 221 mina +Zo"]);
    laptop.vanishes();
    const again = scene.person("mina");
    again.says("MODE mina");
    expect(again.hears()).toEqual([":tea.test 221 mina +Z"]);
  });

  test("an owner is an operator after logging in", () => {
    const scene = stage();
    scene.signUp("mina", true);
    const mina = scene.connect();
    mina.logsIn("mina");
    expect(mina.hears().at(-1)).toMatch(/^:mina!\S+ MODE mina \+o$/);
    mina.says("WALLOPS :tea is ready");
    expect(mina.hears()).toEqual([expect.stringMatching(/WALLOPS :tea is ready$/)]);
  });
});

test("LUSERS counts online operators", () => {
  const scene = stage();
  const mina = operator(scene, "mina");
  mina.says("LUSERS", "DEOPER", "LUSERS");
  const lines = mina.hears();
  expect(lines.filter((line) => line.includes(" 252 "))).toEqual([
    ":tea.test 252 mina 1 :operator online",
  ]);
});

test("DEOPER and MODE -o end it; DEOPER is refused for others", () => {
  const scene = stage();
  const mina = operator(scene, "mina");
  mina.says("DEOPER", "DEOPER", "OPER boss :kettle on the stove", "MODE mina -o");
  expect(mina.hears()).toEqual([
    ":mina!~mina@guest.test MODE mina -o",
    ":tea.test 481 mina :Only the operators of this server may do that",
    ":tea.test 381 mina :You are now an operator of this server",
    ":mina!~mina@guest.test MODE mina +o",
    ":mina!~mina@guest.test MODE mina -o",
  ]);
  expect(scene.server.state.userCounts.count("o")).toBe(0);
});

test("commands of operators are refused for others", () => {
  const scene = stage();
  const jun = scene.guest("jun");
  scene.guest("mina");
  for (const line of [
    "KILL mina :no",
    "WALLOPS :no",
    "REHASH",
    "KLINE *!*@x",
    "DLINE 192.0.2.9",
    "UNKLINE *!*@x",
    "UNDLINE 192.0.2.9",
  ]) {
    jun.says(line);
    expect(jun.hears()).toEqual([
      ":tea.test 481 jun :Only the operators of this server may do that",
    ]);
  }
});

/** https://ircv3.net/specs/extensions/oper-tag */
describe("draft/oper-tag", () => {
  test("messages and events of operators carry the tag, with the capability", () => {
    const scene = stage();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun", "draft/oper-tag");
    const sun = scene.guest("sun", "message-tags");
    for (const actor of [mina, jun, sun]) actor.says("JOIN #tea");
    mina.says("OPER boss :kettle on the stove");
    for (const actor of [jun, sun]) actor.hears();
    mina.says("PRIVMSG #tea :hello", "TOPIC #tea :tea", "NICK min", "PRIVMSG jun :psst");
    const source = ":mina!~mina@guest.test";
    expect(jun.hears()).toEqual([
      `@draft/oper ${source} PRIVMSG #tea :hello`,
      `@draft/oper ${source} TOPIC #tea :tea`,
      `@draft/oper ${source} NICK min`,
      "@draft/oper :min!~mina@guest.test PRIVMSG jun :psst",
    ]);
    expect(sun.hears().join()).not.toContain("draft/oper");
    mina.says("DEOPER", "PRIVMSG #tea :bye");
    expect(jun.hears()).toEqual([":min!~mina@guest.test PRIVMSG #tea :bye"]);
  });
});

test("history keeps the tag", () => {
  const scene = stage();
  const mina = operator(scene, "mina");
  mina.says("JOIN #tea", "PRIVMSG #tea :hello");
  const [id] = scene.log.conversations();
  const said = id === undefined ? undefined : scene.log.all(id).at(-1);
  if (said?.kind !== "said") throw new Error("nothing was kept");
  const stored = parseStoredEvent(formatStoredEvent(said).trimEnd(), said.conversation);
  expect(stored).toEqual({ kind: "event", event: said, isErased: false });
  expect(said.by.oper).toBe(true);
});

describe("KILL", () => {
  test("a guest is disconnected, and members of shared rooms get a QUIT that names the operator", () => {
    const scene = stage();
    const mina = operator(scene, "mina");
    const jun = scene.guest("jun");
    const sun = scene.guest("sun");
    for (const actor of [jun, sun]) actor.says("JOIN #tea");
    for (const actor of [jun, sun]) actor.hears();
    mina.says("KILL jun :flooding");
    expect(jun.hears()).toEqual([
      ":mina!~mina@guest.test KILL jun :flooding",
      "ERROR :Killed (mina (flooding))",
    ]);
    expect(jun.closed).toBe(true);
    expect(sun.hears()).toEqual([":jun!~jun@guest.test QUIT :Killed (mina (flooding))"]);
    expect(mina.hears()).toEqual([":tea.test NOTICE mina :jun was disconnected"]);
  });

  test("all devices of an account are disconnected; it stays a member of its rooms", () => {
    const scene = stage();
    const mina = operator(scene, "mina");
    const [phone, laptop] = [scene.person("jun"), scene.person("jun")];
    phone.says("JOIN #tea");
    mina.says("KILL jun");
    expect([phone.closed, laptop.closed]).toEqual([true, true]);
    expect(scene.server.state.rooms.byName("#tea")?.members.size).toBe(1);
    mina.hears();
    mina.says("KILL jun", "KILL nobody", "KILL tea.test");
    expect(mina.hearsVerbs()).toEqual(["401", "401", "483"]);
  });

  test("an operator can KILL themselves, and is answered before the connection closes", () => {
    const mina = operator(stage(), "mina", "labeled-response", "batch");
    mina.says("@label=x KILL mina :enough");
    expect(mina.hears()).toEqual([
      "@label=x :tea.test ACK",
      ":mina!~mina@guest.test KILL mina :enough",
      "ERROR :Killed (mina (enough))",
    ]);
    expect(mina.closed).toBe(true);
  });
});

test("WALLOPS reaches operators and users with +w", () => {
  const scene = stage();
  const mina = operator(scene, "mina");
  const boss = operator(scene, "boss");
  const jun = scene.guest("jun");
  const sun = scene.guest("sun");
  jun.says("MODE jun +w");
  jun.hears();
  mina.says("WALLOPS :back in five minutes");
  const line = ":mina!~mina@guest.test WALLOPS :back in five minutes";
  expect([mina, boss, jun, sun].map((actor) => actor.hears())).toEqual([
    [line],
    [line],
    [line],
    [],
  ]);
  mina.says("WALLOPS :");
  expect(mina.hears()).toEqual([":tea.test 461 mina WALLOPS :Not enough parameters"]);
  expect(jun.hears()).toEqual([]);
});

describe("REHASH", () => {
  test("new settings apply at once, and those that need a restart are reported", () => {
    const scene = stage();
    const mina = operator(scene, "mina");
    const options = { ...scene.server.state.options, motd: ["New leaves."], operators: [] };
    scene.settings = { options, messages: ["port changes when the server is started again"] };
    mina.says("REHASH", "MOTD", "OPER boss :kettle on the stove");
    expect(mina.hears()).toEqual([
      ":tea.test 382 mina settings :Reloading the settings",
      ":mina!~mina@guest.test MODE mina -o",
      ":tea.test NOTICE mina :port changes when the server is started again",
      ":tea.test NOTICE mina :The settings are in force",
      ":tea.test 375 mina :- Message of the day of Teahouse -",
      ":tea.test 372 mina :- New leaves.",
      ":tea.test 376 mina :End of the message of the day",
      ":tea.test 464 mina :Wrong name or password",
    ]);
  });

  test("invalid settings change nothing, and are reported by name", () => {
    const scene = stage();
    const mina = operator(scene, "mina");
    scene.settings = {
      options: null,
      messages: ['sodam.toml: guests = "perhaps": must be yes or no'],
    };
    mina.says("REHASH");
    expect(mina.hears()).toEqual([
      ":tea.test 382 mina settings :Reloading the settings",
      ':tea.test NOTICE mina :sodam.toml: guests = "perhaps": must be yes or no',
      ":tea.test NOTICE mina :Everything stays as it was",
    ]);
  });
});

test("a server name with dots and capitals is the source of all its lines", () => {
  const scene = stage({ name: "My.Little.Server" });
  const mina = scene.connect().introduces("mina", ["cap-notify"]);
  mina.says("JOIN #tea", "MODE #tea", "WHOIS mina", "WHO mina", "LINKS", "PING x", "VERSION");
  mina.says("INFO", "FOO", "OPER boss :kettle on the stove", "STATS u", "HELP");
  scene.passes(120_001);
  for (const line of mina.hears()) {
    expect(line).toMatch(/^:(My\.Little\.Server |mina!)|^PING My\.Little\.Server$/);
  }
});
