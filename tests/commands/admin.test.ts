import { describe, expect, test } from "bun:test";
import type { AdminAnswer, AdminRow } from "../../lib/protocol/admin/admin-answer.ts";
import { ADMIN_COMMANDS } from "../../lib/protocol/admin/admin-commands.ts";
import { OPENING_TIME, Scene } from "../scene.ts";

/** The owner's console, as the server answers it. */

function ask(
  scene: Scene,
  command: string,
  words: readonly string[] = [],
  options: Readonly<Record<string, string>> = {},
  skip = 0,
): AdminAnswer {
  const answers: AdminAnswer[] = [];
  const request = { command, words, options, user: "root", skip };
  scene.server.administer(request, (answer) => answers.push(answer));
  scene.settle();
  const [answer] = answers;
  if (answer === undefined || answers.length > 1) throw new Error(`${answers.length} answers`);
  return answer;
}

function rowsOf(scene: Scene, command: string, ...words: string[]): readonly AdminRow[] {
  const answer = ask(scene, command, words);
  if (answer.kind !== "rows") throw new Error(JSON.stringify(answer));
  return answer.rows;
}

function stage() {
  const scene = new Scene();
  scene.signUp("mina", true);
  const mina = scene.person("mina");
  const jun = scene.guest("jun");
  mina.says("JOIN #tea", "PRIVMSG #tea :water is on");
  jun.says("JOIN #tea");
  mina.hears();
  jun.hears();
  return { scene, mina, jun };
}

test("every command has a handler, which refuses missing words by its usage", () => {
  const { scene } = stage();
  scene.settings = { options: scene.server.state.options, messages: [] };
  for (const [name, { words }] of Object.entries(ADMIN_COMMANDS)) {
    const answer = ask(scene, name);
    if (words === 0) expect(answer.kind).not.toBe("refused");
    else
      expect(answer).toMatchObject({
        kind: "refused",
        sentence: ["needsWords", expect.stringMatching(name)],
      });
  }
  const unknown = { kind: "refused", sentence: ["unknownCommand", "constructor"], notes: [] };
  expect(ask(scene, "constructor")).toEqual(unknown as never);
});

describe("people and sessions", () => {
  test("people has accounts and guests, and all about one of them", () => {
    const { scene } = stage();
    const at = OPENING_TIME;
    expect(rowsOf(scene, "people")).toEqual([
      {
        name: "mina",
        nick: "mina",
        createdAt: at,
        seenAt: at,
        sessions: 1,
        rooms: 1,
        owner: true,
        operator: true,
      },
      {
        name: null,
        nick: "jun",
        createdAt: null,
        seenAt: at,
        sessions: 1,
        rooms: 1,
        owner: false,
        operator: false,
      },
    ]);
    expect(ask(scene, "people", ["MINA"])).toMatchObject({
      facts: {
        ...{ name: "mina", email: null, owner: true, devices: "", rooms: "#tea" },
        ...{ secondFactor: false, bots: "" },
      },
    });
    expect(ask(scene, "people", ["jun"])).toMatchObject({ facts: { nick: "jun", rooms: "#tea" } });
    expect(ask(scene, "people", ["nobody"])).toMatchObject({
      sentence: ["noSuchPerson", "nobody"],
    });
  });

  test("people says when somebody was last here, also after a restart and after a crash", () => {
    const { scene, mina } = stage();
    scene.signUp("sun");
    scene.passes(5000);
    mina.vanishes();
    scene.passes(60_000);
    for (const after of [scene, scene.restart(), scene.crash()]) {
      const rows = rowsOf(after, "people").filter(({ name }) => name !== null);
      expect(rows.map(({ name, seenAt }) => [name, seenAt])).toEqual([
        ["mina", OPENING_TIME + 5000],
        ["sun", null],
      ]);
    }
  });

  test("sessions shows from where, and end-session closes one", () => {
    const { scene, mina, jun } = stage();
    const phone = scene.connect({ address: "2001:db8::7", secure: false });
    phone.says("NICK later");
    scene.passes(5000);
    const rows = rowsOf(scene, "sessions");
    expect(
      rows.map(({ nick, account, address, tls, client }) => [nick, account, address, tls, client]),
    ).toEqual([
      ["mina", "mina", "192.0.2.1", true, "irc"],
      ["jun", null, "192.0.2.1", true, "irc"],
      ["later", null, "2001:db8::7", false, ""],
    ]);
    expect(rows[2]).toMatchObject({ openedAt: OPENING_TIME, idleSeconds: 5, device: null });
    const [own] = rowsOf(scene, "sessions", "jun");
    const answer = ask(scene, "end-session", [String(own?.id)]);
    expect(answer).toMatchObject({ kind: "done", sentence: ["sessionEnded", own?.id, "jun"] });
    expect(jun.closed).toBe(true);
    expect(jun.hears().at(-1)).toBe("ERROR :Closed by the server's owner");
    expect(mina.hearsVerbs()).toEqual(["QUIT"]);
    expect(ask(scene, "end-session", ["99"])).toMatchObject({ sentence: ["noSuchSession", "99"] });
    expect(ask(scene, "sessions", ["nobody"])).toMatchObject({ kind: "refused" });
  });

  test("a long list comes in pages, whose rows are each there once", () => {
    const scene = new Scene();
    for (let n = 0; n < 450; n += 1) scene.signUp(`user${n}`);
    const names: unknown[] = [];
    let pages = 0;
    for (let skip: number | null = 0; skip !== null; pages += 1) {
      const answer = ask(scene, "people", [], {}, skip);
      if (answer.kind !== "rows") throw new Error(answer.kind);
      names.push(...answer.rows.map(({ name }) => name));
      skip = answer.next;
    }
    expect(pages).toBe(3);
    expect(new Set(names).size).toBe(450);
    expect(names).toHaveLength(450);
  });
});

