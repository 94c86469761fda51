import { describe, expect, test } from "bun:test";
import type { AdminAnswer, AdminRow } from "../../lib/protocol/admin/admin-answer.ts";
import { ADMIN_COMMANDS } from "../../lib/protocol/admin/admin-commands.ts";
import { type AccountName, fold } from "../../lib/protocol/names.ts";
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

describe("what was typed", () => {
  test("a command with words that it doesn't take is refused, and so is an empty one", () => {
    const { scene } = stage();
    for (const [command, ...words] of [
      ["people", "mina", "jun"],
      ["unban", "192.0.2.1", "192.0.2.2"],
      ["invite", "5"],
      ["rename", "mina", "minji", "free", "now"],
      ["reload", "all"],
      ["withdraw", "a", "b"],
      ["say", " "],
      ["suspend", ""],
    ] as const) {
      expect([command, ask(scene, command, words)]).toMatchObject([
        command,
        { kind: "refused", sentence: ["needsWords", expect.any(String)] },
      ]);
    }
    expect(scene.audit()).toEqual([]);
  });

  test("line ends in a reason begin no line of the protocol", () => {
    const { scene, jun } = stage();
    const sun = scene.person("sun");
    const bora = scene.person("bora");
    const evil = ["why", "a\r\n:mina!m@h PRIVMSG jun :forged\n\0QUIT"];
    for (const each of [sun, bora, jun]) each.hears();
    ask(scene, "suspend", ["sun", "2h", ...evil]);
    ask(scene, "ban", ["jun", "2h", ...evil]);
    ask(scene, "remove", ["bora", ...evil]);
    ask(scene, "say", evil);
    for (const each of [sun, jun, bora]) {
      expect(each.hears().join("\n")).not.toMatch(/^(?::mina!m@h|QUIT)|[\r\0]/m);
    }
    expect(scene.audit().map(({ reason }) => reason.includes("\n"))).not.toContain(true);
  });

  test("a mistyped time or address is refused, and is no reason and no nick", () => {
    const { scene } = stage();
    scene.person("sun");
    expect(ask(scene, "suspend", ["sun", "-2h"])).toMatchObject({
      sentence: ["badDuration", "-2h"],
    });
    expect(ask(scene, "ban", ["jun", "-2h"])).toMatchObject({ sentence: ["badDuration", "-2h"] });
    for (const target of ["192.0.2.0/33", "192.0.2.256", "2001:db8::/129", "::1/"]) {
      expect(ask(scene, "ban", [target])).toMatchObject({ sentence: ["badBanTarget", target] });
    }
  });
});

test("a bot gets no reset link and no grade at the console, and can be made an ordinary one", () => {
  const { scene, mina } = stage();
  mina.says("ACCOUNT CONFIRM mina-password", "ACCOUNT BOT ADD helperbot");
  for (const [command, ...words] of [
    ["reset", "helperbot"],
    ["grade", "helperbot", "admin"],
  ] as const) {
    expect(ask(scene, command, words)).toMatchObject({ sentence: ["isBot", "helperbot"] });
  }
  expect(ask(scene, "grade", ["helperbot", "none"])).toMatchObject({ kind: "done" });
});