describe("rooms", () => {
  test("rooms are listed with what was said in them, and found with or without #", () => {
    const { scene, mina } = stage();
    mina.says("MODE #tea +k secret");
    const tea = { name: "#tea", members: 2, online: 2, messages: 1, createdAt: OPENING_TIME };
    expect(rowsOf(scene, "rooms")).toMatchObject([tea]);
    for (const name of ["#tea", "tea", "#TEA"]) {
      const answer = ask(scene, "rooms", [name]);
      expect(answer).toMatchObject({ facts: { members: "mina jun", modes: "ntk" } });
      expect(JSON.stringify(answer)).not.toContain("secret");
    }
    expect(ask(scene, "rooms", ["#milk"])).toMatchObject({ sentence: ["noSuchRoom", "#milk"] });
  });

  test("quotas has what is limited, then the rooms by size; direct messages are one sum", () => {
    const { scene, mina } = stage();
    for (const name of ["sun", "yuna"]) scene.person(name);
    mina.says("PRIVMSG sun :hi", "PRIVMSG yuna :hi");
    expect(rowsOf(scene, "quotas")).toEqual([
      { what: "bans", now: 0, limit: 1000, diskBytes: null },
      { what: "invitations", now: 0, limit: 1000, diskBytes: null },
      { what: "(direct messages)", now: null, limit: null, diskBytes: 2000 },
      { what: "#tea", now: null, limit: null, diskBytes: 1000 },
    ]);
  });
});

describe("bans", () => {
  test("a nick, an account, an address and a network can be banned, for a time or not, and unbanned", () => {
    const { scene, jun } = stage();
    const until = OPENING_TIME + 7_200_000;
    expect(ask(scene, "ban", ["jun", "2h", "too", "much"])).toMatchObject({
      kind: "done",
      sentence: ["banned", "jun!*@*", until, 1],
    });
    expect(jun.closed).toBe(true);
    for (const target of ["~a:sun", "192.0.2.9", "2001:db8::/64"]) ask(scene, "ban", [target]);
    expect(
      rowsOf(scene, "bans").map(({ of, target, expiresAt }) => [of, target, expiresAt]),
    ).toEqual([
      ["mask", "jun!*@*", until],
      ["mask", "~a:sun", null],
      ["address", "192.0.2.9", null],
      ["address", "2001:db8::/64", null],
    ]);
    expect(ask(scene, "unban", ["192.0.2.9"])).toMatchObject({
      sentence: ["unbanned", "192.0.2.9"],
    });
    expect(ask(scene, "unban", ["192.0.2.9"])).toMatchObject({
      sentence: ["noSuchBan", "192.0.2.9"],
    });
    expect(scene.audit().map(({ by, act, target, reason }) => [by, act, target, reason])).toEqual([
      ["console:root", "kline", "jun!*@*", "too much"],
      ["console:root", "kline", "~a:sun", ""],
      ["console:root", "dline", "192.0.2.9", ""],
      ["console:root", "dline", "2001:db8::/64", ""],
      ["console:root", "undline", "192.0.2.9", ""],
    ]);
  });

  test("a mistyped duration is no reason for a ban without an end", () => {
    const { scene } = stage();
    expect(ask(scene, "ban", ["jun", "2houres"])).toMatchObject({
      sentence: ["badDuration", "2houres"],
    });
    expect(ask(scene, "ban", ["a,b"])).toMatchObject({ sentence: ["badBanTarget", "a,b"] });
    expect(rowsOf(scene, "bans")).toEqual([]);
  });

  test("with a full disk nothing is banned, and it says so", () => {
    const { scene, jun } = stage();
    scene.diskFull = true;
    expect(ask(scene, "ban", ["jun"])).toMatchObject({ kind: "refused", sentence: ["notStored"] });
    expect(jun.closed).toBe(false);
  });
});

describe("invitations", () => {
  test("the console's invitation lets people sign up, is listed, and can be withdrawn", () => {
    const scene = new Scene({ signUp: "invite" });
    const answer = ask(scene, "invite", [], { uses: "2", days: "3" });
    if (answer.kind !== "facts") throw new Error(JSON.stringify(answer));
    const { id, code, link } = answer.facts;
    expect(answer.facts).toMatchObject({ uses: 2, expiresAt: OPENING_TIME + 3 * 86_400_000 });
    expect(String(link)).toStartWith("sodam://tea.test");
    expect(String(link)).toContain(String(code));
    const sun = scene.connect();
    sun.says(`PASS ${code}`, "CAP LS 302", "CAP REQ :draft/account-registration standard-replies");
    sun.says("NICK sun", "USER sun 0 * :sun", "REGISTER sun * :a kettle of barley");
    expect(sun.hears().join("\n")).toContain("REGISTER SUCCESS sun");
    expect(rowsOf(scene, "invitations")).toMatchObject([
      { id, used: 1, uses: 2, by: null, owner: false },
    ]);
    expect(ask(scene, "withdraw", [String(id)])).toMatchObject({ sentence: ["withdrawn", id] });
    expect(rowsOf(scene, "invitations")).toEqual([]);
    expect(ask(scene, "withdraw", ["zzz"])).toMatchObject({
      sentence: ["noSuchInvitation", "zzz"],
    });
    expect(JSON.stringify(scene.people)).not.toContain(String(code));
  });

  test("wrong numbers are refused by the option's name", () => {
    const scene = new Scene();
    expect(ask(scene, "invite", [], { uses: "many" })).toMatchObject({
      sentence: ["badNumber", "--uses", 10_000],
    });
    expect(ask(scene, "invite", [], { days: "0" })).toMatchObject({
      sentence: ["badNumber", "--days", 365],
    });
    expect(ask(scene, "audit", [], { last: "0" })).toMatchObject({
      sentence: ["badNumber", "--last", 5000],
    });
  });
});

describe("the server itself", () => {
  test("status has people, sessions, queues and what the process tells", () => {
    const { scene } = stage();
    scene.connect();
    expect(ask(scene, "status")).toMatchObject({
      facts: {
        ...{ version: "0.0.0", pid: 4711, accounts: 1, online: 1, guests: 1, sessions: 3 },
        ...{ unregistered: 1, rooms: 1, memoryBytes: 100 << 20, backupAt: null, logLevel: "info" },
      },
    });
  });

  test("say reaches everybody who is registered, on one line whatever it has in it", () => {
    const { scene, mina, jun } = stage();
    const stranger = scene.connect();
    expect(ask(scene, "say", ["back", "at\r\nfive"])).toMatchObject({ sentence: ["said", 2] });
    expect(mina.hears()).toEqual([":tea.test NOTICE mina :back at five"]);
    expect(jun.hears()).toEqual([":tea.test NOTICE jun :back at five"]);
    expect(stranger.hears()).toEqual([]);
    ask(scene, "say", ["다".repeat(500)]);
    const [line = ""] = jun.hears();
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
    expect(line).not.toContain("\ufffd");
  });

  test("reload and check tell what is wrong with the settings", () => {
    const { scene } = stage();
    scene.settings = { options: null, messages: ["--port: must be a number"] };
    const notes = ["--port: must be a number"];
    expect(ask(scene, "check")).toEqual({ kind: "refused", sentence: ["settingsBad"], notes });
    expect(ask(scene, "reload")).toEqual({ kind: "refused", sentence: ["notReloaded"], notes });
    scene.settings = { options: scene.server.state.options, messages: [] };
    expect(ask(scene, "check")).toMatchObject({ kind: "done", sentence: ["settingsGood"] });
    expect(ask(scene, "reload")).toMatchObject({ kind: "done", sentence: ["reloaded"] });
  });

  test("log-level takes the levels of the setting, and warn", () => {
    const { scene } = stage();
    expect(ask(scene, "log-level", ["warn"])).toMatchObject({
      sentence: ["logLevelSet", "warning"],
    });
    expect(scene.process.logLevel).toBe("warning");
    expect(ask(scene, "log-level", ["loud"])).toMatchObject({ sentence: ["badLogLevel", "loud"] });
  });

  test("audit shows the newest acts, of one name or of all", () => {
    const { scene, mina } = stage();
    mina.says("KLINE sun", "KLINE yuna");
    ask(scene, "unban", ["sun"]);
    const acts = (...words: string[]) =>
      rowsOf(scene, "audit", ...words).map(({ by, act }) => `${by} ${act}`);
    expect(acts()).toEqual(["mina kline", "mina kline", "console:root unkline"]);
    expect(acts("MINA")).toEqual(["mina kline", "mina kline"]);
    expect(acts("sun!*@*")).toEqual(["mina kline", "console:root unkline"]);
    expect(ask(scene, "audit", [], { last: "1" })).toMatchObject({ rows: [{ act: "unkline" }] });
  });
});

test("a fault in a command is answered, and costs nobody else anything", () => {
  const { scene, mina } = stage();
  scene.process = null as never;
  expect(ask(scene, "people", ["mina"]).kind).toBe("facts");
  expect(() => ask(scene, "status")).toThrow();
  mina.says("PING x");
  expect(mina.hearsVerbs()).toEqual(["PONG"]);
});