describe("accounts", () => {
  function shop() {
    const { scene, mina, jun } = stage();
    return { scene, mina, jun, sun: scene.person("sun") };
  }

  test("suspend keeps an account out, also an owner's, and people shows it until it is lifted", () => {
    const { scene, sun, mina } = shop();
    expect(ask(scene, "suspend", ["sun", "2h", "too", "loud"])).toMatchObject({
      kind: "done",
      sentence: ["suspended", "sun", OPENING_TIME + 7_200_000],
    });
    expect(sun.hears().at(-1)).toMatch(/^ERROR :Your account is suspended until .*: too loud$/);
    expect(ask(scene, "people", ["sun"])).toMatchObject({
      facts: { suspended: true, until: OPENING_TIME + 7_200_000, by: "console:root" },
    });
    expect(rowsOf(scene, "people").map(({ suspended }) => suspended)).toEqual([false, true, false]);
    expect(ask(scene, "unsuspend", ["sun"])).toMatchObject({ sentence: ["unsuspended", "sun"] });
    expect(ask(scene, "unsuspend", ["sun"])).toMatchObject({ sentence: ["notSuspended", "sun"] });
    expect(ask(scene, "suspend", ["sun", "2houres"])).toMatchObject({
      sentence: ["badDuration", "2houres"],
    });
    expect(ask(scene, "suspend", ["mina"])).toMatchObject({
      sentence: ["suspended", "mina", null],
    });
    expect(mina.closed).toBe(true);
    expect(ask(scene, "suspend", ["nobody"])).toMatchObject({
      sentence: ["noSuchPerson", "nobody"],
    });
  });

  test("rename, grade and remove do what they say, and are audited", () => {
    const { scene, sun } = shop();
    expect(ask(scene, "rename", ["sun", "sunny"])).toMatchObject({
      sentence: ["renamed", "sun", "sunny", false],
    });
    expect(ask(scene, "rename", ["sunny", "mina"])).toMatchObject({
      sentence: ["nameRefused", "mina", "taken"],
    });
    expect(ask(scene, "rename", ["sunny", "x", "y"])).toMatchObject({ kind: "refused" });
    expect(ask(scene, "grade", ["sunny", "helper"])).toMatchObject({
      sentence: ["graded", "sunny", "helper"],
    });
    expect(ask(scene, "people", ["sunny"])).toMatchObject({
      facts: { grade: "helper", operator: true },
    });
    expect(ask(scene, "grade", ["sunny", "king"])).toMatchObject({
      sentence: ["noSuchGrade", "king", "maker, helper, moderator, admin, owner"],
    });
    expect(rowsOf(scene, "grades")[1]).toEqual({ grade: "helper", rights: "see, reports" });
    sun.says("JOIN #tea", "PRIVMSG #tea :hello");
    expect(ask(scene, "remove", ["sunny"], { messages: "some" })).toMatchObject({
      sentence: ["badChoice", "--messages", "keep, erase"],
    });
    expect(ask(scene, "remove", ["sunny", "spam"], { messages: "erase" })).toMatchObject({
      sentence: ["removing", "sunny"],
    });
    expect(ask(scene, "people", ["sunny"])).toMatchObject({
      facts: { name: "sunny", deletedAt: scene.now },
    });
    expect(scene.audit().map(({ by, act, target }) => [by, act, target])).toEqual([
      ["console:root", "rename", "sun"],
      ["console:root", "grade", "sunny"],
      ["console:root", "suspend", "sunny"],
      ["console:root", "remove", "sunny"],
    ]);
  });
});

test("reports lists what was reported as it was, and close-report removes it, which is audited", () => {
  const { scene } = stage();
  const sun = scene.person("sun", "message-tags", "echo-message").says("JOIN #tea");
  const kim = scene.person("kim", "message-tags").says("JOIN #tea");
  sun.hears();
  sun.says("PRIVMSG #tea :rude\x1b[31m", "PRIVMSG kim :psst");
  const ids = sun.hears().map((line) => /msgid=(\w+)/.exec(line)?.[1]);
  kim.says(`REPORT #tea ${ids[0]} :look`, `REPORT sun ${ids[1]}`);
  const rows = rowsOf(scene, "reports");
  expect(rows).toMatchObject([
    { room: "#tea", author: "sun", by: "kim", reason: "look", text: "rude\x1b[31m" },
    { room: null, author: "sun", by: "kim", reason: "", text: "psst" },
  ]);
  const id = String(rows[0]?.id);
  expect(ask(scene, "reports", [id])).toMatchObject({ facts: { id, sentAt: expect.any(Number) } });
  expect(ask(scene, "close-report", [id])).toMatchObject({ sentence: ["reportClosed", id] });
  expect(ask(scene, "close-report", [id])).toMatchObject({ sentence: ["noSuchReport", id] });
  expect(rowsOf(scene, "reports").length).toBe(1);
  expect(scene.audit()).toMatchObject([
    { by: "console:root", act: "report-closed", target: id, reason: "#tea sun" },
  ]);
});

test("every command has a handler, which refuses missing words by its usage", () => {
  const { scene } = stage();
  scene.settings = { options: scene.server.state.options, messages: [] };
  scene.upgrade = { outcome: "done", how: null };
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
        grade: null,
        suspended: false,
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
        grade: null,
        suspended: false,
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

  test("people has former names, and until when the name of a deleted account rests", () => {
    const { scene } = stage();
    scene.signUp("hana");
    scene.signUp("sun");
    const [, hana, sun] = [...scene.members.accounts()];
    if (hana === undefined || sun === undefined) throw new Error("two accounts");
    const time = scene.now;
    scene.members.apply({ kind: "renamed", id: hana.id, name: "hani" as AccountName, time });
    scene.members.apply({ kind: "deleted", id: sun.id, time });
    for (const name of ["hani", "HANA"]) {
      const facts = { name: "hani", formerNames: "hana" };
      expect(ask(scene, "people", [name])).toMatchObject({ facts });
    }
    const freeAt = time + 90 * 24 * 3_600_000;
    expect(ask(scene, "people", ["sun"])).toMatchObject({
      facts: { name: "sun", deletedAt: time, freeAt },
    });
  });

  test("free-name lets somebody sign up with the name of a deleted account at once, and is audited", () => {
    const { scene } = stage();
    scene.signUp("sun");
    const sun = scene.members.account(fold("sun"));
    if (sun === null) throw new Error("no account");
    scene.members.apply({ kind: "deleted", id: sun.id, time: scene.now });
    const jun = scene.person("mina");
    jun.says("ACCOUNT CHECK sun");
    expect(jun.hears().join()).toContain("ACCOUNT_EXISTS sun");
    expect(ask(scene, "free-name", ["SUN"])).toMatchObject({ sentence: ["nameFreed", "sun"] });
    jun.says("ACCOUNT CHECK sun");
    expect(jun.hears().join()).toContain("NAME_FREE sun");
    const act = { by: "console:root", act: "free-name", target: "sun" };
    expect(rowsOf(scene, "audit")).toContainEqual(expect.objectContaining(act));
    for (const name of ["sun", "mina", "nobody"]) {
      const sentence = ["noSuchRestingName", name];
      expect(ask(scene, "free-name", [name])).toMatchObject({ kind: "refused", sentence });
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
    const tea = { room: "#tea", members: 2, online: 2, messages: 1, createdAt: OPENING_TIME };
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
      { what: "rooms", now: 1, limit: 20_000, diskBytes: null },
      { what: "reports", now: 0, limit: 1000, diskBytes: null },
      { what: "rooms-per-account", now: 1, limit: 200, diskBytes: null },
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

  test("upgrade tells how it ended, and is an act", () => {
    const { scene } = stage();
    const refusedBy = (...words: string[]) => {
      const answer = ask(scene, "upgrade", words);
      return answer.kind === "refused" ? answer.sentence : answer.kind;
    };
    expect(refusedBy()).toEqual(["upgradeImpossible"]);
    scene.upgrade = { outcome: "busy", how: null };
    expect(refusedBy()).toEqual(["upgradeBusy"]);
    scene.upgrade = { outcome: "failed", how: "code 2" };
    expect(refusedBy()).toEqual(["leaderNotReplaced", "code 2"]);
    expect(refusedBy("gateways")).toEqual(["gatewaysNotReplaced", "code 2"]);
    scene.upgrade = { outcome: "done", how: null };
    expect(ask(scene, "upgrade", ["gateways"])).toMatchObject({ sentence: ["gatewaysReplaced"] });
    expect(refusedBy("everything")).toEqual(["badChoice", "upgrade", "gateways"]);
    const acts = rowsOf(scene, "audit").map(({ act, target }) => [act, target]);
    expect(acts.at(-1)).toEqual(["upgrade", "gateways"]);
    expect(acts).toHaveLength(5);
  });

  test("status names the gateways that leave", () => {
    const { scene } = stage();
    const gateway = { pid: 1, memoryBytes: 1, loopDelay: { meanMs: 0, maxMs: 0 } };
    scene.process = {
      ...scene.process,
      gateways: [
        { ...gateway, number: 1, links: 41, isLeaving: true },
        { ...gateway, number: 2, links: 0, isLeaving: true },
        { ...gateway, number: 3, links: 7, isLeaving: false },
        { ...gateway, number: 4, links: 8, isLeaving: false },
      ],
    };
    expect(ask(scene, "status")).toMatchObject({
      facts: { gatewayConnections: "7, 8", leavingGateways: "1: 41, 2: 0" },
    });
  });

  test("log-level takes the levels of the setting, and warning", () => {
    const { scene } = stage();
    expect(ask(scene, "log-level", ["warning"])).toMatchObject({
      sentence: ["logLevelSet", "warn"],
    });
    expect(scene.process.logLevel).toBe("warn");
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

  test("audit of an account has its acts under its former names, and not those of another one", () => {
    const { scene, mina } = stage();
    scene.signUp("kai");
    const of = (name: string) => rowsOf(scene, "audit", name).map(({ act }) => act);
    mina.says("NS SUSPEND kai 2h", "NS RENAME kai kaia FREE");
    scene.signUp("yuna");
    expect(of("kaia")).toEqual(["suspend", "rename"]);
    ask(scene, "rename", ["yuna", "kai"]);
    expect(of("kai")).toEqual(["rename"]);
    ask(scene, "rename", ["kaia", "kaja"]);
    expect([of("kaja"), of("kaia")]).toEqual(Array(2).fill(["suspend", "rename", "rename"]));
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

describe("lost passwords", () => {
  test("reset makes a link, once more a new one, and the account is told", () => {
    const { scene, mina } = stage();
    const answer = ask(scene, "reset", ["Mina"]);
    if (answer.kind !== "facts") throw new Error(JSON.stringify(answer));
    const { name, code, link, expiresAt } = answer.facts;
    expect([name, expiresAt]).toEqual(["mina", OPENING_TIME + 86_400_000]);
    expect(link).toBe(`sodam://tea.test:6697/fp-${"f".repeat(64)}/reset-${code}`);
    expect(mina.hears().at(-1)).toContain("made a link that sets a new password for you");
    expect(scene.audit()).toMatchObject([{ by: "console:root", act: "reset", target: "mina" }]);
    const second = ask(scene, "reset", ["mina"]);
    if (second.kind !== "facts") throw new Error(JSON.stringify(second));
    const visitor = scene.connect();
    visitor.says(`ACCOUNT RESET ${code} :warm barley tea`);
    visitor.says(`ACCOUNT RESET ${second.facts.code} :warm barley tea`);
    expect(visitor.hears().map((line) => line.split(" ")[3])).toEqual([
      "RESET_WRONG",
      "PASSWORD_RESET",
    ]);
  });

  test("withdraw-reset takes a link back, and says when there is none", () => {
    const { scene } = stage();
    const refused = { kind: "refused", sentence: ["noReset", "mina"], notes: [] };
    expect(ask(scene, "withdraw-reset", ["mina"])).toEqual(refused as never);
    ask(scene, "reset", ["mina"]);
    const done = { kind: "done", sentence: ["resetWithdrawn", "mina"], notes: [] };
    expect(ask(scene, "withdraw-reset", ["mina"])).toEqual(done as never);
    expect(ask(scene, "withdraw-reset", ["mina"])).toEqual(refused as never);
    expect(scene.members.account("mina" as never)?.reset).toBeUndefined();
    expect(ask(scene, "reset", ["nobody"])).toMatchObject({ kind: "refused" });
  });
});
